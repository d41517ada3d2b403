package bureau

import (
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/drafts"
)

// A New is the body of "new": from what a notice may begin.
type New struct {
	Order       string
	Query       string
	Day         notice.Date // on which it is to happen: whoever comes from the calendar chose it
	Earlier     []Earlier
	More        bool   // there are more than are shown
	Text        string // as it was given
	Lines       []Line // what is wrong with it
	Letter      string // as it was pasted
	LetterWrong string
}

// An Earlier is a notice to begin from.
type Earlier struct {
	ID, Title, Reference string
	Status               string // publisher.Status
	Date                 notice.Date
}

// Starts are the kinds to begin with.
func (New) Starts() []drafts.Template { return drafts.Templates() }

// A Read is the body of "new-letter": what a letter was understood to say.
type Read struct {
	Order      string
	Letter     string
	Text       string // the notice, as YAML
	Recognised []Said // fields by their French names
	Doubts     []Said
	Unread     []string
	Adds       []string // what the notice's own letter says besides
}
