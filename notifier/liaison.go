package notifier

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"
)

// A Liaison knows whether a record still hears of what is published. Silence
// says nothing: most of the time nothing is published. So it follows the
// connection to the broker, and asks the broker now and then how far the
// record is. Its exported fields do not change once Run is called.
type Liaison struct {
	Record *Record
	Now    func() time.Time
	Every  time.Duration // how often it asks; 5 s if 0
	Log    *slog.Logger

	mu      sync.Mutex
	current bool      // the record has once held all that was published; guarded by mu
	lost    bool      // guarded by mu
	last    time.Time // when the record was last known to hold all; guarded by mu
	behind  bool      // it did not at the last look; guarded by mu
}

// Lost is since when nothing is heard, zero if it is: what was published until
// then is on the record.
func (l *Liaison) Lost() (since time.Time, lost bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.lost {
		return time.Time{}, false
	}
	return l.last, true
}

// Current is whether the record has once held all that was published: from
// then on it is worth showing.
func (l *Liaison) Current() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// Run looks until ctx ends.
func (l *Liaison) Run(ctx context.Context) error {
	connection := make(chan bool)
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() {
		l.Record.Store.Watch(ctx, func(connected bool) {
			select {
			case connection <- connected:
			case <-ctx.Done():
			}
		})
	})
	tick := time.NewTicker(cmp.Or(l.Every, 5*time.Second))
	defer tick.Stop()
	for {
		select {
		case connected := <-connection:
			if !connected {
				l.cut()
				continue
			}
			l.look(ctx)
		case <-tick.C:
			l.look(ctx)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// cut notes that the connection is lost: until now, all was heard.
func (l *Liaison) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.lost && l.current {
		l.last = l.Now()
		l.lose()
	}
}

// lookFor is how long the broker and the record are given to answer one look.
const lookFor = 2 * time.Second

// look asks the broker what the last event is, and waits for the record to
// hold it. What is lost is found again by this alone, so that nobody is told
// "all is heard" while the record is still being read.
func (l *Liaison) look(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, lookFor)
	defer stop()
	asked := l.Now()
	seq, err := l.Record.Store.Notices.Last(ctx)
	if err == nil {
		err = l.Record.Wait(ctx, seq)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		if l.lost {
			l.Log.Info("what is published is heard again")
		}
		l.current, l.lost, l.behind, l.last = true, false, false, asked
	case !l.current || l.lost: // nothing is shown yet, or it is said already
	case l.behind: // twice in a row: it is no hiccup
		l.lose()
	default:
		l.behind = true
	}
}

// lose says that nothing is heard; mu is held.
func (l *Liaison) lose() {
	l.lost = true
	l.Log.Warn("nothing is heard of what is published: pages say since when")
}
