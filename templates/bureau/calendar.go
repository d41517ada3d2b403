package bureau

import (
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Calendar is the body of "calendrier": what is planned, by service and day.
type Calendar struct {
	Month               bool   // a month, else a week
	Period              string // in words
	Day                 notice.Date
	Before, Now, After  string // addresses of other periods
	AsWeek, AsMonth     string
	Days                []CalendarDay
	Rows                []CalendarRow
	Services            []Pick
	Writes              bool // the reader begins notices
	Clashes             int  // notices that strike the same at the same time
	Slots, Drafts, Wild int  // how many are shown; of these, drafts; without an end
}

// A CalendarDay is a column, and a heading of the list.
type CalendarDay struct {
	Date    notice.Date
	Today   bool
	Past    bool
	Holiday string
	Slots   []Slot // for the list: one a notice
}

// weekdayLetters are short names of days, Sunday first.
var weekdayLetters = [...]string{"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."}

// Short names the day in a column's head.
func (d CalendarDay) Short() string { return weekdayLetters[d.Date.Weekday()] }

// Long names it in full.
func (d CalendarDay) Long() string { return templates.Day(d.Date) }

// Off is whether people may not be at work.
func (d CalendarDay) Off() bool {
	return d.Holiday != "" || d.Date.Weekday() == time.Saturday || d.Date.Weekday() == time.Sunday
}

// A CalendarRow is a service and its days.
type CalendarRow struct {
	Code, Label string
	Cells       [][]Slot // a day each
}

// A Slot is a notice on a day.
type Slot struct {
	Naming
	Date       notice.Date
	Start, End time.Time // End is zero where it is not known
	Draft      bool
	Effect     notice.Effect
	Services   []string // labels
	Modes      []string
	Clash      []string // the notices that strike the same at the same time
}

// When says when within its day.
func (s Slot) When() string {
	day := s.Date.Start()
	next := day.AddDate(0, 0, 1)
	begins, ends := !s.Start.Before(day), !s.End.IsZero() && !s.End.After(next)
	switch {
	case begins && ends && s.Start.Equal(day) && s.End.Equal(next), !begins && !ends && !s.End.IsZero():
		return "toute la journée"
	case begins && s.End.IsZero():
		return "dès " + templates.Clock(s.Start) + ", fin non précisée"
	case begins && ends:
		return templates.Clock(s.Start) + "\u2013" + templates.Clock(s.End)
	case begins:
		return "dès " + templates.Clock(s.Start)
	case ends:
		return "jusqu’à " + templates.Clock(s.End)
	}
	return "en cours, fin non précisée"
}

// Says is the slot in words, for who sees a mark alone.
func (s Slot) Says() string {
	text := s.Called() + ", " + s.When()
	if s.Effect != "" {
		text += ", " + templates.EffectName(s.Effect)
	}
	if s.Draft {
		text = "projet, " + text
	}
	if len(s.Clash) > 0 {
		text += ", chevauche " + templates.Enumerate(s.Clash)
	}
	return text
}

// NoService stands for the services of a draft that names none yet.
const NoService = "Service à préciser"
