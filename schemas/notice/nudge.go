package notice

import (
	"slices"
	"time"
)

// A Waiting is what the bureau is nudged about: what it alone can say.
type Waiting string

// What may wait for a word of the bureau.
const (
	WaitsForEnd      Waiting = "overdue"      // the planned end has passed
	WaitsForPlan     Waiting = "no_end"       // it is not known when it will end
	WaitsForProgress Waiting = "progress_due" // a message was promised for now
)

// Values lists what may wait.
func (Waiting) Values() []string { return []string{"overdue", "no_end", "progress_due"} }

// UnmarshalText refuses what does not wait.
func (w *Waiting) UnmarshalText(b []byte) error { return setWord(w, b) }

// A pace is after how long one is nudged, for the first time, the second, and
// so on; behind its end, every four hours.
type pace []time.Duration

var (
	rising   = pace{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, every}
	steady   = pace{every}
	promised = append(pace{0}, rising...)
)

const every = 4 * time.Hour

// nth is after how long the nth nudge comes.
func (p pace) nth(n int) time.Duration {
	if n <= len(p) {
		return p[n-1]
	}
	return p[len(p)-1] + time.Duration(n-len(p))*every
}

// count is how many nudges have come by then.
func (p pace) count(waited time.Duration) int {
	if last := p[len(p)-1]; waited >= last {
		return len(p) + int((waited-last)/every)
	}
	n, _ := slices.BinarySearch(p, waited+1)
	return n
}

// A worry is something that waits for a word of the bureau.
type worry struct {
	Nudged           // without its count
	pace   pace      // from Since on
	quiet  time.Time // nothing is said that was due by then: the bureau has just spoken, or been told
}

// after is when the next nudge comes.
func (w worry) after(now time.Time) time.Time {
	return w.Since.Add(w.pace.nth(w.pace.count(now.Sub(w.Since.Time)) + 1))
}

// due is the latest nudge whose time has come; of those missed before it
// nothing is said.
func (w worry) due(now time.Time) (Nudged, bool) {
	w.Count = w.pace.count(now.Sub(w.Since.Time))
	return w.Nudged, w.Count > 0 && w.Since.Add(w.pace.nth(w.Count)).After(w.quiet)
}

// worries are what waits while the notice runs, or will if nobody speaks.
func (s State) worries(now time.Time) []worry {
	var all []worry
	spoke := s.spoke()
	for _, span := range s.occurrences() {
		if !span.On(now) {
			continue
		}
		if w := (worry{Nudged{Occurrence: span.Occurrence}, promised, spoke}); len(all) == 0 && s.promise() != (Time{}) {
			w.Reason, w.Since = WaitsForProgress, s.promise()
			all = append(all, w)
		}
		latest := span.latest()
		switch told, ok := s.toldOverdue(latest); {
		case latest.IsZero() && span.Kind != Closure: // which has no end
			all = append(all, worry{Nudged{Reason: WaitsForPlan, Occurrence: span.Occurrence, Since: span.Start}, steady, spoke})
		case ok && span.Overdue(now):
			since := At(later(latest, span.Start.Time)) // a resumption starts anew
			all = append(all, worry{Nudged{Reason: WaitsForEnd, Occurrence: span.Occurrence, Since: since}, rising, later(told, spoke)})
		}
	}
	return all
}

// spoke is when people last said anything.
func (s State) spoke() time.Time {
	for _, e := range slices.Backward(s.Events) {
		if Moment(e.Act) == "" {
			return e.Time
		}
	}
	return time.Time{}
}

// toldOverdue is when people were told that a planned end has passed.
func (s State) toldOverdue(planned time.Time) (time.Time, bool) {
	if s.foretold(At(planned)) {
		return s.Published, true
	}
	told := Moment(Overdue{Planned: At(planned)})
	i := slices.IndexFunc(s.Events, func(e Event) bool { return Moment(e.Act) == told })
	if i < 0 {
		return time.Time{}, false
	}
	return s.Events[i].Time, true
}

// promise is when more was to be said of what runs; none where nothing was
// promised. An end keeps every promise.
func (s State) promise() Time {
	for _, e := range slices.Backward(s.Events) {
		switch act := e.Act.(type) {
		case Progressed:
			return act.Next
		case Ended, Resumed:
			return Time{}
		}
	}
	return Time{}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
