package email

import (
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
)

// clock is a clock that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

var throttled = notifier.Outcome{Status: notifier.Deferred, Code: "451 4.7.28", Reply: "too many mails, slow down"}

// TestGivenLimits: so many a second and at once, and other domains freely.
func TestGivenLimits(t *testing.T) {
	t.Parallel()
	c := &clock{now}
	l := &Limits{Now: c.now, Given: map[string]Limit{"slow.example": {Rate: 10}, "narrow.example": {Connections: 2}}}
	for range 1000 {
		if wait := l.admit("free.example", false); wait != 0 {
			t.Fatalf("a free domain waits %s", wait)
		}
	}
	if wait := l.admit("slow.example", false); wait != 0 {
		t.Errorf("the first waits %s", wait)
	}
	if wait := l.admit("slow.example", false); wait != 100*time.Millisecond {
		t.Errorf("the second waits %s, want a tenth of a second", wait)
	}
	c.pass(100 * time.Millisecond)
	if wait := l.admit("slow.example", false); wait != 0 {
		t.Errorf("a tenth of a second later it waits %s", wait)
	}
	for i, want := range []bool{true, true, false} {
		if got := l.admit("narrow.example", false) == 0; got != want {
			t.Errorf("number %d at once: %v", i+1, got)
		}
	}
	l.landed("narrow.example")
	if wait := l.admit("narrow.example", false); wait != 0 {
		t.Errorf("when one is over the next waits %s", wait)
	}
}

// TestLearntLimit: a domain that says "too many" gets half, once for all that
// was under way; then more again; and the limit is forgotten.
func TestLearntLimit(t *testing.T) {
	t.Parallel()
	c := &clock{now}
	l := &Limits{Now: c.now}
	const domain = "grand.example"
	for range 100 { // 10 a second
		l.admit(domain, false)
		l.told(domain, notifier.Outcome{Status: notifier.Sent})
		l.landed(domain)
	}
	for range 5 {
		l.told(domain, throttled)
	}
	if got := l.domains[domain].Rate; got < 5 || got > 5.5 {
		t.Fatalf("the rate is %v, want half of 10 and some", got)
	}
	l.admit(domain, false)
	if l.admit(domain, false) == 0 {
		t.Error("it is not slowed down")
	}
	if l.admit("other.example", false) != 0 {
		t.Error("another domain is slowed down")
	}
	rate := l.domains[domain].Rate
	c.pass(windowOf + time.Second)
	l.admit(domain, false)
	if got := l.domains[domain].Rate; got <= rate {
		t.Errorf("it does not grow: %v after %v", got, rate)
	}
	c.pass(time.Second)
	l.told(domain, throttled)
	if got := l.domains[domain].Rate; got >= rate {
		t.Errorf("it is not cut again: %v after %v", got, rate)
	}
	c.pass(forgetAfter + time.Second)
	for range 2 {
		if l.admit(domain, false) != 0 {
			t.Error("the limit is not forgotten")
		}
	}
}

// TestPlaces: those who cannot be told soon get places of their own, no two at
// the same time more than the rate allows, and are admitted when these come.
func TestPlaces(t *testing.T) {
	t.Parallel()
	c := &clock{now}
	l := &Limits{Now: c.now, Given: map[string]Limit{"slow.example": {Rate: 1}}}
	var told, waited int
	places := map[time.Time]int{}
	for range 300 {
		switch wait := l.admit("slow.example", false); {
		case wait == 0:
			told++
		case wait <= notifier.PaceWait:
			waited++
			c.pass(wait)
			if l.admit("slow.example", false) != 0 {
				t.Fatal("the time waited for does not come")
			}
			c.pass(-wait)
		default:
			places[c.at.Add(wait)]++
		}
	}
	if told != 1 || waited == 0 {
		t.Errorf("%d told at once, %d waited", told, waited)
	}
	most := int(block.Seconds())
	for at, n := range places {
		if n > most {
			t.Errorf("%d places at %s, want %d at most", n, at, most)
		}
		c.at = at
	}
	for i := range 3 {
		c.at = now.Add(time.Hour + time.Duration(i)*time.Second)
		if wait := l.admit("slow.example", true); wait != 0 {
			t.Errorf("one whose place has come waits %s more", wait)
		}
	}
}

// TestTooMany: which replies are about the pace.
func TestTooMany(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]bool{
		"451 4.7.28 our system has detected an unusual rate of mail":       true,
		"421 4.3.2 too many messages from this host":                       true,
		"450 4.7.1 Throttled":                                              true,
		"452 4.5.3 recipient limit reached":                                true,
		"450 4.7.1 greylisted, come again in 5 minutes":                    false,
		"452 4.2.2 mailbox full":                                           false,
		"451 4.3.0 separate queue is moderate":                             false,
		"450 4.1.1 the corporate directory does not answer for the moment": false,
	} {
		if got := tooMany.MatchString(reply); got != want {
			t.Errorf("%q: %v", reply, got)
		}
	}
}
