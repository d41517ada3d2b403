package notifier

import (
	"context"
	"time"
)

// Bounced notes that a subscriber's mail has come back, with the reply's code.
// An address that is dead for good (hard) gets nothing more until it is
// confirmed again. Nobody of that id is no error: one who has left needs no
// suppression.
func (s Subscribers) Bounced(ctx context.Context, id, code string, hard bool, at time.Time) error {
	if !hard {
		return nil
	}
	_, err := s.change(ctx, id, func(old Subscriber, known bool) (Subscriber, bool) {
		again := !old.Suppressed.At.IsZero() && old.Suppressed.Until.IsZero()
		old.Suppressed = Suppression{At: at, Code: code}
		return old, known && !again
	})
	return err
}
