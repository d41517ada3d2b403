package notifier

import (
	"context"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Progress is how far telling of an event has come on one channel.
type Progress struct {
	Channel string         `json:"channel"`
	Lane    notice.Lane    `json:"lane,omitzero"`
	Planned time.Time      `json:"planned"`
	Spans   int            `json:"spans"`
	Over    int            `json:"over"` // of the spans, for good
	Counts  map[Status]int `json:"counts"`
	Next    time.Time      `json:"next,omitzero"` // when the first of the deferred is due

	// Who was sent the message, whatever became of it afterwards: when the
	// first and the last were, and after how long from the event half of them
	// and 99 of 100.
	First  time.Time     `json:"first,omitzero"`
	Last   time.Time     `json:"last,omitzero"`
	Median time.Duration `json:"median,omitzero"`
	P99    time.Duration `json:"p99,omitzero"`
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
	if sum, ok, err := n.foldedSum(ctx, p); ok || err != nil {
		return sum, err
	}
	sum := Progress{Channel: p.channel, Lane: p.lane, Planned: p.at, Spans: p.count, Counts: map[Status]int{}}
	since, err := n.since(ctx, p)
	if err != nil {
		return sum, err
	}
	var delays spread
	err = n.eachSheet(ctx, p, func(s sheet) error {
		if s.over() {
			sum.Over++
		}
		for status, count := range s.counts() {
			sum.Counts[status] += count
		}
		if due := s.due(); !due.IsZero() && !s.over() {
			sum.Next = earliest(sum.Next, due)
		}
		for _, d := range s.attempts {
			if d.Status != Sent {
				continue
			}
			sum.First, sum.Last = earliest(sum.First, d.At), atLeast(sum.Last, d.At)
			delays.add(d.At.Sub(since))
		}
		return nil
	})
	sum.Median, sum.P99 = delays.share(50), delays.share(99)
	return sum, err
}

// since is when a plan's event was; what is no event of a notice counts from
// when it was planned.
func (n *Notifier) since(ctx context.Context, p plan) (time.Time, error) {
	if p.notice == "" {
		return p.at, nil
	}
	events, err := n.events(ctx, p.notice)
	if err != nil {
		return time.Time{}, err
	}
	if e := taleOf(events, p.event).Event; e.ID != "" {
		return e.Time, nil
	}
	return p.at, nil
}

// Told hands to f what became of every subscriber of an event on a channel, by
// id; who has no outcome is not among them.
func (n *Notifier) Told(ctx context.Context, channel, event string, f func(Delivery) error) error {
	p, err := n.planOf(ctx, pageKey(channel, event, planSpan))
	if err != nil {
		return err
	}
	return n.eachSheet(ctx, p, func(s sheet) error {
		for _, d := range s.deliveries() {
			if err := f(d); err != nil {
				return err
			}
		}
		return nil
	})
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
