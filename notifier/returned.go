package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/stream"
)

// lineReturned is a line on the back of a page: what somebody has said of a
// message after it was sent.
const lineReturned lineType = "returned"

// backOf is the key of the back of a page for a subscriber, and for all with the
// id "*": subjects of their own. A report comes whenever it likes, perhaps
// before the outcome of its own message is on the record, and thousands may come
// while a worker is on the page. There it meets nobody: no holder, no deferral,
// no end of alert sees it, and in whatever order both sides are written, they
// say the same when they are read together. A back is cut into sixteen, so that
// a line is written without reading hundreds.
func backOf(key, id string) string {
	part := "*"
	if len(id) > 2 {
		part = id[2:3] // the first two are the shard's
	}
	return key + ".back." + part
}

// Returned puts on the record what somebody has said of a message after it was
// sent: that it came back (Bounced, Refused) or arrived (Delivered). Any other
// status is nothing. Saying it again changes nothing; whoever says that it came
// back has the last word, since a mailbox may be forwarded.
//
// A subscriber whose mail came back for itself is counted (Subscribers.Bounced),
// once a message. Where the ledger knows nothing of the message, by age or since
// it belonged to no event, what is for good counts all the same.
func (n *Notifier) Returned(ctx context.Context, channel, event, subscriber string, o Outcome) error {
	if !came(o.Status) && o.Status != Delivered {
		return nil
	}
	log := n.Log.With("channel", channel, "event", event, "subscriber", subscriber, "status", o.Status)
	key, err := n.backFor(ctx, channel, event, subscriber)
	if errors.Is(err, stream.ErrNotFound) {
		log.Info("reported back, of a message that is not in the ledger")
		if !o.Suppress || o.Status != Bounced {
			return nil
		}
		return n.Subscribers.Bounced(ctx, subscriber, o.Code, true, n.Now())
	}
	if err != nil {
		return err
	}
	news, err := n.turnOver(ctx, key, subscriber, o)
	if err == nil && news {
		log.Info("reported back")
	}
	return err
}

// backFor is the key of the back of a subscriber's page; stream.ErrNotFound
// where there is no such page.
func (n *Notifier) backFor(ctx context.Context, channel, event, subscriber string) (string, error) {
	p, err := n.planOf(ctx, pageKey(channel, event, planSpan))
	if err != nil {
		return "", err
	}
	shard := shardOf(subscriber)
	for _, span := range split(p.count) {
		if span.First <= shard && shard <= span.Last {
			return backOf(p.page(span.String()), subscriber), nil
		}
	}
	return "", fmt.Errorf("%s was told to nobody: %w", event, stream.ErrNotFound)
}

// turnOver writes an outcome on the back of a page, unless it is there. The
// subscriber is counted first: what is not written is counted again, which is
// better than not at all.
func (n *Notifier) turnOver(ctx context.Context, key, subscriber string, o Outcome) (news bool, err error) {
	d := Delivery{To: subscriber, Status: o.Status, Code: o.Code, Reply: short(o.Reply)}
	l := line{At: n.Now(), Told: []Delivery{d}}
	data, err := json.Marshal(l)
	if err != nil {
		return false, fmt.Errorf("encode line for ledger %s: %w", key, err)
	}
	entry := stream.Entry{Key: key, ID: strings.Join([]string{"returned", key, subscriber, string(o.Status)}, "/"), Type: string(lineReturned), Data: data}
	for counted := false; ; {
		back, err := n.back(ctx, key)
		if err != nil || !outdoes(o.Status, back.told[subscriber].Status) {
			return false, err
		}
		if o.Status == Bounced && !counted {
			if err := n.Subscribers.Bounced(ctx, subscriber, o.Code, o.Suppress, l.At); err != nil {
				return false, err
			}
			counted = true
		}
		_, err = n.Store.Ledger.Append(ctx, entry, back.seq)
		if !errors.Is(err, stream.ErrConflict) {
			return err == nil, err
		}
	}
}

// outdoes is whether a report says more than the last one.
func outdoes(status, last Status) bool { return last == "" || last == Delivered && came(status) }

// came is whether a message came back.
func came(status Status) bool { return status == Bounced || status == Refused }

// back reads the back of a page, or a part of it.
func (n *Notifier) back(ctx context.Context, key string) (*page, error) {
	records, err := n.Store.Ledger.Read(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("read ledger %s: %w", key, err)
	}
	p := &page{}
	return p, p.read(records)
}

// turn lays the back of a page over what it says of those who were told.
func (p *page) turn(back *page) {
	for id, d := range back.told {
		if was, told := p.told[id]; told && (was.Status == Sent || was.Status == Unknown) {
			d.Attempt, d.Started = was.Attempt, was.Started
			p.told[id] = d
		}
	}
}

// Planned are the events that have been planned on a channel, as far back as
// the ledger goes, by id.
func (n *Notifier) Planned(ctx context.Context, channel string) ([]string, error) {
	keys, err := n.Store.Ledger.Keys(ctx, pageKey(channel, "*", planSpan))
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		keys[i] = strings.Split(key, ".")[1]
	}
	return slices.Clip(keys), nil
}
