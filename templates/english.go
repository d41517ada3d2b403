package templates

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// english is the summary that stands below a message: what, where, when, and
// what to do. There is none of what is the bureau's own.
func (m *message) english(e notice.Event) ([]Block, error) {
	said, err := m.englishRuns(e)
	if err != nil || len(said) == 0 {
		return nil, err
	}
	return []Block{
		{Kind: Heading, Lang: "en", Runs: text(m.texts["en.title"])},
		{Kind: Paragraph, Lang: "en", Runs: text(m.texts["en.note"])},
		{Kind: List, Lang: "en", Items: said},
	}, nil
}

// englishRuns are the sentences of the summary.
func (m *message) englishRuns(e notice.Event) ([][]Run, error) {
	var items [][]Run
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
		items = append(items, runs)
	}
	return items, nil
}

// englishSaid is what there is to say; that whose facts are not there is left
// out.
func (m *message) englishSaid(e notice.Event) []said {
	act, parts, common := "en."+m.form(string(e.Act.Type())), m.parts(e), m.englishFacts(e)
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
		all = append(all, said{text: act, facts: m.partFacts(p, common)})
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
		more := m.partFacts(part{services: e.Services, modes: e.Modes, effect: e.Effect}, common)
		more["other"] = text(e.Reference)
		all = append(all, said{text: "en.elsewhere", facts: more})
	}
	words := "en.after." + string(f.Closes)
	if own := "en." + string(m.act.Type()) + ".after." + string(f.Closes); m.texts[own] != "" {
		words = own
	}
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
		f := m.partFacts(p, common)
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
		names := english.names(m.Catalogue, m.notice.Instead)
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

// partFacts are a part's, beside those that all parts have in common.
func (m *message) partFacts(p part, common facts) facts {
	f := maps.Clone(common)
	set := func(name, value string) { f[name] = text(value) }
	set("names", english.names(m.Catalogue, p.services))
	set("modes", english.joined(ModeNames(m.Catalogue, p.modes)))
	set("effect", map[notice.Effect]string{notice.Interrupted: "Interruption", notice.Degraded: "Degraded service",
		notice.Unaffected: "Maintenance without interruption", notice.Closed: "Permanent closure"}[p.effect])
	set("effect_low", map[notice.Effect]string{notice.Interrupted: "interrupted", notice.Degraded: "degraded",
		notice.Unaffected: "available", notice.Closed: "permanently closed"}[p.effect])
	for send, name := range map[notice.Send]string{notice.Forbidden: "forbidden", notice.Discouraged: "discouraged"} {
		set(name, join(englishKinds(p.messages.Kinds(send)), " or "))
	}
	condition := englishCondition(p.condition)
	if condition != "" {
		condition += ", "
	}
	if !p.from.IsZero() {
		condition += "from " + englishMoment(p.from.Time) + " "
	}
	switch _, opened := m.act.(notice.FallbackOpened); {
	case p.until.IsZero() && opened:
		set("condition", condition+"until a message says otherwise")
	case p.until.IsZero():
		set("condition", condition+"until an end-of-alert message is published")
	default:
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
	set("returning", englishReturning(m.notice.Reinjection.Of))
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
