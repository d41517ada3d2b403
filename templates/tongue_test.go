package templates

import (
	"slices"
	"strings"
	"testing"
)

// TestTongues: what a mail says in French it can say in English, of the same
// facts.
func TestTongues(t *testing.T) {
	t.Parallel()
	all, _ := wording()
	said := 0
	for name, words := range all {
		kind, _, _ := strings.Cut(name, ".")
		if !slices.Contains([]string{"mail", "head", "fact", "say", "calendar"}, kind) || strings.HasPrefix(name, "mail.nudged.") {
			continue // the bureau reads French
		}
		said++
		other, ok := all["en."+name]
		if !ok || !slices.Equal(placeholders(words), placeholders(other)) {
			t.Errorf("%s is %q in French and %q in English", name, words, other)
		}
	}
	if said < 100 {
		t.Errorf("%d words", said)
	}
	for name := range all {
		if french, ok := strings.CutPrefix(name, "en.fact."); ok && all["fact."+french] == "" {
			t.Errorf("%s has no French", name)
		}
	}
}
