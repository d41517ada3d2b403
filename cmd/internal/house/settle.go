package house

import (
	"context"
	"fmt"
	"time"
)

// Settle waits until everything that follows from what has been published is
// done: followed, planned, mailed, pushed.
func (h *House) Settle(ctx context.Context) error {
	const look = 2 * time.Millisecond
	for {
		done, err := h.settled(ctx)
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until all is told: %w", ctx.Err())
		case <-time.After(look):
		}
	}
}

func (h *House) settled(ctx context.Context) (bool, error) {
	if h.plays(RoleDesk) {
		if err := h.Publisher.Settle(ctx); err != nil {
			return false, err
		}
	}
	if done, err := h.summoned(ctx); err != nil || !done {
		return false, err
	}
	last, err := h.Store.Notices.Last(ctx)
	if err != nil {
		return false, err
	}
	if err := h.Record.Wait(ctx, last); err != nil {
		return false, err
	}
	if h.plays(RolePush) {
		if done, err := h.Alerts.Settled(ctx); err != nil || !done {
			return false, err
		}
	}
	if err := h.Notifier.PlanDigests(ctx); err != nil {
		return false, err
	}
	return h.Notifier.Settled(ctx)
}
