package notice_test

import (
	"errors"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestInformation: one without services touches nothing and waits for nobody.
func TestInformation(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Kind, n.Services, n.Modes, n.Windows, n.Effect, n.Messages, n.Fallback = notice.Information, nil, nil, nil, "", nil, notice.Fallback{}
	l := live(t).publish(n).phase("2023-08-09T09:00", notice.Announced).expect("ecs", "edi", "10:00", "unaffected")
	if l.due("2023-08-09T09:00") != "" || !notice.Next(l.state, l.now).IsZero() {
		t.Error("the clock owes something of an information without a window")
	}
	n.Services, n.Windows = []string{"ecs"}, []notice.Window{window(t, "09:00", "17:00")}
	if l = live(t).publish(n); l.due("18:00") != "" {
		t.Errorf("of an information the clock owes %q", l.due("18:00"))
	}
	l.expect("ecs", "edi", "10:00", "unaffected until 17:00", "17:00", "unaffected")
}

// TestUnaffected: what affects nothing is never overdue, never runs for ever,
// has no fallback, and is forgotten in time.
func TestUnaffected(t *testing.T) {
	t.Parallel()
	key := notice.Alert{Environment: "production", Service: "gamma", Mode: "edi"}
	for name, c := range map[string]struct {
		kind  notice.Kind
		until string
	}{
		"a line of a maintenance": {notice.Maintenance, "12:00"}, "a line without an end": {notice.Incident, ""},
		"an information": {notice.Information, "12:00"}, "an information without an end": {notice.Information, ""},
	} {
		n := seed(t)
		w := []notice.Window{window(t, "09:00", c.until)}
		lines(&n, notice.Scope{Services: []string{"gamma"}, Effect: notice.Unaffected, Windows: w})
		n.Kind, n.Windows = c.kind, nil
		l := live(t).publish(n)
		if c.until != "" {
			l.phase("10:00", notice.Running).expect("gamma", "edi", "11:59", "unaffected until 12:00")
		}
		l.phase("12:00", notice.Over).expect("gamma", "edi", "12:00", "unaffected").owes("2023-08-20T12:00", "")
		if next := notice.Next(l.state, instant(t, "09:00").Time); !next.IsZero() {
			t.Errorf("%s: the clock is due at %s", name, next)
		}
		alert := func(at string) int {
			return len(notice.AlertFor([]notice.State{l.state}, key, instant(t, at).Time).Spans)
		}
		if alert("2023-08-15T08:00") != 1 || alert("2023-08-15T13:00") != 0 {
			t.Errorf("%s: the alert keeps %d spans, and then %d", name, alert("2023-08-15T08:00"), alert("2023-08-15T13:00"))
		}
		end := notice.Ended{At: instant(t, "12:00"), Fallback: notice.FallbackAfter{Closes: notice.ClosesNone}}
		if err := l.at("13:00").try(end); !errors.Is(err, notice.ErrConflict) {
			t.Errorf("%s: there is an end of what never was out: %v", name, err)
		}
	}
	n := seed(t)
	n.Services = []string{"gamma"}
	lines(&n, notice.Scope{Services: []string{"gamma"}, Effect: notice.Unaffected}, notice.Scope{Services: []string{"ecs"}})
	l := live(t).publish(n).at("10:00").do(notice.FallbackOpened{Fallback: notice.Fallback{Authorised: true}})
	l.expect("ecs", "edi", "11:00", "interrupted until 17:00, fallback", "18:00", "interrupted overdue until 17:00, fallback")
	l.expect("gamma", "edi", "11:00", "unaffected until 17:00", "18:00", "unaffected")
	if err := l.try(notice.FallbackOpened{Services: []string{"gamma"}, Fallback: notice.Fallback{Authorised: true}}); !errors.Is(err, notice.ErrConflict) {
		t.Errorf("a fallback opened for what is not out: %v", err)
	}
	l.at("16:00").end(notice.ClosesNow).phase("16:00", notice.Over).expect("gamma", "edi", "16:00", "unaffected")
}

// TestAlertMemory: what is over is kept for a while, and as long as its
// fallback is open.
func TestAlertMemory(t *testing.T) {
	t.Parallel()
	key := notice.Alert{Environment: "production", Service: "ecs", Mode: "edi"}
	count := func(l *life, after time.Duration) int {
		return len(notice.AlertFor([]notice.State{l.state}, key, l.now.Add(after)).Spans)
	}
	closed, kept := seedLife(t).at("14:30").end(notice.ClosesNow), seedLife(t).at("14:30").end(notice.ClosesLater)
	if count(closed, notice.AlertMemory) != 1 || count(closed, notice.AlertMemory+time.Second) != 0 {
		t.Error("what is over is not kept for AlertMemory")
	}
	if count(kept, 10*notice.AlertMemory) != 1 {
		t.Error("an alert forgets a fallback that is open")
	}
}
