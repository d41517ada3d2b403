package templates

import (
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A tongue is what differs between the languages in which a mail gives its
// facts, beside the words.
type tongue struct {
	prefix    string // of the names of its words
	exact     bool   // every time says that it is French legal time
	and       string
	clock     func(time.Time, *time.Location) string     // "9h00"
	date      func(time.Time, *time.Location) string     // "8 août"
	day       func(time.Time, *time.Location) string     // "mardi 8 août 2023"
	moment    func(time.Time, *time.Location) string     // "mardi 8 août 2023 à 9h00"
	period    func(notice.Window, *time.Location) string // "mardi 8 août 2023 de 9h00 à 17h00"
	many      func(notice.Notice) string                 // the windows of a notice that has many
	open      func(moment string) string                 // a window without an end, in a subject
	across    func(start, end string) string             // a window over several days, in a subject
	zone      func(Zone) string
	kind      func(notice.MessageKind) string
	condition func(notice.Condition) string
	returning func(notice.Returning) string
	set       func([]Run) []Run
}

var french = tongue{
	and:   " et ",
	clock: clockIn,
	date:  func(t time.Time, zone *time.Location) string { return dayMonth(dateIn(t, zone)) },
	day:   dayIn, moment: momentIn,
	period: func(w notice.Window, zone *time.Location) string {
		preposition, rest := periodIn(w.Start.Time, w.End.Time, zone)
		return strings.TrimPrefix(preposition+" "+rest, "le ")
	},
	many:      func(n notice.Notice) string { return strings.TrimPrefix(Plain(when(n)), "le ") },
	open:      func(moment string) string { return "à compter du " + moment },
	across:    func(start, end string) string { return "du " + start + " au " + end },
	zone:      func(z Zone) string { return z.Label },
	kind:      MessageKindName,
	condition: ConditionName,
	returning: returningName,
	set:       sentence,
}

var english = tongue{
	prefix: "en.", exact: true,
	and:    " and ",
	clock:  func(t time.Time, zone *time.Location) string { return t.In(zone).Format("15:04") },
	date:   func(t time.Time, zone *time.Location) string { return t.In(zone).Format("2 January") },
	day:    func(t time.Time, zone *time.Location) string { return t.In(zone).Format("Monday 2 January 2006") },
	moment: englishMomentIn, period: englishPeriodIn,
	many:      func(n notice.Notice) string { return englishWhen(n.Occurrences()) },
	open:      func(moment string) string { return "from " + moment },
	across:    func(start, end string) string { return start + " to " + end },
	zone:      func(z Zone) string { return z.English },
	kind:      englishKind,
	condition: englishCondition,
	returning: englishReturning,
	set:       plainly,
}

// tongueOf is the language that a reader asked for.
func tongueOf(lang string) tongue {
	if lang == "en" {
		return english
	}
	return french
}

// names are services as the public reads them, in one phrase.
func (t tongue) names(c notice.Catalogue, services []string) string {
	return t.joined(Names(c, services))
}

// joined is "A, B et C", also where one of them is itself such a phrase.
func (t tongue) joined(items []string) string {
	phrase := join(items, t.and)
	if t.and != french.and {
		phrase = strings.ReplaceAll(phrase, french.and, t.and)
	}
	return phrase
}

// kinds are those of messages, in one phrase.
func (t tongue) kinds(kinds []notice.MessageKind) string {
	var names []string
	for _, kind := range kinds {
		names = append(names, t.kind(kind))
	}
	return join(names, t.and)
}

// words are those of a name in this language, with some facts put in; "" where
// there are none, or where a fact that they name says nothing.
func (t tongue) words(all texts, name string, given map[string]string) string {
	words, ok := all[t.prefix+name]
	if !ok {
		return ""
	}
	runs, err := write(words, func(fact string) ([]Run, error) {
		if given[fact] == "" {
			return nil, &notice.ValueError{What: "{" + fact + "} says nothing here", Remedy: "leave it out of " + t.prefix + name}
		}
		return text(given[fact]), nil
	}, func(runs []Run) []Run { return runs })
	if err != nil {
		return ""
	}
	return Plain(runs)
}
