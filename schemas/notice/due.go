package notice

import (
	"cmp"
	"slices"
	"time"
)

// Due are the acts that the clock owes the public at an instant: what has
// begun and has not been told, what should be over and is not. None of them
// changes the outlook, which follows the windows by itself.
func Due(s State, now time.Time) []Act {
	var owed []Act
	add := func(span Span, t Type, planned Time) {
		if s.told(t, planned) || s.foretold(planned) || slices.ContainsFunc(owed, isTold(t, planned)) {
			return
		}
		if t == TypeStarted {
			owed = append(owed, Started{span.Occurrence, planned, late(now, planned.Time)})
		} else {
			owed = append(owed, Overdue{span.Occurrence, planned, late(now, planned.Time)})
		}
	}
	for _, span := range s.occurrences() {
		if span.On(now) && span.Episode == 1 { // a resumption has told itself
			add(span, TypeStarted, span.Start)
		}
		if span.Overdue(now) {
			add(span, TypeOverdue, At(span.latest()))
		}
	}
	return owed
}

// foretold is whether an instant lies in the past that a retroactive notice
// speaks of: the notice itself tells of it.
func (s State) foretold(planned Time) bool {
	return s.Notice.Retroactive && planned.Before(s.Published)
}

// Next is the first instant after now at which the clock will owe something,
// if nobody says anything before; zero for never.
func Next(s State, now time.Time) time.Time {
	var next time.Time
	for _, span := range s.occurrences() {
		for _, at := range []time.Time{span.Start.Time, span.latest()} {
			if at.After(now) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next
}

// occurrences are the windows that people are told of: one span of each, of
// those that affect somebody and are not over, by start.
func (s State) occurrences() []Span {
	open := slices.DeleteFunc(slices.Clone(s.Spans), func(span Span) bool {
		return !span.Over.IsZero() || span.Effect == Unaffected
	})
	slices.SortStableFunc(open, func(a, b Span) int {
		return cmp.Or(a.Start.Compare(b.Start.Time), a.latest().Compare(b.latest()))
	})
	return slices.CompactFunc(open, func(a, b Span) bool {
		return a.Start.Equal(b.Start.Time) && a.latest().Equal(b.latest()) && a.Episode == b.Episode
	})
}

// told is whether the record has an act of the clock about an instant.
func (s State) told(t Type, planned Time) bool {
	return slices.ContainsFunc(s.Events, func(e Event) bool { return isTold(t, planned)(e.Act) })
}

// isTold is whether an act is the clock's about an instant.
func isTold(t Type, planned Time) func(Act) bool {
	return func(act Act) bool {
		switch act := act.(type) {
		case Started:
			return t == TypeStarted && act.Planned.Equal(planned.Time)
		case Overdue:
			return t == TypeOverdue && act.Planned.Equal(planned.Time)
		}
		return false
	}
}

// late is how many whole seconds have gone by since an act was due.
func late(now, due time.Time) int { return int(now.Sub(due) / time.Second) }
