package templates

import (
	"slices"

	"douane.gouv.fr/crieur/schemas/notice"
)

// when is when a notice takes place: its windows, or how its one window
// recurs.
func when(n notice.Notice) []Run {
	all := n.Occurrences()
	if n.Recurs.IsZero() || len(all) < 3 {
		return periods(all)
	}
	return recurring(all, n.Recurs.Except)
}

// recurring says windows that recur by what they have in common: "tous les
// dimanches de 20h00 à 22h00, du 4 janvier 2026 au 29 mars 2026, sauf le
// 25 janvier 2026". Where the days follow no rule that is said so, each is
// named.
func recurring(all []notice.Window, except []notice.Date) []Run {
	first, last := all[0], all[len(all)-1]
	hours := " de " + Clock(first.Start.Time) + " à " + Clock(first.End.Time)
	if notice.DateOf(first.Start.Time) != notice.DateOf(first.End.Time) {
		hours += " le lendemain"
	}
	from, to := notice.DateOf(first.Start.Time), notice.DateOf(last.Start.Time)
	every := rhythm(all, except)
	if every == "" {
		var days []string
		for _, w := range all {
			days = append(days, "le "+Day(notice.DateOf(w.Start.Time)))
		}
		return []Run{{Text: Enumerate(days), Underline: true}, {Text: "," + hours}}
	}
	runs := []Run{{Text: every + hours, Underline: true}, {Text: ", du " + Date(from) + " au " + Date(to)}}
	var left []string
	for _, day := range except {
		left = append(left, "le "+Date(day))
	}
	if len(left) > 0 {
		runs = append(runs, Run{Text: ", sauf " + Enumerate(left)})
	}
	return runs
}

// rhythm is "tous les jours" or "tous les dimanches" where the windows, with
// the days that are excepted, follow one another so; else "".
func rhythm(all []notice.Window, except []notice.Date) string {
	var days []notice.Date
	for _, w := range all {
		days = append(days, notice.DateOf(w.Start.Time))
	}
	for _, day := range except {
		if day.Days(days[0]) < 0 && day.Days(days[len(days)-1]) > 0 {
			days = append(days, day)
		}
	}
	slices.SortFunc(days, func(a, b notice.Date) int { return b.Days(a) })
	gap := days[0].Days(days[1])
	for i := range days[1:] {
		if days[i].Days(days[i+1]) != gap {
			return ""
		}
	}
	switch gap {
	case 1:
		return "tous les jours"
	case 7:
		return "tous les " + weekdays[days[0].Weekday()] + "s"
	}
	return ""
}
