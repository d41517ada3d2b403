package notifier

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Subscribers are looked up some at a time, while others are being told: the
// first are told at once, and a span takes little memory however large it is.
const (
	lot   = 64   // looked up before they join those who wait
	ahead = 1024 // who waits to be told at most before the next are looked up
)

// A turn is the recipients of a job, in the order in which they may be told.
type turn struct {
	round    *round
	tale     Tale
	concerns choice
	before   rivals

	known map[string]bool      // who has been looked at and is to be told: one who changes comes again
	later map[string]Recipient // to whom something that is moot may be in flight, by id
	dead  []Delivery           // who is not tried
}

// tellInTurn tells those first to whom nothing else may be in flight, then,
// when all that is moot has stopped, the others. Those whose address is dead
// get their outcome at the end.
func (w *worker) tellInTurn(ctx context.Context, t *turn, span Span) error {
	if err := w.tellFound(ctx, t, span); err != nil {
		return err
	}
	if len(t.later) > 0 {
		if err := t.before.quiet(ctx); err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(t.later)) {
			t.round.add(t.before, t.later[id])
		}
		if err := w.deliver(ctx, t.round); err != nil {
			return err
		}
	}
	slices.SortFunc(t.dead, func(a, b Delivery) int { return strings.Compare(a.To, b.To) })
	return w.tellApart(ctx, t.round.book, t.dead)
}

// tellFound tells subscribers while they are being looked up.
func (w *worker) tellFound(ctx context.Context, t *turn, span Span) error {
	looking, stop := context.WithCancel(ctx)
	defer stop()
	t.round.feed()
	looked := make(chan error, 1)
	go func() {
		err := w.look(looking, t, span)
		if err != nil {
			t.round.fail(err)
		}
		t.round.fed()
		looked <- err
	}()
	err := w.deliver(ctx, t.round)
	stop()
	if lookErr := <-looked; err == nil && !errors.Is(lookErr, context.Canceled) {
		err = lookErr
	}
	return err
}

// look looks up whom the turn concerns: on a page on which everybody has been
// looked at, those who are due.
func (w *worker) look(ctx context.Context, t *turn, span Span) error {
	if page := t.round.book.view(); page.walked {
		due, err := w.deferred(ctx, page)
		if err != nil {
			return err
		}
		return w.enter(ctx, t, due)
	}
	return w.walk(ctx, t, span, func(some []Subscriber) error { return w.enter(ctx, t, some) })
}

// enter puts some subscribers into the queue, when there is room in it, and
// keeps those for later who have to wait.
func (w *worker) enter(ctx context.Context, t *turn, some []Subscriber) error {
	queue := w.recipients(t, some)
	queue = slices.DeleteFunc(queue, func(to Recipient) bool {
		if !t.before.busy(to.Subscriber) {
			return false
		}
		t.later[to.ID] = to
		return true
	})
	t.round.add(t.before, queue...)
	return t.round.room(ctx)
}

// walk hands to f those in a span whom the turn concerns, some at a time. One
// who changes meanwhile comes again.
func (w *worker) walk(ctx context.Context, t *turn, span Span, f func([]Subscriber) error) error {
	found := make([]Subscriber, 0, lot)
	hand := func() error {
		some := found
		found = found[:0]
		return f(some)
	}
	err := w.Subscribers.Walk(ctx, span, func(s Subscriber) error {
		if _, ok := t.concerns(s); !ok || s.Channel != w.name {
			return nil
		}
		if found = append(found, s); len(found) < lot {
			return nil
		}
		return hand()
	})
	if err == nil && len(found) > 0 {
		err = hand()
	}
	return err
}
