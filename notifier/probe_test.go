package notifier

import (
	"context"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A watch is a probe over a house, with the machine's clock in the test's hand.
type watch struct {
	*Probe
	h    *house
	wall time.Time
}

func (h *house) watch(canary string) *watch {
	w := &watch{h: h, wall: time.Now()}
	w.Probe = &Probe{Notifier: h.Notifier, Channel: "mail", Canary: canary, Wall: func() time.Time { return w.wall }}
	return w
}

// sees lets a time pass on both clocks, and checks what is seen then; why is
// what the first alarm says, "" for none.
func (w *watch) sees(after time.Duration, planned, told int, why string) {
	w.h.t.Helper()
	w.h.clock.set(w.h.Now().Add(after))
	w.wall = w.wall.Add(after)
	if err := w.Look(w.h.t.Context()); err != nil {
		w.h.t.Fatal(err)
	}
	s := w.State()
	said := ""
	if len(s.Alarms) > 0 {
		said = s.Alarms[0].Why
	}
	if s.Planned != planned || s.Told != told || s.Wrong != len(s.Alarms) || (why == "") != (said == "") || !strings.Contains(said, why) || !s.Looked.Equal(w.h.Now()) {
		w.h.t.Errorf("after %s seen %+v, want %d planned, %d told, %q", after, s, planned, told, why)
	}
}

// TestProbe: all is well when all are told and the canary has its mail.
func TestProbe(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(8)
	w := h.watch(ids[0])
	w.sees(0, 0, 0, "")
	h.run()
	h.append("n1", h.published())
	h.settle()
	e := h.started("n1")
	h.settle()
	w.sees(time.Minute, 0, 0, "")   // too early to say
	w.sees(2*time.Minute, 2, 0, "") // under way: the receipts may yet come
	h.returned(e, ids[0], arrived)
	w.sees(time.Minute, 2, 1, "")
	w.sees(12*time.Minute, 2, 1, "the canary's message was sent, and has not come in 15m0s")
	w.sees(time.Minute, 2, 1, "not come")
	if n := h.journal.has("level=ERROR", "told differs from planned", "channel=mail"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	for _, p := range w.State().Alarms {
		h.returned(notice.Event{ID: p.Event}, ids[0], arrived)
	}
	w.sees(time.Minute, 2, 2, "")
	if n := h.journal.has("level=INFO", "told as planned again"); n != 1 {
		t.Errorf("taken back %d times", n)
	}
	w.sees(ProbeUntil-30*time.Minute, 2, 2, "")
	w.sees(time.Hour, 0, 0, "")
}

// TestProbeIsPatient: much to do is no alarm, a standstill is.
func TestProbeIsPatient(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subscribe(12)
	h.alert("n1")
	h.settleBy(h.other(&memory{name: "mail"}))
	e := h.started("n1")
	if err := h.planInto(t.Context(), "mail", e, 4); err != nil { // and nobody works
		t.Fatal(err)
	}
	w := h.watch("")
	h.clock.set(start.Add(4 * time.Hour)) // it was down in the night, and has just begun
	w.sees(0, 2, 1, "")
	w.sees(9*time.Minute, 2, 1, "")
	next := h.append("n1", notice.Overdue{Planned: notice.At(start)})
	if err := h.planInto(t.Context(), "mail", next, 1); err != nil {
		t.Fatal(err)
	}
	b, err := open(t.Context(), h.Store.Ledger, pageKey("mail", next.ID, whole.String()), h.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.take(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.tell(t.Context(), Delivery{To: "00", Status: Sent}); err != nil { // something moves, somewhere
		t.Fatal(err)
	}
	w.wall = time.Now()
	w.sees(9*time.Minute, 3, 1, "")
	if _, err := b.take(t.Context()); err != nil { // which is not to tell anybody
		t.Fatal(err)
	}
	w.sees(2*time.Minute, 3, 1, "work waits, and nobody has been told for 10m0s")
	h.run()
	h.settle()
	w.sees(0, 3, 3, "")
	if wrong, well := h.journal.has("told differs"), h.journal.has("told as planned"); wrong != 2 || well != 2 {
		t.Errorf("%d alarms, %d taken back", wrong, well)
	}
}

// TestProbeOfOutcomes: what has become of the canary, and of a page.
func TestProbeOfOutcomes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		send Outcome
		told int
		why  string
	}{
		{"bounced", noSuchUser, 0, "the canary's message was bounced 550 5.1.1"},
		{"refused", Outcome{Status: Refused, Code: "550 5.7.1"}, 0, "refused 550 5.7.1"},
		{"deferred", Outcome{Status: Deferred, Next: start.Add(time.Hour)}, 0, ""},
		{"nobody comes back to it", Outcome{Status: Deferred, Next: start.Add(time.Minute)}, 0, "nobody has been told"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			ids := h.subscribe(1)
			h.alert("n1")
			h.settleBy(h.other(&memory{name: "mail"}))
			h.channel.play(script{send: func(context.Context, telling) (Outcome, error) { return c.send, nil }})
			h.started("n1")
			stop := h.run()
			h.settle()
			stop()
			w := h.watch(ids[0])
			if err := w.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, event := range w.seen { // of the publication it has the receipt
				if event.lane == notice.LaneNotice {
					h.returned(notice.Event{ID: event.event}, ids[0], arrived)
				}
			}
			w.sees(12*time.Minute, 2, 1+c.told, c.why)
		})
	}
}

// TestProbeOfTheMoot: an end takes the place of its start.
func TestProbeOfTheMoot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subscribe(3)
	h.alert("n1")
	h.settleBy(h.other(&memory{name: "mail"}))
	if err := h.planInto(t.Context(), "mail", h.started("n1"), 1); err != nil {
		t.Fatal(err)
	}
	h.ended("n1")
	h.run()
	h.settle()
	h.watch("").sees(20*time.Minute, 3, 3, "")
}

// TestProbeWithoutCanary: one that is no subscriber any more is missed.
func TestProbeWithoutCanary(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(2)
	h.run()
	h.append("n1", h.published())
	h.settle()
	w := h.watch(ids[0])
	if err := h.Subscribers.Remove(t.Context(), ids[0]); err != nil {
		t.Fatal(err)
	}
	w.sees(3*time.Minute, 1, 0, "the canary is no subscriber")
}
