package outlook

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestFilter shows some services alone, and says how many it hides.
func TestFilter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.set("2023-08-08T10:00")
	h.says("/", "7 services en ligne sur 25 sont perturbés.", "!masqué", "En cours", "Tous les services")
	h.says("/?service=delta-t&service=gamma", "1 service choisi sur 2 est perturbé.", "Affichage restreint : Delta T et GAMMA.",
		"23 autres services sont masqués, dont 6 perturbés.", "Tout afficher", "En cours", "Services choisis", "!CIEL EDI et DTI disponible")
	h.says("/?service=gamma", "Le service choisi est disponible.", "24 autres services sont masqués, dont 7 perturbés.", "!En cours", "!Tous les services en ligne sont disponibles")
	h.says("/?service=gamma,Delta+T", "Affichage restreint : Delta T et GAMMA.")
	h.says("/?service=delta-x", "2 services choisis sur 2 sont perturbés.", "Delta X Export et Import", "dont 5 perturbés")
	h.says("/?service=tous", "7 services en ligne sur 25 sont perturbés.", "!masqué")
	h.says("/?service=gamma&le=2023-08-08T12:00", "24 autres services sont masqués")
	if w := h.get("/?service=nonsense"); w.Code != http.StatusBadRequest {
		t.Errorf("an unknown service: %d", w.Code)
	}
	h.says("/?service=nonsense", "Aucun service ne s’appelle « nonsense »", "7 services en ligne sur 25 sont perturbés.")
	h.set("2023-08-08T08:00")
	h.says("/?service=gamma&service=ciel", "Les 2 services choisis sont disponibles.", "dont aucun n’est perturbé", "!Annoncé")
	h.tell("2023-08-08T08:30", seed, notice.Cancelled{Reason: "opération avancée"})
	h.says("/?service=delta-t", "Annulation, mardi 8 août 2023 à 8h30") // which strikes nothing any more
	h.says("/?service=gamma", "!Annulation")
}

// post sends the form of choices.
func (h *house) post(form url.Values, head ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/choix", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

// cookie is what an answer has the browser keep, as it sends it back.
func cookie(w *httptest.ResponseRecorder) string {
	value, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	return value
}

// TestKept: a choice is remembered, on the bare address alone.
func TestKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.set("2023-08-08T10:00")
	w := h.post(url.Values{"service": {"gamma", "delta-x"}, "fuseau": {"Indian/Reunion"}, "faire": {"retenir"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" {
		t.Fatalf("keep: %d %v", w.Code, w.Header())
	}
	for _, want := range []string{"Path=/", "Max-Age=31536000", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(w.Header().Get("Set-Cookie"), want) {
			t.Errorf("the cookie %q lacks %s", w.Header().Get("Set-Cookie"), want)
		}
	}
	kept := cookie(w)
	page := func(path string) string { return spoken(t, h.get(path, "Cookie", kept).Body.String()) }
	for path, wants := range map[string][]string{
		"/":                         {"Votre choix, retenu par ce navigateur", "22 autres services sont masqués, dont 5 perturbés", "La Réunion : depuis le mardi 8 août 2023 à 11h00"},
		"/?service=delta-t":         {"Affichage restreint : Delta T.", "La Réunion"},
		"/?service=tous":            {"7 services en ligne sur 25", "La Réunion"},
		"/?le=2023-08-08T12:00":     {"7 services en ligne sur 25"},
		"/?fuseau=Europe/London":    {"22 autres services sont masqués", "Royaume-Uni"},
		"/?fuseau=":                 {"22 autres services", "!heure locale)"},
		"/services/delta-t":         {"La Réunion : mardi 8 août 2023 à 12h00 (heure locale)"},
		"/notices/" + seed:          {"La Réunion : depuis le mardi 8 août 2023 à 11h00"},
		"/notices":                  {"La Réunion : mardi 1er août 2023 à 17h00 (heure locale)"},
		"/?retenu=1&service=ciel":   {"Affichage restreint"},
		"/?utm_source=x&retenu=yes": {"Votre choix, retenu par ce navigateur"},
	} {
		for _, want := range wants {
			unwanted, not := strings.CutPrefix(want, "!")
			if not == strings.Contains(page(path), unwanted) {
				t.Errorf("%s: %q in vain:\n%.600s", path, want, page(path))
			}
		}
	}
	if got := h.get("/").Header().Get("Vary"); got != "Cookie" {
		t.Errorf("Vary: %q", got)
	}
	h.says("/", "7 services en ligne sur 25 sont perturbés.", "!heure locale)") // others see all
}

// TestForgotten: a choice is erased when it is asked for, and when nothing is
// chosen.
func TestForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	for _, form := range []url.Values{{"faire": {"oublier"}, "service": {"gamma"}}, {"faire": {"retenir"}}} {
		w := h.post(form)
		if set := w.Header().Get("Set-Cookie"); !strings.HasPrefix(set, "choix=;") || !strings.Contains(set, "Max-Age=0") {
			t.Errorf("%v: %q", form, set)
		}
	}
	if w := h.post(url.Values{"service": {"gamma"}}, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("from another site: %d", w.Code)
	}
	if w := h.post(url.Values{"service": {"nonsense"}}); w.Header().Get("Location") != "/?service=nonsense" || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("an unknown service: %v", w.Header())
	}
	if w := h.post(url.Values{"service": {strings.Repeat("x", formSize)}}); w.Code != http.StatusBadRequest {
		t.Errorf("a form too long: %d", w.Code)
	}
	for _, bad := range []string{"choix=%zz", "choix=service=nonsense", "choix=", "choix=fuseau=Mars/Olympus"} {
		if text := spoken(t, h.get("/", "Cookie", bad).Body.String()); !strings.Contains(text, well) || strings.Contains(text, "masqué") {
			t.Errorf("%s: %.300s", bad, text)
		}
	}
}

// TestAliases: the météo has another address, and its instant another name.
func TestAliases(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(func(n *notice.Notice) { n.Fallback = notice.Fallback{} }))
	if w := h.get("/meteo?at=2023-08-08T09:05&service=gamma"); w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != "/?at=2023-08-08T09:05&service=gamma" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	h.set("2023-09-01T10:00")
	h.says("/?at=2023-08-08T09:05", "État des services le mardi 8 août 2023 à 9h05, d’après ce qui était publié à ce moment.")
	h.says("/?at=2023-08-08T09:05&le=2023-08-08T10:05", "État des services le mardi 8 août 2023 à 10h05")
	h.says("/?at=nonsense", "L’heure demandée n’a pas été comprise")
}
