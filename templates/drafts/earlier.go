package drafts

import (
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// FromEarlier is a notice like an earlier one, of today: without its numbers,
// and with its windows and all other times moved by whole weeks to the same
// days of a week to come. An incident or a degradation begins now, and its end
// is not known. What belongs to that one case alone is left out: what became of
// messages, exceptions, and that it spoke of the past.
func FromEarlier(n notice.Notice, now time.Time) notice.Notice {
	n.Reference, n.OutageID = "", ""
	n.Issued.Date = notice.DateOf(now)
	n.Retroactive, n.Sent, n.Exceptions = false, nil, nil
	n.Recurs.Except = nil
	if strings.Contains(n.Recurs.Rule, "UNTIL") {
		n.Recurs = notice.Recurrence{} // its last day is over
	}
	n.Scope = slices.Clone(n.Scope)
	if n.Kind == notice.Incident || n.Kind == notice.Degradation {
		return fromNow(n, now)
	}
	weeks := weeksTo(n, now)
	n.Windows = later(n.Windows, weeks)
	n.Fallback = laterFallback(n.Fallback, weeks)
	n.Reinjection.From = after(n.Reinjection.From, weeks)
	for i := range n.Scope {
		n.Scope[i].Windows = later(n.Scope[i].Windows, weeks)
		n.Scope[i].Fallback = laterFallback(n.Scope[i].Fallback, weeks)
	}
	return n
}

// fromNow is what begins now, and ends nobody knows when.
func fromNow(n notice.Notice, now time.Time) notice.Notice {
	n.Windows = []notice.Window{{Start: minute(now)}}
	n.Fallback.From, n.Fallback.Until, n.Reinjection.From = notice.Time{}, notice.Time{}, notice.Time{}
	for i := range n.Scope {
		n.Scope[i].Windows = nil
		n.Scope[i].Fallback.From, n.Scope[i].Fallback.Until = notice.Time{}, notice.Time{}
	}
	return n
}

// weeksTo are by how many weeks the first window is moved, so that it begins
// after today.
func weeksTo(n notice.Notice, now time.Time) int {
	windows := slices.Clone(n.Windows)
	for _, line := range n.Scope {
		windows = append(windows, line.Windows...)
	}
	if len(windows) == 0 {
		return 0
	}
	first := slices.MinFunc(windows, func(a, b notice.Window) int { return a.Start.Compare(b.Start.Time) })
	gap := notice.DateOf(first.Start.Time).Days(notice.DateOf(now))
	if gap < 0 {
		return 0 // it is still to come
	}
	return gap/7 + 1
}

func later(windows []notice.Window, weeks int) []notice.Window {
	windows = slices.Clone(windows)
	for i, w := range windows {
		windows[i] = notice.Window{Start: after(w.Start, weeks), End: after(w.End, weeks), MayExtendUntil: after(w.MayExtendUntil, weeks)}
	}
	return windows
}

func laterFallback(f notice.Fallback, weeks int) notice.Fallback {
	f.From, f.Until = after(f.From, weeks), after(f.Until, weeks)
	return f
}

// after is the same hour some weeks later; no time stays none.
func after(t notice.Time, weeks int) notice.Time {
	if t.IsZero() {
		return t
	}
	at := t.In(notice.Legal)
	return notice.At(time.Date(at.Year(), at.Month(), at.Day()+7*weeks, at.Hour(), at.Minute(), at.Second(), 0, notice.Legal))
}
