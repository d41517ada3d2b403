// Package notice is the vocabulary shared by everything in this repository.
//
// Both sides speak it: the publisher decides with it, the notifier and any
// downstream system read it. It holds what a notice says (Notice), what may
// befall it (Act, Event), what that adds up to (Fold, State), what the clock
// owes (Due) and what the public is told at an instant (Outlook). All of it is
// pure: time comes in as an argument, nothing is read, written or remembered.
// It imports the standard library alone.
package notice

import "log/slog"

// A Notice is one official statement to the public (note aux opérateurs), as
// schemas/notice.schema.json describes it. The short form (Services, Modes,
// Effect, Messages, Fallback) is the one-line case of Scope; a notice has one
// or the other.
type Notice struct {
	Kind        Kind        `json:"kind"`
	Environment Environment `json:"environment,omitzero"` // production if absent
	Exercise    bool        `json:"exercise,omitzero"`    // a drill: said on every output, changes no public state
	Retroactive bool        `json:"retroactive,omitzero"` // speaks of a time before its issue

	Reference string    `json:"reference,omitzero"` // the letter's number; allocated if absent
	OutageID  string    `json:"outage_id,omitzero"` // names the outage everywhere; allocated if absent
	Issuer    string    `json:"issuer"`             // a code of bureaus.yaml
	Signatory Signatory `json:"signatory,omitzero"`
	Contact   string    `json:"contact,omitzero"` // one of the issuer's contacts
	Issued    Issued    `json:"issued"`

	Cause  Cause  `json:"cause,omitzero"`
	Origin string `json:"origin,omitzero"` // the service at fault, where it is not the one affected

	Services []string `json:"services,omitzero"`
	Modes    []string `json:"modes,omitzero"` // all of each service's if absent
	Effect   Effect   `json:"effect,omitzero"`
	Messages Messages `json:"messages,omitzero"`
	Fallback Fallback `json:"fallback,omitzero"`
	Scope    []Scope  `json:"scope,omitzero"`

	Windows     []Window    `json:"windows,omitzero"`
	Recurs      Recurrence  `json:"recurs,omitzero"`    // when the one window comes again
	Reminders   []int       `json:"reminders,omitzero"` // hours before each window; the bureau's if absent, none if empty
	Sent        []Sent      `json:"sent,omitzero"`
	Reinjection Reinjection `json:"reinjection,omitzero"`
	Advice      []Advice    `json:"advice,omitzero"`
	Workaround  Workaround  `json:"workaround,omitzero"`
	Exceptions  []Exception `json:"exceptions,omitzero"` // what stays possible all the same
	Instead     []string    `json:"instead,omitzero"`    // the services to use in their place

	Documents    []Document `json:"documents,omitzero"`    // that readers should have beside them
	Paragraphs   []string   `json:"paragraphs,omitzero"`   // free text, after the clauses that follow from the facts
	Clauses      []Clause   `json:"clauses,omitzero"`      // reorders, omits or rewords clauses
	Distribution []string   `json:"distribution,omitzero"` // groups told besides the subscribers
}

// LogValue names the notice without a word of what it says or who signs it.
func (n Notice) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", string(n.Kind)), slog.String("issuer", n.Issuer))
}

// A Signatory signs for the bureau.
type Signatory struct {
	Name string `json:"name"`
	Role string `json:"role,omitzero"` // the bureau's default if absent: "Le chef de bureau"
	By   By     `json:"by,omitzero"`   // delegation or interim, where it is neither's own power
}

// Issued says where and on what day a notice is dated.
type Issued struct {
	Place string `json:"place,omitzero"` // the bureau's if absent
	Date  Date   `json:"date"`
}

// A Scope line says what happens to some services in some modes.
type Scope struct {
	Services []string `json:"services"`
	Modes    []string `json:"modes,omitzero"`
	Effect   Effect   `json:"effect,omitzero"` // interrupted if absent
	Messages Messages `json:"messages,omitzero"`
	Fallback Fallback `json:"fallback,omitzero"`
	Windows  []Window `json:"windows,omitzero"` // the notice's if absent
}

// Messages says, by kind of message, whether it may be sent. A kind not named
// is not stated, and a gate says so.
type Messages map[MessageKind]Send

// Kinds are the kinds of which something is said, in the vocabulary's order.
func (m Messages) Kinds(send Send) []MessageKind {
	var kinds []MessageKind
	for _, kind := range MessageKind("").Values() {
		if m[MessageKind(kind)] == send {
			kinds = append(kinds, MessageKind(kind))
		}
	}
	return kinds
}

// A Fallback is the procedure that stands in while a service is out. It has a
// clock of its own: From the window's start where absent, Until the end of
// alert where absent.
type Fallback struct {
	Authorised bool      `json:"authorised"`
	Condition  Condition `json:"condition,omitzero"`
	From       Time      `json:"from,omitzero"`
	Until      Time      `json:"until,omitzero"`
	Sheet      string    `json:"sheet,omitzero"`   // the fallback sheet, by its number
	Service    string    `json:"service,omitzero"` // where the fallback is itself an online service
}

// Sent says what became of messages sent in an interval, which is another
// thing than whether they might be sent.
type Sent struct {
	From   Time          `json:"from"`
	To     Time          `json:"to"`
	Kinds  []MessageKind `json:"kinds,omitzero"` // all if absent
	Fate   Fate          `json:"fate"`
	Resend bool          `json:"resend,omitzero"`
}

// A Reinjection says which declarations come back afterwards, and how.
type Reinjection struct {
	Of      Returning `json:"of"`
	Pace    Pace      `json:"pace,omitzero"`
	From    Time      `json:"from,omitzero"` // the end of alert if absent
	Hours   int       `json:"hours,omitzero"`
	Slots   int       `json:"slots,omitzero"`
	Binding bool      `json:"binding,omitzero"` // slots are advice unless a signed notice says otherwise
}

// A Workaround helps where there is no fallback.
type Workaround struct {
	Code string `json:"code,omitzero"`
	Text string `json:"text,omitzero"`
}

// An Exception is a kind of message that may still be sent, where the service
// is closed or interrupted otherwise.
type Exception struct {
	Kinds []MessageKind `json:"kinds"`
	Until Time          `json:"until,omitzero"` // for as long as the notice holds, if absent
}

// A Document is one that a notice refers to.
type Document struct {
	Title string `json:"title"`
	URL   string `json:"url,omitzero"`
}

// A Clause reorders, omits or rewords one of the clauses that follow from the
// facts. Text keeps the clause's placeholders, so that words and facts cannot
// part.
type Clause struct {
	ID   string `json:"id"`
	Text string `json:"text,omitzero"`
	Omit string `json:"omit,omitzero"` // the reason why the clause is left out
}

// Production is whether the notice speaks of the production environment.
func (n Notice) Production() bool {
	return n.Environment == "" || n.Environment == EnvProduction
}
