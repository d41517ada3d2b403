package notice_test

import (
	"fmt"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestDue: the clock tells of each start and each planned end once, says how
// late it is, and tells of nothing that a person has settled.
func TestDue(t *testing.T) {
	t.Parallel()
	want := func(l *life, clock, owed string) {
		t.Helper()
		if got := l.due(clock); got != owed {
			t.Errorf("at %s the clock owes %q, want %q", clock, got, owed)
		}
	}
	l := seedLife(t)
	want(l, "08:59", "")
	want(l, "09:00", "started 09:00+0 ")
	want(l, "18:00", "started 09:00+32400 overdue 17:00+3600 ") // the process was down
	l.tick("09:00")
	want(l, "09:01", "")
	want(l, "17:00", "overdue 17:00+0 ")
	l.tick("17:00")
	want(l, "17:01", "")
	l.do(notice.Extended{Until: instant(t, "19:00")})
	want(l, "18:59", "")
	want(l, "19:00", "overdue 19:00+0 ") // another planned end is told of anew
	l.at("19:30").end(notice.ClosesNow)
	want(l, "19:30", "")
	l.at("20:00").do(notice.Resumed{})
	want(l, "20:00", "overdue 19:00+3600 ")

	want(seedLife(t).do(notice.Cancelled{}), "10:00", "")
	want(seedLife(t).do(notice.Postponed{}), "10:00", "")
	want(seedLife(t).at("09:00").end(notice.ClosesNow), "09:01", "") // over at once: nothing to start
}

// TestDueLines: lines that start or end together are told of together.
func TestDueLines(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Scope = []notice.Scope{
		{Services: []string{"delta-g"}, Windows: []notice.Window{window(t, "09:00", "12:00")}},
		{Services: []string{"delta-t"}, Windows: []notice.Window{window(t, "09:00", "17:00")}},
		{Services: []string{"ecs"}, Windows: []notice.Window{window(t, "10:00", "17:00")}},
		{Services: []string{"gamma"}, Effect: notice.Unaffected, Windows: []notice.Window{window(t, "07:00", "08:00")}},
	}
	n.Services, n.Modes, n.Effect, n.Messages, n.Fallback, n.Windows = nil, nil, "", nil, notice.Fallback{}, nil
	l := live(t).publish(n)
	for clock, want := range map[string]string{
		"08:30": "", "09:00": "started 09:00+0 ", "10:00": "started 09:00+3600 started 10:00+0 ",
		"17:00": "started 09:00+28800 overdue 12:00+18000 overdue 17:00+0 started 10:00+25200 ",
	} {
		if got := l.due(clock); got != want {
			t.Errorf("at %s the clock owes %q, want %q", clock, got, want)
		}
	}
}

// TestDueRetroactive: of what a retroactive notice speaks of, the notice itself
// tells.
func TestDueRetroactive(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Retroactive, n.Windows[0].End = true, instant(t, "2023-08-08T22:00")
	l := live(t).at("20:00").publish(n)
	if got := l.due("20:00"); got != "" {
		t.Errorf("of what has gone by the clock owes %q", got)
	}
	if got := l.due("22:00"); got != "overdue 22:00+0 " {
		t.Errorf("of what is to come the clock owes %q", got)
	}
	l.expect("ecs", "edi", "20:00", "interrupted until 22:00, fallback")
}

func TestNext(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Windows = append(n.Windows, window(t, "2023-08-10T09:00", ""))
	l := live(t).publish(n)
	for _, c := range []struct{ after, want string }{
		{"2023-08-01T15:00", "09:00"}, {"09:00", "17:00"}, {"17:00", "2023-08-10T09:00"}, {"2023-08-10T09:00", "2023-08-10T13:00"},
	} {
		got, want := notice.Next(l.state, instant(t, c.after).Time), time.Time{}
		if c.want != "" {
			want = instant(t, c.want).Time
		}
		if !got.Equal(want) {
			t.Errorf("after %s the clock is due at %s, want %s", c.after, got, want)
		}
	}
	remindful := n
	remindful.Reminders = []int{24, 2}
	for _, c := range []struct{ after, want string }{
		{"2023-08-01T15:00", "2023-08-07T09:00"}, {"2023-08-07T09:00", "07:00"}, {"07:00", "09:00"}, {"09:00", "17:00"}, {"17:00", "2023-08-09T09:00"},
	} {
		if got := notice.Next(live(t).publish(remindful).state, instant(t, c.after).Time); !got.Equal(instant(t, c.want).Time) {
			t.Errorf("after %s the clock is due to remind at %s, want %s", c.after, got, c.want)
		}
	}
	if next := notice.Next(l.at("14:30").end(notice.ClosesNow).state, l.now); !next.Equal(instant(t, "2023-08-10T09:00").Time) {
		t.Errorf("once the first window is over, the clock is due at %s", next)
	}
	if next := notice.Next(seedLife(t).do(notice.Cancelled{}).state, l.now); !next.IsZero() {
		t.Errorf("once cancelled, the clock is due at %s", next)
	}
}

// TestReminders: each occurrence is told of beforehand, once an hour asked for,
// and not of what has just been said.
func TestReminders(t *testing.T) {
	t.Parallel()
	n := recurring(t, "09:00", "17:00", "FREQ=WEEKLY;COUNT=2")
	n.Reminders = []int{24, 2}
	l := live(t).publish(n)
	l.owes("2023-08-07T08:59:59", "", "2023-08-07T09:00", "reminded 1 08/08 09:00 -24 ", "2023-08-07T09:10", "reminded 1 08/08 09:00 -24 late 600 ")
	l.owes("07:30", "reminded 1 08/08 09:00 -2 late 1800 ") // the one missed before it is of no use now
	l.tick("2023-08-07T09:00").owes("2023-08-07T09:01", "", "07:00", "reminded 1 08/08 09:00 -2 ")
	l.tick("07:00").owes("07:01", "", "09:00", "started 09:00+0 ")
	l.tick("09:00").owes("2023-08-14T09:00", "overdue 17:00+489600 reminded 2 15/08 09:00 -24 ") // while the first still runs
	l.tick("2023-08-14T09:00").at("2023-08-14T10:00").end(notice.ClosesNow)
	l.owes("2023-08-15T06:59", "", "2023-08-15T07:00", "reminded 2 15/08 09:00 -2 ")

	late := live(t).at("07:30").publish(n)
	late.owes("08:59", "", "09:00", "started 09:00+0 ") // the notice itself came later than that
	late = live(t).at("2023-08-07T09:30").publish(n)
	late.owes("2023-08-07T09:30", "", "07:00", "reminded 1 08/08 09:00 -2 ")
	moved := live(t).publish(n).at("2023-08-06T09:00").do(notice.Postponed{Windows: []notice.Window{window(t, "2023-08-07T08:00", "2023-08-07T17:00")}})
	moved.owes("2023-08-06T09:01", "", "2023-08-07T06:00", "reminded 1 07/08 08:00 -2 ")
	for name, silent := range map[string]*life{
		"cancelled": live(t).publish(n).do(notice.Cancelled{}), "postponed": live(t).publish(n).do(notice.Postponed{}),
	} {
		if got := silent.due("08:00"); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
	n.Reminders = []int{}
	live(t).publish(n).owes("08:00", "")
	n.Reminders, n.Kind, n.Effect = []int{24}, notice.Information, notice.Unaffected
	live(t).publish(n).owes("08:00", "")
}

// owes compares what the clock owes at several instants.
func (l *life) owes(want ...string) {
	l.Helper()
	for i := 0; i+1 < len(want); i += 2 {
		if got := l.due(want[i]); got != want[i+1] {
			l.Errorf("at %s the clock owes %q, want %q", want[i], got, want[i+1])
		}
	}
}

// nudges are those that the clock gives until an instant, a minute being the
// shortest wait.
func (l *life) nudges(until string) (told string) {
	l.Helper()
	for end := instant(l, until).Time; ; {
		next := notice.Next(l.state, l.now)
		if next.IsZero() || next.After(end) {
			return told
		}
		l.now = next
		for _, act := range notice.Due(l.state, l.now) {
			l.do(act)
			if n, ok := act.(notice.Nudged); ok {
				told += fmt.Sprintf("%s %s %d, ", n.Reason, l.now.In(notice.Legal).Format("15:04"), n.Count)
			}
		}
	}
}

// TestNudges: the bureau is reminded that people wait for it, at first often,
// then every four hours.
func TestNudges(t *testing.T) {
	t.Parallel()
	want := func(l *life, until, told string) *life {
		t.Helper()
		if got := l.nudges(until); got != told {
			t.Errorf("until %s: %s, want %s", until, got, told)
		}
		return l
	}
	want(seedLife(t), "2023-08-09T06:00", "overdue 17:15 1, overdue 17:30 2, overdue 18:00 3, overdue 19:00 4, overdue 21:00 5, overdue 01:00 6, overdue 05:00 7, ")

	l := want(seedLife(t), "17:40", "overdue 17:15 1, overdue 17:30 2, ").at("17:45").do(notice.Extended{Until: instant(t, "20:00")})
	want(l, "20:20", "overdue 20:15 1, ") // another planned end, another count
	l.at("20:29").do(notice.Progressed{Text: "Les travaux avancent."})
	want(l, "21:30", "overdue 20:30 2, overdue 21:00 3, ")
	l.at("21:40").end(notice.ClosesNow)
	want(l, "2023-08-10T00:00", "")
	l.at("2023-08-10T09:00").do(notice.Resumed{}) // which is a new beginning
	want(l, "2023-08-10T09:40", "overdue 09:15 1, overdue 09:30 2, ")

	down := seedLife(t) // and nobody ticks until 19h10
	down.tick("19:10")
	want(down, "19:59", "")
	want(down, "21:00", "overdue 21:00 5, ")

	n := seed(t)
	n.Kind, n.Windows = notice.Incident, []notice.Window{window(t, "09:00", "")}
	l = want(live(t).at("13:30").publish(n), "22:00", "no_end 17:00 2, no_end 21:00 3, ") // not of what lies before its publication
	l.do(notice.Progressed{Text: "La cause est connue.", Next: instant(t, "22:30")})
	want(l, "23:10", "progress_due 22:30 1, progress_due 22:45 2, progress_due 23:00 3, ")
	l.at("23:15").do(notice.Progressed{Text: "Le remède aussi."})
	want(l, "2023-08-09T01:00", "no_end 01:00 4, ")
	l.do(notice.Extended{Until: instant(t, "2023-08-09T12:00")})
	want(l, "2023-08-09T12:00", "")

	n.Kind = notice.Closure
	want(live(t).publish(n), "2023-08-20T22:00", "") // it has no end
	n.Kind, n.Retroactive, n.Windows = notice.Incident, true, []notice.Window{window(t, "09:00", "10:00")}
	want(live(t).at("10:20").publish(n), "11:00", "overdue 10:30 2, overdue 11:00 3, ") // nobody has said that it is over
	want(seedLife(t).do(notice.Cancelled{}), "2023-08-20T22:00", "")
	l = seedLife(t).at("10:00").do(notice.Progressed{Text: "x", Next: instant(t, "10:30")}).at("10:10").end(notice.ClosesNow).at("10:20").do(notice.Resumed{})
	want(l, "16:59", "") // the end kept the promise
	twice := seed(t)
	twice.Windows = append(twice.Windows, window(t, "2023-08-09T09:00", "2023-08-09T17:00"))
	l = live(t).publish(twice).at("10:00").do(notice.Progressed{Text: "x", Next: instant(t, "2023-08-09T10:00")}).end(notice.ClosesNow)
	want(l, "2023-08-09T16:59", "")
}
