package sink

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A Taken is one recipient of one message that the sink accepted.
type Taken struct {
	To         string
	MessageID  string // with its angle brackets
	Size       int64  // bytes on the wire
	At         time.Time
	Connection int64  // from 1, in the order they came
	Cut        bool   // the sender was not told
	From       string // of the envelope
}

// A ledger lists what was accepted.
type ledger struct {
	log    io.Writer
	forget bool

	mu      sync.Mutex
	taken   []Taken       // guarded by mu
	count   int           // guarded by mu
	line    []byte        // guarded by mu; the next for log
	err     error         // guarded by mu; the first of log
	arrived chan struct{} // guarded by mu; closed and replaced when count grows
}

// keep lists a message for each of its recipients.
func (s *Sink) keep(c *conn, head head, cut bool) {
	l := &s.ledger
	t := Taken{From: c.from, MessageID: head.id, Size: head.size, At: s.config.Now(), Connection: c.number, Cut: cut}
	s.counts.messages.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t.To = range c.to {
		l.count++
		if !l.forget {
			l.taken = append(l.taken, t)
		}
		if l.log != nil && l.err == nil {
			l.line = t.appendLine(l.line[:0])
			_, l.err = l.log.Write(l.line)
		}
	}
	if l.arrived != nil {
		close(l.arrived)
		l.arrived = nil
	}
}

func (t Taken) appendLine(b []byte) []byte {
	b = strconv.AppendInt(b, t.At.UnixNano(), 10)
	b = append(append(b, '\t'), t.To...)
	b = append(append(b, '\t'), t.MessageID...)
	b = strconv.AppendInt(append(b, '\t'), t.Size, 10)
	b = strconv.AppendInt(append(b, '\t'), t.Connection, 10)
	if t.Cut {
		return append(b, "\tcut\n"...)
	}
	return append(b, "\treplied\n"...)
}

func (l *ledger) fault() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return fmt.Errorf("sink: log: %w", l.err)
	}
	return nil
}

// Accepted is what was taken, a recipient each, in order.
func (s *Sink) Accepted() []Taken {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return slices.Clone(s.ledger.taken)
}

// Recipients are those of Accepted, for Compare.
func (s *Sink) Recipients() []string {
	return collect(s.Accepted(), func(t Taken) string { return t.To })
}

// MessageIDs are those of Accepted, for Compare.
func (s *Sink) MessageIDs() []string {
	return collect(s.Accepted(), func(t Taken) string { return t.MessageID })
}

func collect(taken []Taken, of func(Taken) string) []string {
	found := make([]string, len(taken))
	for i, t := range taken {
		found[i] = of(t)
	}
	return found
}

// Wait returns when at least n recipients have been accepted, or when ctx
// ends: then its error says how many were.
func (s *Sink) Wait(ctx context.Context, n int) error {
	for {
		have, arrived := s.ledger.watch()
		if have >= n {
			return nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return fmt.Errorf("sink: %d of %d accepted: %w", have, n, ctx.Err())
		}
	}
}

// watch is the count, and a channel that closes when it grows.
func (l *ledger) watch() (int, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.arrived == nil {
		l.arrived = make(chan struct{})
	}
	return l.count, l.arrived
}

// A Difference is between what was expected and what came. The lists are
// sorted.
type Difference struct {
	Lost     []string // expected, and did not come
	Repeated []string // came more often than expected, once for each time too many
	Strange  []string // came, and was not expected at all
}

// Compare holds what came against what was expected, as often as each is named.
func Compare(expected, came []string) Difference {
	owed := make(map[string]int, len(expected))
	for _, e := range expected {
		owed[e]++
	}
	known := maps.Clone(owed)
	var d Difference
	for _, c := range came {
		switch {
		case known[c] == 0:
			d.Strange = append(d.Strange, c)
		case owed[c] == 0:
			d.Repeated = append(d.Repeated, c)
		default:
			owed[c]--
		}
	}
	for e, n := range owed {
		d.Lost = append(d.Lost, slices.Repeat([]string{e}, n)...)
	}
	slices.Sort(d.Lost)
	slices.Sort(d.Repeated)
	slices.Sort(d.Strange)
	return d
}

// Stats are counts since Start.
type Stats struct {
	Connections     int64           // that came
	ConnectionsMost int64           // most open at once
	Commands        map[Stage]int64 // of each verb
	Messages        int64           // accepted, whether or not their sender was told
	Recipients      int64           // of those
	Bytes           int64           // of messages on the wire, refused ones included
	Temporary       int64           // 4xx replies
	Permanent       int64           // 5xx replies
	Faults          int64           // those that were the client's breach of the protocol
	Cuts            int64           // connections cut by a rule
	RoundTrips      int64           // flushes of replies: what the clients waited for
}

// verbs are the stages that are commands.
var verbs = [...]Stage{Hello, StartTLS, Auth, Mail, Rcpt, Data, Rset, Noop, Quit}

// counters are what Stats is read from.
type counters struct {
	connections, connectionsMost, messages, bytes  atomic.Int64
	temporary, permanent, faults, cuts, roundTrips atomic.Int64
	commands                                       [len(verbs)]atomic.Int64
}

func (n *counters) command(verb Stage) {
	if i := slices.Index(verbs[:], verb); i >= 0 {
		n.commands[i].Add(1)
	}
}

// Stats reads the counts. While clients are at work they may be of slightly
// different instants.
func (s *Sink) Stats() Stats {
	n := &s.counts
	recipients, _ := s.ledger.watch()
	stats := Stats{
		Connections: n.connections.Load(), ConnectionsMost: n.connectionsMost.Load(),
		Messages: n.messages.Load(), Recipients: int64(recipients), Bytes: n.bytes.Load(),
		Temporary: n.temporary.Load(), Permanent: n.permanent.Load(), Faults: n.faults.Load(),
		Cuts: n.cuts.Load(), RoundTrips: n.roundTrips.Load(), Commands: map[Stage]int64{},
	}
	for i, verb := range verbs {
		stats.Commands[verb] = n.commands[i].Load()
	}
	return stats
}
