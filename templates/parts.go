package templates

import (
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A part is services and modes of which the same is said.
type part struct {
	services, modes []string // codes
	effect          notice.Effect
	messages        notice.Messages
	fallback        bool
	condition       notice.Condition
	by, sheet       string      // of the fallback: the service that stands in, the number of its sheet
	from, until     notice.Time // of the fallback; from is zero where it goes without saying
	start           time.Time
}

// parts are the groups of which the event speaks, or the lines of the notice.
func (m *message) parts(e notice.Event) []part {
	var parts []part
	for _, g := range m.groups(e) {
		o, open := g.What.Opening(e.Time)
		p := part{services: g.Services, modes: g.Modes, effect: g.What.Effect, messages: g.What.Messages, fallback: open, condition: o.Condition, by: o.Service, sheet: o.Sheet, until: o.Until, start: g.What.Start.Time}
		if o.From.After(e.Time) {
			p.from = o.From
		}
		parts = append(parts, p)
	}
	if len(m.spans) > 0 {
		return parts
	}
	for i, line := range m.Catalogue.Resolve(m.notice) {
		said := m.notice.Lines()[min(i, len(m.notice.Lines())-1)]
		f := line.Fallback
		p := part{services: line.Services, modes: m.modesSaid(line.Services, said.Modes), effect: line.Effect, messages: line.Messages, fallback: f.Authorised, condition: f.Condition, by: f.Service, sheet: f.Sheet, from: f.From, until: f.Until}
		if w := m.notice.Windows; len(w) > 0 && f.From.Equal(w[0].Start.Time) {
			p.from = notice.Time{}
		}
		parts = append(parts, p)
	}
	return parts
}
