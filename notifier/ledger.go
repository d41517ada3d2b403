package notifier

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A lineType says what a line of the ledger tells.
type lineType string

// What may stand in the ledger. The key of a line is
// <channel>.<event>.<span>, or <channel>.<event>.plan for the first one; what
// came back of a message lies apart (backOf).
const (
	linePlanned    lineType = "planned"    // how many spans an event was cut into, before any job is pushed
	lineTaken      lineType = "taken"      // a worker holds the job: whoever held it before is fenced off
	lineTold       lineType = "told"       // outcomes
	lineSuperseded lineType = "superseded" // another event makes this one moot: nobody more is told
	lineStopped    lineType = "stopped"    // the holder has nothing in flight, and takes the job anew before it goes on
	lineFinished   lineType = "finished"   // everybody has an outcome; with the counts, and when to come back
	lineFailed     lineType = "failed"     // an attempt at the job, not at a recipient
	lineDead       lineType = "dead"       // given up: a copy is in DEAD
	lineRevived    lineType = "revived"    // taken out of DEAD again: failures and expiries are forgiven
	lineFolded     lineType = "folded"     // behind planned: its pages lie in PROOFS
	lineStored     lineType = "stored"     // the letter was made and this is the one: its SHA-256
)

// A line is one entry of the ledger. It names subscribers by their ids alone.
type line struct {
	At     time.Time      `json:"at"`              // by the house's clock
	Notice string         `json:"notice,omitzero"` // planned
	Ask    string         `json:"ask,omitzero"`    // planned, in place of a notice: who is asked to confirm
	Digest *stretch       `json:"digest,omitzero"` // planned, in place of a notice: what a digest tells
	Slip   *SlipOrder     `json:"slip,omitzero"`   // planned, in place of a notice: what staff are told of
	Lane   notice.Lane    `json:"lane,omitzero"`   // planned
	Spans  int            `json:"spans,omitzero"`  // planned; none where the event was moot by then
	Worker string         `json:"worker,omitzero"` // taken
	Told   []Delivery     `json:"told,omitzero"`
	By     string         `json:"by,omitzero"`     // superseded, and any line after it: by which event
	Counts map[Status]int `json:"counts,omitzero"` // finished
	Sum    *Progress      `json:"sum,omitzero"`    // folded
	Next   time.Time      `json:"next,omitzero"`   // finished: when the first of the deferred is due
	Reason string         `json:"reason,omitzero"` // failed, dead
	SHA256 string         `json:"sha256,omitzero"` // stored
}

// A Delivery is what became of telling one subscriber.
type Delivery struct {
	To      string    `json:"to"` // the subscriber's id
	Status  Status    `json:"status"`
	Code    string    `json:"code,omitzero"`
	Reply   string    `json:"reply,omitzero"` // without any address
	Next    time.Time `json:"next,omitzero"`
	Started bool      `json:"started,omitzero"` // told of start and end in one
	At      time.Time `json:"-"`                // of its line
	Attempt int       `json:"-"`                // how many there have been, this one included
}

// settled is whether there will be no further attempt. What is not known may be
// tried once more.
func (d Delivery) settled() bool { return d.Status != Deferred && d.Next.IsZero() }

// A page is what the lines of one span add up to.
type page struct {
	seq        uint64 // of the last line
	last       lineType
	told       map[string]Delivery // the last outcome, by subscriber
	holder     string              // who may have something in flight; "" for nobody
	written    time.Time           // by the broker's clock: the last line that was read
	superseded []string            // by which events
	walked     bool                // everybody in the span has been looked at
	next       time.Time           // when the first of the deferred is due
	failures   int
	dead       bool
	revived    time.Time
	stored     string // the letter's SHA-256
}

// read adds up lines that follow those already read.
func (p *page) read(records []stream.Record) error {
	for _, r := range records {
		var l line
		if err := json.Unmarshal(r.Data, &l); err != nil {
			return fmt.Errorf("decode line %d of ledger %s: %w", r.Seq, r.Key, err)
		}
		p.add(lineType(r.Type), l)
		p.seq, p.written = r.Seq, r.Time
	}
	return nil
}

func (p *page) add(t lineType, l line) {
	p.last = t
	switch t {
	case lineTaken:
		p.holder = l.Worker
	case lineTold, lineReturned:
		p.tell(l)
	case lineSuperseded:
		p.superseded = append(p.superseded, l.By)
	case lineStopped:
		p.holder = ""
	case lineFinished:
		p.holder, p.walked, p.next = "", true, l.Next
	case lineFailed:
		p.holder = ""
		p.failures++
	case lineDead:
		p.holder, p.dead = "", true
	case lineRevived:
		p.revive(l.At)
	case lineStored:
		p.stored = l.SHA256
	}
}

func (p *page) tell(l line) {
	if p.told == nil {
		p.told = map[string]Delivery{}
	}
	for _, d := range l.Told {
		d.At, d.Attempt = l.At, p.told[d.To].Attempt+1
		p.told[d.To] = d
	}
}

// revive forgives what had been given up: it is due at once.
func (p *page) revive(at time.Time) {
	p.dead, p.failures, p.revived = false, 0, at
	for id, d := range p.told {
		if d.Status == Expired || d.Status == Refused {
			d.Status, d.Next = Deferred, at
			p.told[id] = d
		}
	}
	if p.walked {
		p.next = p.due()
	}
}

// moot is whether another event has made this one moot: nobody more is told.
func (p *page) moot() bool { return len(p.superseded) > 0 }

// over is whether nothing more will be told from this page by itself, and
// nothing is in flight.
func (p *page) over() bool {
	return p.dead || p.holder == "" && (p.moot() || p.walked && p.next.IsZero())
}

// counts are how many subscribers there are of each status.
func (p *page) counts() map[Status]int {
	counts := map[Status]int{}
	for _, d := range p.told {
		counts[d.Status]++
	}
	return counts
}

// putOff is how many somebody has put off, and the code of the most of them: no
// reply's words, which may name an address. Whom the house itself makes wait
// its turn is none of them.
func (p *page) putOff() (n int, code string) {
	codes := map[string]int{}
	for _, d := range p.told {
		if d.Status != Deferred || d.Code == codePaced {
			continue
		}
		n++
		if codes[d.Code]++; codes[d.Code] > codes[code] || code == "" {
			code = d.Code
		}
	}
	return n, code
}

// due is when the first of the deferred is due; zero where nobody is deferred.
func (p *page) due() time.Time {
	var first time.Time
	for _, d := range p.told {
		if !d.settled() && (first.IsZero() || d.Next.Before(first)) {
			first = d.Next
		}
	}
	return first
}

// heard is whether a subscriber certainly has the message.
func (p *page) heard(id string) bool { return p.told[id].Status == Sent }

// waiting are those deferred whose time has come.
func (p *page) waiting(now time.Time) []string {
	var ids []string
	for id, d := range p.told {
		if !d.settled() && !d.Next.After(now) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// given are the last outcomes of those who were to be tried again, and are not,
// for a reason.
func (p *page) given(why string) []Delivery {
	var given []Delivery
	for _, d := range p.deliveries() {
		switch {
		case d.settled():
		case d.Status == Unknown: // it stays so
			given = append(given, Delivery{To: d.To, Status: Unknown, Code: why})
		default:
			given = append(given, Delivery{To: d.To, Status: Expired, Code: why})
		}
	}
	return given
}

// deliveries are what became of everybody, by id.
func (p *page) deliveries() []Delivery {
	all := slices.Collect(maps.Values(p.told))
	slices.SortFunc(all, func(a, b Delivery) int { return strings.Compare(a.To, b.To) })
	return all
}
