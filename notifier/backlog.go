package notifier

import (
	"context"
	"errors"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
)

// A Backlog is what a planner has not come to.
type Backlog struct {
	Channel string
	Events  uint64
	Since   time.Time // by the broker: of the oldest; zero for none
}

// Backlogs are those of all channels of the house, whichever process plans
// them, and of the letters.
func (n *Notifier) Backlogs(ctx context.Context) ([]Backlog, error) {
	last, err := n.Store.Notices.Last(ctx)
	if err != nil {
		return nil, err
	}
	var all []Backlog
	for _, name := range append([]string{letterChannel}, n.Bulk...) {
		worked, err := n.Store.Notices.Worked(ctx, name)
		if err != nil {
			return nil, err
		}
		b := Backlog{Channel: name, Events: last - min(worked, last)}
		if b.Events > 0 {
			r, err := n.Store.Notices.After(ctx, worked)
			if err != nil && !errors.Is(err, stream.ErrNotFound) {
				return nil, err
			}
			b.Since = r.Time
		}
		all = append(all, b)
	}
	return all, nil
}
