package outlook

import (
	"reflect"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// lines say what those spans do that are wanted, in as few lines as it takes.
func (s *Site) lines(spans []notice.Span, at time.Time, wanted func(notice.Span) bool) []pages.Line {
	return pages.Lines(s.Catalogue, spans, at, wanted)
}

// line says what a span does, without the names of service and mode.
func (s *Site) line(span notice.Span, at time.Time) pages.Line {
	return pages.LineOf(s.Catalogue, span, at)
}

func same[T any](a, b T) bool { return reflect.DeepEqual(a, b) }

func (s *Site) fallback(o notice.Opening, at time.Time) pages.Fallback {
	return pages.FallbackOf(s.Catalogue, o, at)
}

// sendings are the rules on messages, strictest first.
func sendings(m notice.Messages) []pages.Sending { return pages.Sendings(m) }

func (s *Site) names(codes []string) []string { return templates.Names(s.Catalogue, codes) }

// modeNames are a service's modes in the order in which the catalogue gives
// them for it.
func (s *Site) modeNames(service string, codes []string) []string {
	return pages.ModeNames(s.Catalogue, service, codes)
}
