package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// tellSpan tells everybody in a job's span who is to be told, once the page is
// ours.
func (w *worker) tellSpan(ctx context.Context, b *book, job stream.Job) error {
	span, err := parseSpan(job.Span)
	if err != nil {
		return fault{fmt.Errorf("%w: %w", ErrPermanent, err)}
	}
	if id := asks(job); id != "" {
		return w.tellAsk(ctx, b, job, id)
	}
	if o := slipOf(job); o != nil {
		return w.tellSlip(ctx, b, job, *o)
	}
	t, events, err := w.tale(ctx, job)
	if err != nil {
		return err
	}
	if why := w.late(b.view(), t, events); why != "" {
		return w.giveUp(ctx, b, why)
	}
	message, err := w.compose(ctx, t)
	if err != nil {
		return err
	}
	before, err := w.supersede(ctx, t, span)
	if err != nil {
		return err
	}
	r := &round{book: b, message: message, lane: notice.Lane(job.Lane), until: w.end(b.view(), t)}
	all := &turn{round: r, tale: t, concerns: w.choose(t), before: before, known: map[string]bool{}, later: map[string]Recipient{}}
	if err := w.tellInTurn(ctx, all, span); err != nil {
		return err
	}
	return w.finish(ctx, b)
}

// tale loads what there is to tell, and all that has been published since.
func (w *worker) tale(ctx context.Context, job stream.Job) (Tale, []notice.Event, error) {
	o, err := orderOf(job)
	if err != nil {
		return Tale{}, nil, err
	}
	if o.Digest != nil {
		t, err := w.digestTale(ctx, job.Event, *o.Digest)
		return t, nil, err
	}
	events, err := w.events(ctx, o.Notice)
	if err != nil {
		return Tale{}, nil, err
	}
	t := taleOf(events, job.Event)
	if t.Event.ID == "" {
		return Tale{}, nil, fmt.Errorf("event %s is not on the record of its notice", job.Event)
	}
	return t, events, nil
}

func orderOf(job stream.Job) (order, error) {
	var o order
	if err := json.Unmarshal(job.Data, &o); err != nil {
		return o, fault{fmt.Errorf("%w: decode job %s: %w", ErrPermanent, job.ID, err)}
	}
	return o, nil
}

// Events are what has been published of a notice, as far as this program
// understands it.
func (n *Notifier) Events(ctx context.Context, id string) ([]notice.Event, error) {
	return n.events(ctx, id)
}

// events reads the record of a notice as far as this program understands it.
func (n *Notifier) events(ctx context.Context, id string) ([]notice.Event, error) {
	records, err := n.Store.Notices.Read(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read notice %s: %w", id, err)
	}
	events := make([]notice.Event, 0, len(records))
	for _, r := range records {
		var e notice.Event
		if err := json.Unmarshal(r.Data, &e); err != nil {
			n.Log.Error("an event that this program does not understand", "notice", id, "seq", r.Seq, "err", err)
			break
		}
		events = append(events, e)
	}
	return events, nil
}

// taleOf is the tale of one of a notice's events; its Event is zero where
// there is none of that id.
func taleOf(events []notice.Event, id string) Tale {
	i := slices.IndexFunc(events, func(e notice.Event) bool { return e.ID == id })
	if i < 0 {
		return Tale{}
	}
	return Tale{Event: events[i], State: notice.Fold(events[:i+1])}
}

// recipients are those of some subscribers who are yet to be told. Those whose
// address is dead are kept for the end.
func (w *worker) recipients(t *turn, some []Subscriber) []Recipient {
	var queue []Recipient
	for _, s := range some {
		id := s.ID
		d, told := t.round.book.outcome(id)
		switch {
		case t.known[id], told && (d.settled() || d.Next.After(w.Now())):
			continue
		case s.Suppressed.On(w.Now()):
			t.dead = append(t.dead, Delivery{To: id, Status: Suppressed, Code: s.Suppressed.Code})
		case s.Address == "":
			t.dead = append(t.dead, Delivery{To: id, Status: Suppressed, Code: codeGone})
		default:
			items, _ := t.concerns(s)
			queue = append(queue, Recipient{Subscriber: s, Event: t.tale.Event.ID, Channel: w.name, Attempt: d.Attempt + 1, Items: items})
		}
		t.known[id] = true
	}
	return queue
}

// codes of outcomes that are the house's own.
const (
	codeGone    = "left"     // it is no subscriber any more
	codeBroken  = "broken"   // connections kept breaking over it
	codePaced   = "paced"    // its mail domain takes only so much at a time
	codeTooLate = "too late" // Lifetime has passed
	codeOld     = "old"      // something newer has been published
)

// deferred looks up those whose time has come. One who has left meanwhile is
// found without an address.
func (w *worker) deferred(ctx context.Context, page page) (due []Subscriber, err error) {
	for _, id := range page.waiting(w.Now()) {
		s, err := w.Subscribers.Get(ctx, id)
		if err != nil && !errors.Is(err, stream.ErrNotFound) {
			return nil, err
		}
		s.ID = id
		due = append(due, s)
	}
	return due, nil
}

// tellApart records outcomes that took no sending, some at a time: a line has
// a largest size.
func (w *worker) tellApart(ctx context.Context, b *book, told []Delivery) error {
	for some := range slices.Chunk(told, 1000) {
		if err := b.tell(ctx, some...); err != nil {
			return err
		}
	}
	return nil
}

// end is when a page's event stops being worth telling.
func (w *worker) end(p page, t Tale) time.Time {
	return atLeast(t.Event.Time, p.revived).Add(Lifetime)
}

// late is why an event is not worth telling any more, as a code; "" while it is.
func (w *worker) late(p page, t Tale, events []notice.Event) string {
	switch {
	case !w.Now().Before(w.end(p, t)):
		return codeTooLate
	case p.walked && overtaken(events, t.Event.ID):
		return codeOld
	}
	return ""
}

// giveUp ends a page whose event is not worth telling any more.
func (w *worker) giveUp(ctx context.Context, b *book, why string) error {
	page := b.view()
	given := page.given(why)
	if err := w.tellApart(ctx, b, given); err != nil {
		return err
	}
	var err error
	if page.walked {
		err = w.finish(ctx, b)
	} else {
		err = b.write(ctx, lineDead, line{At: w.Now(), Reason: why})
	}
	if err != nil || why == codeOld {
		return err
	}
	return fmt.Errorf("%w: %d recipients of %d known", errExpired, len(given), len(page.told))
}

// finish closes the page, until the first of the deferred is due.
func (w *worker) finish(ctx context.Context, b *book) error {
	page := b.view()
	now, next := w.Now(), page.due()
	if err := b.write(ctx, lineFinished, line{At: now, Counts: page.counts(), Next: next}); err != nil {
		return err
	}
	if n, code := page.putOff(); n > 0 {
		part := strings.SplitN(b.key, ".", 3)
		w.Log.Warn("some are deferred, will retry", "channel", part[0], "event", part[1], "span", part[2],
			"subscribers", n, "wait", next.Sub(now).Round(time.Second), "err", code)
	}
	return nil
}
