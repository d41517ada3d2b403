package subscribe

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

var (
	contract = sync.OnceValues(schemas.Default)
	start    = time.Date(2023, 8, 8, 7, 0, 0, 0, time.UTC)
)

const asker = "declarant@transitaire.example"

// A house is the pages on a store of their own, with a channel that remembers
// what it was to ask, and a clock that the test sets.
type house struct {
	*Pages
	t     *testing.T
	mux   *http.ServeMux
	links *email.Channel

	mu    sync.Mutex
	at    time.Time      // guarded by mu
	asked []notifier.Ask // guarded by mu
	log   bytes.Buffer   // guarded by mu
}

func newHouse(t *testing.T) *house {
	t.Helper()
	known, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, at: start, mux: http.NewServeMux(), links: &email.Channel{Public: "https://meteo.example", Secret: []byte("sixteen bytes at least")}}
	log := slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), h), nil))
	store := noticetest.Broker(t)
	n := &notifier.Notifier{Store: store, Catalogue: known.Catalogue, Subscribers: notifier.Subscribers{Keys: store.Subscribers, Secret: []byte("of the house")},
		Teams: []notifier.Team{{Channel: h, Workers: 1, Connections: 1}}, Now: h.now, Log: log, Lease: time.Second}
	h.Pages = &Pages{Sender: "notes@douane.example", Notifier: n, Channel: email.Name, Links: h.links, Words: templates.Words{Catalogue: known.Catalogue},
		House: pages.House{Now: h.now, Log: log}}
	h.Register(h.mux)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
		if text := h.log.String(); strings.Contains(text, "transitaire.example") || strings.Contains(text, "/abonnements/") {
			t.Errorf("an address or a path stands in the log:\n%s", text)
		}
	})
	return h
}

func (h *house) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log.Write(p)
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *house) set(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = at
}

// The channel's methods.

func (h *house) Name() string { return email.Name }

func (h *house) Compose(_ context.Context, t notifier.Tale) (notifier.Message, error) { return t, nil }

func (h *house) Connect(context.Context) (notifier.Connection, error) { return h, nil }

func (h *house) Close() {}

func (h *house) Send(_ context.Context, m notifier.Message, _ notifier.Recipient) (notifier.Outcome, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a := m.(notifier.Tale).Ask; a != nil {
		h.asked = append(h.asked, *a)
	}
	return notifier.Outcome{Status: notifier.Sent, Code: "250"}, nil
}

// asks waits until everything is told and gives what was asked.
func (h *house) asks() []notifier.Ask {
	h.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		settled, err := h.Notifier.Settled(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		if settled {
			break
		}
		if time.Now().After(deadline) {
			h.t.Fatal("waited in vain")
		}
		time.Sleep(2 * time.Millisecond)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}

// call asks for a page; form is posted where there is one.
func (h *house) call(method, address string, form url.Values) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.callFrom("203.0.113.7:4711", method, address, form)
}

func (h *house) callFrom(from, method, address string, form url.Values) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequest(method, strings.TrimPrefix(address, h.links.Public), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	h.mux.ServeHTTP(w, r)
	if kind := w.Header().Get("Content-Type"); strings.HasPrefix(kind, "text/html") && w.Code/100 != 3 {
		for _, fault := range inaccessible(h.t, w.Body.String()) {
			h.t.Errorf("%s: %s", address, fault)
		}
	}
	return w
}

// signUp subscribes somebody to everything, and more that is given as pairs.
func (h *house) signUp(address string, more ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.call(http.MethodPost, "/abonnements", fields(append([]string{"adresse", address, "recevoir", "notes", "recevoir", "alertes"}, more...)...))
}

func fields(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

func (h *house) link(a notifier.Ask) string { return h.links.ConfirmURL(a.Subscriber.ID, a.ID) }

// add subscribes somebody as if confirmed.
func (h *house) add(sub notifier.Subscriber) notifier.Subscriber {
	h.t.Helper()
	sub.Channel = email.Name
	if sub.Address == "" {
		sub.Address = asker
	}
	got, err := h.Notifier.Subscribers.Add(h.t.Context(), sub)
	if err != nil {
		h.t.Fatal(err)
	}
	return got
}

// inaccessible lists what is wrong with a form's structure: each control has
// one label, each reference its target, ids are single, nothing is scripted.
func inaccessible(t testing.TB, page string) (faults []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	ids, labels, once := map[string]bool{}, map[string]int{}, map[string]int{}
	var controls, refers []string
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
		}
		if id := at["id"]; id != "" {
			if ids[id] {
				faults = append(faults, "two of id "+id)
			}
			ids[id] = true
		}
		once[n.Data]++
		refers = append(refers, strings.Fields(at["aria-describedby"])...)
		switch {
		case n.Data == "label":
			labels[at["for"]]++
		case (n.Data == "input" && at["type"] != "hidden") || n.Data == "select":
			controls = append(controls, at["id"])
		case n.Data == "a" && strings.HasPrefix(at["href"], "#"):
			refers = append(refers, at["href"][1:])
		case n.Data == "script" || at["style"] != "":
			faults = append(faults, "a script or a style")
		}
	}
	for _, id := range controls {
		if labels[id] != 1 {
			faults = append(faults, "no label for "+id)
		}
	}
	for _, id := range refers {
		if !ids[id] {
			faults = append(faults, "nothing has the id "+id)
		}
	}
	if once["h1"] != 1 || once["main"] != 1 {
		faults = append(faults, "not one h1 and main")
	}
	return faults
}
