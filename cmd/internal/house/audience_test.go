package house

import (
	"fmt"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/templates"
)

// TestReached counts those whom an end of alert concerns, one by one and by a
// sample.
func TestReached(t *testing.T) {
	t.Parallel()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	h := &House{Config: Config{Clock: StoppedAt(time.Date(2023, 8, 8, 12, 0, 0, 0, time.UTC)), Words: templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus}},
		Notifier: &notifier.Notifier{Subscribers: notifier.Subscribers{Keys: noticetest.Broker(t).Subscribers, Secret: []byte("a secret of the test's")}}}
	const all = 600
	for i := range all {
		sub := notifier.Subscriber{Channel: email.Name, Address: fmt.Sprintf("a%d@operateur.example", i)}
		if i%3 == 0 {
			sub.Services = []string{"gamma"} // whom it does not concern
		}
		if i == 1 {
			sub.Suppressed.At = h.Clock.Now().Add(-time.Hour)
		}
		if _, err := h.Notifier.Subscribers.Add(t.Context(), sub); err != nil {
			t.Fatal(err)
		}
	}
	n := notice.Notice{Kind: notice.Maintenance, Issuer: "comint1"}
	s := notice.Fold([]notice.Event{{Number: 1, Act: notice.Published{Notice: n, Scope: []notice.Scope{{Services: []string{"delta-g"}, Modes: []string{"edi"}}}}}})
	e := notice.Event{Number: 2, Act: notice.Ended{}}
	got, err := public{h}.reached(t.Context(), s.With(e), e, counted)
	if err != nil || len(got) != 1 || got[0].Channel != email.Name || got[0].About || got[0].Count != all*2/3-1 {
		t.Errorf("counted: %+v, %v", got, err)
	}
	got, err = public{h}.reached(t.Context(), s.With(e), e, all/4)
	if err != nil || len(got) != 1 || !got[0].About || got[0].Count < all/2 || got[0].Count > all*5/6 {
		t.Errorf("estimated: %+v, %v", got, err)
	}
}

func TestRounded(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 7: 7, 99: 99, 104: 100, 105: 110, 123456: 120000, 129999: 130000} {
		if got := rounded(n, true); got != want {
			t.Errorf("about %d, want %d", got, want)
		}
		if got := rounded(n, false); got != n {
			t.Errorf("%d counted as %d", n, got)
		}
	}
}
