package outlook

import (
	"net/http"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/templates/pages"
)

// TestLegalPages reads the pages on the site itself, and wants every one of
// them in the plan.
func TestLegalPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.says("/mentions-legales", "Directeur de la publication : à compléter par l’exploitant", "code des relations entre le public et l’administration")
	h.says("/accessibilite", "partiellement conforme", "Défenseur des droits", "à compléter par l’exploitant", "106 critères")
	h.says("/accessibilite/grille", "13.12", "non testé")
	h.says("/donnees-personnelles", "nom : choix", "durée : un an", "13 mois")
	h.says("/glossaire", "Procédure de secours", "Fin d’alerte rapportée")
	h.says("/certificat", "ne portent pas de cachet électronique")
	plan := links(t, h.get("/plan-du-site").Body.String())
	for _, p := range legalPages {
		if !strings.Contains(strings.Join(plan, " ")+" ", p[0]+" ") {
			t.Errorf("%s is not in the plan", p[0])
		}
	}
	for _, place := range plan {
		known := strings.HasPrefix(place, "http") || strings.HasPrefix(place, "#") || strings.HasPrefix(place, "/abonnements") ||
			strings.HasPrefix(place, "/formats") || strings.HasPrefix(place, "/feed.atom") || strings.HasPrefix(place, "/calendrier.ics")
		if !known && h.get(place).Code != http.StatusOK {
			t.Errorf("%s: %d", place, h.get(place).Code)
		}
	}
	if got := h.get("/certificat.pem").Code; got != http.StatusNotFound {
		t.Errorf("a certificate that is not there: %d", got)
	}
	if got := h.get("/accessibilite/grille.csv").Body.String(); strings.Count(got, "\n") != 107 {
		t.Errorf("the grid has %d lines", strings.Count(got, "\n"))
	}
}

// TestOperatorAndSeal says who answers, and with what letters are sealed.
func TestOperatorAndSeal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Operator = pages.Operator{Publisher: "DGDDI", Director: "Le directeur général", Host: "Un hébergeur", DataOfficer: "dpd@example.org", AccessibilityContact: "acces@example.org"}
	h.Seals = []pages.SealCertificate{{Subject: "CN=Bureau COMINT1", SHA256: strings.Repeat("0123456789abcdef", 4), From: h.now(), Until: h.now().AddDate(1, 0, 0)}}
	h.SealPEM = []byte("-----BEGIN CERTIFICATE-----")
	h.follow()
	for _, place := range []string{"/mentions-legales", "/accessibilite", "/donnees-personnelles"} {
		h.says(place, "!à compléter")
	}
	h.says("/certificat", "CN=Bureau COMINT1", "01234567 89abcdef", "Télécharger le certificat")
	if w := h.get("/certificat.pem"); !strings.HasPrefix(w.Body.String(), "-----BEGIN") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
