package notice_test

import (
	"errors"
	"slices"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestChoose: a service or a group, however it is spelt.
func TestChoose(t *testing.T) {
	t.Parallel()
	c := house(t).Catalogue
	for name, want := range map[string][]string{
		"delta-t": {"delta-t", "delta-t"}, "DELTA T": {"delta-t", "delta-t"}, "H7": {"delta-h7", "delta-h7"},
		"delta-x": {"delta-x", "delta-x-export", "delta-x-import"}, "Delta I/E": {"delta-ie", "delta-ie-export", "delta-ie-import"},
	} {
		code, services, err := c.Choose(name)
		if err != nil || !slices.Equal(append([]string{code}, services...), want) {
			t.Errorf("Choose(%q) = %q, %q, %v, want %q", name, code, services, err, want)
		}
	}
	if _, _, err := c.Choose("nonsense"); !errors.Is(err, notice.ErrInvalid) {
		t.Errorf("nonsense: %v", err)
	}
}

func TestNear(t *testing.T) {
	t.Parallel()
	c := house(t).Catalogue
	for name, want := range map[string]string{"detla-t": "delta-t", "delta": "delta-g", "gama": "gamma", "soprano2": "soprano"} {
		if near := c.Near(name); !slices.Contains(near, want) || len(near) > 5 {
			t.Errorf("Near(%q) = %q, want %s in it", name, near, want)
		}
	}
	if near := c.Near("xyzzyxyzzyxyzzy"); len(near) > 0 {
		t.Errorf("near nonsense: %q", near)
	}
}
