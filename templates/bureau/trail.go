package bureau

import (
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Trail is the body of "journal": who did what, the newest first.
type Trail struct {
	Notice  *Naming // only this one's entries; nil for all
	Asked   TrailQuestion
	Wrong   []Flaw
	Entries []Did
	All     int // that fit what is asked
	Pages   Pager
	Kinds   []Pick // of entries
	Chain   Chain
	Export  string // address of the export of what is shown
	Verify  string // address of the page with the record verified anew
}

// A TrailQuestion is what is asked of the trail, as it was written.
type TrailQuestion struct{ Account, Notice, Kind, From, To string }

// A Chain says whether the trail is whole.
type Chain struct {
	Entries, Notices int
	Broken           []Break
	Now              bool      // read from the record for this page, else as it came in
	At               time.Time // of the reading
}

// A Break is where a notice's record is not whole.
type Break struct {
	Naming
	From int // number of the first entry that does not hold
}

// Says is the state of the chain in a sentence.
func (c Chain) Says() string {
	many := Counted(c.Entries, "entrée", "entrées") + " sur " + Counted(c.Notices, "note", "notes")
	if len(c.Broken) == 0 {
		return "Chaînage intact\u00a0: " + many + ", chacune portant l’empreinte de la précédente."
	}
	return "Chaînage rompu sur " + Counted(len(c.Broken), "note", "notes") + " (" + many + " en tout)."
}

// A Did is one entry: who did what, when, to which notice.
type Did struct {
	Naming
	Number    int
	Time      time.Time
	Account   string
	Roles     []notice.Role
	Type      string      // publisher.EntryType
	As        notice.Type // the act, or what a text is to be
	Reason    string
	Emergency string
	Numbers   []string
	PublishAt time.Time // signed for
	Whole     bool
}

// What says what was done.
func (d Did) What() string {
	what := templates.Capitalised(templates.EntryName(d.Type))
	switch {
	case d.Type == "acted" || d.Type == "held" || d.Type == "left":
		what = templates.Capitalised(templates.ActName(d.As))
		if d.Type != "acted" {
			what += " (" + templates.EntryName(d.Type) + ")"
		}
	case d.As == notice.TypeCorrected || d.As == notice.TypeChanged:
		what += " (" + templates.ActName(d.As) + ")"
	}
	return what
}

// By says who did it, by account.
func (d Did) By() string {
	if d.Account == "clock" {
		return "horloge"
	}
	return d.Account
}

// In are the capacities in which it was done.
func (d Did) In() string {
	if d.Account == "clock" {
		return ""
	}
	return templates.Enumerate(templates.RoleNames(d.Roles))
}
