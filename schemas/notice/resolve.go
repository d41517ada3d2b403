package notice

import (
	"fmt"
	"slices"
	"strconv"
)

// Canonical is the notice with every service and mode by its code, however it
// was spelt. Names that are unknown or ambiguous are problems.
func (c Catalogue) Canonical(n Notice) (Notice, Problems) {
	var ps Problems
	codes := func(names []string, find func(string) (string, error), at ...string) []string {
		var found []string
		for i, name := range names {
			code, err := find(name)
			if err != nil {
				ps = append(ps, valueProblem(err, append(at, strconv.Itoa(i))...))
				continue
			}
			found = append(found, code)
		}
		return found
	}
	one := func(name *string, at ...string) {
		if *name == "" {
			return
		}
		if code, err := c.Find(*name); err != nil {
			ps = append(ps, valueProblem(err, at...))
		} else {
			*name = code
		}
	}
	n.Services = codes(n.Services, c.Find, "services")
	n.Modes = codes(n.Modes, c.FindMode, "modes")
	n.Instead = codes(n.Instead, c.Find, "instead")
	one(&n.Origin, "origin")
	one(&n.Fallback.Service, "fallback", "service")
	scope := make([]Scope, len(n.Scope))
	for i, line := range n.Scope {
		line.Services = codes(line.Services, c.Find, "scope", strconv.Itoa(i), "services")
		line.Modes = codes(line.Modes, c.FindMode, "scope", strconv.Itoa(i), "modes")
		one(&line.Fallback.Service, "scope", strconv.Itoa(i), "fallback", "service")
		scope[i] = line
	}
	if n.Scope != nil {
		n.Scope = scope
	}
	return n, ps
}

// Lines are the lines of a canonical notice's scope; the short form is one.
func (n Notice) Lines() []Scope {
	if len(n.Scope) > 0 {
		return n.Scope
	}
	if len(n.Services) == 0 {
		return nil
	}
	return []Scope{{Services: n.Services, Modes: n.Modes, Effect: n.Effect, Messages: n.Messages, Fallback: n.Fallback}}
}

// Resolve is the scope of a canonical notice with nothing left to look up:
// a line a set of modes, every mode by its code, with those under it, every
// service with its parts, unless another line speaks of them, and every effect
// said. It is what the record carries.
func (c Catalogue) Resolve(n Notice) []Scope {
	var resolved []Scope
	for _, line := range n.Lines() {
		at := map[string]int{} // the resolved line of a set of modes
		for _, service := range c.withFreeParts(n, line.Services) {
			modes := c.modesOf(service, line.Modes)
			if len(modes) == 0 {
				continue // a part that has none of them
			}
			i, ok := at[fmt.Sprint(modes)]
			if !ok {
				i = len(resolved)
				at[fmt.Sprint(modes)] = i
				one := line
				one.Services, one.Modes, one.Effect = nil, modes, n.Kind.effect(line.Effect)
				resolved = append(resolved, one)
			}
			resolved[i].Services = append(resolved[i].Services, service)
		}
	}
	return resolved
}

// withFreeParts are services with those parts that a notice does not name
// itself.
func (c Catalogue) withFreeParts(n Notice, services []string) []string {
	named := n.Named()
	return slices.DeleteFunc(c.WithParts(services), func(code string) bool {
		return !slices.Contains(services, code) && slices.Contains(named, code)
	})
}

// Named are the services that a canonical notice names.
func (n Notice) Named() []string {
	var all []string
	for _, line := range n.Lines() {
		all = append(all, line.Services...)
	}
	return all
}

// effect is what is said, or what the kind means where nothing is.
func (k Kind) effect(said Effect) Effect {
	switch {
	case said != "":
		return said
	case k == Degradation:
		return Degraded
	case k == Closure:
		return Closed
	case k == Information:
		return Unaffected
	}
	return Interrupted
}

// WithSubmodes are the modes named and those struck and freed with them.
func (c Catalogue) WithSubmodes(modes []string) []string {
	var all []string
	for _, code := range c.ModeCodes() {
		for _, named := range modes {
			if code == named || c.Modes[code].Under == named {
				all = append(all, code)
				break
			}
		}
	}
	return all
}

// valueProblem is an error of a value as a problem at a place.
func valueProblem(err error, at ...string) Problem {
	p := Problem{Severity: SeverityError, Pointer: pointer(at...), What: err.Error()}
	if v, ok := err.(*ValueError); ok {
		p.What, p.Remedy = v.What, v.Remedy
	}
	return p
}
