package notice

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Due are the acts that the clock owes at an instant: what is near, what has
// begun, what should be over and is not, each unless it has been told; and, for
// the bureau alone, what waits for a word of it. None of them changes the
// outlook, which follows the windows by itself.
func Due(s State, now time.Time) []Act {
	var owed []Act
	tell := func(act Act) {
		same := func(other Act) bool { return Moment(other) == Moment(act) }
		if !slices.ContainsFunc(s.Events, func(e Event) bool { return same(e.Act) }) && !slices.ContainsFunc(owed, same) {
			owed = append(owed, act)
		}
	}
	for _, span := range s.occurrences() {
		if hours := s.reminder(span, now); hours > 0 {
			tell(Reminded{span.Occurrence, span.Start, hours, late(now, before(span, hours))})
		}
		if span.On(now) && span.Episode == 1 && !s.foretold(span.Start) { // a resumption has told itself
			tell(Started{span.Occurrence, span.Start, late(now, span.Start.Time)})
		}
		if planned := At(span.latest()); span.Overdue(now) && !s.foretold(planned) {
			tell(Overdue{span.Occurrence, planned, late(now, planned.Time)})
		}
	}
	for _, w := range s.worries(now) {
		if nudge, ok := w.due(now); ok {
			tell(nudge)
		}
	}
	return owed
}

// Next is the first instant after now at which the clock will owe something,
// if nobody says anything before; zero for never.
func Next(s State, now time.Time) time.Time {
	var next time.Time
	add := func(at time.Time) {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, span := range s.occurrences() {
		add(span.Start.Time)
		add(span.latest())
		for _, hours := range s.Notice.Reminders {
			if at := before(span, hours); !at.Before(s.laid) {
				add(at)
			}
		}
	}
	for _, w := range s.worries(now) {
		add(w.after(now))
	}
	return next
}

// Moment names what an act of the clock tells of: no two of one name are told.
// It is "" for what people do.
func Moment(act Act) string {
	switch act := act.(type) {
	case Reminded:
		return fmt.Sprintf("%s.%d.%d", act.Type(), act.Start.Unix(), act.Hours)
	case Started:
		return fmt.Sprintf("%s.%d", act.Type(), act.Planned.Unix())
	case Overdue:
		return fmt.Sprintf("%s.%d", act.Type(), act.Planned.Unix())
	case Nudged:
		return fmt.Sprintf("%s.%s.%d.%d", act.Type(), act.Reason, act.Since.Unix(), act.Count)
	}
	return ""
}

// reminder is how many hours before a window the reminder goes out that is due;
// 0 for none. Of several that were missed only the last is owed, and none of a
// moment at which the window had not been announced.
func (s State) reminder(span Span, now time.Time) int {
	due := slices.DeleteFunc(slices.Clone(s.Notice.Reminders), func(hours int) bool {
		return hours < 1 || before(span, hours).After(now)
	})
	if len(due) == 0 || !now.Before(span.Start.Time) || before(span, slices.Min(due)).Before(s.laid) {
		return 0
	}
	return slices.Min(due)
}

// before is an instant some hours before a span starts. They are real hours: a
// change of the clocks in between does not count.
func before(span Span, hours int) time.Time {
	return span.Start.Add(-time.Duration(hours) * time.Hour)
}

// foretold is whether an instant lies in the past that a retroactive notice
// speaks of: the notice itself tells of it.
func (s State) foretold(planned Time) bool {
	return s.Notice.Retroactive && planned.Before(s.Published)
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

// late is how many whole seconds have gone by since an act was due.
func late(now, due time.Time) int { return int(now.Sub(due) / time.Second) }
