package notifier

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// Subscribers are looked up some at a time, the next while those before are
// being told: the first are told at once, and a span takes little memory
// however large it is. A worker's connections wait for one another at the end
// of each lot, so that the lots grow.
const (
	firstLot = 256
	lastLot  = 4096
)

// A turn is the recipients of a job, in the order in which they may be told.
type turn struct {
	round    *round
	tale     Tale
	concerns choice
	before   rivals
	later    map[string]Recipient // to whom something that is moot may be in flight, by id
}

// tellInTurn tells those first to whom nothing else may be in flight, then,
// when all that is moot has stopped, the others.
func (w *worker) tellInTurn(ctx context.Context, t *turn, span Span) error {
	page := t.round.book.view()
	var err error
	if page.walked {
		var due []Subscriber
		if due, err = w.deferred(ctx, page); err == nil {
			err = w.tellSome(ctx, t, due)
		}
	} else {
		err = w.gather(ctx, t, span, func(some []Subscriber) error { return w.tellSome(ctx, t, some) })
	}
	if err != nil || len(t.later) == 0 {
		return err
	}
	if err := t.before.quiet(ctx); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(t.later)) {
		t.round.add(t.later[id], t.before)
	}
	return w.deliver(ctx, t.round)
}

// tellSome tells some subscribers, and keeps those for later who have to wait.
func (w *worker) tellSome(ctx context.Context, t *turn, some []Subscriber) error {
	queue, err := w.recipients(ctx, t, some)
	if err != nil {
		return err
	}
	for _, to := range queue {
		if t.before.busy(to.Subscriber) {
			t.later[to.ID] = to
			continue
		}
		t.round.add(to, t.before)
	}
	return w.deliver(ctx, t.round)
}

// gather hands to f those in a span whom the turn concerns, some at a time. One
// who changes meanwhile comes again.
func (w *worker) gather(ctx context.Context, t *turn, span Span, f func([]Subscriber) error) error {
	ctx, stop := context.WithCancel(ctx)
	lots, walked := make(chan []Subscriber), make(chan error, 1)
	go func() {
		walked <- w.walk(ctx, t, span, lots)
		close(lots)
	}()
	var err error
	for some := range lots {
		if err == nil {
			err = f(some)
		}
		if err != nil {
			stop()
		}
	}
	stop()
	if walkErr := <-walked; err == nil {
		err = walkErr
	}
	return err
}

// walk looks up whom the turn concerns.
func (w *worker) walk(ctx context.Context, t *turn, span Span, lots chan<- []Subscriber) error {
	found, size := map[string]Subscriber{}, firstLot
	hand := func() error {
		some := slices.SortedFunc(maps.Values(found), func(a, b Subscriber) int { return strings.Compare(a.ID, b.ID) })
		clear(found)
		size = min(2*size, lastLot)
		select {
		case lots <- some:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := w.Subscribers.Walk(ctx, span, func(s Subscriber) error {
		if _, ok := t.concerns(s); !ok || s.Channel != w.name {
			delete(found, s.ID) // one who has changed
			return nil
		}
		if found[s.ID] = s; len(found) < size {
			return nil
		}
		return hand()
	})
	if err == nil && len(found) > 0 {
		err = hand()
	}
	return err
}
