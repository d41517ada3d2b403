package notice

import (
	"slices"
	"strings"
	"time"
)

// An Outlook is the state of every service and mode at an instant, with the
// reasons (météo des services). It follows windows and what people have said,
// never the arrival of an event.
type Outlook struct {
	At          Time             `json:"at"`
	Environment Environment      `json:"environment"`
	Services    []ServiceOutlook `json:"services"`
}

// A ServiceOutlook is the state of one service.
type ServiceOutlook struct {
	Service string        `json:"service"`
	Label   string        `json:"label"`
	Modes   []ModeOutlook `json:"modes"`
}

// A ModeOutlook is the state of one service in one mode: the worst of the
// notices that cover it.
type ModeOutlook struct {
	Mode     string   `json:"mode"`
	Label    string   `json:"label"`
	Effect   Effect   `json:"effect"`
	Overdue  bool     `json:"overdue,omitzero"`
	Since    Time     `json:"since,omitzero"`
	Until    Time     `json:"until,omitzero"`    // as planned, the latest; zero: not known
	Messages Messages `json:"messages,omitzero"` // kinds not named: not stated
	Fallback *Opening `json:"fallback,omitzero"` // nil: not authorised
	Reasons  []Span   `json:"reasons,omitzero"`  // what makes it so, now
	Next     []Span   `json:"next,omitzero"`     // what is announced
}

// OutlookAt looks at the catalogue's services at an instant, through all that
// is known of some notices. Exercises and other environments do not count.
func OutlookAt(c Catalogue, env Environment, states []State, at time.Time) Outlook {
	o := Outlook{At: At(at), Environment: env, Services: []ServiceOutlook{}}
	spans := spansByService(states, env)
	for _, code := range c.Codes() {
		service := c.Services[code]
		so := ServiceOutlook{Service: code, Label: service.Label}
		for _, mode := range c.ModeCodes() {
			if slices.Contains(service.Modes, mode) {
				mo := ModeAt(spans[code+"/"+mode], at)
				mo.Mode, mo.Label = mode, c.Modes[mode].Label
				so.Modes = append(so.Modes, mo)
			}
		}
		o.Services = append(o.Services, so)
	}
	return o
}

// spansByService sorts what counts for an environment by "service/mode".
func spansByService(states []State, env Environment) map[string][]Span {
	by := map[string][]Span{}
	for _, s := range states {
		if s.Notice.Exercise || s.Notice.Production() != (env == EnvProduction) {
			continue
		}
		for _, span := range s.Spans {
			key := span.Service + "/" + span.Mode
			by[key] = append(by[key], span)
		}
	}
	return by
}

// ModeAt is the state of one service and mode at an instant, from the spans
// that concern it: the worst effect, the strictest rule on sending, the
// fallback if any of them authorises it. What one notice ends, another may
// still hold.
func ModeAt(spans []Span, at time.Time) ModeOutlook {
	o := ModeOutlook{Effect: Unaffected}
	known := true // the end of everything that is on
	for _, s := range spans {
		if f, ok := s.Authorised(at); ok && (o.Fallback == nil || f.longer(*o.Fallback)) {
			o.Fallback = &f
		}
		if s.Start.After(at) && !s.over(at) {
			o.Next = append(o.Next, s)
		}
		if s.On(at) {
			o.add(s, at)
			known = known && !s.PlannedEnd.IsZero()
		}
	}
	if !known {
		o.Until = Time{}
	}
	slices.SortStableFunc(o.Next, func(a, b Span) int { return a.Start.Compare(b.Start.Time) })
	return o
}

// add lets a span that is on weigh in.
func (o *ModeOutlook) add(s Span, at time.Time) {
	o.Effect = worst(o.Effect, s.Effect)
	o.Overdue = o.Overdue || s.Overdue(at)
	o.Reasons = append(o.Reasons, s)
	if o.Since.IsZero() || s.Start.Before(o.Since.Time) {
		o.Since = s.Start
	}
	if s.PlannedEnd.After(o.Until.Time) {
		o.Until = s.PlannedEnd
	}
	for kind, send := range s.Messages {
		if o.Messages == nil {
			o.Messages = Messages{}
		}
		o.Messages[kind] = strictest(o.Messages[kind], send)
	}
}

// longer is whether an opening lasts longer than another.
func (o Opening) longer(other Opening) bool {
	return !other.Until.IsZero() && (o.Until.IsZero() || o.Until.After(other.Until.Time))
}

// An Alert is the state of one service in one mode with all its intervals, as
// the ALERTS stream keeps it: whoever has the last one and a clock needs
// nothing else to know what is on.
type Alert struct {
	Environment string `json:"environment"` // production, test, or exercise
	Service     string `json:"service"`
	Mode        string `json:"mode"`
	Source      uint64 `json:"source"` // sequence on NOTICES of the event that it follows from
	Updated     Time   `json:"updated"`
	Spans       []Span `json:"spans"` // without those over for more than AlertMemory, fallback and all
}

// AlertMemory is how long an Alert keeps what is over, so that a reader that
// was away learns of the end.
const AlertMemory = 7 * 24 * time.Hour

// Key is the subject of the alert within its stream.
func (a Alert) Key() string { return strings.Join([]string{a.Environment, a.Service, a.Mode}, ".") }

// Stage is the environment under which a notice's alerts run: its own, or
// "exercise", which no gate takes for the real thing.
func (s State) Stage() string {
	switch {
	case s.Notice.Exercise:
		return "exercise"
	case s.Notice.Production():
		return string(EnvProduction)
	}
	return string(s.Notice.Environment)
}

// forgotten is whether a span has been over for longer than AlertMemory, and
// so has its fallback.
func (s Span) forgotten(now time.Time) bool {
	gone := func(end Time) bool { return !end.IsZero() && now.Sub(end.Time) > AlertMemory }
	return (gone(s.Over) || gone(At(s.lapse()))) && !slices.ContainsFunc(s.Fallbacks, func(o Opening) bool { return !gone(o.Until) })
}

// AlertFor is the alert of a service and mode from the states of all notices,
// after an event.
func AlertFor(states []State, key Alert, updated time.Time) Alert {
	key.Updated, key.Spans = At(updated), []Span{}
	for _, s := range states {
		if s.Stage() != key.Environment {
			continue
		}
		for _, span := range s.Spans {
			if span.Service == key.Service && span.Mode == key.Mode && !span.forgotten(updated) {
				key.Spans = append(key.Spans, span)
			}
		}
	}
	return key
}
