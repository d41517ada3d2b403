package notifier

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// TestTurns: some recipients take only so much at a time. Others are told
// meanwhile, and whoever would have to wait for long has a place of its own.
func TestTurns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(90)
	slices.Sort(ids)
	short, long := ids[:70], ids[70:75] // the first in the queue
	h.alert("n")
	h.run()
	h.settle()
	before := len(h.channel.all())
	var waited atomic.Int64
	h.channel.play(script{admit: func(to Recipient) time.Duration {
		switch {
		case slices.Contains(short, to.ID) && len(h.channel.all()) < before+15:
			waited.Add(1)
			return time.Millisecond
		case slices.Contains(long, to.ID) && to.Attempt == 1:
			return time.Hour
		}
		return 0
	}})
	e := h.started("n")
	h.settle()
	told := h.channel.all()[before:]
	if len(told) != 85 || waited.Load() == 0 {
		t.Fatalf("%d told, %d had to wait", len(told), waited.Load())
	}
	for _, m := range told[:8] {
		if slices.Contains(short, m.ID) {
			t.Errorf("%s was told before the others", m)
		}
	}
	if h.journal.has("some are deferred") != 0 {
		t.Error("the log complains of whom the house itself makes wait")
	}
	page := h.page(e)
	for _, id := range long {
		if d := page.told[id]; d.Status != Deferred || d.Code != codePaced || !d.Next.Equal(start.Add(time.Hour)) {
			t.Errorf("%.6s: %+v", id, d)
		}
	}
	h.clock.set(start.Add(time.Hour))
	h.settle()
	h.once(ids, e)
}

// TestNoConnection: where there are as many connections as there may be, a worker
// waits without a word, and everybody is told all the same.
func TestNoConnection(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(20)
	h.channel.play(script{connect: func(context.Context) error {
		h.channel.mu.Lock()
		defer h.channel.mu.Unlock()
		if h.channel.open >= 1 {
			return ErrNoConnection
		}
		return nil
	}})
	h.alert("n")
	h.run()
	first := h.started("n")
	h.settle()
	h.once(ids, first)
	if n := h.journal.has("connection lost"); n > 0 {
		t.Errorf("%d times it is called a loss", n)
	}
}
