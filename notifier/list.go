package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Wish is what a list says of one subscriber.
type Wish struct {
	Subscriber
	// Unsaid are the parts of which the list says nothing: whoever is a
	// subscriber keeps them.
	Unsaid []Part
}

// A Part is something that a subscriber chose, as lists name it.
type Part string

// The parts.
const (
	PartLang     Part = "lang"
	PartZone     Part = "zone"
	PartServices Part = "services"
	PartModes    Part = "modes"
	PartWants    Part = "wants"
	PartDaily    Part = "daily"
)

// A Change is what a wish made of a subscriber.
type Change struct {
	Known, Changed bool // it was one before; it differs from before
	Suppressed     bool // and nothing is sent to it
	Err            error
}

// Terms are the terms on which a list is taken.
type Terms struct {
	Consent string    // where its people agreed, kept with each that is new or changes
	Lift    bool      // suppressions end
	Dry     bool      // nothing is written
	At      time.Time // now
}

// writers is how many wishes are written at a time: each waits for the disk of
// its own.
const writers = 64

// Take makes subscribers of a list, or changes them, and says of each what
// came of it. The same list again changes nothing. Who stands on it twice is
// what the later line says.
func (s Subscribers) Take(ctx context.Context, wishes []Wish, terms Terms) []Change {
	changes := make([]Change, len(wishes))
	lines := make([][]int, writers) // who stands twice is one writer's
	for i := range wishes {
		wishes[i].ID = s.IDOf(wishes[i].Address)
		at := shardOf(wishes[i].ID) % writers
		lines[at] = append(lines[at], i)
	}
	var all sync.WaitGroup
	for _, mine := range lines {
		all.Go(func() {
			fresh := false // whether the last one was new: the next will be too
			for _, i := range mine {
				changes[i] = s.takeOne(ctx, wishes[i], terms, fresh && !terms.Dry)
				fresh = !changes[i].Known
			}
		})
	}
	all.Wait()
	return changes
}

// takeOne does what a wish says. One that is expected to be new is written
// without being looked up: half the work, where that is so.
func (s Subscribers) takeOne(ctx context.Context, w Wish, terms Terms, fresh bool) (c Change) {
	if fresh {
		sub := w.over(Subscriber{}, false, terms)
		sub.Consent = terms.Consent
		value, err := json.Marshal(sub)
		if err == nil {
			_, err = s.Keys.Create(ctx, subscriberKey(w.ID), value, 0)
		}
		if !errors.Is(err, stream.ErrConflict) {
			return Change{Changed: true, Err: err}
		}
	}
	_, c.Err = s.change(ctx, w.ID, func(old Subscriber, known bool) (Subscriber, bool) {
		sub := w.over(old, known, terms)
		c.Known, c.Changed = known, !known || !alike(old, sub)
		c.Suppressed = sub.Suppressed.On(terms.At)
		if c.Changed && terms.Consent != "" {
			sub.Consent = terms.Consent
		}
		return sub, c.Changed && !terms.Dry
	})
	return c
}

// over is a subscriber as a wish wants it. What no list speaks of stays: since
// when, for which bureau, what is never given to the public.
func (w Wish) over(old Subscriber, known bool, terms Terms) Subscriber {
	sub := old
	if !known {
		sub = Subscriber{ID: w.ID, Channel: w.Channel, Address: w.Address, Since: terms.At}
	}
	for part, take := range map[Part]func(){
		PartLang:     func() { sub.Lang = w.Lang },
		PartZone:     func() { sub.Zone = w.Zone },
		PartServices: func() { sub.Services = w.Services },
		PartModes:    func() { sub.Modes = w.Modes },
		PartDaily:    func() { sub.Daily = w.Daily },
		PartWants: func() {
			sub.Wants = slices.Clone(w.Wants)
			if slices.Contains(old.Wants, WantStaff) {
				sub.Wants = append(sub.Wants, WantStaff)
			}
		},
	} {
		if !slices.Contains(w.Unsaid, part) {
			take()
		}
	}
	if terms.Lift {
		sub.Suppressed = Suppression{}
	}
	return sub
}

// alike is whether two say the same of what a list can change.
func alike(a, b Subscriber) bool {
	return a.Lang == b.Lang && a.Zone == b.Zone && same(a.Services, b.Services) && same(a.Modes, b.Modes) &&
		same(a.Wants, b.Wants) && same(a.Daily, b.Daily) && a.Suppressed == b.Suppressed
}

// same is whether two lists name the same, in whatever order.
func same[T ~string](a, b []T) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// Lift ends a suppression: the address is tried again. notice.ErrNotFound
// where there is no such subscriber.
func (s Subscribers) Lift(ctx context.Context, id string) error {
	found := false
	_, err := s.change(ctx, id, func(old Subscriber, known bool) (Subscriber, bool) {
		found = known
		wanted := known && old.Suppressed != (Suppression{})
		old.Suppressed, old.Bounces = Suppression{}, Row{}
		return old, wanted
	})
	if err == nil && !found {
		err = notice.ErrNotFound
	}
	return err
}

// Each hands every subscriber to f.
func (s Subscribers) Each(ctx context.Context, f func(Subscriber) error) error {
	return s.Walk(ctx, whole, f)
}
