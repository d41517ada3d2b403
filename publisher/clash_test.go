package publisher

import (
	"reflect"
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

// TestElsewhere: an end says what other notices still hold, of what it gives
// back alone.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	h.publish("edi", "modes: [edi]", "services: [delta-t]")
	h.publish("drill", "exercise: true")
	h.publish("later", "windows: [{start: 2023-08-08T16:00, end: 2023-08-08T18:00}]")
	h.settle()
	h.clock.set("2023-08-08T10:00")
	after := notice.FallbackAfter{Closes: notice.ClosesNow}
	reference := h.dossier("edi").State.Notice.Reference
	want := []notice.Elsewhere{{Reference: reference, Services: []string{"delta-t"}, Modes: []string{"edi"}, Effect: notice.Interrupted}}
	invented := []notice.Elsewhere{{Reference: "99000001", Services: []string{"ecs"}, Modes: []string{"dti"}, Effect: notice.Closed}}
	e, err := h.act(duty, "n", notice.Recovered{Modes: []string{"dti"}, Fallback: after, Elsewhere: invented})
	if got := e.Act.(notice.Recovered).Elsewhere; err != nil || len(got) != 0 {
		t.Errorf("of what another notice does not hold: %+v, %v", got, err)
	}
	e, err = h.act(duty, "n", notice.Ended{Fallback: after, Elsewhere: invented})
	if got := e.Act.(notice.Ended).Elsewhere; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("of what another notice holds: %+v, %v", got, err)
	}
	e, err = h.act(duty, "edi", notice.Ended{Fallback: after})
	if got := e.Act.(notice.Ended).Elsewhere; err != nil || len(got) != 0 {
		t.Errorf("of what is over: %+v, %v", got, err)
	}
}

// TestElsewhereOverdue: what another notice holds beyond its planned end is
// held all the same.
func TestElsewhereOverdue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	h.publish("overdue", "modes: [edi]", "services: [delta-t]", "windows: [{start: 2023-08-08T07:00, end: 2023-08-08T08:00}]")
	h.settle()
	h.clock.set("2023-08-08T10:00")
	want := []notice.Elsewhere{{Reference: h.dossier("overdue").State.Notice.Reference, Services: []string{"delta-t"}, Modes: []string{"edi"}, Effect: notice.Interrupted}}
	e, err := h.act(duty, "n", notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	if got := e.Act.(notice.Ended).Elsewhere; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}
