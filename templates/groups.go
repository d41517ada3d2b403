package templates

import (
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A group is services and modes of which a message says the same.
type group struct {
	services, modes []string
	span            notice.Span // one of them
}

// groups are the spans of which a message speaks, those of which the same is
// said together. Where the event says that they are back, what they were does
// not matter.
func (m *message) groups(e notice.Event) []group {
	back := false
	switch e.Act.(type) {
	case notice.Ended, notice.Recovered, notice.FallbackClosed:
		back = true
	}
	said := func(s notice.Span) string {
		if back {
			return ""
		}
		o, open := opening(s, e.Time)
		return fmt.Sprint(s.Effect, s.Messages, open, o.Condition, o.From.After(e.Time), o.Until)
	}
	var all []group
	for _, span := range m.spans { // the modes of one service of which the same is said
		if m.stillOut(span) {
			continue
		}
		i := slices.IndexFunc(all, func(g group) bool { return g.services[0] == span.Service && said(g.span) == said(span) })
		if i < 0 {
			all = append(all, group{[]string{span.Service}, nil, span})
			i = len(all) - 1
		}
		if !slices.Contains(all[i].modes, span.Mode) {
			all[i].modes = append(all[i].modes, span.Mode)
		}
	}
	var fewer []group
	for _, g := range all { // the services of which the same is said in the same modes
		i := slices.IndexFunc(fewer, func(f group) bool { return slices.Equal(f.modes, g.modes) && said(f.span) == said(g.span) })
		if i < 0 {
			fewer = append(fewer, g)
			continue
		}
		fewer[i].services = append(fewer[i].services, g.services...)
	}
	return fewer
}

// opening is that of a span's fallback at an instant or, where it is closed, the
// next one that is planned.
func opening(s notice.Span, at time.Time) (next notice.Opening, ok bool) {
	if o, open := s.Authorised(at); open {
		return o, true
	}
	for _, o := range s.Fallbacks {
		if o.From.After(at) && (!ok || o.From.Before(next.From.Time)) {
			next, ok = o, true
		}
	}
	return next, ok
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
func (m *message) of(g group) *composer {
	c := m.with(facts{"start": text(Moment(g.span.Start.Time))})
	for _, name := range []string{"forbidden", "discouraged", "allowed"} {
		delete(c.facts, name)
		delete(c.facts, name+"_list")
	}
	c.effect = g.span.Effect
	c.serviceFacts(g.services, g.modes, g.span.Effect)
	c.messageFacts(g.span.Messages)
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
		if o, open := opening(g.span, e.Time); open {
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
