package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// digestHour is when the digest of a day goes out, in legal time: what a desk
// reads first.
const digestHour = 8

// digestPast is for how long a house may have been away and still tell, in the
// next digest, all that was published meanwhile.
const digestPast = 31 // days

// A Digest is what is told once a day to those who asked for that, each of them
// some of it (Recipient.Items).
type Digest struct {
	At    time.Time // when it was due
	Tales []Tale    // in the order of the record, without letters
}

// A stretch is the part of the record that a digest tells: what lies behind
// one sequence of NOTICES, up to another.
type stretch struct {
	At    time.Time `json:"at"` // when the digest was due
	After uint64    `json:"after"`
	Until uint64    `json:"until"`
	Since time.Time `json:"since,omitzero"` // of a house's first digest: what is older is not told
}

// digestID stands where an event's id stands.
func digestID(channel string, due time.Time) string { return stream.ID(due, "digest/"+channel) }

// digestDue is when the last digest was due.
func digestDue(now time.Time) time.Time {
	y, m, d := now.In(notice.Legal).Date()
	due := time.Date(y, m, d, digestHour, 0, 0, 0, notice.Legal)
	if due.After(now) {
		due = time.Date(y, m, d-1, digestHour, 0, 0, 0, notice.Legal)
	}
	return due
}

// PlanDigests plans the last digest that was due, on each channel that this
// process works, unless it has. Several processes may do so: it is the same
// plan. A house runs it by itself.
func (n *Notifier) PlanDigests(ctx context.Context) error {
	due := digestDue(n.Now())
	var errs []error
	for _, t := range n.Teams {
		name := t.Channel.Name()
		if last, _ := n.digests.Load(name); last == due {
			continue
		}
		if err := n.planDigest(ctx, name, due); err != nil {
			errs = append(errs, fmt.Errorf("plan the digest of %s: %w", due.Format(time.DateOnly), err))
			continue
		}
		n.digests.Store(name, due)
	}
	return errors.Join(errs...)
}

// planDigest plans a digest from where the one before ended. A day on which
// nothing was published has none, and its plan says where the next one begins.
func (n *Notifier) planDigest(ctx context.Context, channel string, due time.Time) error {
	s, err := n.stretch(ctx, channel, due)
	if err != nil {
		return err
	}
	tales, err := n.digestTales(ctx, s)
	if err != nil {
		return err
	}
	spans := 0
	if len(tales) > 0 {
		count, err := n.Subscribers.Keys.Count(ctx)
		if err != nil {
			return err
		}
		spans = spansFor(count)
	}
	key := pageKey(channel, digestID(channel, due), planSpan)
	p, err := n.plannedAs(ctx, key, line{At: n.Now(), Digest: &s, Lane: notice.LaneDigest, Spans: spans})
	if err != nil || p.count == 0 {
		return err
	}
	return n.pushAll(ctx, p)
}

// stretch is what a digest tells: from where the one before ended to when it is
// due.
func (n *Notifier) stretch(ctx context.Context, channel string, due time.Time) (stretch, error) {
	s, err := n.afterLast(ctx, channel, due)
	if err != nil {
		return s, err
	}
	last, err := n.Store.Notices.Last(ctx)
	if err != nil {
		return s, err
	}
	s.Until = s.After
	return s, n.Store.Notices.Between(ctx, s.After, last, func(r stream.Record) error {
		var e notice.Event
		if json.Unmarshal(r.Data, &e) != nil || !e.Time.After(due) {
			s.Until = r.Seq
		}
		return nil
	})
}

// afterLast begins where the digest before one ended.
func (n *Notifier) afterLast(ctx context.Context, channel string, due time.Time) (stretch, error) {
	for days := range digestPast {
		before := digestDue(due.AddDate(0, 0, -days).Add(-time.Second))
		p, err := n.planOf(ctx, pageKey(channel, digestID(channel, before), planSpan))
		switch {
		case err == nil && p.digest != nil:
			return stretch{At: due, After: p.digest.Until}, nil
		case err != nil && !errors.Is(err, stream.ErrNotFound):
			return stretch{}, err
		}
	}
	return stretch{At: due, Since: due.AddDate(0, 0, -1)}, nil
}

// digestTales are the tales of a stretch.
func (n *Notifier) digestTales(ctx context.Context, s stretch) ([]Tale, error) {
	var ids []string
	var notices []string
	err := n.Store.Notices.Between(ctx, s.After, s.Until, func(r stream.Record) error {
		var e notice.Event
		if err := json.Unmarshal(r.Data, &e); err != nil {
			return nil // one that this program does not understand: its planner has said so
		}
		rule, ok := notice.RuleOf(e.Act.Type())
		if !ok || rule.Private() || e.Time.Before(s.Since) {
			return nil
		}
		ids = append(ids, e.ID)
		if !slices.Contains(notices, e.Notice) {
			notices = append(notices, e.Notice)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var tales []Tale
	for _, id := range notices { // what befell one notice stands together
		events, err := n.events(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if slices.Contains(ids, e.ID) {
				tales = append(tales, taleOf(events, e.ID))
			}
		}
	}
	return tales, nil
}

// digestTale is a digest as there is to tell.
func (w *worker) digestTale(ctx context.Context, id string, s stretch) (Tale, error) {
	tales, err := w.digestTales(ctx, s)
	return Tale{Event: notice.Event{ID: id, Time: s.At}, Digest: &Digest{At: s.At, Tales: tales}}, err
}

// A choice is whether a subscriber is to be told; of a digest, of which of its
// tales.
type choice func(Subscriber) (items []int, ok bool)

// choose is whom a tale concerns. Of an event these are those who want it at
// once; of a digest, those whom it tells something that they want once a day.
func (n *Notifier) choose(t Tale) choice {
	if t.Digest == nil {
		a := AudienceOf(n.Catalogue, t)
		return func(s Subscriber) ([]int, bool) { return nil, a.Concerns(s) && !a.daily(s) }
	}
	var all []Audience
	for _, tale := range t.Digest.Tales {
		all = append(all, AudienceOf(n.Catalogue, tale))
	}
	return func(s Subscriber) (items []int, ok bool) {
		if len(s.Daily) == 0 {
			return nil, false
		}
		for i, a := range all {
			if a.Concerns(s) && a.daily(s) {
				items = append(items, i)
			}
		}
		return items, len(items) > 0
	}
}

// daily is whether all for which a subscriber wants to be told of this comes
// once a day.
func (a Audience) daily(s Subscriber) bool {
	if len(s.Daily) == 0 || a.forStaff(s) {
		return false
	}
	return !slices.ContainsFunc(a.wants, func(w Want) bool {
		return (len(s.Wants) == 0 || slices.Contains(s.Wants, w)) && !slices.Contains(s.Daily, w)
	})
}
