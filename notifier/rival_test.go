package notifier

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A relay holds the messages of one act back: it takes some, and the others
// wait in their connections until it is opened or they are cut.
type relay struct {
	act   notice.Type
	takes int32
	open  chan struct{}
	met   atomic.Int32
}

func newRelay(act notice.Type, takes int32) *relay {
	return &relay{act: act, takes: takes, open: make(chan struct{})}
}

func (r *relay) send(ctx context.Context, m telling) (Outcome, error) {
	if m.Tale.Event.Act.Type() != r.act || r.met.Add(1) <= r.takes {
		return Outcome{Status: Sent, Code: "250"}, nil
	}
	select {
	case <-r.open:
		return Outcome{Status: Sent, Code: "250"}, nil
	case <-ctx.Done():
		return Outcome{}, errWire
	}
}

// stuck is whether it holds back as many as there are connections.
func (r *relay) stuck() bool { return r.met.Load() == r.takes+connections }

// inOrder checks what everybody has heard of an episode: the end once, the
// start at most once and never after the end, and both in one exactly where
// the start had not been heard.
func (h *house) inOrder(ids []string, began, ended notice.Event) {
	h.t.Helper()
	h.once(ids, ended)
	heard := map[string]int{}
	over := map[string]bool{}
	for _, m := range h.channel.all() {
		switch m.Tale.Event.ID {
		case began.ID:
			heard[m.ID]++
			if over[m.ID] || heard[m.ID] > 1 {
				h.t.Errorf("%s, the %d. time, after the end %v", m, heard[m.ID], over[m.ID])
			}
		case ended.ID:
			over[m.ID] = true
			if m.Started == (heard[m.ID] > 0) {
				h.t.Errorf("%s, who had heard of the start %d times", m, heard[m.ID])
			}
		}
	}
}

// TestEndWhileTheStartIsBeingTold: what is in flight is let through or cut,
// and nobody hears of the start after the end.
func TestEndWhileTheStartIsBeingTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		arrives  bool // what is in flight arrives in time
		wantBoth int
	}{
		{"what is in flight is cut", false, 14},
		{"what is in flight arrives", true, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			ids := h.subscribe(20)
			h.alert("n1")
			h.run()
			h.settle()
			slow := newRelay(notice.TypeStarted, 6)
			h.channel.play(script{send: slow.send})
			began := h.started("n1")
			h.until("the start is stuck", slow.stuck)
			h.clock.set(start.Add(time.Hour))
			ended := h.ended("n1")
			if c.arrives {
				h.until("the end is announced to the start", func() bool { p := h.page(began); return p.moot() || p.holder == "" })
				close(slow.open)
			}
			h.settle()
			h.inOrder(ids, began, ended)
			h.forgotten()
			if p := h.page(began); p.holder != "" || !p.moot() {
				t.Errorf("the start's page is left as %+v", p)
			}
			both := 0
			for _, m := range h.channel.all() {
				if m.Started {
					both++
				}
			}
			if both != c.wantBoth {
				t.Errorf("%d were told both in one, want %d", both, c.wantBoth)
			}
		})
	}
}

// forgotten checks that nothing on the ledger is looked at again and again.
func (h *house) forgotten() {
	h.t.Helper()
	known := calendar{}
	if waiting, err := h.deferrals(h.t.Context(), known); err != nil || len(waiting) > 0 {
		h.t.Errorf("%d pages wait, %v", len(waiting), err)
	}
	plans, err := h.Store.Ledger.Keys(h.t.Context(), pageKey("*", "*", planSpan))
	if err != nil || len(plans) == 0 {
		h.t.Errorf("%d plans, %v", len(plans), err)
	}
	for _, key := range plans {
		if !known[key].Equal(never) {
			h.t.Errorf("%s is looked at again", key)
		}
	}
}

// TestEndInTheMiddleOfItsOwnStart: the only worker leaves the start it is
// telling to tell the end, and does not come back to it.
func TestEndInTheMiddleOfItsOwnStart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(16)
	h.Teams[0].Workers = 1
	h.alert("n1")
	h.run()
	h.settle()
	h.channel.play(script{send: slowly(lease / 5)})
	began := h.started("n1")
	h.until("some are told", func() bool { return len(h.channel.got(began)) >= connections })
	h.clock.set(start.Add(time.Hour))
	ended := h.ended("n1")
	h.settle()
	h.inOrder(ids, began, ended)
	if n := h.journal.has("will retry"); n > 0 {
		t.Errorf("what is moot was tried again %d times", n)
	}
}

// TestEndAfterTheStartFellSilent: the process that tells the start is killed;
// the end waits for as long as the job is lent, and no longer.
func TestEndAfterTheStartFellSilent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(20)
	h.alert("n1")
	h.settleBy(h.other(h.channel))
	slow := newRelay(notice.TypeStarted, 6)
	h.channel.play(script{send: slow.send})
	p := h.other(h.channel)
	began := h.started("n1")
	stop := p.run()
	h.until("the start is stuck", slow.stuck)
	p.Store.Close()
	killed := time.Now()

	h.clock.set(start.Add(time.Hour))
	ended := h.ended("n1")
	h.Teams[0].Workers = 1 // so that nobody takes the start's job meanwhile
	h.run()
	h.until("everybody is told", func() bool { return len(h.channel.got(ended)) == len(ids) })
	if d := time.Since(killed); d < lease*9/10 {
		t.Errorf("those whose message may have been in flight were told after %s, want %s", d, lease)
	}
	stop()
	h.settle()
	h.inOrder(ids, began, ended)
	for i, m := range h.channel.all()[len(h.channel.all())-len(ids):] {
		if i < 6 && m.Started {
			t.Errorf("%s before those who need not wait", m)
		}
	}
}

// TestEndBeforeTheStartWasPlanned: the start, when its planner comes to it, is
// told to nobody.
func TestEndBeforeTheStartWasPlanned(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(10)
	h.alert("n1")
	h.settleBy(h.other(h.channel))
	began := h.started("n1")
	h.clock.set(start.Add(time.Hour))
	ended := h.ended("n1")
	if err := h.plan(t.Context(), "mail", ended); err != nil {
		t.Fatal(err)
	}
	w := h.teller(h.Teams[0])
	job, err := h.Store.Jobs.Take(t.Context(), []string{string(notice.LaneEnd)}, "mail", time.Second)
	if err != nil || job == nil {
		t.Fatalf("Take = %v, %v", job, err)
	}
	w.do(t.Context(), hold(job, lease))
	h.run()
	h.settle()
	h.inOrder(ids, began, ended)
	if got := h.channel.got(began); len(got) != 0 {
		t.Errorf("the start was told to %d", len(got))
	}
}

// TestDeferredStartIsNotToldAfterTheEnd: who was to be told of the start later
// is told both in one, and nothing of the start stays due.
func TestDeferredStartIsNotToldAfterTheEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(8)
	h.alert("n1")
	h.run()
	h.settle()
	h.channel.play(script{send: func(_ context.Context, m telling) (Outcome, error) {
		if m.Tale.Event.Act.Type() == notice.TypeStarted && (m.ID == ids[0] || m.ID == ids[1]) {
			return Outcome{Status: Deferred}, nil
		}
		return Outcome{Status: Sent}, nil
	}})
	began := h.started("n1")
	h.settle()
	if got := h.counts(began); got[Sent] != 6 || got[Deferred] != 2 {
		t.Fatalf("counts of the start: %v", got)
	}
	h.clock.set(start.Add(30 * time.Second))
	ended := h.ended("n1")
	h.settle()
	for range 3 {
		h.clock.set(h.Now().Add(20 * time.Minute))
		h.settle()
	}
	h.inOrder(ids, began, ended)
	if next, err := h.Next(t.Context()); !next.IsZero() || err != nil {
		t.Errorf("something is due at %s, %v", next, err)
	}
}

// TestFinishedWhileSuperseded: the end's word comes between the last outcome
// and the line that closes the page.
func TestFinishedWhileSuperseded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subscribe(1)
	h.alert("n1")
	began := h.started("n1")
	if err := h.plan(t.Context(), "mail", began); err != nil {
		t.Fatal(err)
	}
	w := h.teller(h.Teams[0])
	key := pageKey("mail", began.ID, whole.String())
	mine, err := open(t.Context(), h.Store.Ledger, key, h.Now)
	if err == nil {
		_, err = mine.take(t.Context())
	}
	if err == nil {
		err = mine.tell(t.Context(), Delivery{To: "0a", Status: Deferred, Next: start.Add(time.Minute)})
	}
	var its *book
	if err == nil {
		its, err = open(t.Context(), h.Store.Ledger, key, h.Now)
	}
	if err == nil {
		err = its.supersede(t.Context(), "the end")
	}
	if err == nil {
		err = w.finish(t.Context(), mine)
	}
	if err != nil {
		t.Fatal(err)
	}
	if next, err := h.Next(t.Context()); !next.IsZero() || err != nil {
		t.Errorf("a page that is moot is due at %s, %v", next, err)
	}
}

// TestResumedIsANewEpisode: after a wrong end has been taken back, everything
// is told anew; and an end of that episode again stops its beginning.
func TestResumedIsANewEpisode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(20)
	h.alert("n1")
	h.run()
	began := h.started("n1")
	h.settle()
	h.clock.set(start.Add(time.Hour))
	wrong := h.ended("n1")
	h.settle()
	h.inOrder(ids, began, wrong)

	slow := newRelay(notice.TypeResumed, 6)
	h.channel.play(script{send: slow.send})
	h.clock.set(start.Add(2 * time.Hour))
	resumed := h.append("n1", notice.Resumed{Reason: "l’incident persiste"})
	h.until("the resumption is stuck", slow.stuck)
	h.clock.set(start.Add(3 * time.Hour))
	ended := h.ended("n1")
	h.settle()
	h.inOrder(ids, resumed, ended)
	h.once(ids, began)
	h.once(ids, wrong)
}

// TestResumedWhileTheEndIsBeingTold: whoever has not heard of the end that is
// taken back is spared it.
func TestResumedWhileTheEndIsBeingTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(20)
	h.alert("n1")
	h.run()
	h.started("n1")
	h.settle()
	slow := newRelay(notice.TypeEnded, 6)
	h.channel.play(script{send: slow.send})
	h.clock.set(start.Add(time.Hour))
	wrong := h.ended("n1")
	h.until("the end is stuck", slow.stuck)
	resumed := h.append("n1", notice.Resumed{})
	h.settle()
	h.once(ids, resumed)
	if got := h.channel.got(wrong); len(got) != 6 {
		t.Errorf("%d heard of the wrong end, want the 6 before it was taken back", len(got))
	}
	alarmed := map[string]bool{}
	for _, m := range h.channel.all() {
		switch m.Tale.Event.ID {
		case resumed.ID:
			alarmed[m.ID] = true
		case wrong.ID:
			if alarmed[m.ID] {
				t.Errorf("%s after the resumption", m)
			}
		}
	}
}

// TestDeadStartIsNotRevivedAfterTheEnd: a start that was given up is not told
// when somebody revives it too late.
func TestDeadStartIsNotRevivedAfterTheEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		kill func(*house) notice.Event // a start that ends in DEAD
	}{
		{"never composed", func(h *house) notice.Event {
			h.channel.play(script{compose: func(tale Tale) error {
				if tale.Event.Act.Type() == notice.TypeStarted {
					return ErrPermanent
				}
				return nil
			}})
			return h.started("n1")
		}},
		{"expired", func(h *house) notice.Event {
			h.channel.play(script{send: func(_ context.Context, m telling) (Outcome, error) {
				if m.Tale.Event.Act.Type() == notice.TypeStarted {
					return Outcome{Status: Deferred, Next: h.Now().Add(time.Hour)}, nil
				}
				return Outcome{Status: Sent}, nil
			}})
			e := h.started("n1")
			h.settle()
			h.clock.set(start.Add(Lifetime))
			return e
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			ids := h.subscribe(3)
			h.alert("n1")
			h.run()
			h.settle()
			began := c.kill(h)
			dead := h.dead(1)
			ended := h.ended("n1")
			h.settle()
			if err := h.Revive(t.Context(), dead[0].Key); err == nil {
				t.Error("a start whose end has been told was revived")
			}
			h.settle()
			h.inOrder(ids, began, ended)
			h.forgotten()
		})
	}
}

// dead waits until so many jobs lie in DEAD, and everything else is settled.
func (h *house) dead(n int) (dead []DeadJob) {
	h.t.Helper()
	h.until("jobs are given up", func() bool {
		var err error
		if dead, err = h.DeadJobs(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		// A test's clock goes on by days between two looks: digests may be too late.
		digests := digestID("mail", start)[14:] // what all of them end in
		dead = slices.DeleteFunc(dead, func(d DeadJob) bool { return strings.HasSuffix(d.Event, digests) })
		return len(dead) >= n
	})
	h.settle()
	return dead
}

// revive takes up what was given up: in the end everybody is told of the event,
// once.
func (h *house) revive(dead DeadJob, ids []string, e notice.Event) {
	h.t.Helper()
	if err := h.Revive(h.t.Context(), dead.Key); err != nil {
		h.t.Fatal(err)
	}
	h.settle()
	h.once(ids, e)
}
