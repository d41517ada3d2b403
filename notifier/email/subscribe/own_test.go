package subscribe

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/noticetest"
)

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

// TestPreferences: a subscriber's own page shows what it asked for and changes
// it, and nothing that is not its to change.
func TestPreferences(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	was := h.add(notifier.Subscriber{Services: []string{"delta-x"}, Wants: []notifier.Want{notifier.WantAlerts, notifier.WantStaff}, Bureau: "comint1",
		Environments: []string{"production", "test"}, Since: start.AddDate(-1, 0, 0), Secret: "of a webhook"})
	address := h.links.PreferencesURL(was.ID)
	w := h.call(http.MethodGet, address, nil)
	page := w.Body.String()
	for _, want := range []string{asker, `id="service-delta-x" name="service" value="delta-x" checked`, `value="alertes" checked`, `value="notes">`, "lundi 8\u00a0août 2022"} {
		if w.Code != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%d: the page lacks %s:\n%s", w.Code, want, page)
		}
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Robots-Tag") != "noindex" || w.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("its head is %v", w.Header())
	}
	w = h.call(http.MethodPost, address, fields("service", "ecs", "service", "gamma", "mode", "dti", "rythme", "tout", "fuseau", "Europe/London", "adresse", "intrus@transitaire.example"))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "C’est enregistré") {
		t.Errorf("saved: %d %s", w.Code, w.Body)
	}
	want := was
	want.Services, want.Modes, want.Wants, want.Zone = []string{"ecs", "gamma"}, []string{"dti"}, []notifier.Want{notifier.WantStaff}, "Europe/London"
	if now, err := h.Notifier.Subscribers.Get(t.Context(), was.ID); err != nil || text(t, now) != text(t, want) {
		t.Errorf("it is\n%s, want\n%s, %v", text(t, now), text(t, want), err)
	}
	if w := h.call(http.MethodPost, address, fields("service", "rita", "mode", "edi", "recevoir", "notes")); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), asker) {
		t.Errorf("a wrong form: %d %s", w.Code, w.Body)
	}
	public := h.add(notifier.Subscriber{Address: "autre@transitaire.example"})
	if w := h.call(http.MethodPost, h.links.PreferencesURL(public.ID), fields("service", "ecs")); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "Cochez au moins") {
		t.Errorf("nothing asked for: %d %s", w.Code, w.Body)
	}
	if n := len(h.asks()); n != 0 {
		t.Errorf("%d asks", n)
	}
}

// TestWithdrawn: who asked for a service that the catalogue has no more does
// not ask for all of them by saving the form as it is.
func TestWithdrawn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sub := h.add(notifier.Subscriber{Services: []string{"sofi"}})
	address := h.links.PreferencesURL(sub.ID)
	if page := h.call(http.MethodGet, address, nil).Body.String(); !strings.Contains(page, `name="service" value="sofi" checked`) {
		t.Errorf("the page does not show it:\n%s", page)
	}
	h.call(http.MethodPost, address, fields("service", "sofi", "recevoir", "notes"))
	if now, err := h.Notifier.Subscribers.Get(t.Context(), sub.ID); err != nil || !slices.Equal(now.Services, []string{"sofi"}) {
		t.Errorf("saved it is %v, %v", now.Services, err)
	}
	if w := h.signUp("autre@transitaire.example", "service", "sofi"); w.Code != http.StatusBadRequest {
		t.Errorf("somebody new may ask for it: %d", w.Code)
	}
}

// TestRest: the page says why nothing is sent, and one button asks the address
// whether it is read.
func TestRest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		code  string
		hard  bool
		times int
		said  []string
	}{
		"dead":  {"550 5.1.1", true, 1, []string{"l’adresse n’existe pas", "Il ne reprendra que si vous le demandez"}},
		"full":  {"552 5.2.2", false, 3, []string{"la boîte est pleine", "Il reprendra le <time"}},
		"other": {"550", false, 3, []string{"renvoyé plusieurs messages", "Il reprendra le <time"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			sub := h.add(notifier.Subscriber{Services: []string{"ecs"}})
			address := h.links.PreferencesURL(sub.ID)
			if page := h.call(http.MethodGet, address, nil).Body.String(); strings.Contains(page, "suspendu") {
				t.Error("nothing is suspended yet")
			}
			for range test.times {
				if err := h.Notifier.Subscribers.Bounced(t.Context(), sub.ID, test.code, test.hard, start); err != nil {
					t.Fatal(err)
				}
			}
			page := h.call(http.MethodGet, address, nil).Body.String()
			for _, want := range append(test.said, "Réessayer maintenant</button>") {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %q:\n%s", want, page)
				}
			}
			// Changing what is asked for does not lift it: nobody has read a mail.
			h.call(http.MethodPost, address, fields("recevoir", "notes"))
			if now, _ := h.Notifier.Subscribers.Get(t.Context(), sub.ID); !now.Suppressed.On(start) {
				t.Error("a change lifts the suppression")
			}
			if w := h.call(http.MethodPost, strings.TrimSuffix(address, "preferences")+"reprise", nil); w.Code != http.StatusSeeOther {
				t.Errorf("try again: %d %s", w.Code, w.Body)
			}
			asked := h.asks()
			if len(asked) != 1 || asked[0].Purpose != notifier.ToRetry {
				t.Fatalf("asked %+v", asked)
			}
			if page := h.call(http.MethodGet, h.link(asked[0]), nil).Body.String(); !strings.Contains(page, "Reprendre l’envoi</button>") {
				t.Errorf("the link shows %s", page)
			}
			h.call(http.MethodPost, h.link(asked[0]), nil)
			if now, _ := h.Notifier.Subscribers.Get(t.Context(), sub.ID); now.Suppressed.On(start) || now.Bounces.Count != 0 {
				t.Errorf("confirmed it is %s", text(t, now))
			}
			if w := h.call(http.MethodPost, strings.TrimSuffix(address, "preferences")+"reprise", nil); w.Code != http.StatusOK || len(h.asks()) != 1 {
				t.Errorf("again, with nothing to try: %d", w.Code)
			}
		})
	}
}

// TestExport: a subscriber gets all that is kept of it, but not our secret.
func TestExport(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sub := h.add(notifier.Subscriber{Services: []string{"ecs"}, Secret: "of a webhook", Since: start})
	h.signUp(asker)
	h.asks()
	w := h.call(http.MethodGet, strings.TrimSuffix(h.links.PreferencesURL(sub.ID), "preferences")+"donnees", nil)
	var got struct {
		Address  string
		Services []string
		Secret   string
		Asked    []struct{ Purpose string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Address != asker || !slices.Equal(got.Services, []string{"ecs"}) || got.Secret != "" || len(got.Asked) != 1 || got.Asked[0].Purpose != "subscribe" {
		t.Errorf("%s", w.Body)
	}
	if w.Header().Get("Cache-Control") != "no-store" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("%v", w.Header())
	}
}

// TestErase: a page with a button; then nothing is left, and no mail says so.
func TestErase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sub := h.add(notifier.Subscriber{})
	h.signUp(asker)
	h.asks()
	address := strings.TrimSuffix(h.links.PreferencesURL(sub.ID), "preferences") + "effacement"
	if w := h.call(http.MethodGet, address, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Tout effacer</button>") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for range 2 {
		if w := h.call(http.MethodPost, address, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Tout est effacé") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if n, err := h.Notifier.Store.Subscribers.CountOf(t.Context(), "*."+sub.ID); n != 0 || err != nil || len(h.asks()) != 1 {
		t.Errorf("%d keys are left, %v; asked %v", n, err, h.asks())
	}
	if w := h.call(http.MethodGet, h.links.PreferencesURL(sub.ID), nil); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "n’existe plus") {
		t.Errorf("its page: %d %s", w.Code, w.Body)
	}
}

// TestReturn: the link of the mail that confirms a leave brings back who left.
func TestReturn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sub := h.add(notifier.Subscriber{Services: []string{"ecs"}, Since: start.AddDate(-1, 0, 0)})
	if err := h.Notifier.Leave(t.Context(), sub.ID); err != nil {
		t.Fatal(err)
	}
	asked := h.asks()
	if len(asked) != 1 || asked[0].Purpose != notifier.ToReturn {
		t.Fatalf("asked %+v", asked)
	}
	h.set(start.Add(7*24*time.Hour - time.Second))
	if page := h.call(http.MethodGet, h.link(asked[0]), nil).Body.String(); !strings.Contains(page, "Reprendre l’abonnement</button>") {
		t.Errorf("the link shows %s", page)
	}
	h.call(http.MethodPost, h.link(asked[0]), nil)
	if now, err := h.Notifier.Subscribers.Get(t.Context(), sub.ID); err != nil || text(t, now) != text(t, sub) {
		t.Errorf("back it is %s, %v", text(t, now), err)
	}
}

// TestTrouble: without the store nobody is told that it is done.
func TestTrouble(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sub := h.add(notifier.Subscriber{})
	closed := noticetest.Broker(t)
	closed.Close()
	broken := &Pages{Channel: h.Channel, Links: h.Links, Words: h.Words, House: h.House, Notifier: &notifier.Notifier{Store: closed,
		Subscribers: notifier.Subscribers{Keys: closed.Subscribers, Secret: []byte("of the house")}, Now: h.now, Log: h.Notifier.Log}}
	mux := http.NewServeMux()
	broken.Register(mux)
	for path, form := range map[string]string{
		"/abonnements": fields("adresse", asker, "recevoir", "notes").Encode(),
		strings.TrimPrefix(h.links.PreferencesURL(sub.ID), h.links.Public): fields("recevoir", "notes").Encode(),
	} {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := newRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
