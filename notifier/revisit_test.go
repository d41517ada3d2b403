package notifier

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// told is what the ledger knows of one subscriber.
func (h *house) told(e notice.Event, id string) (found Delivery) {
	h.t.Helper()
	err := h.Told(h.t.Context(), "mail", e.ID, func(d Delivery) error {
		if d.To == id {
			found = d
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return found
}

// TestOutcomes: what a channel says of a message is what the ledger says, and
// only what is not settled is tried again.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 150)
	outcomes := []struct {
		Outcome
		sends int // in all, an hour later
	}{
		{Outcome{Status: Sent, Code: "250", Reply: "queued as 4F2A"}, 1},
		{Outcome{Status: Bounced, Code: "550 5.1.1", Reply: long, Suppress: true}, 1},
		{Outcome{Status: Bounced, Code: "552 5.2.2"}, 1},
		{Outcome{Status: Refused, Code: "550 5.7.1"}, 1},
		{Outcome{Status: Unknown}, 2}, // it is a start
		{Outcome{Status: Deferred, Code: "451 4.7.1", Next: start.Add(10 * time.Minute)}, 2},
		{Outcome{Status: Deferred, Code: "452 4.2.2"}, 2},
	}
	h := newHouse(t)
	ids := h.subscribe(len(outcomes) + 1)
	dead := ids[len(outcomes)]
	if err := h.Subscribers.Bounced(t.Context(), dead, "550 5.1.1", true, start); err != nil {
		t.Fatal(err)
	}
	sends := map[string]int{} // guarded by the channel's mutex
	h.alert("n1")
	h.settleBy(h.other(&memory{name: "mail"}))
	h.channel.play(script{send: func(_ context.Context, m telling) (Outcome, error) {
		h.channel.mu.Lock()
		defer h.channel.mu.Unlock()
		sends[m.ID]++
		if m.Attempt != sends[m.ID] {
			t.Errorf("attempt %d says that it is number %d", sends[m.ID], m.Attempt)
		}
		for i, o := range outcomes {
			if m.ID == ids[i] && sends[m.ID] == 1 {
				return o.Outcome, nil
			}
		}
		return Outcome{Status: Sent}, nil
	}})
	e := h.started("n1")
	h.run()
	h.settle()
	for i, o := range outcomes {
		d := h.told(e, ids[i])
		want := o.Outcome
		if (want.Status == Deferred || want.Status == Unknown) && want.Next.IsZero() {
			want.Next = start.Add(time.Minute)
		}
		if d.Status != want.Status || d.Code != want.Code || !d.Next.Equal(want.Next) {
			t.Errorf("outcome %+v is on the record as %+v", want, d)
		}
		if len(d.Reply) > 200 || !strings.HasPrefix(want.Reply, d.Reply) || (d.Reply == "") != (want.Reply == "") {
			t.Errorf("reply %q is on the record as %q", want.Reply, d.Reply)
		}
		s, err := h.Subscribers.Get(t.Context(), ids[i])
		if err != nil || s.Suppressed.At.IsZero() == want.Suppress {
			t.Errorf("after %+v the address is suppressed: %+v, %v", want, s.Suppressed, err)
		}
	}
	if d := h.told(e, dead); d.Status != Suppressed || d.Code != "550 5.1.1" || sends[dead] != 0 {
		t.Errorf("a dead address is on the record as %+v, sent to %d times", d, sends[dead])
	}
	h.clock.set(start.Add(time.Hour))
	h.settle()
	for i, o := range outcomes {
		if sends[ids[i]] != o.sends {
			t.Errorf("%+v: sent %d times in all, want %d", o.Outcome, sends[ids[i]], o.sends)
		}
	}
}

// TestDeferredUntilItsTime: another attempt comes at its time and not before,
// and none comes after 48 hours.
func TestDeferredUntilItsTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(1)
	h.alert("n1")
	h.run()
	h.settle()
	var at []time.Duration // guarded by the channel's mutex
	h.channel.play(script{send: func(context.Context, telling) (Outcome, error) {
		h.channel.mu.Lock()
		defer h.channel.mu.Unlock()
		at = append(at, h.Now().Sub(start))
		return Outcome{Status: Deferred, Code: "451"}, nil
	}})
	e := h.started("n1")
	h.settle()
	if h.journal.has("level=WARN", "some are deferred, will retry", "event="+e.ID, "subscribers=1", "wait=1m0s", "err=451") != 1 {
		t.Error("the log says nothing of who was deferred")
	}
	for _, now := range []time.Duration{59 * time.Second, time.Minute, 6*time.Minute - 1, 6 * time.Minute, Lifetime - 1, Lifetime, 2 * Lifetime} {
		h.clock.set(start.Add(now))
		h.settle()
	}
	if want := []time.Duration{0, time.Minute, 6 * time.Minute, Lifetime - 1}; !slices.Equal(at, want) {
		t.Errorf("tried after %s, want %s", at, want)
	}
	if d := h.told(e, ids[0]); d.Status != Expired || d.Code != codeTooLate {
		t.Errorf("in the end it is on the record as %+v", d)
	}
	if dead := h.dead(1); len(dead) != 1 || dead[0].Event != e.ID || h.journal.has("level=ERROR", "given up") == 0 {
		t.Errorf("dead: %+v", dead)
	}
}

// TestUnknownOnceMore: a start or an end of which nobody knows whether it was
// taken is sent once more, anything else never.
func TestUnknownOnceMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(1)
	published := h.alert("n1")
	h.channel.play(script{send: func(context.Context, telling) (Outcome, error) { return Outcome{Status: Unknown}, nil }})
	h.run()
	h.settle()
	started := h.started("n1")
	h.settle()
	for _, after := range []time.Duration{time.Minute, time.Hour, 3 * time.Hour} {
		h.clock.set(start.Add(after))
		h.settle()
	}
	for _, c := range []struct {
		e     notice.Event
		sends int
	}{{published, 1}, {started, 2}} {
		got := h.channel.got(c.e)
		if d := h.told(c.e, ids[0]); got[ids[0]] != c.sends || d.Status != Unknown || !d.Next.IsZero() {
			t.Errorf("%s was sent %d times, want %d; it is on the record as %+v", c.e.Act.Type(), got[ids[0]], c.sends, d)
		}
	}
}

func TestPostpone(t *testing.T) {
	t.Parallel()
	for attempt, want := range []time.Duration{1, 1, 5, 15, 30, 60, 60, 60} {
		if got := postpone(attempt, start).Sub(start); got != want*time.Minute {
			t.Errorf("after attempt %d: %s, want %s", attempt, got, want*time.Minute)
		}
	}
}

// down has every send deferred but those to one subscriber, until up.
func (h *house) down(but string) (up func()) {
	var is atomic.Bool
	h.channel.play(script{send: func(_ context.Context, m telling) (Outcome, error) {
		if is.Load() || m.ID == but {
			return Outcome{Status: Sent}, nil
		}
		return Outcome{Status: Deferred}, nil
	}})
	return func() { is.Store(true) }
}

// TestRevivedIsComeBackTo: who had expired is tried anew after a revival, and
// deferred again if need be.
func TestRevivedIsComeBackTo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(3)
	h.alert("n1")
	h.run()
	h.settle()
	up := h.down(ids[0])
	e := h.started("n1")
	h.settle()
	h.clock.set(start.Add(Lifetime))
	dead := h.dead(1)
	h.until("the house has seen that it is over", func() bool { return h.journal.has("given up") > 0 })
	time.Sleep(2 * revisitEvery) // it has been looked at, and is not looked at again
	if err := h.Revive(t.Context(), dead[0].Key); err != nil {
		t.Fatal(err)
	}
	h.settle()
	if got := h.counts(e); got[Sent] != 1 || got[Deferred] != 2 {
		t.Fatalf("after the revival: %v", got)
	}
	up()
	h.clock.set(h.Now().Add(time.Hour))
	h.settle()
	h.once(ids, e)
	if err := h.Revive(t.Context(), dead[0].Key); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("reviving it again: %v", err)
	}
	if dead, err := h.DeadJobs(t.Context()); len(dead) != 0 || err != nil {
		t.Errorf("still dead: %v, %v", dead, err)
	}
}

// TestOvertakenLetter: who could not be told of a notice hears of its
// correction, and not of the old text after it.
func TestOvertakenLetter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(2)
	h.clock.set(start.Add(-48 * time.Hour))
	up := h.down(ids[0])
	h.run()
	first := h.append("n1", h.published())
	h.settle()
	up()
	p := h.published()
	second := h.append("n1", notice.Corrected{Notice: p.Notice, Scope: p.Scope, Binding: p.Binding, Reason: "horaire"})
	h.settle()
	h.clock.set(h.Now().Add(time.Hour))
	h.settle()
	h.once(ids, second)
	if got := h.channel.got(first); got[ids[1]] != 0 {
		t.Error("the old text was told after the new one")
	}
	if d := h.told(first, ids[1]); d.Status != Expired || d.Code != codeOld {
		t.Errorf("the old text is on the record as %+v", d)
	}
	if dead, err := h.DeadJobs(t.Context()); len(dead) > 0 || err != nil {
		t.Errorf("what is overtaken lies in DEAD: %v, %v", dead, err)
	}
}

// TestLeftMeanwhile: who has left, or has been found dead, since it was
// deferred is not tried again; who has moved to another wish still is.
func TestLeftMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(2)
	h.alert("n1")
	h.run()
	h.settle()
	h.channel.play(script{send: func(context.Context, telling) (Outcome, error) { return Outcome{Status: Deferred}, nil }})
	e := h.started("n1")
	h.settle()
	if err := h.Subscribers.Remove(t.Context(), ids[0]); err != nil {
		t.Fatal(err)
	}
	if err := h.Subscribers.Bounced(t.Context(), ids[1], "550", true, start); err != nil {
		t.Fatal(err)
	}
	h.channel.play(script{})
	h.clock.set(start.Add(time.Hour))
	h.settle()
	if got := h.channel.got(e); len(got) != 0 {
		t.Errorf("told %v", got)
	}
	if d := h.told(e, ids[0]); d.Status != Suppressed || d.Code != codeGone {
		t.Errorf("who left is on the record as %+v", d)
	}
	if d := h.told(e, ids[1]); d.Status != Suppressed || d.Code != "550" {
		t.Errorf("who is dead is on the record as %+v", d)
	}
}

// TestPatience: one whose message breaks every connection is put off, and the
// others are told at once.
func TestPatience(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(20)
	h.alert("n1")
	h.run()
	h.settle()
	breaks := 0
	h.channel.play(script{send: func(_ context.Context, m telling) (Outcome, error) {
		h.channel.mu.Lock()
		defer h.channel.mu.Unlock()
		if m.ID == ids[7] {
			breaks++
			return Outcome{}, errWire
		}
		return Outcome{Status: Sent}, nil
	}})
	e := h.started("n1")
	h.settle()
	if got := h.counts(e); got[Sent] != 19 || got[Deferred] != 1 {
		t.Errorf("counts: %v", got)
	}
	if d := h.told(e, ids[7]); breaks != 3 || d.Code != codeBroken || !d.Next.Equal(start.Add(time.Minute)) {
		t.Errorf("it broke %d connections and is on the record as %+v", breaks, d)
	}
	h.channel.play(script{})
	h.clock.set(start.Add(time.Minute))
	h.settle()
	h.once(ids, e)
	h.channel.mu.Lock()
	defer h.channel.mu.Unlock()
	if h.channel.open > 2*connections {
		t.Errorf("%d connections are open, want %d at most", h.channel.open, 2*connections)
	}
}

// TestNobodyAnswers: while no connection is to be had nobody loses an attempt,
// and all are told when there is one.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(10)
	h.alert("n1")
	h.settleBy(h.other(&memory{name: "mail"}))
	tries := 0
	h.channel.play(script{
		connect: func(context.Context) error {
			h.channel.mu.Lock()
			defer h.channel.mu.Unlock()
			if tries++; tries < 12 {
				return errWire
			}
			return nil
		},
		send: func(_ context.Context, m telling) (Outcome, error) {
			if m.Attempt != 1 {
				t.Errorf("%s is attempt %d", m, m.Attempt)
			}
			return Outcome{Status: Sent}, nil
		},
	})
	h.run()
	e := h.started("n1")
	h.settle()
	h.once(ids, e)
}
