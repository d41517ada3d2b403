package e2e

import (
	"path/filepath"
	"slices"
	"testing"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/templates"
)

// checkLetters wants every letter of a story to be an archive's document, and
// to hold the very facts that its words follow from.
func checkLetters(t *testing.T, files map[string][]byte) {
	t.Helper()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	words := templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus}
	letters := 0
	for name, file := range files {
		if filepath.Dir(name) != "letters" {
			continue
		}
		letters++
		if err := letter.Verify(file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		notice, act, err := letter.Attached(file)
		if err != nil || notice == nil {
			t.Errorf("%s: no notice goes with it: %v", name, err)
			continue
		}
		l, _, err := house.Recompose(words, notice, act)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := l.Draw()
		if err != nil || !slices.Equal(again, file) {
			t.Errorf("%s: what goes with it says something else: %v", name, err)
		}
	}
	if letters == 0 {
		t.Error("no letters")
	}
}
