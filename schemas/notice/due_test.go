package notice_test

import (
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
		{"2023-08-01T15:00", "09:00"}, {"09:00", "17:00"}, {"17:00", "2023-08-10T09:00"}, {"2023-08-10T09:00", ""},
	} {
		got, want := notice.Next(l.state, instant(t, c.after).Time), time.Time{}
		if c.want != "" {
			want = instant(t, c.want).Time
		}
		if !got.Equal(want) {
			t.Errorf("after %s the clock is due at %s, want %s", c.after, got, want)
		}
	}
	if next := notice.Next(l.at("14:30").end(notice.ClosesNow).state, l.now); !next.Equal(instant(t, "2023-08-10T09:00").Time) {
		t.Errorf("once the first window is over, the clock is due at %s", next)
	}
	if next := notice.Next(seedLife(t).do(notice.Cancelled{}).state, l.now); !next.IsZero() {
		t.Errorf("once cancelled, the clock is due at %s", next)
	}
}
