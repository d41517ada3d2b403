package notifier

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

var errWire = errors.New("the wire is cut")

// connections is how many a worker of a house has.
const connections = 4

// TestKilledAtAnyInstant kills one process after the other while it tells
// people; the last one lives.
func TestKilledAtAnyInstant(t *testing.T) {
	t.Parallel()
	const kills = 4
	h := newHouseWith(t, quick)
	ids := h.subscribe(60)
	h.alert("n1")
	h.channel.play(script{send: slowly(2 * time.Millisecond)})
	h.settleBy(h.other(h.channel))
	e := h.started("n1")
	for i := range kills {
		p := h.other(h.channel)
		p.run()
		told := len(h.channel.got(e))
		h.until("somebody more is told", func() bool { return len(h.channel.got(e)) > told+rand.IntN(8) || len(h.channel.got(e)) == len(ids) })
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
		t.Logf("kill %d at %d of %d", i+1, len(h.channel.got(e)), len(ids))
		p.Store.Close()
	}
	h.run()
	h.settle()
	h.atMost(ids, e, kills*connections)
}

// settleBy lets another process do all there is to do, and ends it.
func (h *house) settleBy(p *house) {
	h.t.Helper()
	stop := p.run()
	p.settle()
	stop()
}

// atMost checks that everybody has got an event's message, with so many
// repetitions at most in all, each under the same key.
func (h *house) atMost(ids []string, e notice.Event, repeats int) {
	h.t.Helper()
	got, again := h.channel.got(e), 0
	for _, id := range ids {
		if got[id] == 0 {
			h.t.Errorf("%s was not told to %.6s", e.Act.Type(), id)
		}
		again += max(0, got[id]-1)
	}
	if again > repeats {
		h.t.Errorf("%s was told again %d times, want %d at most", e.Act.Type(), again, repeats)
	}
	keys := map[string]string{}
	for _, m := range h.channel.all() {
		if m.Tale.Event.ID == e.ID {
			if key := keys[m.ID]; key != "" && key != m.Key() {
				h.t.Errorf("told again under the key %s instead of %s", m.Key(), key)
			}
			keys[m.ID] = m.Key()
		}
	}
}

// TestKilledBesideTheSend kills at the two instants that matter: before a
// message is taken, and when it has been and nobody has written so yet.
func TestKilledBesideTheSend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		outcome Outcome
		err     error
	}{
		{"before it is taken", Outcome{}, errWire},
		{"when it is taken", Outcome{Status: Sent}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouseWith(t, quick)
			ids := h.subscribe(12)
			h.alert("n1")
			h.settleBy(h.other(h.channel))

			dying := &memory{name: "mail"}
			p := h.other(dying)
			var sends atomic.Int32
			dying.play(script{send: func(context.Context, telling) (Outcome, error) {
				if sends.Add(1) > 5 {
					p.Store.Close()
					return c.outcome, c.err
				}
				return Outcome{Status: Sent}, nil
			}})
			e := h.started("n1")
			p.run()
			h.until("the process has died", p.closed)
			h.run()
			h.settle()

			before := dying.got(e)
			again := 0
			for _, id := range ids {
				switch before[id] + h.channel.got(e)[id] {
				case 0:
					t.Errorf("%.6s was not told", id)
				case 1:
				case 2:
					again++
				default:
					t.Errorf("%.6s was told %d and %d times", id, before[id], h.channel.got(e)[id])
				}
			}
			if again > connections || c.err == nil && again == 0 {
				t.Errorf("%d were told again; each connection accounts for one at most", again)
			}
		})
	}
}

// closed is whether the process has lost its broker for good.
func (h *house) closed() bool {
	_, err := h.Store.Notices.Last(context.Background())
	return err != nil
}

// TestFencedOff lets somebody else take the page of a worker that is alive: it
// must neither send nor write nor answer for the job.
func TestFencedOff(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, quick)
	ids := h.subscribe(20)
	h.alert("n1")
	h.settleBy(h.other(h.channel))

	slow, gate := &memory{name: "mail"}, make(chan struct{})
	var begun atomic.Int32
	slow.play(script{send: func(context.Context, telling) (Outcome, error) {
		begun.Add(1)
		<-gate
		return Outcome{Status: Sent}, nil
	}})
	e := h.started("n1")
	p := h.other(slow)
	stop := p.run()
	h.until("all connections are busy", func() bool { return begun.Load() == connections })

	b, err := open(t.Context(), h.Store.Ledger, pageKey("mail", e.ID, whole.String()), h.Now)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := b.take(t.Context()); !ok || err != nil {
		t.Fatalf("take = %v, %v", ok, err)
	}
	taken := b.view().seq
	close(gate)
	h.until("the worker finds out", func() bool { return h.journal.has("taken over by another worker") > 0 })
	stop()
	if begun.Load() != connections {
		t.Errorf("it began %d messages, want %d", begun.Load(), connections)
	}
	if last, err := h.Store.Ledger.Latest(t.Context(), b.key); err != nil || last.Seq != taken {
		t.Errorf("it wrote: %s %s, %v", last.Type, last.Data, err)
	}
	if n, err := h.Store.Jobs.Pending(t.Context()); n != 1 || err != nil {
		t.Errorf("%d jobs wait, %v; the job is the other worker's", n, err)
	}
	h.run() // the job comes when its lease is over
	h.settle()
	h.once(ids, e)
}

// TestHandedOutTwice: a job that comes to somebody else while its holder tells,
// as after the broker's death, is left to the holder.
func TestHandedOutTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(60)
	h.alert("n1")
	h.settleBy(h.other(h.channel))
	h.channel.play(script{send: slowly(10 * time.Millisecond)})
	h.run()
	e := h.started("n1")
	h.until("some are told", func() bool { return len(h.channel.got(e)) > 8 })
	p, err := h.planOf(t.Context(), pageKey("mail", e.ID, planSpan))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.push(t.Context(), p, whole.String(), "the same job once more"); err != nil {
		t.Fatal(err)
	}
	h.settle()
	h.once(ids, e)
	if h.journal.has("in hand of another worker") == 0 || h.journal.has("taken over") > 0 {
		t.Error("the job was not left to its holder")
	}
}

// TestTakenOverBetweenSends is the same with the broker out of reach: who
// cannot know whether the job is still his does not send.
func TestTakenOverBetweenSends(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, quick)
	h.subscribe(1)
	h.alert("n1")
	e := h.started("n1")
	key := pageKey("mail", e.ID, whole.String())
	mine, err := open(t.Context(), h.Store.Ledger, key, h.Now)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := mine.take(t.Context()); !ok || err != nil {
		t.Fatalf("take = %v, %v", ok, err)
	}
	if err := mine.ours(t.Context(), time.Hour); err != nil {
		t.Errorf("the page has just been taken: %v", err)
	}
	other, err := open(t.Context(), h.Store.Ledger, key, h.Now)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := other.take(t.Context()); !ok || err != nil {
		t.Fatalf("take = %v, %v", ok, err)
	}
	if err := mine.ours(t.Context(), 0); !errors.Is(err, errFenced) {
		t.Errorf("ours = %v, want errFenced", err)
	}
	if err := mine.tell(t.Context(), Delivery{To: "x", Status: Sent}); !errors.Is(err, errFenced) {
		t.Errorf("tell = %v, want errFenced", err)
	}
	if err := other.tell(t.Context(), Delivery{To: "x", Status: Sent}); err != nil {
		t.Errorf("the holder cannot write: %v", err)
	}
}

// TestPutBack: a process that is told to stop puts back what it holds, and
// nobody waits for a lease to end.
func TestPutBack(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, quick)
	ids := h.subscribe(40)
	h.alert("n1")
	h.settleBy(h.other(h.channel))
	h.channel.play(script{send: slowly(2 * time.Millisecond)})
	e := h.started("n1")
	for i := range 4 {
		p := h.other(h.channel)
		stop := p.run()
		h.until(fmt.Sprint("some are told by process ", i), func() bool { return len(h.channel.got(e)) > 8*i })
		stop()
		if page := h.page(e); page.holder != "" {
			t.Errorf("process %d has stopped and holds the page", i)
		}
	}
	h.run()
	h.settle()
	h.once(ids, e)
}

// TestCutButTaken: what is known when a process stops is written, whatever
// time is left: nobody is told again.
func TestCutButTaken(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, quick)
	ids := h.subscribe(connections)
	h.alert("n1")
	h.settleBy(h.other(&memory{name: "mail"}))
	var begun atomic.Int32
	h.channel.play(script{send: func(ctx context.Context, _ telling) (Outcome, error) {
		begun.Add(1)
		<-ctx.Done()
		return Outcome{Status: Unknown}, nil
	}})
	e := h.started("n1")
	p := h.other(h.channel)
	stop := p.run()
	h.until("all connections are busy", func() bool { return begun.Load() == connections })
	stop()
	h.channel.play(script{})
	h.run()
	h.settle()
	h.once(ids, e)
	if got := h.counts(e); got[Unknown] != connections || len(got) != 1 {
		t.Errorf("the ledger counts %v", got)
	}
}
