package outlook

import (
	"reflect"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// A part is what is said of some services in some modes at once.
type part[T any] struct {
	services, modes []string
	said            T
}

// addMode adds what is said of a service in a mode; modes of which the same is
// said share a part.
func addMode[T any](parts []part[T], service, mode string, said T) []part[T] {
	for i, p := range parts {
		if p.services[0] == service && reflect.DeepEqual(p.said, said) {
			parts[i].modes = append(parts[i].modes, mode)
			return parts
		}
	}
	return append(parts, part[T]{[]string{service}, []string{mode}, said})
}

// joined are the parts with services that share modes and all that is said in
// one.
func joined[T any](parts []part[T]) []part[T] {
	var fewer []part[T]
	for _, p := range parts {
		i := slices.IndexFunc(fewer, func(q part[T]) bool {
			return slices.Equal(p.modes, q.modes) && reflect.DeepEqual(p.said, q.said)
		})
		if i < 0 {
			fewer = append(fewer, p)
			continue
		}
		fewer[i].services = append(fewer[i].services, p.services...)
	}
	return fewer
}

// lines say what those spans do that are wanted, in as few lines as it takes.
func (s *Site) lines(spans []notice.Span, at time.Time, wanted func(notice.Span) bool) []pages.Line {
	var parts []part[pages.Line]
	for _, span := range spans {
		if wanted(span) {
			parts = addMode(parts, span.Service, span.Mode, s.line(span, at))
		}
	}
	var lines []pages.Line
	for _, p := range joined(parts) {
		p.said.Services, p.said.Modes = s.names(p.services), s.modeNames(p.services[0], p.modes)
		lines = append(lines, p.said)
	}
	slices.SortStableFunc(lines, func(a, b pages.Line) int { return a.Start.Compare(b.Start) })
	return lines
}

// line says what a span does, without the names of service and mode.
func (s *Site) line(span notice.Span, at time.Time) pages.Line {
	l := pages.Line{
		Effect: span.Effect, Start: span.Start.Time, End: span.PlannedEnd.Time, Over: span.Over.Time,
		On: span.On(at), Past: !span.Over.IsZero() && !at.Before(span.Over.Time), Overdue: span.Overdue(at), Messages: sendings(span.Messages),
	}
	if span.MayExtendUntil.After(span.PlannedEnd.Time) {
		l.Latest = span.MayExtendUntil.Time
	}
	if o, ok := opening(span, at); ok {
		l.Fallback = s.fallback(o, at)
		l.Fallback.Open = l.Past
	}
	return l
}

// opening is the fallback's opening that holds, or else the next one.
func opening(span notice.Span, at time.Time) (notice.Opening, bool) {
	if o, ok := span.Authorised(at); ok {
		return o, true
	}
	for _, o := range span.Fallbacks {
		if o.From.After(at) {
			return o, true
		}
	}
	return notice.Opening{}, false
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
		rule := pages.Sending{Send: notice.Send(send)}
		for _, kind := range notice.MessageKind("").Values() {
			if k := notice.MessageKind(kind); m[k] == rule.Send {
				rule.Kinds = append(rule.Kinds, k)
			}
		}
		if len(rule.Kinds) > 0 {
			rules = append(rules, rule)
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
