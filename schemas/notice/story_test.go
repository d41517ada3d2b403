package notice_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// instant reads legal time; a time of day is one of 8 August 2023, the day of
// the seed.
func instant(t testing.TB, clock string) notice.Time {
	t.Helper()
	if len(clock) <= len("09:00:00") {
		clock = "2023-08-08T" + clock
	}
	var at notice.Time
	if err := at.UnmarshalText([]byte(clock)); err != nil {
		t.Fatal(err)
	}
	return at
}

func window(t testing.TB, start, end string) notice.Window {
	t.Helper()
	w := notice.Window{Start: instant(t, start)}
	if end != "" {
		w.End = instant(t, end)
	}
	return w
}

var loadHouse = sync.OnceValues(schemas.Default)

func house(t testing.TB) schemas.House {
	t.Helper()
	h, err := loadHouse()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// seed is the note of 1 August 2023.
func seed(t testing.TB) notice.Notice {
	t.Helper()
	h := house(t)
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n, ps := schemas.Check(text, h.Catalogue, h.Bureaus)
	if err := ps.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

// A life is one notice whose acts are decided one after the other.
type life struct {
	testing.TB
	catalogue notice.Catalogue
	state     notice.State
	now       time.Time
}

// live begins the life of a notice that is not published yet.
func live(t testing.TB) *life {
	t.Helper()
	l := &life{TB: t, catalogue: house(t).Catalogue}
	l.state.ID = "n1"
	return l.at("2023-08-01T15:00")
}

// seedLife is the life of the seed once it is published.
func seedLife(t testing.TB) *life {
	t.Helper()
	return live(t).publish(seed(t))
}

func (l *life) at(clock string) *life {
	l.Helper()
	l.now = instant(l, clock).Time
	return l
}

func (l *life) publish(n notice.Notice) *life {
	l.Helper()
	return l.do(notice.Published{Notice: n, Scope: l.catalogue.Resolve(n)})
}

func (l *life) correct(n notice.Notice) *life {
	l.Helper()
	return l.do(notice.Corrected{Notice: n, Scope: l.catalogue.Resolve(n), Reason: "erreur matérielle"})
}

func (l *life) change(n notice.Notice) *life {
	l.Helper()
	return l.do(notice.Changed{Notice: n, Scope: l.catalogue.Resolve(n), Reason: "évolution"})
}

// end says that it is over now, and what becomes of the fallback.
func (l *life) end(closes notice.Closes) *life {
	l.Helper()
	return l.do(notice.Ended{At: notice.At(l.now), Fallback: notice.FallbackAfter{Closes: closes}})
}

// recover says that some services and modes are back now.
func (l *life) recover(closes notice.Closes, services, modes []string) *life {
	l.Helper()
	return l.do(notice.Recovered{At: notice.At(l.now), Services: services, Modes: l.catalogue.WithSubmodes(modes),
		Fallback: notice.FallbackAfter{Closes: closes}})
}

func (l *life) do(act notice.Act) *life {
	l.Helper()
	if err := l.try(act); err != nil {
		l.Fatalf("%s at %s: %v", act.Type(), l.now, err)
	}
	return l
}

// try decides an act in whatever role may do it, and adds it to the state.
func (l *life) try(act notice.Act) error {
	l.Helper()
	rule, ok := notice.RuleOf(act.Type())
	if !ok {
		l.Fatalf("no rule for %s", act.Type())
	}
	command := notice.Command{ID: fmt.Sprint("c", l.state.Number+1), Roles: rule.By, Act: act}
	e, err := notice.Decide(l.state, command, l.now)
	if err == nil {
		l.state = l.state.With(e)
	}
	return err
}

// mode is the outlook on a service and mode at an instant of the story, from
// all that is known of its notices.
func (l *life) mode(clock, service, mode string, others ...*life) notice.ModeOutlook {
	l.Helper()
	states := []notice.State{l.state}
	for _, o := range others {
		states = append(states, o.state)
	}
	return look(l, states, notice.EnvProduction, instant(l, clock).Time, service, mode)
}

func look(t testing.TB, states []notice.State, env notice.Environment, at time.Time, service, mode string) notice.ModeOutlook {
	t.Helper()
	for _, s := range notice.OutlookAt(house(t).Catalogue, env, states, at).Services {
		for _, m := range s.Modes {
			if s.Service == service && m.Mode == mode {
				return m
			}
		}
	}
	t.Fatalf("no outlook on %s in %s", service, mode)
	return notice.ModeOutlook{}
}

// says is an outlook in one line: effect, whether overdue, planned end, whether
// the fallback is authorised, and until when.
func says(m notice.ModeOutlook) string {
	text := string(m.Effect)
	if m.Overdue {
		text += " overdue"
	}
	if !m.Until.IsZero() {
		text += " until " + m.Until.Format("15:04")
	}
	if m.Fallback != nil {
		text += ", fallback"
		if !m.Fallback.Until.IsZero() {
			text += " until " + m.Fallback.Until.Format("15:04")
		}
	}
	return text
}

// expect compares what the outlook says at several instants.
func (l *life) expect(service, mode string, want ...string) *life {
	l.Helper()
	for i := 0; i+1 < len(want); i += 2 {
		if got := says(l.mode(want[i], service, mode)); got != want[i+1] {
			l.Errorf("%s in %s at %s: %q, want %q", service, mode, want[i], got, want[i+1])
		}
	}
	return l
}

// due are the names of the acts that the clock owes, with their instants.
func (l *life) due(clock string) string {
	l.Helper()
	text := ""
	for _, act := range notice.Due(l.state, instant(l, clock).Time) {
		switch act := act.(type) {
		case notice.Started:
			text += fmt.Sprintf("started %s+%d ", act.Planned.Format("15:04"), act.LateS)
		case notice.Overdue:
			text += fmt.Sprintf("overdue %s+%d ", act.Planned.Format("15:04"), act.LateS)
		case notice.Reminded:
			text += fmt.Sprintf("reminded %d %s -%d ", act.Occurrence, act.Start.Format("02/01 15:04"), act.Hours)
			if act.LateS > 0 {
				text += fmt.Sprintf("late %d ", act.LateS)
			}
		default:
			text += string(act.Type()) + " "
		}
	}
	return text
}

// tick does what the clock owes at an instant.
func (l *life) tick(clock string) *life {
	l.Helper()
	l.at(clock)
	for _, act := range notice.Due(l.state, l.now) {
		l.do(act)
	}
	return l
}

func (l *life) phase(clock string, want notice.Phase) *life {
	l.Helper()
	if got := l.state.Phase(instant(l, clock).Time); got != want {
		l.Errorf("at %s the notice is %s, want %s", clock, got, want)
	}
	return l
}
