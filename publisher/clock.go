package publisher

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// clockAccount is time itself.
var clockAccount = Account{ID: "clock", Roles: clock}

// Tick does what is due now: publications whose moment has come, acts that were
// held, reminders, starts, overdue ends, nudges, numbers that a crash left without use. Several desks may tick
// at once: the checked append lets one through. It gives the next instant at
// which something will be due, zero for none; what failed is tried again at
// the next tick.
func (p *Publisher) Tick(ctx context.Context) (time.Time, error) {
	if err := p.guard(ctx); err != nil {
		return time.Time{}, err
	}
	now := p.Now()
	ids, _ := p.view.due(now)
	var failed []error
	for _, id := range ids {
		if err := p.tick(ctx, id); err != nil {
			failed = append(failed, fmt.Errorf("what is due of %s: %w", id, err))
		}
	}
	failed = append(failed, p.seekVoids(ctx, now))
	_, next := p.view.due(now)
	return next, errors.Join(failed...)
}

// tick does what is due of one notice.
func (p *Publisher) tick(ctx context.Context, id string) error {
	d, err := p.load(ctx, id)
	if err != nil {
		return err
	}
	d, err = p.release(ctx, d)
	if err != nil && !errors.As(err, new(refusal)) { // what lapsed is written down, and over
		return err
	}
	if d, err = p.leave(ctx, d); err != nil {
		return err
	}
	for _, act := range notice.Due(d.State, p.Now()) {
		d, err = p.commit(ctx, d, notice.Command{ID: commandOf(act), Roles: clock, Act: act})
		if err != nil && !errors.As(err, new(refusal)) { // a person was faster: nothing is due any more
			return err
		}
	}
	return nil
}

// commandOf is the id of the command by which the clock tells of an instant:
// the same from every desk, and told once.
func commandOf(act notice.Act) string { return "clock." + notice.Moment(act) }

// Run follows the streams and lets the clock act, until ctx ends. It wakes
// when something is due, at any new event, and each second.
func (p *Publisher) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	wg.Go(func() { stop(p.Follow(ctx)) })
	for settled := false; ctx.Err() == nil; {
		changed, _, _ := p.view.wait()
		var next time.Time
		var err error
		if settled {
			next, err = p.Tick(ctx)
		} else if err = p.settleSoon(ctx); err == nil {
			settled, next = true, p.Now()
			err = p.relapse(ctx)
		}
		p.report(ctx, err)
		p.pause(ctx, changed, next)
	}
	wg.Wait()
	return context.Cause(ctx)
}

// settleSoon is Settle with a limit, so that a broker that does not answer is
// told of.
func (p *Publisher) settleSoon(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	return p.Settle(ctx)
}

// report turns trouble into an alarm, logged once until it is over.
func (p *Publisher) report(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err == nil:
		p.over("tick")
	case !errors.Is(err, ErrClock): // which has an alarm of its own
		p.alarm("tick", err.Error())
	}
}

// pause waits for the next instant, for news, for a second, or for the end.
func (p *Publisher) pause(ctx context.Context, changed <-chan struct{}, next time.Time) {
	wait := time.Second
	if !next.IsZero() {
		wait = min(wait, max(0, next.Sub(p.Now())))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-timer.C:
	}
}
