package email

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"douane.gouv.fr/crieur/notifier"
)

// A Limit is what a mail domain may be sent by one process.
type Limit struct {
	Rate        float64 // mails a second; 0 for no limit
	Connections int     // mails at once; 0 for no limit
}

// Limits are those of mail domains: the ones that are given, and the ones that
// are learnt. A domain that says "too many" is sent half of what it was sent;
// that grows slowly again, and the limit is forgotten when nothing was said
// for a while. Other domains do not wait for it.
type Limits struct {
	Given map[string]Limit // by domain in lower case
	Now   func() time.Time // of the machine: time.Now if nil

	mu      sync.Mutex
	domains map[string]*traffic // guarded by mu
	counted map[string]int      // mails taken in this window and the last; guarded by mu
	before  map[string]int      // guarded by mu
	window  time.Time           // when counted began; guarded by mu
}

// traffic is that of one domain with a limit. Guarded by the Limits' mutex.
type traffic struct {
	Limit
	given     float64   // rate
	learnt    bool      // and given is not all there is
	told      time.Time // when it last said "too many"
	flying    int       // mails at once
	free      time.Time // when the next mail may go
	promised  time.Time // until when the places are given away
	lastGrown time.Time
}

const (
	windowOf    = 10 * time.Second // over which a domain's rate is measured
	forgetAfter = 15 * time.Minute // nothing was said for so long: the limit was learnt in vain
	slowest     = 0.1              // mails a second
	growth      = 1.1              // of a learnt rate, each window
	busyWait    = 50 * time.Millisecond
	// block is by which the places of those deferred are rounded: all of one
	// block come back in one job.
	block = 15 * time.Second
)

// Admit is whether a recipient's domain takes a mail now (notifier.Pacer).
func (c *Channel) Admit(to notifier.Recipient) time.Duration {
	return c.Limits.admit(domainOf(to.Address), to.Attempt > 1)
}

// Spare gives back what Admit has given (notifier.Pacer).
func (c *Channel) Spare(to notifier.Recipient) { c.Limits.landed(domainOf(to.Address)) }

func (l *Limits) now() time.Time {
	if l.Now != nil {
		return l.Now()
	}
	return time.Now()
}

// admit is how long a mail to a domain has to wait. due says that it has
// waited for its place already.
func (l *Limits) admit(domain string, due bool) time.Duration {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.domains[domain]
	if t == nil {
		given, ok := l.Given[domain]
		if !ok {
			return 0
		}
		t = l.limit(domain, given)
	}
	now := l.now()
	t.recover(now)
	if t.Connections > 0 && t.flying >= t.Connections {
		return busyWait
	}
	if t.Rate > 0 {
		if wait := t.place(now, due); wait > 0 {
			return wait
		}
	}
	t.flying++
	return 0
}

// limit begins to watch a domain.
func (l *Limits) limit(domain string, limit Limit) *traffic {
	if l.domains == nil {
		l.domains = map[string]*traffic{}
	}
	t := &traffic{Limit: limit, given: limit.Rate}
	l.domains[domain] = t
	return t
}

// place takes the next place of a domain's rate. One that is far off is given
// away for good: whoever gets it comes back then.
func (t *traffic) place(now time.Time, due bool) time.Duration {
	each := time.Duration(float64(time.Second) / t.Rate)
	next := t.free
	if !due && t.promised.After(next) {
		next = t.promised
	}
	wait := next.Sub(now)
	switch {
	case wait <= 0:
		t.free = now.Add(each)
		return 0
	case wait <= notifier.PaceWait:
		return wait
	}
	t.promised = next.Add(each)
	return next.Truncate(block).Add(block).Sub(now)
}

// recover lets a learnt rate grow.
func (t *traffic) recover(now time.Time) {
	if !t.learnt {
		return
	}
	if now.Sub(t.lastGrown) > windowOf {
		t.Rate, t.lastGrown = t.Rate*growth, now
	}
	if now.Sub(t.told) > forgetAfter || t.given > 0 && t.Rate > t.given {
		t.Rate, t.learnt = t.given, false
	}
}

// tooMany is how replies say that it is the pace, and not the recipient.
var tooMany = regexp.MustCompile(`(?i)\b(too (many|much|fast|quick\w*)|rate|throttl\w*|exceed\w*|slow down|limit\w*|4\.7\.28|4\.3\.2)\b`)

// told learns from what became of a mail.
func (l *Limits) told(domain string, o notifier.Outcome) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.count(domain, now)
	t := l.domains[domain]
	if o.Status != notifier.Deferred || !tooMany.MatchString(o.Code+" "+o.Reply) {
		return
	}
	if t == nil {
		t = l.limit(domain, l.Given[domain])
	}
	if t.learnt && now.Sub(t.told) < windowOf {
		return // said of what was under way when the rate was cut
	}
	rate := t.Rate
	if rate == 0 {
		rate = float64(l.counted[domain]+l.before[domain]) / windowOf.Seconds()
	}
	t.Rate, t.learnt, t.told, t.lastGrown = max(slowest, rate/2), true, now, now
}

// landed says that what admit let go is over.
func (l *Limits) landed(domain string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.domains[domain]; t != nil && t.flying > 0 {
		t.flying--
	}
}

// count counts a mail to a domain.
func (l *Limits) count(domain string, now time.Time) {
	if l.counted == nil || now.Sub(l.window) >= windowOf {
		l.before, l.counted, l.window = l.counted, map[string]int{}, now
	}
	l.counted[domain]++
}

// domainOf is the domain of a mailbox, in lower case.
func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}
