package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/schemas/notice"
)

// messageID is the one that an event's mail to a subscriber must have: what is
// promised is that it follows from the recipient's key.
func messageID(event, subscriber string) string {
	r := notifier.Recipient{Subscriber: notifier.Subscriber{ID: subscriber}, Event: event, Channel: email.Name}
	sum := sha256.Sum256([]byte(r.Key()))
	_, domain, _ := strings.Cut(sender.Address, "@")
	return "<" + hex.EncodeToString(sum[:16]) + "@" + domain + ">"
}

// An arrival is a mail that a relay took.
type arrival struct {
	at    time.Time
	relay int
	conn  string // its number there
	mail  int    // in the order of owing; -1 for one that nobody owed
}

// A tally holds what the relays took against what is owed.
type tally struct {
	ids []string // of the subscribers, in their order

	mu    sync.Mutex
	owed  map[string]int // by Message-ID and recipient; guarded by mu
	times []int          // how often each mail came; guarded by mu
	left  []int          // how many have no mail yet, by event; guarded by mu
	begun []time.Time    // when it was owed, by event; guarded by mu
	came  []arrival      // in order; guarded by mu
}

// newTally is for the first n subscribers of a bench.
func newTally(n int) *tally {
	t := &tally{owed: map[string]int{}}
	s := notifier.Subscribers{Secret: secret}
	for i := range n {
		t.ids = append(t.ids, s.IDOf(address(i)))
	}
	return t
}

// owe expects a mail about an event for everybody.
func (t *tally) owe(e notice.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, id := range t.ids {
		t.owed[messageID(e.ID, id)+" "+address(i)] = len(t.times)
		t.times = append(t.times, 0)
	}
	t.left = append(t.left, len(t.ids))
	t.begun = append(t.begun, time.Now())
}

// event is the place of a mail's event.
func (t *tally) event(mail int) int { return mail / len(t.ids) }

// unfinished is how many events somebody has not been told of.
func (t *tally) unfinished() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, left := range t.left {
		if left > 0 {
			n++
		}
	}
	return n
}

// count is how many mails came, repetitions included.
func (t *tally) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.came)
}

// A register is the log of one relay (sink.Config.Log).
type register struct {
	*tally
	relay int
}

// Write takes one line.
func (r register) Write(line []byte) (int, error) {
	fields := bytes.Split(line, []byte("\t"))
	if len(fields) < 5 {
		return 0, fmt.Errorf("the relay logs %q", line)
	}
	ns, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	mail, known := r.owed[string(fields[2])+" "+string(fields[1])]
	if !known {
		mail = -1
	} else {
		if r.times[mail]++; r.times[mail] == 1 {
			r.left[r.event(mail)]--
		}
	}
	r.came = append(r.came, arrival{time.Unix(0, ns), r.relay, string(fields[4]), mail})
	return len(line), nil
}

// lost is how many mails did not come, strange how many came that nobody owed.
func (t *tally) lost() (lost, strange int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, left := range t.left {
		lost += left
	}
	for _, a := range t.came {
		if a.mail < 0 {
			strange++
		}
	}
	return lost, strange
}
