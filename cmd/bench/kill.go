package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/sink"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
)

// The processes that are killed. The planner is not one by itself: whichever
// sender comes first plans an event, so both are killed just after one was
// published.
const (
	victimSender  = "sender"
	victimPlanner = "planner"
	victimBroker  = "broker"
)

var victims = []string{victimSender, victimPlanner, victimBroker}

// A kill is one or more processes ended by SIGKILL.
type kill struct {
	victim string
	relays []int // of the senders that were killed
	open   int   // connections that mails may have been under way on
	at     time.Time
	gone   time.Time
}

// A killing kills processes of a rig at random while mails flow.
type killing struct {
	*rig
	tally   *tally
	width   int           // events under way at a time
	gap     time.Duration // longest from mails that flow to the next kill
	fell    int           // processes that ended without being killed
	kills   []kill
	feeding sync.WaitGroup
	failed  atomic.Pointer[error] // of the feeder

	mu     sync.Mutex // held while something is published
	events []notice.Event
}

// benchKill kills the processes of a house at random while mails flow, and
// counts what was lost or repeated.
func benchKill(flags *flag.FlagSet) measure {
	n := flags.Int("n", 1000, "how many kills")
	subscribers := flags.Int("subscribers", 500, "how many are told of each event")
	lease := flags.Duration("lease", 300*time.Millisecond, "for how long a job is lent to a sender")
	gap := flags.Duration("gap", 100*time.Millisecond, "longest time between mails that flow again and the next kill")
	return func(ctx context.Context) ([]Row, error) {
		r, err := newRig(ctx, *lease, "")
		if err != nil {
			return nil, err
		}
		defer r.close()
		k := &killing{rig: r, tally: newTally(*subscribers), width: 3, gap: max(1, *gap)}
		start := time.Now()
		if err := k.play(ctx, *n); err != nil {
			return nil, fmt.Errorf("after %d kills: %w\n%s", len(k.kills), err, r.said())
		}
		return k.rows(ctx, time.Since(start))
	}
}

// play starts two senders, kills n times, and lets everything come to its end.
func (k *killing) play(ctx context.Context, n int) error {
	if err := k.subscribe(ctx, len(k.tally.ids)); err != nil {
		return err
	}
	for i := range 2 {
		if err := k.addSender(sink.Config{Forget: true, Log: register{k.tally, i}}); err != nil {
			return err
		}
		if err := k.senders[i].start(); err != nil {
			return err
		}
	}
	feeding, stop := context.WithCancel(ctx)
	k.feeding.Go(func() { k.feed(feeding) })
	err := k.killMany(ctx, n)
	stop()
	k.feeding.Wait()
	if err != nil {
		return err
	}
	return k.finish(ctx)
}

func (k *killing) killMany(ctx context.Context, n int) error {
	for len(k.kills) < n {
		if err := k.flow(ctx); err != nil {
			return err
		}
		if err := k.killOne(ctx); err != nil {
			return err
		}
	}
	return nil
}

// feed publishes an event whenever few are under way, until ctx ends.
func (k *killing) feed(ctx context.Context) {
	for ctx.Err() == nil {
		if k.tally.unfinished() < k.width {
			if err := k.publish(context.WithoutCancel(ctx)); err != nil {
				k.failed.Store(&err)
				return
			}
		}
		rest(ctx, 5*time.Millisecond)
	}
}

func (k *killing) publish(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, put, err := k.paper.start(ctx)
	if err != nil {
		return err
	}
	k.events = append(k.events, e)
	k.tally.owe(e)
	return put(ctx)
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// flow waits until mails flow again after the last kill, and a random time
// more. Who fell by itself is started again, as a supervisor does.
func (k *killing) flow(ctx context.Context) error {
	const patience = 30 * time.Second
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	mark := -1 // what was under way when everybody was up again is no sign of life
	err := until(ctx, time.Millisecond, func() (bool, error) {
		if err := k.failed.Load(); err != nil {
			return false, *err
		}
		if mark < 0 && k.broker.ready() && k.someSender() >= 0 {
			mark = k.tally.count()
		}
		return mark >= 0 && k.tally.count() > mark, k.raise()
	})
	if err != nil {
		return fmt.Errorf("no mail flows: %w", err)
	}
	rest(ctx, rand.N(k.gap))
	return nil
}

// raise starts senders again that are gone.
func (k *killing) raise() error {
	for _, s := range k.senders {
		if s.died() {
			k.fell++
			if err := s.start(); err != nil {
				return err
			}
		}
	}
	return nil
}

// someSender is one that is at work, at random; -1 for none.
func (k *killing) someSender() int {
	var ready []int
	for i, s := range k.senders {
		if s.ready() && !s.died() {
			ready = append(ready, i)
		}
	}
	if len(ready) == 0 {
		return -1
	}
	return ready[rand.IntN(len(ready))]
}

// killOne kills a victim and starts it again at once.
func (k *killing) killOne(ctx context.Context) error {
	switch p := rand.Float64(); {
	case p < 0.25:
		return k.execute(victimBroker, nil)
	case p < 0.40 && k.tally.unfinished() < 2*k.width:
		if err := k.publish(ctx); err != nil {
			return err
		}
		rest(ctx, rand.N(12*time.Millisecond))
		return k.execute(victimPlanner, []int{0, 1})
	}
	return k.execute(victimSender, []int{max(0, k.someSender())})
}

// execute kills and starts again.
func (k *killing) execute(victim string, senders []int) error {
	dying := []*child{k.broker}
	if victim != victimBroker {
		dying = nil
		for _, i := range senders {
			dying = append(dying, k.senders[i])
		}
	}
	one := kill{victim: victim, relays: senders, at: time.Now()}
	for i, relay := range k.relays {
		if victim == victimBroker || slices.Contains(senders, i) {
			one.open += relay.Connected()
		}
	}
	for _, c := range dying {
		c.kill()
	}
	one.gone = time.Now()
	k.kills = append(k.kills, one)
	for _, c := range dying {
		if err := c.start(); err != nil {
			return err
		}
	}
	return nil
}

// finish lets everything that was published be told, and the senders end.
func (k *killing) finish(ctx context.Context) error {
	const patience = 2 * time.Minute
	patient, stop := context.WithTimeout(ctx, patience)
	defer stop()
	err := until(patient, 10*time.Millisecond, func() (bool, error) {
		if err := k.raise(); err != nil {
			return false, err
		}
		return k.settled(patient)
	})
	if err != nil && ctx.Err() != nil {
		return err
	} // otherwise what has not come is lost
	for _, s := range k.senders {
		s.stop()
	}
	return nil
}

// unwritten is how many of those told are not so in the ledger.
func (k *killing) unwritten(ctx context.Context) (int, error) {
	n := notifier.Notifier{Store: k.store, Now: time.Now}
	missing := 0
	for _, e := range k.events {
		all, err := n.Deliveries(ctx, e.ID)
		if err != nil {
			return 0, err
		}
		missing += len(k.tally.ids)
		for _, p := range all {
			missing -= p.Counts[notifier.Sent] + p.Counts[notifier.Unknown]
		}
	}
	return missing, nil
}
