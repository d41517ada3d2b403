package notifier

import (
	"context"
	"fmt"
	"time"
)

// A Progress is how far telling of an event has come on one channel.
type Progress struct {
	Channel string         `json:"channel"`
	Planned time.Time      `json:"planned"`
	Spans   int            `json:"spans"`
	Over    int            `json:"over"` // of the spans, for good
	Counts  map[Status]int `json:"counts"`
}

// Settled is whether nothing is left to do at present: every event is planned,
// no job waits or is under way, and nobody who was deferred is due.
func (n *Notifier) Settled(ctx context.Context) (bool, error) {
	last, err := n.Store.Notices.Last(ctx)
	if err != nil {
		return false, err
	}
	for _, name := range n.planners() {
		worked, err := n.Store.Notices.Worked(ctx, name)
		if err != nil || worked < last {
			return false, err
		}
	}
	// In this order: a job that plans others is gone only when those are there.
	next, err := n.Next(ctx)
	if err != nil || !next.IsZero() && !next.After(n.Now()) {
		return false, err
	}
	pending, err := n.Store.Jobs.Pending(ctx)
	return pending == 0, err
}

// planners are the names under which this process reads NOTICES.
func (n *Notifier) planners() []string {
	var names []string
	if n.Letters != nil {
		names = append(names, letterChannel)
	}
	for _, t := range n.Teams {
		names = append(names, t.Channel.Name())
	}
	return names
}

// Deliveries is how far telling of an event has come, by channel: the sum of
// its pages in the ledger.
func (n *Notifier) Deliveries(ctx context.Context, event string) ([]Progress, error) {
	keys, err := n.Store.Ledger.Keys(ctx, pageKey("*", event, planSpan))
	if err != nil {
		return nil, err
	}
	var all []Progress
	for _, key := range keys {
		p, err := n.planOf(ctx, key)
		if err != nil {
			return nil, err
		}
		if p.channel == letterChannel {
			continue
		}
		progress, err := n.progress(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, progress)
	}
	return all, nil
}

func (n *Notifier) progress(ctx context.Context, p plan) (Progress, error) {
	sum := Progress{Channel: p.channel, Planned: p.at, Spans: p.count, Counts: map[Status]int{}}
	err := n.eachPage(ctx, p, func(page *page) error {
		if page.over() {
			sum.Over++
		}
		for status, count := range page.counts() {
			sum.Counts[status] += count
		}
		return nil
	})
	return sum, err
}

// Told hands to f what became of every subscriber of an event on a channel, by
// id; who has no outcome is not among them.
func (n *Notifier) Told(ctx context.Context, channel, event string, f func(Delivery) error) error {
	p, err := n.planOf(ctx, pageKey(channel, event, planSpan))
	if err != nil {
		return err
	}
	return n.eachPage(ctx, p, func(page *page) error {
		for _, d := range page.deliveries() {
			if err := f(d); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachPage reads the pages of a plan, both sides, one at a time.
func (n *Notifier) eachPage(ctx context.Context, p plan, f func(*page) error) error {
	for _, span := range p.spans() {
		b, err := open(ctx, n.Store.Ledger, p.page(span), n.Now)
		if err == nil {
			err = n.turned(ctx, b, f)
		}
		if err != nil {
			return fmt.Errorf("add up %s: %w", p.page(span), err)
		}
	}
	return nil
}

// turned hands a page to f, with what came back.
func (n *Notifier) turned(ctx context.Context, b *book, f func(*page) error) error {
	back, err := n.back(ctx, backOf(b.key, "*"))
	if err != nil {
		return err
	}
	b.page.turn(back)
	return f(&b.page)
}
