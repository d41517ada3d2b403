package notice

import (
	"fmt"
	"slices"
	"strings"
)

// A Role is in what capacity somebody acts.
type Role string

// The roles. One account may hold several.
const (
	Clock         Role = "clock"         // time itself
	Drafter       Role = "drafter"       // rédacteur
	Signer        Role = "signatory"     // signataire
	DutyOfficer   Role = "duty"          // permanence
	Administrator Role = "administrator" // keeps catalogue and people; speaks for no notice
)

// Values lists the roles.
func (Role) Values() []string {
	return []string{"clock", "drafter", "signatory", "duty", "administrator"}
}

// UnmarshalText refuses what is not a role.
func (w *Role) UnmarshalText(b []byte) error { return setWord(w, b) }

// A Phase is where a notice stands in its life at an instant.
type Phase string

// The phases. A notice is overdue while running past its planned end: that is
// a property of its spans (Span.Overdue), not another phase.
const (
	Unpublished Phase = "unpublished"
	Announced   Phase = "announced" // its next window has not begun
	Running     Phase = "running"   // some service is out and nobody has said otherwise
	Over        Phase = "ended"
	Adjourned   Phase = "postponed" // sine die
	CalledOff   Phase = "cancelled"
)

// A Lane is the queue in which a mail waits: a higher one goes first.
type Lane string

// Lanes are those of the mail, most urgent first.
var Lanes = []Lane{LaneConfirmation, LaneStaff, LaneEnd, LaneStart, LaneAlert, LaneNotice, LaneDigest}

// The lanes.
const (
	LaneConfirmation Lane = "confirmation"
	LaneStaff        Lane = "staff"
	LaneEnd          Lane = "end"
	LaneStart        Lane = "start"
	LaneAlert        Lane = "alert" // the other alert acts
	LaneNotice       Lane = "notice"
	LaneDigest       Lane = "digest"
)

// A Rule is one row of the life cycle: what may follow what, who may do it,
// and what it makes.
type Rule struct {
	Act    Type
	In     []Phase // in which phases it may happen
	By     []Role
	Letter bool // a letter is made at once
	Lane   Lane // its mails; those of a letter wait for the letter
	Amends bool // it makes a new version of what the notice says: letter, calendar
}

var (
	anybody   = []Role{Drafter, Signer, DutyOfficer}
	onDuty    = []Role{Signer, DutyOfficer}
	signature = []Role{Signer}
	clock     = []Role{Clock}
	alive     = []Phase{Announced, Running}
)

// lifecycle is the whole life of a notice. Whatever it does not list may not
// happen.
var lifecycle = []Rule{
	// act              in                              by         letter  lane         amends
	{TypePublished, []Phase{Unpublished}, signature, true, LaneNotice, true},
	{TypeCorrected, []Phase{Announced, Running, Over}, signature, true, LaneNotice, true},
	{TypeChanged, alive, onDuty, true, LaneAlert, true},
	{TypePostponed, []Phase{Announced, Adjourned}, signature, true, LaneNotice, true},
	{TypeExtended, []Phase{Running}, onDuty, false, LaneAlert, true},
	{TypeProgressed, []Phase{Running}, anybody, false, LaneAlert, false},
	{TypeReminded, alive, clock, false, LaneNotice, false}, // an earlier window may still run
	{TypeStarted, []Phase{Running}, clock, false, LaneStart, false},
	{TypeOverdue, []Phase{Running}, clock, false, LaneAlert, false},
	{TypeNudged, []Phase{Running}, clock, false, LaneStaff, false},
	{TypeFallbackOpened, alive, onDuty, false, LaneAlert, true},
	{TypeFallbackClosed, []Phase{Announced, Running, Over}, onDuty, false, LaneAlert, true},
	{TypeRecovered, []Phase{Running}, onDuty, false, LaneAlert, true},
	{TypeEnded, []Phase{Running}, onDuty, false, LaneEnd, true},
	{TypeResumed, []Phase{Announced, Running, Over}, onDuty, false, LaneStart, true},
	{TypeCancelled, []Phase{Announced, Adjourned}, signature, true, LaneNotice, true},
	{TypeReinstated, []Phase{CalledOff}, signature, true, LaneNotice, true},
}

// Private is whether an act is told to the bureau alone.
func (r Rule) Private() bool { return r.Lane == LaneStaff }

// RuleOf is the row of an act.
func RuleOf(t Type) (Rule, bool) {
	i := slices.IndexFunc(lifecycle, func(r Rule) bool { return r.Act == t })
	if i < 0 {
		return Rule{}, false
	}
	return lifecycle[i], true
}

// Rules are all rows, for those who show or test the table.
func Rules() []Rule { return slices.Clone(lifecycle) }

// admit is nil where the act may follow now and one of the roles may do it.
// It is ErrForbidden or ErrConflict otherwise, with the reason.
func (r Rule) admit(phase Phase, roles []Role) error {
	if !slices.ContainsFunc(roles, func(have Role) bool { return slices.Contains(r.By, have) }) {
		return fmt.Errorf("%w: %s is an act of %s", ErrForbidden, r.Act, join(r.By))
	}
	if !slices.Contains(r.In, phase) {
		return fmt.Errorf("%w: the notice is %s; %s needs one that is %s", ErrConflict, phase, r.Act, join(r.In))
	}
	return nil
}

func join[S ~string](words []S) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, " or ")
}
