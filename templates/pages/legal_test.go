package pages

import (
	"fmt"
	"testing"
)

// TestGrid wants the 106 criteria, in order, each with a status and a word of
// evidence, and counts them again.
func TestGrid(t *testing.T) {
	t.Parallel()
	g := RGAA()
	sizes := []int{9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12} // by theme, as the RGAA 4.1 has them
	i := 0
	counts := map[string]int{}
	for theme, size := range sizes {
		for n := range size {
			if i >= len(g.Criteria) {
				t.Fatalf("%d criteria", len(g.Criteria))
			}
			c := g.Criteria[i]
			if want := fmt.Sprintf("%d.%d", theme+1, n+1); c.Number != want {
				t.Fatalf("%s, want %s", c.Number, want)
			}
			if c.Subject == "" || c.Evidence == "" {
				t.Errorf("%s: %q, %q", c.Number, c.Subject, c.Evidence)
			}
			counts[c.Status]++
			i++
		}
	}
	if i != 106 || len(g.Criteria) != 106 || counts["C"] != g.Conform || counts["NC"] != g.Not || counts["NA"] != g.Idle || counts["NT"] != g.Untested ||
		counts["C"]+counts["NC"]+counts["NA"]+counts["NT"] != 106 {
		t.Errorf("%v of %d, %+v", counts, len(g.Criteria), []int{g.Conform, g.Not, g.Idle, g.Untested})
	}
	for _, of := range []struct {
		grid  Grid
		rate  int
		state string
	}{
		{Grid{}, 0, "totalement conforme"}, {Grid{Conform: 2, Not: 1}, 66, "partiellement conforme"},
		{Grid{Conform: 1, Not: 2}, 33, "non conforme"}, {Grid{Conform: 9, Untested: 1}, 100, "partiellement conforme"},
	} {
		if of.grid.Rate() != of.rate || of.grid.State() != of.state {
			t.Errorf("%+v: %d, %s", of.grid, of.grid.Rate(), of.grid.State())
		}
	}
}
