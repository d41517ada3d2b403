package notice

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// prose checks what is written in words against the facts: a date that is not
// what it says it is, one that the notice does not speak of otherwise, a drill
// that is not said to be one.
func (k *checker) prose() {
	for _, text := range k.n.texts() {
		for _, d := range datesIn(text.words, k.n.Issued.Date) {
			k.written(d, text.at)
		}
		if word := drill.FindString(text.words); word != "" && !k.n.Exercise {
			k.odd(fmt.Sprintf("the text speaks of %q, and the notice is not said to be a drill", word), "set exercise: true, or use another word", text.at...)
		}
	}
}

var drill = regexp.MustCompile(`(?i)\b(exercice|simulation)s?\b`)

// A passage is free text of a notice and its place.
type passage struct {
	words string
	at    []string
}

// texts are all passages of a notice that people wrote.
func (n Notice) texts() []passage {
	all := []passage{{n.Cause.Text, []string{"cause"}}, {n.Workaround.Text, []string{"workaround", "text"}}}
	for i, p := range n.Paragraphs {
		all = append(all, passage{p, []string{"paragraphs", strconv.Itoa(i)}})
	}
	for i, c := range n.Clauses {
		all = append(all, passage{c.Text, []string{"clauses", strconv.Itoa(i), "text"}})
	}
	return all
}

// A written date is one in free text.
type writtenDate struct {
	words   string
	date    Date // zero: there is no such day
	weekday string
	sure    bool // the year is written too
}

var (
	weekdays = []string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	months   = []string{"janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"}

	// dateWords is a date as people write it: "lundi 8 août 2023", "le 1er août".
	dateWords = regexp.MustCompile(`(?i)(?:\b(` + strings.Join(weekdays, "|") + `)` + blank + `+)?\b(\d{1,2})(?:er)?` + blank +
		`+(janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre)\b(?:` + blank + `+(\d{4})\b)?`)
	// dateDigits is one in digits: 08/08/2023.
	dateDigits = regexp.MustCompile(`\b(\d{1,2})/(\d{1,2})/(\d{4})\b`)
)

const blank = `[\s\x{A0}\x{202F}]`

// datesIn are the dates in a text. One without a year is the nearest to the
// day of issue.
func datesIn(text string, issued Date) []writtenDate {
	var all []writtenDate
	for _, m := range dateWords.FindAllStringSubmatch(text, -1) {
		month := slices.Index(months, plainMonth.Replace(strings.ToLower(m[3]))) + 1
		d := writtenDate{words: m[0], weekday: strings.ToLower(m[1]), sure: m[4] != ""}
		day, _ := strconv.Atoi(m[2])  // two digits
		year, _ := strconv.Atoi(m[4]) // four digits or none
		if d.date = dateAt(year, month, day); !d.sure {
			d.date = nearest(issued, month, day)
		}
		all = append(all, d)
	}
	for _, m := range dateDigits.FindAllStringSubmatch(text, -1) {
		day, _ := strconv.Atoi(m[1]) // digits all
		month, _ := strconv.Atoi(m[2])
		year, _ := strconv.Atoi(m[3])
		all = append(all, writtenDate{words: m[0], date: dateAt(year, month, day), sure: true})
	}
	return all
}

var plainMonth = strings.NewReplacer("é", "e", "É", "e", "û", "u", "Û", "u")

// dateAt is a day of the calendar; no date where there is no such day.
func dateAt(year, month, day int) Date {
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if at.Day() != day || int(at.Month()) != month || year < firstYear {
		return Date{}
	}
	return Date{at}
}

// nearest is the day of some year that is nearest to another day.
func nearest(to Date, month, day int) (best Date) {
	for year := to.Year() - 1; year <= to.Year()+1; year++ {
		d := dateAt(year, month, day)
		if !d.IsZero() && (best.IsZero() || abs(to.Days(d)) < abs(to.Days(best))) {
			best = d
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// written holds a date in free text against the calendar and the facts.
func (k *checker) written(d writtenDate, at []string) {
	switch {
	case d.date.IsZero() && d.sure:
		k.wrong(fmt.Sprintf("there is no %q", d.words), "check the date", at...)
	case d.date.IsZero():
	case d.weekday != "" && weekdays[d.date.Weekday()] != d.weekday && d.sure:
		k.wrong(fmt.Sprintf("%q is a %s", d.words, weekdays[d.date.Weekday()]), "mend the day of the week, or the date", at...)
	case d.weekday != "" && weekdays[d.date.Weekday()] != d.weekday:
		k.odd(fmt.Sprintf("%q is a %s in %d", d.words, weekdays[d.date.Weekday()], d.date.Year()), "mend the day of the week or the date, or give the year", at...)
	case !k.speaksOf(d.date):
		k.odd(fmt.Sprintf("%q lies outside every window and is no other date of the notice", d.words), "check the date; if it is meant, leave it", at...)
	}
}

// speaksOf is whether a day is one of the notice's own. Of a notice without
// windows each is.
func (k *checker) speaksOf(day Date) bool {
	windows := k.allWindows()
	if len(windows) == 0 || day == k.n.Issued.Date {
		return true
	}
	for _, w := range windows {
		last := Date{farAway}
		if end := w.latest(); !end.IsZero() {
			last = DateOf(end)
		}
		if DateOf(w.Start.Time).Days(day) >= 0 && day.Days(last) >= 0 {
			return true
		}
	}
	return slices.ContainsFunc(k.otherTimes(), func(t Time) bool { return !t.IsZero() && DateOf(t.Time) == day })
}

// allWindows are those of the notice and of its lines.
func (k *checker) allWindows() []Window {
	all := slices.Clone(k.occurrences)
	for _, line := range k.n.Scope {
		all = append(all, line.Windows...)
	}
	return slices.DeleteFunc(all, func(w Window) bool { return w.Start.IsZero() })
}

// otherTimes are those of the notice that are no windows'.
func (k *checker) otherTimes() []Time {
	all := []Time{k.n.Reinjection.From}
	for _, line := range k.n.Lines() {
		all = append(all, line.Fallback.From, line.Fallback.Until)
	}
	for _, s := range k.n.Sent {
		all = append(all, s.From, s.To)
	}
	return all
}
