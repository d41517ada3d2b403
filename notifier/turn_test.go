package notifier

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// TestLots: a span of several lots is told whole, each reader once, though some
// change what they asked for while others are being told: they come again.
func TestLots(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(3*firstLot + 10)
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

// TestLotsEndWithTheirReader: a walk ends where nobody takes what it finds, and
// its reason stays.
func TestLotsEndWithTheirReader(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subscribe(2*firstLot + 10)
	w := h.teller(h.Teams[0])
	all := &turn{concerns: func(Subscriber) ([]int, bool) { return nil, true }}
	lots := 0
	err := w.gather(t.Context(), all, whole, func([]Subscriber) error {
		lots++
		return errWire
	})
	if err != errWire || lots != 1 {
		t.Errorf("%d lots, %v", lots, err)
	}
	found := 0
	if err := w.gather(t.Context(), all, whole, func(some []Subscriber) error { found += len(some); return nil }); err != nil || found != 2*firstLot+10 {
		t.Errorf("found %d, %v", found, err)
	}
}
