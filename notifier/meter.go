package notifier

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Meter counts what one process does, for those who watch over it. Its zero
// value is ready. It knows no subscriber, and costs a mail less than 100 ns.
type Meter struct {
	appends Histogram // to the ledger
	letters Histogram // made: composed, drawn, sealed, stored

	mu       sync.Mutex
	lanes    map[laneKey]*laneMeter     // guarded by mu
	channels map[string]*channelMeter   // guarded by mu
	deferred map[string]int             // recipients put off, by page; guarded by mu
	pending  map[string]map[string]bool // pages with work left, by plan; guarded by mu
	planned  map[string]time.Time       // when those plans were made; guarded by mu
}

type laneKey struct {
	channel string
	lane    notice.Lane
}

// A laneMeter counts jobs and what became of messages.
type laneMeter struct {
	taken, done, failed, dead atomic.Uint64
	told                      [len(statuses)]atomic.Uint64
	delay                     Histogram
	meter                     *Meter
}

// A channelMeter counts plans and connections.
type channelMeter struct {
	plans, connects, refusals atomic.Uint64
	open                      atomic.Int64
}

// statuses are all, in the order in which they are counted.
var statuses = [...]Status{Sent, Delivered, Deferred, Bounced, Suppressed, Refused, Unknown, Expired}

// lane is the meter of a channel's lane.
func (m *Meter) lane(channel, lane string) *laneMeter {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := laneKey{channel, notice.Lane(lane)}
	if m.lanes == nil {
		m.lanes = map[laneKey]*laneMeter{}
	}
	l := m.lanes[key]
	if l == nil {
		l = &laneMeter{meter: m}
		m.lanes[key] = l
	}
	return l
}

// channel is the meter of a channel.
func (m *Meter) channel(name string) *channelMeter {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.channels == nil {
		m.channels = map[string]*channelMeter{}
	}
	c := m.channels[name]
	if c == nil {
		c = &channelMeter{}
		m.channels[name] = c
	}
	return c
}

// wrote counts a line that stands on the ledger; since is when its event was.
// A book that belongs to no job is not counted.
func (l *laneMeter) wrote(took time.Duration, line line, since time.Time) {
	if l == nil {
		return
	}
	l.meter.appends.observe(took)
	for _, d := range line.Told {
		if i := slices.Index(statuses[:], d.Status); i >= 0 {
			l.told[i].Add(1)
		}
		if d.Status == Sent && !since.IsZero() {
			l.delay.observe(line.At.Sub(since))
		}
	}
}

// look remembers what was seen of a page when it was looked at for whom to
// come back to: how many wait there, and whether its work is left to do.
func (m *Meter) look(p plan, page string, deferred int, left bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.deferred == nil {
		m.deferred, m.pending, m.planned = map[string]int{}, map[string]map[string]bool{}, map[string]time.Time{}
	}
	if m.deferred[page] = deferred; deferred == 0 {
		delete(m.deferred, page)
	}
	key := p.page(planSpan)
	if left {
		if m.pending[key] == nil {
			m.pending[key] = map[string]bool{}
		}
		m.pending[key][page], m.planned[key] = true, p.at
		return
	}
	if delete(m.pending[key], page); len(m.pending[key]) == 0 {
		delete(m.pending, key)
		delete(m.planned, key)
	}
}

// A Reading is what a Meter shows at an instant.
type Reading struct {
	Lanes    []LaneReading
	Channels []ChannelReading
	Appends  HistogramReading
	Letters  HistogramReading

	// Of the whole house, as this process last saw it:
	Deferred   int       // recipients who are to be tried again
	Unfinished int       // events with somebody left to tell who is not merely put off
	Oldest     time.Time // when the oldest of these was planned; zero for none
}

// A LaneReading is what became of a channel's jobs and messages in one lane.
type LaneReading struct {
	Channel                   string
	Lane                      notice.Lane
	Tells                     bool // letters are made, and tell nobody
	Taken, Done, Failed, Dead uint64
	Told                      map[Status]uint64
	Delay                     HistogramReading // from the event until somebody was told
}

// A ChannelReading is what a channel's planner and connections do.
type ChannelReading struct {
	Channel            string
	Tells              bool
	Planned            uint64
	Open               int64
	Connects, Refusals uint64
}

// Read shows the counters.
func (m *Meter) Read() Reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := Reading{Appends: m.appends.read(), Letters: m.letters.read(), Unfinished: len(m.pending)}
	for key, l := range m.lanes {
		of := LaneReading{Channel: key.channel, Lane: key.lane, Tells: key.channel != letterChannel, Taken: l.taken.Load(), Done: l.done.Load(), Failed: l.failed.Load(),
			Dead: l.dead.Load(), Told: map[Status]uint64{}, Delay: l.delay.read()}
		for i, status := range statuses {
			of.Told[status] = l.told[i].Load()
		}
		r.Lanes = append(r.Lanes, of)
	}
	for name, c := range m.channels {
		r.Channels = append(r.Channels, ChannelReading{name, name != letterChannel, c.plans.Load(), c.open.Load(), c.connects.Load(), c.refusals.Load()})
	}
	for _, n := range m.deferred {
		r.Deferred += n
	}
	for _, at := range m.planned {
		r.Oldest = earliest(r.Oldest, at)
	}
	return r
}
