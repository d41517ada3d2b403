// Package notifier tells people about notices. It reads events from the stream
// and hands each one to every channel.
//
// cmd builds a Notifier and runs it; the channels (email, push) live in
// packages of their own and are handed in. The way of an event:
//
//   - A planner, one a channel, reads NOTICES in order (plan.go). It writes to
//     the ledger into how many spans of subscribers the event is cut, then
//     pushes a job a span into the lane of the event's act. Where a letter goes
//     with it, the job that makes the letter (letter.go) does that.
//   - A worker takes a job (worker.go), looking at the lanes in order, and
//     takes its page of the ledger (book.go): that fences off whoever held it.
//     It finds who is concerned and has no outcome yet (telling.go, audience.go)
//     and tells them over its connections (deliver.go, round.go). A connection
//     sends its next message when the last one's outcome is in the ledger.
//   - An end first makes what it ends stop (rival.go, moot.go), and tells those
//     who have not heard of the start both in one.
//   - Who asks to be told is asked to confirm (ask.go, pending.go): a job of the
//     highest lane, of one recipient, that goes the same way.
//   - Staff are told what waits for them (slip.go): a job of the staff's lane,
//     of a few recipients, that goes the same way.
//   - Who wants to be told once a day is told by a digest (digest.go), which
//     goes the same way.
//   - Who was deferred is told again when the time has come (revisit.go); what
//     is given up lies in DEAD, and can be revived (dead.go). What comes back
//     of a message later is written on the back of its page (returned.go). What
//     became of everybody is a sum over the ledger (proof.go); whether that is
//     what was planned, a probe looks (probe.go). An event that is long over is
//     folded into one object, from which the same is read (fold.go).
//
// What is guaranteed: whatever is killed at whatever instant, nobody is left
// out, and a message is repeated for at most those who were being told just
// then, one a connection, under the same key. What was sent is known by an
// append, never by an acknowledgement. No address stands in the ledger, a log
// or a subject.
package notifier

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Notifier is the public's side of one process. Several may share a Store.
type Notifier struct {
	Store       *stream.Store
	Catalogue   notice.Catalogue
	Subscribers Subscribers
	// Bulk are the names of all bulk channels of the house, whichever process
	// works them: a letter that has been made is planned on each.
	Bulk    []string
	Teams   []Team   // the channels that this process works
	Letters *Letters // nil: this process makes no letters
	Now     func() time.Time
	Log     *slog.Logger
	// Slips says what staff are told of, at the moment of telling; ErrMoot where
	// nothing waits any more. A process that works a bulk channel needs it.
	Slips func(ctx context.Context, id string, o SlipOrder) (Slip, error)
	// Fold is for how long an event that is over stays on the ledger line by
	// line before it is folded into PROOFS: stream.FoldAfter if 0.
	Fold time.Duration
	// Lease is for how long a job is lent, the Store's AckWait: 5 s if 0.
	Lease time.Duration

	Meter Meter // what this process has done

	press   press
	digests sync.Map // by channel: the last one that this process has planned
	quiet   sync.Map // by channel: when trouble with its connections was last logged
}

// A Team works one channel in this process.
type Team struct {
	Channel     Channel
	Workers     int // jobs at a time; 2 if 0
	Connections int // a worker; 8 if 0
}

// Run tells people until ctx ends. What it was doing then is put back, and
// everything it started has ended when it returns.
func (n *Notifier) Run(ctx context.Context) error {
	var all sync.WaitGroup
	if n.Letters != nil {
		all.Go(func() { n.planLetters(ctx) })
		all.Go(func() { n.writer().run(ctx) })
	}
	for _, team := range n.Teams {
		all.Go(func() { n.planEvents(ctx, team.Channel.Name()) })
		free := new(atomic.Int32)
		for range cmp.Or(team.Workers, 2) {
			w := n.teller(team)
			w.free = free
			all.Go(func() { w.run(ctx) })
		}
	}
	all.Go(func() { n.revisit(ctx) })
	all.Go(func() { n.sweep(ctx) })
	all.Go(func() { n.foldOld(ctx) })
	all.Wait()
	return ctx.Err()
}

// teller is a worker that tells people.
func (n *Notifier) teller(t Team) *worker {
	w := &worker{Notifier: n, name: t.Channel.Name(), channel: t.Channel, free: new(atomic.Int32)}
	w.work = w.tellSpan
	w.pacer, _ = t.Channel.(Pacer)
	for range cmp.Or(t.Connections, 8) {
		w.slots = append(w.slots, &slot{})
	}
	return w
}

// writer is a worker that makes letters.
func (n *Notifier) writer() *worker {
	w := &worker{Notifier: n, name: letterChannel, free: new(atomic.Int32)}
	w.work = w.makeLetter
	return w
}

func (n *Notifier) lease() time.Duration { return cmp.Or(n.Lease, 5*time.Second) }

// trouble logs that a channel's connections fail, now and then.
func (n *Notifier) trouble(channel string, err error, wait time.Duration) {
	const often = 10 * time.Second
	last, _ := n.quiet.Load(channel)
	if at, ok := last.(time.Time); ok && time.Since(at) < often {
		return
	}
	n.quiet.Store(channel, time.Now())
	if errors.Is(err, ErrUnwanted) {
		n.Log.Error("will retry, and a person must act", "channel", channel, "wait", wait, "err", err)
		return
	}
	n.Log.Warn("connection lost, will retry", "channel", channel, "wait", wait, "err", err)
}
