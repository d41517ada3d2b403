package notifier

import (
	"context"
	"errors"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// patience is how many connections a recipient may cost before it is deferred,
// so that one whose message breaks connections holds up nobody else.
const patience = 3

// A round is some recipients of one message, being told over all connections
// of a worker. It may be halted and gone on with.
type round struct {
	book    *book
	message Message
	lane    notice.Lane
	until   time.Time // by the house's clock: when it is too late

	mu      sync.Mutex
	queue   []Recipient    // yet to tell; guarded by mu
	feeding bool           // more may come; guarded by mu
	broken  map[string]int // connections lost, by recipient; guarded by mu
	free    int            // connections that are open, or being opened, for nobody yet; guarded by mu
	halted  bool           // guarded by mu
	err     error          // what ended the round; guarded by mu
	changed chan struct{}  // closed at the next change that somebody may wait for; guarded by mu
}

// add puts recipients into the queue. Who has not been told of the start that
// this event ends is told both in one.
func (r *round) add(before rivals, some ...Recipient) {
	for i := range some {
		some[i].Started = r.lane == notice.LaneEnd && !before.heard(some[i].Subscriber)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, some...)
	r.change()
}

// feed says that recipients will be added while others are told, until fed.
func (r *round) feed() { r.feeds(true) }

func (r *round) fed() { r.feeds(false) }

func (r *round) feeds(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.feeding = on
	r.change()
}

// change wakes those who wait. r.mu is held.
func (r *round) change() {
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

// await waits until something is true of the round, which is asked with r.mu
// held, or until ctx ends.
func (r *round) await(ctx context.Context, is func() bool) error {
	for {
		r.mu.Lock()
		if is() {
			r.mu.Unlock()
			return nil
		}
		if r.changed == nil {
			r.changed = make(chan struct{})
		}
		changed := r.changed
		r.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// room waits until there is room in the queue. The reason why a round has ended
// ends the waiting.
func (r *round) room(ctx context.Context) error {
	err := r.await(ctx, func() bool { return len(r.queue) <= ahead || r.err != nil })
	if failure := r.failure(); failure != nil {
		return failure
	}
	return err
}

// wanted waits until there is somebody in the queue for a connection: for one
// that is free, anybody; one that is yet to be opened, and is counted as free
// then, somebody for whom no other one is. False says that nobody will come.
func (r *round) wanted(ctx context.Context, free bool) bool {
	wanted := false
	err := r.await(ctx, func() bool {
		over := r.stopped() || len(r.queue) == 0 && !r.feeding
		wanted = !over && (len(r.queue) > r.free || free && len(r.queue) > 0)
		if wanted && !free {
			r.free++
		}
		return over || wanted
	})
	return err == nil && wanted
}

// counts says whether one connection more is free, or one less.
func (r *round) counts(free bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if free {
		r.free++
	} else {
		r.free--
	}
	r.change()
}

// look is how many of a queue are asked whether they may be told now.
const look = 64

// take gives the next recipient who may be told, or one who is to be deferred
// for a time above PaceWait. Without either it says how long to wait; not at
// all where there is nobody, or the round is over.
func (r *round) take(p Pacer) (to Recipient, wait time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped() {
		return Recipient{}, 0, false
	}
	some := r.queue[:min(look, len(r.queue))]
	for i, to := range some {
		var turn time.Duration
		if p != nil {
			turn = p.Admit(to)
		}
		if turn == 0 || turn > PaceWait {
			copy(r.queue[1:], r.queue[:i])
			if r.queue = r.queue[1:]; len(r.queue) == ahead/2 || len(r.queue) == 0 {
				r.change() // there is room again, or nobody is left
			}
			return to, turn, true
		}
		if wait == 0 || turn < wait {
			wait = turn
		}
	}
	r.queue = append(r.queue[len(some):], some...) // others have a turn
	return Recipient{}, wait, false
}

// more is whether take may yet give somebody.
func (r *round) more() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.stopped() && (len(r.queue) > 0 || r.feeding)
}

// left is how many are in the queue.
func (r *round) left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queue)
}

// ended is whether nobody is left, and nobody will come.
func (r *round) ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queue) == 0 && !r.feeding
}

// giveBack returns a recipient whom nobody has told to the end of the queue;
// false says that it has cost too many connections for that.
func (r *round) giveBack(to Recipient, cause error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.change()
	if errors.Is(cause, ErrBeforehand) {
		r.queue = append(r.queue, to)
		return true
	}
	if r.broken == nil {
		r.broken = map[string]int{}
	}
	r.broken[to.ID]++
	if r.broken[to.ID] >= patience {
		return false
	}
	r.queue = append(r.queue, to)
	return true
}

// spare returns a recipient whom nobody tries to tell for now.
func (r *round) spare(p Pacer, to Recipient) {
	if p != nil {
		p.Spare(to)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, to)
	r.change()
}

// over is whether nobody more is told for now.
func (r *round) over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped()
}

// stopped is over, with r.mu held.
func (r *round) stopped() bool { return r.halted || r.err != nil }

// halt lets nobody more be told for now; resume goes on.
func (r *round) halt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.halted = true
	r.change()
}

func (r *round) resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.halted = false
}

// fail ends the round. The first reason stays.
func (r *round) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
	r.change()
}

func (r *round) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}
