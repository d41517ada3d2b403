package outlook

import (
	"net/url"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

// A question is an instant, and by what had been published when.
type question struct {
	at    time.Time
	known time.Time // zero: by all that is published
	now   bool      // no other instant was asked for
	ahead bool      // at was still to come by what is known
}

// ask reads a question from an address. What it does not say is now, and by
// what had been published at that instant. An error is a *notice.ValueError.
func ask(values url.Values, at, known string, now time.Time) (q question, wrong map[string]error) {
	q, wrong = question{at: now, now: true}, map[string]error{}
	if text := values.Get(at); text != "" {
		var t notice.Time
		if err := t.UnmarshalText([]byte(lenient(text))); err != nil {
			wrong[at] = err
		} else {
			q.at, q.now = t.Time, false
		}
	}
	if !q.now && !q.at.After(now) {
		q.known = q.at
	}
	if text := values.Get(known); text != "" {
		var t notice.Time
		switch err := t.UnmarshalText([]byte(lenient(text))); {
		case err != nil:
			wrong[known] = err
		case t.After(now):
			wrong[known] = &notice.ValueError{What: text + " is still to come: nobody knows what will have been published then", Remedy: "ask for a time that has passed"}
		default:
			q.known, q.now = t.Time, false
		}
	}
	if len(wrong) > 0 {
		q = question{at: now, now: true}
	}
	q.ahead = q.at.After(now) || !q.known.IsZero() && q.at.After(q.known)
	return q, wrong
}

// each is how exactly an answer to the question tells the time: now, and what
// is still to come, are told to the second.
func (q question) each() time.Duration {
	if q.now || q.ahead {
		return time.Second
	}
	return time.Minute
}

// lenient mends what people and programs do to a time in an address: a plus
// sign that was not escaped comes as a space, and so may the T be written.
func lenient(text string) string {
	if strings.Contains(text, "T") {
		return strings.Replace(text, " ", "+", 1)
	}
	return strings.Replace(text, " ", "T", 1)
}

// fault says, for a page, what is wrong with an instant that was refused.
func fault(field, text string) pages.Wrong {
	wrong := pages.Wrong{Field: field, Text: text, Fault: pages.NotATime}
	var wall time.Time
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, lenient(text)); err == nil {
			wall = t
		}
	}
	var whole notice.Time
	switch {
	case whole.UnmarshalText([]byte(lenient(text))) == nil:
		wrong.Fault = pages.Unknown
	case wall.IsZero():
	default:
		wrong.Fault = pages.Skipped
		for _, at := range []time.Time{wall.Add(-2 * time.Hour), wall.Add(-time.Hour)} { // as it is in summer, in winter
			if at.In(notice.Legal).Format(time.DateTime) == wall.Format(time.DateTime) {
				wrong.Fault = pages.Repeated
				wrong.Choices = append(wrong.Choices, at)
			}
		}
	}
	return wrong
}
