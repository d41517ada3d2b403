package notifier

import (
	"context"
	"errors"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// ErrPermanent is wrapped by what no further attempt can mend: the event is
// given up on the channel, and a person must act.
var ErrPermanent = errors.New("permanent")

// ErrNoConnection is wrapped by what Connect returns when there are as many
// connections as there may be: one that is given up makes room.
var ErrNoConnection = errors.New("there are as many connections as there may be")

// ErrUnwanted is wrapped by errors of Connect and Send that say that nobody's
// message is taken from us: a wrong password, a refused sender. It is tried
// again, and a person must act.
var ErrUnwanted = errors.New("nothing is taken from us")

// ErrBeforehand is wrapped by an error of Send where the connection failed
// before the recipient was named: whoever had been next would have met it.
var ErrBeforehand = errors.New("before the recipient was named")

// A Channel is a way of telling many people, each by a message of their own:
// mail, webhook, web push. Its methods may be called from several goroutines.
//
// Whom to tell, in what order, never twice, and what to do after a crash is
// not its business: it composes, it connects, it sends, and it says truly what
// came of it.
type Channel interface {
	// Name is one lower-case word. It stands in subjects, so it never changes.
	Name() string

	// Compose makes everything of a tale that its readers share, in every
	// language and both with and without the start (Recipient.Started): no
	// connection is open yet, and what cannot be composed is never half sent.
	// The same tale gives the same bytes. An error that wraps ErrPermanent
	// gives the event up; any other is tried again.
	Compose(ctx context.Context, t Tale) (Message, error)

	// Connect opens a connection to whoever takes the messages, a relay for
	// instance. An error says that nobody can be told at present; it is tried
	// again after a pause, for as long as the event matters. The error names
	// neither a person nor an address.
	Connect(ctx context.Context) (Connection, error)
}

// A Message is what a channel's Compose has made; only connections of the same
// channel look into it. It is not changed after it was made.
type Message any

// A Connection tells one recipient at a time. It is used by one goroutine, for
// messages of several events in turn, until it fails or is closed.
type Connection interface {
	// Send tells one recipient. It comes back when it knows what became of the
	// message, and the next recipient is given only when that is on the record.
	//
	// An error says two things: this recipient's message has not been taken by
	// anybody, and the connection is of no further use. The recipient is tried
	// again on another one: a few times, or again and again where the error
	// wraps ErrBeforehand. A reply that concerns this recipient is an outcome
	// and never an error. A message that may have been taken or not (the
	// connection broke after its last byte) is an outcome too: Unknown.
	//
	// When ctx ends, Send comes back at once by the same rules: an error if the
	// message cannot have been taken, Unknown if it may have been.
	Send(ctx context.Context, m Message, to Recipient) (Outcome, error)

	// Close takes leave and frees everything, also after an error.
	Close()
}

// A Foreteller is a Connection that is quicker when it knows who comes next.
type Foreteller interface {
	// Next says for whom Send will be called, with the same message, after the
	// Send that follows. Nothing that the recipient would see may happen before it
	// is. Where that Send does not come after all, the connection is closed.
	Next(to Recipient)
}

// A Pacer is a Channel some of whose recipients take only so much at a time.
type Pacer interface {
	// Admit is whether a recipient may be told now: 0, and Send follows. A time
	// up to PaceWait is to be waited, or others are told meanwhile. A longer one
	// is a place of its own in the queue: the recipient is deferred until then.
	Admit(to Recipient) (wait time.Duration)

	// Spare says that a recipient who was admitted is not told now after all.
	Spare(to Recipient)
}

// PaceWait is how long a recipient's turn is waited for with a job in hand.
const PaceWait = 2 * time.Second

// A Tale is what there is to tell: one event, and the state of its notice with
// that event as the last one. It never says what happened afterwards, so that
// all recipients are told the same.
type Tale struct {
	Event notice.Event
	State notice.State
	// Letter is the signed PDF that goes with the event, nil where none does:
	// the acts of an alert never wait for one.
	Letter []byte
	// Ask is what somebody is asked to confirm, in place of what has happened:
	// Event then is an id and a time, without an act, and State is empty. nil
	// for every event.
	Ask *Ask
	// Digest is what happened in a day, in place of one event: Event then is an
	// id and a time, without an act, and State is empty.
	Digest *Digest
	// Slip is what staff are told, in place of what has happened: Event then is
	// an id and a time, without an act, and State is empty.
	Slip *Slip
}

// A Recipient is somebody to tell.
type Recipient struct {
	Subscriber
	Event   string // the event's id
	Channel string
	Attempt int // from 1; it grows with each deferral
	// Items are the tales of a digest that the recipient is told.
	Items []int
	// Started says that the recipient has not been told of the start that this
	// event ends: it is told both in one (templates.Telling.Started).
	Started bool
}

// Key identifies what is told to whom: a message of the same key is the same
// message, however often it is sent. A mail's Message-ID is made of it. It
// names no address.
func (r Recipient) Key() string { return r.Event + "." + r.Channel + "." + r.ID }

// A Status is what became of a message to one recipient.
type Status string

// What may become of a message. A channel gives the first six.
const (
	Sent       Status = "sent"       // the relay took it; that it arrived is not known
	Bounced    Status = "bounced"    // it will never arrive: no such mailbox
	Deferred   Status = "deferred"   // not now: tried again at Outcome.Next
	Suppressed Status = "suppressed" // not tried: the address has bounced before
	Refused    Status = "refused"    // for what we are or say (5.7.x), not for who they are
	Unknown    Status = "unknown"    // sent, and no answer came: it may have been taken

	Expired Status = "expired" // deferred until it no longer mattered

	Delivered Status = "delivered" // the mailbox took it: somebody said so later
)

// An Outcome is what a connection knows about one message.
type Outcome struct {
	Status Status
	Code   string // the reply's code: "250", "550 5.1.1", an HTTP status
	// Reply is the reply's text without any address in it, at most 200 bytes.
	Reply string
	// Next is the earliest time for another attempt, for Deferred; where it is
	// zero the house's own schedule applies (Postpone). For Unknown it says that
	// telling again does no harm, since whoever is told twice sees it once.
	Next time.Time
	// Suppress says that the address is dead for good: nothing more is sent to
	// it until somebody confirms it again. Never after a reply about policy.
	Suppress bool
}
