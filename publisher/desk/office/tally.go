package office

import (
	"context"
	"sync"
	"time"

	"douane.gouv.fr/crieur/publisher/desk"
)

// tallyAge is for how long what the ledger has said in sum of an event is
// taken for true: many open cards ask every few seconds, and the sum over a
// million readers is not for nothing.
const tallyAge = 5 * time.Second

// A tally is how far telling of an event has come, over all channels.
type tally struct {
	known                bool
	reach, later, failed int
	done                 bool
	at                   time.Time
}

// tallies remember what the ledger has said. Its zero value is ready.
type tallies struct {
	mu  sync.Mutex
	all map[string]tally // by event; guarded by mu
}

// of is the tally of an event, asked of the ledger unless it was just now.
func (ts *tallies) of(ctx context.Context, ledger desk.Public, event string, now time.Time) (tally, error) {
	ts.mu.Lock()
	had, ok := ts.all[event]
	ts.mu.Unlock()
	if ok && now.Sub(had.at) < tallyAge {
		return had, nil
	}
	all, err := ledger.Deliveries(ctx, event)
	if err != nil {
		return tally{}, err
	}
	t := sum(all)
	t.at = now
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for id, old := range ts.all { // what nobody looks at any more
		if now.Sub(old.at) > time.Minute {
			delete(ts.all, id)
		}
	}
	if ts.all == nil {
		ts.all = map[string]tally{}
	}
	ts.all[event] = t
	return t, nil
}

// sum adds the channels up.
func sum(all []desk.Delivery) tally {
	t := tally{known: len(all) > 0, done: true}
	for _, d := range all {
		t.done = t.done && d.Done
		for status, n := range d.Counts {
			switch status {
			case "sent", "delivered", "unknown":
				t.reach += n
			case "deferred":
				t.later += n
			default: // bounced, refused, suppressed, expired
				t.failed += n
			}
		}
	}
	return t
}
