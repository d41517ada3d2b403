package publisher

import (
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

func TestClash(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	h.settle()
	for _, c := range []struct {
		name, lines string
		clash       bool
	}{
		{"the same again", "cause: une panne", true},
		{"an hour of it", "windows: [{start: 2023-08-08T16:00, end: 2023-08-08T18:00}]", true},
		{"just after it", "windows: [{start: 2023-08-08T17:00, end: 2023-08-08T18:00}]", false},
		{"before, without a known end", "windows: [{start: 2023-08-02T17:00}]", true},
		{"another mode", "modes: [dti-plus]", true},
		{"a test environment", "environment: test", false},
		{"an exercise", "exercise: true", false},
	} {
		_, ps := h.Check(text(t, c.lines))
		warned := strings.Contains(ps.Error(), "line 11: warning: windows: notice 23000001 strikes delta-t")
		if ps.Err() != nil || warned != c.clash {
			t.Errorf("%s: %v", c.name, ps)
		}
	}
	if _, ps := h.CheckDraft(h.dossier("n")); strings.Contains(ps.Error(), "strikes") {
		t.Errorf("a notice clashes with itself: %v", ps)
	}
	h.clock.set("2023-08-08T10:00")
	if _, err := h.act(duty, "n", notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}); err != nil {
		t.Fatal(err)
	}
	if _, ps := h.Check(text(t, "windows: [{start: 2023-08-08T16:00, end: 2023-08-08T18:00}]")); strings.Contains(ps.Error(), "strikes") {
		t.Errorf("clashes with what is over: %v", ps)
	}
}
