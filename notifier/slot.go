package notifier

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
)

// A slot is the place of one of a worker's connections, which is kept from
// message to message.
type slot struct {
	conn  Connection    // nil: none
	meter *channelMeter // of its channel, where there is a connection
	wait  time.Duration // before the next attempt to connect
	until time.Time     // by the machine's clock: no attempt before
}

// The pauses between attempts to connect.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 15 * time.Second
)

// ready is whether the slot has a connection. It tries for as long as the
// round has somebody to tell.
func (s *slot) ready(ctx context.Context, w *worker, r *round) bool {
	for s.conn == nil && r.more() && ctx.Err() == nil {
		if wait := time.Until(s.until); wait > 0 {
			pause(ctx, min(wait, glance))
			continue
		}
		conn, err := w.channel.Connect(ctx)
		if errors.Is(err, ErrNoConnection) {
			pause(ctx, glance)
			continue
		}
		if err != nil {
			w.Meter.channel(w.name).refusals.Add(1)
			s.broke(w, err)
			continue
		}
		s.conn, s.meter = conn, w.Meter.channel(w.name)
		s.meter.connects.Add(1)
		s.meter.open.Add(1)
	}
	return s.conn != nil
}

// broke closes the connection. The next attempt comes at once, and after a
// longer pause each time until a message has got through.
func (s *slot) broke(w *worker, err error) {
	s.close()
	jitter := time.Duration(rand.Int64N(int64(s.wait/2) + 1)) // that a relay is not called by all at once
	s.until = time.Now().Add(s.wait + jitter)
	w.trouble(w.name, err, s.wait)
	s.wait = min(max(2*s.wait, firstPause), longestPause)
}

func (s *slot) close() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
		s.meter.open.Add(-1)
	}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// A held job is extended until it is released.
type held struct {
	*stream.Taken
	stop, stopped chan struct{}
}

// hold extends a job from now on, often enough that the loss of one message
// does not lose the job.
func hold(t *stream.Taken, lease time.Duration) *held {
	h := &held{t, make(chan struct{}), make(chan struct{})}
	go func() {
		defer close(h.stopped)
		tick := time.NewTicker(lease * 3 / 10)
		defer tick.Stop()
		for {
			select {
			case <-h.stop:
				return
			case <-tick.C:
				_ = h.Extend(context.Background()) // if it does not arrive the job goes to somebody else, who fences us off
			}
		}
	}()
	return h
}

// release ends the extending; the job is to be answered for then.
func (h *held) release() {
	close(h.stop)
	<-h.stopped
}
