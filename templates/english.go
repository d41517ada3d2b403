package templates

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// english is the summary that stands below a message: what, where, when, and
// what to do. There is none of what is the bureau's own.
func (m *message) english(e notice.Event) ([]Block, error) {
	list := Block{Kind: List, Lang: "en"}
	all := m.englishSaid(e)
	switch {
	case len(all) == 0:
	case m.notice.Exercise:
		all = append([]said{{text: "en.exercise"}}, all...)
	case !m.notice.Production():
		all = append([]said{{text: "en.test"}}, all...)
	}
	for _, s := range all {
		c := m.with(s.facts)
		words, ok := c.texts[s.text]
		if !ok || !c.has(s.text) {
			continue
		}
		runs, err := write(words, c.fact, plainly)
		if err != nil {
			return nil, fmt.Errorf("clause %s: %w", s.text, err)
		}
		list.Items = append(list.Items, runs)
	}
	if len(list.Items) == 0 {
		return nil, nil
	}
	return []Block{
		{Kind: Heading, Lang: "en", Runs: text(m.texts["en.title"])},
		{Kind: Paragraph, Lang: "en", Runs: text(m.texts["en.note"])},
		list,
	}, nil
}

// englishSaid is what there is to say; that whose facts are not there is left
// out.
func (m *message) englishSaid(e notice.Event) []said {
	act, parts, common := "en."+m.form(string(e.Act.Type())), m.englishParts(e), m.englishFacts(e)
	one := func(name string) said { return said{text: name, facts: common} }
	switch a := e.Act.(type) {
	case notice.Nudged:
		return nil
	case notice.Postponed:
		if len(a.Windows) == 0 {
			act += ".open"
		}
		return []said{one(act)}
	case notice.Cancelled, notice.Progressed:
		return []said{one(act)}
	case notice.Extended:
		if a.Until.IsZero() {
			act += ".open"
		}
	case notice.Published:
		if len(parts) == 0 {
			return []said{one(act + ".general")}
		}
	}
	var all []said
	for _, p := range parts {
		all = append(all, said{text: act, facts: p.facts(common)})
	}
	switch a := e.Act.(type) {
	case notice.FallbackOpened, notice.FallbackClosed:
		return all
	case notice.Ended:
		if len(parts) == 0 {
			return append([]said{one(act + ".bare")}, m.englishAfter(a.Fallback, common)...)
		}
		return append(append(all, m.englishAfter(a.Fallback, common)...), one("en.ended.returning"+m.pace()))
	case notice.Recovered:
		return append(all, m.englishAfter(a.Fallback, common)...)
	}
	return append(append(all, one(act+".lasts")), m.englishToDo(e, parts, common)...)
}

// englishAfter is what stays out under other notices, and what becomes of the
// fallback.
func (m *message) englishAfter(f notice.FallbackAfter, common facts) []said {
	var all []said
	for _, e := range m.elsewhere() {
		p := part{effect: e.Effect}
		p.names, p.modes = m.englishNames(e.Services, e.Modes)
		more := p.facts(common)
		more["other"] = text(e.Reference)
		all = append(all, said{text: "en.elsewhere", facts: more})
	}
	words := "en.after." + string(f.Closes)
	if _, ok := m.texts[words+".elsewhere"]; ok && len(all) > 0 {
		words += ".elsewhere"
	}
	return append(all, said{text: words, facts: common})
}

// englishToDo is what holds for each part, and what readers are asked to do.
func (m *message) englishToDo(e notice.Event, parts []part, common facts) []said {
	which := ""
	if len(parts) > 1 {
		which = ".for"
	}
	var all []said
	for _, p := range parts {
		f := p.facts(common)
		fallback := "en.fallback"
		if m.notice.Retroactive {
			fallback += ".retroactive"
		} else { // what is over needs no rule
			all = append(all, said{text: "en.forbidden" + which, facts: f}, said{text: "en.discouraged" + which, facts: f})
		}
		if p.fallback {
			all = append(all, said{text: fallback + which, facts: f})
		}
	}
	rule, _ := notice.RuleOf(e.Act.Type())
	if rule.Letter || e.Act.Type() == notice.TypeReminded {
		for _, a := range m.notice.Advice {
			all = append(all, said{text: "en." + string(a), facts: common})
		}
	}
	if rule.Letter {
		all = append(all, m.englishLetter(common)...)
	}
	return all
}

// englishLetter is what a letter says of the notice as a whole.
func (m *message) englishLetter(common facts) []said {
	var all []said
	for _, x := range m.notice.Exceptions {
		f := facts{"exceptions": text(join(englishKinds(x.Kinds), " and ")), "exceptions_end": text(englishMoment(x.Until.Time))}
		s := said{text: "en.exceptions", facts: f}
		if !x.Until.IsZero() {
			s.text += ".until"
		}
		all = append(all, s)
	}
	if len(m.notice.Instead) > 0 {
		names, _ := m.englishNames(m.notice.Instead, nil)
		all = append(all, said{text: "en.instead", facts: facts{"instead": text(names)}})
	}
	for _, s := range m.notice.Sent {
		sent := "sent from " + englishPeriod(notice.Window{Start: s.From, End: s.To})
		if len(s.Kinds) > 0 {
			sent = "for " + join(englishKinds(s.Kinds), " or ") + " " + sent
		}
		all = append(all, said{text: "en." + fateWords(s), facts: facts{"sent": text(sent)}})
	}
	for _, s := range m.workaround() {
		all = append(all, said{text: "en." + s.text})
	}
	return append(all, said{text: "en.returning" + m.pace(), facts: common})
}

// pace is the ending of the name of the words for a re-injection.
func (m *message) pace() string {
	if m.notice.Reinjection.Pace == notice.Progressive {
		return ""
	}
	return ".immediate"
}

// A part is services and modes of which the summary says the same.
type part struct {
	names, modes string
	effect       notice.Effect
	messages     notice.Messages
	fallback     bool
	condition    notice.Condition
	from, until  notice.Time // of the fallback; from is zero where it goes without saying
	start        time.Time
}

// englishParts are the groups of which the event speaks, or the lines of the
// notice.
func (m *message) englishParts(e notice.Event) []part {
	var parts []part
	for _, g := range m.groups(e) {
		o, open := g.What.Opening(e.Time)
		p := part{effect: g.What.Effect, messages: g.What.Messages, fallback: open, condition: o.Condition, until: o.Until, start: g.What.Start.Time}
		if o.From.After(e.Time) {
			p.from = o.From
		}
		p.names, p.modes = m.englishNames(g.Services, g.Modes)
		parts = append(parts, p)
	}
	if len(m.spans) > 0 {
		return parts
	}
	for i, line := range m.Catalogue.Resolve(m.notice) {
		said := m.notice.Lines()[min(i, len(m.notice.Lines())-1)]
		f := line.Fallback
		p := part{effect: line.Effect, messages: line.Messages, fallback: f.Authorised, condition: f.Condition, from: f.From, until: f.Until}
		if w := m.notice.Windows; len(w) > 0 && f.From.Equal(w[0].Start.Time) {
			p.from = notice.Time{}
		}
		p.names, p.modes = m.englishNames(line.Services, m.modesSaid(line.Services, said.Modes))
		parts = append(parts, p)
	}
	return parts
}

func (m *message) englishNames(services, modes []string) (string, string) {
	and := func(names []string) string { return strings.ReplaceAll(join(names, " and "), " et ", " and ") }
	return and(Names(m.Catalogue, services)), and(ModeNames(m.Catalogue, modes))
}

// facts are a part's, beside those that all parts have in common.
func (p part) facts(common facts) facts {
	f := maps.Clone(common)
	set := func(name, value string) { f[name] = text(value) }
	set("names", p.names)
	set("modes", p.modes)
	set("effect", map[notice.Effect]string{notice.Interrupted: "Interruption", notice.Degraded: "Degraded service",
		notice.Unaffected: "Maintenance without interruption", notice.Closed: "Permanent closure"}[p.effect])
	set("effect_low", map[notice.Effect]string{notice.Interrupted: "interrupted", notice.Degraded: "degraded",
		notice.Unaffected: "available", notice.Closed: "closed for good"}[p.effect])
	for send, name := range map[notice.Send]string{notice.Forbidden: "forbidden", notice.Discouraged: "discouraged"} {
		set(name, join(englishKinds(p.messages.Kinds(send)), " or "))
	}
	condition := map[notice.Condition]string{
		notice.NotDeferrable:     "for formalities that cannot be postponed, ",
		notice.StrictlyNecessary: "only if absolutely necessary, ",
		notice.BureauAgreement:   "with the agreement of the customs office, ",
	}[p.condition]
	if !p.from.IsZero() {
		condition += "from " + englishMoment(p.from.Time) + " "
	}
	if p.until.IsZero() {
		set("condition", condition+"until an end-of-alert message is published")
	} else {
		set("condition", condition+"until "+englishMoment(p.until.Time))
	}
	if !p.start.IsZero() {
		set("start", englishMoment(p.start))
	}
	return f
}

// englishFacts are those that all parts have in common.
func (m *message) englishFacts(e notice.Event) facts {
	f := facts{}
	set := func(name, value string) { f[name] = text(value) }
	set("names", strings.ReplaceAll(Plain(m.facts["names"]), " et ", " and "))
	windows := m.notice.Occurrences()
	if act, ok := e.Act.(notice.Reminded); ok { // of one window alone
		windows = slices.DeleteFunc(slices.Clone(windows), func(w notice.Window) bool { return !w.Start.Equal(act.Start.Time) })
	}
	set("when", englishWhen(windows))
	set("returning", map[notice.Returning]string{
		notice.FallbackDeclarations: "the declarations lodged under the fallback procedure",
		notice.DeferredDeclarations: "the declarations that were postponed",
		notice.BothDeclarations:     "the declarations that were postponed and those lodged under the fallback procedure",
	}[m.notice.Reinjection.Of])
	switch act := e.Act.(type) {
	case notice.Extended:
		set("until", englishMoment(act.Until.Time))
	case notice.Ended:
		set("back", englishMoment(act.At.Time))
		set("fallback_end", englishMoment(act.Fallback.At.Time))
	case notice.Recovered:
		set("back", englishMoment(act.At.Time))
		set("fallback_end", englishMoment(act.Fallback.At.Time))
	}
	return f
}

func englishKinds(kinds []notice.MessageKind) []string {
	var names []string
	for _, kind := range kinds {
		names = append(names, map[notice.MessageKind]string{
			notice.Create: "the creation of a declaration", notice.ValidateAnticipated: "the validation of a declaration lodged in advance",
			notice.Amend: "the amendment of a declaration", notice.Invalidate: "the invalidation of a declaration",
			notice.Present: "the presentation of goods", notice.Query: "queries",
		}[kind])
	}
	return names
}

// englishMoment is an instant in legal time: "Tuesday 8 August 2023, 09:00".
func englishMoment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(notice.Legal).Format("Monday 2 January 2006, 15:04")
}

// englishWhen is some windows, the first and the last of many.
func englishWhen(windows []notice.Window) string {
	var all []string
	for _, w := range windows {
		all = append(all, englishPeriod(w))
	}
	if n := len(all); n > 4 {
		return fmt.Sprintf("%d times, first %s, last %s", n, all[0], all[n-1])
	}
	return strings.Join(all, ", then ")
}

func englishPeriod(w notice.Window) string {
	if w.End.IsZero() {
		return "from " + englishMoment(w.Start.Time)
	}
	until := func(t notice.Time) string {
		if notice.DateOf(w.Start.Time) == notice.DateOf(t.Time) {
			return t.In(notice.Legal).Format("15:04")
		}
		return englishMoment(t.Time)
	}
	period := englishMoment(w.Start.Time) + " to " + until(w.End)
	if !w.MayExtendUntil.IsZero() {
		period += " (it may be extended until " + until(w.MayExtendUntil) + ")"
	}
	return period
}
