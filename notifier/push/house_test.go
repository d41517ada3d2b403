package push

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
)

// start is the seed's day: the window is from 9h00 to 17h00.
var start = time.Date(2023, 8, 8, 9, 0, 0, 0, notice.Legal)

// A house is one process that follows the record of a broker, and a hand that
// writes on it at the times it says.
type house struct {
	t         testing.TB
	store     *stream.Store
	server    *embedded.Server
	record    *notifier.Record
	catalogue notice.Catalogue
	log       *slog.Logger
}

func newHouse(t testing.TB) *house {
	t.Helper()
	contract, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	store, server := noticetest.Server(t, embedded.Config{}, stream.Config{AckWait: time.Second})
	h := &house{t: t, server: server, catalogue: contract.Catalogue, log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	return h.on(store)
}

// other is another process over the same broker.
func (h *house) other() *house {
	h.t.Helper()
	store, err := stream.Open(h.t.Context(), stream.Config{InProcess: h.server.InProcess(), AckWait: time.Second})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(store.Close)
	return h.on(store)
}

func (h *house) on(store *stream.Store) *house {
	h.t.Helper()
	o := *h
	o.store, o.record = store, &notifier.Record{Store: store, Log: h.log}
	o.run(o.record.Follow)
	return &o
}

// run starts something that lasts; the function it returns ends it and waits.
func (h *house) run(what func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = what(ctx)
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	h.t.Cleanup(stop)
	return stop
}

func (h *house) alerts() *Alerts { return &Alerts{Store: h.store, Record: h.record, Log: h.log} }

// seed is the seed's notice as it stands on the record.
func (h *house) seed() notice.Published {
	h.t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		h.t.Fatal(err)
	}
	var n notice.Notice
	if _, ps := schemas.Decode(text, &n); len(ps) > 0 {
		h.t.Fatal(ps)
	}
	return notice.Published{Notice: n, Scope: h.catalogue.Resolve(n)}
}

// about is the seed's notice about other services, all modes.
func (h *house) about(services ...string) notice.Published {
	p := h.seed()
	p.Notice.Services, p.Notice.Modes = services, nil
	p.Scope = h.catalogue.Resolve(p.Notice)
	return p
}

// append puts an act of a notice on the record and gives its sequence.
func (h *house) append(at time.Time, id string, act notice.Act) uint64 {
	h.t.Helper()
	records, err := h.store.Notices.Read(context.Background(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	e := notice.Event{Notice: id, Number: len(records) + 1, Version: 1, Time: at, Act: act}
	e.ID = stream.ID(e.Time, fmt.Sprint(id, e.Number))
	data, err := json.Marshal(e)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.put(stream.Entry{Key: id, ID: e.ID, Type: string(act.Type()), Data: data}, records)
}

// put puts an entry behind some records of its key.
func (h *house) put(e stream.Entry, behind []stream.Record) uint64 {
	h.t.Helper()
	var after uint64
	if len(behind) > 0 {
		after = behind[len(behind)-1].Seq
	}
	seq, err := h.store.Notices.Append(context.Background(), e, after)
	if err != nil {
		h.t.Fatal(err)
	}
	return seq
}

// settle waits until ALERTS says all that has been published.
func (h *house) settle() {
	h.t.Helper()
	until(h.t, "alerts are settled", func() bool {
		ok, err := h.alerts().Settled(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		return ok
	})
}

// until waits for something to become true.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !is() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// alert is the last alert of a key, and whether there is one.
func (h *house) alert(key string) (notice.Alert, bool) {
	h.t.Helper()
	if !slices.Contains(h.keys(), key) {
		return notice.Alert{}, false
	}
	r, err := h.store.Alerts.Latest(h.t.Context(), key)
	if err != nil {
		h.t.Fatal(err)
	}
	a, err := notice.ReadAlert(r.Data)
	if err != nil {
		h.t.Fatal(err)
	}
	return a, true
}

func (h *house) keys() []string {
	h.t.Helper()
	keys, err := h.store.Alerts.Keys(h.t.Context(), "")
	if err != nil {
		h.t.Fatal(err)
	}
	return keys
}

// written is how many alerts have been written since the beginning.
func (h *house) written() uint64 {
	h.t.Helper()
	last, err := h.store.Alerts.Last(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return last
}

// endNow is the end of alert at an instant, the fallback with it.
func endNow(at time.Time) notice.Ended {
	return notice.Ended{At: notice.At(at), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}
}
