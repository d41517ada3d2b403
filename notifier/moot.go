package notifier

import (
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Lifetime is how long after an event it is worth telling anybody who could
// not be told at once.
const Lifetime = 48 * time.Hour

// mooted are the earlier events of a notice that its last one makes moot:
// whoever has not been told of them is not told any more.
//
// An end says all that happened in its episode, back to the end before it: a
// start that comes after it would alarm people for nothing. A resumption takes
// an end back. Acts on the fallback, which has its own clock, and what has a
// letter stand by themselves.
func mooted(s notice.State) []notice.Event {
	if len(s.Events) == 0 {
		return nil
	}
	var moot []notice.Event
	last := s.Events[len(s.Events)-1].Act.Type()
	for _, e := range slices.Backward(s.Events[:len(s.Events)-1]) {
		t := e.Act.Type()
		switch {
		case last == notice.TypeEnded && t == notice.TypeEnded:
			return moot
		case last == notice.TypeEnded && passing(t), last == notice.TypeResumed && t == notice.TypeEnded:
			moot = append(moot, e)
		}
		if last == notice.TypeResumed && t == notice.TypeEnded {
			return moot
		}
	}
	return moot
}

// passing is whether an act tells only how an alert goes on.
func passing(t notice.Type) bool {
	switch t {
	case notice.TypeReminded, notice.TypeStarted, notice.TypeResumed, notice.TypeExtended,
		notice.TypeProgressed, notice.TypeOverdue, notice.TypeNudged, notice.TypeRecovered:
		return true
	}
	return false
}

// isStart is whether an act begins an episode: an end that finds somebody who
// has not been told of it tells both in one.
func isStart(t notice.Type) bool { return t == notice.TypeStarted || t == notice.TypeResumed }

// overtaken is whether something newer than an event has been published that
// says all of it again: another letter of the same notice. One who could not
// be told in time is not told the old text after the new one.
func overtaken(events []notice.Event, id string) bool {
	i := slices.IndexFunc(events, func(e notice.Event) bool { return e.ID == id })
	if i < 0 {
		return false
	}
	if rule, _ := notice.RuleOf(events[i].Act.Type()); !rule.Letter {
		return false
	}
	return slices.ContainsFunc(events[i+1:], func(e notice.Event) bool {
		rule, _ := notice.RuleOf(e.Act.Type())
		return rule.Letter
	})
}

// postpone is when to try again what was deferred for the nth time: greylists
// want five minutes (RFC 6647 section 4), a full queue an hour.
func postpone(attempt int, now time.Time) time.Time {
	minutes := []time.Duration{1, 5, 15, 30, 60}
	n := min(attempt, len(minutes)) - 1
	return now.Add(minutes[max(0, n)] * time.Minute)
}

// insistent is whether a message is sent once more, under the same key, when
// nobody knows whether it was taken: to hear twice that an alert begins or ends
// is better than not at all. Of anything else nobody is told twice.
func insistent(lane notice.Lane, attempt int) bool {
	return attempt == 1 && (lane == notice.LaneStart || lane == notice.LaneEnd)
}
