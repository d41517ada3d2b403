package desk

import (
	"errors"
	"slices"
	"testing"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// TestSubscriptionTongue: a language and a zone are taken as a list's are, and
// what there is not is refused where it stands.
func TestSubscriptionTongue(t *testing.T) {
	t.Parallel()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	s := Subscription{Address: "edi@editeur.example", Lang: "EN", Zone: "europe/london"}
	if err := s.Check(known.Catalogue); err != nil || s.Lang != "en" || s.Zone != "Europe/London" {
		t.Errorf("it is %+v, %v", s, err)
	}
	s = Subscription{Address: "edi@editeur.example", Lang: "fr", Zone: "Europe/Paris"}
	if err := s.Check(known.Catalogue); err != nil || s.Lang != "" || s.Zone != "" {
		t.Errorf("the usual is %+v, %v", s, err)
	}
	s = Subscription{Address: "edi@editeur.example", Lang: "de", Zone: "Europe/Londres"}
	var ps notice.Problems
	if err := s.Check(known.Catalogue); !errors.As(err, &ps) {
		t.Fatalf("it is taken: %v", err)
	}
	for _, pointer := range []string{"/lang", "/zone"} {
		if !slices.ContainsFunc(ps, func(p notice.Problem) bool { return p.Pointer == pointer && p.Remedy != "" }) {
			t.Errorf("nothing is said of %s: %v", pointer, ps)
		}
	}
}
