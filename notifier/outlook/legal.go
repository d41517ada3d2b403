package outlook

import (
	"bytes"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/templates/pages"
	"douane.gouv.fr/crieur/templates/pages/kept"
)

// legalPages are those on the site itself: address, template, title.
var legalPages = [][3]string{
	{"/mentions-legales", "mentions", "Mentions légales"},
	{"/accessibilite", "accessibility", "Déclaration d’accessibilité"},
	{"/accessibilite/grille", "grid", "Grille d’évaluation de l’accessibilité"},
	{"/donnees-personnelles", "privacy", "Données personnelles et cookies"},
	{"/plan-du-site", "plan", "Plan du site"},
	{"/glossaire", "glossary", "Glossaire"},
	{"/certificat", "certificate", "Certificat et vérification des lettres"},
}

// registerLegal adds the pages on the site itself. They follow from the
// deployment alone: they are there before the record is.
func (s *Site) registerLegal(mux *http.ServeMux) {
	for _, p := range legalPages {
		mux.HandleFunc("GET "+p[0], s.kept(func(*http.Request) answer {
			return s.page(pages.Page{Name: p[1], Title: p[2], Here: p[0], Body: s.legal()})
		}, kept.Nothing))
	}
	mux.HandleFunc("GET /accessibilite/grille.csv", func(w http.ResponseWriter, r *http.Request) {
		sendFile(w, r, "grille-rgaa.csv", "text/csv; charset=utf-8", pages.GridFile())
	})
	mux.HandleFunc("GET /certificat.pem", func(w http.ResponseWriter, r *http.Request) {
		if len(s.SealPEM) == 0 {
			s.lost(w, r)
			return
		}
		sendFile(w, r, "certificat.pem", "application/x-pem-file", s.SealPEM)
	})
}

func sendFile(w http.ResponseWriter, r *http.Request, name, mediaType string, body []byte) {
	head := w.Header()
	head.Set("Content-Type", mediaType)
	head.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", "no-cache")
	head.Set("ETag", pages.Tag(body))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// legal is what those pages say.
func (s *Site) legal() pages.Legal {
	v := pages.Legal{Operator: s.Operator, Public: s.Public, Grid: pages.RGAA(), Seals: s.Seals}
	v.Groups = s.plan()
	return v
}

// plan is where everything is.
func (s *Site) plan() []pages.Section {
	link := func(label, address string) pages.Shortcut { return pages.Shortcut{Label: label, Address: address} }
	var services, about []pages.Shortcut
	for _, code := range s.Catalogue.Codes() {
		services = append(services, link(s.Catalogue.Services[code].Label, "/services/"+code))
	}
	slices.SortStableFunc(services, func(a, b pages.Shortcut) int { return strings.Compare(a.Label, b.Label) })
	for _, p := range legalPages {
		about = append(about, link(p[2], p[0]))
	}
	return []pages.Section{
		{Title: "Suivre les services", Links: []pages.Shortcut{
			link("Météo des services en ligne", "/"), link("Services en ligne", "/services"), link("Notes aux opérateurs", "/notices"),
			link("Abonnement aux messages", "/abonnements"), link("Flux, calendriers et données", "/formats"), link("Extrait de l’historique", "/extrait"),
		}},
		{Title: "Pages des services", Links: services},
		{Title: "À propos de ce site", Links: about},
	}
}
