package notifier

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// An Account is what the ledger is asked about: an event, by itself and among
// those of its notice.
type Account struct {
	Event  notice.Event
	State  notice.State // of the notice, with the event as its last
	Letter string       // SHA-256 of the letter that went with it; "" where none did
}

// Account finds an event by its id; stream.ErrNotFound where the ledger has no
// plan of it.
func (n *Notifier) Account(ctx context.Context, event string) (Account, error) {
	plans, err := n.plans(ctx, event)
	if err != nil {
		return Account{}, err
	}
	for _, p := range plans {
		if p.notice == "" { // a request, which is no event of a notice
			return Account{Event: notice.Event{ID: event, Time: p.at}}, nil
		}
		events, err := n.events(ctx, p.notice)
		if err != nil {
			return Account{}, err
		}
		if t := taleOf(events, event); t.Event.ID != "" {
			letter, err := n.letterOf(ctx, t.Event)
			return Account{t.Event, t.State, letter}, err
		}
	}
	return Account{}, fmt.Errorf("event %s: %w: the ledger has no plan of it", event, stream.ErrNotFound)
}

// letterOf is the SHA-256 of an event's letter, by the ledger.
func (n *Notifier) letterOf(ctx context.Context, e notice.Event) (string, error) {
	p := plan{channel: letterChannel, event: e.ID, count: 1}
	s, err := n.readSheet(ctx, p, letterSpan)
	return s.stored, err
}

// plans are an event's plans, by channel; all events' for "*". Letters, which
// tell nobody, are left out.
func (n *Notifier) plans(ctx context.Context, event string) ([]plan, error) {
	keys, err := n.Store.Ledger.Keys(ctx, pageKey("*", event, planSpan))
	if err != nil {
		return nil, err
	}
	var plans []plan
	for _, key := range keys {
		p, err := n.planOf(ctx, key)
		if errors.Is(err, stream.ErrNotFound) {
			continue // its 13 months have just ended
		}
		if err != nil {
			return nil, err
		}
		if p.channel != letterChannel {
			plans = append(plans, p)
		}
	}
	return plans, nil
}

// Attempts are a span of an event's recipients: every attempt at them in the
// order of the ledger, or the last at each by id.
type Attempts struct {
	Channel string
	Span    Span
	All     []Delivery
}

// Attempts hands to f every attempt at telling of an event, a span of
// subscribers at a time; only the last at each where last is asked for.
func (n *Notifier) Attempts(ctx context.Context, event string, last bool, f func(Attempts) error) error {
	plans, err := n.plans(ctx, event)
	if err != nil {
		return err
	}
	for _, p := range plans {
		err := n.eachSheet(ctx, p, func(s sheet) error {
			a := Attempts{p.channel, s.span, s.attempts}
			if last {
				a.All = s.deliveries()
			}
			return f(a)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// A Memo is one thing that a subscriber was told, or was to be told.
type Memo struct {
	Delivery
	Channel string
	Account Account // without the letter
}

// History is all that the ledger holds of one subscriber: every attempt, the
// newest event first.
func (n *Notifier) History(ctx context.Context, id string) ([]Memo, error) {
	plans, err := n.plans(ctx, "*")
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(plans, func(a, b plan) int { return cmp.Compare(b.event, a.event) }) // UUIDv7: by time
	var all []Memo
	events := map[string][]notice.Event{} // by notice
	for _, p := range plans {
		attempts, err := n.attemptsAt(ctx, p, id)
		if err != nil {
			return nil, err
		}
		if len(attempts) == 0 {
			continue
		}
		if _, ok := events[p.notice]; !ok && p.notice != "" {
			if events[p.notice], err = n.events(ctx, p.notice); err != nil {
				return nil, err
			}
		}
		t := taleOf(events[p.notice], p.event)
		if t.Event.ID == "" {
			t.Event = notice.Event{ID: p.event, Notice: p.notice, Time: p.at}
		}
		for _, d := range slices.Backward(attempts) {
			all = append(all, Memo{d, p.channel, Account{Event: t.Event, State: t.State}})
		}
	}
	return all, nil
}

// attemptsAt are the attempts of a plan at one subscriber: its shard says on
// which page they are, and a line that does not name it is not decoded.
func (n *Notifier) attemptsAt(ctx context.Context, p plan, id string) ([]Delivery, error) {
	shard := shardOf(id)
	for _, span := range split(p.count) {
		if shard < span.First || shard > span.Last {
			continue
		}
		records, err := n.linesOf(ctx, p, span.String())
		if err != nil {
			return nil, err
		}
		return attemptsIn(records, id)
	}
	return nil, nil
}

func attemptsIn(records []stream.Record, id string) ([]Delivery, error) {
	var all []Delivery
	for _, r := range records {
		if !bytes.Contains(r.Data, []byte(id)) {
			continue
		}
		var l line
		if err := json.Unmarshal(r.Data, &l); err != nil {
			return nil, fmt.Errorf("decode line %d of ledger %s: %w", r.Seq, r.Key, err)
		}
		for _, d := range l.Told {
			if d.To == id {
				d.At, d.Attempt = l.At, len(all)+1
				all = append(all, d)
			}
		}
	}
	return all, nil
}
