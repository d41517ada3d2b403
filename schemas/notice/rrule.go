package notice

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An rrule is the rule of a Recurrence: the part of RFC 5545 section 3.3.10
// that notices need. Weeks begin on Monday.
type rrule struct {
	freq      string
	interval  int
	count     int       // 0: until says when it ends
	until     time.Time // the first instant at which nothing begins any more
	weekdays  []nthDay
	monthDays []int // from 1, or from the month's end: -1
}

// An nthDay is a day of the week: each one, or the nth of the month, from its
// end where n is negative.
type nthDay struct {
	n   int
	day time.Weekday
}

const ruleRemedy = "write it as FREQ=WEEKLY;BYDAY=SU;COUNT=10"

// parseRule reads a rule; the error is a *ValueError.
func parseRule(text string) (rrule, error) {
	r := rrule{interval: 1}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(strings.ToUpper(text), ";") {
		name, value, ok := strings.Cut(part, "=")
		read, known := ruleParts[name]
		switch {
		case !ok || !known:
			return r, &ValueError{fmt.Sprintf("%q is no part of a rule", part), ruleRemedy}
		case seen[name]:
			return r, &ValueError{name + " stands twice in the rule", "keep one"}
		}
		seen[name] = true
		if err := read(&r, value); err != nil {
			return r, err
		}
	}
	return r, r.sensible(seen)
}

var ruleParts = map[string]func(*rrule, string) error{
	"FREQ":       (*rrule).setFreq,
	"INTERVAL":   func(r *rrule, v string) (err error) { r.interval, err = ruleNumber("INTERVAL", v, 1, 1000); return },
	"COUNT":      func(r *rrule, v string) (err error) { r.count, err = ruleNumber("COUNT", v, 1, MaxOccurrences); return },
	"UNTIL":      (*rrule).setUntil,
	"BYDAY":      (*rrule).setWeekdays,
	"BYMONTHDAY": (*rrule).setMonthDays,
	"WKST":       func(_ *rrule, v string) error { return oneOf("WKST", v, "MO") },
}

// sensible refuses parts that do not go together.
func (r rrule) sensible(seen map[string]bool) error {
	nth := slices.ContainsFunc(r.weekdays, func(d nthDay) bool { return d.n != 0 })
	switch {
	case !seen["FREQ"]:
		return &ValueError{"the rule does not say how often", ruleRemedy}
	case seen["COUNT"] == seen["UNTIL"]:
		return &ValueError{"a rule ends by COUNT or by UNTIL", "give one of them"}
	case nth && r.freq != "MONTHLY":
		return &ValueError{"the nth day of a week goes with FREQ=MONTHLY", "drop the number, or the frequency"}
	case len(r.monthDays) > 0 && r.freq == "WEEKLY":
		return &ValueError{"BYMONTHDAY does not go with FREQ=WEEKLY", "use BYDAY, or FREQ=MONTHLY"}
	}
	return nil
}

func (r *rrule) setFreq(v string) error {
	r.freq = v
	return oneOf("FREQ", v, "DAILY", "WEEKLY", "MONTHLY")
}

func oneOf(name, got string, known ...string) error {
	if slices.Contains(known, got) {
		return nil
	}
	return &ValueError{fmt.Sprintf("%s=%s is not known here", name, got), suggest(got, known, "one of "+strings.Join(known, ", "))}
}

func ruleNumber(name, text string, least, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, &ValueError{fmt.Sprintf("%s=%s cannot be", name, text), fmt.Sprintf("give a number from %d to %d", least, most)}
	}
	return n, nil
}

// setUntil takes a day, all of which counts, or an instant.
func (r *rrule) setUntil(v string) error {
	if day, err := time.Parse("20060102", v); err == nil {
		r.until = Date{day}.next().Start()
		return nil
	}
	at, err := time.Parse("20060102T150405Z", v)
	if err != nil {
		return &ValueError{fmt.Sprintf("UNTIL=%s is neither a day nor an instant", v), "write UNTIL=20231231"}
	}
	r.until = at.Add(time.Second)
	return nil
}

var ruleWeekdays = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

func (r *rrule) setWeekdays(v string) error {
	for word := range strings.SplitSeq(v, ",") {
		number, name := word[:max(0, len(word)-2)], word[max(0, len(word)-2):]
		day := slices.Index(ruleWeekdays, name)
		n, err := strconv.Atoi(cmp.Or(number, "1"))
		if day < 0 || err != nil || n == 0 || n < -5 || n > 5 {
			return &ValueError{fmt.Sprintf("BYDAY=%s is no day", word), "one of " + strings.Join(ruleWeekdays, ", ") + "; 1SU and -1SU are the first and the last of a month"}
		}
		if number == "" {
			n = 0
		}
		r.weekdays = append(r.weekdays, nthDay{n, time.Weekday(day)})
	}
	return nil
}

func (r *rrule) setMonthDays(v string) error {
	for word := range strings.SplitSeq(v, ",") {
		n, err := ruleNumber("BYMONTHDAY", word, -31, 31)
		if err != nil || n == 0 {
			return &ValueError{fmt.Sprintf("BYMONTHDAY=%s is no day", word), "give a number from 1 to 31; -1 is the last of the month"}
		}
		r.monthDays = append(r.monthDays, n)
	}
	return nil
}

// days are those on which the rule lets something begin, from the first start
// on, in order. It is not whole where the rule goes on for too long.
func (r rrule) days(first Time) (days []Date, whole bool) {
	from := DateOf(first.Time)
	for n := range maxYears * 366 {
		day := Date{from.day.AddDate(0, 0, n)}
		if r.ends(first, n) {
			return days, true
		}
		if !r.on(from, day) {
			continue
		}
		if len(days) == MaxOccurrences {
			return days, false
		}
		if days = append(days, day); len(days) == r.count {
			return days, true
		}
	}
	return days, false
}

// ends is whether nothing begins any more n days after a first start.
func (r rrule) ends(first Time, n int) bool {
	if r.until.IsZero() {
		return false
	}
	left := DateOf(first.Time).Days(DateOf(r.until)) - n // the hour matters on the last day only
	return left < 0 || left == 0 && !first.days(n).Before(r.until)
}

// on is whether the rule falls on a day, for a first start on another.
func (r rrule) on(from, day Date) bool {
	weekdays, monthDays := r.weekdays, r.monthDays
	var periods int
	switch r.freq {
	case "DAILY":
		periods = from.Days(day)
	case "WEEKLY":
		periods = from.monday().Days(day.monday()) / 7
		if len(weekdays) == 0 {
			weekdays = []nthDay{{0, from.Weekday()}}
		}
	case "MONTHLY":
		periods = (day.Year()-from.Year())*12 + int(day.Month()-from.Month())
		if len(weekdays) == 0 && len(monthDays) == 0 {
			monthDays = []int{from.Day()}
		}
	}
	return periods%r.interval == 0 &&
		(len(weekdays) == 0 || slices.ContainsFunc(weekdays, day.isNth)) &&
		(len(monthDays) == 0 || slices.Contains(monthDays, day.Day()) || slices.Contains(monthDays, day.fromEnd()))
}

func (d Date) next() Date { return Date{d.day.AddDate(0, 0, 1)} }

func (d Date) monday() Date { return Date{d.day.AddDate(0, 0, -(int(d.Weekday())+6)%7)} }

// fromEnd is the day of the month as counted from its end: -1 for the last.
func (d Date) fromEnd() int {
	last := time.Date(d.Year(), d.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return d.Day() - last - 1
}

// isNth is whether the day is that day of the week, and the nth of its month.
func (d Date) isNth(of nthDay) bool {
	switch {
	case d.Weekday() != of.day:
		return false
	case of.n < 0:
		return (-d.fromEnd()-1)/7+1 == -of.n
	}
	return of.n == 0 || (d.Day()-1)/7+1 == of.n
}
