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
	// reportWithin is how long after a message was taken it may yet come back: a
	// relay tries for five days (RFC 5321 section 4.5.4.1).
	reportWithin = 5 * 24 * time.Hour
)

// A Row is a row of bounces: messages that came back, one event after the other.
type Row struct {
	Count int       `json:"count"`
	Late  bool      `json:"late,omitzero"`  // the last one was taken first, and came back afterwards
	Taken time.Time `json:"taken,omitzero"` // since when messages have been taken again
}

// Bounced notes that an event's message to a subscriber, which had been taken,
// came back with a reply's code. A hard bounce suppresses the address until it
// is confirmed again; soft ones do so for 30 days from the third in a row on,
// and each that follows. A reply about policy (5.7.x) is about us, and counts
// for nothing. Nobody is no error.
func (s Subscribers) Bounced(ctx context.Context, id, code string, hard bool, at time.Time) error {
	return s.bounced(ctx, id, Suppression{At: at, Code: code}, hard, true)
}

// bounced is Bounced; late says whether the message had been taken first.
func (s Subscribers) bounced(ctx context.Context, id string, why Suppression, hard, late bool) error {
	if ofPolicy(why.Code) {
		return nil
	}
	_, err := s.change(ctx, id, func(old Subscriber, known bool) (Subscriber, bool) {
		if !known || old.Suppressed.On(why.At) && old.Suppressed.Until.IsZero() {
			return old, false // what was said first stays
		}
		if hard {
			old.Suppressed = why
			return old, true
		}
		old.Bounces = Row{Count: min(old.Bounces.Count+1, softBounces), Late: late}
		if old.Bounces.Count == softBounces {
			why.Until = why.At.Add(softRest)
			old.Suppressed = why
		}
		return old, true
	})
	return err
}

// accepted notes that a message was taken after some that came back. It ends
// the row, unless these had been taken too: then only if no report comes for as
// long as one may.
func (s Subscribers) accepted(ctx context.Context, id string, at time.Time) error {
	_, err := s.change(ctx, id, func(old Subscriber, known bool) (Subscriber, bool) {
		row := old.Bounces
		switch {
		case !known || row.Count == 0:
			return old, false
		case row.Late && row.Taken.IsZero():
			old.Bounces.Taken = at
		case row.Late && at.Sub(row.Taken) < reportWithin:
			return old, false
		default:
			old.Bounces = Row{}
		}
		return old, true
	})
	return err
}

// outcome keeps of a message's outcome what matters for the next one. A
// message that is taken costs nothing but after one that came back.
func (s Subscribers) outcome(ctx context.Context, to Recipient, o Outcome, at time.Time) error {
	switch {
	case o.Suppress, o.Status == Bounced:
		return s.bounced(ctx, to.ID, Suppression{At: at, Code: o.Code}, o.Suppress, false)
	case o.Status == Sent && to.Bounces.Count > 0:
		return s.accepted(ctx, to.ID, at)
	}
	return nil
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
