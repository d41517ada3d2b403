package remarks

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// value is a value as a person reads it.
func (w Words) value(text string, p piece) string {
	switch {
	case p.unit != "":
		return counted(text, p.unit)
	case p.as != "":
		return w.read(p.as, text)
	}
	return text
}

// readings are the ways to read a value, by the name that follows its number in
// a French hole.
var readings = []string{
	"act", "bureau", "codes", "date", "days", "either", "field", "idle", "mode", "moment", "more", "name", "names", "near",
	"pair", "right", "roles", "service", "services", "state", "states", "word", "words",
}

// read is a value read in one of these ways. What a reading does not understand
// it gives as it is.
func (w Words) read(as, text string) string {
	switch as {
	case "act":
		return actName(text)
	case "bureau":
		return w.bureau(text)
	case "codes":
		return strings.Join(each(text, quoted), ", ")
	case "date":
		return date(text)
	case "days":
		return days(text)
	case "either":
		return either(list(text))
	case "field":
		return FieldName("/" + text)
	case "idle":
		return idle(text)
	case "moment":
		return moment(text)
	case "more":
		return w.Say(text)
	case "right":
		return rights[text]
	case "roles":
		return either(each(text, func(role string) string { return templates.RoleName(notice.Role(role)) }))
	case "state":
		return stateName(text)
	case "states":
		return either(each(text, stateName))
	case "word":
		return cmp.Or(glosses[text], text)
	case "words":
		return strings.Join(each(text, glossed), ", ")
	}
	return w.named(as, text)
}

// named reads what the catalogue names.
func (w Words) named(as, text string) string {
	switch as {
	case "service", "mode", "name":
		return w.name(text)
	case "services":
		return templates.Enumerate(templates.Names(w.Catalogue, list(text)))
	case "names":
		return strings.Join(each(text, w.name), ", ")
	case "near":
		if name := w.name(text); name != text {
			return quoted(name)
		}
		word, gloss, _ := strings.Cut(glossed(text), " ")
		return strings.TrimSpace(quoted(word) + " " + gloss)
	case "pair":
		service, mode, _ := strings.Cut(text, " in ")
		return w.name(service) + " en " + w.name(mode)
	}
	return text
}

func quoted(text string) string { return "«\u00a0" + text + "\u00a0»" }

// name is the label of a service, a group or a mode.
func (w Words) name(code string) string {
	if _, ok := w.Catalogue.Services[code]; ok {
		return templates.Names(notice.Catalogue{Services: map[string]notice.Service{code: {Label: w.Catalogue.Services[code].Label}}}, []string{code})[0]
	}
	return cmp.Or(w.Catalogue.Groups[code].Label, w.Catalogue.Modes[code].Label, code)
}

// bureau is what a bureau is called after "du bureau": "COMINT1".
func (w Words) bureau(code string) string {
	return cmp.Or(strings.TrimPrefix(w.Bureaus[code].Label, "Bureau "), code)
}

// counted is a number of things.
func counted(number, unit string) string {
	if number != "0" && number != "1" && number != "-1" {
		unit += "s"
	}
	return number + "\u00a0" + unit
}

// days reads how many days before, "1 day" or "3 days".
func days(text string) string {
	number, _, ok := strings.Cut(text, " day")
	if !ok {
		return text
	}
	if number == "0" {
		return "le jour même"
	}
	return counted(number, "jour") + " à l’avance"
}

// moment reads an instant, or a local time, which need not exist.
func moment(text string) string {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return templates.Moment(at)
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return fmt.Sprintf("%s à %dh%02d", date(text[:len(time.DateOnly)]), at.Hour(), at.Minute())
		}
	}
	return date(text)
}

// date reads a day.
func date(text string) string {
	var d notice.Date
	if err := d.UnmarshalText([]byte(text)); err != nil || d.IsZero() {
		return text
	}
	return templates.Day(d)
}

// idle reads why people may not be at work on a day.
func idle(text string) string {
	if holiday, ok := strings.CutPrefix(text, "a public holiday "); ok {
		return "jour férié " + holiday
	}
	if text == "a Saturday" || text == "a Sunday" {
		return "en fin de semaine"
	}
	return text
}

// list reads what is enumerated.
func list(text string) []string {
	return strings.Split(strings.ReplaceAll(text, " or ", ", "), ", ")
}

// each reads all items of a list.
func each(text string, read func(string) string) []string {
	items := list(text)
	for i, item := range items {
		items[i] = read(item)
	}
	return items
}

// either is "a, b ou c".
func either(items []string) string {
	last := len(items) - 1
	if last < 1 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:last], ", ") + " ou " + items[last]
}

// errorAs is the first error of a type in a chain.
func errorAs[E error](err error) (found E, ok bool) {
	ok = errors.As(err, &found)
	return found, ok
}
