package notice_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// effects and sends from mildest to strictest, as the rules of overlap have them.
var (
	effectOrder = []notice.Effect{notice.Unaffected, notice.Degraded, notice.Interrupted, notice.Closed}
	sendOrder   = []notice.Send{notice.NotStated, notice.Allowed, notice.Discouraged, notice.Forbidden}
)

// TestOverlapTable goes through every pair of what two notices may say of one
// service and mode at once.
func TestOverlapTable(t *testing.T) {
	t.Parallel()
	at := instant(t, "10:00")
	open := []notice.Opening{{From: at}}
	for i, a := range effectOrder {
		for j, b := range effectOrder {
			for k, sa := range sendOrder {
				for l, sb := range sendOrder {
					one := notice.Span{Notice: "a", Effect: a, Start: at, PlannedEnd: instant(t, "12:00"), Messages: notice.Messages{notice.Create: sa}}
					two := notice.Span{Notice: "b", Effect: b, Start: at, PlannedEnd: instant(t, "14:00"), Messages: notice.Messages{notice.Create: sb}}
					if (i+j+k+l)%2 == 0 {
						two.Fallbacks = open
					}
					m := notice.ModeAt([]notice.Span{one, two}, at.Time)
					if m.Effect != effectOrder[max(i, j)] || m.Messages[notice.Create] != sendOrder[max(k, l)] || (m.Fallback != nil) != (two.Fallbacks != nil) {
						t.Errorf("%s with %q beside %s with %q: %s, %q, %v", a, sa, b, sb, m.Effect, m.Messages[notice.Create], m.Fallback)
					}
					one.Over = at // and the other holds
					if m := notice.ModeAt([]notice.Span{one, two}, at.Time); m.Effect != b || m.Messages[notice.Create] != sb {
						t.Errorf("%s ended beside %s: %s", a, b, m.Effect)
					}
				}
			}
		}
	}
}

// TestOverlaps lives random lives of three notices that strike the same
// services. Whatever people do: the outlook is the worst of what each notice
// says alone, whatever their order; it never gets better but by what people
// say; and it is the same when asked for later.
func TestOverlaps(t *testing.T) {
	t.Parallel()
	for n := range uint64(12) {
		w := &world{T: t, rand: rand.New(rand.NewPCG(n, 7))}
		for i := range 3 {
			s := &story{life: live(t), rand: w.rand}
			s.state.ID = fmt.Sprint("n", i)
			s.publish(s.text())
			w.stories = append(w.stories, s)
		}
		for range 40 {
			w.step()
		}
		w.again()
		if t.Failed() {
			t.Fatalf("in world %d", n)
		}
	}
}

// A world is several notices that live at once, and what the public was told.
type world struct {
	*testing.T
	rand    *rand.Rand
	stories []*story
	told    []sight
}

// A sight is what the outlook said at an instant.
type sight struct {
	at      time.Time
	effects map[string]notice.Effect
	image   string
}

func (w *world) step() {
	one := w.stories[w.rand.IntN(len(w.stories))]
	acts, now := len(one.state.Events), later(w.stories).Add(time.Duration(w.rand.IntN(4*3600)+1)*time.Second)
	for _, s := range w.stories {
		s.now = now
	}
	before := w.look(now)
	w.better(before, "time alone")
	w.told = append(w.told, before)
	one.tick(now.In(notice.Legal).Format("2006-01-02T15:04:05"))
	w.better(w.look(now), "the clock")
	one.now = now
	act := one.act()
	if err := one.try(act); err == nil && len(one.state.Events) > acts {
		w.others(one, before, act)
	}
	w.told[len(w.told)-1] = w.look(now)
}

func later(stories []*story) (now time.Time) {
	for _, s := range stories {
		if s.now.After(now) {
			now = s.now
		}
	}
	return now
}

func (w *world) states() []notice.State {
	var all []notice.State
	for _, s := range w.stories {
		all = append(all, s.state)
	}
	return all
}

// look asks for the outlook, and holds the rules of overlap against it.
func (w *world) look(at time.Time) sight {
	states := w.states()
	seen := sight{at, map[string]notice.Effect{}, ""}
	for _, service := range outlookOf(w, states, at).Services {
		for _, m := range service.Modes {
			key := service.Service + "/" + m.Mode
			seen.effects[key] = m.Effect
			seen.image += key + " " + says(m) + "\n"
			w.worst(key, m, states, at)
		}
	}
	w.rand.Shuffle(len(states), func(i, j int) { states[i], states[j] = states[j], states[i] })
	for _, service := range outlookOf(w, states, at).Services {
		for _, m := range service.Modes {
			if key := service.Service + "/" + m.Mode; seen.effects[key] != m.Effect {
				w.Errorf("in another order of notices %s is %s, not %s", key, m.Effect, seen.effects[key])
			}
		}
	}
	return seen
}

func outlookOf(t testing.TB, states []notice.State, at time.Time) notice.Outlook {
	return notice.OutlookAt(house(t).Catalogue, notice.EnvProduction, states, at)
}

// worst holds an outlook against what each notice says alone.
func (w *world) worst(key string, m notice.ModeOutlook, states []notice.State, at time.Time) {
	worst, strictest, authorised, overdue := 0, 0, false, false
	for _, s := range states {
		for _, span := range s.Spans {
			if span.Service+"/"+span.Mode != key {
				continue
			}
			_, open := span.Authorised(at)
			authorised = authorised || open
			if span.On(at) {
				worst = max(worst, slices.Index(effectOrder, span.Effect))
				strictest = max(strictest, slices.Index(sendOrder, span.Messages[notice.Create]))
				overdue = overdue || span.Overdue(at)
			}
		}
	}
	if m.Effect != effectOrder[worst] || m.Messages[notice.Create] != sendOrder[strictest] || (m.Fallback != nil) != authorised || m.Overdue != overdue {
		w.Errorf("%s is %+v, and its notices say %s, %q, %v, %v", key, m, effectOrder[worst], sendOrder[strictest], authorised, overdue)
	}
}

// better holds that nothing has got better since the public was told last.
func (w *world) better(now sight, why string) {
	if len(w.told) == 0 {
		return
	}
	for key, was := range w.told[len(w.told)-1].effects {
		if slices.Index(effectOrder, now.effects[key]) < slices.Index(effectOrder, was) {
			w.Errorf("%s made %s %s, which was %s", why, key, now.effects[key], was)
		}
	}
}

// others holds that what one notice says frees nothing that another strikes.
func (w *world) others(one *story, before sight, act notice.Act) {
	now := w.look(before.at)
	for _, s := range w.stories {
		for _, span := range s.state.Spans {
			key := span.Service + "/" + span.Mode
			if s != one && span.On(before.at) && slices.Index(effectOrder, now.effects[key]) < slices.Index(effectOrder, span.Effect) {
				w.Errorf("%s of %s freed %s, which %s strikes", act.Type(), one.state.ID, key, s.state.ID)
			}
		}
	}
}

// again asks what was said at each instant, from what is known now.
func (w *world) again() {
	for _, then := range w.told {
		var states []notice.State
		for _, s := range w.states() {
			states = append(states, notice.Fold(notice.Known(s.Events, then.at)))
		}
		image := ""
		for _, service := range outlookOf(w, states, then.at).Services {
			for _, m := range service.Modes {
				image += service.Service + "/" + m.Mode + " " + says(m) + "\n"
			}
		}
		if image != then.image {
			w.Errorf("of %s it is now said:\n%s, and it was:\n%s", then.at, image, then.image)
		}
	}
}
