// Package push tells everybody at once, by one write: it keeps ALERTS, the
// state of each service and mode that machines obey (Alerts), and the live
// stream that pages and programs listen to (Live).
//
// cmd builds both over the Record that its process follows, runs the one and
// serves the other. Several processes may do so over one Store. What is
// guaranteed: an alert on ALERTS follows from all that was published up to its
// source and is never overwritten by an older one; a listener hears each event
// behind the one it names, once and in order, or is let go. Nobody is counted
// here, waited for, or known by name: whoever must be told for certain is a
// subscriber of another channel.
package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// Alerts folds NOTICES into ALERTS: after each event, the state of every
// service and mode that it touches.
type Alerts struct {
	Store  *stream.Store
	Record *notifier.Record // of the same Store; somebody follows it
	Log    *slog.Logger
}

// worker is the name under which all processes share the work. It never
// changes: it holds how far they have come.
const worker = "alerts"

// behind is how long an event waits for this process's record to have it.
// Then it is given back, and a process that is not behind may take it.
const behind = 5 * time.Second

// Run keeps ALERTS until ctx ends.
func (a *Alerts) Run(ctx context.Context) error {
	p := past{record: a.Record}
	return a.Store.Notices.Work(ctx, worker, func(ctx context.Context, r stream.Record) error {
		return a.keep(ctx, &p, r.Seq)
	})
}

// Settled is whether ALERTS says all that has been published.
func (a *Alerts) Settled(ctx context.Context) (bool, error) {
	last, err := a.Store.Notices.Last(ctx)
	if err != nil {
		return false, err
	}
	worked, err := a.Store.Notices.Worked(ctx, worker)
	return worked >= last, err
}

// keep writes what follows from the event at a sequence, each alert by itself:
// done twice, or by two, it is the same. Of an event that this program does
// not understand nothing follows.
func (a *Alerts) keep(ctx context.Context, p *past, seq uint64) error {
	if err := a.reached(ctx, seq); err != nil {
		return err
	}
	p.to(seq)
	alerts := p.alerts()
	errs := make([]error, len(alerts))
	var all sync.WaitGroup
	for i, alert := range alerts {
		all.Go(func() { errs[i] = a.write(ctx, alert) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if len(alerts) > 0 {
		a.Log.Info("alerts written", "notice", p.last.Notice, "event", p.last.ID, "seq", seq)
	}
	return nil
}

// reached waits until the record holds the event at a sequence.
func (a *Alerts) reached(ctx context.Context, seq uint64) error {
	ctx, stop := context.WithTimeout(ctx, behind)
	defer stop()
	return a.Record.Wait(ctx, seq)
}

// write puts an alert behind the last one of its key, unless that one follows
// from the same event or a later one: somebody has been here, or further.
func (a *Alerts) write(ctx context.Context, alert notice.Alert) error {
	data, err := notice.AlertMessage(alert)
	if err != nil {
		return err
	}
	key := alert.Key()
	e := stream.Entry{Key: key, ID: fmt.Sprintf("%s.%d", key, alert.Source), Type: "alert", Data: data}
	for {
		source, after, err := a.last(ctx, key)
		if err != nil || source >= alert.Source {
			return err
		}
		_, err = a.Store.Alerts.Append(ctx, e, after)
		if err == nil {
			return nil
		}
		if !errors.Is(err, stream.ErrConflict) {
			return fmt.Errorf("write alert %s: %w", key, err)
		}
	}
}

// last is the source of a key's last alert and its own sequence, both 0 where
// there is none. The source is read by itself: a later program may have written
// spans that this one does not understand. What has none is of use to nobody,
// and older than any other.
func (a *Alerts) last(ctx context.Context, key string) (source, seq uint64, err error) {
	r, err := a.Store.Alerts.Latest(ctx, key)
	if errors.Is(err, stream.ErrNotFound) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	var m struct {
		Data struct {
			Source uint64 `json:"source"`
		} `json:"data"`
	}
	if err := json.Unmarshal(r.Data, &m); err != nil {
		a.Log.Error("an alert that nobody can read is replaced", "seq", r.Seq, "err", err)
	}
	return m.Data.Source, r.Seq, nil
}
