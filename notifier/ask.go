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

// ErrBusy says that the house has asked as many as it may for now.
var ErrBusy = errors.New("too many confirmations have been asked for")

// AsksPerHour is how many mails of confirmation the whole house sends within
// an hour, so that nobody makes it write to strangers in bulk.
const AsksPerHour = 1000

// How long the ledger keeps of an ask its plan, which is looked at as long as
// somebody may be deferred, and what became of it. There may be a million of
// them in a year, and none is proof of anything published.
const (
	askPlanned = 2 * Lifetime
	askKept    = 30 * 24 * time.Hour
)

// Ask asks whoever reads an address to confirm what is asked for it: a message
// of the highest lane. Who is subscribed is neither looked at nor changed, so
// the caller cannot tell; nor can it tell that an address has been asked often
// enough for a day, when nothing is sent. A button pressed twice asks once.
// ErrBusy: the whole house has been asked often enough.
func (n *Notifier) Ask(ctx context.Context, why Purpose, sub Subscriber) error {
	sub.Address = strings.TrimSpace(sub.Address)
	sub.ID = n.Subscribers.IDOf(sub.Address)
	now := n.Now()
	if err := n.Subscribers.spend(ctx, now); err != nil {
		return err
	}
	a := Ask{ID: stream.NewID(), Purpose: why, Subscriber: sub, At: now, Until: now.Add(AskLife)}
	a, asked, err := n.Subscribers.enquire(ctx, a)
	if err != nil {
		return err
	}
	if !asked {
		n.Log.Info("asked often enough today", "subscriber", sub.ID)
		return nil
	}
	return n.planAsk(ctx, a)
}

// Leave erases a subscriber, and tells the address how to take that back for a
// week: it may be a mailbox that several share. Whoever is not a subscriber is
// no error. After an error it is to be called again.
func (n *Notifier) Leave(ctx context.Context, id string) error {
	now := n.Now()
	sub, err := n.Subscribers.Get(ctx, id)
	switch {
	case errors.Is(err, stream.ErrNotFound): // it has left; whether that was told is another question
	case err != nil:
		return err
	case sub.Suppressed.On(now): // nobody would read it
		return n.Subscribers.Remove(ctx, id)
	default:
		if err := n.Subscribers.part(ctx, Ask{ID: stream.NewID(), Purpose: ToReturn, Subscriber: sub, At: now, Until: now.Add(ReturnLife)}); err != nil {
			return err
		}
		if err := n.Subscribers.Keys.Delete(ctx, subscriberKey(id)); err != nil {
			return err
		}
	}
	a, open, err := n.Subscribers.parted(ctx, id, now)
	if err != nil || !open {
		return err
	}
	return n.planAsk(ctx, a)
}

// planAsk plans an ask as one job. Doing it again finds the plan.
func (n *Notifier) planAsk(ctx context.Context, a Ask) error {
	key := pageKey(a.Subscriber.Channel, a.ID, planSpan)
	p, err := n.plannedAs(ctx, key, line{At: n.Now(), Ask: a.Subscriber.ID, Lane: notice.LaneConfirmation, Spans: 1})
	if err != nil {
		return err
	}
	return n.pushAll(ctx, p)
}

// asks is whom a job asks to confirm; "" where it tells of an event.
func asks(job stream.Job) string {
	var o order
	if json.Unmarshal(job.Data, &o) != nil {
		return "" // whoever looks for the event says so
	}
	return o.Ask
}

// tellAsk asks one subscriber, or one who may become one. Nothing is told any
// more when the ask is over or answered.
func (w *worker) tellAsk(ctx context.Context, b *book, job stream.Job, id string) error {
	t, err := w.askTale(ctx, id, job.Event)
	page := b.view()
	switch {
	case errors.Is(err, stream.ErrNotFound):
		return w.dropAsk(ctx, b)
	case err != nil:
		return err
	case t.Ask.Done, !w.Now().Before(w.end(page, t)):
		return w.dropAsk(ctx, b)
	}
	d, told := page.told[id]
	if told && (d.settled() || d.Next.After(w.Now())) {
		return w.finish(ctx, b)
	}
	message, err := w.channel.Compose(ctx, t)
	if err != nil {
		return fault{fmt.Errorf("compose the ask to %s: %w", t.Ask.Purpose, err)}
	}
	r := &round{book: b, message: message, lane: notice.Lane(job.Lane), until: w.end(page, t)}
	r.add(nil, Recipient{Subscriber: t.Ask.Subscriber, Event: job.Event, Channel: w.name, Attempt: d.Attempt + 1})
	if err := w.deliver(ctx, r); err != nil {
		if errors.Is(err, errExpired) {
			return nil // the page says so; nobody need act
		}
		return err
	}
	return w.finish(ctx, b)
}

// askTale is what there is to ask.
func (w *worker) askTale(ctx context.Context, id, request string) (Tale, error) {
	a, err := w.Subscribers.Asked(ctx, id, request, w.Now())
	if err != nil {
		return Tale{}, err
	}
	switch _, err := w.Subscribers.Get(ctx, id); {
	case err == nil:
		a.Known = true
	case !errors.Is(err, stream.ErrNotFound):
		return Tale{}, err
	}
	return Tale{Event: notice.Event{ID: a.ID, Time: a.At}, Ask: &a}, nil
}

// dropAsk ends the page of an ask or a slip that is not told any more. No person need
// act, so it does not go to the dead.
func (w *worker) dropAsk(ctx context.Context, b *book) error {
	page := b.view()
	if err := w.tellApart(ctx, b, page.given(codeTooLate)); err != nil {
		return err
	}
	return w.finish(ctx, b)
}

// A pace is how many were asked in each minute of the last hour, by all
// processes of the house.
type pace []beat

// A beat is one minute of a pace.
type beat struct {
	Minute time.Time `json:"minute"`
	Asks   int       `json:"asks"`
}

const paceKey = pendingPrefix + "house"

// add counts one more; false says that there have been as many as may be. A
// minute counts until all of it is an hour ago.
func (p *pace) add(now time.Time) bool {
	*p = slices.DeleteFunc(*p, func(b beat) bool { return now.Sub(b.Minute) >= time.Hour+time.Minute })
	sum := 0
	for _, b := range *p {
		sum += b.Asks
	}
	if sum >= AsksPerHour {
		return false
	}
	minute := now.UTC().Truncate(time.Minute)
	if i := slices.IndexFunc(*p, func(b beat) bool { return b.Minute.Equal(minute) }); i >= 0 {
		(*p)[i].Asks++
		return true
	}
	*p = append(*p, beat{minute, 1})
	return true
}

// spend takes one of the house's asks for this hour; ErrBusy if there is none
// left.
func (s Subscribers) spend(ctx context.Context, now time.Time) error {
	for {
		var p pace
		pair, err := s.Keys.Get(ctx, paceKey)
		known := err == nil
		if known {
			err = json.Unmarshal(pair.Value, &p)
		}
		if err != nil && !errors.Is(err, stream.ErrNotFound) {
			return fmt.Errorf("count asks: %w", err)
		}
		if !p.add(now) {
			return ErrBusy
		}
		value, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if known {
			_, err = s.Keys.Renew(ctx, paceKey, value, pair.Revision, 2*time.Hour)
		} else {
			_, err = s.Keys.Create(ctx, paceKey, value, 2*time.Hour)
		}
		if !errors.Is(err, stream.ErrConflict) {
			return err
		}
	}
}
