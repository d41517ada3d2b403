package webpush

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/push/webpush/pushtest"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/templates/pages"
)

// A desk is the pages over a store, as a browser's script asks them.
type desk struct {
	*Pages
	t    testing.TB
	mux  *http.ServeMux
	push *pushtest.Service
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s := pushtest.New(t)
	c := channel(t, s)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	d := &desk{&Pages{Channel: c, Subscribers: notifier.Subscribers{Keys: noticetest.Broker(t).Subscribers, Secret: []byte("secret")}, House: pages.House{Now: c.Now, Log: log}}, t, http.NewServeMux(), s}
	d.Register(d.mux)
	return d
}

// asks sends what a browser's script sends.
func (d *desk) asks(what string, b *pushtest.Browser, more string) (int, string) {
	d.t.Helper()
	return d.posts(what, `{"endpoint":"`+b.Endpoint+`","expirationTime":null,"keys":{"p256dh":"`+b.P256dh+`","auth":"`+b.Auth+`"}`+more+`}`, "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin")
}

func (d *desk) posts(what, body string, head ...string) (int, string) {
	d.t.Helper()
	r := httptest.NewRequest(http.MethodPost, pages.PushPath+"/"+what, strings.NewReader(body))
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	if w.Header().Get("Cache-Control") != "no-store" {
		d.t.Errorf("%s may be kept", what)
	}
	return w.Code, strings.TrimSpace(w.Body.String())
}

// TestBrowserSubscribes is the life of a subscription: it is made, read,
// changed, moved to another endpoint, and left.
func TestBrowserSubscribes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.push.Subscribe()
	for _, step := range []struct {
		what, more string
		code       int
		want       string
	}{
		{"lire", "", 404, "not found"},
		{"abonner", `,"services":["delta-g","delta-x"],"modes":["edi"],"wants":["alertes"],"lang":"en"`, 200, `{"services":["delta-g","delta-x"],"modes":["edi"],"wants":["alertes"],"lang":"en"}`},
		{"lire", "", 200, `{"services":["delta-g","delta-x"],"modes":["edi"],"wants":["alertes"],"lang":"en"}`},
		{"abonner", `,"services":[],"wants":["notes","alertes"],"lang":""`, 200, `{"services":[],"modes":[],"wants":["notes","alertes"],"lang":""}`},
		{"abonner", `,"services":["delta-q"],"wants":["notes"]`, 400, "services: a code"},
		{"abonner", `,"modes":["fax"],"wants":["notes"]`, 400, "modes: a code"},
		{"abonner", `,"wants":[]`, 400, "wants: name"},
		{"abonner", `,"wants":["notes"],"lang":"de"`, 400, "lang:"},
		{"lire", "", 200, `"wants":["notes","alertes"]`},
	} {
		if code, got := d.asks(step.what, b, step.more); code != step.code || !strings.Contains(got, step.want) {
			t.Errorf("%s%s: %d %s, want %d %s", step.what, step.more, code, got, step.code, step.want)
		}
	}
	sub, err := d.Subscribers.Get(t.Context(), d.Subscribers.IDOf(b.Endpoint))
	if err != nil || sub.Channel != Name || sub.Address != b.Endpoint || sub.Secret != b.Secret() || !sub.Since.Equal(now) {
		t.Errorf("%+v %v", sub, err)
	}
	thief := *b
	thief.Auth = d.push.Subscribe().Auth
	for _, what := range []string{"lire", "effacer", "abonner"} {
		if code, got := d.asks(what, &thief, `,"wants":["notes"]`); code != 403 {
			t.Errorf("who knows the endpoint alone may %s: %d %s", what, code, got)
		}
	}
	moved := d.push.Subscribe()
	old, err := json.Marshal(Target{b.Endpoint, targetOf(sub).Keys})
	if err != nil {
		t.Fatal(err)
	}
	if code, got := d.asks("abonner", moved, `,"replaces":`+string(old)); code != 200 || !strings.Contains(got, `"wants":["notes","alertes"]`) {
		t.Errorf("moved: %d %s", code, got)
	}
	if code, _ := d.asks("lire", b, ""); code != 404 {
		t.Errorf("the old subscription is still there: %d", code)
	}
	for range 2 {
		if code, got := d.asks("effacer", moved, ""); code != 200 {
			t.Errorf("leave: %d %s", code, got)
		}
	}
	if n, err := d.Subscribers.Count(t.Context()); err != nil || n != 0 {
		t.Errorf("%d subscribers are left, %v", n, err)
	}
}

// TestRefused: nobody else's page asks, nor anybody too often, nor for an
// endpoint that is none.
func TestRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.push.Subscribe()
	good := `{"endpoint":"` + b.Endpoint + `","keys":{"p256dh":"` + b.P256dh + `","auth":"` + b.Auth + `"},"wants":["alertes"]}`
	for _, row := range []struct {
		body string
		head []string
		code int
	}{
		{good, []string{"Content-Type", "text/plain"}, 403},
		{good, []string{"Content-Type", "application/json", "Sec-Fetch-Site", "cross-site"}, 403},
		{"{", []string{"Content-Type", "application/json"}, 400},
		{strings.Replace(good, b.Endpoint, "https://evil.example/x", 1), []string{"Content-Type", "application/json"}, 400},
		{good + strings.Repeat(" ", mostAsked), []string{"Content-Type", "application/json"}, 400},
		{good, []string{"Content-Type", "application/json; charset=utf-8"}, 200},
	} {
		if code, got := d.posts("abonner", row.body, row.head...); code != row.code {
			t.Errorf("%v: %d %s, want %d", row.head, code, got, row.code)
		}
	}
	many := 0
	for range 100 {
		if code, _ := d.asks("lire", b, ""); code == 429 {
			many++
		}
	}
	if many == 0 {
		t.Error("nobody is asked to wait")
	}
	var full bucket
	for range 60 {
		full.take(now)
	}
	if full.take(now) || !full.take(now.Add(time.Second)) {
		t.Error("the bucket does not hold, or does not fill")
	}
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, pages.PushPath, nil))
	page, _ := io.ReadAll(w.Result().Body)
	if w.Code != 200 || !strings.Contains(string(page), `data-key="`+d.Channel.Keys.Public+`"`) || strings.Contains(string(page), d.Channel.Keys.Private) {
		t.Errorf("the page: %d", w.Code)
	}
}
