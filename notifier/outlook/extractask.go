package outlook

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
	"douane.gouv.fr/crieur/templates/reading"
)

// extractFields are those of the question, in the form's order.
var extractFields = []string{"service", "mode", "le", "connu", "du", "au"}

// A refusal is what is wrong with a field: for machines, and in French.
type refusal struct {
	err    error
	french string
}

// extractQuestion reads a question; what is wrong with it, by field.
func (s *Site) extractQuestion(values url.Values, now time.Time) (extractQuestion, map[string]*refusal) {
	q, wrong := extractQuestion{at: now, known: now, asked: now}, map[string]*refusal{}
	s.extractSubject(&q, values, wrong)
	read := func(field string, end bool, to *time.Time) bool {
		text := strings.TrimSpace(values.Get(field))
		if text == "" {
			return false
		}
		at, refused := instantOf(text, end, now)
		if refused == nil && at.After(now) {
			refused = &refusal{&notice.ValueError{What: text + " is still to come", Remedy: "an extract tells what has been: ask for a time that has passed"}, pages.ExtractAhead}
		}
		if refused != nil {
			wrong[field] = refused
			return false
		}
		*to = at
		return true
	}
	if read("le", false, &q.at) {
		q.known = q.at
	}
	read("connu", false, &q.known)
	from, to := read("du", false, &q.from), read("au", true, &q.to)
	switch {
	case to && !from && wrong["du"] == nil:
		wrong["du"] = &refusal{&notice.ValueError{What: "a period has a beginning", Remedy: "give du as well"}, pages.ExtractNoStart}
	case from && !to:
		q.to = now
	}
	if from && wrong["au"] == nil && (q.to.Before(q.from) || q.to.Sub(q.from) > extractPeriod) {
		wrong["au"] = &refusal{&notice.ValueError{What: "a period ends after its beginning and within a year of it", Remedy: "ask for another one"}, pages.ExtractPeriod}
	}
	return q, wrong
}

// extractSubject reads which service and mode.
func (s *Site) extractSubject(q *extractQuestion, values url.Values, wrong map[string]*refusal) {
	var err error
	if q.service, err = s.Catalogue.Find(values.Get("service")); err != nil {
		wrong["service"] = &refusal{err, pages.ExtractNoService}
	}
	if q.mode, err = s.Catalogue.FindMode(values.Get("mode")); err != nil {
		wrong["mode"] = &refusal{err, pages.ExtractNoMode}
		return
	}
	if modes := s.Catalogue.Services[q.service].Modes; wrong["service"] == nil && !slices.Contains(modes, q.mode) {
		names := s.modeNames(q.service, modes)
		wrong["mode"] = &refusal{&notice.ValueError{What: q.service + " has no mode " + q.mode, Remedy: "it has " + strings.Join(modes, ", ")},
			pages.ExtractOtherModes(names)}
	}
}

// instantOf reads an instant as programs or people write it; a day alone is its
// beginning or its end.
func instantOf(text string, end bool, now time.Time) (time.Time, *refusal) {
	var t notice.Time
	err := t.UnmarshalText([]byte(lenient(text)))
	if err == nil {
		return t.Time, nil
	}
	if at, _, wrong := reading.Since(text, now); wrong == nil {
		return at.Time, nil
	} else if d, _, dayWrong := reading.Day(text, now); dayWrong == nil {
		if start := d.Start(); !end {
			return start, nil
		} else if last := start.AddDate(0, 0, 1).Add(-time.Second); last.Before(now) || start.After(now) {
			return last, nil
		}
		return now, nil
	} else {
		return time.Time{}, &refusal{err, templates.Typeset(strings.TrimSpace(wrong.What + ". " + templates.Capitalised(wrong.Remedy) + "."))}
	}
}
