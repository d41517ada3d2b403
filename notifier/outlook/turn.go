package outlook

import (
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages/kept"
)

// A stretch of time in which, by a state of the record, nothing begins, ends
// or falls due.
type stretch struct {
	seq         uint64
	from, until time.Time
}

// turn is when an answer may become another though nothing is published:
// something begins, ends or falls due.
func (s *Site) turn(made kept.Instant) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calm.seq != made.Seq || made.At.Before(s.calm.from) || !made.At.Before(s.calm.until) {
		s.calm = stretch{made.Seq, made.At, turn(s.Record.States(), made.At)}
	}
	return s.calm.until
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
