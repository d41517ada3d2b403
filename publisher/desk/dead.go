package desk

import (
	"context"
	"fmt"
	"time"
)

// Work is what was given up of telling the public. cmd fills it.
type Work interface {
	// Dead are the jobs that were given up and that nobody has revived.
	Dead(ctx context.Context) ([]DeadJob, error)
	// Revive does one again; notice.ErrNotFound if none of that key is dead,
	// notice.ErrConflict if it would come to nothing.
	Revive(ctx context.Context, key string) error
}

// A DeadJob is work that was given up.
type DeadJob struct {
	Key     string    `json:"key"` // for Revive
	Channel string    `json:"channel"`
	Event   string    `json:"event"`
	Notice  string    `json:"notice,omitzero"` // none where it told of something else
	Letter  bool      `json:"letter,omitzero"` // it was to make a letter
	Reason  string    `json:"reason"`
	Time    time.Time `json:"time"`
}

// A Revival names what is to be done again.
type Revival struct {
	Key string `json:"key"`
}

// dead answers what was given up.
func (d *Desk) dead(c call) (any, error) {
	all, err := d.Work.Dead(c.Context())
	if all == nil {
		all = []DeadJob{}
	}
	return all, err
}

// revive does again what was given up.
func (d *Desk) revive(c call) (any, error) {
	var r Revival
	if err := c.read(&r); err != nil {
		return nil, err
	}
	if r.Key == "" {
		return nil, fmt.Errorf("%w: send {\"key\": …}, as GET /api/dead names it", errRequest)
	}
	if err := d.Work.Revive(c.Context(), r.Key); err != nil {
		return nil, err
	}
	d.Log.Info("work revived", "account", c.who.ID, "key", r.Key)
	return nil, nil
}

// Dead are the jobs that were given up and that nobody has revived.
func (c Client) Dead(ctx context.Context) ([]DeadJob, error) {
	return ask[[]DeadJob](ctx, c, request{method: "GET", path: "/api/dead"})
}

// Revive does one again: notice.ErrNotFound if none of that key is dead,
// notice.ErrConflict if it would come to nothing.
func (c Client) Revive(ctx context.Context, key string) error {
	_, err := ask[any](ctx, c, request{method: "POST", path: "/api/dead/revive", body: Revival{key}})
	return err
}
