package notifier

import (
	"context"
	"strings"
	"time"
)

// An address that bounces without being dead (its mailbox is full, its server
// refuses it) is left in peace for a while, once it has done so for several
// events in a row.
const (
	softBounces = 3
	softRest    = 30 * 24 * time.Hour
)

// Bounced notes that an event's message to a subscriber came back with a
// reply's code. A hard bounce suppresses the address until it is confirmed
// again; soft ones do so for 30 days from the third in a row on, and each that
// follows without a message that was taken. A reply about policy (5.7.x) is
// about us, and counts for nothing. Nobody is no error.
func (s Subscribers) Bounced(ctx context.Context, id, code string, hard bool, at time.Time) error {
	if ofPolicy(code) {
		return nil
	}
	_, err := s.change(ctx, id, func(old Subscriber, known bool) (Subscriber, bool) {
		forGood := old.Suppressed.On(at) && old.Suppressed.Until.IsZero()
		if !known || forGood {
			return old, false // what was said first stays
		}
		if hard {
			old.Suppressed = Suppression{At: at, Code: code}
			return old, true
		}
		old.Bounces = min(old.Bounces+1, softBounces)
		if old.Bounces == softBounces {
			old.Suppressed = Suppression{At: at, Code: code, Until: at.Add(softRest)}
		}
		return old, true
	})
	return err
}

// ofPolicy is whether a reply's code is about policy: its enhanced status code
// is 5.7.x (RFC 3463 section 3.8).
func ofPolicy(code string) bool {
	for word := range strings.FieldsSeq(code) {
		if strings.HasPrefix(word, "5.7.") {
			return true
		}
	}
	return false
}

// accepted ends a row of bounces: a message was taken.
func (s Subscribers) accepted(ctx context.Context, id string) error {
	_, err := s.change(ctx, id, func(old Subscriber, known bool) (Subscriber, bool) {
		changes := known && old.Bounces > 0
		old.Bounces = 0
		return old, changes
	})
	return err
}

// outcome keeps of a message's outcome what matters for the next one. A
// message that is taken costs a write only after one that came back.
func (s Subscribers) outcome(ctx context.Context, to Recipient, o Outcome, at time.Time) error {
	switch {
	case o.Suppress, o.Status == Bounced:
		return s.Bounced(ctx, to.ID, o.Code, o.Suppress, at)
	case o.Status == Sent && to.Bounces > 0:
		return s.accepted(ctx, to.ID)
	}
	return nil
}
