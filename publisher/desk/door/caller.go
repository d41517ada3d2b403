package door

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// triesAtOnce is how many failures to sign in may come from one place of the
	// network at once, and tryEach how long each takes to be forgotten. A whole
	// bureau may stand behind one address: what succeeds does not count.
	triesAtOnce = 30
	tryEach     = 6 * time.Second
	// mostCallers is how many places are remembered at a time: some megabytes.
	mostCallers = 50_000
)

// callers remember from where tries to sign in came of late, in this process's
// memory alone: an address of the network says who somebody is. Beside them an
// account's own tries are counted for all desks (publisher). The zero value is
// ready.
type callers struct {
	mu sync.Mutex
	// full is when each place will have all its tries again. Guarded by mu.
	full map[netip.Prefix]time.Time
}

// admit takes a try from a place; false says that it has none left.
func (c *callers) admit(from netip.Prefix, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full == nil {
		c.full = map[netip.Prefix]time.Time{}
	}
	full, known := c.full[from]
	if !known && len(c.full) >= mostCallers {
		for place, at := range c.full {
			if !at.After(now) {
				delete(c.full, place)
			}
		}
		if len(c.full) >= mostCallers {
			return false // whoever it is, it is one of very many
		}
	}
	if full.Before(now) {
		full = now
	}
	if full.Sub(now) > (triesAtOnce-1)*tryEach {
		return false
	}
	c.full[from] = full.Add(tryEach)
	return true
}

// forgive gives a try back.
func (c *callers) forgive(from netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.full[from] = c.full[from].Add(-tryEach)
}
