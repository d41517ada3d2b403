package templates

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"douane.gouv.fr/crieur/schemas/notice"
)

// No-break spaces: the wide one before a colon and inside « », the narrow one
// before ; ! and ? (Lexique des règles typographiques en usage à l’Imprimerie
// nationale, "Ponctuation").
const (
	nbsp  = "\u00a0"
	nnbsp = "\u202f"
)

// rules are what Typeset does, in this order.
var rules = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`'`), "’"},
	{regexp.MustCompile(`(^|[\s(])"`), "$1« "},
	{regexp.MustCompile(`"`), " »"},
	{regexp.MustCompile(`([\pL\d.)»+]) ?: `), "${1}" + nbsp + ": "},
	{regexp.MustCompile(` ([;!?])`), nnbsp + "$1"},
	{regexp.MustCompile(`«[ \x{a0}\x{202f}]*`), "«" + nbsp},
	{regexp.MustCompile(`[ \x{a0}\x{202f}]*»`), nbsp + "»"},
	{regexp.MustCompile(`\b(n°|nos|Réf\.|p\.) (\d)`), "$1" + nbsp + "$2"},
	{regexp.MustCompile(`\b(\d{1,2}|1er) (janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)\b`), "$1" + nbsp + "$2"},
}

// Typeset gives a text its French typography: apostrophes, quotation marks,
// the spaces that go before double punctuation, and a day that stays with its
// month. What has it already stays as it is. The result is NFC.
func Typeset(text string) string {
	text = norm.NFC.String(text)
	for _, r := range rules {
		text = r.find.ReplaceAllString(text, r.put)
	}
	return text
}

var (
	weekdays = [...]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	months   = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
)

// Date is a day of the calendar: "1er août 2023".
func Date(d notice.Date) string { return fmt.Sprintf("%s %d", dayMonth(d), d.Year()) }

// Day is a day with its weekday: "mardi 8 août 2023".
func Day(d notice.Date) string { return weekdays[d.Weekday()] + " " + Date(d) }

// dayMonth is "1er août", for where the year goes without saying.
func dayMonth(d notice.Date) string {
	day := fmt.Sprint(d.Day())
	if d.Day() == 1 {
		day = "1er" // the only ordinal of French dates
	}
	return day + nbsp + months[d.Month()-1]
}

// Clock is the time of day in legal time: "9h00".
func Clock(t time.Time) string { return clockIn(t, notice.Legal) }

func clockIn(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return fmt.Sprintf("%dh%02d", t.Hour(), t.Minute())
}

// Moment is an instant in legal time: "mardi 8 août 2023 à 9h00".
func Moment(t time.Time) string { return momentIn(t, notice.Legal) }

func momentIn(t time.Time, zone *time.Location) string {
	return dayIn(t, zone) + " à " + clockIn(t, zone)
}

// dayIn is the day that a zone's calendars show.
func dayIn(t time.Time, zone *time.Location) string { return Day(dateIn(t, zone)) }

func dateIn(t time.Time, zone *time.Location) notice.Date {
	y, m, d := t.In(zone).Date()
	return notice.DateOf(time.Date(y, m, d, 12, 0, 0, 0, notice.Legal))
}

// Period is a stretch of time with its preposition: "le mardi 8 août 2023 de
// 9h00 à 17h00", "du vendredi 25 octobre 2024 à 18h00 au lundi 28 octobre 2024
// à 10h00", or without an end "à compter du mardi 8 août 2023 à 9h00".
func Period(start, end time.Time) string {
	preposition, rest := period(start, end)
	return preposition + " " + rest
}

// period is Period in its two parts, since a letter underlines the second.
func period(start, end time.Time) (preposition, rest string) {
	return periodIn(start, end, notice.Legal)
}

func periodIn(start, end time.Time, zone *time.Location) (preposition, rest string) {
	switch {
	case end.IsZero():
		return "à compter du", momentIn(start, zone)
	case dayIn(start, zone) == dayIn(end, zone):
		return "le", dayIn(start, zone) + " de " + clockIn(start, zone) + " à " + clockIn(end, zone)
	}
	return "du", momentIn(start, zone) + " au " + momentIn(end, zone)
}

// Enumerate joins words: "A, B et C".
func Enumerate(items []string) string { return join(items, " et ") }

func join(items []string, last string) string {
	n := len(items)
	if n < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:n-1], ", ") + last + items[n-1]
}

// Capitalised begins a sentence.
func Capitalised(text string) string {
	for i, r := range text {
		return text[:i] + strings.ToUpper(string(r)) + text[i+len(string(r)):]
	}
	return text
}

// ordinal finds the ending that is raised: the "er" of "1er".
var ordinal = regexp.MustCompile(`(\b1)(er)\b`)

// raised takes a run apart where an ordinal's ending is to be raised.
func raised(r Run) []Run {
	var runs []Run
	rest := r.Text
	for {
		at := ordinal.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		before, ending := r, r
		before.Text, ending.Text, ending.Raised = rest[:at[3]], rest[at[4]:at[5]], true
		runs = append(runs, before, ending)
		rest = rest[at[5]:]
	}
	if rest != "" || len(runs) == 0 {
		r.Text = rest
		runs = append(runs, r)
	}
	return runs
}

// elided is a word ending in e before what follows: "qu’une", "que la".
func elided(word, next string) string {
	if next != "" && strings.ContainsRune("aeiouyàâéèêëîïôœAEIOUYÀÂÉÈÊËÎÏÔŒ", []rune(next)[0]) {
		return strings.TrimSuffix(word, "e") + "’" + next
	}
	return word + " " + next
}
