package pages

import (
	"html/template"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// An Outlook is the body of page "outlook": the state of all services at an
// instant.
type Outlook struct {
	At    time.Time
	Known time.Time      // by what had been published at this instant; zero: by all
	Now   bool           // nobody asked for another instant
	Ahead bool           // At is still to come
	Zone  templates.Zone // whose times stand beside legal time; zero: none

	Wrong     []Wrong // what is wrong with the instants asked for
	Disturbed int     // how many services are interrupted or degraded
	Services  int     // of how many
	Well      bool    // nothing at all is to be said of any

	Running   []Notice
	Announced []Notice
	Lately    []Notice // over, postponed or called off not long ago
	Rows      []Row

	Choice Choice // of services
}

// A Notice is one notice in brief.
type Notice struct {
	ID        string
	Title     string
	Reference string
	Kind      notice.Kind
	Phase     notice.Phase
	Exercise  bool
	Test      bool // of a test environment
	Overdue   bool
	Published time.Time
	Last      notice.Type // what befell it last
	Updated   time.Time   // when
	Lines     []Line
	More      bool // there are windows after those of Lines
}

// A Line is what a notice does, or will do, to some services in some modes.
type Line struct {
	Services []string
	Modes    []string
	Effect   notice.Effect
	Start    time.Time
	End      time.Time // as planned; zero: not stated
	Latest   time.Time // until when it may be extended
	Over     time.Time // when it was over, as a person said
	On       bool      // it has begun and is not over
	Past     bool      // it is over
	Overdue  bool
	Fallback Fallback
	Messages []Sending
}

// A Fallback is what holds of the fallback procedure.
type Fallback struct {
	Authorised bool
	From       time.Time
	Until      time.Time // zero: the end of alert
	Later      bool      // From is still to come
	Open       bool      // it outlasts the outage
	Condition  notice.Condition
	Sheet      string
	Service    string // where the fallback is itself an online service
}

// A Sending is the rule for some kinds of message.
type Sending struct {
	Send  notice.Send
	Kinds []notice.MessageKind
}

// A Row is the state of one service in the modes that share it.
type Row struct {
	ID       string // the service's code at the first of its rows
	Code     string // the service's code
	Service  string
	Modes    []string
	Effect   notice.Effect
	Overdue  bool
	Since    time.Time
	Until    time.Time // as planned; zero: not stated
	Fallback Fallback
	Messages []Sending
	Notices  []Notice // what makes it so
	Next     []Coming // what is announced
}

// A Coming is something announced for a service.
type Coming struct {
	Notice     Notice
	Effect     notice.Effect
	Start, End time.Time
}

// A Wrong is an instant that was asked for and cannot be answered.
type Wrong struct {
	Field   string // the form's
	Text    string // as it was written
	Fault   Fault
	Choices []time.Time // those that may have been meant
}

// A Fault says why an instant cannot be answered.
type Fault string

// The faults of an instant.
const (
	NotATime Fault = "not a time"
	Skipped  Fault = "skipped"  // clocks are put forward over it
	Repeated Fault = "repeated" // clocks are put back to it
	Unknown  Fault = "unknown"  // nobody can know what will have been published then
)

// A Story is the body of page "notice": all there is to say of one notice.
type Story struct {
	Notice
	Text     Text
	Events   []Event // newest first
	Services []Related
	Others   []Notice // that it names
	Zone     templates.Zone
	OutageID string // where traders are told to quote it
	Dated    bool   // there is a calendar of it
}

// A Text is a letter's, without its letterhead.
type Text struct {
	PlaceDate string
	Blocks    template.HTML
	Role      string
	Name      string
}

// An Event is one thing that befell a notice.
type Event struct {
	ID     string
	Act    notice.Type
	Time   time.Time
	Words  template.HTML
	Letter string // the letter's address; "" for none

	Version  int
	OnDemand bool   // its letter is made for who asks for it
	Sum      string // the letter's SHA-256; "" where it is not known
	Changes  []Change
}

// A Plea is the body of page "leave".
type Plea struct {
	Left        bool   // it is done
	Undo        bool   // a mail says so, with a link that takes it back
	Preferences string // the reader's own page to change what is sent; "" for none
}
