package notifier

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
)

// StallAfter is for how long work may wait on a channel with nothing done,
// before it counts as a standstill.
const StallAfter = 5 * time.Minute

// A Flow sees whether the work of each channel goes on, from the store alone:
// any process can, also one that sends nothing. Its exported fields do not
// change once it looks.
type Flow struct {
	Notifier *Notifier

	mu     sync.Mutex
	stands map[string]Stall // where work waits, by channel; guarded by mu
}

// A Stall says that work waits on a channel, and that nothing has been done.
type Stall struct {
	Channel string
	Letters bool      // no letters are made; else nobody is told
	Since   time.Time // by the house's clock: when that was first seen
	Mark    string    // names the standstill: the same for all who saw it begin
}

// Look looks once. It gives the standstills that have ended since the last
// look.
func (f *Flow) Look(ctx context.Context) (over []Stall, err error) {
	waiting, err := f.waiting(ctx)
	if err != nil {
		return nil, err
	}
	n := f.Notifier
	for _, channel := range append([]string{letterChannel}, n.Bulk...) {
		last, done, err := f.last(ctx, channel)
		if err != nil {
			return over, err
		}
		if was, ended := f.judge(channel, slices.Contains(waiting, channel), last, done); ended {
			over = append(over, was)
		}
	}
	return over, nil
}

// judge takes in what was seen of a channel, and gives the standstill that has
// ended by it.
func (f *Flow) judge(channel string, waits bool, last string, done bool) (was Stall, ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stands == nil {
		f.stands = map[string]Stall{}
	}
	now := f.Notifier.Now()
	was, stood := f.stands[channel]
	moved := !stood || done && last != was.Mark
	switch {
	case !waits:
		delete(f.stands, channel)
	case moved:
		f.stands[channel] = Stall{channel, channel == letterChannel, now, last}
	}
	return was, stood && (!waits || moved) && now.Sub(was.Since) >= StallAfter
}

// Stalled are the channels that stand still.
func (f *Flow) Stalled() []Stall {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []Stall
	for _, s := range f.stands {
		if f.Notifier.Now().Sub(s.Since) >= StallAfter {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Stall) int { return strings.Compare(a.Channel, b.Channel) })
	return all
}

// waiting are the channels with something to do: jobs, or events that are not
// planned.
func (f *Flow) waiting(ctx context.Context) ([]string, error) {
	depths, err := f.Notifier.Store.Jobs.Depths(ctx)
	if err != nil {
		return nil, err
	}
	backlogs, err := f.Notifier.Backlogs(ctx)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, d := range depths {
		all = append(all, d.Channel)
	}
	for _, b := range backlogs {
		if b.Events > 0 {
			all = append(all, b.Channel)
		}
	}
	return all, nil
}

// last names the last line of a channel on the ledger, and says whether it
// shows that something was done: taking a job tells nobody.
func (f *Flow) last(ctx context.Context, channel string) (id string, done bool, err error) {
	r, err := f.Notifier.Store.Ledger.Latest(ctx, channel+".>")
	if errors.Is(err, stream.ErrNotFound) {
		return "", false, nil
	}
	t := lineType(r.Type)
	return r.ID, t == lineTold || t == lineFinished || t == lineStored || t == lineDead, err
}
