package notice

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// A State is what the events of one notice add up to.
type State struct {
	ID        string
	Notice    Notice  // as last said
	Scope     []Scope // the same, resolved: explicit codes, every mode
	Number    int     // of the last event; 0 before publication
	Version   int
	Episode   int // 1, and one more each time an end is taken back
	Published time.Time
	Updated   time.Time
	Spans     []Span
	Cancelled bool
	Postponed bool // sine die
	Events    []Event

	laid time.Time // when the windows were last said
}

// A Span is one stretch in which a notice concerns a service in a mode.
type Span struct {
	Notice         string   `json:"notice"`
	Version        int      `json:"version"`
	Kind           Kind     `json:"kind"`
	Service        string   `json:"service"`
	Mode           string   `json:"mode"`
	Effect         Effect   `json:"effect"`
	Messages       Messages `json:"messages,omitzero"`
	Occurrence     int      `json:"occurrence"` // which of the notice's windows, from 1
	Episode        int      `json:"episode"`
	Start          Time     `json:"start"`
	PlannedEnd     Time     `json:"planned_end,omitzero"` // zero: unknown
	MayExtendUntil Time     `json:"may_extend_until,omitzero"`
	// Over is when the service was back, as a person said. Zero: nobody has
	// said so, and nothing else ends a span.
	Over      Time      `json:"over,omitzero"`
	Fallbacks []Opening `json:"fallbacks,omitzero"`

	window   Time      // when its window starts, in whatever episode
	endedBy  int       // the number of the event that set Over, until it is taken back
	held     []Opening // the fallback as it was before that event
	acted    bool      // people have opened or closed the fallback by an act of its own
	recurs   bool      // its window is one of those that recur
	extended bool      // and has another planned end than the others
}

// An Opening is an interval in which the fallback is authorised.
type Opening struct {
	From      Time      `json:"from"`
	Until     Time      `json:"until,omitzero"` // zero: until it is revoked or the alert ends
	Condition Condition `json:"condition,omitzero"`
	Sheet     string    `json:"sheet,omitzero"`
	Service   string    `json:"service,omitzero"`
}

// On is whether the span lasts at an instant: from its start until a person
// has said that it is over, whatever had been planned. One that affects nothing
// waits for nobody: it is gone at its planned end, or at once where that is not
// known.
func (s Span) On(at time.Time) bool {
	return !at.Before(s.Start.Time) && !s.over(at) && !s.lapsed(at)
}

func (s Span) over(at time.Time) bool { return !s.Over.IsZero() && !at.Before(s.Over.Time) }

func (s Span) lapsed(at time.Time) bool { return !s.lapse().IsZero() && !at.Before(s.lapse()) }

// lapse is when a span is gone without a word; zero for never.
func (s Span) lapse() time.Time {
	if s.Effect != Unaffected {
		return time.Time{}
	}
	return cmp.Or(s.latest(), s.Start.Time)
}

// Overdue is whether the span lasts past its planned end, or past the time
// until which it was said that it may be extended. An unknown end never is.
func (s Span) Overdue(at time.Time) bool {
	latest := s.latest()
	return s.On(at) && !latest.IsZero() && !at.Before(latest)
}

func (s Span) latest() time.Time {
	return Window{s.Start, s.PlannedEnd, s.MayExtendUntil}.latest()
}

// Authorised is the opening of the fallback at an instant, if there is one.
func (s Span) Authorised(at time.Time) (Opening, bool) {
	for _, o := range s.Fallbacks {
		if !at.Before(o.From.Time) && (o.Until.IsZero() || at.Before(o.Until.Time)) {
			return o, true
		}
	}
	return Opening{}, false
}

// Opening is the opening of the fallback at an instant or, where it is closed,
// the next one that is planned.
func (s Span) Opening(at time.Time) (next Opening, ok bool) {
	if o, open := s.Authorised(at); open {
		return o, true
	}
	for _, o := range s.Fallbacks {
		if o.From.After(at) && (!ok || o.From.Before(next.From.Time)) {
			next, ok = o, true
		}
	}
	return next, ok
}

// Fold adds up the events of one notice, in the order of the record.
func Fold(events []Event) State {
	var s State
	for _, e := range events {
		s = s.With(e)
	}
	return s
}

// Known are those events that had been published by an instant.
func Known(events []Event, at time.Time) []Event {
	return slices.DeleteFunc(slices.Clone(events), func(e Event) bool { return e.Time.After(at) })
}

// With is the state after one more event. The state it is asked of stays as
// it was.
func (s State) With(e Event) State {
	s.Spans = slices.Clone(s.Spans)
	s.Events = append(slices.Clip(s.Events), e)
	s.ID, s.Number, s.Version, s.Updated = e.Notice, e.Number, e.Version, e.Time
	s.apply(e)
	for i := range s.Spans {
		s.Spans[i].Notice, s.Spans[i].Version = s.ID, s.Version
	}
	return s
}

func (s *State) apply(e Event) {
	switch e.Act.(type) {
	case Published, Corrected, Changed, Postponed, Reinstated:
		s.laid = e.Time
	}
	switch act := e.Act.(type) {
	case Published:
		s.Published, s.Episode = e.Time, 1
		s.say(act.Notice, act.Scope)
	case Corrected:
		s.say(act.Notice, act.Scope)
	case Changed:
		s.say(act.Notice, act.Scope)
	case Postponed:
		s.Postponed = len(act.Windows) == 0
		s.move(act.Windows)
	case Cancelled:
		s.Cancelled, s.Spans = true, s.past()
	case Reinstated:
		s.Cancelled = false
		if len(act.Windows) > 0 {
			s.Postponed = false
			s.move(act.Windows)
		} else {
			s.Spans = s.again()
		}
	case Extended:
		s.extend(act, e.Time)
	case FallbackOpened:
		s.openFallback(act, e.Time)
	case FallbackClosed:
		s.closeFallback(act, e.Time)
	case Recovered:
		s.end(e, act.At, act.Fallback, matching(act.Services, act.Modes))
	case Ended:
		s.end(e, act.At, act.Fallback, matching(nil, nil))
	case Resumed:
		s.resume(e)
	}
	// Progressed, Reminded, Started, Overdue and Nudged tell people; they change nothing.
}

// matching are the spans of some services and modes; none named means all.
func matching(services, modes []string) func(Span) bool {
	return func(s Span) bool {
		return (len(services) == 0 || slices.Contains(services, s.Service)) &&
			(len(modes) == 0 || slices.Contains(modes, s.Mode))
	}
}

// extend gives what is on another planned end, and its windows in the text; a
// window that recurs keeps its own, for the times to come.
func (s *State) extend(act Extended, now time.Time) {
	on := map[time.Time]bool{} // the starts of the windows that run
	for i := range s.Spans {
		span := &s.Spans[i]
		if span.On(now) {
			span.PlannedEnd, span.MayExtendUntil, span.extended = act.Until, act.MayExtendUntil, true
			on[span.window.UTC()] = true
		}
	}
	if !s.Notice.Recurs.IsZero() {
		return
	}
	s.eachWindow(func(w *Window) {
		if on[w.Start.UTC()] {
			w.End, w.MayExtendUntil = act.Until, act.MayExtendUntil
		}
	})
}

// end closes what is on and matches, and its fallback as was said: also that
// which an earlier window of the same service and mode had kept open.
func (s *State) end(e Event, at Time, after FallbackAfter, match func(Span) bool) {
	ended := map[[2]string]bool{}
	for i := range s.Spans {
		span := &s.Spans[i]
		if span.On(e.Time) && match(*span) {
			span.Over, span.endedBy, span.held = at, e.Number, span.Fallbacks
			ended[span.key()] = true
		}
	}
	closing := map[Closes]Time{ClosesNow: at, ClosesAt: after.At}[after.Closes]
	if closing.IsZero() {
		return
	}
	for i := range s.Spans {
		if ended[s.Spans[i].key()] && s.Spans[i].over(e.Time) {
			s.Spans[i].closeFallback(closing)
		}
	}
}

// key is what a span is about.
func (s Span) key() [2]string { return [2]string{s.Service, s.Mode} }

// lastEnd is the number of the last event that said that something is over
// and has not been taken back; 0 for none.
func (s State) lastEnd() (number int) {
	for _, span := range s.Spans {
		number = max(number, span.endedBy)
	}
	return number
}

// resume takes the last end back: what it closed goes on from now, as a new
// episode, and so does the fallback as it was before that end.
func (s *State) resume(e Event) {
	last, start := s.lastEnd(), At(e.Time)
	s.Episode++
	for i, span := range slices.Clone(s.Spans) {
		if last == 0 || span.endedBy != last {
			continue
		}
		s.Spans[i].endedBy, s.Spans[i].held = 0, nil
		span.Start, span.Over, span.Episode = start, Time{}, s.Episode
		span.Fallbacks, span.held, span.endedBy = onwards(span.held, start), nil, 0
		s.Spans = append(s.Spans, span)
	}
}

// onwards are the openings from an instant on.
func onwards(all []Opening, start Time) []Opening {
	var kept []Opening
	for _, o := range all {
		if !o.Until.IsZero() && !o.Until.After(start.Time) {
			continue
		}
		if o.From.Before(start.Time) {
			o.From = start
		}
		kept = append(kept, o)
	}
	return kept
}

// openFallback authorises the fallback in the window that runs or, where none
// does, in the next one, in place of what had been authorised there.
func (s *State) openFallback(act FallbackOpened, now time.Time) {
	from := act.Fallback.From
	if from.IsZero() {
		from = At(now)
	}
	f := act.Fallback
	for _, i := range s.nearest(now, matching(act.Services, act.Modes)) {
		span := &s.Spans[i]
		span.closeFallback(from)
		span.Fallbacks = append(span.Fallbacks, Opening{from, f.Until, f.Condition, f.Sheet, f.Service})
		span.acted = true
	}
}

// nearest are the places, for each service and mode, of the span that is on or,
// where none is, of the next one.
func (s State) nearest(now time.Time, match func(Span) bool) []int {
	first := map[[2]string]int{}
	for i, span := range s.Spans {
		if span.over(now) || span.Effect == Unaffected || !match(span) {
			continue
		}
		if other, ok := first[span.key()]; !ok || span.Start.Before(s.Spans[other].Start.Time) {
			first[span.key()] = i
		}
	}
	return slices.Sorted(maps.Values(first))
}

func (s *State) closeFallback(act FallbackClosed, now time.Time) {
	match, at := matching(act.Services, act.Modes), act.when(now)
	for i := range s.Spans {
		span := &s.Spans[i]
		if match(*span) {
			span.closeFallback(at)
			span.held = closed(span.held, at)
			span.acted = true
		}
	}
}

// when is the instant at which the fallback closes.
func (act FallbackClosed) when(now time.Time) Time {
	if act.At.IsZero() {
		return At(now)
	}
	return act.At
}

func (s *Span) closeFallback(at Time) { s.Fallbacks = closed(s.Fallbacks, at) }

// closed revokes what is open at an instant and what would open later.
func closed(all []Opening, at Time) []Opening {
	var kept []Opening
	for _, o := range all {
		if !o.From.Before(at.Time) {
			continue
		}
		if o.Until.IsZero() || o.Until.After(at.Time) {
			o.Until = at
		}
		kept = append(kept, o)
	}
	return kept
}

// Phase is where the notice stands at an instant, from what is known now.
func (s State) Phase(at time.Time) Phase {
	switch {
	case s.Number == 0:
		return Unpublished
	case s.Cancelled:
		return CalledOff
	case s.Postponed:
		return Adjourned
	case slices.ContainsFunc(s.Spans, func(span Span) bool { return span.On(at) }):
		return Running
	case len(s.Spans) == 0, slices.ContainsFunc(s.Spans, func(span Span) bool { return span.Start.After(at) }):
		return Announced
	}
	return Over
}

// Ended is the last end of alert that still holds, and its event.
func (s State) Ended() (Ended, Event, bool) {
	for _, e := range slices.Backward(s.Events) {
		holds := func(span Span) bool { return span.endedBy == e.Number }
		if act, ok := e.Act.(Ended); ok && slices.ContainsFunc(s.Spans, holds) {
			return act, e, true
		}
	}
	return Ended{}, Event{}, false
}
