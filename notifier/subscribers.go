package notifier

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// Subscribers are those who asked to be told. Several processes may share them.
type Subscribers struct {
	Keys   *stream.Keys
	Secret []byte // the house's own: without it an id says nothing about an address
}

// IDOf is the id of an address: the first half of the HMAC-SHA-256 of the
// normalised address (RFC 2104 section 5 allows the cut), so that an address
// exists once and nobody can ask who is subscribed.
func (s Subscribers) IDOf(address string) string {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte(normalise(address)))
	return hex.EncodeToString(mac.Sum(nil)[:sha256.Size/2])
}

// normalise is an address without what does not tell two apart: spaces around
// it, the case of a mailbox or of a URL's scheme and host.
func normalise(address string) string {
	address = strings.TrimSpace(address)
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return strings.ToLower(address)
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	return u.String()
}

// Add makes somebody a subscriber, or replaces what they asked for; whoever
// was suppressed is tried again, and Since stays. It gives the subscriber with
// its id. The address is checked by its channel, not here.
func (s Subscribers) Add(ctx context.Context, sub Subscriber) (Subscriber, error) {
	sub.Address = strings.TrimSpace(sub.Address)
	if sub.Address == "" || sub.Channel == "" {
		return sub, fmt.Errorf("%w: a subscriber needs an address and a channel", notice.ErrInvalid)
	}
	sub.ID = s.IDOf(sub.Address)
	return s.change(ctx, sub.ID, func(old Subscriber, known bool) (Subscriber, bool) {
		if known && !old.Since.IsZero() {
			sub.Since = old.Since
		}
		return sub, true
	})
}

// Remove erases a subscriber, address and all, and whatever was asked for it
// and not confirmed. Removing nobody is no error.
func (s Subscribers) Remove(ctx context.Context, id string) error {
	if err := s.Keys.Delete(ctx, subscriberKey(id)); err != nil {
		return err
	}
	return s.forget(ctx, id)
}

// Get is the subscriber of an id; stream.ErrNotFound if there is none.
func (s Subscribers) Get(ctx context.Context, id string) (Subscriber, error) {
	sub, _, err := s.get(ctx, id)
	return sub, err
}

func (s Subscribers) get(ctx context.Context, id string) (Subscriber, uint64, error) {
	pair, err := s.Keys.Get(ctx, subscriberKey(id))
	if err != nil {
		return Subscriber{}, 0, fmt.Errorf("get subscriber %s: %w", id, err)
	}
	sub, err := readSubscriber(pair)
	return sub, pair.Revision, err
}

// change writes a subscriber over what it was, checked; not where f says no.
func (s Subscribers) change(ctx context.Context, id string, f func(old Subscriber, known bool) (Subscriber, bool)) (Subscriber, error) {
	for {
		old, revision, err := s.get(ctx, id)
		known := err == nil
		if err != nil && !errors.Is(err, stream.ErrNotFound) {
			return old, err
		}
		sub, wanted := f(old, known)
		if !wanted {
			return sub, nil
		}
		value, err := json.Marshal(sub)
		if err != nil {
			return sub, fmt.Errorf("encode subscriber %s: %w", id, err)
		}
		if known {
			_, err = s.Keys.Update(ctx, subscriberKey(id), value, revision)
		} else {
			_, err = s.Keys.Create(ctx, subscriberKey(id), value, 0)
		}
		if !errors.Is(err, stream.ErrConflict) {
			return sub, err
		}
	}
}

// Walk hands to f every subscriber of a span of shards, until nobody is left.
// One who changes meanwhile comes again, as changed.
func (s Subscribers) Walk(ctx context.Context, span Span, f func(Subscriber) error) error {
	var filters []string
	if span != whole {
		for shard := span.First; shard <= span.Last; shard++ {
			filters = append(filters, fmt.Sprintf("%03d.>", shard))
		}
	}
	return s.Keys.Scan(ctx, filters, func(pair stream.Pair) error {
		if strings.HasPrefix(pair.Key, pendingPrefix) {
			return nil // who has only asked is no subscriber
		}
		sub, err := readSubscriber(pair)
		if err != nil {
			return err
		}
		return f(sub)
	})
}

func subscriberKey(id string) string { return fmt.Sprintf("%03d.%s", shardOf(id), id) }

func readSubscriber(pair stream.Pair) (Subscriber, error) {
	var sub Subscriber
	if err := jsonv2.Unmarshal(pair.Value, &sub); err != nil {
		return sub, fmt.Errorf("decode subscriber %s: %w", pair.Key, err)
	}
	return sub, nil
}

// StaffOf are the bureaus' mailboxes as subscribers: a bureau is told what its
// staff must know.
func StaffOf(bureaus notice.Bureaus, channel string) []Subscriber {
	var staff []Subscriber
	for code, b := range bureaus {
		if b.Mailbox != "" {
			staff = append(staff, Subscriber{Channel: channel, Address: b.Mailbox, Bureau: code, Wants: []Want{WantStaff}})
		}
	}
	return staff
}

// Count is how many subscribers there are, over all channels.
func (s Subscribers) Count(ctx context.Context) (uint64, error) {
	all, err := s.Keys.Count(ctx)
	if err != nil {
		return 0, err
	}
	pending, err := s.Keys.CountOf(ctx, pendingPrefix+">")
	return all - min(all, pending), err
}
