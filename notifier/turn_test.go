package notifier

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// TestLots: a span of several lots is told whole, each reader once, though some
// change what they asked for while others are being told: they come again.
func TestLots(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(3*lot + 10)
	h.alert("n1")
	h.settleBy(h.other(&memory{name: "mail"}))
	change := sync.OnceFunc(func() {
		for i := range 40 {
			s := Subscriber{Channel: "mail", Address: fmt.Sprintf("abonne-%d@transitaire.example", i), Lang: "en"}
			if _, err := h.Subscribers.Add(context.Background(), s); err != nil {
				t.Error(err)
			}
		}
	})
	h.channel.play(script{send: func(context.Context, telling) (Outcome, error) {
		change()
		return Outcome{Status: Sent, Code: "250"}, nil
	}})
	e := h.started("n1")
	h.run()
	h.settle()
	h.once(ids, e)
	if got := h.counts(e)[Sent]; got != len(ids) {
		t.Errorf("the ledger counts %d, want %d", got, len(ids))
	}
}

// TestLookEndsWithItsRound: looking up ends where the round has ended, whose
// reason stays.
func TestLookEndsWithItsRound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subscribe(ahead + 2*lot)
	e := h.started("n1")
	w := h.teller(h.Teams[0])
	b, err := open(t.Context(), h.Store.Ledger, pageKey("mail", e.ID, whole.String()), h.Now)
	if err != nil {
		t.Fatal(err)
	}
	all := &turn{round: &round{book: b}, concerns: func(Subscriber) ([]int, bool) { return nil, true }, known: map[string]bool{}, later: map[string]Recipient{}}
	all.round.feed()
	looked := make(chan error, 1)
	go func() { looked <- w.look(t.Context(), all, whole) }()
	h.until("the queue is full", func() bool {
		all.round.mu.Lock()
		defer all.round.mu.Unlock()
		return len(all.round.queue) > ahead
	})
	all.round.fail(errWire)
	if err := <-looked; err != errWire || len(all.round.queue) > ahead+lot {
		t.Errorf("%d in the queue, %v", len(all.round.queue), err)
	}
}

// TestGivenBackLast: one whose connection breaks when all others have been told,
// and their connections have gone, is told all the same.
func TestGivenBackLast(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(connections)
	h.alert("n1")
	h.settleBy(h.other(&memory{name: "mail"}))
	e := h.started("n1")
	var once sync.Once
	h.channel.play(script{send: func(ctx context.Context, m telling) (Outcome, error) {
		var err error
		if m.ID == ids[0] {
			once.Do(func() {
				h.until("the others are told", func() bool { return len(h.channel.got(e)) == len(ids)-1 })
				pause(ctx, 50*time.Millisecond) // and have nobody more to wait for
				err = errWire
			})
		}
		return Outcome{Status: Sent, Code: "250"}, err
	}})
	h.Teams[0].Workers = 1
	h.run()
	h.settle()
	h.once(ids, e)
}
