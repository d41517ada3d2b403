package notice

import "slices"

// A Saying is what is said of a service in a mode.
type Saying[T any] struct {
	Service, Mode string
	What          T
}

// Gathered is what is said of some services in the same modes.
type Gathered[T any] struct {
	Services, Modes []string
	What            T
}

// Gather says all that in as few groups as it takes, in its order: the modes of
// one service of which the same is said share a group, then the services of
// which the same is said in the same modes.
func Gather[T any](all []Saying[T], same func(a, b T) bool) []Gathered[T] {
	var services []Gathered[T]
	for _, s := range all {
		i := slices.IndexFunc(services, func(g Gathered[T]) bool { return g.Services[0] == s.Service && same(g.What, s.What) })
		if i < 0 {
			services = append(services, Gathered[T]{[]string{s.Service}, []string{s.Mode}, s.What})
		} else if !slices.Contains(services[i].Modes, s.Mode) {
			services[i].Modes = append(services[i].Modes, s.Mode)
		}
	}
	var groups []Gathered[T]
	for _, g := range services {
		i := slices.IndexFunc(groups, func(o Gathered[T]) bool { return slices.Equal(o.Modes, g.Modes) && same(o.What, g.What) })
		if i < 0 {
			groups = append(groups, g)
		} else {
			groups[i].Services = append(groups[i].Services, g.Services...)
		}
	}
	return groups
}

// Sayings are spans as Gather takes them.
func Sayings(spans []Span) []Saying[Span] {
	all := make([]Saying[Span], len(spans))
	for i, s := range spans {
		all[i] = Saying[Span]{s.Service, s.Mode, s}
	}
	return all
}
