package pages

import (
	"reflect"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// Lines say what those spans do that are wanted, in as few lines as it takes,
// the first to begin first.
func Lines(c notice.Catalogue, spans []notice.Span, at time.Time, wanted func(notice.Span) bool) []Line {
	var all []notice.Saying[Line]
	for _, span := range spans {
		if wanted(span) {
			all = append(all, notice.Saying[Line]{Service: span.Service, Mode: span.Mode, What: LineOf(c, span, at)})
		}
	}
	var lines []Line
	for _, g := range notice.Gather(all, func(a, b Line) bool { return reflect.DeepEqual(a, b) }) {
		g.What.Services, g.What.Modes = templates.Names(c, g.Services), ModeNames(c, g.Services[0], g.Modes)
		lines = append(lines, g.What)
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return a.Start.Compare(b.Start) })
	return lines
}

// LineOf says what a span does, without the names of service and mode.
func LineOf(c notice.Catalogue, span notice.Span, at time.Time) Line {
	l := Line{
		Effect: span.Effect, Start: span.Start.Time, End: span.PlannedEnd.Time, Over: span.Over.Time,
		On: span.On(at), Past: !span.Over.IsZero() && !at.Before(span.Over.Time), Overdue: span.Overdue(at), Messages: Sendings(span.Messages),
	}
	if span.MayExtendUntil.After(span.PlannedEnd.Time) {
		l.Latest = span.MayExtendUntil.Time
	}
	if o, ok := span.Opening(at); ok {
		l.Fallback = FallbackOf(c, o, at)
		l.Fallback.Open = l.Past
	}
	return l
}

// FallbackOf is what holds of an opening of the fallback at an instant.
func FallbackOf(c notice.Catalogue, o notice.Opening, at time.Time) Fallback {
	f := Fallback{
		Authorised: true, From: o.From.Time, Until: o.Until.Time, Later: o.From.After(at), Condition: o.Condition, Sheet: o.Sheet,
	}
	if o.Service != "" {
		f.Service = templates.Names(c, []string{o.Service})[0]
	}
	return f
}

// Sendings are the rules on messages, strictest first, kinds in the
// vocabulary's order.
func Sendings(m notice.Messages) []Sending {
	var rules []Sending
	for _, send := range slices.Backward(notice.Send("").Values()) {
		if kinds := m.Kinds(notice.Send(send)); len(kinds) > 0 {
			rules = append(rules, Sending{Send: notice.Send(send), Kinds: kinds})
		}
	}
	return rules
}

// ModeNames are a service's modes in the order in which the catalogue gives
// them for it.
func ModeNames(c notice.Catalogue, service string, codes []string) []string {
	order := c.Services[service].Modes
	codes = slices.SortedStableFunc(slices.Values(codes), func(a, b string) int {
		return slices.Index(order, a) - slices.Index(order, b)
	})
	return templates.ModeNames(c, codes)
}
