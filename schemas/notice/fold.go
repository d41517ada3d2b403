package notice

import (
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

	endedBy int // the number of the event that set Over
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
// has said that it is over, whatever had been planned.
func (s Span) On(at time.Time) bool { return !at.Before(s.Start.Time) && !s.over(at) }

func (s Span) over(at time.Time) bool { return !s.Over.IsZero() && !at.Before(s.Over.Time) }

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
		s.Cancelled, s.Postponed, s.Spans = true, false, nil
	case Reinstated:
		s.Cancelled = false
		s.move(slices.Concat(act.Windows, s.unlessGiven(act.Windows)))
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
	// Progressed, Reminded, Started and Overdue tell people; they change nothing.
}

// unlessGiven are the notice's own windows where no other ones are given.
func (s *State) unlessGiven(windows []Window) []Window {
	if len(windows) > 0 {
		return nil
	}
	return s.Notice.Windows
}

// say takes a new text of the notice. What a person has said to be over in a
// window that is still there stays over, and what was resumed goes on.
func (s *State) say(n Notice, scope []Scope) {
	before := s.Spans
	s.Notice, s.Scope = n, scope
	s.Spans = spans(n, scope)
	for _, old := range before {
		for _, now := range s.Spans {
			if old.Service == now.Service && old.Mode == now.Mode && old.Occurrence == now.Occurrence {
				s.carry(old, now)
				break
			}
		}
	}
}

// carry keeps of an old span, in the new text of its window, what people have
// said since.
func (s *State) carry(old, now Span) {
	now.Over, now.endedBy, now.Episode = old.Over, old.endedBy, old.Episode
	if old.Episode > 1 {
		now.Start = old.Start
	}
	if !old.Over.IsZero() {
		now.closeFallback(old.Over)
	}
	for i := range s.Spans {
		same := s.Spans[i].Service == now.Service && s.Spans[i].Mode == now.Mode && s.Spans[i].Occurrence == now.Occurrence
		if same && s.Spans[i].Episode == now.Episode {
			s.Spans[i] = now
			return
		}
	}
	s.Spans = append(s.Spans, now)
}

// move gives the notice, and every line of its scope, other windows.
func (s *State) move(windows []Window) {
	s.Notice.Windows = windows
	s.Notice.Scope = slices.Clone(s.Notice.Scope)
	for i := range s.Notice.Scope {
		s.Notice.Scope[i].Windows = nil
	}
	s.Scope = slices.Clone(s.Scope)
	for i := range s.Scope {
		s.Scope[i].Windows = nil
	}
	s.Spans = spans(s.Notice, s.Scope)
}

// spans lays the lines of a scope over their windows.
func spans(n Notice, scope []Scope) []Span {
	var all []Span
	for _, line := range scope {
		windows := line.Windows
		if len(windows) == 0 {
			windows = n.Windows
		}
		for _, service := range line.Services {
			for _, mode := range line.Modes {
				for i, w := range windows {
					all = append(all, Span{
						Kind: n.Kind, Service: service, Mode: mode, Effect: line.Effect, Messages: line.Messages,
						Occurrence: i + 1, Episode: 1,
						Start: w.Start, PlannedEnd: w.End, MayExtendUntil: w.MayExtendUntil,
						Fallbacks: openings(line.Fallback, w),
					})
				}
			}
		}
	}
	return all
}

// openings is when a fallback is authorised, as planned: from the window's
// start and until the end of alert, unless the notice says otherwise.
func openings(f Fallback, w Window) []Opening {
	if !f.Authorised {
		return nil
	}
	from := f.From
	if from.IsZero() {
		from = w.Start
	}
	return []Opening{{From: from, Until: f.Until, Condition: f.Condition, Sheet: f.Sheet, Service: f.Service}}
}

// matching are the spans of some services and modes; none named means all.
func matching(services, modes []string) func(Span) bool {
	return func(s Span) bool {
		return (len(services) == 0 || slices.Contains(services, s.Service)) &&
			(len(modes) == 0 || slices.Contains(modes, s.Mode))
	}
}

func (s *State) extend(act Extended, now time.Time) {
	s.Notice.Windows = slices.Clone(s.Notice.Windows)
	for i := range s.Spans {
		span := &s.Spans[i]
		if !span.On(now) {
			continue
		}
		span.PlannedEnd, span.MayExtendUntil = act.Until, act.MayExtendUntil
		if o := span.Occurrence - 1; o < len(s.Notice.Windows) && s.Notice.Windows[o].Start.Equal(span.Start.Time) {
			s.Notice.Windows[o].End, s.Notice.Windows[o].MayExtendUntil = act.Until, act.MayExtendUntil
		}
	}
}

// end closes what is on and matches, and the fallback as was said.
func (s *State) end(e Event, at Time, after FallbackAfter, match func(Span) bool) {
	for i := range s.Spans {
		span := &s.Spans[i]
		if !span.On(e.Time) || !match(*span) {
			continue
		}
		span.Over, span.endedBy = at, e.Number
		switch after.Closes {
		case ClosesNow:
			span.closeFallback(at)
		case ClosesAt:
			span.closeFallback(after.At)
		}
	}
}

// resume takes the last end back: what it closed goes on from now, as a new
// episode, and so does its fallback.
func (s *State) resume(e Event) {
	last := 0
	for _, span := range s.Spans {
		last = max(last, span.endedBy)
	}
	s.Episode++
	for _, span := range slices.Clone(s.Spans) {
		if last == 0 || span.endedBy != last {
			continue
		}
		span.Start, span.Over, span.endedBy, span.Episode = At(e.Time), Time{}, 0, s.Episode
		if n := len(span.Fallbacks); n > 0 {
			again := span.Fallbacks[n-1]
			again.From, again.Until = span.Start, Time{}
			span.Fallbacks = []Opening{again}
		}
		s.Spans = append(s.Spans, span)
	}
}

func (s *State) openFallback(act FallbackOpened, now time.Time) {
	match := matching(act.Services, act.Modes)
	for i := range s.Spans {
		span := &s.Spans[i]
		if span.over(now) || !match(*span) {
			continue
		}
		from := act.Fallback.From
		if from.IsZero() {
			from = At(now)
		}
		f := act.Fallback
		span.Fallbacks = append(slices.Clone(span.Fallbacks), Opening{from, f.Until, f.Condition, f.Sheet, f.Service})
	}
}

func (s *State) closeFallback(act FallbackClosed, now time.Time) {
	match := matching(act.Services, act.Modes)
	at := act.At
	if at.IsZero() {
		at = At(now)
	}
	for i := range s.Spans {
		if match(s.Spans[i]) {
			s.Spans[i].closeFallback(at)
		}
	}
}

// closeFallback revokes what is open at an instant and what would open later.
func (s *Span) closeFallback(at Time) {
	var kept []Opening
	for _, o := range s.Fallbacks {
		if !o.From.Before(at.Time) {
			continue
		}
		if o.Until.IsZero() || o.Until.After(at.Time) {
			o.Until = at
		}
		kept = append(kept, o)
	}
	s.Fallbacks = kept
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
		switch act := e.Act.(type) {
		case Ended:
			return act, e, true
		case Resumed:
			return Ended{}, Event{}, false
		}
	}
	return Ended{}, Event{}, false
}
