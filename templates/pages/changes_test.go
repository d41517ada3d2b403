package pages

import (
	"strings"
	"testing"
)

// shownAs writes pieces with [-what no longer holds-] and {+what does+}.
func shownAs(c Change) string {
	var parts []string
	for _, p := range c.Pieces {
		switch p.Fate {
		case Removed:
			parts = append(parts, "[-"+p.Text+"-]")
		case Added:
			parts = append(parts, "{+"+p.Text+"+}")
		default:
			parts = append(parts, p.Text)
		}
	}
	return strings.Join(parts, " ")
}

// TestCompare lays texts on one another.
func TestCompare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ was, is, want string }{
		{"le mardi 8 août de 9h00 à 17h00", "le mardi 8 août de 9h00 à 18h00", "le mardi 8 août de 9h00 à [-17h00-] {+18h00+}"},
		{"Delta T, ICS-Delta P, Delta G et ECS", "ICS-Delta P, Delta G et ECS", "[-Delta T,-] ICS-Delta P, Delta G et ECS"},
		{"non autorisée", "autorisée à compter du mardi 8 août 2023 à 9h00 jusqu’à publication d’un message", "[-non autorisée-] {+autorisée à compter du mardi 8 août 2023 à 9h00 jusqu’à publication d’un message+}"},
		{"", "le mardi", "{+le mardi+}"},
		{"le mardi", "", "[-le mardi-]"},
		{"EDI", "DTI", "[-EDI-] {+DTI+}"},
		{"EDI et DTI", "EDI et DTI", "EDI et DTI"},
	} {
		if got := shownAs(Compare("", c.was, c.is)); got != c.want {
			t.Errorf("%q, %q: %s, want %s", c.was, c.is, got, c.want)
		}
	}
	long := strings.Repeat("mot ", mostWords+1)
	if got := shownAs(Compare("", long, "x")); got != "[-"+long+"-] {+x+}" {
		t.Errorf("a long text: %.40s", got)
	}
}
