package notifier

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// staffAt are some of the bureau's people.
var staffAt = []string{"bureau@transitaire.example", "chef@transitaire.example", "Bureau@transitaire.example"}

// says lets slips go to all of them.
func (h *house) says() {
	h.Slips = func(context.Context, string, SlipOrder) (Slip, error) {
		var s Slip
		for _, a := range staffAt {
			s.To = append(s.To, Subscriber{Channel: "mail", Address: a})
		}
		return s, nil
	}
}

func (h *house) slip(id string) {
	h.t.Helper()
	if err := h.PlanSlip(h.t.Context(), id, SlipOrder{Kind: "entry", Of: "n1", At: h.Now()}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) staffIDs() []string {
	return []string{h.Subscribers.IDOf(staffAt[0]), h.Subscribers.IDOf(staffAt[1])}
}

// TestSlip: a slip that several plan is told once to each address, and to no
// subscriber.
func TestSlip(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subscribe(3)
	h.says()
	other := h.other(&memory{name: "mail"})
	id := stream.NewID()
	h.run()
	for range 2 {
		h.slip(id)
		other.slip(id)
		h.settle()
	}
	h.once(h.staffIDs(), notice.Event{ID: id})
	if n := len(h.channel.all()); n != 2 {
		t.Errorf("%d messages went", n)
	}
	for _, m := range h.channel.all() {
		if m.Slip == nil || m.Slip.ID != id || !m.Slip.At.Equal(h.Now()) || m.Tale.Event.Act != nil {
			t.Errorf("told %+v", m.Tale)
		}
	}
	for span, want := range map[string]time.Duration{planSpan: askPlanned, whole.String(): askKept} {
		r, err := h.Store.Ledger.Latest(t.Context(), pageKey("mail", id, span))
		if err != nil || r.TTL != want {
			t.Errorf("the ledger keeps %s for %s: %v", span, r.TTL, err)
		}
	}
}

// TestSlipMoot: what has been done by the time it would be told is not told.
func TestSlipMoot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Slips = func(context.Context, string, SlipOrder) (Slip, error) {
		return Slip{}, fmt.Errorf("signed: %w", ErrMoot)
	}
	h.run()
	h.slip(stream.NewID())
	h.settle()
	dead, err := h.DeadJobs(t.Context())
	if n := len(h.channel.all()); n != 0 || len(dead) != 0 || err != nil {
		t.Errorf("%d messages went, %d jobs are dead: %v", n, len(dead), err)
	}
}

// TestSlipDeferred: whoever cannot be told now is told later, and the others
// not again; a dead address is not tried.
func TestSlipDeferred(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.says()
	ids := h.staffIDs()
	dead, err := h.Subscribers.Add(t.Context(), Subscriber{Channel: "mail", Address: staffAt[1], Suppressed: Suppression{At: start, Code: "550"}})
	if err != nil {
		t.Fatal(err)
	}
	h.channel.play(script{send: func(context.Context, telling) (Outcome, error) {
		return Outcome{Status: Deferred, Code: "451", Next: h.Now().Add(time.Minute)}, nil
	}})
	h.run()
	id := stream.NewID()
	h.slip(id)
	h.settle()
	h.channel.play(script{})
	h.clock.set(start.Add(2 * time.Minute))
	h.settle()
	got := h.channel.got(notice.Event{ID: id})
	counts := h.counts(notice.Event{ID: id, Act: notice.Published{}})
	if got[ids[0]] != 1 || got[dead.ID] != 0 || counts[Sent] != 1 || counts[Suppressed] != 1 {
		t.Errorf("told %v, the ledger has %v", got, counts)
	}
}

// TestSlipTried: what cannot be said now is tried again, what never can is
// given up loudly.
func TestSlipTried(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.says()
	say := h.Slips
	var tries atomic.Int32
	h.Slips = func(ctx context.Context, id string, o SlipOrder) (Slip, error) {
		if o.Kind == "nothing" {
			return Slip{}, fmt.Errorf("%w: no such kind", ErrPermanent)
		}
		if tries.Add(1) == 1 {
			return Slip{}, stream.ErrFull
		}
		return say(ctx, id, o)
	}
	h.run()
	id := stream.NewID()
	h.slip(id)
	if err := h.PlanSlip(t.Context(), stream.NewID(), SlipOrder{Kind: "nothing", At: h.Now()}); err != nil {
		t.Fatal(err)
	}
	h.settle()
	h.once(h.staffIDs(), notice.Event{ID: id})
	dead, err := h.DeadJobs(t.Context())
	if len(dead) != 1 || dead[0].Notice != "" || err != nil {
		t.Errorf("dead are %+v, %v", dead, err)
	}
}

// TestFlow: work that waits for five minutes with nothing done is a
// standstill, for every process alike; it is over when something is done.
func TestFlow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subscribe(1)
	f, g := &Flow{Notifier: h.Notifier}, &Flow{Notifier: h.Notifier}
	look := func(want int) []Stall {
		t.Helper()
		var over []Stall
		for _, each := range []*Flow{f, g} {
			var err error
			if over, err = each.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := f.Stalled(); len(got) != want {
			t.Errorf("at %s %+v stand still, not %d", h.Now(), got, want)
		}
		return over
	}
	h.append("n1", h.published())
	h.append("n1", notice.Progressed{Text: "Les travaux se poursuivent."})
	look(0)
	h.clock.set(start.Add(StallAfter - time.Second))
	taken := stream.Entry{Key: pageKey("mail", "other", whole.String()), ID: "taken", Type: string(lineTaken), Data: []byte("{}")}
	if _, err := h.Store.Ledger.Append(t.Context(), taken, 0); err != nil {
		t.Fatal(err)
	}
	look(0) // to take a job is to tell nobody
	h.clock.set(start.Add(StallAfter))
	look(2)
	if all := f.Stalled(); !all[0].Letters || all[1].Letters || !all[1].Since.Equal(start) || all[1] != g.Stalled()[1] {
		t.Errorf("they stand still as %+v, to another as %+v", all, g.Stalled())
	}
	h.run()
	h.settle()
	over := look(0)
	if len(over) != 2 || over[1].Channel != "mail" {
		t.Errorf("over are %+v", over)
	}
	h.clock.set(start.Add(time.Hour))
	if over := look(0); len(over) != 0 {
		t.Errorf("over again are %+v", over)
	}
}
