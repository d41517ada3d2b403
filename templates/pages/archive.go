package pages

import (
	"slices"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A List is the body of page "notices": the archive, newest first.
type List struct {
	Total        int // of those looked for
	All          int
	Notices      []Notice
	Page         int // from 1
	Pages        int
	Newer, Older string // the addresses of the pages beside this one
	Search       Search
	Wrong        []WrongChoice
	Zone         templates.Zone
}

// A Search is the archive's form as it was filled in.
type Search struct {
	Words     string
	Services  []Option
	Kind      notice.Kind
	Situation Situation
	Year      int
	Years     []Year // the latest first
	EveryYear string // the address of the same search over all years; "" where it is that
}

// Any is whether anything is looked for in particular.
func (s Search) Any() bool { return s.Words != "" || s.Narrowed() }

// Narrowed is whether more than words is looked for.
func (s Search) Narrowed() bool {
	return s.Kind != "" || s.Situation != "" || s.Year != 0 || slices.ContainsFunc(s.Services, func(o Option) bool { return o.On })
}

// A Year of the archive, and how many notices of it are found.
type Year struct {
	Year, Count int
	Here        bool
	Address     string
}

// A WrongChoice is a value of the archive's form that it does not offer.
type WrongChoice struct{ Field, Text string }

// A Situation is where a notice stands, as the archive's form asks for it.
type Situation string

// The situations.
const (
	SituationAnnounced Situation = "annoncee"
	SituationRunning   Situation = "en-cours"
	SituationOverdue   Situation = "depassee"
	SituationOver      Situation = "terminee"
	SituationAdjourned Situation = "reportee"
	SituationCalledOff Situation = "annulee"
	SituationTold      Situation = "publiee" // it has no window
)

// Situations are all of them, in the form's order.
var Situations = []Situation{
	SituationRunning, SituationOverdue, SituationAnnounced, SituationOver, SituationAdjourned, SituationCalledOff, SituationTold,
}

// SituationOf is that of a notice: overdue or not, with windows or without.
func SituationOf(phase notice.Phase, overdue, windows bool) Situation {
	switch {
	case overdue:
		return SituationOverdue
	case phase == notice.Running:
		return SituationRunning
	case phase == notice.Over:
		return SituationOver
	case phase == notice.Adjourned:
		return SituationAdjourned
	case phase == notice.CalledOff:
		return SituationCalledOff
	case !windows:
		return SituationTold
	}
	return SituationAnnounced
}

// Choice says a situation among those to choose from.
func (s Situation) Choice() string {
	if s == SituationOverdue {
		return "alerte qui dure plus que prévu"
	}
	return s.Name()
}

// Name says a situation.
func (s Situation) Name() string {
	switch s {
	case SituationOverdue:
		return "alerte en cours, fin prévue dépassée"
	case SituationRunning:
		return "alerte en cours"
	case SituationOver:
		return "alerte terminée"
	case SituationAdjourned:
		return "reportée à une date non fixée"
	case SituationCalledOff:
		return "annulée"
	case SituationTold:
		return "publiée"
	}
	return "annoncée"
}
