package notice

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// A Command is one act that somebody wants done.
type Command struct {
	ID    string // the same command is done once
	Roles []Role // of whoever gives it
	Act   Act
}

// Decide makes the event of a command, or says why it may not be: ErrForbidden,
// ErrConflict, or ErrInvalid with how to mend it. The event's ID and Notice
// are the caller's to fill in. An act that amends carries what was said before:
// Decide writes it there. A text that was made for another state of the notice
// than this one is refused, that it does not undo unseen what has been said
// since.
func Decide(s State, c Command, now time.Time) (Event, error) {
	rule, ok := RuleOf(c.Act.Type())
	if !ok {
		return Event{}, fmt.Errorf("%w: no such act: %s", ErrInvalid, c.Act.Type())
	}
	if err := rule.admit(s.Phase(now), c.Roles); err != nil {
		return Event{}, err
	}
	if err := s.sensible(c.Act, now); err != nil {
		return Event{}, err
	}
	c.Act = s.Recall(c.Act, now)
	e := Event{Notice: s.ID, Number: s.Number + 1, Version: s.Version, Time: now, Command: c.ID, Act: c.Act}
	if rule.Amends {
		e.Version++
	}
	for _, role := range c.Roles {
		for _, by := range rule.By {
			if role == by && e.By == "" {
				e.By = role
			}
		}
	}
	return e, nil
}

// Recall is an act that amends, with what it amends as that stands now.
func (s State) Recall(act Act, now time.Time) Act {
	switch act := act.(type) {
	case Corrected:
		act.Previous = s.Notice
		return act
	case Changed:
		act.Previous = s.Notice
		return act
	case Postponed:
		act.Previous = s.announced()
		return act
	case Extended:
		act.Previous = s.plannedEnd(now)
		return act
	}
	return act
}

// announced are all windows of the notice that nobody has said to be over, each
// once, in order. They lie in its spans or, where it concerns no service, in
// its text.
func (s State) announced() []Window {
	if len(s.Scope) == 0 {
		return s.Notice.Occurrences()
	}
	var all []Window
	for _, span := range s.Spans {
		w := Window{span.Start, span.PlannedEnd, span.MayExtendUntil}
		if span.Over.IsZero() && !slices.ContainsFunc(all, w.equal) {
			all = append(all, w)
		}
	}
	slices.SortFunc(all, func(a, b Window) int {
		return cmp.Or(a.Start.Compare(b.Start.Time), a.End.Compare(b.End.Time), a.MayExtendUntil.Compare(b.MayExtendUntil.Time))
	})
	return all
}

// plannedEnd is the latest planned end of what is on; none where one of them
// is not known.
func (s State) plannedEnd(now time.Time) (latest Time) {
	for _, span := range s.Spans {
		switch {
		case !span.On(now):
		case span.PlannedEnd.IsZero():
			return Time{}
		case span.PlannedEnd.After(latest.Time):
			latest = span.PlannedEnd
		}
	}
	return latest
}

// sensible refuses an act whose facts cannot be, given what went before.
func (s State) sensible(act Act, now time.Time) error {
	switch act := act.(type) {
	case Corrected:
		return s.sensibleText(act.Previous)
	case Changed:
		return s.sensibleText(act.Previous)
	case Extended:
		return s.sensibleExtension(act, now)
	case Recovered:
		return s.sensibleEnd(act.At, act.Fallback, now, matching(act.Services, act.Modes))
	case Ended:
		return s.sensibleEnd(act.At, act.Fallback, now, matching(nil, nil))
	case Resumed:
		return s.sensibleResumption(now)
	case Progressed:
		if act.Text == "" {
			return &ValueError{"a progress message needs its text", "say how things stand"}
		}
	case Postponed:
		return s.sensiblePostponement(act, now)
	case Reinstated:
		return s.sensibleReturn(act, now)
	case FallbackOpened:
		return s.sensibleOpening(act, now)
	case FallbackClosed:
		return s.sensibleClosing(act, now)
	}
	return nil
}

// sensibleText refuses a text that was made to replace another one than what
// the notice says now.
func (s State) sensibleText(replaces Notice) error {
	was, err := json.Marshal(replaces)
	if err != nil {
		return err
	}
	none, _ := json.Marshal(Notice{})
	now, err := json.Marshal(s.Notice)
	if err == nil && !bytes.Equal(was, now) && !bytes.Equal(was, none) {
		return fmt.Errorf("%w: the notice has changed since this text was made to replace it; look at it again", ErrConflict)
	}
	return err
}

func (s State) sensibleExtension(act Extended, now time.Time) error {
	if !act.MayExtendUntil.IsZero() && (act.Until.IsZero() || !act.MayExtendUntil.After(act.Until.Time)) {
		return &ValueError{"an extension would end before the planned end", "give a later time, and the planned end that may be extended"}
	}
	if act.Until.IsZero() { // until further notice
		return nil
	}
	if !act.Until.After(now) {
		return &ValueError{"the new planned end " + act.Until.String() + " has passed", "give a time to come, or none for until further notice"}
	}
	for _, span := range s.Spans {
		if span.On(now) && !span.PlannedEnd.IsZero() && !act.Until.After(span.PlannedEnd.Time) {
			return &ValueError{"the new planned end is not after the present one, " + span.PlannedEnd.String(), "to say that it is over, end it"}
		}
	}
	return nil
}

func (s State) sensibleResumption(now time.Time) error {
	last := s.lastEnd()
	if last == 0 {
		return fmt.Errorf("%w: there is no end to take back", ErrConflict)
	}
	for _, span := range s.Spans {
		again := func(other Span) bool { return other.key() == span.key() && other.On(now) }
		if span.endedBy == last && slices.ContainsFunc(s.Spans, again) {
			return fmt.Errorf("%w: %s in %s is out again in another window; its earlier end stands", ErrConflict, span.Service, span.Mode)
		}
	}
	return nil
}

func (s State) sensibleOpening(act FallbackOpened, now time.Time) error {
	from := cmp.Or(act.Fallback.From, At(now))
	switch {
	case !act.Fallback.Authorised:
		return &ValueError{"a fallback is opened by authorising it", "set authorised: true, or close it"}
	case !act.Fallback.Until.IsZero() && !act.Fallback.Until.After(from.Time):
		return &ValueError{"the fallback ends before it begins", "check its two times"}
	case len(s.nearest(now, matching(act.Services, act.Modes))) == 0:
		return fmt.Errorf("%w: none of these services and modes is out or will be", ErrConflict)
	}
	return nil
}

func (s State) sensibleClosing(act FallbackClosed, now time.Time) error {
	match, at := matching(act.Services, act.Modes), act.when(now)
	if !slices.ContainsFunc(s.Spans, func(span Span) bool { return match(span) && span.openAfter(at.Time) }) {
		return fmt.Errorf("%w: no fallback is authorised there", ErrConflict)
	}
	return nil
}

// openAfter is whether the fallback is authorised at an instant, or will be.
func (s Span) openAfter(at time.Time) bool {
	return slices.ContainsFunc(s.Fallbacks, func(o Opening) bool { return o.Until.IsZero() || o.Until.After(at) })
}

func (s State) sensibleEnd(at Time, after FallbackAfter, now time.Time, match func(Span) bool) error {
	switch {
	case at.After(now):
		return &ValueError{"an end cannot lie ahead: " + at.String(), "say that it is over when it is"}
	case after.Closes == "":
		return &ValueError{"what becomes of the fallback is not said", "give fallback: now, at, further_notice, or none"}
	case (after.Closes == ClosesAt) != !after.At.IsZero():
		return &ValueError{"a time goes with fallback: at, and with nothing else", "give both or neither"}
	case after.Closes == ClosesAt && after.At.Before(at.Time):
		return &ValueError{"the fallback would close before the services are back", "give a later time, or fallback: now"}
	}
	touched, authorised := false, false
	for _, span := range s.Spans {
		if !span.On(now) || !match(span) {
			continue
		}
		touched = true
		if at.Before(span.Start.Time) {
			return &ValueError{"the end " + at.String() + " lies before the start " + span.Start.String(), "give the time at which services were back"}
		}
		authorised = authorised || span.openAfter(now)
	}
	if !touched {
		return fmt.Errorf("%w: none of these services and modes is out", ErrConflict)
	}
	if authorised && after.Closes == ClosesNone {
		return &ValueError{"a fallback is authorised and nothing is said of it", "give fallback: now, at, or further_notice"}
	}
	return nil
}

func (s State) sensiblePostponement(act Postponed, now time.Time) error {
	for _, w := range act.Windows {
		if !w.Start.IsZero() && !w.Start.After(now) {
			return &ValueError{"the new window has begun already: " + w.Start.String(), "give windows to come"}
		}
	}
	return s.sensibleWindows(act.Windows)
}

// sensibleReturn refuses to reinstate what would be overdue at once.
func (s State) sensibleReturn(act Reinstated, now time.Time) error {
	if len(act.Windows) > 0 {
		s.move(act.Windows)
	} else {
		s.Spans = s.again()
	}
	for _, span := range s.Spans {
		if span.Over.IsZero() && !span.PlannedEnd.IsZero() && !span.PlannedEnd.After(now) {
			return &ValueError{"the window has passed: " + span.PlannedEnd.String(), "give windows to come"}
		}
	}
	return s.sensibleWindows(act.Windows)
}

// sensibleWindows refuses windows that cannot be, as Check does.
func (s State) sensibleWindows(windows []Window) error {
	k := checker{n: Notice{Kind: s.Notice.Kind}}
	k.windows(windows, "windows")
	return k.found.Err()
}
