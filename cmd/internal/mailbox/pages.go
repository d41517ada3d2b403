package mailbox

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

//go:embed pages.html style.css
var files embed.FS

const (
	perPage  = 100      // messages on a page of the list
	maxShown = 64 << 10 // bytes of the raw form that a page shows
)

// What a browser may do with our own pages, and with a mail's HTML: nothing
// but show it. Its links open beside the mailbox; it loads nothing from the
// world, and it is a stranger to our origin (sandbox).
const (
	pagePolicy = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	mailPolicy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'; " +
		"frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)

// pages serves the mailbox to a browser.
type pages struct {
	mailbox *Mailbox
	layout  *template.Template
}

// Handler shows the box: the list at /, a page a message, its parts and its
// raw form. Links are relative, so it may be mounted anywhere.
func (m *Mailbox) Handler() http.Handler {
	p := &pages{mailbox: m}
	p.layout = template.Must(template.New("").Funcs(template.FuncMap{
		"when": when, "size": size, "title": title, "links": links, "join": strings.Join, "next": func(i int) int { return i + 1 },
	}).ParseFS(files, "pages.html"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.list)
	mux.HandleFunc("GET /style.css", p.style)
	mux.HandleFunc("GET /messages/{n}", p.message)
	mux.HandleFunc("GET /messages/{n}/html", p.html)
	mux.HandleFunc("GET /messages/{n}/source", p.source)
	mux.HandleFunc("GET /messages/{n}/pieces/{k}", p.file)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { p.lost(w, r) })
	return secure(mux)
}

// secure sets what holds for every answer. Mail is not for caches, and its
// addresses are not for other sites.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// list shows the newest messages, or those before the number asked for.
func (p *pages) list(w http.ResponseWriter, r *http.Request) {
	all := p.mailbox.Messages()
	end := len(all)
	if before, err := strconv.Atoi(r.FormValue("avant")); err == nil {
		end, _ = slices.BinarySearchFunc(all, before, byNumber)
	}
	start := max(0, end-perPage)
	shown, older := all[start:end], 0
	if start > 0 {
		older = shown[0].N
	}
	slices.Reverse(shown)
	p.render(w, http.StatusOK, "list", map[string]any{
		"Title": "Messages reçus", "Up": "", "Total": len(all), "Messages": shown, "Older": older, "Newest": end == len(all),
	})
}

// message shows one message.
func (p *pages) message(w http.ResponseWriter, r *http.Request) {
	m, raw, ok := p.find(w, r)
	if !ok {
		return
	}
	shown := raw[:min(len(raw), maxShown)]
	p.render(w, http.StatusOK, "message", map[string]any{
		"Title": title(m.Message), "Up": "../", "Message": m, "View": open(raw),
		"Raw": strings.ToValidUTF8(string(shown), "\uFFFD"), "Cut": len(shown) < len(raw),
	})
}

// html is the HTML part, alone and powerless. Images that the mail carries are
// shown; links open in another window, since in the frame of the message's
// page there is no room for them. A base element counts wherever it stands.
func (p *pages) html(w http.ResponseWriter, r *http.Request) {
	_, raw, ok := p.find(w, r)
	if !ok {
		return
	}
	view := open(raw)
	if view.HTML == nil {
		p.lost(w, r)
		return
	}
	body := view.HTML.Body
	for i, f := range view.Files {
		if f.ID != "" {
			body = bytes.ReplaceAll(body, []byte("cid:"+f.ID), []byte("pieces/"+strconv.Itoa(i+1)))
		}
	}
	charset := view.HTML.Params["charset"]
	if charset == "" {
		charset = "utf-8"
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("Content-Type", mime.FormatMediaType("text/html", map[string]string{"charset": charset}))
	_, _ = w.Write(append(body, `<base target="_blank">`...)) // a reader who left is nobody's fault
}

// source is the message as it came.
func (p *pages) source(w http.ResponseWriter, r *http.Request) {
	m, raw, ok := p.find(w, r)
	if ok {
		download(w, "message/rfc822", fmt.Sprintf("message-%06d.eml", m.N), raw)
	}
}

// file is one attachment.
func (p *pages) file(w http.ResponseWriter, r *http.Request) {
	_, raw, ok := p.find(w, r)
	if !ok {
		return
	}
	attached := open(raw).Files
	k, err := strconv.Atoi(r.PathValue("k"))
	if err != nil || k < 1 || k > len(attached) {
		p.lost(w, r)
		return
	}
	f := attached[k-1]
	mediaType := mime.FormatMediaType(f.Type, f.Params)
	if mediaType == "" { // not a type that can be written
		mediaType = "application/octet-stream"
	}
	name := f.Name
	if name == "" {
		name = "piece-" + strconv.Itoa(k)
	}
	download(w, mediaType, name, f.Body)
}

// download answers with a file to be saved, never shown in our origin.
func download(w http.ResponseWriter, mediaType, name string, body []byte) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a reader who left is nobody's fault
}

// find reads the message that a request names, or answers that there is none.
func (p *pages) find(w http.ResponseWriter, r *http.Request) (place, []byte, bool) {
	n, err := strconv.Atoi(r.PathValue("n"))
	m, ok := p.mailbox.find(n)
	if err != nil || !ok {
		p.lost(w, r)
		return place{}, nil, false
	}
	raw, err := os.ReadFile(m.Path)
	if err != nil { // somebody tidied the folder
		p.lost(w, r)
		return place{}, nil, false
	}
	return m, raw, true
}

func (p *pages) lost(w http.ResponseWriter, r *http.Request) {
	up := strings.Repeat("../", max(0, strings.Count(r.URL.Path, "/")-1))
	p.render(w, http.StatusNotFound, "lost", map[string]any{"Title": "Page introuvable", "Up": up})
}

func (p *pages) style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "style.css")
}

func (p *pages) render(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := p.layout.ExecuteTemplate(&page, name, data); err != nil {
		p.mailbox.log().Error("cannot make a page", "err", err)
		http.Error(w, "Cette page n’a pas pu être composée.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // a reader who left is nobody's fault
}

// title is what a message is listed under.
func title(m Message) string {
	switch {
	case m.Err != nil:
		return "(message illisible)"
	case m.Subject == "":
		return "(sans objet)"
	}
	return m.Subject
}

// when is legal time in words, with no-break spaces: 8 août 2023 à 9h00.
func when(t time.Time) string {
	months := []string{"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre"}
	t = t.In(notice.Legal)
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s\u00a0%s\u00a0%d à\u00a0%dh%02d", day, months[t.Month()-1], t.Year(), t.Hour(), t.Minute())
}

// size is a number of bytes in words.
func size(n int64) string {
	switch {
	case n < 2:
		return fmt.Sprintf("%d\u00a0octet", n)
	case n < 1000:
		return fmt.Sprintf("%d\u00a0octets", n)
	case n < 999_500:
		return fmt.Sprintf("%d\u00a0ko", (n+500)/1000)
	}
	return strings.Replace(fmt.Sprintf("%.1f\u00a0Mo", float64(n)/1e6), ".", ",", 1)
}

// A span is a stretch of plain text, with the address it leads to if it is one.
type span struct {
	Text, URL string
}

// web matches an address in plain text, without the stop that ends a sentence.
var web = regexp.MustCompile(`https?://[^\s<>"«»]*[^\s<>"«».,;:!?)\]]`)

// links finds the addresses in plain text.
func links(text string) []span {
	var spans []span
	from := 0
	for _, at := range web.FindAllStringIndex(text, -1) {
		url := text[at[0]:at[1]]
		spans = append(spans, span{Text: text[from:at[0]]}, span{url, url})
		from = at[1]
	}
	return append(spans, span{Text: text[from:]})
}
