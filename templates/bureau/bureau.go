// Package bureau holds the staff's pages: their layout, their words, and what
// they add to the public's style sheet.
//
// The desk fills one of the bodies declared here and hands it to a House, which
// shows it under the layout that all of the desk's pages share. The small parts
// of a page (signs, badges, the facts of an alert) are the public's own, so
// that staff see what readers will see. A page works without its script. The
// package reads no store and no clock but the one it is given.
package bureau

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

//go:embed *.html *.css *.js
var files embed.FS

// policy is what a browser may do with a page of the desk: run and show what
// is ours, ask us, and frame our own previews.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; object-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'self'"

// A House is what all of the desk's pages have in common.
type House struct {
	pages.House
	Public string // the public pages' address, without a slash at its end; "" for none
	// Troubles say what keeps readers from being told, a sentence each; nobody
	// looks if nil.
	Troubles func() []string
}

// A Who is who looks at a page.
type Who struct {
	Name  string // as pages show it
	Roles []notice.Role
	Token string // what every form carries, in the field "jeton"
}

// Is is whether somebody holds one of some roles.
func (w Who) Is(roles ...notice.Role) bool {
	return slices.ContainsFunc(w.Roles, func(r notice.Role) bool { return slices.Contains(roles, r) })
}

// A Page is what one page shows.
type Page struct {
	Name   string // of its template
	Status int    // 200 if 0
	Title  string // its heading; with the site's name, the window's title
	Here   string // the address of its item in the menu
	Banner string // said before all else: "EXERCICE"
	Said   string // key of Sayings: what has just been done; unknown ones say nothing
	Script string // the script it is better with: "edit.js"; "" for none
	Who    *Who   // nil before somebody has signed in
	Body   any    // one of the bodies of this package
}

// An item is one of the menu.
type item struct {
	Place, Label string
	For          []notice.Role // nil: for everybody
}

// menu leads to the desk's rooms.
var menu = []item{
	{"/", "Notes en cours", nil},
	{"/alertes", "Alertes", nil},
	{"/nouvelle", "Nouvelle note", []notice.Role{notice.Drafter, notice.Signer, notice.DutyOfficer}},
	{"/calendrier", "Calendrier", nil},
	{"/recherche", "Recherche", nil},
	{"/abonnes", "Abonnés", []notice.Role{notice.Administrator}},
	{"/referentiel", "Référentiel", nil},
	{"/personnes", "Personnes", []notice.Role{notice.Administrator}},
	{"/journal", "Journal", []notice.Role{notice.Signer, notice.DutyOfficer, notice.Administrator}},
}

// A frame is a page with what its layout needs.
type frame struct {
	Page
	Clock    string // what the shifted clock shows; "" for the real one
	Public   string
	Menu     []item
	Saying   string
	Troubles []string
	Look     *pages.Theme
	Own      string // address of our own sheet
	Code     string // version of its script
}

// layout is parsed when the first page is made.
var layout = sync.OnceValue(func() *template.Template {
	return template.Must(pages.Parts().Funcs(words).Funcs(alertWords).Funcs(signWords).ParseFS(files, "*.html"))
})

// Render composes a page.
func (h House) Render(p Page) ([]byte, error) {
	f := frame{Page: p, Public: h.Public, Saying: sayings[p.Said], Look: h.Theme, Own: sheet(h.Theme)}
	if p.Script != "" {
		f.Code = version(p.Script)
	}
	if h.Shifted != nil && h.Shifted() {
		f.Clock = templates.Moment(h.Now())
	}
	if p.Who != nil {
		if h.Troubles != nil {
			f.Troubles = h.Troubles()
		}
		for _, i := range menu {
			if i.For == nil || p.Who.Is(i.For...) {
				f.Menu = append(f.Menu, i)
			}
		}
	}
	var page bytes.Buffer
	if err := layout().ExecuteTemplate(&page, p.Name, f); err != nil {
		return nil, fmt.Errorf("compose page %q: %w", p.Name, err)
	}
	return page.Bytes(), nil
}

// Write composes a page and answers with it. Nobody keeps a page of the desk.
func (h House) Write(w http.ResponseWriter, p Page) {
	page, err := h.Render(p)
	if err != nil {
		h.Log.Error("cannot make a page", "err", err)
		http.Error(w, "Cette page n’a pas pu être composée.", http.StatusInternalServerError)
		return
	}
	h.Guard(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if p.Status != 0 {
		w.WriteHeader(p.Status)
	}
	_, _ = w.Write(page) // a reader who left is nobody's fault
}

// Guard sets the headers that every answer of the desk to a browser carries.
func (h House) Guard(w http.ResponseWriter) {
	head := w.Header()
	head.Set("Content-Security-Policy", h.Theme.Policy(policy))
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "same-origin")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	head.Set("Cache-Control", "no-store")
}

// Handle registers what the pages load: style sheets, scripts and the icon.
func Handle(mux *http.ServeMux) {
	pages.Handle(mux)
	for name, a := range assets() {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", a.media)
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.Header().Set("Cache-Control", "public, max-age=86400")
			w.Header().Set("ETag", a.tag)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
		})
	}
}

type asset struct {
	body       []byte
	media, tag string
}

// assets are the style sheet and the scripts, by name.
var assets = sync.OnceValue(func() map[string]asset {
	all := map[string]asset{}
	for pattern, media := range map[string]string{"*.css": "text/css; charset=utf-8", "*.js": "text/javascript; charset=utf-8"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			panic(err) // our own pattern
		}
		for _, name := range names {
			body, err := files.ReadFile(name)
			if err != nil {
				panic(err) // it is embedded
			}
			all[path.Base(name)] = asset{body, media, pages.Tag(body)}
		}
	}
	whole := all["bureau.css"]
	few := pages.PartsOf(whole.body)
	all["bureau-parts.css"] = asset{few, whole.media, pages.Tag(few)}
	return all
})

// sheet is the address of our own style sheet, beside that of all pages.
func sheet(look *pages.Theme) string {
	name := "bureau.css"
	if look != nil {
		name = "bureau-parts.css"
	}
	return "/" + name + "?v=" + version(name)
}

// version changes with what a file holds.
func version(name string) string {
	tag := assets()[name].tag
	if tag == "" {
		panic("bureau: there is no " + name)
	}
	return tag[1 : len(tag)-1]
}
