package notifier

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestEndOvertakesANotice: the only worker is in the middle of a long job when
// an end comes; it tells the end first, then goes on where it was.
func TestEndOvertakesANotice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(80)
	h.Teams[0].Workers = 1
	h.alert("n1")
	h.started("n1")
	h.run()
	h.settle()
	h.channel.play(script{send: slowly(30 * time.Millisecond)}) // 0.6 s in all
	bulk := h.append("n2", h.published())
	h.until("the notice is under way", func() bool { return len(h.channel.got(bulk)) > 0 })
	h.clock.set(start.Add(time.Hour))
	ended := h.ended("n1")
	h.settle()
	h.once(ids, bulk)
	h.once(ids, ended)
	all := h.channel.all()
	first := slices.IndexFunc(all, func(m telling) bool { return m.Tale.Event.ID == ended.ID })
	before, after := 0, 0
	for i, m := range all {
		switch {
		case m.Tale.Event.ID != bulk.ID:
		case i < first:
			before++
		default:
			after++
		}
	}
	if before == 0 || after == 0 {
		t.Errorf("%d mails of the notice went before the end, %d after it", before, after)
	}
	for _, m := range all[first:][:len(ids)] {
		if m.Tale.Event.ID != ended.ID {
			t.Errorf("%s in the middle of the end", m)
		}
	}
	if page := h.page(bulk); page.last != lineFinished || page.failures > 0 {
		t.Errorf("the notice's page is left as %+v", page)
	}
}

// TestEndDoesNotWaitForASilentRelay: the mails of a notice that are stuck are
// cut for it, and sent again afterwards.
func TestEndDoesNotWaitForASilentRelay(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, quick)
	ids := h.subscribe(8)
	h.Teams[0].Workers = 1
	h.alert("n1")
	h.started("n1")
	h.run()
	h.settle()
	silent := newRelay(notice.TypePublished, 0)
	h.channel.play(script{send: silent.send})
	bulk := h.append("n2", h.published())
	h.until("the notice is stuck", silent.stuck)
	ended := h.ended("n1")
	h.until("the end is told", func() bool { return len(h.channel.got(ended)) == len(ids) })
	close(silent.open)
	h.settle()
	h.once(ids, bulk)
	h.once(ids, ended)
}

// TestLanesInOrder: what waits is told by urgency, not by age.
func TestLanesInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subscribe(1)
	h.Teams[0].Workers = 1
	h.alert("n1")
	h.settleBy(h.other(&memory{name: "mail"}))
	var events []notice.Event
	for _, act := range []notice.Act{
		notice.Reminded{Occurrence: 1, Start: notice.At(start)},
		notice.Progressed{Text: "Les travaux se poursuivent."},
		notice.Resumed{},
		notice.Ended{At: notice.At(start), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}},
	} {
		// Each in a notice of its own, so that none makes another moot.
		e := h.append("n"+string(act.Type()), act)
		events = append(events, e)
		if err := h.plan(t.Context(), "mail", e); err != nil {
			t.Fatal(err)
		}
	}
	h.run()
	h.settle()
	all := h.channel.all()
	slices.Reverse(events)
	if len(all) != len(events) {
		t.Fatalf("told %v", all)
	}
	for i, e := range events {
		if all[i].Tale.Event.ID != e.ID {
			t.Errorf("number %d is %s, want %s", i+1, all[i], e.Act.Type())
		}
	}
}

// TestHangsUp: connections are kept from job to job, and no longer.
func TestHangsUp(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, quick)
	h.subscribe(3)
	var opened atomic.Int32
	h.channel.play(script{connect: func(context.Context) error { opened.Add(1); return nil }})
	h.Teams[0].Workers = 1
	h.alert("n1")
	h.run()
	h.settle()
	h.started("n1")
	h.settle()
	if n := opened.Load(); n > 3 {
		t.Errorf("%d connections were opened for three mails and three again", n)
	}
	h.until("it has hung up", func() bool {
		h.channel.mu.Lock()
		defer h.channel.mu.Unlock()
		return h.channel.open == 0
	})
}
