package outlook

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// seed is the notice of 1 August 2023.
const seed = "018a0000-0000-7000-8000-000000000001"

// A house is a site on a broker of its own, with a clock that the test sets.
type house struct {
	*Site
	t       testing.TB
	store   *stream.Store
	handler http.Handler

	mu sync.Mutex
	at time.Time // what the clock shows; guarded by mu
}

// moment reads legal time as documents write it.
func moment(t testing.TB, text string) time.Time {
	t.Helper()
	var at notice.Time
	if err := at.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return at.Time
}

func newHouse(t testing.TB) *house {
	t.Helper()
	contract, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, store: noticetest.Broker(t)}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	h.Site = &Site{
		Record: &notifier.Record{Store: h.store, Log: log}, Catalogue: contract.Catalogue,
		Words: templates.Words{Catalogue: contract.Catalogue, Bureaus: contract.Bureaus},
		Letter: func(ctx context.Context, id string, version int) ([]byte, error) {
			return h.store.Letters.Get(ctx, fmt.Sprintf("%s/%d.pdf", id, version))
		},
		Now: h.now, Shifted: func() bool { return true }, Public: "https://meteo.example", Log: log,
	}
	h.handler = h.Handler()
	h.set("2023-08-01T15:00")
	return h
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *house) set(text string) {
	at := moment(h.t, text)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = at
}

// follow feeds the record until the test ends.
func (h *house) follow() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = h.Record.Follow(ctx) // it ends with ctx alone
	}()
	h.t.Cleanup(func() { cancel(); <-done })
}

// note is the seed's notice, changed as the test wants it.
func (h *house) note(change func(*notice.Notice)) notice.Published {
	h.t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		h.t.Fatal(err)
	}
	n, ps := schemas.Check(text, h.Catalogue, h.Words.Bureaus)
	if err := ps.Err(); err != nil {
		h.t.Fatal(err)
	}
	if change != nil {
		change(&n)
	}
	return notice.Published{Notice: n, Scope: h.Catalogue.Resolve(n)}
}

// tell puts an act on the record at a time, and sets the clock to it.
func (h *house) tell(at, id string, act notice.Act) notice.Event {
	h.t.Helper()
	h.set(at)
	ctx := context.Background()
	records, err := h.store.Notices.Read(ctx, id)
	if err != nil {
		h.t.Fatal(err)
	}
	e := notice.Event{Notice: id, Number: len(records) + 1, Version: 1, Time: h.now(), Act: act}
	var after uint64
	for _, r := range records {
		after = r.Seq
	}
	for _, s := range h.Record.States() {
		if s.ID == id {
			e.Version = s.Version
			if rule, _ := notice.RuleOf(act.Type()); rule.Amends {
				e.Version++
			}
		}
	}
	e.ID = stream.ID(e.Time, fmt.Sprint(id, e.Number))
	data, err := json.Marshal(e)
	if err != nil {
		h.t.Fatal(err)
	}
	seq, err := h.store.Notices.Append(ctx, stream.Entry{Key: id, ID: e.ID, Type: string(act.Type()), Data: data}, after)
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := h.Record.Wait(ctx, seq); err != nil {
		h.t.Fatal(err)
	}
	return e
}

// get asks for a page.
func (h *house) get(path string, head ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

// read is the text of a page as one hears it, without markup.
func (h *house) read(path string) string {
	h.t.Helper()
	w := h.get(path)
	if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
		h.t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	for _, fault := range inaccessible(h.t, w.Body.String()) {
		h.t.Errorf("%s: %s", path, fault)
	}
	return spoken(h.t, w.Body.String())
}

// says checks what a page says and does not say ("!" before it).
func (h *house) says(path string, wants ...string) {
	h.t.Helper()
	text := h.read(path)
	for _, want := range wants {
		unwanted, not := strings.CutPrefix(want, "!")
		if not == strings.Contains(text, flat(unwanted)) {
			h.t.Errorf("at %s, %s: %q in vain:\n%s", h.now().Format(time.DateTime), path, want, text)
		}
	}
}
