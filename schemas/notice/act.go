package notice

import "time"

// An Act is something that befalls a notice. Each is told as an Event.
type Act interface{ Type() Type }

// A Type names an act; it is the last word of the event's type and of the
// JSON Schema that describes it.
type Type string

// The acts on the public record.
const (
	TypePublished      Type = "published"
	TypeCorrected      Type = "corrected"
	TypeChanged        Type = "changed"
	TypePostponed      Type = "postponed"
	TypeExtended       Type = "extended"
	TypeProgressed     Type = "progressed"
	TypeReminded       Type = "reminded"
	TypeStarted        Type = "started"
	TypeOverdue        Type = "overdue"
	TypeNudged         Type = "nudged"
	TypeFallbackOpened Type = "fallback-opened"
	TypeFallbackClosed Type = "fallback-closed"
	TypeRecovered      Type = "recovered"
	TypeEnded          Type = "ended"
	TypeResumed        Type = "resumed"
	TypeCancelled      Type = "cancelled"
	TypeReinstated     Type = "reinstated"
)

// Published is the notice as signed off: the first event of its life.
type Published struct {
	Notice    Notice  `json:"notice"`
	Scope     []Scope `json:"scope,omitzero"` // resolved: explicit codes, every mode, that a reader needs no catalogue
	Binding   Binding `json:"binding"`
	Emergency string  `json:"emergency,omitzero"` // why one person published alone, reviewed after
}

// A Binding is what the signatory's approval binds. A worker that composes
// anything else stops and raises an alarm. The hashes are SHA-256 in
// hexadecimal.
type Binding struct {
	Notice    string `json:"notice"`    // of the notice's canonical JSON
	Document  string `json:"document"`  // of the composed Document
	Letter    string `json:"letter"`    // of the unsigned letter
	Templates string `json:"templates"` // version of the words
	Catalogue string `json:"catalogue"` // version of the services and bureaus
}

// A Text is a notice as an act says it anew.
type Text struct {
	Notice  Notice
	Scope   []Scope // resolved
	Binding Binding
}

// TextOf is the text that an act says; false for an act that says none.
func TextOf(act Act) (Text, bool) {
	switch act := act.(type) {
	case Published:
		return Text{act.Notice, act.Scope, act.Binding}, true
	case Corrected:
		return Text{act.Notice, act.Scope, act.Binding}, true
	case Changed:
		return Text{act.Notice, act.Scope, act.Binding}, true
	}
	return Text{}, false
}

// Corrected replaces what was wrong in a notice (rectificatif).
type Corrected struct {
	Notice   Notice  `json:"notice"`
	Scope    []Scope `json:"scope,omitzero"` // resolved: explicit codes, every mode, that a reader needs no catalogue
	Binding  Binding `json:"binding"`
	Reason   string  `json:"reason"`
	Previous Notice  `json:"previous,omitzero"` // the whole notice as it stood before
}

// Changed says that facts changed while the notice lived: scope, effect, messages.
type Changed struct {
	Notice   Notice  `json:"notice"`
	Scope    []Scope `json:"scope,omitzero"` // resolved: explicit codes, every mode, that a reader needs no catalogue
	Binding  Binding `json:"binding"`
	Reason   string  `json:"reason"`
	Previous Notice  `json:"previous,omitzero"` // the whole notice as it stood before
}

// Postponed moves a notice to other windows; to none is sine die.
type Postponed struct {
	Windows  []Window `json:"windows,omitzero"`
	Reason   string   `json:"reason,omitzero"`
	Previous []Window `json:"previous,omitzero"` // all those in which it had been announced
}

// Extended gives the window that runs another planned end; none is until
// further notice.
type Extended struct {
	Until          Time   `json:"until,omitzero"`
	MayExtendUntil Time   `json:"may_extend_until,omitzero"`
	Reason         string `json:"reason,omitzero"`
	Previous       Time   `json:"previous,omitzero"` // the planned end that was, the latest of several; none: not known
}

// Progressed tells how things stand, and when more will be said.
type Progressed struct {
	Text string `json:"text"`
	Next Time   `json:"next,omitzero"`
}

// Reminded tells that a window is near.
type Reminded struct {
	Occurrence int  `json:"occurrence"`
	Start      Time `json:"start"`
	Hours      int  `json:"hours,omitzero"`  // how many hours before the start it was due
	LateS      int  `json:"late_s,omitzero"` // how many seconds after it was due
}

// Started tells that a window has begun. It changes nothing: the outlook
// follows the window itself.
type Started struct {
	Occurrence int  `json:"occurrence"`
	Planned    Time `json:"planned"`
	LateS      int  `json:"late_s,omitzero"` // how many seconds after it was due
}

// Overdue tells that the planned end has passed and nobody has said that it
// is over.
type Overdue struct {
	Occurrence int  `json:"occurrence"`
	Planned    Time `json:"planned"`
	LateS      int  `json:"late_s,omitzero"`
}

// Nudged reminds the bureau, and nobody else, that people wait for a word of
// it.
type Nudged struct {
	Reason     Waiting `json:"reason"`
	Occurrence int     `json:"occurrence"`
	Since      Time    `json:"since"` // the planned end, the start, or the time for which a message was promised
	Count      int     `json:"count"` // which it is since then, from 1; those that a process which was down has missed count too
}

// FallbackOpened authorises the fallback for services and modes; all of the
// notice's where none is named.
type FallbackOpened struct {
	Services []string `json:"services,omitzero"`
	Modes    []string `json:"modes,omitzero"`
	Fallback Fallback `json:"fallback"`
}

// FallbackClosed revokes it, now or at a time.
type FallbackClosed struct {
	Services []string `json:"services,omitzero"`
	Modes    []string `json:"modes,omitzero"`
	At       Time     `json:"at,omitzero"`
}

// Recovered says that some services and modes are back while others are not.
type Recovered struct {
	At       Time          `json:"at"`
	Services []string      `json:"services,omitzero"`
	Modes    []string      `json:"modes,omitzero"`
	Fallback FallbackAfter `json:"fallback"`
	// Elsewhere is filled in when it is decided.
	Elsewhere []Elsewhere `json:"elsewhere,omitzero"`
}

// Elsewhere is what another notice still says of services and modes that come
// back under this one: the end of one alert is not that of another.
type Elsewhere struct {
	Reference string   `json:"reference"` // of the other notice
	Services  []string `json:"services"`
	Modes     []string `json:"modes"`
	Effect    Effect   `json:"effect"`
}

// Ended is the end-of-alert message: all that was still out is back.
type Ended struct {
	At          Time          `json:"at"`
	Fallback    FallbackAfter `json:"fallback"`
	Reinjection Reinjection   `json:"reinjection,omitzero"` // the notice's if absent
	Text        string        `json:"text,omitzero"`
	// Elsewhere is filled in when it is decided.
	Elsewhere []Elsewhere `json:"elsewhere,omitzero"`
}

// Resumed takes a wrong end back: the alert goes on, as a new episode.
type Resumed struct {
	Reason string `json:"reason,omitzero"`
}

// Cancelled says that what was announced will not take place.
type Cancelled struct {
	Reason string `json:"reason,omitzero"`
}

// Reinstated withdraws a cancellation.
type Reinstated struct {
	Windows []Window `json:"windows,omitzero"` // the notice's if absent
	Reason  string   `json:"reason,omitzero"`
}

// FallbackAfter is what becomes of the fallback when services are back. It is
// said each time, never assumed.
type FallbackAfter struct {
	Closes Closes `json:"closes"`
	At     Time   `json:"at,omitzero"` // for "at"
}

// Closes says when the fallback closes.
type Closes string

// When the fallback may close.
const (
	ClosesNow   Closes = "now"            // with the recovery or the end
	ClosesAt    Closes = "at"             // at a later time
	ClosesLater Closes = "further_notice" // it stays until revoked
	ClosesNone  Closes = "none"           // there was no fallback
)

// Values lists when the fallback may close.
func (Closes) Values() []string { return []string{"now", "at", "further_notice", "none"} }

// UnmarshalText refuses what does not say when the fallback closes.
func (w *Closes) UnmarshalText(b []byte) error { return setWord(w, b) }

// Type names the act.
func (Published) Type() Type      { return TypePublished }
func (Corrected) Type() Type      { return TypeCorrected }
func (Changed) Type() Type        { return TypeChanged }
func (Postponed) Type() Type      { return TypePostponed }
func (Extended) Type() Type       { return TypeExtended }
func (Progressed) Type() Type     { return TypeProgressed }
func (Reminded) Type() Type       { return TypeReminded }
func (Started) Type() Type        { return TypeStarted }
func (Overdue) Type() Type        { return TypeOverdue }
func (Nudged) Type() Type         { return TypeNudged }
func (FallbackOpened) Type() Type { return TypeFallbackOpened }
func (FallbackClosed) Type() Type { return TypeFallbackClosed }
func (Recovered) Type() Type      { return TypeRecovered }
func (Ended) Type() Type          { return TypeEnded }
func (Resumed) Type() Type        { return TypeResumed }
func (Cancelled) Type() Type      { return TypeCancelled }
func (Reinstated) Type() Type     { return TypeReinstated }

// An Event is an act on the public record: appending it is the commit.
type Event struct {
	ID      string    // UUIDv7 of the instant and the command
	Notice  string    // the notice's id
	Number  int       // its place in the notice's life, from 1, without gaps
	Version int       // of what the notice says: grows with each amendment
	Time    time.Time // when it was appended, by the publisher's clock
	By      Role      // in what capacity; never a name or an account
	Command string    // id of the command that made it: the same one makes it once
	Act     Act
}
