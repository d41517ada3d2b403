package notifier

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
	"douane.gouv.fr/crieur/templates"
)

// start is the seed's day: the window is from 9h00 to 17h00.
var start = time.Date(2023, 8, 8, 9, 0, 0, 0, notice.Legal)

// lease is short, so that tests of crashes are; one that is quick is too short
// for a worker to be stopped by an end in good order.
const (
	lease = time.Second
	quick = 300 * time.Millisecond
)

// A house is a notifier on a broker of its own, with a clock that the test
// sets and a channel that only remembers.
type house struct {
	*Notifier
	t       *testing.T
	channel *memory
	server  *embedded.Server
	clock   *clock
	journal *journal
	lease   time.Duration
}

// A journal is what all processes of a house have logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// has is how many lines hold all of the words.
func (j *journal) has(words ...string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for line := range strings.Lines(j.text.String()) {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
			n++
		}
	}
	return n
}

// A clock shows what it was set to.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

var contract = sync.OnceValues(schemas.Default)

func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseWith(t, lease)
}

func newHouseWith(t *testing.T, lease time.Duration) *house {
	t.Helper()
	store, server := noticetest.Server(t, embedded.Config{}, stream.Config{AckWait: lease})
	h := (&house{t: t, server: server, clock: &clock{at: start}, journal: &journal{}, lease: lease}).on(store, &memory{name: "mail"})
	t.Cleanup(func() {
		if h.journal.has("transitaire.example") > 0 {
			t.Error("an address stands in the log")
		}
	})
	return h
}

// other is the same house seen by another process, with a connection to the
// broker of its own; closing it is that process's sudden death.
func (h *house) other(channel *memory) *house {
	h.t.Helper()
	store, err := stream.Open(h.t.Context(), stream.Config{InProcess: h.server.InProcess(), AckWait: h.lease})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(store.Close)
	return h.on(store, channel)
}

func (h *house) on(store *stream.Store, channel *memory) *house {
	h.t.Helper()
	known, err := contract()
	if err != nil {
		h.t.Fatal(err)
	}
	o := *h
	o.channel = channel
	o.Notifier = &Notifier{
		Store: store, Catalogue: known.Catalogue,
		Subscribers: Subscribers{Keys: store.Subscribers, Secret: []byte("of the house")},
		Bulk:        []string{"mail"},
		Teams:       []Team{{Channel: channel, Workers: 2, Connections: 4}},
		Letters:     &Letters{Compose: compose, Draw: draw},
		Now:         h.clock.now, Lease: h.lease,
		Log: slog.New(slog.NewTextHandler(io.MultiWriter(h.t.Output(), h.journal), &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	return &o
}

// subscribe adds n subscribers of everything and gives their ids.
func (h *house) subscribe(n int) []string {
	h.t.Helper()
	var ids []string
	for i := range n {
		s, err := h.Subscribers.Add(h.t.Context(), Subscriber{Channel: "mail", Address: fmt.Sprintf("abonne-%d@transitaire.example", i)})
		if err != nil {
			h.t.Fatal(err)
		}
		ids = append(ids, s.ID)
	}
	return ids
}

func compose(t Tale) (templates.Document, error) {
	return templates.Document{Title: "Note aux opérateurs", Subject: t.State.Notice.Reference}, nil
}

func draw(doc templates.Document, _ Tale) ([]byte, error) {
	return []byte("%PDF of " + doc.Subject), nil
}

// published is the seed's notice as it stands on the record.
func (h *house) published() notice.Published {
	h.t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		h.t.Fatal(err)
	}
	var n notice.Notice
	if _, ps := schemas.Decode(text, &n); len(ps) > 0 {
		h.t.Fatal(ps)
	}
	doc, _ := compose(Tale{State: notice.State{Notice: n}})
	encoded, err := json.Marshal(doc)
	if err != nil {
		h.t.Fatal(err)
	}
	pdf, _ := draw(doc, Tale{})
	return notice.Published{
		Notice: n, Scope: h.Catalogue.Resolve(n),
		Binding: notice.Binding{Document: hash(encoded), Letter: hash(pdf)},
	}
}

// append puts an act of a notice on the record, at the house's time.
func (h *house) append(id string, act notice.Act) notice.Event {
	h.t.Helper()
	records, err := h.Store.Notices.Read(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	e := notice.Event{Notice: id, Number: len(records) + 1, Version: 1, Time: h.Now(), Act: act}
	for _, r := range records {
		if rule, _ := notice.RuleOf(notice.Type(r.Type)); rule.Amends && r.Seq > records[0].Seq {
			e.Version++
		}
	}
	if rule, _ := notice.RuleOf(act.Type()); rule.Amends && len(records) > 0 {
		e.Version++
	}
	e.ID = stream.ID(e.Time, fmt.Sprint(id, e.Number))
	data, err := json.Marshal(e)
	if err != nil {
		h.t.Fatal(err)
	}
	var after uint64
	if len(records) > 0 {
		after = records[len(records)-1].Seq
	}
	if _, err := h.Store.Notices.Append(h.t.Context(), stream.Entry{Key: id, ID: e.ID, Type: string(act.Type()), Data: data}, after); err != nil {
		h.t.Fatal(err)
	}
	return e
}

// run starts the house; the function it returns ends it and waits.
func (h *house) run() (stop func()) {
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = h.Run(ctx)
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	h.t.Cleanup(stop)
	return stop
}

// settle waits until nothing is left to do. It looks for what is due at once,
// where the house would in half a second.
func (h *house) settle() {
	h.t.Helper()
	if err := h.pushDue(h.t.Context(), calendar{}); err != nil {
		h.t.Fatal(err)
	}
	h.until("everything is settled", func() bool {
		ok, err := h.Settled(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		return ok
	})
}

// until waits for something to become true.
func (h *house) until(what string, is func() bool) {
	h.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !is() {
		if time.Now().After(deadline) {
			h.t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// counts is the ledger's sum for an event.
func (h *house) counts(e notice.Event) map[Status]int {
	h.t.Helper()
	all, err := h.Deliveries(h.t.Context(), e.ID)
	if err != nil || len(all) != 1 {
		h.t.Fatalf("deliveries of %s: %v, %v", e.Act.Type(), all, err)
	}
	return all[0].Counts
}

// once checks that everybody has got an event's message, once.
func (h *house) once(ids []string, e notice.Event) {
	h.t.Helper()
	got := h.channel.got(e)
	for _, id := range ids {
		if got[id] != 1 {
			h.t.Errorf("%s told to %.6s %d times", e.Act.Type(), id, got[id])
		}
	}
	if len(got) != len(ids) {
		h.t.Errorf("%s told to %d subscribers, want %d", e.Act.Type(), len(got), len(ids))
	}
}

// alert puts the seed's notice on the record, as published the day before.
func (h *house) alert(id string) notice.Event {
	h.t.Helper()
	h.clock.set(start.Add(-24 * time.Hour))
	defer h.clock.set(start)
	return h.append(id, h.published())
}

// started and ended are the seed's start, and its end as of now.
func (h *house) started(id string) notice.Event {
	h.t.Helper()
	return h.append(id, notice.Started{Occurrence: 1, Planned: notice.At(start)})
}

func (h *house) ended(id string) notice.Event {
	h.t.Helper()
	return h.append(id, notice.Ended{At: notice.At(h.Now()), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
}

// page is the ledger's page of all subscribers for an event.
func (h *house) page(e notice.Event) *page {
	h.t.Helper()
	b, err := open(h.t.Context(), h.Store.Ledger, pageKey("mail", e.ID, whole.String()), h.Now)
	if err != nil {
		h.t.Fatal(err)
	}
	return &b.page
}
