package publisher

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A view is what this process knows of all notices: fed by both streams, and
// by what it reads and writes itself. Pages and the clock look here; what
// decides something reads the record and ends in a checked append.
type view struct {
	mu      sync.Mutex
	items   map[string]item // by notice; guarded by mu
	notices uint64          // last sequence followed; guarded by mu
	desk    uint64          // guarded by mu
	changed chan struct{}   // closed at the next change; guarded by mu
}

// An item is a dossier and when the clock should look at it again.
type item struct {
	Dossier
	wake time.Time // zero: never
}

// change runs f under the lock. Where there is something new, whoever waits
// for it is told.
func (v *view) change(f func() (news bool)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.items == nil {
		v.items = map[string]item{}
	}
	if f() && v.changed != nil {
		close(v.changed)
		v.changed = nil
	}
}

// wait gives a channel that is closed at the next change, and how far the
// streams have been followed.
func (v *view) wait() (changed <-chan struct{}, notices, desk uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.changed == nil {
		v.changed = make(chan struct{})
	}
	return v.changed, v.notices, v.desk
}

func (v *view) get(id string) (Dossier, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	it, ok := v.items[id]
	return it.Dossier, ok
}

// all are the dossiers in the order of their ids.
func (v *view) all() []Dossier {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make([]Dossier, 0, len(v.items))
	for _, it := range v.items {
		all = append(all, it.Dossier)
	}
	slices.SortFunc(all, func(a, b Dossier) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// due are the ids of the notices that the clock should look at, in order, and the next
// instant at which it should look again.
func (v *view) due(now time.Time) (ids []string, next time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id, it := range v.items {
		switch {
		case it.wake.IsZero():
		case !it.wake.After(now):
			ids = append(ids, id)
		case next.IsZero() || it.wake.Before(next):
			next = it.wake
		}
	}
	slices.Sort(ids)
	return ids, next
}

// learn takes in what was just read or written, unless the followers are
// further already.
func (p *Publisher) learn(d Dossier) {
	now := p.Now()
	p.view.change(func() bool {
		had := p.known(d.ID)
		if d.deskSeq < had.deskSeq || d.eventSeq < had.eventSeq || d.deskSeq+d.eventSeq == 0 {
			return false
		}
		p.put(d, now)
		return d.deskSeq > had.deskSeq || d.eventSeq > had.eventSeq
	})
}

// put stores a dossier; the view's lock is held.
func (p *Publisher) put(d Dossier, now time.Time) {
	p.view.items[d.ID] = item{d, d.wake(now)}
	if d.Broken > 0 {
		p.alarm("chain "+d.ID, fmt.Sprintf("the private record of notice %s is not whole from entry %d on: somebody has changed it, or the disk has", d.ID, d.Broken))
	}
}

// followDesk feeds the view from DESK until ctx ends.
func (p *Publisher) followDesk(ctx context.Context) error {
	return p.Store.Desk.Follow(ctx, 0, "", func(r stream.Record) error {
		now := p.Now()
		p.view.change(func() bool {
			p.view.desk = r.Seq
			if d := p.known(r.Key); r.Seq > d.deskSeq {
				p.put(d.withEntry(r), now)
			}
			return true
		})
		return nil
	})
}

// followNotices feeds the view from NOTICES until ctx ends. An event that
// cannot be read raises an alarm and stops nothing.
func (p *Publisher) followNotices(ctx context.Context) error {
	return p.Store.Notices.Follow(ctx, 0, "", func(r stream.Record) error {
		now := p.Now()
		e, err := readEvent(r)
		if err != nil {
			p.alarm("event "+r.ID, err.Error())
		}
		p.view.change(func() bool {
			p.view.notices = r.Seq
			if d := p.known(r.Key); err == nil && r.Seq > d.eventSeq {
				p.put(d.withEvent(e, r.Seq), now)
			}
			return true
		})
		return nil
	})
}

// known is what the view has of a notice; its lock is held.
func (p *Publisher) known(id string) Dossier {
	if it, ok := p.view.items[id]; ok {
		return it.Dossier
	}
	return newDossier(id)
}

// Follow feeds this process with what all desks write, until ctx ends.
func (p *Publisher) Follow(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	for _, follow := range []func(context.Context) error{p.followDesk, p.followNotices} {
		wg.Go(func() { stop(follow(ctx)) })
	}
	wg.Wait()
	return context.Cause(ctx)
}

// Settle waits until Follow has caught up with the ends of both streams.
func (p *Publisher) Settle(ctx context.Context) error {
	notices, err := p.Store.Notices.Last(ctx)
	if err != nil {
		return failed("find the end of the public record", err)
	}
	desk, err := p.Store.Desk.Last(ctx)
	if err != nil {
		return failed("find the end of the private record", err)
	}
	for {
		changed, n, d := p.view.wait()
		if n >= notices && d >= desk {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("catch up with the streams (%d of %d, %d of %d): %w", n, notices, d, desk, ctx.Err())
		}
	}
}

// States are the public records of all notices, in the order of their ids.
func (p *Publisher) States() []notice.State {
	var states []notice.State
	for _, d := range p.view.all() {
		if d.State.Number > 0 {
			states = append(states, d.State)
		}
	}
	return states
}

// StatesKnown are what had been published by an instant: the answer to "what
// did we say at 10h".
func (p *Publisher) StatesKnown(at time.Time) []notice.State {
	var states []notice.State
	for _, s := range p.States() {
		if known := notice.Known(s.Events, at); len(known) > 0 {
			states = append(states, notice.Fold(known))
		}
	}
	return states
}

// State is the public record of one notice.
func (p *Publisher) State(id string) (notice.State, bool) {
	d, ok := p.view.get(id)
	return d.State, ok && d.State.Number > 0
}

// Dossiers are all that this process knows of, in the order of their ids.
func (p *Publisher) Dossiers() []Dossier { return p.view.all() }

// Dossier reads both records of a notice, as they stand now. It is
// ErrNotFound where nobody has begun it.
func (p *Publisher) Dossier(ctx context.Context, id string) (Dossier, error) {
	d, err := p.load(ctx, id)
	if err != nil {
		return d, err
	}
	if len(d.Entries) == 0 && d.State.Number == 0 {
		return d, fmt.Errorf("%w: there is no notice %s", notice.ErrNotFound, id)
	}
	return d, nil
}

// Find gives the id of a notice by its id, its outage id or its reference.
func (p *Publisher) Find(name string) (string, error) {
	var ids []string
	for _, d := range p.view.all() {
		if d.ID == name {
			return name, nil
		}
		if d.goesBy(name) {
			ids = append(ids, d.ID)
		}
	}
	switch len(ids) {
	case 0:
		return "", fmt.Errorf("%w: there is no notice %s", notice.ErrNotFound, name)
	case 1:
		return ids[0], nil
	}
	return "", fmt.Errorf("%w: %s names several notices; give the id: %s", notice.ErrConflict, name, join(ids))
}

// goesBy is whether one of the notice's numbers is a name.
func (d Dossier) goesBy(name string) bool {
	return name != "" && (name == d.Numbers.Reference || name == d.Numbers.OutageID ||
		name == d.State.Notice.Reference || name == d.State.Notice.OutageID)
}
