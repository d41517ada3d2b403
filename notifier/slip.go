package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// ErrMoot is what Notifier.Slips returns where there is nothing to say any
// more: what waited for somebody has been done.
var ErrMoot = errors.New("nothing waits any more")

// A SlipOrder says what a slip is about, as it stands in the ledger and in a
// job: what it says is looked up when it is told.
type SlipOrder struct {
	Kind string    `json:"kind"`
	Of   string    `json:"of"`            // what Kind names: a notice, a dead job
	At   time.Time `json:"at"`            // when it happened
	Desk string    `json:"desk,omitzero"` // where staff find the desk, without a slash at its end
}

// A Slip is a word to staff about what waits for them: it goes the way of an
// event, in the staff's lane, to those whom it names.
type Slip struct {
	ID    string // of what it is about; it stands where an event's id stands
	At    time.Time
	Words templates.Slip
	To    []Subscriber // by channel and address; each is told once
}

// PlanSlip plans a slip on every bulk channel. Doing it again with the same id,
// by whatever process, finds the plan: nothing is told twice.
func (n *Notifier) PlanSlip(ctx context.Context, id string, o SlipOrder) error {
	for _, channel := range n.Bulk {
		key := pageKey(channel, id, planSpan)
		p, err := n.plannedAs(ctx, key, line{At: n.Now(), Slip: &o, Lane: notice.LaneStaff, Spans: 1})
		if err != nil {
			return err
		}
		if err := n.pushAll(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// slipOf is what a job has to say to staff; nil where it tells of something
// else.
func slipOf(job stream.Job) *SlipOrder {
	var o order
	if json.Unmarshal(job.Data, &o) != nil {
		return nil // whoever looks for the event says so
	}
	return o.Slip
}

// tellSlip tells staff. Nothing is told any more when what waited is done, or
// long past.
func (w *worker) tellSlip(ctx context.Context, b *book, job stream.Job, o SlipOrder) error {
	if w.Slips == nil {
		return fault{fmt.Errorf("%w: nobody says what slips are about", ErrPermanent)}
	}
	s, err := w.Slips(ctx, job.Event, o)
	t := Tale{Event: notice.Event{ID: job.Event, Time: o.At}, Slip: &s}
	page := b.view()
	switch {
	case errors.Is(err, ErrMoot), errors.Is(err, stream.ErrNotFound):
		return w.dropAsk(ctx, b)
	case errors.Is(err, ErrPermanent):
		return fault{err}
	case err != nil:
		return err
	case !w.Now().Before(w.end(page, t)):
		return w.dropAsk(ctx, b)
	}
	s.ID, s.At = job.Event, o.At
	message, err := w.channel.Compose(ctx, t)
	if err != nil {
		return fault{fmt.Errorf("compose the slip %q: %w", o.Kind, err)}
	}
	to, dead, err := w.staff(ctx, b, job.Event, s.To)
	if err == nil {
		err = w.tellApart(ctx, b, dead)
	}
	if err != nil {
		return err
	}
	r := &round{book: b, message: message, lane: notice.Lane(job.Lane), until: w.end(page, t)}
	r.add(nil, to...)
	if err := w.deliver(ctx, r); err != nil {
		if errors.Is(err, errExpired) {
			return nil // the page says so; what waits is on the desk's pages
		}
		return err
	}
	return w.finish(ctx, b)
}

// staff are those of some who are yet to be told of a slip, each address once,
// and the outcomes of those whose address is dead.
func (w *worker) staff(ctx context.Context, b *book, event string, some []Subscriber) (to []Recipient, dead []Delivery, err error) {
	known := map[string]bool{}
	for _, s := range some {
		s.ID = w.Subscribers.IDOf(s.Address)
		d, told := b.outcome(s.ID)
		if s.Channel != w.name || known[s.ID] || told && (d.settled() || d.Next.After(w.Now())) {
			continue
		}
		known[s.ID] = true
		switch sub, err := w.Subscribers.Get(ctx, s.ID); {
		case err == nil && sub.Suppressed.On(w.Now()):
			dead = append(dead, Delivery{To: s.ID, Status: Suppressed, Code: sub.Suppressed.Code})
			continue
		case err != nil && !errors.Is(err, stream.ErrNotFound):
			return nil, nil, err
		}
		to = append(to, Recipient{Subscriber: s, Event: event, Channel: w.name, Attempt: d.Attempt + 1})
	}
	return to, dead, nil
}
