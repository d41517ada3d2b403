package notifier

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"douane.gouv.fr/crieur/schemas/notice"
)

// composedKept is how many messages are kept composed: one for each lane that
// may be at work at once, more or less.
const composedKept = 8

// A press composes each tale once for all its jobs, and keeps the last few.
type press struct {
	mu   sync.Mutex
	last []*composed // the newest first; guarded by mu
}

// A composed message is being made, or made.
type composed struct {
	channel, event string
	mu             sync.Mutex // held while it is being made
	message        Message    // nil: not made; guarded by mu
}

// compose gives the message of a tale. One that cannot be made now is tried
// again by the next job.
func (w *worker) compose(ctx context.Context, t Tale) (Message, error) {
	c := w.press.of(w.name, t.Event.ID)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.message != nil {
		return c.message, nil
	}
	var err error
	if goesWithLetter(t) {
		if t.Letter, err = w.Store.Letters.Get(ctx, letterName(t.Event)); err != nil {
			return nil, err
		}
	}
	m, err := w.channel.Compose(ctx, t)
	if err != nil {
		return nil, fault{fmt.Errorf("compose: %w", err)}
	}
	c.message = m
	return m, nil
}

func goesWithLetter(t Tale) bool {
	if t.Event.Act == nil {
		return false // a digest
	}
	rule, _ := notice.RuleOf(t.Event.Act.Type())
	return waits(rule)
}

// of finds a message among those kept, or makes room for it.
func (p *press) of(channel, event string) *composed {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, c := range p.last {
		if c.channel == channel && c.event == event {
			p.last = slices.Insert(slices.Delete(p.last, i, i+1), 0, c)
			return c
		}
	}
	c := &composed{channel: channel, event: event}
	p.last = slices.Insert(p.last[:min(len(p.last), composedKept-1)], 0, c)
	return c
}
