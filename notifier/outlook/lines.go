package outlook

import (
	"reflect"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// lines say what those spans do that are wanted, in as few lines as it takes.
func (s *Site) lines(spans []notice.Span, at time.Time, wanted func(notice.Span) bool) []pages.Line {
	var all []notice.Saying[pages.Line]
	for _, span := range spans {
		if wanted(span) {
			all = append(all, notice.Saying[pages.Line]{Service: span.Service, Mode: span.Mode, What: s.line(span, at)})
		}
	}
	var lines []pages.Line
	for _, g := range notice.Gather(all, same) {
		g.What.Services, g.What.Modes = s.names(g.Services), s.modeNames(g.Services[0], g.Modes)
		lines = append(lines, g.What)
	}
	slices.SortStableFunc(lines, func(a, b pages.Line) int { return a.Start.Compare(b.Start) })
	return lines
}

func same[T any](a, b T) bool { return reflect.DeepEqual(a, b) }

// line says what a span does, without the names of service and mode.
func (s *Site) line(span notice.Span, at time.Time) pages.Line {
	l := pages.Line{
		Effect: span.Effect, Start: span.Start.Time, End: span.PlannedEnd.Time, Over: span.Over.Time,
		On: span.On(at), Past: !span.Over.IsZero() && !at.Before(span.Over.Time), Overdue: span.Overdue(at), Messages: sendings(span.Messages),
	}
	if span.MayExtendUntil.After(span.PlannedEnd.Time) {
		l.Latest = span.MayExtendUntil.Time
	}
	if o, ok := span.Opening(at); ok {
		l.Fallback = s.fallback(o, at)
		l.Fallback.Open = l.Past
	}
	return l
}

func (s *Site) fallback(o notice.Opening, at time.Time) pages.Fallback {
	f := pages.Fallback{
		Authorised: true, From: o.From.Time, Until: o.Until.Time, Later: o.From.After(at), Condition: o.Condition, Sheet: o.Sheet,
	}
	if o.Service != "" {
		f.Service = s.names([]string{o.Service})[0]
	}
	return f
}

// sendings are the rules on messages, strictest first, kinds in the
// vocabulary's order.
func sendings(m notice.Messages) []pages.Sending {
	var rules []pages.Sending
	for _, send := range slices.Backward(notice.Send("").Values()) {
		if kinds := m.Kinds(notice.Send(send)); len(kinds) > 0 {
			rules = append(rules, pages.Sending{Send: notice.Send(send), Kinds: kinds})
		}
	}
	return rules
}

func (s *Site) names(codes []string) []string { return templates.Names(s.Catalogue, codes) }

// modeNames are a service's modes in the order in which the catalogue gives
// them for it.
func (s *Site) modeNames(service string, codes []string) []string {
	order := s.Catalogue.Services[service].Modes
	codes = slices.SortedStableFunc(slices.Values(codes), func(a, b string) int {
		return slices.Index(order, a) - slices.Index(order, b)
	})
	return templates.ModeNames(s.Catalogue, codes)
}
