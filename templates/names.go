package templates

import (
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Names are services as the public reads them, in their order; those of one
// group are said in one phrase, at the place of the first: "Delta X Import et
// Export".
func Names(c notice.Catalogue, codes []string) []string {
	var names []string
	for i, code := range codes {
		s := c.Services[code]
		if s.Group == "" {
			names = append(names, kept(labelOf(c, code)))
			continue
		}
		same := func(other string) bool { return c.Services[other].Group == s.Group }
		if slices.ContainsFunc(codes[:i], same) {
			continue
		}
		var members []string
		for _, other := range codes[i:] {
			if same(other) {
				members = append(members, c.Services[other].Member)
			}
		}
		names = append(names, kept(c.Groups[s.Group].Label)+" "+Enumerate(members))
	}
	return names
}

// nameSizes are of how many services each of their Names speaks.
func nameSizes(c notice.Catalogue, codes []string) []int {
	var sizes []int
	place := map[string]int{} // of a group's name
	for _, code := range codes {
		group := c.Services[code].Group
		if at, ok := place[group]; ok && group != "" {
			sizes[at]++
			continue
		}
		place[group] = len(sizes)
		sizes = append(sizes, 1)
	}
	return sizes
}

// labelOf is a service's label, or its code where a catalogue of another day
// does not know it.
func labelOf(c notice.Catalogue, code string) string {
	if label := c.Services[code].Label; label != "" {
		return label
	}
	return code
}

// kept binds the short last word of a name to the one before it: no line ends
// between "Delta" and "T".
func kept(label string) string {
	if i := strings.LastIndexByte(label, ' '); i > 0 && len(label)-i <= 3 {
		return label[:i] + nbsp + label[i+1:]
	}
	return label
}

// ModeNames are modes as the public reads them, in their order.
func ModeNames(c notice.Catalogue, codes []string) []string {
	var names []string
	for _, code := range codes {
		name := c.Modes[code].Label
		if name == "" {
			name = code
		}
		names = append(names, name)
	}
	return names
}
