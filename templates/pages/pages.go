// Package pages holds the public's pages: their layout, their words, and the
// one style sheet.
//
// Whoever answers a reader (the météo, the page to leave) fills one of the
// bodies declared here and hands it to a House, which shows it under the layout
// that all pages share. A page needs no script, loads nothing from elsewhere
// and is complete without its style sheet. Markup follows the class names and
// the structure of the French State's design system (DSFR); the style is our
// own. The package reads no store and no clock but the one it is given.
package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"douane.gouv.fr/crieur/templates/pages/kept"
)

//go:embed *.html *.css icon.svg live.js push.js sw.js rgaa.csv
var files embed.FS

// policy is what a browser may do with a page: show it, with our own style
// sheet, icon and scripts, which ask nobody but us, and send its forms back to
// us.
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// A House is what all pages of one deployment have in common.
type House struct {
	Now     func() time.Time
	Shifted func() bool // the clock shows another time than the real one: a demonstration
	// Stale is since when nothing is heard of what is published, if that is so;
	// nil: that is never so.
	Stale func() (since time.Time, stale bool)
	Theme *Theme // how pages look, where not as ours
	Log   *slog.Logger
}

// A Page is what one page shows.
type Page struct {
	Name    string // of its template
	Status  int    // 200 if 0
	Title   string // its heading; with the site's name, the window's title
	Here    string // the address of its item in the menu
	Banner  string // said before all else: "EXERCICE"
	Private bool   // for one reader alone: nobody keeps it or lists it
	Lang    string // "en" for English, where the page is there in it; French otherwise
	Path    string // its address in French, of a page that is there in both; "" for others
	Live    *Live  // it keeps itself up to date; nil: it does not
	Body    any    // one of the bodies of this package
	// Data is the same for programs, as JSON-LD: data that no browser runs, and
	// that the policy so has nothing against.
	Data template.JS
}

// A frame is a page with what its layout needs.
type frame struct {
	Page
	Clock string       // what the shifted clock shows; "" for the real one
	Stale string       // since when nothing is heard of what is published; "" where it is
	Other *otherTongue // where the same is in the other language; nil: nowhere
	// Where the page is in both; both or none.
	French, English template.URL
	Look            *Theme
}

// layout is parsed when the first page is made: most commands make none.
var layout = sync.OnceValue(Parts)

// Parts are our templates, for another layout to use the small ones: signs,
// badges, the facts of an alert. Each call parses them anew.
func Parts() *template.Template {
	return template.Must(template.New("").Funcs(words).ParseFS(files, "*.html"))
}

// Version changes with what an asset holds.
func Version(name string) string { return strings.Trim(assets[name].tag, `"`) }

// Render composes a page.
func (h House) Render(p Page) ([]byte, error) {
	if !EnglishPages[p.Name] {
		p.Lang = ""
	}
	f := frame{Page: p, Look: h.Theme}
	if h.Shifted != nil && h.Shifted() {
		f.Clock = saidIn(p.Lang).moment(h.Now())
	}
	if h.Stale != nil {
		if since, stale := h.Stale(); stale {
			f.Stale = saidIn(p.Lang).moment(since)
		}
	}
	say := saidIn(p.Lang)
	f.Title = say.phrase(p.Title)
	if p.Path != "" && EnglishPages[p.Name] {
		f.French, f.English = template.URL(p.Path), template.URL(Local(p.Path))
		f.Other = &otherTongue{"en", "English", f.English}
		if say.lang == "en" {
			f.Other = &otherTongue{"fr", "Français", f.French}
		}
	}
	var page bytes.Buffer
	if err := say.layout().ExecuteTemplate(&page, p.Name, f); err != nil {
		return nil, fmt.Errorf("compose page %q: %w", p.Name, err)
	}
	return page.Bytes(), nil
}

// Write composes a page and answers with it. A page is never older than the
// question: a cache asks again each time, and hears 304 if nothing is new.
func (h House) Write(w http.ResponseWriter, r *http.Request, p Page) {
	path := strings.TrimPrefix(r.URL.Path, "/en")
	if strings.HasPrefix(r.URL.Path, "/en/") {
		p.Lang = "en"
	}
	if !p.Private && (p.Status == 0 || p.Status == http.StatusOK) && Local(path) != path {
		p.Path = path
	}
	page, err := h.Render(p)
	if err != nil {
		h.Log.Error("cannot make a page", "err", err)
		http.Error(w, "Cette page n’a pas pu être composée.", http.StatusInternalServerError)
		return
	}
	if p.Private {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Robots-Tag", "noindex")
	}
	h.Introduce(w.Header())
	Fresh(w, r, p.Status, page)
}

// Introduce says in a header what a page is and what a browser may do with it.
func (h House) Introduce(head http.Header) {
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Security-Policy", h.Theme.Policy(policy))
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer") // the address of a page to leave is its reader's own
}

// Fresh answers with what must never be older than the question, whatever its
// type. An entity tag that is set already is taken for the body's own; where
// caching was forbidden before, it stays so.
func Fresh(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	head := w.Header()
	kept := head.Get("Cache-Control") == ""
	if kept {
		head.Set("Cache-Control", "no-cache")
	}
	if kept && (status == 0 || status == http.StatusOK) {
		if head.Get("ETag") == "" {
			head.Set("ETag", Tag(body))
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		return
	}
	if status != 0 {
		w.WriteHeader(status)
	}
	_, _ = w.Write(body) // a reader who left is nobody's fault
}

// Tag is the entity tag of some bytes.
func Tag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}

// An asset is a file that pages load. Pages name its version, so that a cache
// keeps it for ever; without the right one it is kept for a day.
type asset struct {
	body             []byte
	mediaType, place string
	tag              string
	kept             *kept.Body
}

var assets = map[string]asset{
	"style.css": load("style.css", "text/css; charset=utf-8"),
	"parts.css": partsOf("style.css"),
	"icon.svg":  load("icon.svg", "image/svg+xml"),
	"live.js":   load("live.js", "text/javascript; charset=utf-8"),
	"push.js":   load("push.js", "text/javascript; charset=utf-8"),
	"sw.js":     load("sw.js", "text/javascript; charset=utf-8"),
	"cadre.css": load("cadre.css", "text/css; charset=utf-8"),
}

func load(name, mediaType string) asset {
	body, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return assetOf(name, mediaType, body)
}

func assetOf(name, mediaType string, body []byte) asset {
	return asset{body: body, mediaType: mediaType, place: "/" + name, tag: Tag(body), kept: kept.NewAsset(body)}
}

// partsOf is what of a style sheet goes with a theme.
func partsOf(name string) asset {
	whole := load(name, "text/css; charset=utf-8")
	return assetOf("parts.css", whole.mediaType, append(PartsOf(whole.body), room...))
}

// Handle registers what the pages load: the style sheet and the icon.
func Handle(mux *http.ServeMux) {
	for _, a := range assets {
		mux.HandleFunc("GET "+a.place, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", a.mediaType)
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.Header().Set("Content-Security-Policy", policy)
			w.Header().Set("Cache-Control", "public, max-age=86400")
			if r.URL.Query().Get("v") == strings.Trim(a.tag, `"`) {
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			a.kept.Send(w, r, http.StatusOK)
		})
	}
}
