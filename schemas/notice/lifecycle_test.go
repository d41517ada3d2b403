package notice_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// table is the life cycle as people read it: x where an act may happen, and who
// may do it. Each of its cells is tried, and so is each that is empty.
const table = `
act              unpublished announced running ended postponed cancelled  by
published        x           .         .       .     .         .          signatory
corrected        .           x         x       x     .         .          signatory
changed          .           x         x       .     .         .          signatory duty
postponed        .           x         .       .     x         .          signatory
extended         .           .         x       .     .         .          signatory duty
progressed       .           .         x       .     .         .          drafter signatory duty
reminded         .           x         x       .     .         .          clock
started          .           .         x       .     .         .          clock
overdue          .           .         x       .     .         .          clock
nudged           .           .         x       .     .         .          clock
fallback-opened  .           x         x       .     .         .          signatory duty
fallback-closed  .           x         x       x     .         .          signatory duty
recovered        .           .         x       .     .         .          signatory duty
ended            .           .         x       .     .         .          signatory duty
resumed          .           x         x       x     .         .          signatory duty
cancelled        .           x         .       .     x         .          signatory
reinstated       .           .         .       .     .         x          signatory
`

// phases are notices in each phase at 10h00 on 8 August, in which every act
// that the table allows makes sense: there is an end to take back, and a
// fallback to close.
func phases(t *testing.T) map[string]*life {
	twice := seed(t)
	twice.Windows = []notice.Window{window(t, "2023-08-07T09:00", "2023-08-07T17:00"), window(t, "2023-08-09T09:00", "2023-08-09T17:00")}
	return map[string]*life{
		"unpublished": live(t).at("10:00"),
		"announced":   live(t).publish(twice).at("2023-08-07T12:00").end(notice.ClosesNow).at("10:00"),
		"running":     seedLife(t).at("09:30").recover(notice.ClosesNow, nil, []string{"edi"}).at("10:00"),
		"ended":       seedLife(t).at("09:30").end(notice.ClosesLater).at("10:00"),
		"postponed":   seedLife(t).do(notice.Postponed{}).at("10:00"),
		"cancelled":   seedLife(t).do(notice.Cancelled{}).at("10:00"),
	}
}

func acts(t *testing.T) map[string]notice.Act {
	n := seed(t)
	scope := house(t).Catalogue.Resolve(n)
	now := notice.FallbackAfter{Closes: notice.ClosesNow}
	later := []notice.Window{window(t, "2023-08-20T09:00", "2023-08-20T17:00")}
	all := map[string]notice.Act{}
	for _, act := range []notice.Act{
		notice.Published{Notice: n, Scope: scope}, notice.Corrected{Notice: n, Scope: scope}, notice.Changed{Notice: n, Scope: scope},
		notice.Postponed{Windows: later}, notice.Extended{Until: instant(t, "19:00")}, notice.Progressed{Text: "Les travaux avancent."},
		notice.Reminded{}, notice.Started{}, notice.Overdue{}, notice.Nudged{Reason: notice.WaitsForEnd},
		notice.FallbackOpened{Fallback: notice.Fallback{Authorised: true}}, notice.FallbackClosed{},
		notice.Recovered{At: instant(t, "10:00"), Modes: []string{"dti", "dti-plus"}, Fallback: now},
		notice.Ended{At: instant(t, "10:00"), Fallback: now},
		notice.Resumed{}, notice.Cancelled{}, notice.Reinstated{},
	} {
		all[string(act.Type())] = act
	}
	return all
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	rows := strings.Split(strings.TrimSpace(table), "\n")
	head := strings.Fields(rows[0])
	lives, all := phases(t), acts(t)
	if len(rows)-1 != len(notice.Rules()) || len(all) != len(notice.Rules()) {
		t.Fatalf("the table has %d acts, there are %d rules and %d acts to try", len(rows)-1, len(notice.Rules()), len(all))
	}
	for _, row := range rows[1:] {
		cells := strings.Fields(row)
		act, by := all[cells[0]], cells[len(head)-1:]
		for i, cell := range cells[1 : len(head)-1] {
			phase := head[i+1]
			l := lives[phase]
			l.phase("10:00", notice.Phase(phase))
			for _, role := range notice.Role("").Values() {
				_, err := notice.Decide(l.state, notice.Command{ID: "c", Roles: []notice.Role{notice.Role(role)}, Act: act}, l.now)
				var want error
				switch {
				case !slices.Contains(by, role):
					want = notice.ErrForbidden
				case cell != "x":
					want = notice.ErrConflict
				}
				if !errors.Is(err, want) {
					t.Errorf("%s by %s while %s: %v, want %v", cells[0], role, phase, err, want)
				}
				if want != nil && len(err.Error()) < len(want.Error())+20 {
					t.Errorf("%s by %s while %s: %q gives no reason", cells[0], role, phase, err)
				}
			}
		}
	}
}

// TestRules: what each act makes.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, r := range notice.Rules() {
		if !slices.Contains(notice.Lanes, r.Lane) {
			t.Errorf("%s: no such lane: %q", r.Act, r.Lane)
		}
		if r.Private() != (r.Act == notice.TypeNudged) || r.Private() && (r.Letter || r.Amends) {
			t.Errorf("%s: the bureau alone is told %v, of a letter %v, of an amendment %v", r.Act, r.Private(), r.Letter, r.Amends)
		}
		if r.Letter && !r.Amends {
			t.Errorf("%s has a letter and leaves the notice as it was", r.Act)
		}
		if slices.Equal(r.By, []notice.Role{notice.Clock}) && r.Amends {
			t.Errorf("%s: time itself amends a notice", r.Act)
		}
		if got, ok := notice.RuleOf(r.Act); !ok || got.Act != r.Act {
			t.Errorf("RuleOf(%s) = %s, %v", r.Act, got.Act, ok)
		}
	}
	if _, ok := notice.RuleOf("forgotten"); ok {
		t.Error("there is a rule for what is not an act")
	}
}
