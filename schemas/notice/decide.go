package notice

import (
	"fmt"
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
// are the caller's to fill in.
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

// sensible refuses an act whose facts cannot be, given what went before.
func (s State) sensible(act Act, now time.Time) error {
	switch act := act.(type) {
	case Extended:
		return s.sensibleExtension(act, now)
	case Recovered:
		return s.sensibleEnd(act.At, act.Fallback, now, matching(act.Services, act.Modes))
	case Ended:
		return s.sensibleEnd(act.At, act.Fallback, now, matching(nil, nil))
	case Progressed:
		if act.Text == "" {
			return &ValueError{"a progress message needs its text", "say how things stand"}
		}
	case Postponed:
		return sensibleWindows(act.Windows, now)
	case Reinstated:
		return sensibleWindows(act.Windows, now)
	case FallbackOpened:
		if !act.Fallback.Authorised {
			return &ValueError{"a fallback is opened by authorising it", "set authorised: true, or close it"}
		}
	}
	return nil
}

func (s State) sensibleExtension(act Extended, now time.Time) error {
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

func (s State) sensibleEnd(at Time, after FallbackAfter, now time.Time, match func(Span) bool) error {
	switch {
	case at.After(now):
		return &ValueError{"an end cannot lie ahead: " + at.String(), "say that it is over when it is"}
	case after.Closes == "":
		return &ValueError{"what becomes of the fallback is not said", "give fallback: now, at, further_notice, or none"}
	case (after.Closes == ClosesAt) != !after.At.IsZero():
		return &ValueError{"a time goes with fallback: at, and with nothing else", "give both or neither"}
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
		_, open := span.Authorised(now)
		authorised = authorised || open
	}
	if !touched {
		return fmt.Errorf("%w: none of these services and modes is out", ErrConflict)
	}
	if authorised && after.Closes == ClosesNone {
		return &ValueError{"a fallback is authorised and nothing is said of it", "give fallback: now, at, or further_notice"}
	}
	return nil
}

func sensibleWindows(windows []Window, now time.Time) error {
	for _, w := range windows {
		if !w.End.IsZero() && !w.End.After(w.Start.Time) {
			return &ValueError{"the window ends before it starts", "check its two times"}
		}
		if !w.End.IsZero() && !w.End.After(now) {
			return &ValueError{"the window has passed", "give one to come"}
		}
	}
	return nil
}
