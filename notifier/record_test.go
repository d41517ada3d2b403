package notifier

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// follow feeds a record from the house until the test ends.
func (h *house) follow() *Record {
	h.t.Helper()
	r := &Record{Store: h.Store, Log: h.Log}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.Follow(ctx)
	}()
	h.t.Cleanup(func() { cancel(); <-done })
	return r
}

// last waits until the record holds all of NOTICES.
func (h *house) last(r *Record) uint64 {
	h.t.Helper()
	seq, err := h.Store.Notices.Last(h.t.Context())
	if err == nil {
		err = r.Wait(h.t.Context(), seq)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return seq
}

// TestRecordAsOf compares the record as of each event with a fold of what had
// been published by then.
func TestRecordAsOf(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var events []notice.Event
	add := func(e notice.Event) { events = append(events, e) }
	h.clock.set(start.Add(-24 * time.Hour))
	add(h.append("n1", h.published()))
	add(h.append("n2", h.published()))
	r := h.follow() // some are there before, some come after
	h.clock.set(start)
	add(h.started("n1"))
	h.clock.set(start.Add(time.Hour))
	add(h.started("n2"))
	add(h.ended("n1"))
	h.clock.set(start.Add(2 * time.Hour))
	add(h.append("n1", notice.Resumed{}))
	last := h.last(r)
	if last != uint64(len(events)) {
		t.Fatalf("the last sequence is %d", last)
	}
	for i := range events {
		states, e := r.AsOf(uint64(i + 1))
		if e.ID != events[i].ID || e.Seq != uint64(i+1) {
			t.Errorf("event %d is %s, want %s", i+1, e.ID, events[i].ID)
		}
		h.same(states, events[:i+1])
	}
	for _, at := range []time.Duration{-25 * time.Hour, -24 * time.Hour, -time.Second, 0, time.Hour, 2 * time.Hour} {
		var before []notice.Event
		for _, e := range events {
			if !e.Time.After(start.Add(at)) {
				before = append(before, e)
			}
		}
		h.same(r.Known(start.Add(at)), before)
	}
	if s, ok := r.State("n1"); !ok || s.Number != 4 || s.Episode != 2 {
		t.Errorf("n1 is %+v, %v", s.Number, ok)
	}
	if _, ok := r.State("n3"); ok {
		t.Error("there is no n3")
	}
	if after := r.After(4); len(after) != 2 || after[0].ID != events[4].ID || len(r.After(last)) != 0 || len(r.After(0)) != len(events) {
		t.Errorf("after 4: %+v", after)
	}
}

// same compares states with what events add up to.
func (h *house) same(states []notice.State, events []notice.Event) {
	h.t.Helper()
	by := map[string][]notice.Event{}
	var ids []string
	for _, e := range events {
		if by[e.Notice] == nil {
			ids = append(ids, e.Notice)
		}
		by[e.Notice] = append(by[e.Notice], e)
	}
	slices.Sort(ids)
	if len(states) != len(ids) {
		h.t.Errorf("after %d events there are %d notices, want %d", len(events), len(states), len(ids))
		return
	}
	for i, id := range ids {
		want, got := notice.Fold(by[id]), states[i]
		over := func(s notice.State) (n int) {
			for _, span := range s.Spans {
				if !span.Over.IsZero() {
					n++
				}
			}
			return n
		}
		if got.ID != id || got.Number != want.Number || got.Episode != want.Episode || len(got.Spans) != len(want.Spans) || over(got) != over(want) {
			h.t.Errorf("after %d events %s has number %d, want %d", len(events), got.ID, got.Number, want.Number)
		}
	}
}

// TestRecordPassesOver: an event that is not understood stops nothing, and is
// nobody's last event.
func TestRecordPassesOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.follow()
	h.alert("n1")
	newer := h.newer("n1")
	h.alert("n2")
	h.last(r)
	if states, e := r.AsOf(newer.Seq); e.ID != "" || len(states) != 1 || states[0].Number != 2 {
		t.Errorf("as of what is not understood: %q, %d notices", e.ID, len(states))
	}
	if len(r.States()) != 2 || h.journal.has("level=ERROR", "does not understand") != 1 {
		t.Errorf("%d notices", len(r.States()))
	}
}

// TestRecordWaits: whoever waits is woken by what comes, also after the broker
// was away; and gives up with its context.
func TestRecordWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.follow()
	h.alert("n1")
	seq := h.last(r)
	have, changed := r.Changed()
	if have != seq {
		t.Errorf("followed up to %d, want %d", have, seq)
	}
	woken := make(chan error, 1)
	go func() { woken <- r.Wait(t.Context(), seq+1) }()
	if err := h.server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.started("n1")
	<-changed
	if err := <-woken; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Wait(ctx, seq+2); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait = %v", err)
	}
	if len(r.After(0)) != 2 {
		t.Errorf("after a restart the record has %d events, want 2", len(r.After(0)))
	}
}
