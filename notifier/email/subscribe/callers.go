package subscribe

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// asksPerCaller is how many requests one caller may make within an hour.
	asksPerCaller = 20
	// mostCallers is how many are remembered at a time: some megabytes.
	mostCallers = 50_000
)

// callers remember who has asked in the last hour, in memory alone: an address
// of the network says who somebody is. The zero value is ready.
type callers struct {
	mu   sync.Mutex
	seen map[netip.Prefix][]time.Time // guarded by mu
}

// admit counts a request; false says that its caller has made enough of them.
func (c *callers) admit(from netip.Prefix, now time.Time) bool {
	old := func(t time.Time) bool { return now.Sub(t) >= time.Hour }
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[netip.Prefix][]time.Time{}
	}
	recent := slices.DeleteFunc(c.seen[from], old)
	if len(recent) == 0 && len(c.seen) >= mostCallers {
		for caller, times := range c.seen {
			if old(times[len(times)-1]) {
				delete(c.seen, caller)
			}
		}
		if len(c.seen) >= mostCallers {
			return false // whoever it is, it is one of very many
		}
	}
	if len(recent) >= asksPerCaller {
		c.seen[from] = recent
		return false
	}
	c.seen[from] = append(recent, now)
	return true
}
