package notifier

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// glance is how often a worker in the middle of a job looks whether it still
// is its own, and whether a higher lane has something to do.
const glance = 250 * time.Millisecond

// deliver tells everybody in a round's queue. Jobs of higher lanes that come
// meanwhile are done inside: the round stops, with nothing in flight, and
// takes its page anew afterwards.
func (w *worker) deliver(ctx context.Context, r *round) error {
	for !r.ended() {
		higher := w.tellMany(ctx, r)
		err := r.failure()
		if errors.Is(err, errExpired) {
			err = w.giveUp(context.WithoutCancel(ctx), r.book, codeTooLate)
		}
		if higher == nil {
			return err
		}
		if err == nil {
			err = r.book.write(context.WithoutCancel(ctx), lineStopped, line{At: w.Now()})
		}
		for ; higher != nil; higher = w.higher(ctx, r) { // all of them, before it goes on
			w.do(ctx, higher)
		}
		if err == nil {
			err = w.again(ctx, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// again takes the page of a round that had stopped.
func (w *worker) again(ctx context.Context, r *round) error {
	ok, err := r.book.take(ctx)
	if err == nil && !ok {
		err = errMoot
	}
	r.resume()
	return err
}

// tellMany tells the round's recipients over all connections, until there is
// nobody left or it has to stop; then nothing is in flight. It may come back
// with a job of a higher lane, which it holds.
func (w *worker) tellMany(ctx context.Context, r *round) *held {
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var all sync.WaitGroup
	r.free = 0 // nobody else looks yet
	for _, s := range w.slots {
		if s.conn != nil {
			r.free++
		}
	}
	for _, s := range w.slots {
		all.Go(func() { w.tellOver(sending, s, r) })
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	return w.watch(ctx, r, done, cut)
}

// watch looks after a round until it is done: whether the page is still ours,
// whether it has become too late, whether a higher lane has something to do.
// When the round has to end, what is being sent has half a lease to come to
// its end before it is cut; when it is only halted, two leases: no end of alert
// waits longer for a relay that has fallen silent.
func (w *worker) watch(ctx context.Context, r *round, done <-chan struct{}, cut func()) (higher *held) {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	const never = 1 << 62
	late := time.AfterFunc(never, cut)
	defer late.Stop()
	end, ending := ctx.Done(), false
	for {
		arrived := w.Store.Jobs.Arrived(w.name)
		select {
		case <-done:
			return higher
		case <-end:
			r.fail(ctx.Err())
			end = nil
		case <-tick.C:
			if err := w.check(ctx, r); err != nil {
				r.fail(err)
			}
		case <-arrived:
			if w.free.Load() > 0 {
				continue // who has nothing in flight takes it sooner
			}
		}
		if higher == nil && r.failure() == nil {
			if higher = w.higher(ctx, r); higher != nil {
				late.Reset(2 * w.lease())
			}
		}
		if r.failure() != nil && !ending {
			late.Reset(w.lease() / 2)
			ending = true
		}
	}
}

// check is nil while a round may go on.
func (w *worker) check(ctx context.Context, r *round) error {
	if !w.Now().Before(r.until) {
		return errExpired
	}
	return r.book.ours(ctx, glance)
}

// higher takes a job of a higher lane than the round's, and halts the round
// for it.
func (w *worker) higher(ctx context.Context, r *round) *held {
	lanes := notice.Lanes[:max(0, slices.Index(notice.Lanes, r.lane))]
	if len(lanes) == 0 {
		return nil
	}
	t, err := w.Store.Jobs.Take(ctx, laneNames(lanes), w.name, 0)
	if err != nil || t == nil {
		return nil // the next glance sees
	}
	r.halt()
	return hold(t, w.lease())
}

// tellOver tells recipients over one connection, one after the other: the text
// of the next one's message is sent when the last one's outcome is on the
// record.
func (w *worker) tellOver(ctx context.Context, s *slot, r *round) {
	free := s.conn != nil
	for r.wanted(ctx, free) {
		free = true
		to, wait, ok := Recipient{}, time.Duration(0), s.ready(ctx, w, r)
		if ok {
			to, wait, ok = w.next(ctx, r)
		}
		if ok {
			r.counts(false)
			free = false
		}
		for ok {
			to, ok = w.tellOne(ctx, s, r, to)
		}
		if open := s.conn != nil; open != free {
			r.counts(open)
			free = open
		}
		pause(ctx, min(wait, glance))
	}
	if free {
		r.counts(false) // whoever is given back now is told by those who stay
	}
}

// next gives somebody who can be told at once; without one it says how long to
// wait. Those whose turn is far off are deferred.
func (w *worker) next(ctx context.Context, r *round) (to Recipient, wait time.Duration, ok bool) {
	if err := r.book.ours(ctx, 2*glance); err != nil {
		r.fail(err)
		return Recipient{}, 0, false
	}
	for {
		if to, wait, ok = r.take(w.pacer); !ok || wait == 0 {
			return to, wait, ok
		}
		w.put(ctx, r, to, Outcome{Status: Deferred, Code: codePaced, Next: w.Now().Add(wait)})
	}
}

// tellOne tells a recipient, and gives the next one, of whom the connection
// knows already.
func (w *worker) tellOne(ctx context.Context, s *slot, r *round, to Recipient) (next Recipient, ok bool) {
	if f, foretells := s.conn.(Foreteller); foretells && r.left() > len(w.slots) { // the last ones are shared out
		if next, _, ok = w.next(ctx, r); ok {
			f.Next(next)
		}
	}
	outcome, err := s.conn.Send(ctx, r.message, to)
	if err == nil {
		s.wait = 0
		w.put(ctx, r, to, outcome)
	} else {
		s.broke(w, err)
		if !r.giveBack(to, err) {
			w.put(ctx, r, to, Outcome{Status: Deferred, Code: codeBroken})
		}
	}
	if ok && (s.conn == nil || r.over()) { // for now nobody more is told, or not over this one
		r.spare(w.pacer, next)
		s.close()
		return Recipient{}, false
	}
	return next, ok
}

// put records an outcome; the round ends where that cannot be done.
func (w *worker) put(ctx context.Context, r *round, to Recipient, o Outcome) {
	if err := w.record(ctx, r, to, o); err != nil {
		r.fail(err)
	}
}

// record puts an outcome on the record, whatever else is to stop: what has
// been sent must be known.
func (w *worker) record(ctx context.Context, r *round, to Recipient, o Outcome) error {
	ctx = context.WithoutCancel(ctx)
	d := Delivery{To: to.ID, Status: o.Status, Code: o.Code, Reply: short(o.Reply), Started: to.Started}
	switch {
	case (d.Status == Deferred || d.Status == Unknown) && !o.Next.IsZero():
		d.Next = o.Next
	case d.Status == Deferred, d.Status == Unknown && insistent(r.lane, to.Attempt):
		d.Next = postpone(to.Attempt, w.Now())
	}
	if err := r.book.tell(ctx, d); err != nil {
		return err
	}
	return w.Subscribers.outcome(ctx, to, o, w.Now())
}

// short cuts a reply to what the ledger keeps of it.
func short(reply string) string {
	const most = 200
	if len(reply) <= most {
		return reply
	}
	cut := most
	for cut > 0 && reply[cut]&0xc0 == 0x80 { // not within a character
		cut--
	}
	return reply[:cut]
}
