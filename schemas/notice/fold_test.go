package notice_test

import (
	"errors"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestSeed is the day of the seed, minute by minute: what the outlook says
// follows the window and what a person said, never an event of the clock.
func TestSeed(t *testing.T) {
	t.Parallel()
	l := seedLife(t).phase("2023-08-01T15:00", notice.Announced).at("14:30").end(notice.ClosesNow)
	start, end := instant(t, "09:00").Time, instant(t, "14:30").Time
	for at := instant(t, "00:00").Time; at.Before(instant(t, "2023-08-09T00:00").Time); at = at.Add(time.Minute) {
		m := l.mode(notice.At(at).Format("2006-01-02T15:04"), "delta-g", "dti-plus")
		on := !at.Before(start) && at.Before(end)
		want := notice.Unaffected
		if on {
			want = notice.Interrupted
		}
		if m.Effect != want || m.Overdue || (m.Fallback != nil) != on || (len(m.Messages) == 2) != on || (len(m.Next) == 1) != at.Before(start) {
			t.Fatalf("at %s: %+v", at, m)
		}
	}
	during := l.mode("12:00", "delta-g", "edi")
	if during.Messages[notice.Create] != notice.Forbidden || during.Messages[notice.Amend] != notice.NotStated {
		t.Errorf("at noon it may be sent: %v", during.Messages)
	}
	if during.Fallback.Condition != notice.NotDeferrable || !during.Since.Equal(start) || !during.Until.Equal(instant(t, "17:00").Time) {
		t.Errorf("at noon: %+v", during)
	}
	l.expect("gamma", "edi", "12:00", "unaffected")
	l.phase("08:59", notice.Announced).phase("09:00", notice.Running).phase("14:29", notice.Running).phase("14:30", notice.Over)
	if ended, e, ok := l.state.Ended(); !ok || !ended.At.Equal(end) || e.Number != 2 {
		t.Errorf("the end is %+v, event %d, %v", ended, e.Number, ok)
	}
}

// TestOverdue: the planned end is not the end.
func TestOverdue(t *testing.T) {
	t.Parallel()
	l := seedLife(t)
	l.expect("ecs", "edi", "16:59", "interrupted until 17:00, fallback", "17:00", "interrupted overdue until 17:00, fallback",
		"2023-08-11T09:00", "interrupted overdue until 17:00, fallback").phase("2023-09-01T00:00", notice.Running)
	l.at("18:10").end(notice.ClosesNow).expect("ecs", "edi", "18:09", "interrupted overdue until 17:00, fallback until 18:10", "18:10", "unaffected")

	unknown := seed(t)
	unknown.Windows[0].End = notice.Time{}
	live(t).publish(unknown).expect("ecs", "edi", "2023-09-08T09:00", "interrupted, fallback").phase("2023-09-08T09:00", notice.Running)

	may := seed(t)
	may.Windows[0].MayExtendUntil = instant(t, "19:00")
	live(t).publish(may).expect("ecs", "edi", "18:59", "interrupted until 17:00, fallback", "19:00", "interrupted overdue until 17:00, fallback")
}

func TestExtended(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("16:00").do(notice.Extended{Until: instant(t, "19:00"), MayExtendUntil: instant(t, "20:00")})
	l.expect("ecs", "edi", "16:00", "interrupted until 19:00, fallback", "19:30", "interrupted until 19:00, fallback", "20:00", "interrupted overdue until 19:00, fallback")
	if w := l.state.Notice.Windows[0]; !w.End.Equal(instant(t, "19:00").Time) {
		t.Errorf("the text's window ends at %s", w.End)
	}
	l.at("19:45").do(notice.Extended{}).expect("ecs", "edi", "2023-08-09T09:00", "interrupted, fallback") // until further notice
	for _, c := range []struct {
		name string
		act  notice.Extended
	}{
		{"to the past", notice.Extended{Until: instant(t, "15:00")}},
		{"may be extended until before", notice.Extended{Until: instant(t, "21:00"), MayExtendUntil: instant(t, "20:30")}},
		{"may be extended, from nothing", notice.Extended{MayExtendUntil: instant(t, "21:30")}},
	} {
		if err := l.try(c.act); !errors.Is(err, notice.ErrInvalid) {
			t.Errorf("extended %s: %v", c.name, err)
		}
	}
	if err := seedLife(t).at("10:00").try(notice.Extended{Until: instant(t, "16:00")}); !errors.Is(err, notice.ErrInvalid) {
		t.Errorf("extended to before the planned end: %v", err)
	}
}

// TestExtendedLines: an extension reaches the windows of lines, and a later
// text does not take it back.
func TestExtendedLines(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Scope = []notice.Scope{
		{Services: []string{"delta-g"}, Modes: []string{"edi"}, Windows: []notice.Window{window(t, "09:00", "12:00")}},
		{Services: []string{"delta-g"}, Modes: []string{"dti"}, Windows: []notice.Window{window(t, "13:00", "17:00")}},
	}
	n.Services, n.Modes, n.Effect, n.Messages, n.Fallback, n.Windows = nil, nil, "", nil, notice.Fallback{}, nil
	l := live(t).publish(n)
	before := l.state
	l.at("10:00").do(notice.Extended{Until: instant(t, "12:30")})
	l.expect("delta-g", "edi", "12:15", "interrupted until 12:30").expect("delta-g", "dti-plus", "14:00", "interrupted until 17:00")
	if got := before.Notice.Scope[0].Windows[0].End; !got.Equal(instant(t, "12:00").Time) {
		t.Errorf("the earlier state now ends at %s", got)
	}
	l.correct(l.state.Notice).expect("delta-g", "edi", "12:15", "interrupted until 12:30")
}

// TestPartialRecovery: EDI is back before DTI, one service before another, and
// DTI+ comes and goes with DTI.
func TestPartialRecovery(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("11:00").recover(notice.ClosesNow, nil, []string{"edi"})
	l.expect("delta-g", "edi", "10:59", "interrupted until 17:00, fallback until 11:00", "11:00", "unaffected")
	l.expect("delta-g", "dti", "11:00", "interrupted until 17:00, fallback").expect("delta-g", "dti-plus", "11:00", "interrupted until 17:00, fallback")
	l.phase("11:00", notice.Running)
	l.at("12:00").recover(notice.ClosesNow, []string{"delta-g"}, []string{"dti"})
	l.expect("delta-g", "dti-plus", "12:00", "unaffected").expect("delta-t", "dti-plus", "12:00", "interrupted until 17:00, fallback")
	if err := l.try(notice.Recovered{At: instant(t, "12:00"), Services: []string{"delta-g"}, Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}); !errors.Is(err, notice.ErrConflict) {
		t.Errorf("recovered once more: %v", err)
	}
	l.at("13:00").end(notice.ClosesNow).phase("13:00", notice.Over)
	l.expect("delta-g", "edi", "11:30", "unaffected") // the end does not move what was over before
}

// TestFallbackClock: the fallback may be opened in an outage, revoked while it
// lasts, and kept after the repair.
func TestFallbackClock(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Fallback = notice.Fallback{}
	l := live(t).publish(n).at("10:00").do(notice.FallbackOpened{Services: []string{"delta-g"}, Fallback: notice.Fallback{Authorised: true, Sheet: "3"}})
	l.expect("delta-g", "edi", "09:59", "interrupted until 17:00", "10:00", "interrupted until 17:00, fallback").expect("delta-t", "edi", "10:00", "interrupted until 17:00")
	l.at("11:00").do(notice.FallbackOpened{Services: []string{"delta-g"}, Fallback: notice.Fallback{Authorised: true, Condition: notice.StrictlyNecessary}})
	if f := l.mode("11:00", "delta-g", "edi").Fallback; f.Condition != notice.StrictlyNecessary || !f.From.Equal(instant(t, "11:00").Time) {
		t.Errorf("opened on another condition: %+v", f)
	}
	l.at("11:50").do(notice.FallbackClosed{})
	l.expect("delta-g", "edi", "11:49", "interrupted until 17:00, fallback until 11:50", "11:50", "interrupted until 17:00")
	if err := l.try(notice.FallbackClosed{}); !errors.Is(err, notice.ErrConflict) {
		t.Errorf("closed what was closed: %v", err)
	}

	kept := seedLife(t).at("14:30").end(notice.ClosesLater)
	kept.expect("delta-g", "edi", "14:30", "unaffected, fallback", "2023-08-10T09:00", "unaffected, fallback").phase("14:30", notice.Over)
	kept.at("2023-08-10T10:00").do(notice.FallbackClosed{}).expect("delta-g", "edi", "2023-08-10T10:00", "unaffected")

	until := seedLife(t).at("14:30").do(notice.Ended{At: instant(t, "14:30"), Fallback: notice.FallbackAfter{Closes: notice.ClosesAt, At: instant(t, "18:00")}})
	until.expect("delta-g", "edi", "17:59", "unaffected, fallback until 18:00", "18:00", "unaffected")
}

// TestFallbackAhead: what is to open later does not open after the end.
func TestFallbackAhead(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Fallback.From = instant(t, "13:00")
	l := live(t).publish(n).at("12:00").expect("ecs", "edi", "12:59", "interrupted until 17:00", "13:00", "interrupted until 17:00, fallback")
	if err := l.try(notice.Ended{At: instant(t, "12:00"), Fallback: notice.FallbackAfter{Closes: notice.ClosesNone}}); !errors.Is(err, notice.ErrInvalid) {
		t.Errorf("ended without a word on a fallback to come: %v", err)
	}
	l.end(notice.ClosesNow).expect("ecs", "edi", "13:00", "unaffected")
	l.at("12:30").do(notice.Resumed{}).expect("ecs", "edi", "12:45", "interrupted until 17:00", "13:00", "interrupted until 17:00, fallback")
}

// TestFallbackWindows: a fallback opened in a window goes with it.
func TestFallbackWindows(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Fallback = notice.Fallback{}
	n.Windows = append(n.Windows, window(t, "2023-08-09T09:00", "2023-08-09T17:00"))
	l := live(t).publish(n).at("10:00").do(notice.FallbackOpened{Fallback: notice.Fallback{Authorised: true}}).at("14:00").end(notice.ClosesNow)
	l.expect("ecs", "edi", "13:59", "interrupted until 17:00, fallback until 14:00", "14:00", "unaffected", "2023-08-09T10:00", "interrupted until 17:00")

	// One with a time of its own opens in each window, not between them.
	n.Fallback = notice.Fallback{Authorised: true, From: instant(t, "08:00")}
	l = live(t).publish(n).at("14:00").end(notice.ClosesNow)
	l.expect("ecs", "edi", "08:00", "unaffected, fallback until 14:00", "20:00", "unaffected", "2023-08-09T09:00", "interrupted until 17:00, fallback")

	// One kept after a window closes when the next one says so.
	l = live(t).publish(n).at("14:00").end(notice.ClosesLater).at("2023-08-09T12:00").end(notice.ClosesNow)
	l.expect("ecs", "edi", "20:00", "unaffected, fallback until 12:00", "2023-08-09T12:00", "unaffected")
}

// TestResumed: a wrong end is taken back, as a new episode.
func TestResumed(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("14:30").end(notice.ClosesNow).at("15:00").do(notice.Resumed{})
	l.expect("ecs", "edi", "14:29", "interrupted until 17:00, fallback until 14:30", "14:45", "unaffected", "15:00", "interrupted until 17:00, fallback", "17:00", "interrupted overdue until 17:00, fallback")
	if m := l.mode("15:00", "ecs", "edi"); l.state.Episode != 2 || m.Reasons[0].Episode != 2 || !m.Since.Equal(instant(t, "15:00").Time) {
		t.Errorf("resumed in episode %d: %+v", l.state.Episode, m.Reasons)
	}
	if _, _, ok := l.state.Ended(); ok {
		t.Error("the end that was taken back still holds")
	}
	if got := l.due("15:00"); got != "" {
		t.Errorf("a resumption has told itself, and the clock owes %q", got)
	}
	if err := l.try(notice.Resumed{}); !errors.Is(err, notice.ErrConflict) {
		t.Errorf("resumed twice: %v", err)
	}
	l.at("16:00").do(notice.Extended{Until: instant(t, "18:00")}).expect("ecs", "edi", "17:30", "interrupted until 18:00, fallback")
	if end := l.state.Notice.Windows[0].End; !end.Equal(instant(t, "18:00").Time) {
		t.Errorf("extended in the second episode, the text's window ends at %s", end)
	}
	l.at("17:45").end(notice.ClosesNow).phase("17:45", notice.Over).expect("ecs", "edi", "17:45", "unaffected")
}

// TestResumedRecovery: so is a wrong recovery, and nothing but it.
func TestResumedRecovery(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("10:00").recover(notice.ClosesNow, []string{"delta-t"}, nil).
		at("11:00").recover(notice.ClosesNow, nil, []string{"edi"}).at("11:20").do(notice.Resumed{})
	l.expect("ecs", "edi", "11:10", "unaffected", "11:20", "interrupted until 17:00, fallback")
	l.expect("delta-t", "edi", "11:20", "unaffected").expect("ecs", "dti", "11:20", "interrupted until 17:00, fallback")
}

// TestResumedFallback: the fallback goes on as it was before the wrong end: one
// that had been revoked stays so.
func TestResumedFallback(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("11:00").do(notice.FallbackClosed{}).at("12:00").end(notice.ClosesNone).at("12:30").do(notice.Resumed{})
	l.expect("ecs", "edi", "12:30", "interrupted until 17:00")

	l = seedLife(t).at("12:00").end(notice.ClosesLater).at("12:15").do(notice.FallbackClosed{}).at("12:30").do(notice.Resumed{})
	l.expect("ecs", "edi", "12:20", "unaffected", "12:30", "interrupted until 17:00")

	n := seed(t)
	n.Fallback.Until = instant(t, "16:00")
	l = live(t).publish(n).at("12:00").end(notice.ClosesNow).at("12:30").do(notice.Resumed{})
	l.expect("ecs", "edi", "12:30", "interrupted until 17:00, fallback until 16:00")

	l = seedLife(t).at("12:00").end(notice.ClosesLater).at("12:30").do(notice.Resumed{}).at("13:00").end(notice.ClosesNow)
	l.expect("ecs", "edi", "13:00", "unaffected")
}

func TestPostponed(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("2023-08-03T10:00").do(notice.Postponed{Windows: []notice.Window{window(t, "2023-08-15T09:00", "2023-08-15T17:00")}})
	l.expect("ecs", "edi", "10:00", "unaffected", "2023-08-15T10:00", "interrupted until 17:00, fallback").phase("2023-08-09T10:00", notice.Announced)
	l.do(notice.Postponed{Reason: "sine die"}).expect("ecs", "edi", "2023-08-15T10:00", "unaffected").phase("2023-08-15T10:00", notice.Adjourned)
	if m := l.mode("2023-08-14T10:00", "ecs", "edi"); len(m.Next) != 0 {
		t.Errorf("sine die, and announced: %+v", m.Next)
	}
	l.at("2023-08-20T10:00").do(notice.Postponed{Windows: []notice.Window{window(t, "2023-09-01T09:00", "")}})
	l.expect("ecs", "edi", "2023-09-01T09:00", "interrupted, fallback")
	for _, w := range []notice.Window{window(t, "2023-08-20T09:00", ""), window(t, "2023-09-01T09:00", "2023-09-01T08:00"), {}} {
		if err := l.try(notice.Postponed{Windows: []notice.Window{w}}); !errors.Is(err, notice.ErrInvalid) {
			t.Errorf("postponed to %v: %v", w, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("2023-08-03T10:00").do(notice.Cancelled{})
	l.expect("ecs", "edi", "10:00", "unaffected").phase("10:00", notice.CalledOff)
	late := *l
	l.at("2023-08-04T10:00").do(notice.Reinstated{}).expect("ecs", "edi", "10:00", "interrupted until 17:00, fallback").phase("2023-08-05T10:00", notice.Announced)

	late.at("2023-08-09T10:00")
	if err := late.try(notice.Reinstated{}); !errors.Is(err, notice.ErrInvalid) {
		t.Errorf("reinstated after its window: %v", err)
	}
	late.do(notice.Reinstated{Windows: []notice.Window{window(t, "2023-08-15T09:00", "2023-08-15T17:00")}})
	late.expect("ecs", "edi", "2023-08-15T10:00", "interrupted until 17:00, fallback")

	adjourned := seedLife(t).do(notice.Postponed{}).do(notice.Cancelled{}).do(notice.Reinstated{})
	adjourned.phase("10:00", notice.Adjourned)
}

// TestCancelledLines: a notice whose lines have windows of their own comes back
// with them.
func TestCancelledLines(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Scope = []notice.Scope{{Services: []string{"ecs"}, Windows: n.Windows}}
	n.Services, n.Modes, n.Effect, n.Messages, n.Fallback, n.Windows = nil, nil, "", nil, notice.Fallback{}, nil
	live(t).publish(n).do(notice.Cancelled{}).do(notice.Reinstated{}).expect("ecs", "edi", "10:00", "interrupted until 17:00")
}

// TestCorrectedRunning: what was said to be over stays over, the fallback stays
// as people have opened or closed it, and a resumed alert goes on.
func TestCorrectedRunning(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("11:00").recover(notice.ClosesNow, nil, []string{"edi"})
	n := l.state.Notice
	n.Cause.Text = "une opération technique"
	n.Windows = []notice.Window{window(t, "08:30", "18:00")}
	l.at("11:30").correct(n)
	l.expect("ecs", "edi", "11:30", "unaffected").expect("ecs", "dti", "08:30", "interrupted until 18:00, fallback", "11:30", "interrupted until 18:00, fallback")
	if l.state.Version != 3 || l.mode("11:30", "ecs", "dti").Reasons[0].Version != 3 {
		t.Errorf("the corrected notice is version %d", l.state.Version)
	}

	none := seed(t)
	none.Fallback = notice.Fallback{}
	opened := live(t).publish(none).at("10:00").do(notice.FallbackOpened{Fallback: notice.Fallback{Authorised: true}}).at("11:00").correct(none)
	opened.expect("ecs", "edi", "11:00", "interrupted until 17:00, fallback")
	revoked := seedLife(t).at("10:00").do(notice.FallbackClosed{}).at("11:00").correct(seed(t))
	revoked.expect("ecs", "edi", "11:00", "interrupted until 17:00")
	kept := seedLife(t).at("14:30").end(notice.ClosesLater).at("15:00").correct(seed(t))
	kept.expect("ecs", "edi", "15:00", "unaffected, fallback")
	resumed := seedLife(t).at("14:30").end(notice.ClosesNow).at("15:00").do(notice.Resumed{}).at("15:30").correct(seed(t))
	resumed.expect("ecs", "edi", "14:45", "unaffected", "15:30", "interrupted until 17:00, fallback")
	resumed.at("16:00").end(notice.ClosesNow).expect("ecs", "edi", "16:00", "unaffected")
}

// TestChanged: the scope changes while the alert runs.
func TestChanged(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("10:00").recover(notice.ClosesNow, []string{"delta-t"}, nil)
	n := l.state.Notice
	n.Services = []string{"delta-t", "delta-g", "gamma"}
	n.Effect = notice.Degraded
	l.at("11:00").change(n)
	l.expect("gamma", "edi", "11:00", "degraded until 17:00, fallback").expect("delta-g", "edi", "11:00", "degraded until 17:00, fallback")
	l.expect("ecs", "edi", "11:00", "unaffected").expect("delta-t", "edi", "11:00", "unaffected")
}

// TestWindows: state and overdue go by occurrence.
func TestWindows(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Windows = append(n.Windows, window(t, "2023-08-09T09:00", "2023-08-09T12:00"))
	l := live(t).publish(n).at("14:30").end(notice.ClosesNow)
	l.phase("14:30", notice.Announced).expect("ecs", "edi", "20:00", "unaffected", "2023-08-09T09:00", "interrupted until 12:00, fallback", "2023-08-09T12:00", "interrupted overdue until 12:00, fallback")
	if m := l.mode("2023-08-09T09:00", "ecs", "edi"); m.Reasons[0].Occurrence != 2 {
		t.Errorf("the second window is occurrence %d", m.Reasons[0].Occurrence)
	}
	// The first window's end may be taken back while the second lies ahead.
	early := live(t).publish(n).at("14:30").end(notice.ClosesNow).at("15:00").do(notice.Resumed{})
	early.expect("ecs", "edi", "15:00", "interrupted until 17:00, fallback").phase("15:00", notice.Running)

	// Once the second one runs, that end stands.
	if err := live(t).publish(n).at("14:30").end(notice.ClosesNow).at("2023-08-09T10:00").try(notice.Resumed{}); !errors.Is(err, notice.ErrConflict) {
		t.Errorf("an end taken back in the next window: %v", err)
	}

	// What is over has happened: postponing, cancelling and reinstating the
	// rest does not raise it again, nor does a text without that window.
	l.at("20:00").do(notice.Cancelled{}).do(notice.Reinstated{}).phase("20:00", notice.Announced)
	l.expect("ecs", "edi", "16:00", "unaffected", "2023-08-09T09:00", "interrupted until 12:00, fallback")
	l.do(notice.Postponed{Windows: []notice.Window{window(t, "2023-08-10T09:00", "2023-08-10T12:00")}})
	l.expect("ecs", "edi", "12:00", "interrupted until 17:00, fallback until 14:30", "20:00", "unaffected", "2023-08-09T09:00", "unaffected", "2023-08-10T09:00", "interrupted until 12:00, fallback")
	l.correct(l.state.Notice).expect("ecs", "edi", "12:00", "interrupted until 17:00, fallback until 14:30", "2023-08-10T09:00", "interrupted until 12:00, fallback")

	// A text in which the second window has become the first one.
	n.Windows = n.Windows[1:]
	live(t).publish(n).at("2023-08-09T08:00").correct(n).expect("ecs", "edi", "2023-08-09T09:00", "interrupted until 12:00, fallback")
	both := seed(t)
	both.Windows = append(both.Windows, n.Windows...)
	live(t).publish(both).at("14:30").end(notice.ClosesNow).correct(n).expect("ecs", "edi", "2023-08-09T09:00", "interrupted until 12:00, fallback")
}

// TestTwoNotices: the worst effect, the strictest rule, any fallback; ending
// one does not free the service.
func TestTwoNotices(t *testing.T) {
	t.Parallel()
	second := seed(t)
	second.Kind, second.Effect, second.Fallback = notice.Incident, notice.Degraded, notice.Fallback{}
	second.Services, second.Windows = []string{"delta-g"}, []notice.Window{window(t, "10:00", "")}
	second.Messages = notice.Messages{notice.Create: notice.Discouraged, notice.Amend: notice.Discouraged}
	a, b := seedLife(t), live(t).at("10:05").publish(second)
	m := a.mode("11:00", "delta-g", "edi", b)
	if says(m) != "interrupted, fallback" || len(m.Reasons) != 2 || m.Messages[notice.Create] != notice.Forbidden || m.Messages[notice.Amend] != notice.Discouraged {
		t.Errorf("two notices: %s, %v", says(m), m.Messages)
	}
	a.at("14:30").end(notice.ClosesNow)
	if m = a.mode("14:30", "delta-g", "edi", b); says(m) != "degraded" || m.Messages[notice.Create] != notice.Discouraged || !m.Since.Equal(instant(t, "10:00").Time) {
		t.Errorf("one of two notices ended: %s, %v", says(m), m.Messages)
	}
	b.at("15:00").end(notice.ClosesNone)
	if m = a.mode("15:00", "delta-g", "edi", b); says(m) != "unaffected" || m.Messages != nil {
		t.Errorf("both ended: %s, %v", says(m), m.Messages)
	}
}

// TestNotProduction: exercises and tests change nothing that the public sees.
func TestNotProduction(t *testing.T) {
	t.Parallel()
	drill, test := seed(t), seed(t)
	drill.Exercise, test.Environment = true, notice.EnvTest
	at := instant(t, "12:00").Time
	d, e := live(t).publish(drill), live(t).publish(test)
	d.expect("ecs", "edi", "12:00", "unaffected")
	e.expect("ecs", "edi", "12:00", "unaffected")
	states := []notice.State{d.state, e.state}
	if got := says(look(t, states, notice.EnvTest, at, "ecs", "edi")); got != "interrupted until 17:00, fallback" {
		t.Errorf("in the test environment: %q", got)
	}
	for stage, want := range map[string]int{"production": 0, "exercise": 1, "test": 1} {
		a := notice.AlertFor(states, notice.Alert{Environment: stage, Service: "ecs", Mode: "edi"}, at)
		if len(a.Spans) != want || a.Key() != stage+".ecs.edi" {
			t.Errorf("alert %s has %d spans, want %d", a.Key(), len(a.Spans), want)
		}
	}
	if d.due("09:00") == "" {
		t.Error("the participants of an exercise are told nothing")
	}
}

// TestKnown: what was said at an instant, whatever came later.
func TestKnown(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("10:00").do(notice.Extended{Until: instant(t, "19:00")}).at("14:30").end(notice.ClosesNow)
	for known, want := range map[string]string{
		"2023-08-01T14:59": "unaffected", "2023-08-01T15:00": "interrupted overdue until 17:00, fallback",
		"10:00": "interrupted until 19:00, fallback", "14:30": "unaffected",
	} {
		s := notice.Fold(notice.Known(l.state.Events, instant(t, known).Time))
		if got := says(look(t, []notice.State{s}, notice.EnvProduction, instant(t, "18:00").Time, "ecs", "edi")); got != want {
			t.Errorf("what was said at %s of 18h00: %q, want %q", known, got, want)
		}
	}
	if len(l.state.Events) != 3 {
		t.Errorf("asking took events away: %d are left", len(l.state.Events))
	}
}

// TestEnded: the last end is the one that has not been taken back.
func TestEnded(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Windows = append(n.Windows, window(t, "2023-08-09T09:00", "2023-08-09T17:00"))
	l := live(t).publish(n)
	want := func(number int) {
		t.Helper()
		if _, e, ok := l.state.Ended(); ok != (number > 0) || e.Number != number {
			t.Errorf("the end is event %d, %v; want %d", e.Number, ok, number)
		}
	}
	want(0)
	l.at("12:00").end(notice.ClosesNow)
	want(2)
	l.at("2023-08-09T10:00").recover(notice.ClosesNow, nil, []string{"edi"})
	want(2)
	l.at("2023-08-09T10:30").do(notice.Resumed{}) // of the recovery
	want(2)
	l.at("2023-08-09T11:00").end(notice.ClosesNow)
	want(5)
	l.at("2023-08-09T11:30").do(notice.Resumed{})
	want(2)
}
