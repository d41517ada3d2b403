package publisher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// A house is one desk with its clock, on a broker of its own.
type house struct {
	*Publisher
	t     testing.TB
	clock *testClock
	n     int // commands so far
}

// A testClock shows the time that a test sets, or the real one.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.IsZero() {
		return time.Now()
	}
	return c.now
}

// run lets the clock show the real time.
func (c *testClock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = time.Time{}
}

func (c *testClock) set(at string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = legal(at)
}

// legal is an instant in legal time: "2023-08-08T09:00".
func legal(at string) time.Time {
	var t notice.Time
	if err := t.UnmarshalText([]byte(at)); err != nil {
		panic(err)
	}
	return t.Time
}

// The people of the tests. None of them is anybody.
var (
	drafter   = Account{ID: "r1", Roles: []notice.Role{notice.Drafter}, Bureau: "comint1"}
	signer    = Account{ID: "s1", Roles: []notice.Role{notice.Signer}, Bureau: "comint1"}
	signer2   = Account{ID: "s2", Roles: []notice.Role{notice.Signer, notice.Drafter}, Bureau: "comint1"}
	duty      = Account{ID: "p1", Roles: []notice.Role{notice.DutyOfficer}, Bureau: "comint1"}
	elsewhere = Account{ID: "x1", Roles: []notice.Role{notice.Drafter, notice.Signer, notice.DutyOfficer}, Bureau: "other"}
)

// newHouse is a desk on 1 August 2023 at 10h00, a week before the window of
// the example.
func newHouse(t testing.TB) *house {
	t.Helper()
	c := &testClock{}
	c.set("2023-08-01T10:00")
	return newDesk(t, newStore(t), c)
}

// newDesk is one more desk on a store, following it until the test ends.
func newDesk(t testing.TB, store *stream.Store, c *testClock) *house {
	t.Helper()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, clock: c, Publisher: &Publisher{
		Store: store, Catalogue: known.Catalogue, Bureaus: known.Bureaus, Words: words{},
		Letter: func(d templates.Document, _ notice.Act) ([]byte, error) { return fmt.Append(nil, d), nil },
		Now:    c.Now, Wall: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- h.Follow(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Follow ended with %v", err)
		}
	})
	return h
}

// text is the example notice with some lines replaced: "cause: …" for the line
// that begins with "cause:"; without a text behind the colon the line goes.
// Its reference is to be allocated.
func text(t testing.TB, lines ...string) string {
	t.Helper()
	raw, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(string(raw), "\n")
	for _, line := range append([]string{"reference:"}, lines...) {
		field, value, _ := strings.Cut(line, ":")
		found := false
		for i := range all {
			if strings.HasPrefix(all[i], field+":") {
				found = true
				all[i] = line
				if value == "" {
					all[i] = "#"
				}
			}
		}
		if !found {
			all = append(all, line)
		}
	}
	return strings.Join(all, "\n")
}

// order is an order with a command id of its own.
func (h *house) order(who Account, id string) Order {
	h.n++
	return Order{Who: who, Notice: id, Command: fmt.Sprintf("cmd-%s-%d", who.ID, h.n)}
}

// seen is an order that rests on the notice as it stands.
func (h *house) seen(who Account, id string) Order {
	o := h.order(who, id)
	o.Seen = h.dossier(id).Edition
	return o
}

func (h *house) dossier(id string) Dossier {
	h.t.Helper()
	d, err := h.load(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

// draft, submit, approve and publish bring a notice on its way, as others do.
func (h *house) draft(id string, lines ...string) {
	h.t.Helper()
	h.must(h.Draft(h.t.Context(), h.order(drafter, id), Draft{Text: text(h.t, lines...)}))
}

func (h *house) submit(id string) {
	h.t.Helper()
	h.must(h.Submit(h.t.Context(), h.order(drafter, id)))
}

func (h *house) approve(id string, at time.Time) {
	h.t.Helper()
	h.must(h.Approve(h.t.Context(), h.seen(signer, id), SignOff{At: at}))
}

func (h *house) publish(id string, lines ...string) notice.State {
	h.t.Helper()
	h.draft(id, lines...)
	h.submit(id)
	h.approve(id, time.Time{})
	return h.dossier(id).State
}

func (h *house) must(d Dossier, err error) Dossier {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

func (h *house) act(who Account, id string, act notice.Act) (notice.Event, error) {
	return h.Act(h.t.Context(), h.order(who, id), act)
}

// settle waits until this desk knows what all have written.
func (h *house) settle() {
	h.t.Helper()
	ctx, stop := context.WithTimeout(h.t.Context(), 10*time.Second)
	defer stop()
	if err := h.Settle(ctx); err != nil {
		h.t.Fatal(err)
	}
}

// tick lets the clock act.
func (h *house) tick() time.Time {
	h.t.Helper()
	h.settle()
	next, err := h.Tick(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return next
}

// types are the acts on the public record.
func types(s notice.State) string {
	var names []string
	for _, e := range s.Events {
		names = append(names, string(e.Act.Type()))
	}
	return strings.Join(names, " ")
}

// entries are what stands on the private record.
func entries(d Dossier) string {
	var names []string
	for _, e := range d.Entries {
		names = append(names, string(e.Type))
	}
	return strings.Join(names, " ")
}

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) || want == nil && err != nil {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}
