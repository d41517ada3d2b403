package outlook

import (
	"cmp"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A stretch of time in which, by a state of the record, nothing begins, ends
// or falls due.
type stretch struct {
	seq         uint64
	from, until time.Time
}

// until is when an answer may become another though nothing is published: when
// the time that it tells is another, or when something begins, ends or falls
// due. It is whole seconds.
func (s *Site) until(made instant, each time.Duration) time.Time {
	each = cmp.Or(each, time.Minute)
	next := made.at.Truncate(each).Add(each)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calm.seq != made.seq || made.at.Before(s.calm.from) || !made.at.Before(s.calm.until) {
		s.calm = stretch{made.seq, made.at, turn(s.Record.States(), made.at)}
	}
	if s.calm.until.Before(next) {
		return s.calm.until
	}
	return next
}

// turn is the first whole second after an instant at which what is known of
// some notices says another thing; a day later at most.
func turn(states []notice.State, at time.Time) time.Time {
	first := at.Add(24 * time.Hour)
	consider := func(t time.Time) {
		if t.After(at) && t.Before(first) {
			first = t
		}
	}
	for i := range states {
		consider(states[i].Updated.Add(lately))
		for j := range states[i].Spans {
			span := &states[i].Spans[j]
			for _, t := range []notice.Time{span.Start, span.PlannedEnd, span.MayExtendUntil, span.Over} {
				consider(t.Time)
			}
			consider(span.Start.Add(notice.AlertMemory + time.Second)) // a service that is closed is no news any more
			for _, o := range span.Fallbacks {
				consider(o.From.Time)
				consider(o.Until.Time)
			}
		}
	}
	if whole := first.Truncate(time.Second); !whole.Equal(first) {
		return whole.Add(time.Second)
	}
	return first
}
