package notice

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Choose understands the name of a service or of a group in any usual spelling.
// It gives the code and the services that it stands for. The error is a
// *ValueError.
func (c Catalogue) Choose(name string) (code string, services []string, err error) {
	code, err = c.Find(name)
	if err == nil {
		return code, []string{code}, nil
	}
	for _, group := range slices.Sorted(maps.Keys(c.Groups)) {
		g := c.Groups[group]
		if slices.ContainsFunc(append([]string{group, g.Label}, g.Aliases...), func(known string) bool { return fold(known) == fold(name) }) {
			return group, c.Members(group), nil
		}
	}
	return "", nil, err
}

// Near are up to five services whose names are most like what was written, the
// nearest first.
func (c Catalogue) Near(name string) []string {
	distance := map[string]int{}
	written := fold(name)
	for _, code := range c.Codes() {
		for _, known := range c.Services[code].names(code) {
			d, whole := editDistance(written, fold(known)), len(fold(known))
			if len(written) > 2 && (strings.Contains(fold(known), written) || strings.Contains(written, fold(known))) {
				d = 1
			}
			if near, seen := distance[code]; d <= max(1, whole/2) && (!seen || d < near) {
				distance[code] = d
			}
		}
	}
	codes := slices.SortedFunc(maps.Keys(distance), func(a, b string) int {
		return cmp.Or(distance[a]-distance[b], cmp.Compare(a, b))
	})
	return codes[:min(len(codes), 5)]
}
