package notifier

import (
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

	mu     sync.Mutex
	queue  []Recipient    // yet to tell; guarded by mu
	broken map[string]int // connections lost, by recipient; guarded by mu
	halted bool           // guarded by mu
	err    error          // what ended the round; guarded by mu
}

// add puts a recipient into the queue. Who has not been told of the start that
// this event ends is told both in one.
func (r *round) add(to Recipient, before rivals) {
	to.Started = r.lane == notice.LaneEnd && !before.heard(to.Subscriber)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, to)
}

// look is how many of a queue are asked whether they may be told now.
const look = 64

// take gives the next recipient who may be told, or one who is to be deferred
// for a time above PaceWait. Without either it says how long to wait; not at
// all where there is nobody, or the round is over.
func (r *round) take(p Pacer) (to Recipient, wait time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.halted || r.err != nil {
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
			r.queue = r.queue[1:]
			return to, turn, true
		}
		if wait == 0 || turn < wait {
			wait = turn
		}
	}
	r.queue = append(r.queue[len(some):], some...) // others have a turn
	return Recipient{}, wait, false
}

// more is whether take would give somebody.
func (r *round) more() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.halted && r.err == nil && len(r.queue) > 0
}

// left is how many are yet to be told.
func (r *round) left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queue)
}

// giveBack returns a recipient whom nobody has told to the end of the queue;
// false says that it has cost too many connections for that.
func (r *round) giveBack(to Recipient, cause error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
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
}

// over is whether nobody more is told for now.
func (r *round) over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.halted || r.err != nil
}

// halt lets nobody more be told for now; resume goes on.
func (r *round) halt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.halted = true
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
}

func (r *round) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}
