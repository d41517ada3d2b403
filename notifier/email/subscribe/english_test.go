package subscribe

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/templates/pages"
)

// TestEnglishLife follows a reader of English from the form to the end: each
// page that a link of a mail leads to is in the language that was chosen.
func TestEnglishLife(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	english := func(what, method, address string, form url.Values) string {
		t.Helper()
		w := h.call(method, address, form)
		if page := w.Body.String(); w.Code == http.StatusSeeOther {
			if to := w.Header().Get("Location"); !strings.HasPrefix(to, "/en/") {
				t.Errorf("%s: goes on to %s", what, to)
			}
		} else if !strings.Contains(page, `<html lang="en"`) {
			t.Errorf("%s: %d, not in English:\n%s", what, w.Code, page)
		}
		return w.Body.String()
	}
	english("sign up", http.MethodPost, "/en/abonnements", fields("adresse", asker, "recevoir", "alertes", "langue", "en", "fuseau", "Europe/London"))
	if page := english("wait", http.MethodGet, "/en/abonnements/demande", nil); !strings.Contains(page, "<strong>notes@douane.example</strong>") {
		t.Errorf("nobody says from whom a mail comes:\n%s", page)
	}
	for address, said := range map[string]string{"/abonnements": "<title>Erreur&nbsp;: Recevoir les notes", "/en/abonnements": "<title>Error: Receive notices"} {
		if w := h.call(http.MethodPost, address, fields("adresse", "x")); !strings.Contains(w.Body.String(), said) {
			t.Errorf("%s: a window does not say that something is wrong:\n%s", address, w.Body)
		}
	}
	a := h.asks()[0]
	if page := english("look", http.MethodGet, h.link(a), nil); !strings.Contains(page, "local time (UK)") {
		t.Errorf("the zone has no English name:\n%s", page)
	}
	english("confirm", http.MethodPost, h.link(a), nil)
	english("look again", http.MethodGet, h.link(a), nil)
	own := h.links.PreferencesURL(a.Subscriber.ID)
	english("preferences", http.MethodGet, own, nil)
	english("ask to erase", http.MethodGet, strings.TrimSuffix(own, "preferences")+"effacement", nil)
	if err := h.Notifier.Subscribers.Bounced(t.Context(), a.Subscriber.ID, "550 5.1.1", true, start); err != nil {
		t.Fatal(err)
	}
	english("try again", http.MethodPost, strings.TrimSuffix(own, "preferences")+"reprise", nil)
	english("erase", http.MethodPost, strings.TrimSuffix(own, "preferences")+"effacement", nil)
}

// TestNobodysLanguage: who holds a link that leads nowhere is answered in the
// language of the browser, and told what to do.
func TestNobodysLanguage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	gone := h.links.PreferencesURL(h.Notifier.Subscribers.IDOf(asker))
	cut := h.links.PreferencesURL(h.Notifier.Subscribers.IDOf(asker))
	cut = strings.Replace(cut, "/preferences", "x/preferences", 1)
	ask := h.link(notifier.Ask{ID: "none", Subscriber: notifier.Subscriber{ID: h.Notifier.Subscribers.IDOf(asker)}})
	for accept, said := range map[string][2]string{
		"fr-FR,fr;q=0.9,en;q=0.8": {`<html lang="fr"`, "<a href=\"/abonnements\">"},
		"":                        {`<html lang="fr"`, "<a href=\"/abonnements\">"},
		"en-GB,en;q=0.9":          {`<html lang="en"`, "<a href=\"/en/abonnements\">"},
		"EN;q=1":                  {`<html lang="en"`, "<a href=\"/en/abonnements\">"},
	} {
		for _, address := range []string{gone, cut, ask} {
			r := httptest.NewRequest(http.MethodGet, strings.TrimPrefix(address, h.links.Public), nil)
			r.Header.Set("Accept-Language", accept)
			w := newRecorder()
			h.mux.ServeHTTP(w, r)
			for _, want := range said {
				if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), want) {
					t.Errorf("%q, %s: %d without %q:\n%s", accept, address, w.Code, want, w.Body)
				}
			}
			if got := pages.Preferred(r); (got == "en") != strings.Contains(said[0], "en") {
				t.Errorf("%q prefers %q", accept, got)
			}
		}
	}
}
