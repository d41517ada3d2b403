package notice

import (
	"cmp"
	"slices"
)

// say takes a new text of the notice. What a person has said to be over stays
// over, and what was resumed goes on.
func (s *State) say(n Notice, scope []Scope) {
	s.Notice, s.Scope = n, scope
	s.Spans = carry(s.Spans, spans(n, scope))
}

// move gives the notice, and every line of its scope, other windows. They are
// all there are: what recurred does not any more.
func (s *State) move(windows []Window) {
	s.Notice.Windows, s.Notice.Recurs = windows, Recurrence{}
	s.Notice.Scope = withoutWindows(s.Notice.Scope)
	s.Scope = withoutWindows(s.Scope)
	s.Spans = s.again()
}

// again lays the text over its windows anew; what is over stays over.
func (s *State) again() []Span { return carry(s.past(), spans(s.Notice, s.Scope)) }

func withoutWindows(scope []Scope) []Scope {
	scope = slices.Clone(scope)
	for i := range scope {
		scope[i].Windows = nil
	}
	return scope
}

// past are the spans that are over: what has been told of them has happened,
// whatever becomes of the notice.
func (s *State) past() []Span {
	return slices.DeleteFunc(slices.Clone(s.Spans), func(span Span) bool { return span.Over.IsZero() })
}

// eachWindow lets change the windows of the text, in the notice and in its
// lines, without changing those of an earlier state.
func (s *State) eachWindow(change func(*Window)) {
	clone := func(windows []Window) []Window {
		windows = slices.Clone(windows)
		for i := range windows {
			change(&windows[i])
		}
		return windows
	}
	s.Notice.Windows = clone(s.Notice.Windows)
	s.Notice.Scope, s.Scope = slices.Clone(s.Notice.Scope), slices.Clone(s.Scope)
	for _, scope := range [][]Scope{s.Notice.Scope, s.Scope} {
		for i := range scope {
			scope[i].Windows = clone(scope[i].Windows)
		}
	}
}

// carry keeps, in the spans of a new text, what people have said since the old
// one: each episode of a window that is still there, and whatever is over.
func carry(old, planned []Span) []Span {
	heirs := make([][]Span, len(planned))
	var rest []Span
	for _, span := range old {
		if i := heir(span, planned); i >= 0 {
			heirs[i] = append(heirs[i], planned[i].after(span))
		} else if !span.Over.IsZero() {
			rest = append(rest, span)
		}
	}
	for i, span := range planned {
		if len(heirs[i]) == 0 {
			heirs[i] = []Span{span}
		}
	}
	return slices.Concat(rest, slices.Concat(heirs...))
}

// heir is the place of the span whose window is another's in a new text: it
// starts when that did or, if none does, has its place and overlaps it. -1 if
// the window is not there any more.
func heir(old Span, planned []Span) int {
	i := slices.IndexFunc(planned, func(now Span) bool {
		return now.key() == old.key() && now.window.Equal(old.window.Time)
	})
	if i >= 0 {
		return i
	}
	return slices.IndexFunc(planned, func(now Span) bool {
		return now.key() == old.key() && now.Occurrence == old.Occurrence && now.overlaps(old)
	})
}

func (s Span) overlaps(old Span) bool {
	end := old.latest()
	if !old.Over.IsZero() {
		end = old.Over.Time
	}
	return old.window.Before(cmp.Or(s.latest(), farAway)) && s.window.Before(cmp.Or(end, farAway))
}

// after is a span of a new text, with what people have said of the old one. Its
// fallback follows the text until they have said something of it.
func (s Span) after(old Span) Span {
	s.Over, s.endedBy, s.Episode = old.Over, old.endedBy, old.Episode
	if s.recurs && old.extended {
		s.PlannedEnd, s.MayExtendUntil, s.extended = old.PlannedEnd, old.MayExtendUntil, true
	}
	if old.Episode > 1 {
		s.Start = old.Start
	}
	if old.acted || old.Episode > 1 || !old.Over.IsZero() {
		s.Fallbacks, s.held, s.acted = old.Fallbacks, old.held, old.acted
	}
	return s
}

// spans lays the lines of a scope over their windows.
func spans(n Notice, scope []Scope) []Span {
	var all []Span
	common := n.Occurrences()
	for _, line := range scope {
		windows := line.Windows
		if len(windows) == 0 {
			windows = common
		}
		for _, service := range line.Services {
			for _, mode := range line.Modes {
				for i, w := range windows {
					all = append(all, Span{
						Kind: n.Kind, Service: service, Mode: mode, Effect: line.Effect, Messages: line.Messages,
						Occurrence: i + 1, Episode: 1,
						Start: w.Start, PlannedEnd: w.End, MayExtendUntil: w.MayExtendUntil,
						Fallbacks: openings(line.Fallback, w, i == 0), window: w.Start, recurs: !n.Recurs.IsZero(),
					})
				}
			}
		}
	}
	return all
}

// openings is when a fallback is authorised, as planned: from the window's
// start and until the end of alert, unless the notice says otherwise. A start
// of its own is that of the first window's; the others do not open before they
// begin.
func openings(f Fallback, w Window, first bool) []Opening {
	from := f.From
	if from.IsZero() || !first && from.Before(w.Start.Time) {
		from = w.Start
	}
	if !f.Authorised || !f.Until.IsZero() && !f.Until.After(from.Time) {
		return nil
	}
	return []Opening{{From: from, Until: f.Until, Condition: f.Condition, Sheet: f.Sheet, Service: f.Service}}
}
