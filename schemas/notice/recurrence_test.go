package notice_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// recurring is the seed with its window on another day, and a rule.
func recurring(t testing.TB, start, end, rule string, except ...string) notice.Notice {
	n := seed(t)
	n.Reference = ""
	n.Windows = []notice.Window{window(t, start, end)}
	n.Recurs.Rule = rule
	for _, day := range except {
		n.Recurs.Except = append(n.Recurs.Except, date(day))
	}
	return n
}

// TestOccurrences: rules as bureaus would write them.
func TestOccurrences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, start, end, rule string
		except                 []string
		want                   string
	}{
		{"each Sunday", "2023-08-06T09:00", "2023-08-06T17:00", "FREQ=WEEKLY;COUNT=3", nil,
			"06/08 09:00-17:00 13/08 09:00-17:00 20/08 09:00-17:00 "},
		{"but for one", "2023-08-06T09:00", "2023-08-06T17:00", "FREQ=WEEKLY;COUNT=3", []string{"2023-08-13"},
			"06/08 09:00-17:00 20/08 09:00-17:00 "},
		{"two days of every other week", "2023-08-03T20:00", "2023-08-03T23:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20230831", nil,
			"03/08 20:00-23:00 14/08 20:00-23:00 17/08 20:00-23:00 28/08 20:00-23:00 31/08 20:00-23:00 "},
		{"over midnight", "2023-08-05T22:00", "2023-08-06T02:00", "FREQ=DAILY;INTERVAL=3;COUNT=2", nil,
			"05/08 22:00-02:00 08/08 22:00-02:00 "},
		{"workdays", "2023-08-03T06:00", "2023-08-03T07:00", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=3", nil,
			"03/08 06:00-07:00 04/08 06:00-07:00 07/08 06:00-07:00 "},
		{"the first Sunday", "2023-08-06T09:00", "2023-08-06T17:00", "FREQ=MONTHLY;BYDAY=1SU;COUNT=3", nil,
			"06/08 09:00-17:00 03/09 09:00-17:00 01/10 09:00-17:00 "},
		{"the last Sunday, over the change of the clocks", "2023-09-24T09:00", "2023-09-24T17:00", "FREQ=MONTHLY;BYDAY=-1SU;COUNT=3", nil,
			"24/09 09:00-17:00 29/10 09:00-17:00 26/11 09:00-17:00 "},
		{"the 31st, where there is one", "2023-08-31T09:00", "2023-08-31T17:00", "FREQ=MONTHLY;COUNT=3", nil,
			"31/08 09:00-17:00 31/10 09:00-17:00 31/12 09:00-17:00 "},
		{"the last of the month", "2023-08-31T09:00", "2023-08-31T17:00", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", nil,
			"31/08 09:00-17:00 30/09 09:00-17:00 31/10 09:00-17:00 "},
		{"Friday the 13th", "2023-10-13T09:00", "2023-10-13T17:00", "freq=monthly;byday=FR;bymonthday=13;count=2", nil,
			"13/10 09:00-17:00 13/09 09:00-17:00 "},
		{"until an instant", "2023-08-06T09:00", "2023-08-06T17:00", "FREQ=DAILY;UNTIL=20230808T070000Z", nil,
			"06/08 09:00-17:00 07/08 09:00-17:00 08/08 09:00-17:00 "},
		{"until the instant before", "2023-08-06T09:00", "2023-08-06T17:00", "FREQ=DAILY;UNTIL=20230808T065959Z", nil,
			"06/08 09:00-17:00 07/08 09:00-17:00 "},
		{"an hour that does not exist", "2023-03-19T02:30", "2023-03-19T05:00", "FREQ=WEEKLY;COUNT=3", nil,
			"19/03 02:30-05:00 26/03 03:30-05:00 02/04 02:30-05:00 "},
		{"all of it in that hour", "2023-03-19T02:00", "2023-03-19T03:00", "FREQ=WEEKLY;COUNT=2", nil,
			"19/03 02:00-03:00 26/03 03:00-04:00 "},
		{"an hour that exists twice", "2023-10-22T02:30", "2023-10-22T04:00", "FREQ=WEEKLY;COUNT=2", nil,
			"22/10 02:30-04:00 29/10 02:30-04:00 "},
		{"a rule that cannot be", "2023-08-06T09:00", "2023-08-06T17:00", "FREQ=YEARLY;COUNT=2", nil, "06/08 09:00-17:00 "},
	} {
		got := ""
		all := recurring(t, c.start, c.end, c.rule, c.except...).Occurrences()
		for _, w := range all {
			got += w.Start.Format("02/01 15:04") + "-" + w.End.Format("15:04") + " "
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if c.name == "an hour that exists twice" && all[1].End.Sub(all[1].Start.Time) != 150*time.Minute {
			t.Errorf("%s lasts %s", c.name, all[1].End.Sub(all[1].Start.Time))
		}
	}
	if got := seed(t).Occurrences(); len(got) != 1 {
		t.Errorf("without a rule there are %d windows", len(got))
	}
}

// TestRecurrenceIsChecked: each fault of a rule is told once, with its place.
func TestRecurrenceIsChecked(t *testing.T) {
	t.Parallel()
	h := house(t)
	const start, end = "2023-08-08T09:00", "2023-08-08T17:00"
	for _, c := range []struct {
		rule, says, pointer string
		except              []string
	}{
		{"FREQ=WEEKLY;COUNT=3", "", "", nil},
		{"FREQ=WEEKLY;COUNT=3", "", "", []string{"2023-08-22"}},
		{"FREQ=WEEKLY", "a rule ends by COUNT or by UNTIL", "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=3;UNTIL=20231231", "a rule ends by COUNT or by UNTIL", "/recurs/rule", nil},
		{"COUNT=3", "the rule does not say how often", "/recurs/rule", nil},
		{"FREQ=YEARLY;COUNT=3", "FREQ=YEARLY is not known here", "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=0", "COUNT=0 cannot be", "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=401", "COUNT=401 cannot be", "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=3;INTERVAL=x", "INTERVAL=X cannot be", "/recurs/rule", nil},
		{"FREQ=WEEKLY;UNTIL=2023-12-31", "UNTIL=2023-12-31 is neither", "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=3;BYDAY=LU", "BYDAY=LU is no day", "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=3;BYDAY=", "BYDAY= is no day", "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=3;BYDAY=2TU", "the nth day of a week goes with FREQ=MONTHLY", "/recurs/rule", nil},
		{"FREQ=MONTHLY;COUNT=3;BYDAY=6TU", "BYDAY=6TU is no day", "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=3;BYMONTHDAY=8", "BYMONTHDAY does not go with", "/recurs/rule", nil},
		{"FREQ=MONTHLY;COUNT=3;BYMONTHDAY=0", "BYMONTHDAY=0 is no day", "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=3;BYSETPOS=1", `"BYSETPOS=1" is no part of a rule`, "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=3;COUNT=3", "COUNT stands twice", "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=3;WKST=SU", "WKST=SU is not known here", "/recurs/rule", nil},
		{"FREQ=WEEKLY;BYDAY=WE;COUNT=3", "the rule does not fall on the first window, 2023-08-08", "/windows/0/start", nil},
		{"FREQ=WEEKLY;UNTIL=20230801", "nothing falls under the rule", "/recurs/rule", nil},
		{"FREQ=DAILY;UNTIL=20260101", "the rule goes on for too long", "/recurs/rule", nil},
		{"FREQ=MONTHLY;INTERVAL=12;COUNT=20", "the rule goes on for too long", "/recurs/rule", nil},
		{"FREQ=WEEKLY;COUNT=3", "the rule does not fall on 2023-08-09", "/recurs/except/0", []string{"2023-08-09"}},
		{"FREQ=WEEKLY;COUNT=3", "the first window cannot be an exception", "/recurs/except/0", []string{"2023-08-08"}},
		{"FREQ=WEEKLY;COUNT=3", "2023-08-22 stands twice", "/recurs/except/1", []string{"2023-08-22", "2023-08-22"}},
		{"", "the rule is missing", "/recurs/rule", []string{"2023-08-22"}},
	} {
		n := recurring(t, start, end, c.rule, c.except...)
		wantOne(t, c.rule, odd(notice.Check(n, h.Catalogue, h.Bureaus)), c.says, c.pointer)
	}
	n := recurring(t, start, end, "FREQ=WEEKLY;COUNT=2")
	n.Windows = append(n.Windows, window(t, "2023-08-09T09:00", "2023-08-09T10:00"))
	wantOne(t, "two windows", odd(notice.Check(n, h.Catalogue, h.Bureaus)), "what recurs is the one window", "/windows")
	n = recurring(t, start, "2023-08-09T10:00", "FREQ=DAILY;COUNT=2")
	wantOne(t, "a long window", odd(notice.Check(n, h.Catalogue, h.Bureaus)), "the window of 2023-08-08 lasts into the next", "/recurs/rule")
	n = recurring(t, start, "", "FREQ=DAILY;COUNT=1")
	n.Kind = notice.Incident
	wantOne(t, "no end", odd(notice.Check(n, h.Catalogue, h.Bureaus)), "a window that recurs has an end", "/windows/0/end")
	for _, hours := range [][]int{{0}, {24, 24}, {5000}} {
		n := sound(t)
		n.Reminders = hours
		at := fmt.Sprintf("/reminders/%d", len(hours)-1)
		wantOne(t, fmt.Sprint(hours), odd(notice.Check(n, h.Catalogue, h.Bureaus)), fmt.Sprintf("a reminder %d hours before cannot be", hours[len(hours)-1]), at)
	}
}

// odd are problems without those of which other tests speak.
func odd(ps notice.Problems) notice.Problems { return ps.Errors() }

// wantOne holds that one problem is told, or none.
func wantOne(t *testing.T, name string, ps notice.Problems, says, pointer string) {
	t.Helper()
	if says == "" && len(ps) == 0 {
		return
	}
	if len(ps) != 1 || says == "" || !strings.HasPrefix(ps[0].What, says) || ps[0].Pointer != pointer || ps[0].Remedy == "" {
		t.Errorf("%s: want %q at %s, got:\n%v", name, says, pointer, ps)
	}
}

// TestOccurrencesNaively compares random rules with an expansion that goes the
// other way, as RFC 5545 tells it: period by period, each with its set of days.
func TestOccurrencesNaively(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var n notice.Notice
	for range 1000 {
		first := time.Date(2020+r.IntN(10), time.Month(1+r.IntN(12)), 1+r.IntN(31), 0, 0, 0, 0, time.UTC)
		rule := randomRule(r, first)
		start := first.Format(time.DateOnly) + fmt.Sprintf("T%02d:%02d", 4+r.IntN(18), r.IntN(60))
		n.Windows, n.Recurs.Rule = []notice.Window{window(t, start, first.Format(time.DateOnly)+"T23:30")}, rule.String()
		var got []string
		for _, w := range n.Occurrences() {
			got = append(got, w.Start.Format("2006-01-02T15:04"))
			if w.End.Format("2006-01-02T15:04") != w.Start.Format(time.DateOnly)+"T23:30" {
				t.Fatalf("%s from %s: %s to %s", rule, start, w.Start, w.End)
			}
		}
		want := []string{start} // as Check holds that the rule falls on it
		for _, day := range rule.expand(first) {
			if day != first {
				want = append(want, day.Format(time.DateOnly)+start[10:])
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s from %s:\n%v, want\n%v", rule, start, got, want)
		}
	}
}

type randRule struct {
	freq            string
	interval, count int
	until           time.Time
	byDay           []string
	byMonthDay      []int
}

func (r randRule) String() string {
	text := fmt.Sprintf("FREQ=%s;INTERVAL=%d", r.freq, r.interval)
	if len(r.byDay) > 0 {
		text += ";BYDAY=" + strings.Join(r.byDay, ",")
	}
	if len(r.byMonthDay) > 0 {
		text += ";BYMONTHDAY=" + strings.ReplaceAll(strings.Trim(fmt.Sprint(r.byMonthDay), "[]"), " ", ",")
	}
	if r.count > 0 {
		return text + fmt.Sprintf(";COUNT=%d", r.count)
	}
	return text + ";UNTIL=" + r.until.Format("20060102")
}

func randomRule(r *rand.Rand, first time.Time) randRule {
	rule := randRule{freq: []string{"DAILY", "WEEKLY", "MONTHLY"}[r.IntN(3)], interval: 1 + r.IntN(4)}
	if r.IntN(2) == 0 {
		rule.count = 1 + r.IntN(20)
	} else {
		rule.until = first.AddDate(0, r.IntN(12), r.IntN(30))
	}
	for range r.IntN(3) {
		day := []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}[r.IntN(7)]
		if rule.freq == "MONTHLY" && r.IntN(2) == 0 {
			day = []string{"1", "2", "3", "4", "5", "-1", "-2", "-5"}[r.IntN(8)] + day
		}
		rule.byDay = append(rule.byDay, day)
	}
	if rule.freq != "WEEKLY" && r.IntN(3) == 0 {
		rule.byMonthDay = []int{1 + r.IntN(31), -1 - r.IntN(31)}
	}
	return rule
}

// expand goes through the periods of a rule and, in each, through its days.
func (r randRule) expand(first time.Time) (all []time.Time) {
	for period := 0; period < 5000; period += r.interval {
		for _, day := range r.period(first, period) {
			switch {
			case day.Before(first):
				continue
			case r.count == 0 && day.After(r.until), r.count > 0 && len(all) == r.count, day.After(first.AddDate(0, 0, 10*366-1)):
				return all
			}
			all = append(all, day)
		}
	}
	return all
}

func (r randRule) period(first time.Time, n int) (days []time.Time) {
	start, length := first.AddDate(0, 0, n), 1
	switch r.freq {
	case "WEEKLY":
		start = first.AddDate(0, 0, 7*n)
		for start.Weekday() != time.Monday {
			start = start.AddDate(0, 0, -1)
		}
		length = 7
	case "MONTHLY":
		start = time.Date(first.Year(), first.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		length = start.AddDate(0, 1, -1).Day()
	}
	for i := range length {
		if day := start.AddDate(0, 0, i); r.takes(first, day, start, length) {
			days = append(days, day)
		}
	}
	return days
}

func (r randRule) takes(first, day, start time.Time, length int) bool {
	if len(r.byMonthDay) > 0 {
		last := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
		if day.Day() != r.byMonthDay[0] && day.Day() != last+1+r.byMonthDay[1] {
			return false
		}
	}
	if len(r.byDay) == 0 {
		switch r.freq {
		case "WEEKLY":
			return day.Weekday() == first.Weekday()
		case "MONTHLY":
			return len(r.byMonthDay) > 0 || day.Day() == first.Day()
		}
		return true
	}
	return slices.ContainsFunc(r.byDay, func(word string) bool {
		name := strings.ToUpper(day.Weekday().String()[:2])
		if strings.TrimLeft(word, "-12345") != name {
			return false
		}
		var same []time.Time // days of that name in the month
		for i := range length {
			if d := start.AddDate(0, 0, i); d.Weekday() == day.Weekday() {
				same = append(same, d)
			}
		}
		var nth int
		if _, err := fmt.Sscanf(word, "%d", &nth); err != nil {
			return true
		}
		if nth < 0 {
			nth += len(same) + 1
		}
		return nth >= 1 && nth <= len(same) && same[nth-1].Equal(day)
	})
}

// TestRecurringLife: each occurrence starts, is overdue and ends by itself; an
// extension is that of one of them.
func TestRecurringLife(t *testing.T) {
	t.Parallel()
	n := recurring(t, "09:00", "17:00", "FREQ=DAILY;COUNT=3")
	l := live(t).publish(n).tick("09:00")
	l.expect("ecs", "edi", "08:59", "unaffected", "09:00", "interrupted until 17:00, fallback", "17:00", "interrupted overdue until 17:00, fallback")
	l.at("12:00").do(notice.Extended{Until: instant(t, "19:00")})
	l.expect("ecs", "edi", "18:59", "interrupted until 19:00, fallback", "19:00", "interrupted overdue until 19:00, fallback")
	if !l.state.Notice.Windows[0].End.Equal(instant(t, "17:00").Time) {
		t.Errorf("the window that recurs ends at %s", l.state.Notice.Windows[0].End)
	}
	again := n
	again.Cause.Text = "une panne"
	l.correct(again) // whose author looks at the text, and not at what the day has brought
	l.expect("ecs", "edi", "18:59", "interrupted until 19:00, fallback")
	l.at("18:00").end(notice.ClosesNow).phase("18:30", notice.Announced)
	l.expect("ecs", "edi", "18:00", "unaffected", "2023-08-09T10:00", "interrupted until 17:00, fallback", "2023-08-09T18:00", "interrupted overdue until 17:00, fallback")
	if got := l.due("2023-08-09T17:00"); got != "started 09:00+28800 overdue 17:00+0 " {
		t.Errorf("on the second day the clock owes %s", got)
	}
	l.at("2023-08-09T16:00").end(notice.ClosesNow).at("2023-08-10T16:00").end(notice.ClosesNow).phase("2023-08-10T16:00", notice.Over)

	moved := live(t).publish(n).do(notice.Postponed{Windows: []notice.Window{window(t, "2023-08-20T09:00", "2023-08-20T17:00")}})
	if len(moved.state.Spans) != 21 || len(moved.state.Notice.Occurrences()) != 1 {
		t.Errorf("postponed to one window, there are %d spans", len(moved.state.Spans))
	}
	if got := moved.state.Events[1].Act.(notice.Postponed).Previous; len(got) != 3 {
		t.Errorf("it had been announced for %v", got)
	}
	back := live(t).publish(n).do(notice.Cancelled{}).do(notice.Reinstated{})
	back.expect("ecs", "edi", "2023-08-10T10:00", "interrupted overdue until 17:00, fallback")
	if len(back.state.Spans) != 63 {
		t.Errorf("reinstated, there are %d spans", len(back.state.Spans))
	}
}
