package house

import (
	"sync"
	"time"
)

// A Clock is what the house takes for the time. Its zero value is the real
// one. A shifted clock is a demonstration: every page says so.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration // guarded by mu
	fixed  time.Time     // guarded by mu; zero: the clock runs
}

// StoppedAt is a clock that shows one instant until it is set.
func StoppedAt(at time.Time) *Clock { return &Clock{fixed: at} }

// Now is the time by this clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.fixed.IsZero() {
		return c.fixed
	}
	return time.Now().Add(c.offset)
}

// Shift sets the clock to a time from which it runs on.
func (c *Clock) Shift(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset, c.fixed = time.Until(to), time.Time{}
}

// Stop sets the clock to a time and holds it there.
func (c *Clock) Stop(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fixed = at
}

// Shifted is whether the clock shows another time than the real one.
func (c *Clock) Shifted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset != 0 || !c.fixed.IsZero()
}
