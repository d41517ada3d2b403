package form

import (
	"slices"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Merge is what two people have made of one notice.
type Merge struct {
	Notice notice.Notice // with what each changed alone; theirs where both did
	Mine   []string      // groups that this reader alone has changed
	Theirs []string      // groups that the other alone has
	Both   []string      // groups that both have, each otherwise
}

// Three merges what two people have made of a notice, group by group. Where
// both have changed one, choose says whether mine is to stand.
func Three(from, mine, theirs notice.Notice, choose func(group string) (keepMine bool)) Merge {
	m := Merge{Notice: theirs}
	for _, g := range groups() {
		switch {
		case g.same(mine, theirs):
		case g.same(theirs, from):
			m.Mine = append(m.Mine, g.name)
			g.copy(&m.Notice, mine)
		case g.same(mine, from):
			m.Theirs = append(m.Theirs, g.name)
		default:
			m.Both = append(m.Both, g.name)
			if choose != nil && choose(g.name) {
				g.copy(&m.Notice, mine)
			}
		}
	}
	return m
}

// Changed are the groups in which two notices differ.
func Changed(a, b notice.Notice) []string {
	var names []string
	for _, g := range groups() {
		if !g.same(a, b) {
			names = append(names, g.name)
		}
	}
	return names
}

// IsGroup is whether a name is one of a group.
func IsGroup(name string) bool { return slices.Contains(Groups(), name) }
