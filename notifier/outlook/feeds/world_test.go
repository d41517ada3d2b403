package feeds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/outlook"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
	"douane.gouv.fr/crieur/templates/pages/kept"
)

const (
	seed    = "018a0000-0000-7000-8000-000000000001"
	another = "018a0000-0000-7000-8000-000000000002"
)

// A world is a record on a broker of its own, with a clock that the test sets.
type world struct {
	*Feeds
	t   testing.TB
	mux *http.ServeMux

	mu    sync.Mutex
	at    time.Time // guarded by mu
	ready bool      // guarded by mu
	stale time.Time // since when nothing is heard; zero: it is; guarded by mu
}

func legal(t testing.TB, text string) notice.Time {
	t.Helper()
	var at notice.Time
	if err := at.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return at
}

func newWorld(t testing.TB) *world {
	t.Helper()
	contract, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, mux: http.NewServeMux(), ready: true}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	record := &notifier.Record{Store: noticetest.Broker(t), Log: log}
	site := &outlook.Site{Record: record, Now: w.clock, Log: log}
	w.Feeds = &Feeds{
		Record: record, Album: site.Album(), Words: templates.Words{Catalogue: contract.Catalogue, Bureaus: contract.Bureaus},
		Letter: func(context.Context, string, int) ([]byte, error) { return nil, errors.New("the store is away") },
		Ready:  func(context.Context) bool { w.mu.Lock(); defer w.mu.Unlock(); return w.ready },
		House:  pages.House{Now: w.clock, Stale: w.lost, Log: log}, Public: "https://meteo.example",
	}
	now := w.Album.Now
	w.Album.Now = func() kept.Instant { i := now(); i.Stale, _ = w.lost(); return i }
	w.Register(w.mux)
	w.set("2023-08-01T15:00")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.Record.Follow(ctx) // it ends with ctx alone
	}()
	t.Cleanup(func() { cancel(); <-done })
	return w
}

func (w *world) clock() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.at }

func (w *world) lost() (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stale, !w.stale.IsZero()
}

func (w *world) set(text string) {
	at := legal(w.t, text).Time
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = at
}

// note is the seed's notice, changed as the test wants it.
func (w *world) note(change func(*notice.Notice)) notice.Published {
	w.t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		w.t.Fatal(err)
	}
	n, ps := schemas.Check(text, w.Words.Catalogue, w.Words.Bureaus)
	if err := ps.Err(); err != nil {
		w.t.Fatal(err)
	}
	if change != nil {
		change(&n)
	}
	return notice.Published{Notice: n, Scope: w.Words.Catalogue.Resolve(n)}
}

// tell puts an act on the record at a time, and sets the clock to it.
func (w *world) tell(at, id string, act notice.Act) notice.Event {
	w.t.Helper()
	w.set(at)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	st, _ := w.Record.State(id)
	e := notice.Event{Notice: id, Number: st.Number + 1, Version: max(1, st.Version), Time: w.clock(), Act: act}
	if rule, _ := notice.RuleOf(act.Type()); rule.Amends && st.Number > 0 {
		e.Version++
	}
	e.ID = stream.ID(e.Time, fmt.Sprint(id, e.Number))
	data, err := json.Marshal(e)
	if err != nil {
		w.t.Fatal(err)
	}
	records, err := w.Record.Store.Notices.Read(ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	var after uint64
	for _, r := range records {
		after = r.Seq
	}
	seq, err := w.Record.Store.Notices.Append(ctx, stream.Entry{Key: id, ID: e.ID, Type: string(act.Type()), Data: data}, after)
	if err == nil {
		err = w.Record.Wait(ctx, seq)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// get asks at an address, and wants a status.
func (w *world) get(path string, status int) (string, http.Header) {
	w.t.Helper()
	answer := httptest.NewRecorder()
	w.mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	if answer.Code != status {
		w.t.Fatalf("GET %s: %d %v\n%s", path, answer.Code, answer.Header(), answer.Body)
	}
	return answer.Body.String(), answer.Header()
}
