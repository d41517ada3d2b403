package templates

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Choices are what a subscriber may choose, in codes.
type Choices struct {
	Services     []string // codes of services or groups; all if empty
	Modes        []string // all if empty
	Notices      bool
	Alerts       bool
	DailyNotices bool // in one message a day
	DailyAlerts  bool
	Lang         string // "en"; French if empty
	Zone         string // of Zones; none if empty
}

// A Choice is one thing that was chosen, in words.
type Choice struct{ Label, Value string }

// An Ask is a mail that asks whoever reads an address to confirm something.
type Ask struct {
	Clause  string // of asks.txt: "subscribe", "change", "retry" or "return"
	Lang    string // "en"; French if empty
	At      time.Time
	Until   time.Time
	Link    string // where it is confirmed
	Choices Choices
}

// An AskMail is an Ask in words.
type AskMail struct{ Subject, Text, HTML string }

// asking are the words of asks and digests, and of what staff are told, by language. They stand in no letter and are
// bound by no approval.
var asking = sync.OnceValue(func() map[string]texts {
	all := map[string]texts{}
	for _, lang := range []string{"fr", "en"} {
		all[lang] = texts{}
		for _, name := range []string{"/asks.txt", "/digest.txt", "/staff.txt"} {
			if name == "/staff.txt" && lang != "fr" {
				continue // staff read French
			}
			file, err := files.ReadFile(lang + name)
			if err == nil {
				err = readTexts(all[lang], string(file))
			}
			if err != nil {
				panic(fmt.Sprintf("templates: %s%s: %v", lang, name, err)) // the files are linked in
			}
		}
	}
	return all
})

//go:embed ask.html
var askPage string

var askTemplate = template.Must(template.New("ask").Parse(askPage))

// AskMail puts an ask in words.
func (w Words) AskMail(a Ask) (AskMail, error) {
	lang := langOf(a.Lang)
	say := func(clause string) string {
		return phrase(lang, clause, "{at}", momentOf(lang, a.At), "{until}", momentOf(lang, a.Until))
	}
	v := struct {
		Lang, Authority, Site, Subject, Gist, Why, Do, Open, Link, Asked, Ignore string
		Choices                                                                  []Choice
	}{
		lang, say("authority"), say("site"), say(a.Clause + ".subject"), say(a.Clause + ".gist"), say(a.Clause + ".why"), say(a.Clause + ".do"),
		say(a.Clause + ".link"), a.Link, say(a.Clause + ".choices"), say(a.Clause + ".ignore"), w.Chosen(a.Choices, lang),
	}
	if v.Subject == "" {
		return AskMail{}, fmt.Errorf("there are no words to ask for %q", a.Clause)
	}
	var html bytes.Buffer
	if err := askTemplate.Execute(&html, v); err != nil {
		return AskMail{}, fmt.Errorf("compose the ask for %q: %w", a.Clause, err)
	}
	b := textWriter{}
	b.line(v.Authority + "\n" + v.Site + "\n")
	b.wrapped(v.Subject, "", "")
	b.line(strings.Repeat("=", min(len([]rune(v.Subject)), textWidth)) + "\n")
	b.wrapped(v.Why, "", "")
	b.line("")
	b.wrapped(v.Do, "", "")
	b.line("\n" + v.Link + "\n")
	b.heading(v.Asked)
	for _, c := range v.Choices {
		b.wrapped(labelled(lang, c), "", "  ")
	}
	b.line("")
	b.wrapped(v.Ignore, "", "")
	return AskMail{v.Subject, b.String(), html.String()}, nil
}

// phrase is one of those words, with what stands for its facts.
func phrase(lang, clause string, facts ...string) string {
	said := strings.NewReplacer(facts...).Replace(asking()[lang][clause])
	if lang == "fr" {
		said = Typeset(said)
	}
	return said
}

// labelled is a choice in one line.
func labelled(lang string, c Choice) string {
	if lang == "fr" {
		return Typeset(c.Label + " : " + c.Value)
	}
	return c.Label + ": " + c.Value
}

// Chosen are a subscriber's choices in words of a language.
func (w Words) Chosen(c Choices, lang string) []Choice {
	lang = langOf(lang)
	words := asking()[lang]
	list := func(items []string, none string) string {
		if len(items) == 0 {
			return words[none]
		}
		return tongueOf(lang).joined(items)
	}
	var wants []string
	if c.Notices {
		wants = append(wants, words["wants.notices"])
	}
	if c.Alerts {
		wants = append(wants, words["wants.alerts"])
	}
	zone := words["zone.none"]
	if z, ok := ZoneOf(c.Zone); ok {
		zone = strings.ReplaceAll(words["zone.with"], "{zone}", tongueOf(lang).zone(z))
	}
	return []Choice{
		{words["services"], list(w.asked(c.Services), "services.all")},
		{words["modes"], list(ModeNames(w.Catalogue, c.Modes), "modes.all")},
		{words["wants"], list(wants, "")},
		{words["rhythm"], words[comes(c)]},
		{words["lang"], words["lang."+langOf(c.Lang)]},
		{words["zone"], zone},
	}
}

// comes is the clause that says how often messages come.
func comes(c Choices) string {
	switch {
	case c.DailyNotices && (c.DailyAlerts || !c.Alerts), c.DailyAlerts && !c.Notices:
		return "rhythm.daily"
	case c.DailyNotices && c.Notices:
		return "rhythm.notices"
	}
	return "rhythm.once"
}

// asked are the names of services, and of groups that were asked for as such.
func (w Words) asked(codes []string) []string {
	var names, services []string
	for _, code := range codes {
		if g, ok := w.Catalogue.Groups[code]; ok {
			names = append(names, kept(g.Label))
			continue
		}
		services = append(services, code)
	}
	return append(names, Names(w.Catalogue, services)...)
}

func langOf(lang string) string {
	if lang == "en" {
		return "en"
	}
	return "fr"
}

// momentOf is an instant in legal time, in words of a language.
func momentOf(lang string, t time.Time) string {
	moment := tongueOf(lang).moment(t, notice.Legal)
	if lang == "en" {
		moment += " (French legal time)"
	}
	return moment
}
