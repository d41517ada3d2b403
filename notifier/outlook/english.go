package outlook

import (
	"net/http"
	"strings"

	"douane.gouv.fr/crieur/templates/pages"
)

// english is where the pages in English begin.
const english = "/en"

// langOf is the language of an address.
func langOf(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, english+"/") {
		return "en"
	}
	return "fr"
}

// inFrench is the path of the same page in French.
func inFrench(path string) string {
	if rest, ok := strings.CutPrefix(path, english); ok && strings.HasPrefix(rest, "/") {
		return rest
	}
	return path
}

// composed composes a page in the language of its address; what cannot be
// composed is our own trouble.
func (s *Site) composed(r *http.Request, a answer) answer {
	if a.shown == nil {
		return a
	}
	p := *a.shown
	p.Lang, p.Path = langOf(r), inFrench(r.URL.Path)
	values := r.URL.Query()
	values.Del(fieldKept)
	if len(values) > 0 {
		p.Path += "?" + values.Encode()
	}
	if p.Status != 0 && p.Status != http.StatusOK {
		p.Path = ""
	}
	body, err := s.house().Render(p)
	if err != nil {
		s.Log.Error("cannot make a page", "err", err)
		return failed
	}
	a.body, a.shown = body, nil
	return a
}

// both registers a page in French and in English.
func both(mux *http.ServeMux, path string, h http.HandlerFunc) {
	mux.HandleFunc("GET "+path, h)
	mux.HandleFunc("GET "+english+path, h)
}

// onlyFrench leads from an address in English to what is there once: a page in
// French alone, a file.
func onlyFrench(w http.ResponseWriter, r *http.Request) {
	to := *r.URL
	to.Path = inFrench(to.Path)
	to.RawPath = ""
	if strings.HasPrefix(to.Path, "//") { // which a browser takes for another site
		to.Path = "/"
	}
	http.Redirect(w, r, to.RequestURI(), http.StatusTemporaryRedirect)
}

// local is an address of ours in the language of a question.
func local(r *http.Request, address string) string {
	if langOf(r) == "en" {
		return pages.Local(address)
	}
	return address
}
