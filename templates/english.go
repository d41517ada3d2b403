package templates

import (
	"fmt"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// english is the summary that stands below a message: what, where, when, and
// what to do.
func (m *message) english(e notice.Event) ([]Block, error) {
	c := m.with(m.englishFacts(e))
	act := "en." + string(e.Act.Type())
	blocks := []Block{
		{Kind: Heading, Lang: "en", Runs: text(c.texts["en.title"])},
		{Kind: Paragraph, Lang: "en", Runs: text(c.texts["en.note"])},
	}
	list := Block{Kind: List, Lang: "en"} // stays empty for what is the bureau's own
	for _, name := range m.englishLines(act, e) {
		words, ok := c.texts[name]
		if !ok || !(&message{composer: c}).has(name) {
			continue
		}
		runs, err := write(words, c.fact, plainly)
		if err != nil {
			return nil, fmt.Errorf("clause %s: %w", name, err)
		}
		list.Items = append(list.Items, runs)
	}
	if len(list.Items) == 0 {
		return nil, nil
	}
	return append(blocks, list), nil
}

// englishLines are the names of what there is to say; those whose facts are
// not there are left out.
func (m *message) englishLines(act string, e notice.Event) []string {
	lines := []string{act, act + ".lasts"}
	switch a := e.Act.(type) {
	case notice.Postponed:
		if len(a.Windows) == 0 {
			lines = []string{act + ".open"}
		}
		return lines
	case notice.Extended:
		if a.Until.IsZero() {
			lines = []string{act + ".open"}
		}
	case notice.Published:
		if Plain(m.facts["names"]) == "" {
			return []string{act + ".general"}
		}
	case notice.Ended:
		return append(lines, "en.after."+string(a.Fallback.Closes), "en.ended.returning")
	case notice.Recovered:
		return append(lines, "en.after."+string(a.Fallback.Closes))
	case notice.Cancelled, notice.Progressed, notice.FallbackOpened, notice.FallbackClosed:
		return lines
	}
	lines = append(lines, "en.forbidden", "en.discouraged")
	if m.authorises() && m.facts["condition"] != nil {
		lines = append(lines, "en.fallback")
	} else if m.authorises() {
		lines = append(lines, "en.fallback.bare")
	}
	if rule, _ := notice.RuleOf(e.Act.Type()); rule.Letter {
		for _, a := range m.notice.Advice {
			lines = append(lines, "en."+string(a))
		}
		lines = append(lines, "en.returning")
	}
	return lines
}

// englishFacts are the message's facts in English; those that are the same in
// both languages stay.
func (m *message) englishFacts(e notice.Event) facts {
	f := facts{}
	set := func(name, value string) { f[name] = text(value) }
	and := func(name string) { set(name, strings.ReplaceAll(Plain(m.facts[name]), " et ", " and ")) }
	and("names")
	and("modes")
	effect := map[notice.Effect]string{notice.Interrupted: "Interruption", notice.Degraded: "Degraded service",
		notice.Unaffected: "Maintenance without interruption", notice.Closed: "Permanent closure"}[m.effect]
	set("effect", effect)
	set("effect_low", map[notice.Effect]string{notice.Interrupted: "interrupted", notice.Degraded: "degraded",
		notice.Unaffected: "available", notice.Closed: "closed for good"}[m.effect])
	var when []string
	for _, w := range m.notice.Windows {
		when = append(when, englishPeriod(w))
	}
	set("when", strings.Join(when, ", then "))
	if len(m.spans) > 0 {
		set("start", englishMoment(m.spans[0].Start.Time))
	}
	for send, name := range map[notice.Send]string{notice.Forbidden: "forbidden", notice.Discouraged: "discouraged"} {
		set(name, strings.Join(englishKinds(m.messagesSaid(), send), " or "))
	}
	set("condition", map[notice.Condition]string{
		notice.NotDeferrable:     "for formalities that cannot be postponed, until an end-of-alert message is published",
		notice.StrictlyNecessary: "only if absolutely necessary",
		notice.BureauAgreement:   "with the agreement of the customs office",
	}[m.conditionSaid()])
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

// messagesSaid and conditionSaid are what holds for the services of which the
// event speaks.
func (m *message) messagesSaid() notice.Messages {
	if len(m.spans) > 0 {
		return m.spans[0].Messages
	}
	for _, line := range m.notice.Lines() {
		return line.Messages
	}
	return nil
}

func (m *message) conditionSaid() notice.Condition {
	for _, line := range m.notice.Lines() {
		if line.Fallback.Authorised {
			return line.Fallback.Condition
		}
	}
	return ""
}

func englishKinds(m notice.Messages, send notice.Send) []string {
	names := map[notice.MessageKind]string{
		notice.Create: "the creation of a declaration", notice.ValidateAnticipated: "the validation of a declaration lodged in advance",
		notice.Amend: "the amendment of a declaration", notice.Invalidate: "the invalidation of a declaration",
		notice.Present: "the presentation of goods", notice.Query: "queries",
	}
	var kinds []string
	for _, kind := range notice.MessageKind("").Values() {
		if m[notice.MessageKind(kind)] == send {
			kinds = append(kinds, names[notice.MessageKind(kind)])
		}
	}
	return kinds
}

// englishMoment is an instant in legal time: "Tuesday 8 August 2023, 09:00".
func englishMoment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(notice.Legal).Format("Monday 2 January 2006, 15:04")
}

func englishPeriod(w notice.Window) string {
	switch {
	case w.End.IsZero():
		return "from " + englishMoment(w.Start.Time)
	case notice.DateOf(w.Start.Time) == notice.DateOf(w.End.Time):
		return englishMoment(w.Start.Time) + " to " + w.End.In(notice.Legal).Format("15:04")
	}
	return englishMoment(w.Start.Time) + " to " + englishMoment(w.End.Time)
}
