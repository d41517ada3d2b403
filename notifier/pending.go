package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
)

// A Purpose is what somebody is asked to confirm.
type Purpose string

// What may be asked.
const (
	ToSubscribe Purpose = "subscribe" // to be told, or to be told other things than now
	ToRetry     Purpose = "retry"     // that an address from which messages came back is tried again
	ToReturn    Purpose = "return"    // to take back that somebody has left
)

// For how long an ask is open, and how many mails of confirmation an address
// gets within a day, whoever asks for them.
const (
	AskLife    = 48 * time.Hour
	ReturnLife = 7 * 24 * time.Hour
	AsksPerDay = 3
)

// askTwice is within what time the same question is taken for a button that was
// pressed twice.
const askTwice = time.Minute

// An Ask is a question to whoever reads an address: nothing is written of it
// among the subscribers before they say yes. It erases itself.
type Ask struct {
	ID         string     `json:"id"` // of the request; it stands where an event's id stands
	Purpose    Purpose    `json:"purpose"`
	Subscriber Subscriber `json:"subscriber"` // as it will be; of it, once confirmed, the language alone
	At         time.Time  `json:"at"`         // when it was asked for
	Until      time.Time  `json:"until"`      // until when it can be confirmed
	Done       bool       `json:"done,omitzero"`
	Known      bool       `json:"-"` // the address is subscribed by the time it is told
}

// A pending is what SUBSCRIBERS holds under pending.<id> of an address: what it
// is asked, and when it was. It is erased when all of it is over.
type pending struct {
	Asks []Ask       `json:"asks,omitzero"`
	Sent []time.Time `json:"sent,omitzero"` // mails of confirmation in the last day
}

// pendingPrefix begins the keys of what is no subscriber.
const pendingPrefix = "pending."

// fresh drops what is over.
func (p *pending) fresh(now time.Time) {
	p.Asks = slices.DeleteFunc(p.Asks, func(a Ask) bool { return !now.Before(a.Until) })
	p.Sent = slices.DeleteFunc(p.Sent, func(t time.Time) bool { return now.Sub(t) >= 24*time.Hour })
}

// life is for how long the broker keeps it: until all of it is over, and
// somewhat longer, since sweep does it better.
func (p *pending) life(now time.Time) time.Duration {
	var last time.Time
	for _, a := range p.Asks {
		last = atLeast(a.Until, last)
	}
	for _, t := range p.Sent {
		last = atLeast(t.Add(24*time.Hour), last)
	}
	return max(last.Sub(now), 0) + 2*sweepEvery
}

// find is the place of an ask; -1 for none.
func (p *pending) find(request string) int {
	return slices.IndexFunc(p.Asks, func(a Ask) bool { return a.ID == request })
}

// Asked is a question that is open, or was answered (Done); stream.ErrNotFound
// for one that is over or never was.
func (s Subscribers) Asked(ctx context.Context, id, request string, now time.Time) (Ask, error) {
	p, _, err := s.pending(ctx, id)
	if err != nil {
		return Ask{}, err
	}
	p.fresh(now)
	i := p.find(request)
	if i < 0 {
		return Ask{}, fmt.Errorf("ask %s of %s: %w", request, id, stream.ErrNotFound)
	}
	return p.Asks[i], nil
}

// AllAsked are the questions that are open, oldest first.
func (s Subscribers) AllAsked(ctx context.Context, id string, now time.Time) ([]Ask, error) {
	p, _, err := s.pending(ctx, id)
	if errors.Is(err, stream.ErrNotFound) {
		return nil, nil
	}
	p.fresh(now)
	return slices.DeleteFunc(p.Asks, func(a Ask) bool { return a.Done }), err
}

// Confirm does what was asked. Confirming again changes nothing. Errors are
// those of Asked.
func (s Subscribers) Confirm(ctx context.Context, id, request string, now time.Time) (Ask, error) {
	a, err := s.Asked(ctx, id, request, now)
	if err != nil || a.Done {
		return a, err
	}
	if a.Purpose == ToReturn {
		err = s.restore(ctx, a.Subscriber)
	} else {
		a.Subscriber.Since = now
		_, err = s.choose(ctx, a.Subscriber, true)
	}
	if err != nil {
		return a, err
	}
	a.Done, a.Subscriber = true, Subscriber{ID: id, Lang: a.Subscriber.Lang} // in which it is told so, again if need be
	return a, s.changePending(ctx, id, now, func(p *pending) bool {
		i := p.find(request)
		if i >= 0 {
			p.Asks[i] = a
		}
		return i >= 0
	})
}

// restore brings back who has left, unless they are back already.
func (s Subscribers) restore(ctx context.Context, sub Subscriber) error {
	sub.Suppressed, sub.Bounces = Suppression{}, Row{} // the link was read there
	_, err := s.change(ctx, sub.ID, func(old Subscriber, known bool) (Subscriber, bool) {
		if known {
			return old, false
		}
		return sub, true
	})
	return err
}

// Choose changes what a subscriber asked for, and nothing else of it: what
// staff are told stays. stream.ErrNotFound if there is no such subscriber.
func (s Subscribers) Choose(ctx context.Context, sub Subscriber) (Subscriber, error) {
	return s.choose(ctx, sub, false)
}

// choose is Choose; with confirmed the address is known to be read: one that is
// new becomes a subscriber, one that was suppressed is tried again.
func (s Subscribers) choose(ctx context.Context, sub Subscriber, confirmed bool) (Subscriber, error) {
	found := true
	got, err := s.change(ctx, sub.ID, func(old Subscriber, known bool) (Subscriber, bool) {
		found = known || confirmed
		if !known {
			return sub, confirmed
		}
		old.Lang, old.Zone, old.Services, old.Modes, old.Daily = sub.Lang, sub.Zone, sub.Services, sub.Modes, sub.Daily
		staff := slices.Contains(old.Wants, WantStaff)
		old.Wants = slices.Clone(sub.Wants)
		if staff {
			old.Wants = append(old.Wants, WantStaff)
		}
		if confirmed {
			old.Suppressed, old.Bounces = Suppression{}, Row{}
		}
		return old, true
	})
	if err == nil && !found {
		err = fmt.Errorf("subscriber %s: %w", sub.ID, stream.ErrNotFound)
	}
	return got, err
}

// enquire keeps an ask, and gives the one to plan: an earlier one, where this is
// the same once more. false says that its address has been asked often enough
// for a day.
func (s Subscribers) enquire(ctx context.Context, a Ask) (open Ask, asked bool, err error) {
	err = s.changePending(ctx, a.Subscriber.ID, a.At, func(p *pending) bool {
		if i := slices.IndexFunc(p.Asks, a.again); i >= 0 {
			open, asked = p.Asks[i], true
			return false
		}
		open, asked = a, len(p.Sent) < AsksPerDay
		if asked {
			p.Asks, p.Sent = append(p.Asks, a), append(p.Sent, a.At)
		}
		return asked
	})
	return open, asked, err
}

// again is whether an earlier ask is this one, asked a moment ago and open.
func (a Ask) again(earlier Ask) bool {
	return !earlier.Done && earlier.Purpose == a.Purpose && a.At.Sub(earlier.At) < askTwice &&
		reflect.DeepEqual(earlier.Subscriber.Choices(), a.Subscriber.Choices())
}

// part puts the ask that takes a leave back in place of all others.
func (s Subscribers) part(ctx context.Context, a Ask) error {
	return s.changePending(ctx, a.Subscriber.ID, a.At, func(p *pending) bool {
		p.Asks = []Ask{a}
		return true
	})
}

// parted is the ask that takes a leave back, while it is open.
func (s Subscribers) parted(ctx context.Context, id string, now time.Time) (Ask, bool, error) {
	open, err := s.AllAsked(ctx, id, now)
	i := slices.IndexFunc(open, func(a Ask) bool { return a.Purpose == ToReturn })
	if err != nil || i < 0 {
		return Ask{}, false, err
	}
	return open[i], true, nil
}

// sweepEvery is how often what is over is looked for.
const sweepEvery = 10 * time.Minute

// sweep erases what is over, until ctx ends: the broker would only drop it, and
// leave an address on the disk until it is written over.
func (n *Notifier) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		if err := n.Subscribers.erase(ctx, n.Now()); err != nil && ctx.Err() == nil {
			n.Log.Warn("will look again for asks that are over", "err", err)
		}
		pause(ctx, sweepEvery)
	}
}

// erase erases what is over.
func (s Subscribers) erase(ctx context.Context, now time.Time) error {
	return s.Keys.Scan(ctx, []string{pendingPrefix + ">"}, func(pair stream.Pair) error {
		var p pending
		if pair.Key == paceKey {
			return nil
		}
		if err := json.Unmarshal(pair.Value, &p); err != nil {
			return fmt.Errorf("decode what is asked under %s: %w", pair.Key, err)
		}
		if p.fresh(now); len(p.Asks)+len(p.Sent) > 0 {
			return nil
		}
		return s.Keys.Erase(ctx, pair.Key, pair.Revision)
	})
}

// forget erases what an address is asked.
func (s Subscribers) forget(ctx context.Context, id string) error {
	return s.Keys.Delete(ctx, pendingPrefix+id)
}

func (s Subscribers) pending(ctx context.Context, id string) (pending, uint64, error) {
	var p pending
	pair, err := s.Keys.Get(ctx, pendingPrefix+id)
	if err != nil {
		return p, 0, fmt.Errorf("get what %s is asked: %w", id, err)
	}
	if err := json.Unmarshal(pair.Value, &p); err != nil {
		return p, 0, fmt.Errorf("decode what %s is asked: %w", id, err)
	}
	return p, pair.Revision, nil
}

// changePending writes what an address is asked over what it was, checked; not
// where f says no.
func (s Subscribers) changePending(ctx context.Context, id string, now time.Time, f func(*pending) bool) error {
	for {
		p, revision, err := s.pending(ctx, id)
		known := err == nil
		if err != nil && !errors.Is(err, stream.ErrNotFound) {
			return err
		}
		p.fresh(now)
		if !f(&p) {
			return nil
		}
		value, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("encode what %s is asked: %w", id, err)
		}
		if known {
			_, err = s.Keys.Renew(ctx, pendingPrefix+id, value, revision, p.life(now))
		} else {
			_, err = s.Keys.Create(ctx, pendingPrefix+id, value, p.life(now))
		}
		if !errors.Is(err, stream.ErrConflict) {
			return err
		}
	}
}
