package reading

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// maxWhen is the length in bytes above which nobody means a day or an hour.
const maxWhen = 400

// Moment reads a day and an hour as people write them: "mardi 8 août 2023
// 9h00", "8/8 à 9h", "demain 9h", "lundi 8h", "9h", "2023-08-08T09:00". What is
// left out is what comes next: the nearest year, month or day that is not over.
// It is told in full what was understood. The error is in French: what is not
// understood, does not exist, exists twice, or contradicts itself.
func Moment(text string, now time.Time) (at notice.Time, said string, err *notice.ValueError) {
	parts, _, err := partsOf(text)
	if err != nil {
		return notice.Time{}, "", err
	}
	if len(parts) != 1 {
		return notice.Time{}, "", wrong("two", text)
	}
	f := frame{now: now, text: text}
	if at, err = f.moment(parts[0], nil); err != nil {
		return notice.Time{}, "", err
	}
	return at, Told(at), nil
}

// Since reads when something began, as Moment does: what is left out is what is
// nearest, and an hour alone is the last that is over.
func Since(text string, now time.Time) (at notice.Time, said string, err *notice.ValueError) {
	parts, _, err := partsOf(text)
	if err == nil && len(parts) != 1 {
		err = wrong("two", text)
	}
	if err == nil {
		at, err = (frame{now: now, text: text, past: true, over: true}).moment(parts[0], nil)
	}
	if err != nil {
		return notice.Time{}, "", err
	}
	return at, Told(at), nil
}

// Day reads a day as people write it, without an hour: "1er août", "demain".
func Day(text string, now time.Time) (d notice.Date, said string, err *notice.ValueError) {
	parts, _, err := partsOf(text)
	switch {
	case err != nil:
		return d, "", err
	case len(parts) != 1 || parts[0].clock != nil:
		return d, "", wrong("unknown", text)
	case parts[0].day == nil:
		return d, "", wrong("no day", text)
	}
	f := frame{now: now, text: text}
	if d, err = f.date(*parts[0].day, notice.Date{}); err != nil {
		return notice.Date{}, "", err
	}
	return d, templates.Day(d), nil
}

// Told is an instant in full: "mardi 8 août 2023 à 9h00". An hour that the
// change to winter time repeats says which of the two it is.
func Told(at notice.Time) string {
	told := templates.Moment(at.Time)
	if len(instants(at.In(notice.Legal))) > 1 {
		told += " (" + seasonName(at.Time) + ")"
	}
	return told
}

func seasonName(at time.Time) string {
	if _, offset := at.In(notice.Legal).Zone(); offset > 3600 {
		return "heure d’été"
	}
	return "heure d’hiver"
}

// A part is one moment as it is said: a day, an hour, or both.
type part struct {
	day      *day
	clock    *clock
	next     bool // le lendemain
	dayFirst bool
}

// partsOf takes apart what is said of time: one moment, or those between which
// something lasts. open is whether the first is where it begins, and no end is
// said; where it is the end alone, the first part is empty.
func partsOf(text string) (parts []part, open bool, err *notice.ValueError) {
	if len(text) > maxWhen {
		return nil, false, wrong("long")
	}
	pieces, left := lex(plainly(text))
	if left != "" {
		return nil, false, wrong("unknown", frame{text: text}.quoted(left))
	}
	parts = []part{{}}
	for _, p := range pieces {
		now := &parts[len(parts)-1]
		full := now.clock != nil
		switch {
		case p.day != nil && now.day != nil, p.clock != nil && full:
			return nil, false, wrong("days", text)
		case p.day != nil:
			now.day, now.dayFirst = p.day, now.clock == nil
		case p.clock != nil:
			now.clock = p.clock
		case p.link == next:
			now.next = true
		case p.link == since, p.link == past, p.link == never:
			open = true
		case p.link == upTo && (now.day != nil || full || open || len(parts) == 1 && len(pieces) > 1),
			p.link == at && full, p.link == and && full:
			parts = append(parts, part{})
		}
	}
	if len(parts) == 1 && parts[0] == (part{}) {
		return nil, false, wrong("nothing")
	}
	return parts, open && len(parts) == 1, nil
}

// A frame is what is known where something is said of time.
type frame struct {
	now  time.Time
	past bool   // what is left out is what is nearest, be it over or not
	over bool   // an hour alone is the last that is over
	text string // as it was written
}

// quoted is a folded part of the text as it was written.
func (f frame) quoted(words string) string {
	text := foldText(f.text)
	if i := strings.Index(text.text, words); i >= 0 {
		return text.original(i, i+len(words))
	}
	return words
}

// moment is the instant of a part. on is the day it is of where it says none.
func (f frame) moment(p part, on *notice.Date) (notice.Time, *notice.ValueError) {
	if p.clock != nil && p.clock.now {
		if p.day != nil && !p.day.today {
			return notice.Time{}, wrong("two", f.text)
		}
		return notice.At(f.now.Truncate(time.Minute).Add(time.Duration(p.clock.min) * time.Minute)), nil
	}
	if p.clock == nil && p.day != nil && *p.day == (day{words: p.day.words, day: p.day.day}) {
		return notice.Time{}, wrong("number", f.text, p.day.day, p.day.day)
	}
	if p.clock == nil {
		return notice.Time{}, wrong("no hour", f.text, f.text)
	}
	if p.clock.hour > 24 || p.clock.min > 59 || p.clock.hour == 24 && p.clock.min > 0 {
		return notice.Time{}, wrong("hour", f.quoted(p.clock.words))
	}
	switch {
	case p.day == nil && on == nil:
		return f.nextHour(p)
	case p.clock.midnight && p.clock.min == 0 && p.day != nil && on == nil:
		return notice.Time{}, wrong("midnight", f.text)
	case p.day == nil:
		return instant(*on, *p.clock)
	}
	reference := notice.Date{}
	if on != nil {
		reference = *on
	}
	d, err := f.date(*p.day, reference)
	if err != nil {
		return notice.Time{}, err
	}
	at, err := instant(d, *p.clock)
	if err == nil && p.day.weekday > 0 && p.day.day == 0 && !f.past && !at.After(f.now) {
		at, err = instant(plus(d, 7), *p.clock) // the same day of next week
	}
	return at, err
}

// nextHour is an hour of today, or of tomorrow where it is over.
func (f frame) nextHour(p part) (notice.Time, *notice.ValueError) {
	today := notice.DateOf(f.now)
	at, err := instant(today, *p.clock)
	switch {
	case err == nil && f.over && at.After(f.now):
		return instant(plus(today, -1), *p.clock)
	case err == nil && !at.After(f.now) && !f.past:
		return instant(plus(today, 1), *p.clock)
	}
	return at, err
}

func plus(d notice.Date, days int) notice.Date {
	return notice.DateOf(time.Date(d.Year(), d.Month(), d.Day()+days, 12, 0, 0, 0, notice.Legal))
}

// date is the day that is said. Month and year are those of another day where
// that is given.
func (f frame) date(d day, other notice.Date) (notice.Date, *notice.ValueError) {
	today := notice.DateOf(f.now)
	switch {
	case d.today:
		return plus(today, d.ahead), nil
	case d.day == 0:
		return plus(today, (d.weekday-1-int(today.Weekday())+7)%7), nil
	case d.month > 12 || d.month == 0 && d.year > 0:
		return notice.Date{}, wrong("month", d.month, f.quoted(d.words))
	case d.year > 0 && (d.year < 1970 || d.year > 2200):
		return notice.Date{}, wrong("year", d.year)
	}
	if d.month == 0 && !other.IsZero() {
		d.month, d.year = int(other.Month()), other.Year()
	} else if d.year == 0 && !other.IsZero() && d.month > 0 {
		f.now, f.past = other.Start(), true
		today = other
	}
	found := f.choose(d, today)
	if found.IsZero() {
		return found, f.noSuchDay(d)
	}
	if d.weekday > 0 && int(found.Weekday()) != d.weekday-1 {
		name := "weekday"
		if d.year == 0 {
			name = "weekday far"
		}
		return notice.Date{}, wrong(name, f.quoted(d.words), templates.Date(found), weekdayName(found))
	}
	return found, nil
}

// choose is the day of the calendar that is meant: of those that exist, the
// first that is not over or, where that may be, the nearest.
func (f frame) choose(d day, today notice.Date) (best notice.Date) {
	var all []notice.Date
	for year := today.Year() - 1; year <= today.Year()+8; year++ {
		for month := 1; month <= 12; month++ {
			if (d.month == 0 || d.month == month) && d.year == 0 {
				all = append(all, calendar(year, month, d.day))
			}
		}
	}
	if d.year > 0 {
		all = append(all, calendar(d.year, d.month, d.day))
	}
	for _, one := range all {
		away := today.Days(one)
		switch {
		case one.IsZero() || d.year == 0 && !f.past && away < 0:
		case best.IsZero() || max(away, -away) < max(today.Days(best), -today.Days(best)):
			best = one
		}
	}
	return best
}

// calendar is a day of the calendar; none where there is no such day.
func calendar(year, month, day int) notice.Date {
	at := time.Date(year, time.Month(month), day, 12, 0, 0, 0, notice.Legal)
	if at.Day() != day || int(at.Month()) != month {
		return notice.Date{}
	}
	return notice.DateOf(at)
}

func (f frame) noSuchDay(d day) *notice.ValueError {
	if d.day > 31 || d.day == 0 {
		return wrong("no date", f.quoted(d.words), "un mois a 31 jours au plus")
	}
	last := time.Date(2023, time.Month(d.month)+1, 0, 12, 0, 0, 0, time.UTC).Day()
	month := monthName(d.month)
	name := fmt.Sprintf("%d %s", d.day, month)
	if d.month == 2 && d.day == 29 {
		return wrong("no date", fmt.Sprintf("%s %d", name, d.year), fmt.Sprintf("en %d, février a 28 jours", d.year))
	}
	if d.month == 2 {
		return wrong("no date", name, "février a 28 jours, ou 29 les années bissextiles")
	}
	return wrong("no date", name, fmt.Sprintf("%s a %d jours", month, last))
}

func monthName(month int) string {
	return []string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}[month-1]
}

func weekdayName(d notice.Date) string {
	return []string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}[d.Weekday()]
}

// instant is an hour of a day in legal time.
func instant(d notice.Date, c clock) (notice.Time, *notice.ValueError) {
	wall := time.Date(d.Year(), d.Month(), d.Day(), c.hour, c.min, 0, 0, time.UTC)
	if c.offset != "" && !c.season {
		at, err := time.Parse(time.RFC3339, wall.Format("2006-01-02T15:04:05")+c.offset)
		if err != nil {
			return notice.Time{}, wrong("unknown", c.offset)
		}
		return notice.At(at), nil
	}
	found := instants(wall)
	hour := fmt.Sprintf("%dh%02d", c.hour, c.min)
	if c.season {
		at, err := time.Parse(time.RFC3339, wall.Format("2006-01-02T15:04:05")+c.offset)
		if err == nil && slices.ContainsFunc(found, at.Equal) {
			return notice.At(at), nil
		}
		season := map[string]string{"+02:00": "heure d’été", "+01:00": "heure d’hiver"}[c.offset]
		return notice.Time{}, wrong("season", templates.Date(d), hour, season)
	}
	switch len(found) {
	case 1:
		return notice.At(found[0]), nil
	case 0:
		before := fmt.Sprintf("%dh59", c.hour-1)
		after := fmt.Sprintf("%dh%02d", c.hour+1, c.min)
		return notice.Time{}, wrong("skipped", templates.Date(d), hour, before, after)
	}
	return notice.Time{}, wrong("twice", templates.Date(d), hour, hour, hour)
}

// instants are those at which the clocks of France show a wall time: one, none
// or two, in order.
func instants(wall time.Time) []time.Time {
	var found []time.Time
	for _, offset := range []int{2, 1} { // summer time comes first in the night that has both
		at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour()-offset, wall.Minute(), wall.Second(), 0, time.UTC).In(notice.Legal)
		if at.Format(time.DateTime) == wall.Format(time.DateTime) {
			found = append(found, at)
		}
	}
	return found
}
