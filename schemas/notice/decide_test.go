package notice_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestDecide: what an event says of itself.
func TestDecide(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("10:00")
	roles := []notice.Role{notice.Administrator, notice.Drafter, notice.DutyOfficer, notice.Signer}
	e, err := notice.Decide(l.state, notice.Command{ID: "c9", Roles: roles, Act: notice.Progressed{Text: "Les travaux avancent."}}, l.now)
	if err != nil {
		t.Fatal(err)
	}
	if e.Number != 2 || e.Version != 1 || e.By != notice.Drafter || e.Notice != "n1" || e.Command != "c9" || !e.Time.Equal(l.now) || e.ID != "" {
		t.Errorf("a progress message: %+v", e)
	}
	e, err = notice.Decide(l.state, notice.Command{ID: "c9", Roles: roles, Act: notice.Extended{Until: instant(t, "19:00")}}, l.now)
	if err != nil || e.Number != 2 || e.Version != 2 || e.By != notice.DutyOfficer {
		t.Errorf("an extension: %+v, %v", e, err)
	}
	if _, err = notice.Decide(l.state, notice.Command{Act: notice.Extended{}}, l.now); !errors.Is(err, notice.ErrForbidden) {
		t.Errorf("an act of nobody: %v", err)
	}
	if _, err = notice.Decide(l.state, notice.Command{Roles: roles, Act: strange{}}, l.now); !errors.Is(err, notice.ErrInvalid) {
		t.Errorf("what is not an act: %v", err)
	}
}

// TestPrevious: what amends says what was said before, whatever its author
// thought of it; a text made to replace another one is refused.
func TestPrevious(t *testing.T) {
	t.Parallel()
	l := seedLife(t)
	first := l.state.Notice
	moved := []notice.Window{window(t, "2023-08-09T09:00", "2023-08-09T17:00")}
	last := func() notice.Act { return l.state.Events[len(l.state.Events)-1].Act }
	l.do(notice.Postponed{Windows: moved, Previous: moved})
	if got := last().(notice.Postponed).Previous; fmt.Sprint(got) != fmt.Sprint(first.Windows) {
		t.Errorf("postponed from %v", got)
	}
	general := first
	lines(&general)
	general.Kind = notice.Information
	g := live(t).publish(general).do(notice.Postponed{}).do(notice.Postponed{Windows: moved})
	if got := g.state.Events[1].Act.(notice.Postponed).Previous; fmt.Sprint(got) != fmt.Sprint(first.Windows) {
		t.Errorf("an information that names no service is postponed from %v", got)
	}
	if got := g.state.Events[2].Act.(notice.Postponed).Previous; len(got) != 0 {
		t.Errorf("what was postponed sine die is postponed from %v", got)
	}
	l.at("2023-08-09T10:00").do(notice.Extended{Until: instant(t, "2023-08-09T19:00"), Previous: moved[0].Start})
	if got := last().(notice.Extended).Previous; !got.Equal(moved[0].End.Time) {
		t.Errorf("extended from %v", got)
	}
	now := l.state.Notice
	l.correct(first)
	if got := last().(notice.Corrected).Previous; !reflect.DeepEqual(got, now) {
		t.Errorf("corrected from %+v, want %+v", got, now)
	}
	stale := notice.Changed{Notice: now, Scope: l.state.Scope, Previous: now}
	if err := l.try(stale); !errors.Is(err, notice.ErrConflict) || !strings.Contains(err.Error(), "has changed since") {
		t.Errorf("a text made to replace another: %v", err)
	}
	stale.Previous = l.state.Notice
	l.do(stale).do(notice.Extended{})
	if got := last().(notice.Extended).Previous; !got.Equal(instant(t, "2023-08-09T19:00").Time) {
		t.Errorf("until further notice, from %v", got)
	}
	l.do(notice.Extended{Until: instant(t, "2023-08-10T19:00")})
	if got := last().(notice.Extended).Previous; !got.IsZero() {
		t.Errorf("extended from a planned end that was not known: %v", got)
	}
}

type strange struct{}

func (strange) Type() notice.Type { return "forgotten" }

// TestVersions: each event has the next number; those that amend, the next
// version.
func TestVersions(t *testing.T) {
	t.Parallel()
	l := seedLife(t).tick("09:00").do(notice.Progressed{Text: "x"}).do(notice.Extended{}).at("14:30").end(notice.ClosesNow)
	version := 0
	for i, e := range l.state.Events {
		if rule, _ := notice.RuleOf(e.Act.Type()); rule.Amends {
			version++
		}
		if e.Number != i+1 || e.Version != version {
			t.Errorf("event %d, %s: number %d, version %d; want version %d", i+1, e.Act.Type(), e.Number, e.Version, version)
		}
	}
	if l.state.Number != 5 || l.state.Version != version || !l.state.Updated.Equal(l.now) || !l.state.Published.Equal(instant(t, "2023-08-01T15:00").Time) {
		t.Errorf("the state: number %d, version %d, from %s to %s", l.state.Number, l.state.Version, l.state.Published, l.state.Updated)
	}
}

// TestInsensible: acts whose facts cannot be.
func TestInsensible(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("12:00")
	now, fallback := instant(t, "12:00"), notice.Fallback{Authorised: true}
	closes := func(c notice.Closes, at notice.Time) notice.FallbackAfter {
		return notice.FallbackAfter{Closes: c, At: at}
	}
	for _, c := range []struct {
		name string
		act  notice.Act
		want error
	}{
		{"end to come", notice.Ended{At: instant(t, "12:01"), Fallback: closes(notice.ClosesNow, notice.Time{})}, notice.ErrInvalid},
		{"end before the start", notice.Ended{At: instant(t, "08:59"), Fallback: closes(notice.ClosesNow, notice.Time{})}, notice.ErrInvalid},
		{"end without a time", notice.Ended{Fallback: closes(notice.ClosesNow, notice.Time{})}, notice.ErrInvalid},
		{"fallback not said", notice.Ended{At: now}, notice.ErrInvalid},
		{"fallback open and none", notice.Ended{At: now, Fallback: closes(notice.ClosesNone, notice.Time{})}, notice.ErrInvalid},
		{"closes at no time", notice.Ended{At: now, Fallback: closes(notice.ClosesAt, notice.Time{})}, notice.ErrInvalid},
		{"closes now, at a time", notice.Ended{At: now, Fallback: closes(notice.ClosesNow, now)}, notice.ErrInvalid},
		{"closes before the end", notice.Ended{At: now, Fallback: closes(notice.ClosesAt, instant(t, "11:00"))}, notice.ErrInvalid},
		{"recovery of what is not out", notice.Recovered{At: now, Services: []string{"gamma"}, Fallback: closes(notice.ClosesNow, notice.Time{})}, notice.ErrConflict},
		{"progress without a word", notice.Progressed{}, notice.ErrInvalid},
		{"opening that does not authorise", notice.FallbackOpened{}, notice.ErrInvalid},
		{"opening that ends before", notice.FallbackOpened{Fallback: notice.Fallback{Authorised: true, Until: instant(t, "11:00")}}, notice.ErrInvalid},
		{"opening for what is not out", notice.FallbackOpened{Services: []string{"gamma"}, Fallback: fallback}, notice.ErrConflict},
		{"closing where none is open", notice.FallbackClosed{Services: []string{"gamma"}}, notice.ErrConflict},
		{"taking back no end", notice.Resumed{}, notice.ErrConflict},
	} {
		before := l.state.Number
		if err := l.try(c.act); !errors.Is(err, c.want) || l.state.Number != before {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestEndAt: an end may be said after it was reached; what lies between counts
// as over.
func TestEndAt(t *testing.T) {
	t.Parallel()
	l := seedLife(t).at("15:10").do(notice.Ended{At: instant(t, "14:30"), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	l.expect("ecs", "edi", "14:29", "interrupted until 17:00, fallback until 14:30", "14:30", "unaffected")
	s := notice.Fold(notice.Known(l.state.Events, instant(t, "15:09").Time))
	if got := says(look(t, []notice.State{s}, notice.EnvProduction, instant(t, "15:00").Time, "ecs", "edi")); got != "interrupted until 17:00, fallback" {
		t.Errorf("before it was said: %q", got)
	}
	if d := l.state.Updated.Sub(instant(t, "14:30").Time); d != 40*time.Minute {
		t.Errorf("said %v after", d)
	}
}
