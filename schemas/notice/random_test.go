package notice_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestRandomStories lives a few hundred random lives, the same at each run, and
// looks at what must hold in all of them, whatever people do.
func TestRandomStories(t *testing.T) {
	t.Parallel()
	done := map[notice.Type]int{}
	for n := range uint64(150) {
		story := &story{life: live(t), rand: rand.New(rand.NewPCG(n, 1))}
		story.publish(story.text())
		for range 30 {
			story.step()
		}
		story.refold()
		for _, e := range story.state.Events {
			done[e.Act.Type()]++
		}
		if t.Failed() {
			t.Fatalf("in story %d: %v", n, story.told())
		}
	}
	for _, r := range notice.Rules() {
		if done[r.Act] < 10 {
			t.Errorf("%s was done %d times: the stories try too little", r.Act, done[r.Act])
		}
	}
}

type story struct {
	*life
	rand *rand.Rand
}

func (s *story) told() []notice.Type {
	var all []notice.Type
	for _, e := range s.state.Events {
		all = append(all, e.Act.Type())
	}
	return all
}

// step lets time go by, and then a random act is tried, or the clock ticks.
func (s *story) step() {
	s.now = s.now.Add(time.Duration(s.rand.IntN(8*3600)) * time.Second)
	if s.rand.IntN(3) == 0 {
		for _, act := range notice.Due(s.state, s.now) {
			s.do(act)
		}
		if left := notice.Due(s.state, s.now); len(left) > 0 {
			s.Errorf("told of what was due, the clock owes %v", left)
		}
		return
	}
	act := s.act()
	before := s.state
	before.Events = nil // which only grow
	image := imageOf(before)
	ons := s.on(before)
	phase := before.Phase(s.now)
	err := s.try(act)
	if image != imageOf(before) {
		s.Errorf("%s changed the state before it", act.Type())
	}
	if err != nil {
		return
	}
	rule, _ := notice.RuleOf(act.Type())
	if !slices.Contains(rule.In, phase) {
		s.Errorf("%s happened while %s", act.Type(), phase)
	}
	s.held(act, ons)
}

// refold: the events add up to the same state again, also as they are written.
func (s *story) refold() {
	want := imageOf(s.state)
	if imageOf(notice.Fold(s.state.Events)) != want {
		s.Error("the events fold to another state")
	}
	if imageOf(s.reread()) != want {
		s.Error("the events as they are written fold to another state")
	}
}

// held: what was on is on, but for those acts by which people say otherwise.
func (s *story) held(act notice.Act, before map[string]bool) {
	switch act.(type) {
	case notice.Ended, notice.Recovered, notice.Corrected, notice.Changed:
		return
	}
	now := s.on(s.state)
	for key := range before {
		if !now[key] {
			s.Errorf("%s ended %s", act.Type(), key)
		}
	}
}

// on is what the notice strikes now, by service and mode. It also holds that
// time alone ends nothing.
func (s *story) on(state notice.State) map[string]bool {
	on := map[string]bool{}
	for _, span := range state.Spans {
		if span.On(s.now) {
			on[span.Service+"/"+span.Mode] = true
			if !span.Over.IsZero() || !span.On(s.now.AddDate(1, 0, 0)) {
				s.Errorf("%+v ends by itself", span)
			}
		}
		if !span.Over.IsZero() && span.Over.Before(span.Start.Time) {
			s.Errorf("%+v is over before it starts", span)
		}
		if span.PlannedEnd.IsZero() && span.Overdue(s.now) {
			s.Errorf("%+v has no planned end and is overdue", span)
		}
	}
	if len(on) > 0 && state.Phase(s.now) != notice.Running {
		s.Errorf("%d services and modes are out and the notice is %s", len(on), state.Phase(s.now))
	}
	return on
}

// reread is what a reader makes of the events as they are written.
func (s *story) reread() notice.State {
	var events []notice.Event
	for _, e := range s.state.Events {
		text, err := json.Marshal(e)
		if err != nil {
			s.Fatal(err)
		}
		var back notice.Event
		if err := json.Unmarshal(text, &back); err != nil {
			s.Fatal(err)
		}
		events = append(events, back)
	}
	return notice.Fold(events)
}

// imageOf is all that others see of a state, in a form that compares.
func imageOf(s notice.State) string {
	s.Events = slices.Clone(s.Events)
	for i, e := range s.Events {
		s.Events[i].Time = e.Time.UTC()
	}
	s.Published, s.Updated = s.Published.UTC(), s.Updated.UTC()
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (s *story) hours(most int) notice.Time {
	return notice.At(s.now.Add(time.Duration(s.rand.IntN(most*60)+1) * time.Minute))
}

func (s *story) windows() []notice.Window {
	var all []notice.Window
	start := s.hours(20)
	for range 1 + s.rand.IntN(2) {
		w := notice.Window{Start: start, End: notice.At(start.Add(time.Duration(1+s.rand.IntN(8)) * time.Hour))}
		start = notice.At(w.End.Add(time.Duration(1+s.rand.IntN(20)) * time.Hour))
		if s.rand.IntN(4) == 0 {
			w.MayExtendUntil = notice.At(w.End.Add(30 * time.Minute))
		}
		all = append(all, w)
	}
	if s.rand.IntN(4) == 0 {
		all[len(all)-1].End, all[len(all)-1].MayExtendUntil = notice.Time{}, notice.Time{}
	}
	return all
}

func (s *story) services() []string {
	all := []string{"delta-g", "delta-t", "ecs", "gamma"}
	s.rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:1+s.rand.IntN(3)]
}

func (s *story) text() notice.Notice {
	n := seed(s)
	n.Services, n.Modes, n.Windows = s.services(), nil, s.windows()
	n.Reminders = [][]int{nil, {}, {2}, {6, 1}}[s.rand.IntN(4)]
	n.Fallback.Authorised = s.rand.IntN(2) == 0
	if !n.Fallback.Authorised {
		n.Fallback = notice.Fallback{}
	}
	if s.rand.IntN(3) == 0 {
		n.Scope = []notice.Scope{
			{Services: n.Services, Modes: []string{"edi"}, Fallback: n.Fallback},
			{Services: n.Services, Modes: []string{"dti"}, Windows: s.windows(), Effect: notice.Degraded},
		}
		n.Services, n.Effect, n.Messages, n.Fallback = nil, "", nil, notice.Fallback{}
	}
	return n
}

// act is a random act, sensible or not.
func (s *story) act() notice.Act {
	closes := notice.Closes("").Values()
	after := notice.FallbackAfter{Closes: notice.Closes(closes[s.rand.IntN(len(closes))])}
	if after.Closes == notice.ClosesAt {
		after.At = s.hours(4)
	}
	amended := s.state.Notice
	amended.Cause.Text = "une opération"
	switch s.rand.IntN(4) {
	case 0:
		amended = s.text()
	case 1:
		amended.Windows = s.windows()
	}
	scope := s.catalogue.Resolve(amended)
	now := notice.At(s.now)
	switch s.rand.IntN(15) {
	case 0:
		return notice.Corrected{Notice: amended, Scope: scope}
	case 1:
		return notice.Changed{Notice: amended, Scope: scope}
	case 2:
		return notice.Postponed{Windows: s.windows()}
	case 3:
		return notice.Postponed{}
	case 4:
		return notice.Extended{Until: s.hours(12)}
	case 5:
		return notice.Progressed{Text: "Les travaux avancent.", Next: s.hours(3)}
	case 6:
		return notice.FallbackOpened{Services: s.services(), Fallback: notice.Fallback{Authorised: true}}
	case 7:
		return notice.FallbackClosed{Services: s.services()}
	case 8:
		return notice.Recovered{At: now, Services: s.services(), Fallback: after}
	case 9:
		return notice.Recovered{At: now, Modes: []string{"edi"}, Fallback: after}
	case 10:
		return notice.Ended{At: now, Fallback: after}
	case 11:
		return notice.Cancelled{}
	case 12:
		return notice.Reinstated{Windows: s.windows()}
	case 13:
		return notice.Reinstated{}
	}
	return notice.Resumed{}
}
