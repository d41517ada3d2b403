package office

import (
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
)

// every stands for all services, or all modes, in the boxes of a grid:
// "*/edi", "delta-g/*".
const every = "*"

// out wants the spans that are on and affect something.
func out(now time.Time) func(notice.Span) bool {
	return func(s notice.Span) bool { return s.On(now) && s.Effect != notice.Unaffected }
}

// ahead wants those, and what is still to come.
func ahead(now time.Time) func(notice.Span) bool {
	return func(s notice.Span) bool {
		return s.Effect != notice.Unaffected && (s.On(now) || s.Over.IsZero() && s.Start.After(now))
	}
}

// openFallback wants the spans whose fallback is authorised or will be, whether they
// last or not.
func openFallback(now time.Time) func(notice.Span) bool {
	return func(s notice.Span) bool {
		return slices.ContainsFunc(s.Fallbacks, func(o notice.Opening) bool { return o.Until.IsZero() || o.Until.After(now) })
	}
}

// grid lays the services and modes of some spans out, services in the order of
// the notice. A mode that is struck and freed with another has no box of its
// own.
func grid(c notice.Catalogue, s notice.State, wanted func(notice.Span) bool) (rows []bureau.GridRow, modes []bureau.Choice) {
	at := map[string]int{}
	for _, span := range s.Spans {
		if !wanted(span) {
			continue
		}
		i, ok := at[span.Service]
		if !ok {
			i, at[span.Service] = len(rows), len(rows)
			rows = append(rows, bureau.GridRow{Service: span.Service, Label: templates.Names(c, []string{span.Service})[0]})
		}
		box := bureau.Choice{Value: span.Service + "/" + span.Mode, Label: templates.ModeNames(c, []string{span.Mode})[0]}
		if !slices.Contains(rows[i].Modes, box) {
			rows[i].Modes = append(rows[i].Modes, box)
		}
	}
	for i := range rows {
		has := func(mode string) bool {
			return slices.ContainsFunc(rows[i].Modes, func(b bureau.Choice) bool { return modeOf(b) == mode })
		}
		rows[i].Modes = slices.DeleteFunc(slices.Clone(rows[i].Modes), func(b bureau.Choice) bool {
			under := c.Modes[modeOf(b)].Under
			return under != "" && has(under)
		})
		for _, b := range rows[i].Modes {
			all := bureau.Choice{Value: every + "/" + modeOf(b), Label: b.Label}
			if !slices.Contains(modes, all) {
				modes = append(modes, all)
			}
		}
	}
	return rows, modes
}

func modeOf(b bureau.Choice) string {
	_, mode, _ := strings.Cut(b.Value, "/")
	return mode
}

// cells is how many boxes the grid of some spans has.
func cells(c notice.Catalogue, s notice.State, wanted func(notice.Span) bool) (n int) {
	rows, _ := grid(c, s, wanted)
	for _, r := range rows {
		n += len(r.Modes)
	}
	return n
}

// A picking is what somebody has ticked in a grid.
type picking struct {
	services, modes []string // what an act names: none where all is ticked
	none, all       bool
	// groups are what was ticked where it takes several acts to say it: an act
	// says the same modes of all its services.
	groups []notice.Gathered[bool]
}

// pick reads the boxes ticked of a notice's grid; those for all services or
// all modes count as those they stand for.
func pick(c notice.Catalogue, s notice.State, ticked []string, wanted func(notice.Span) bool) picking {
	rows, _ := grid(c, s, wanted)
	var all []notice.Saying[bool]
	count, total := 0, 0
	for _, r := range rows {
		for _, b := range r.Modes {
			total++
			mode := modeOf(b)
			if slices.Contains(ticked, b.Value) || slices.Contains(ticked, r.Service+"/"+every) || slices.Contains(ticked, every+"/"+mode) {
				count++
				all = append(all, notice.Saying[bool]{Service: r.Service, Mode: mode})
			}
		}
	}
	p := picking{none: count == 0, all: count == total}
	if p.none || p.all {
		return p
	}
	p.groups = notice.Gather(all, func(_, _ bool) bool { return true })
	for _, g := range p.groups {
		p.services, p.modes = append(p.services, g.Services...), append(p.modes, g.Modes...)
	}
	slices.Sort(p.modes)
	p.modes = slices.Compact(p.modes)
	if reaches(rows, p.services, p.modes) == count {
		p.groups = p.groups[:1] // one act says it all: what it names besides is not out
	}
	return p
}

// reaches is how many boxes of a grid some services and modes cover.
func reaches(rows []bureau.GridRow, services, modes []string) (n int) {
	for _, r := range rows {
		for _, b := range r.Modes {
			if slices.Contains(services, r.Service) && slices.Contains(modes, modeOf(b)) {
				n++
			}
		}
	}
	return n
}

// told names what was picked, group by group: "Delta T et Delta G (EDI)".
func (p picking) told(c notice.Catalogue) string {
	var parts []string
	for _, g := range p.groups {
		parts = append(parts, templates.Enumerate(templates.Names(c, g.Services))+" ("+templates.Enumerate(templates.ModeNames(c, g.Modes))+")")
	}
	return strings.Join(parts, " ; ")
}

// authorised is whether a fallback is, or will be, for what is wanted.
func authorised(x publisher.Dossier, now time.Time, wanted func(notice.Span) bool) bool {
	return slices.ContainsFunc(x.State.Spans, func(s notice.Span) bool { return wanted(s) && openFallback(now)(s) })
}
