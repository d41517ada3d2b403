package e2e

import (
	"testing"

	"douane.gouv.fr/crieur/cmd/internal/faults"
)

// TestFaults plays every fault of a relay, and holds what came of it to what is
// wanted.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faults.Table() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			r, err := faults.Play(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if wrong := r.Wrong(); wrong != "" {
				t.Error(wrong)
			}
		})
	}
}
