package notifier

import (
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// An Audience is whom an event concerns, worked out once for all subscribers.
type Audience struct {
	wants       []Want
	environment string
	staff       string // the bureau whose staff must know; "" for none
	private     bool   // and nobody else
	everybody   bool   // the event names no service at all
	// modes are those touched, by every name under which the service may have
	// been asked for: its own, its group's, its parent's, its children's.
	modes map[string][]string
	all   []string // the modes touched of any service
}

// AudienceOf is the audience of a tale: those who asked for what its event
// touches, before it and after.
func AudienceOf(c notice.Catalogue, t Tale) Audience {
	a := Audience{wants: wantsOf(t.Event.Act), environment: environmentOf(t.State.Notice), modes: map[string][]string{}}
	rule, _ := notice.RuleOf(t.Event.Act.Type())
	a.private = rule.Private()
	if a.private || rule.Act == notice.TypeOverdue {
		a.staff = t.State.Notice.Issuer
	}
	lines := Touched(t)
	a.everybody = len(lines) == 0
	for _, line := range lines {
		modes := withUpper(c, line.Modes)
		a.all = append(a.all, modes...)
		for _, service := range line.Services {
			for _, name := range namesOf(c, service) {
				a.modes[name] = append(a.modes[name], modes...)
			}
		}
	}
	return a
}

// Concerns is whether a subscriber is to be told.
func (a Audience) Concerns(s Subscriber) bool {
	if a.forStaff(s) {
		return true
	}
	if a.private {
		return false
	}
	if len(s.Wants) > 0 && !meet(s.Wants, a.wants) {
		return false
	}
	if len(s.Environments) == 0 && a.environment != string(notice.EnvProduction) ||
		len(s.Environments) > 0 && !slices.Contains(s.Environments, a.environment) {
		return false
	}
	if a.everybody {
		return true
	}
	if len(s.Services) == 0 {
		return len(s.Modes) == 0 || meet(s.Modes, a.all)
	}
	return slices.ContainsFunc(s.Services, func(name string) bool {
		modes, ok := a.modes[name]
		return ok && (len(s.Modes) == 0 || meet(s.Modes, modes))
	})
}

// forStaff is whether the subscriber is staff who must know.
func (a Audience) forStaff(s Subscriber) bool {
	return a.staff != "" && a.staff == s.Bureau && slices.Contains(s.Wants, WantStaff)
}

// wantsOf are the names under which an act is asked for. A change of a running
// notice is both: it happens, and it has a letter.
func wantsOf(act notice.Act) []Want {
	rule, _ := notice.RuleOf(act.Type())
	var wants []Want
	if rule.Letter || rule.Lane == notice.LaneNotice {
		wants = append(wants, WantNotices)
	}
	if rule.Lane != notice.LaneNotice {
		wants = append(wants, WantAlerts)
	}
	return wants
}

func environmentOf(n notice.Notice) string {
	if n.Production() {
		return string(notice.EnvProduction)
	}
	return string(n.Environment)
}

// namesOf are all names under which somebody may have asked for a service:
// what strikes a service strikes its parts, and touches the whole.
func namesOf(c notice.Catalogue, service string) []string {
	names := []string{service}
	if s := c.Services[service]; s.Group != "" {
		names = append(names, s.Group)
	}
	if s := c.Services[service]; s.Parent != "" {
		names = append(names, s.Parent)
	}
	for _, code := range c.Codes() {
		if c.Services[code].Parent == service {
			names = append(names, code)
		}
	}
	return names
}

// withUpper adds to modes those that they are under: who asked for DTI is
// concerned by DTI+, which is struck and freed with it.
func withUpper(c notice.Catalogue, modes []string) []string {
	all := slices.Clone(modes)
	for _, mode := range modes {
		if under := c.Modes[mode].Under; under != "" {
			all = append(all, under)
		}
	}
	return all
}

// Touched are the services and modes of which a tale's event speaks; a line may
// come twice.
func Touched(t Tale) []notice.Scope {
	switch act := t.Event.Act.(type) {
	case notice.Reminded:
		return ofSpans(t.State, func(s notice.Span) bool { return s.Start.Equal(act.Start.Time) })
	case notice.Started:
		return ofSpans(t.State, func(s notice.Span) bool { return s.Start.Equal(act.Planned.Time) })
	case notice.Overdue:
		return ofSpans(t.State, func(s notice.Span) bool { return s.Overdue(atLeast(t.Event.Time, act.Planned.Time)) })
	case notice.Recovered:
		return named(t.State.Scope, act.Services, act.Modes)
	case notice.FallbackOpened:
		return named(t.State.Scope, act.Services, act.Modes)
	case notice.FallbackClosed:
		return named(t.State.Scope, act.Services, act.Modes)
	}
	before := t.State.Events[:max(0, len(t.State.Events)-1)]
	return slices.Concat(t.State.Scope, notice.Fold(before).Scope) // what a correction leaves out has been told too
}

// ofSpans are the services and modes of some of a notice's spans; all of its
// scope where none fits, that nobody is left out.
func ofSpans(s notice.State, fits func(notice.Span) bool) []notice.Scope {
	var lines []notice.Scope
	for _, span := range s.Spans {
		if fits(span) {
			lines = append(lines, notice.Scope{Services: []string{span.Service}, Modes: []string{span.Mode}})
		}
	}
	if len(lines) == 0 {
		return s.Scope
	}
	return lines
}

// named are the lines of a scope as far as they hold some services and modes;
// none named means all.
func named(scope []notice.Scope, services, modes []string) []notice.Scope {
	var lines []notice.Scope
	for _, line := range scope {
		part := notice.Scope{Services: only(line.Services, services), Modes: only(line.Modes, modes)}
		if len(part.Services) > 0 && len(part.Modes) > 0 {
			lines = append(lines, part)
		}
	}
	if len(lines) == 0 {
		return scope
	}
	return lines
}

// only keeps those of all that are named; all where none is named.
func only(all, named []string) []string {
	if len(named) == 0 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(one string) bool { return !slices.Contains(named, one) })
}

func meet[T comparable](some, others []T) bool {
	return slices.ContainsFunc(some, func(one T) bool { return slices.Contains(others, one) })
}

func atLeast(t, least time.Time) time.Time {
	if t.Before(least) {
		return least
	}
	return t
}
