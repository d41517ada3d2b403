package templates_test

import (
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestSubject: the subject by itself is the letter's.
func TestSubject(t *testing.T) {
	t.Parallel()
	w, n := words(t), seed(t)
	for _, kind := range notice.Kind("").Values() {
		n.Kind = notice.Kind(kind)
		n.Exercise = n.Kind == notice.Incident
		doc, err := w.Letter(n)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.Subject(n); err != nil || got != doc.Subject || got == "" {
			t.Errorf("%s: %q, %v, and the letter's is %q", kind, got, err, doc.Subject)
		}
	}
	n.Issuer = "nobody"
	if _, err := w.Subject(n); err == nil {
		t.Error("nobody issues a notice")
	}
}
