package bureau

import (
	"html/template"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

// An Alerts is the body of "alerts": what runs, what begins soon, and what has
// just ended.
type Alerts struct {
	At      time.Time
	Running []Alert
	Coming  []Alert
	Lately  []Alert
}

// An Alert is a notice that runs, or will soon, or did lately, as its card
// shows it. It is also the body of "alert".
type Alert struct {
	pages.Notice
	At       time.Time // of what the card shows
	Number   int       // of the last event that it shows
	Since    time.Time // when what runs began; of what is announced, begins
	End      time.Time // as planned, the latest; zero: not known
	Latest   time.Time // until when it may be extended
	Late     time.Duration
	Over     time.Time // when the last of it was back
	Promised time.Time // when the next progress message is due; zero: none promised
	LastTold Told      // what was said last, and to how many
	Held     *Held     // an act that has not left, or has just been settled
	Deeds    []Link    // what the visitor may do now, the most wanted first
	Plus     []Choice  // by how much the planned end can be moved at once
	Token    string    // of the card's own forms
	Order    string    // id of the command of a form
	Public   string    // address of the notice's public page; "" for none
	Letter   string    // address of its last letter; "" for none
}

// Ran is how long the alert has run.
func (a Alert) Ran() time.Duration { return a.At.Sub(a.Since) }

// Ahead is how long it is until it begins.
func (a Alert) Ahead() time.Duration { return a.Since.Sub(a.At) }

// Awaited is whether the promised progress message has not come.
func (a Alert) Awaited() bool { return !a.Promised.IsZero() && !a.At.Before(a.Promised) }

// A Told is an event and how far its telling has come.
type Told struct {
	Act    notice.Type
	Time   time.Time
	Words  string // what it says, in one line
	Known  bool   // the figures are
	Reach  int    // how many were told
	Later  int    // how many are tried again later
	Failed int    // how many cannot be told
	Done   bool   // nobody else will be
}

// A Held is an act that has been decided and leaves in a moment, or what has
// become of it.
type Held struct {
	Entry   string // names it
	Act     notice.Type
	Who     string // account
	Leaves  time.Time
	Fate    string    // publisher.EntryType of what became of it; "" while it waits
	Settled time.Time // when
	Told    time.Time // when its event was put on the record; zero: not yet
	TooLate bool      // somebody has just tried to take it back
	Late    time.Duration
	Why     string // why it was missed
	Back    Link   // how to say the opposite of what has left; no place: there is no such act
}

// A Link leads somewhere.
type Link struct {
	Place, Label string
	Act          notice.Type
}

// A Choice is one answer that a form offers.
type Choice struct {
	Value, Label string
	Chosen       bool
	At           time.Time // what it comes to; zero: no instant
}

// A Deed is the body of "deed": the form of one act.
type Deed struct {
	Alert Alert
	Act   notice.Type
	Place string // where the form goes
	Typed Typed
	Wrong []Slip
	Grid  []GridRow
	Modes []Choice // of the grid: all services in one mode
	Lines []pages.Line
	Soon  []Choice // times for the next progress message
	// Authorised is whether a fallback is, of which the act must say what
	// becomes of it.
	Authorised bool
	Possible   bool               // where the notice stands now
	Returning  notice.Reinjection // what the notice says of re-injection
	Sheet      string             // of the fallback, as the notice names it
	Elsewhere  []Beside           // what other notices still hold
}

// Typed is what a reader has written into a form, by field.
type Typed map[string][]string

// Get is the first value of a field.
func (t Typed) Get(field string) string {
	if len(t[field]) == 0 {
		return ""
	}
	return t[field][0]
}

// Has is whether a field holds a value.
func (t Typed) Has(field, value string) bool {
	for _, v := range t[field] {
		if v == value {
			return true
		}
	}
	return false
}

// Is is whether a field holds a value, or nothing and the value is its
// default.
func (t Typed) Is(field, value string, standard bool) bool {
	return t.Has(field, value) || standard && len(t[field]) == 0
}

// A Slip is what is wrong with one field.
type Slip struct{ Field, Text string }

// Fault is what is wrong with a field; "" for nothing.
func (d Deed) Fault(field string) string {
	for _, f := range d.Wrong {
		if f.Field == field {
			return f.Text
		}
	}
	return ""
}

// A GridRow is a service with the modes in which it is out.
type GridRow struct {
	Service, Label string
	Modes          []Choice
}

// A Confirm is the body of "confirm": what an act will say, and to whom.
type Confirm struct {
	Alert     Alert
	Act       notice.Type
	Place     string
	Typed     Typed // sent on as it was understood
	Since     []Told
	Warnings  []string
	Elsewhere []Beside
	Reach     []Reach
	Subject   string
	Words     template.HTML
	Rest      template.HTML // of the mail
	Push      [2]string     // title and text
	Weather   []Weather
	Grace     int // seconds
}

// A Beside is another notice that still holds something.
type Beside struct {
	Reference string
	Services  []string
	Modes     []string
	Effect    notice.Effect
}

// A Reach is how many are told by one channel.
type Reach struct {
	Channel string // "mail", "webhook", "push"
	Count   int
	About   bool // it is an estimate
}

// A Weather is how the météo reads for some services in some modes.
type Weather struct {
	Services []string
	Modes    []string
	Effect   notice.Effect
	Overdue  bool
	Until    time.Time
	Fallback pages.Fallback
	Before   notice.Effect // as it reads now
}

// Changed is whether the act changes the effect.
func (w Weather) Changed() bool { return w.Before != w.Effect }
