package notice

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// dependents proposes those services that hang on what the notice strikes and
// of which it says nothing.
func (k *checker) dependents() {
	struck := k.struck()
	if k.n.Origin != "" {
		struck = append(struck, k.n.Origin)
	}
	field := "services"
	if len(k.n.Scope) > 0 {
		field = "scope"
	}
	found := k.catalogue.Dependents(struck, k.n.Named())
	for _, code := range slices.Sorted(maps.Keys(found)) {
		k.odd(fmt.Sprintf("%s depends on %s, and nothing is said of it", code, strings.Join(found[code], ", ")),
			"name it too; where it is not affected, in a line of the scope with effect: unaffected", field)
	}
}

// struck are the services that are affected, with their parts.
func (k *checker) struck() []string {
	var all []string
	for _, line := range k.n.Lines() {
		if k.n.Kind.effect(line.Effect) != Unaffected {
			all = append(all, k.catalogue.withFreeParts(k.n, line.Services)...)
		}
	}
	return all
}

// standIn refuses a fallback that is out itself at the same time: the service
// that the line names or, where it names none, the catalogue's.
func (k *checker) standIn(line Scope, at func(...string) []string) {
	if !line.Fallback.Authorised {
		return
	}
	place := at("fallback")
	names := []string{line.Fallback.Service}
	if line.Fallback.Service != "" {
		place = at("fallback", "service")
	} else {
		names = nil
		for _, service := range line.Services {
			names = append(names, k.catalogue.Services[service].Fallback)
		}
	}
	for _, name := range names {
		if name != "" && k.out(name, line) {
			k.wrong(fmt.Sprintf("the fallback %s is out itself at that time", name), "take it out of the services, or name another fallback", place...)
		}
	}
}

// out is whether the notice has a service interrupted or closed while a line
// applies.
func (k *checker) out(service string, during Scope) bool {
	for _, line := range k.n.Lines() {
		effect := k.n.Kind.effect(line.Effect)
		if effect != Interrupted && effect != Closed || !slices.Contains(k.catalogue.withFreeParts(k.n, line.Services), service) {
			continue
		}
		for _, w := range k.windowsOf(during) {
			if slices.ContainsFunc(k.windowsOf(line), func(other Window) bool { return overlapping(w, other) }) {
				return true
			}
		}
	}
	return false
}
