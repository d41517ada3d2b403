package notifier

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

var (
	noSuchUser = Outcome{Status: Bounced, Code: "550 5.1.1", Reply: "no such user", Suppress: true}
	isFull     = Outcome{Status: Bounced, Code: "552 5.2.2", Reply: "full"}
	arrived    = Outcome{Status: Delivered, Code: "2.0.0"}
)

// returned reports what became of a message that had been sent.
func (h *house) returned(e notice.Event, id string, o Outcome) {
	h.t.Helper()
	if err := h.Returned(h.t.Context(), "mail", e.ID, id, o); err != nil {
		h.t.Fatal(err)
	}
}

// backs is how many lines stand on the backs of an event's pages.
func (h *house) backs(e notice.Event) int {
	h.t.Helper()
	records, err := h.Store.Ledger.Read(h.t.Context(), "mail."+e.ID+".*.back.*")
	if err != nil {
		h.t.Fatal(err)
	}
	return len(records)
}

// TestReturnedWhenAllIsOver: what comes back later is what the ledger says, and
// the next event leaves out who is dead for good.
func TestReturnedWhenAllIsOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(6)
	h.run()
	e := h.alert("n1")
	h.settle()
	for range 3 { // a report may come more than once
		h.returned(e, ids[0], noSuchUser)
		h.returned(e, ids[1], isFull)
		h.returned(e, ids[2], arrived)
		h.returned(e, ids[3], arrived)
		h.returned(e, ids[3], isFull)  // it was forwarded
		h.returned(e, ids[3], arrived) // too late
		h.returned(e, ids[4], Outcome{Status: Refused, Code: "550 5.7.1"})
		h.returned(e, ids[5], Outcome{Status: Deferred})
		h.returned(e, ids[5], Outcome{})
	}
	if got, want := h.counts(e), (map[Status]int{Bounced: 3, Delivered: 1, Refused: 1, Sent: 1}); !maps.Equal(got, want) {
		t.Errorf("the ledger counts %v, want %v", got, want)
	}
	if d := h.told(e, ids[0]); d.Code != "550 5.1.1" || d.Reply != "no such user" || d.Attempt != 1 || !d.At.Equal(h.Now()) {
		t.Errorf("on the record as %+v", d)
	}
	if n := h.backs(e); n != 6 {
		t.Errorf("%d lines, want one a change", n)
	}
	next := h.started("n1")
	h.settle()
	h.once(ids[1:], next)
	if d := h.told(next, ids[0]); d.Status != Suppressed || d.Code != "550 5.1.1" {
		t.Errorf("a dead address is on the record as %+v", d)
	}
}

// TestReturnedInTheMiddle: while a worker is on the page, and before the
// outcome of the message is on the record, a report fences nobody off.
func TestReturnedInTheMiddle(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(20)
	h.run()
	h.alert("n1")
	h.settle()
	r := newRelay(notice.TypeStarted, 5)
	h.channel.play(script{send: r.send})
	e := h.started("n1")
	h.until("the relay holds some back", r.stuck)
	for _, id := range ids[:10] { // told, in flight, and yet to be told
		h.returned(e, id, isFull)
	}
	close(r.open)
	h.settle()
	h.once(ids, e)
	if got, want := h.counts(e), (map[Status]int{Bounced: 10, Sent: 10}); !maps.Equal(got, want) {
		t.Errorf("the ledger counts %v, want %v", got, want)
	}
	if h.journal.has("taken over") > 0 {
		t.Error("a report has fenced the worker off")
	}
}

// TestReturnedLeavesDeferrals: who was deferred is told at its time.
func TestReturnedLeavesDeferrals(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(3)
	h.run()
	h.alert("n1")
	h.settle()
	h.channel.play(script{send: deferring(ids[0], h.clock.now)})
	e := h.started("n1")
	h.settle()
	h.returned(e, ids[1], noSuchUser)
	h.returned(e, ids[0], arrived) // it was not even sent
	if d := h.told(e, ids[0]); d.Status != Deferred {
		t.Errorf("deferred, and on the record as %+v", d)
	}
	h.channel.play(script{})
	h.clock.set(start.Add(time.Hour))
	h.settle()
	h.once(ids, e)
}

// TestReturnedStart: who never got the start is told both in one.
func TestReturnedStart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(4)
	h.run()
	h.alert("n1")
	began := h.started("n1")
	h.settle()
	h.returned(began, ids[0], isFull)
	h.returned(began, ids[1], arrived)
	h.clock.set(start.Add(time.Hour))
	ended := h.ended("n1")
	h.settle()
	for _, m := range h.channel.all() {
		if m.Tale.Event.ID == ended.ID && m.Started != (m.ID == ids[0]) {
			t.Errorf("%s", m)
		}
	}
	h.once(ids, ended)
}

// TestReturnedFromNowhere: of what the ledger does not know, only what is for
// good counts.
func TestReturnedFromNowhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(2)
	nothing := notice.Event{ID: "confirmation"}
	h.returned(nothing, ids[0], noSuchUser)
	h.returned(nothing, ids[1], isFull)
	h.returned(nothing, "00112233445566778899aabbccddeeff", noSuchUser) // one who has left
	for i, id := range ids {
		s, err := h.Subscribers.Get(t.Context(), id)
		if err != nil || s.Suppressed.On(h.Now()) != (i == 0) {
			t.Errorf("%+v, %v", s, err)
		}
	}
	if _, err := h.Subscribers.Get(t.Context(), "00112233445566778899aabbccddeeff"); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("one who has left is there again: %v", err)
	}
	if records, err := h.Store.Ledger.Read(t.Context(), ">"); err != nil || len(records) > 0 {
		t.Errorf("the ledger has %d lines, %v", len(records), err)
	}
}

// TestReturnedAtOnce: many reports through two processes, each twice.
func TestReturnedAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(24)
	h.run()
	e := h.alert("n1")
	h.settle()
	var all sync.WaitGroup
	for _, p := range []*house{h, h.other(h.channel)} {
		for _, id := range ids {
			all.Go(func() {
				if err := p.Returned(t.Context(), "mail", e.ID, id, isFull); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if got := h.counts(e); got[Bounced] != len(ids) || h.backs(e) != len(ids) {
		t.Errorf("the ledger counts %v on %d lines", got, h.backs(e))
	}
	if events, err := h.Planned(t.Context(), "mail"); err != nil || !slices.Contains(events, e.ID) {
		t.Errorf("planned are %v, %v", events, err)
	}
}

// deferring puts one subscriber off for ten minutes.
func deferring(id string, now func() time.Time) func(context.Context, telling) (Outcome, error) {
	return func(_ context.Context, m telling) (Outcome, error) {
		if m.ID == id {
			return Outcome{Status: Deferred, Next: now().Add(10 * time.Minute)}, nil
		}
		return Outcome{Status: Sent}, nil
	}
}
