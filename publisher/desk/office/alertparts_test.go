package office

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// TestPick reads boxes as the act that says them: one that says the same modes
// of all its services, or several.
func TestPick(t *testing.T) {
	t.Parallel()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	start := legal("2023-08-08T09:00")
	var s notice.State
	for _, service := range []string{"delta-t", "delta-g"} {
		for _, mode := range []string{"edi", "dti", "dti-plus"} {
			s.Spans = append(s.Spans, notice.Span{Service: service, Mode: mode, Effect: notice.Interrupted, Start: notice.At(start)})
		}
	}
	now := start.Add(time.Hour)
	if n := cells(known.Catalogue, s, out(now)); n != 4 {
		t.Fatalf("%d boxes: DTI+ goes with DTI", n)
	}
	for _, test := range []struct {
		ticked          string
		services, modes []string
		none, all       bool
		groups          int
	}{
		{"", nil, nil, true, false, 0},
		{"nothing/edi", nil, nil, true, false, 0},
		{"*/edi */dti", nil, nil, false, true, 0},
		{"delta-t/* delta-g/*", nil, nil, false, true, 0},
		{"*/edi", []string{"delta-t", "delta-g"}, []string{"edi"}, false, false, 1},
		{"delta-g/*", []string{"delta-g"}, []string{"dti", "edi"}, false, false, 1},
		{"delta-g/edi delta-t/edi", []string{"delta-t", "delta-g"}, []string{"edi"}, false, false, 1},
		{"delta-g/edi delta-t/dti", []string{"delta-t", "delta-g"}, []string{"dti", "edi"}, false, false, 2},
		{"*/edi delta-g/dti", []string{"delta-t", "delta-g"}, []string{"dti", "edi"}, false, false, 2},
	} {
		p := pick(known.Catalogue, s, strings.Fields(test.ticked), out(now))
		if p.none != test.none || p.all != test.all || len(p.groups) != test.groups || !slices.Equal(p.services, test.services) || !slices.Equal(p.modes, test.modes) {
			t.Errorf("%q: %+v", test.ticked, p)
		}
	}
}

// ledger is one that counts how often it is asked.
type ledger struct {
	desk.Public
	asked int
	err   error
}

func (l *ledger) Deliveries(context.Context, string) ([]desk.Delivery, error) {
	l.asked++
	return []desk.Delivery{
		{Channel: "email", Done: true, Counts: map[string]int{"sent": 5, "delivered": 2, "unknown": 1, "deferred": 3, "bounced": 4, "refused": 1}},
		{Channel: "webhook", Counts: map[string]int{"sent": 1}},
	}, l.err
}

func TestTallies(t *testing.T) {
	t.Parallel()
	var ts tallies
	l, now := &ledger{}, legal("2023-08-08T09:00")
	for _, after := range []time.Duration{0, time.Second, 4 * time.Second} {
		got, err := ts.of(t.Context(), l, "e", now.Add(after))
		if err != nil || got.reach != 9 || got.later != 3 || got.failed != 5 || got.done || !got.known {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if _, err := ts.of(t.Context(), l, "e", now.Add(6*time.Second)); err != nil || l.asked != 2 {
		t.Errorf("asked %d times within six seconds, %v", l.asked, err)
	}
	l.err = errors.New("away")
	if _, err := ts.of(t.Context(), l, "e", now.Add(time.Hour)); err == nil {
		t.Error("a ledger that does not answer is not told of")
	}
	l.err = nil
	if _, err := ts.of(t.Context(), l, "other", now.Add(time.Hour)); err != nil || len(ts.all) != 1 {
		t.Errorf("%d events are remembered, %v", len(ts.all), err)
	}
}

// TestAlertTimes reads times to come and times gone by.
func TestAlertTimes(t *testing.T) {
	t.Parallel()
	f := &filling{now: legal("2023-08-08T14:30")}
	for written, want := range map[string]string{"18h30": "2023-08-08T18:30", "14h15": "2023-08-09T14:15", "demain 9h": "2023-08-09T09:00",
		"dans 3 h": "2023-08-08T17:30", "dans 1h30": "2023-08-08T16:00", "+45 min": "2023-08-08T15:15", "mardi 8 août 2023 à 18h30": "2023-08-08T18:30"} {
		if at, err := f.ahead(written); err != nil || !at.Equal(legal(want)) {
			t.Errorf("%q is read as %s to come, %v", written, at, err)
		}
	}
	for written, want := range map[string]string{"14h15": "2023-08-08T14:15", "9h": "2023-08-08T09:00", "23h": "2023-08-07T23:00", "7 août 22h": "2023-08-07T22:00"} {
		if at, err := f.behind(written); err != nil || !at.Equal(legal(want)) {
			t.Errorf("%q is read as %s gone by, %v", written, at, err)
		}
	}
	for _, written := range []string{"dans", "+", "bientôt", "99h"} {
		if at, err := f.ahead(written); err == nil {
			t.Errorf("%q is read as %s", written, at)
		}
	}
}
