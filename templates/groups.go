package templates

import (
	"fmt"
	"slices"

	"douane.gouv.fr/crieur/schemas/notice"
)

// groups are the spans of which a message speaks, those of which the same is
// said together. Where the event says that they are back, what they were does
// not matter.
func (m *message) groups(e notice.Event) []notice.Gathered[notice.Span] {
	said := func(s notice.Span) string {
		o, open := s.Opening(e.Time)
		return fmt.Sprint(s.Effect, s.Messages, open, o.Condition, o.From.After(e.Time), o.Until)
	}
	switch e.Act.(type) {
	case notice.Ended, notice.Recovered, notice.FallbackClosed:
		said = func(notice.Span) string { return "" }
	}
	spans := slices.DeleteFunc(slices.Clone(m.spans), m.stillOut)
	return notice.Gather(notice.Sayings(spans), func(a, b notice.Span) bool { return said(a) == said(b) })
}

// elsewhere is what other notices still say of what an act gives back.
func (m *message) elsewhere() []notice.Elsewhere {
	switch act := m.act.(type) {
	case notice.Ended:
		return act.Elsewhere
	case notice.Recovered:
		return act.Elsewhere
	}
	return nil
}

// stillOut is whether a span comes back under this notice, and not yet under
// another.
func (m *message) stillOut(span notice.Span) bool {
	return slices.ContainsFunc(m.elsewhere(), func(e notice.Elsewhere) bool {
		return slices.Contains(e.Services, span.Service) && slices.Contains(e.Modes, span.Mode)
	})
}

// others say what stays as it is, and by which notice.
func (m *message) others() []said {
	var all []said
	for _, e := range m.elsewhere() {
		c := m.with(facts{"other": text(e.Reference)})
		c.serviceFacts(e.Services, e.Modes, e.Effect)
		all = append(all, said{text: "elsewhere", facts: c.facts})
	}
	return all
}

// of is the composer with the facts of one group.
func (m *message) of(g notice.Gathered[notice.Span]) *composer {
	c := m.with(facts{"start": text(Moment(g.What.Start.Time))})
	for _, name := range []string{"forbidden", "discouraged", "allowed"} {
		delete(c.facts, name)
		delete(c.facts, name+"_list")
	}
	c.effect = g.What.Effect
	c.serviceFacts(g.Services, g.Modes, g.What.Effect)
	c.messageFacts(g.What.Messages)
	return c
}

// states say how each group stands, by the words of a name.
func (m *message) states(name string, e notice.Event) []said {
	var all []said
	for _, g := range m.groups(e) {
		all = append(all, said{text: name, facts: m.of(g).facts})
	}
	return all
}

// now is what holds for each group while the alert lasts: what must not be
// sent, and the fallback. Groups are named where there are several.
func (m *message) now(e notice.Event) []said {
	groups := m.groups(e)
	var all []said
	for _, g := range groups {
		c := m.of(g)
		which := ""
		if len(groups) > 1 {
			which = ".for"
		}
		for _, send := range []string{"forbidden", "discouraged"} {
			if len(c.facts[send]) > 0 {
				all = append(all, said{text: "now." + send + which, facts: c.facts})
			}
		}
		if o, open := g.What.Opening(e.Time); open {
			until := fallbackUntil(o.Until)
			if o.From.After(e.Time) {
				until = "à compter du " + Moment(o.From.Time) + " et " + until
			}
			c.facts["fallback_until"] = text(until)
			c.facts["condition"] = text(ConditionName(o.Condition))
			name := "now.fallback"
			if o.Condition == "" {
				name += ".bare"
			}
			all = append(all, said{text: name + which, facts: c.facts})
			if o.Service != "" {
				service := facts{"fallback_service": text(theServices(Names(m.Catalogue, []string{o.Service}), 1))}
				all = append(all, said{text: "fallback.service", facts: service})
			}
		}
	}
	return all
}
