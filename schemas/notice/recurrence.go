package notice

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A Recurrence says when the one window of a notice comes again. That window
// is the first occurrence.
type Recurrence struct {
	// Rule is one of RFC 5545 (RRULE): FREQ=DAILY, WEEKLY or MONTHLY, with
	// COUNT or UNTIL, and INTERVAL, BYDAY and BYMONTHDAY where they are needed.
	Rule   string `json:"rule"`
	Except []Date `json:"except,omitzero"` // days on which it does not take place
}

// IsZero is whether nothing recurs.
func (r Recurrence) IsZero() bool { return r.Rule == "" && len(r.Except) == 0 }

// MaxOccurrences is how many windows one notice may have by recurring, and
// maxYears for how long it may go on.
const (
	MaxOccurrences = 400
	maxYears       = 10
)

// Occurrences are all windows of the notice in time: those given or, where one
// recurs, that one and those that follow. They keep to legal time: what begins
// at 9h00 does so on both sides of a change of the clocks. An hour that does
// not exist on its day, since the clocks are put forward, is moved to the hour
// after; of one that exists twice, the first counts. Of a rule that cannot be,
// which Check refuses, there is the first occurrence alone.
func (n Notice) Occurrences() []Window {
	if n.Recurs.IsZero() || len(n.Windows) != 1 {
		return n.Windows
	}
	rule, err := parseRule(n.Recurs.Rule)
	if err != nil {
		return n.Windows
	}
	first := n.Windows[0]
	all := []Window{first}
	days, _ := rule.days(first.Start)
	for _, day := range days {
		if day.Days(DateOf(first.Start.Time)) < 0 && !slices.Contains(n.Recurs.Except, day) {
			all = append(all, first.on(day))
		}
	}
	return all
}

// on is the same window on another day.
func (w Window) on(day Date) Window {
	days := DateOf(w.Start.Time).Days(day)
	moved := Window{w.Start.days(days), w.End.days(days), w.MayExtendUntil.days(days)}
	if !moved.End.IsZero() && !moved.End.After(moved.Start.Time) { // it lay in the hour that does not exist
		moved.End = At(moved.Start.Add(w.End.Sub(w.Start.Time)))
	}
	return moved
}

// days is the same hour some days later; no time stays none.
func (t Time) days(n int) Time {
	if t.IsZero() {
		return t
	}
	at := t.In(Legal)
	wall := time.Date(at.Year(), at.Month(), at.Day()+n, at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
	found := instants(wall)
	if len(found) == 0 {
		found = instants(wall.Add(time.Hour))
	}
	return At(found[0])
}

// recurrence checks what is said of recurring.
func (k *checker) recurrence() {
	n := k.n
	if n.Recurs.IsZero() {
		return
	}
	if len(n.Windows) != 1 || slices.ContainsFunc(n.Scope, func(l Scope) bool { return len(l.Windows) > 0 }) {
		k.wrong("what recurs is the one window of the notice, and lines have none of their own", "give the first window alone", "windows")
		return
	}
	first := n.Windows[0]
	if n.Recurs.Rule == "" {
		k.wrong("the rule is missing", ruleRemedy, "recurs", "rule")
		return
	}
	rule, err := parseRule(n.Recurs.Rule)
	if err != nil {
		k.found = append(k.found, valueProblem(err, "recurs", "rule"))
		return
	}
	if first.Start.IsZero() { // which has been said
		return
	}
	if first.End.IsZero() {
		k.wrong("a window that recurs has an end", "give its planned end", "windows", "0", "end")
	}
	days, whole := rule.days(first.Start)
	k.series(days, whole)
	k.exceptions(days)
}

// series checks the days on which a rule falls.
func (k *checker) series(days []Date, whole bool) {
	from := DateOf(k.n.Windows[0].Start.Time)
	switch {
	case len(days) == 0:
		k.wrong("nothing falls under the rule from the first window on", "check UNTIL and the days", "recurs", "rule")
	case days[0] != from:
		k.wrong(fmt.Sprintf("the rule does not fall on the first window, %s", from), fmt.Sprintf("begin on %s, or change the rule", days[0]), "windows", "0", "start")
	case !whole:
		k.wrong("the rule goes on for too long", fmt.Sprintf("end it within %d years and %d windows", maxYears, MaxOccurrences), "recurs", "rule")
	}
	all := k.occurrences
	for i := range all[1:] {
		if overlapping(all[i], all[i+1]) {
			k.wrong(fmt.Sprintf("the window of %s lasts into the next", DateOf(all[i].Start.Time)), "end it sooner, or let it come more rarely", "recurs", "rule")
			return
		}
	}
	for _, w := range all[1:] { // of weekends the rule itself speaks
		day := DateOf(w.Start.Time)
		if name := day.Holiday(); name != "" && k.planned() {
			k.odd(fmt.Sprintf("the rule falls on %s, a public holiday (%s)", day, name), "add it to recurs.except; if it is meant, leave it", "recurs", "rule")
		}
	}
}

func (k *checker) exceptions(days []Date) {
	for i, day := range k.n.Recurs.Except {
		place := []string{"recurs", "except", strconv.Itoa(i)}
		switch at := slices.Index(days, day); {
		case at < 0:
			k.wrong(fmt.Sprintf("the rule does not fall on %s", day), "check the date, or drop it", place...)
		case at == 0:
			k.wrong("the first window cannot be an exception", "begin with the next", place...)
		case slices.Contains(k.n.Recurs.Except[:i], day):
			k.wrong(fmt.Sprintf("%s stands twice", day), "keep one", place...)
		}
	}
}

// reminders checks when reminders go out.
func (k *checker) reminders() {
	for i, hours := range k.n.Reminders {
		if hours < 1 || hours > MaxReminder || slices.Contains(k.n.Reminders[:i], hours) {
			k.wrong(fmt.Sprintf("a reminder %d hours before cannot be, or stands twice", hours), reminderRemedy, "reminders", strconv.Itoa(i))
		}
	}
}
