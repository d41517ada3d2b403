package form

import (
	"regexp"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/reading"
)

// plainRule is a rule that the form has fields for; any other is written out.
var plainRule = regexp.MustCompile(`^FREQ=(DAILY|WEEKLY|MONTHLY);(?:COUNT=(\d+)|UNTIL=(\d{4})(\d\d)(\d\d))$`)

// otherRule is what the form says of a rule that it has no fields for.
const otherRule = "other"

func (w writer) recurrence(r notice.Recurrence) {
	if r.IsZero() {
		return
	}
	m := plainRule.FindStringSubmatch(r.Rule)
	switch {
	case m == nil:
		w.below("freq").set(otherRule)
		w.below("rule").set(r.Rule)
	case m[2] != "":
		w.below("freq").set(m[1])
		w.below("count").set(m[2])
	default:
		w.below("freq").set(m[1])
		var d notice.Date
		if d.UnmarshalText([]byte(m[3]+"-"+m[4]+"-"+m[5])) == nil {
			w.below("until").set(writtenDay(d))
		}
	}
	var days []string
	for _, d := range r.Except {
		days = append(days, writtenDay(d))
	}
	w.below("except").set(strings.Join(days, ", "))
}

func (r *reader) recurrence(to *notice.Recurrence) {
	freq := r.text("freq")
	switch freq {
	case "":
		*to = notice.Recurrence{}
		return
	case otherRule:
		to.Rule = strings.ToUpper(r.text("rule"))
	case "DAILY", "WEEKLY", "MONTHLY":
		if rule, ok := r.rule(freq); ok {
			to.Rule = rule
		}
	default:
		r.fault(bureau.NotChoice, freq, "freq")
	}
	var days []notice.Date
	for _, text := range split(r.text("except")) {
		day, _, err := reading.Day(text, r.known.Now)
		if err != nil {
			r.wrong(err.What, err.Remedy, "except")
			return
		}
		days = append(days, day)
	}
	to.Except = days
}

// rule is one that ends after so many times, or on a day.
func (r *reader) rule(freq string) (string, bool) {
	count, until := r.text("count"), r.text("until")
	switch {
	case count != "" && until != "":
		r.fault(bureau.TwoLastTime, "", "count")
	case count == "" && until == "":
		r.fault(bureau.NoLastTime, "", "count")
	case count != "":
		var n int
		before := len(r.faults)
		r.number(&n, "count")
		return "FREQ=" + freq + ";COUNT=" + count, len(r.faults) == before
	default:
		var d notice.Date
		before := len(r.faults)
		r.day(&d, "until")
		return "FREQ=" + freq + ";UNTIL=" + strings.ReplaceAll(d.String(), "-", ""), len(r.faults) == before
	}
	return "", false
}
