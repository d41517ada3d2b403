package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
)

// A DeadJob is a job that was given up, and what a person should know of it.
type DeadJob struct {
	Key     string // <channel>.<event>.<span>; for Revive
	Channel string
	Event   string
	Span    string // "plan" where the event itself was not understood
	Notice  string // whose event it is; "" where it told of something else
	Letter  bool   // it was to make a letter
	Reason  string
	Time    time.Time // when it was given up, by the broker
}

// revivedType marks in DEAD that what lies before has been taken out again.
const revivedType = "revived"

// DeadJobs are those given up that nobody has revived.
func (n *Notifier) DeadJobs(ctx context.Context) ([]DeadJob, error) {
	keys, err := n.Store.Dead.Keys(ctx, "")
	if err != nil {
		return nil, err
	}
	var dead []DeadJob
	for _, key := range keys {
		r, err := n.Store.Dead.Latest(ctx, key)
		if err != nil {
			return nil, err
		}
		if r.Type == revivedType {
			continue
		}
		dropped, err := stream.ReadDropped(r)
		if err != nil {
			return nil, err
		}
		var o order
		_ = json.Unmarshal(dropped.Data, &o) // what cannot be read names no notice
		dead = append(dead, DeadJob{key, dropped.Channel, dropped.Event, dropped.Span, o.Notice, dropped.Channel == letterChannel, dropped.Reason, r.Time})
	}
	return dead, nil
}

// Revive does a job again that was given up: whoever has got the message stays
// told, everybody else is tried anew. ErrNotFound if nothing dead lies there.
func (n *Notifier) Revive(ctx context.Context, key string) error {
	last, err := n.Store.Dead.Latest(ctx, key)
	if err != nil {
		return err
	}
	if last.Type == revivedType {
		return fmt.Errorf("revive %s: %w: it has been revived", key, stream.ErrNotFound)
	}
	dropped, err := stream.ReadDropped(last)
	if err != nil {
		return err
	}
	if err := n.reopen(ctx, dropped.Job, last); err != nil {
		return fmt.Errorf("revive %s: %w", key, err)
	}
	// Last, so that a revival that fails half way can be asked for again.
	e := stream.Entry{Key: key, ID: "revived/" + last.ID, Type: revivedType, Data: last.Data}
	if _, err := n.Store.Dead.Append(ctx, e, last.Seq); err != nil {
		return fmt.Errorf("revive %s: %w", key, err)
	}
	n.Log.Info("revived", "channel", dropped.Channel, "event", dropped.Event, "span", dropped.Span)
	return nil
}

// reopen forgives the page of a dead job and pushes the job again; an event
// that was not understood is planned, if it is by now.
func (n *Notifier) reopen(ctx context.Context, job stream.Job, dead stream.Record) error {
	if job.Span == planSpan {
		return n.planAgain(ctx, job)
	}
	b, err := n.openPage(ctx, job.Channel, job.Event, job.Span)
	if err != nil {
		return err
	}
	if b.folded {
		return fmt.Errorf("%w: the event is long over, and what was told of it lies in PROOFS; publish what is still to be said", ErrPermanent)
	}
	if page := b.view(); page.moot() {
		return fmt.Errorf("%w: another event has made it moot", ErrPermanent)
	}
	if err := b.write(ctx, lineRevived, line{At: n.Now()}); err != nil {
		return err
	}
	job.ID = "revived/" + dead.ID
	return n.Store.Jobs.Push(ctx, job)
}

// planAgain finds an event that was given up by its planner on the record.
func (n *Notifier) planAgain(ctx context.Context, job stream.Job) error {
	var order order
	if err := json.Unmarshal(job.Data, &order); err != nil {
		return err
	}
	records, err := n.Store.Notices.Read(ctx, order.Notice)
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.ID != job.Event {
			continue
		}
		if job.Channel == letterChannel {
			return n.planLetter(ctx, r)
		}
		return n.planEvent(ctx, job.Channel, r)
	}
	return fmt.Errorf("event %s: %w", job.Event, stream.ErrNotFound)
}

// bury puts into DEAD what no job was made of.
func (n *Notifier) bury(ctx context.Context, job stream.Job, reason string) error {
	data, err := json.Marshal(stream.Dropped{Job: job, Reason: reason})
	if err != nil {
		return err
	}
	key := pageKey(job.Channel, job.Event, job.Span)
	e := stream.Entry{Key: key, ID: "dead/" + key, Type: "dropped", Data: data}
	_, err = n.Store.Dead.Append(ctx, e, 0)
	if errors.Is(err, stream.ErrConflict) {
		return nil // it lies there
	}
	return err
}
