package publisher

import (
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// clashes warns of other notices that strike the same service in the same mode
// at the same time: it may be the same outage told twice, or a slip in a date.
func (p *Publisher) clashes(id string, n notice.Notice) notice.Problems {
	draft := notice.Fold([]notice.Event{{Act: notice.Published{Notice: n, Scope: p.Catalogue.Resolve(n)}}})
	var ps notice.Problems
	for _, other := range p.States() {
		if other.ID == id || other.Stage() != draft.Stage() {
			continue
		}
		i := slices.IndexFunc(other.Spans, func(theirs notice.Span) bool {
			return slices.ContainsFunc(draft.Spans, func(ours notice.Span) bool { return clash(ours, theirs) })
		})
		if i >= 0 {
			span := other.Spans[i]
			ps = append(ps, notice.Problem{Severity: notice.SeverityWarning, Pointer: "/windows",
				What:   fmt.Sprintf("notice %s strikes %s in %s at that time, from %s", called(other), span.Service, span.Mode, span.Start),
				Remedy: "if it is the same outage, amend that notice; else check the dates"})
		}
	}
	return ps
}

// elsewhere is what other notices say at present of the services and modes of
// a notice that are out; of those named, or of all where none is named.
func (p *Publisher) elsewhere(s notice.State, services, modes []string) []notice.Elsewhere {
	now := p.Now()
	named := func(names []string, name string) bool { return len(names) == 0 || slices.Contains(names, name) }
	given := func(theirs notice.Span) bool { // back, under this notice
		return named(services, theirs.Service) && named(modes, theirs.Mode) && slices.ContainsFunc(s.Spans, func(ours notice.Span) bool {
			return ours.On(now) && ours.Service == theirs.Service && ours.Mode == theirs.Mode
		})
	}
	var all []notice.Elsewhere
	for _, other := range p.States() {
		if other.ID == s.ID || other.Stage() != s.Stage() {
			continue
		}
		out := slices.DeleteFunc(slices.Clone(other.Spans), func(theirs notice.Span) bool {
			return !theirs.On(now) || theirs.Effect == notice.Unaffected || !given(theirs)
		})
		for _, g := range notice.Gather(notice.Sayings(out), func(a, b notice.Span) bool { return a.Effect == b.Effect }) {
			all = append(all, notice.Elsewhere{Reference: called(other), Services: g.Services, Modes: g.Modes, Effect: g.What.Effect})
		}
	}
	return all
}

// clash is whether two spans have a service, a mode and a moment in common.
func clash(a, b notice.Span) bool {
	return a.Service == b.Service && a.Mode == b.Mode &&
		a.Effect != notice.Unaffected && b.Effect != notice.Unaffected &&
		before(a.Start.Time, lasts(b)) && before(b.Start.Time, lasts(a))
}

// lasts is the end of a span as far as is known; zero for not known.
func lasts(s notice.Span) time.Time {
	if !s.Over.IsZero() {
		return s.Over.Time
	}
	if s.MayExtendUntil.After(s.PlannedEnd.Time) {
		return s.MayExtendUntil.Time
	}
	return s.PlannedEnd.Time
}

func before(start, end time.Time) bool { return end.IsZero() || start.Before(end) }

// called is what people call a notice.
func called(s notice.State) string {
	if s.Notice.Reference != "" {
		return s.Notice.Reference
	}
	return s.ID
}

// Clash is whether two spans of different notices have a service, a mode and a
// moment in common.
func Clash(a, b notice.Span) bool { return a.Notice != b.Notice && clash(a, b) }
