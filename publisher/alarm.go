package publisher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// ErrClock says that the machine's clock differs from the broker's by more
// than MaxSkew. Nothing is appended: a wrong clock must not alarm a country.
var ErrClock = errors.New("the machine's clock is wrong")

// MaxSkew is how far the machine's clock may be from the broker's.
const MaxSkew = 2 * time.Second

// An Alarm is something that a person must see to.
type Alarm struct {
	Name   string    `json:"name"` // "clock", "chain <notice>"
	Detail string    `json:"detail"`
	Since  time.Time `json:"since"` // by the machine's clock
}

type alarms struct {
	mu sync.Mutex
	on map[string]Alarm // by name; guarded by mu
}

// Health is what is wrong now; nothing where all is well.
func (p *Publisher) Health() []Alarm {
	p.alarms.mu.Lock()
	defer p.alarms.mu.Unlock()
	return slices.SortedFunc(maps.Values(p.alarms.on), func(a, b Alarm) int { return cmp.Compare(a.Name, b.Name) })
}

// alarm raises an alarm and logs it, once until it is over.
func (p *Publisher) alarm(name, detail string) {
	p.alarms.mu.Lock()
	defer p.alarms.mu.Unlock()
	if had, ok := p.alarms.on[name]; ok {
		had.Detail = detail
		p.alarms.on[name] = had
		return
	}
	if p.alarms.on == nil {
		p.alarms.on = map[string]Alarm{}
	}
	p.alarms.on[name] = Alarm{name, detail, p.Wall()}
	p.Log.Error("alarm", "err", detail)
}

// over takes an alarm back.
func (p *Publisher) over(name string) {
	p.alarms.mu.Lock()
	defer p.alarms.mu.Unlock()
	if had, ok := p.alarms.on[name]; ok {
		delete(p.alarms.on, name)
		p.Log.Info("alarm over", "err", had.Detail)
	}
}

// guard is ErrClock where the machine's clock is too far from the broker's:
// time stamps that it would make are not to be trusted. The time the answer
// took is counted in the clock's favour.
func (p *Publisher) guard(ctx context.Context) error {
	before := p.Wall()
	broker, err := p.Store.Time(ctx)
	if err != nil {
		return failed("ask the broker for its time", err)
	}
	after := p.Wall()
	skew := max(before.Sub(broker), broker.Sub(after))
	if skew > MaxSkew {
		err := fmt.Errorf("%w: %s here, %s at the broker; nothing is published until they agree",
			ErrClock, after.UTC().Format(time.RFC3339), broker.UTC().Format(time.RFC3339))
		p.alarm("clock", err.Error())
		return err
	}
	p.over("clock")
	return nil
}
