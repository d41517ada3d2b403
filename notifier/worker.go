package notifier

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// failures is how often a job may fail by itself before it is given up.
const maxFailures = 5

// A fault is a failure of a job, not of the world around it: it is counted.
type fault struct{ error }

func (f fault) Unwrap() error { return f.error }

// errExpired says that some could not be told as long as it mattered.
var errExpired = errors.New("some could not be told in time")

// A worker takes one job at a time, over all lanes of its channel, and tells
// over its own connections, which it keeps from job to job.
type worker struct {
	*Notifier
	name    string // of the channel
	work    func(context.Context, *book, stream.Job) error
	channel Channel // nil for letters
	pacer   Pacer   // the channel; nil where it is none
	slots   []*slot
	free    *atomic.Int32 // workers of the channel in this process with nothing to do
}

// run works until ctx ends. What it holds then it puts back. With nothing to
// do for a while it leaves the relay, which would hang up by itself.
func (w *worker) run(ctx context.Context) {
	defer w.hangUp()
	for ctx.Err() == nil {
		w.free.Add(1)
		t, err := w.Store.Jobs.Take(ctx, laneNames(notice.Lanes), w.name, 2*w.lease())
		w.free.Add(-1)
		if err != nil && ctx.Err() == nil {
			w.Log.Warn("no job to be had, will retry", "channel", w.name, "err", err)
			pause(ctx, time.Second)
		}
		if t != nil {
			w.do(ctx, hold(t, w.lease()))
		} else {
			w.hangUp()
		}
	}
}

func (w *worker) hangUp() {
	for _, s := range w.slots {
		s.close()
	}
}

// do works on a job and answers for it: the one place that says done, again,
// or never.
func (w *worker) do(ctx context.Context, h *held) {
	err := w.perform(ctx, h.Taken)
	h.release()
	log := w.Log.With("channel", h.Channel, "event", h.Event, "span", h.Span)
	meter := w.Meter.lane(h.Channel, h.Lane)
	meter.taken.Add(1)
	answer, stop := context.WithTimeout(context.WithoutCancel(ctx), w.lease())
	defer stop()
	var busy inHand
	switch {
	case err == nil:
		meter.done.Add(1)
		err = h.Done(answer)
	case errors.As(err, &busy):
		log.Debug("in hand of another worker", "wait", busy.wait)
		err = h.Retry(answer, busy.wait)
	case errors.Is(err, errFenced):
		log.Warn("taken over by another worker")
		return // it answers
	case errors.Is(err, errExpired):
		log.Error("given up", "err", err)
		meter.dead.Add(1)
		err = h.Drop(answer, err.Error())
	case ctx.Err() != nil:
		err = h.Retry(answer, 0)
	default:
		err = w.failed(answer, h.Taken, err)
	}
	if err != nil {
		log.Warn("no answer for the job, it comes again", "err", err)
	}
}

// failed counts a failure, and decides between again and never.
func (w *worker) failed(ctx context.Context, t *stream.Taken, cause error) error {
	log := w.Log.With("channel", t.Channel, "event", t.Event, "span", t.Span, "err", cause)
	if !errors.As(cause, new(fault)) {
		log.Warn("will retry", "wait", time.Second)
		return t.Retry(ctx, time.Second)
	}
	b, err := w.openPage(ctx, t.Channel, t.Event, t.Span)
	if err != nil {
		return err
	}
	n := b.view().failures + 1
	w.Meter.lane(t.Channel, t.Lane).failed.Add(1)
	if err := b.write(ctx, lineFailed, line{At: w.Now(), Reason: cause.Error()}); err != nil {
		return err
	}
	if n < maxFailures && !errors.Is(cause, ErrPermanent) {
		wait := time.Duration(n*n) * time.Second
		log.Warn("will retry", "attempt", n, "wait", wait)
		return t.Retry(ctx, wait)
	}
	log.Error("given up", "attempt", n)
	w.Meter.lane(t.Channel, t.Lane).dead.Add(1)
	if err := b.write(ctx, lineDead, line{At: w.Now(), Reason: cause.Error()}); err != nil {
		return err
	}
	return t.Drop(ctx, cause.Error())
}

// perform takes the job's page, works on it, and leaves it with nothing in
// flight.
func (w *worker) perform(ctx context.Context, t *stream.Taken) error {
	b, err := w.openPage(ctx, t.Channel, t.Event, t.Span)
	if err != nil {
		return err
	}
	if asks(t.Job) != "" || slipOf(t.Job) != nil {
		b.life = askKept
	}
	b.meter, b.since = w.Meter.lane(t.Channel, t.Lane), stream.TimeOf(t.Event)
	if err := w.idle(ctx, b.view()); err != nil {
		return err
	}
	if ok, err := b.take(ctx); err != nil || !ok {
		return err
	}
	err = w.work(ctx, b, t.Job)
	if page := b.view(); err != nil && page.holder != "" && !errors.Is(err, errFenced) {
		calm, stop := context.WithTimeout(context.WithoutCancel(ctx), w.lease())
		defer stop()
		if stopErr := b.write(calm, lineStopped, line{At: w.Now()}); stopErr != nil {
			return errors.Join(err, stopErr)
		}
	}
	if errors.Is(err, errMoot) {
		return nil // whatever made it so tells what there is to tell
	}
	return err
}

// inHand says that whoever holds a job has written a moment ago.
type inHand struct{ wait time.Duration }

func (inHand) Error() string { return "in hand of another worker" }

// idle is nil where a page has no holder, or one that has not written for as
// long as a job is lent. A broker that is killed forgets to whom it has lent
// its jobs: it gives them to somebody else while their holders tell on, and each
// of these, fenced off, would lose what it has just told on every connection.
func (w *worker) idle(ctx context.Context, p page) error {
	if p.holder == "" {
		return nil
	}
	now, err := w.Store.Time(ctx)
	if err != nil {
		return err
	}
	wait := w.lease() - now.Sub(p.written)
	if wait <= 0 || wait > 2*w.lease() { // the clocks of a cluster may differ
		return nil
	}
	return inHand{wait}
}
