package bureau

import (
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Home is the body of "home": what waits for its reader first, then the
// other notices in hand.
type Home struct {
	Filters []Filter
	Groups  []Group
	Alerts  []Alert
	Nothing bool // nothing waits for the reader
	Writes  bool // the reader may begin a note
	Only    bool // one state alone is shown
	More    bool // there are others than those shown
}

// A Filter shows the notices of one state alone.
type Filter struct {
	Place, Label string
	Count        int
	Here         bool
}

// A Group is some notices that stand alike.
type Group struct {
	ID, Title string
	Notices   []Brief
}

// A Brief is a notice as a list names it.
type Brief struct {
	ID, Title, Reference string
	Status               string // publisher.Status
	Updated              time.Time

	Kind     notice.Kind
	Exercise bool
	Test     bool
	As       notice.Type  // what the paper in hand is: published, corrected, changed
	Phase    notice.Phase // of the public record
	Who      string       // who did what is told of it last
	Did      string       // publisher.EntryType
	At       time.Time    // signed, and published then
	Word     string       // to whoever signs, or why it came back
	Errors   int          // of the text
	Alone    string       // why it was published by one person, while nobody has looked at it since
	Steps    []Step
}

// A Step is what can be done next.
type Step struct {
	Place, Label string
	First        bool // it is what is expected
}

// Life is where a published notice stands in its life; "" before.
func (b Brief) Life() string {
	if b.Phase == "" || b.Phase == notice.Unpublished {
		return ""
	}
	return templates.PhaseName(b.Phase)
}
