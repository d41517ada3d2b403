package notice_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// hours is a duration of so many.
func hours(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }

// figures is what of an availability is compared.
func figures(a notice.Availability) string {
	return fmt.Sprintf("planned %v, unplanned %v, overdue %v, degraded %v, closed %v, fallback %v, outages %d, ahead %v",
		a.Planned, a.Unplanned, a.Overdue, a.Degraded, a.Closed, a.Fallback, a.Outages, a.Ahead)
}

// TestAvailabilityOfSeed: seven hours announced a week ahead, of which two and a
// half are not needed; overdue for three hours in another life.
func TestAvailabilityOfSeed(t *testing.T) {
	t.Parallel()
	from, to := instant(t, "2023-08-01T00:00").Time, instant(t, "2023-09-01T00:00").Time
	ahead := instant(t, "09:00").Sub(instant(t, "2023-08-01T15:00").Time)
	early := seedLife(t).at("14:30").end(notice.ClosesNow).state
	late := seedLife(t).at("20:00").end(notice.ClosesNow).state
	exercise := early
	exercise.Notice.Exercise = true
	for name, c := range map[string]struct {
		states   []notice.State
		mode     string
		from, to time.Time
		want     notice.Availability
	}{
		"early":        {[]notice.State{early}, "edi", from, to, notice.Availability{Planned: hours(5.5), Fallback: hours(5.5), Outages: 1, Ahead: []time.Duration{ahead}}},
		"late":         {[]notice.State{late}, "edi", from, to, notice.Availability{Planned: hours(8), Unplanned: hours(3), Overdue: hours(3), Fallback: hours(11), Outages: 1, Ahead: []time.Duration{ahead}}},
		"both":         {[]notice.State{early, late}, "edi", from, to, notice.Availability{Planned: hours(8), Unplanned: hours(3), Overdue: hours(3), Fallback: hours(11), Outages: 2, Ahead: []time.Duration{ahead, ahead}}},
		"exercise":     {[]notice.State{exercise}, "edi", from, to, notice.Availability{}},
		"another mode": {[]notice.State{early}, "fax", from, to, notice.Availability{}},
		"cut off":      {[]notice.State{late}, "edi", instant(t, "10:00").Time, instant(t, "12:00").Time, notice.Availability{Planned: hours(2), Fallback: hours(2), Outages: 1}},
		"running":      {[]notice.State{seedLife(t).state}, "edi", from, instant(t, "18:00").Time, notice.Availability{Planned: hours(8), Unplanned: hours(1), Overdue: hours(1), Fallback: hours(9), Outages: 1, Ahead: []time.Duration{ahead}}},
		"before":       {[]notice.State{late}, "edi", from, instant(t, "08:00").Time, notice.Availability{}},
	} {
		got := notice.AvailabilityOf(c.states, "delta-g", c.mode, c.from, c.to)
		if figures(got) != figures(c.want) {
			t.Errorf("%s:\n got %s\nwant %s", name, figures(got), figures(c.want))
		}
	}
	got := notice.AvailabilityOf([]notice.State{late}, "delta-g", "edi", from, to)
	if share, ok := got.Share(); !ok || fmt.Sprintf("%.5f", share) != fmt.Sprintf("%.5f", 1-11.0/744) {
		t.Errorf("share %v %v", share, ok)
	}
	if _, ok := (notice.Availability{}).Share(); ok {
		t.Error("an empty period has a share")
	}
}

// TestAvailabilityOverdueThenExtended: who was overdue until somebody gave a
// new end stays so, though the notice now speaks of the new end alone.
func TestAvailabilityOverdueThenExtended(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("18:00").do(notice.Extended{Until: instant(t, "20:00")}).at("21:00").end(notice.ClosesNow)
	got := notice.AvailabilityOf([]notice.State{l.state}, "delta-g", "edi", instant(t, "00:00").Time, instant(t, "23:00").Time)
	if got.Planned != hours(10) || got.Overdue != hours(2) || got.Unplanned != hours(2) {
		t.Error(figures(got))
	}
}

// TestAvailabilityClocks: the night on which clocks are put back is an hour
// longer.
func TestAvailabilityClocks(t *testing.T) {
	t.Parallel()
	n := seed(t)
	n.Windows = []notice.Window{window(t, "2023-10-29T00:00", "2023-10-29T06:00")}
	l := live(t).publish(n).at("2023-10-29T06:00").end(notice.ClosesNow)
	got := notice.AvailabilityOf([]notice.State{l.state}, "delta-g", "edi", instant(t, "2023-10-29T00:00").Time, instant(t, "2023-10-30T00:00").Time)
	if share, _ := got.Share(); got.Planned != hours(7) || fmt.Sprintf("%.4f", share) != "0.7200" {
		t.Errorf("%s, %v", figures(got), share)
	}
}

// TestAvailabilityMedian is the middle of what was announced.
func TestAvailabilityMedian(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ahead []time.Duration
		want  time.Duration
	}{{[]time.Duration{hours(1)}, hours(1)}, {[]time.Duration{hours(1), hours(3)}, hours(2)}, {[]time.Duration{hours(1), hours(3), hours(30)}, hours(3)}} {
		a := notice.Availability{Ahead: c.ahead}
		if got, ok := a.Median(); !ok || got != c.want {
			t.Errorf("median of %v: %v", c.ahead, got)
		}
		if got, ok := a.Shortest(); !ok || got != c.ahead[0] {
			t.Errorf("shortest of %v: %v", c.ahead, got)
		}
	}
}

// TestAvailabilityCounted compares the figures of random stories with a count
// minute by minute that knows nothing of stretches.
func TestAvailabilityCounted(t *testing.T) {
	t.Parallel()
	total := notice.Availability{}
	for n := range uint64(60) {
		var states []notice.State
		for i := range 2 {
			states = append(states, minuteStory(t, n, i))
		}
		from := instant(t, "2023-08-02T07:13").Time
		to := from.Add(time.Duration(3+n%5) * 24 * time.Hour)
		for _, mode := range []string{"edi", "dti"} {
			got, want := notice.AvailabilityOf(states, "delta-g", mode, from, to), countMinutes(states, "delta-g", mode, from, to)
			got.Ahead = nil
			if figures(got) != figures(want) {
				t.Errorf("story %d, %s:\n got %s\nwant %s", n, mode, figures(got), figures(want))
			}
			total.Planned, total.Unplanned, total.Overdue = total.Planned+got.Planned, total.Unplanned+got.Unplanned, total.Overdue+got.Overdue
			total.Degraded, total.Fallback = total.Degraded+got.Degraded, total.Fallback+got.Fallback
		}
	}
	if least := min(total.Planned, total.Unplanned, total.Overdue, total.Degraded, total.Fallback); least < hours(24) {
		t.Errorf("the stories try too little: %s", figures(total))
	}
}

// minuteStory is a random story in which everything happens at whole minutes.
func minuteStory(t *testing.T, seed uint64, id int) notice.State {
	s := &story{life: live(t), rand: rand.New(rand.NewPCG(seed, uint64(100+id)))}
	s.state.ID = fmt.Sprint("n", id)
	text := s.text()
	if s.rand.IntN(3) == 0 {
		text.Kind = notice.Incident
	}
	s.publish(text)
	for range 14 {
		s.now = s.now.Add(time.Duration(1+s.rand.IntN(8*60)) * time.Minute)
		_ = s.try(s.act()) // what may not happen does not
	}
	return s.state
}

// countMinutes asks of each minute what the notices say of it.
func countMinutes(states []notice.State, service, mode string, from, to time.Time) notice.Availability {
	var a notice.Availability
	outages := map[string]bool{}
	knew := map[string]func(time.Time) notice.State{}
	for _, s := range states {
		knew[s.ID] = knownOf(s)
	}
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		m := minuteOf(states, knew, service, mode, at)
		for _, outage := range m.outages {
			outages[outage] = true
		}
		if m.fallback {
			a.Fallback += time.Minute
		}
		switch {
		case m.effect == notice.Degraded:
			a.Degraded += time.Minute
		case m.effect == notice.Closed:
			a.Closed += time.Minute
		case m.effect == notice.Interrupted && (m.unplanned || m.overdue):
			a.Unplanned += time.Minute
			if m.overdue {
				a.Overdue += time.Minute
			}
		case m.effect == notice.Interrupted:
			a.Planned += time.Minute
		}
	}
	a.Outages = len(outages)
	return a
}

// A minute is what holds at one.
type minute struct {
	effect                       notice.Effect
	unplanned, overdue, fallback bool
	outages                      []string
}

func minuteOf(states []notice.State, knew map[string]func(time.Time) notice.State, service, mode string, at time.Time) minute {
	m := minute{effect: notice.Unaffected}
	order := notice.Effect("").Values()
	ours := func(span notice.Span) bool { return span.Service == service && span.Mode == mode }
	for _, s := range states {
		for _, span := range s.Spans {
			if !ours(span) {
				continue
			}
			if _, open := span.Authorised(at); open {
				m.fallback = true
			}
			if !span.On(at) {
				continue
			}
			if slices.Index(order, string(span.Effect)) > slices.Index(order, string(m.effect)) {
				m.effect = span.Effect
			}
			if span.Effect != notice.Interrupted {
				continue
			}
			m.outages = append(m.outages, fmt.Sprint(s.ID, span.Occurrence))
			m.unplanned = m.unplanned || span.Kind == notice.Incident || span.Kind == notice.Degradation
			m.overdue = m.overdue || slices.ContainsFunc(knew[s.ID](at).Spans, func(o notice.Span) bool { return ours(o) && o.Overdue(at) })
		}
	}
	return m
}

// knownOf gives what was known of a notice at an instant; each fold is made once.
func knownOf(s notice.State) func(time.Time) notice.State {
	folds := map[int]notice.State{}
	return func(at time.Time) notice.State {
		known := notice.Known(s.Events, at)
		if _, ok := folds[len(known)]; !ok {
			folds[len(known)] = notice.Fold(known)
		}
		return folds[len(known)]
	}
}
