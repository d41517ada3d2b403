package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
)

// revisitEvery is how often what was deferred is looked at.
const revisitEvery = 500 * time.Millisecond

// A deferral is a page of the ledger with somebody to come back to.
type deferral struct {
	plan plan
	span string
	seq  uint64    // of the page's last line
	next time.Time // when the first is due
}

// A calendar remembers until when a page or a plan need not be read again.
type calendar map[string]time.Time

// never is when a page is due that is over, unless it is revived.
var never = time.Unix(1<<40, 0)

// revisit pushes the jobs again whose deferred recipients are due, until ctx
// ends. Several processes may do so: it is the same job.
func (n *Notifier) revisit(ctx context.Context) {
	known, revived := calendar{}, uint64(0)
	for ctx.Err() == nil {
		last, err := n.Store.Dead.Last(ctx)
		if last != revived {
			clear(known) // what was over may have been revived
			revived = last
		}
		if err == nil {
			err = n.pushDue(ctx, known)
		}
		if err == nil {
			err = n.PlanDigests(ctx)
		}
		if err != nil && ctx.Err() == nil {
			n.Log.Warn("will look again for what was deferred", "err", err)
		}
		pause(ctx, revisitEvery)
	}
}

func (n *Notifier) pushDue(ctx context.Context, known calendar) error {
	waiting, err := n.deferrals(ctx, known)
	for _, d := range waiting {
		if err == nil && !d.next.After(n.Now()) {
			err = n.push(ctx, d.plan, d.span, fmt.Sprintf("%s/%d", d.plan.page(d.span), d.seq))
		}
	}
	return err
}

// Next is when the first of those deferred is due; zero for nobody.
func (n *Notifier) Next(ctx context.Context) (time.Time, error) {
	var first time.Time
	waiting, err := n.deferrals(ctx, calendar{})
	for _, d := range waiting {
		if first.IsZero() || d.next.Before(first) {
			first = d.next
		}
	}
	return first, err
}

// deferrals are the pages with somebody to come back to, without those of
// which the calendar knows better.
func (n *Notifier) deferrals(ctx context.Context, known calendar) ([]deferral, error) {
	keys, err := n.Store.Ledger.Keys(ctx, pageKey("*", "*", planSpan))
	if err != nil {
		return nil, err
	}
	var waiting []deferral
	for _, key := range keys {
		if known[key].Equal(never) {
			continue
		}
		p, err := n.planOf(ctx, key)
		if err != nil {
			return nil, err
		}
		known[key] = never
		if p.folded != nil {
			continue
		}
		for _, span := range p.spans() {
			d, err := n.deferral(ctx, p, span, known)
			if err != nil {
				return nil, err
			}
			if !known[p.page(span)].Equal(never) {
				delete(known, key)
			}
			if !d.next.IsZero() {
				waiting = append(waiting, d)
			}
		}
	}
	return waiting, nil
}

// deferral looks at the last line of a page. Its next is zero where nobody is
// deferred, a worker is on it, or the calendar has it later.
func (n *Notifier) deferral(ctx context.Context, p plan, span string, known calendar) (deferral, error) {
	d := deferral{plan: p, span: span}
	key := p.page(span)
	if known[key].After(n.Now()) {
		return d, nil
	}
	r, err := n.Store.Ledger.Latest(ctx, key)
	if errors.Is(err, stream.ErrNotFound) {
		n.Meter.look(p, key, 0, true)
		return d, nil
	}
	var l line
	if err == nil {
		err = json.Unmarshal(r.Data, &l)
	}
	if err != nil {
		return d, fmt.Errorf("look at ledger %s: %w", key, err)
	}
	over := l.By != "" || r.Type == string(lineDead)
	n.Meter.look(p, key, l.Counts[Deferred], !over && r.Type != string(lineFinished))
	switch t := lineType(r.Type); {
	case t == lineFinished && !l.Next.IsZero():
		d.seq, d.next = r.Seq, l.Next
		known[key] = l.Next
	case t == lineFinished, t == lineDead, l.By != "":
		known[key] = never
	}
	return d, nil
}
