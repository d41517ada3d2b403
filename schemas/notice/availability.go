package notice

import (
	"cmp"
	"slices"
	"time"
)

// An Availability says how a service did in a mode over a period, by all that
// is known of some notices. Durations are real time, whatever clocks do; what
// several notices say of one instant counts once, and the worst of it.
type Availability struct {
	Service, Mode string
	From, To      Time

	Planned   time.Duration // interrupted as it had been announced
	Unplanned time.Duration // interrupted otherwise: by an incident, or past the planned end
	Overdue   time.Duration // of Unplanned: past the planned end, by what was said at that time
	Degraded  time.Duration // degraded and not interrupted
	Closed    time.Duration // closed for good, which is no outage
	Fallback  time.Duration // with the fallback authorised
	Outages   int           // interruptions, one a notice and window
	// Ahead is, for each planned interruption that began in the period, how long
	// before its start it was announced: the shortest first, none below zero.
	Ahead []time.Duration
}

// Interrupted is how long nothing could be done.
func (a Availability) Interrupted() time.Duration { return a.Planned + a.Unplanned }

// Share is the part of the period in which the service was not interrupted,
// from 0 to 1. It is false where there is no such period: the service was
// closed for good, or the period is empty.
func (a Availability) Share() (float64, bool) {
	open := a.To.Sub(a.From.Time) - a.Closed
	if open <= 0 {
		return 0, false
	}
	return 1 - float64(a.Interrupted())/float64(open), true
}

// Shortest and Median are of Ahead; false where nothing had been planned.
func (a Availability) Shortest() (time.Duration, bool) {
	if len(a.Ahead) == 0 {
		return 0, false
	}
	return a.Ahead[0], true
}

// Median is the middle of Ahead, or half-way between the two in the middle.
func (a Availability) Median() (time.Duration, bool) {
	n := len(a.Ahead)
	if n == 0 {
		return 0, false
	}
	return (a.Ahead[(n-1)/2] + a.Ahead[n/2]) / 2, true
}

// AvailabilityOf counts for a service in a mode from one instant up to another,
// which must not be still to come. Exercises and other environments than
// production do not count.
func AvailabilityOf(states []State, service, mode string, from, to time.Time) Availability {
	c := counter{Availability: Availability{Service: service, Mode: mode, From: At(from), To: At(to)}}
	for _, s := range states {
		if s.Stage() == string(EnvProduction) {
			c.take(s)
		}
	}
	c.sum()
	slices.Sort(c.Ahead)
	return c.Availability
}

// Planned is whether a span is of those that are announced beforehand.
func (s Span) Planned() bool { return s.Kind != Incident && s.Kind != Degradation }

// A stretch is a part of time.
type stretch struct{ from, to time.Time }

func (s stretch) within(o stretch) stretch {
	if s.from.Before(o.from) {
		s.from = o.from
	}
	if s.to.After(o.to) {
		s.to = o.to
	}
	return s
}

func (s stretch) empty() bool { return !s.from.Before(s.to) }

// on is when a span lasts, up to an instant where nobody has said that it is
// over.
func (s Span) on(until time.Time) stretch {
	end := until
	for _, t := range []time.Time{s.Over.Time, s.lapse()} {
		if !t.IsZero() && t.Before(end) {
			end = t
		}
	}
	return stretch{s.Start.Time, end}
}

// What may hold at an instant.
const (
	countPlanned = iota
	countUnplanned
	countOverdue
	countDegraded
	countClosed
	countFallback
	counts
)

// A mark is where something begins (+1) or is over (-1).
type mark struct {
	at    time.Time
	what  int
	delta int
}

// A counter gathers what holds when, to be summed up in one sweep.
type counter struct {
	Availability
	marks []mark
}

func (c *counter) period() stretch { return stretch{c.From.Time, c.To.Time} }

func (c *counter) hold(what int, s stretch) {
	if s = s.within(c.period()); !s.empty() {
		c.marks = append(c.marks, mark{s.from, what, +1}, mark{s.to, what, -1})
	}
}

// take lets a notice weigh in.
func (c *counter) take(s State) {
	outages := map[int]bool{} // by occurrence
	var down []Span
	for _, span := range s.Spans {
		if span.Service != c.Service || span.Mode != c.Mode {
			continue
		}
		for _, o := range span.Fallbacks {
			c.hold(countFallback, stretch{o.From.Time, cmp.Or(o.Until.Time, c.To.Time)})
		}
		on := span.on(c.To.Time)
		if on.within(c.period()).empty() {
			continue
		}
		switch span.Effect {
		case Closed:
			c.hold(countClosed, on)
		case Degraded:
			c.hold(countDegraded, on)
		case Interrupted:
			outages[span.Occurrence] = true
			down = append(down, span)
			if span.Planned() {
				c.hold(countPlanned, on)
			} else {
				c.hold(countUnplanned, on)
			}
		}
	}
	c.Outages += len(outages)
	if len(down) > 0 {
		c.look(s, down)
	}
}

// look goes through what was said and when, for those spans of a notice that
// interrupt.
func (c *counter) look(s State, down []Span) {
	announced := map[int]time.Time{} // the first word of each of down, by its place
	s.eachText(func(as State, said stretch) {
		for _, span := range as.Spans {
			if span.Service != c.Service || span.Mode != c.Mode {
				continue
			}
			for i, d := range down {
				if announced[i].IsZero() && span.Start.Equal(d.Start.Time) {
					announced[i] = said.from
				}
			}
			c.overdue(span, said, down)
		}
	})
	for i, d := range down {
		if d.Planned() && d.firstEpisode(down) && !d.Start.Before(c.From.Time) && d.Start.Before(c.To.Time) {
			c.Ahead = append(c.Ahead, max(0, d.Start.Sub(announced[i])))
		}
	}
}

// overdue counts when a span was overdue by what was said at a time, as far as
// it has turned out to last.
func (c *counter) overdue(span Span, said stretch, down []Span) {
	latest := span.latest()
	if latest.IsZero() {
		return
	}
	late := stretch{latest, span.on(c.To.Time).to}.within(said)
	for _, d := range down {
		c.hold(countOverdue, late.within(d.on(c.To.Time)))
	}
}

// firstEpisode is whether no other of some spans is of the same window and
// began earlier: what goes on after an end that was taken back was not
// announced again.
func (s Span) firstEpisode(all []Span) bool {
	return !slices.ContainsFunc(all, func(o Span) bool { return o.Occurrence == s.Occurrence && o.Start.Before(s.Start.Time) })
}

// eachText goes through what a notice said in the course of time, and how long
// it said so.
func (s State) eachText(look func(as State, said stretch)) {
	never := time.Date(lastYear, 1, 1, 0, 0, 0, 0, time.UTC)
	var amends []Event
	for _, e := range s.Events {
		if rule, _ := RuleOf(e.Act.Type()); rule.Amends {
			amends = append(amends, e)
		}
	}
	as := State{}
	for i, e := range amends {
		as = as.With(e)
		until := never
		if i+1 < len(amends) {
			until = amends[i+1].Time
		}
		look(as, stretch{e.Time, until})
	}
}

// sum goes through time once, from mark to mark.
func (c *counter) sum() {
	slices.SortFunc(c.marks, func(a, b mark) int { return a.at.Compare(b.at) })
	var holds [counts]int
	for i, m := range c.marks {
		holds[m.what] += m.delta
		if i+1 < len(c.marks) {
			c.add(holds, c.marks[i+1].at.Sub(m.at))
		}
	}
}

// add counts a stretch in which the same holds.
func (c *counter) add(holds [counts]int, d time.Duration) {
	if holds[countFallback] > 0 {
		c.Fallback += d
	}
	switch {
	case holds[countClosed] > 0:
		c.Closed += d
	case holds[countUnplanned] > 0 || holds[countOverdue] > 0:
		c.Unplanned += d
		if holds[countOverdue] > 0 {
			c.Overdue += d
		}
	case holds[countPlanned] > 0:
		c.Planned += d
	case holds[countDegraded] > 0:
		c.Degraded += d
	}
}

// Announced is when the window of one of a notice's spans was first spoken of,
// and the end that was planned then; zero: none was.
func (s State) Announced(span Span) (at time.Time, end Time) {
	s.eachText(func(as State, said stretch) {
		for _, o := range as.Spans {
			if at.IsZero() && o.key() == span.key() && o.Start.Equal(span.Start.Time) {
				at, end = said.from, o.PlannedEnd
			}
		}
	})
	return at, end
}
