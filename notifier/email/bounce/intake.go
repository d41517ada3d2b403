package bounce

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/mail"
	"strings"
	"sync"

	"douane.gouv.fr/crieur/notifier"
)

// An Intake hands to the notifier what comes back, wherever it comes from: a
// folder that it watches (Run), a relay that somebody listens to (Knows, Take).
// Taking a mail twice is harmless, so that nothing has to be remembered.
type Intake struct {
	Return   Return // its Mailbox is "" where mails bear no return address
	Channel  string // by which the mails were sent
	Notifier *notifier.Notifier
	// Folder keeps what is not understood, for a person; Run takes from it too.
	Folder Maildir
	// Canary is a subscriber of the house's own: its mails come here, and say by
	// that that they arrived. Its Address is "" for none.
	Canary notifier.Subscriber
	// MessageID is what a subscriber's mail of an event is called, without angle
	// brackets: by that the canary's mails are known.
	MessageID func(event, subscriber string) string
	Log       *slog.Logger

	mu     sync.Mutex
	events map[Mark]string // by their marks, those known so far; guarded by mu
	counts Counts          // guarded by mu
}

// Counts are how many mails have been taken in, by what they said.
type Counts struct {
	Bounced, Refused, Delivered int
	Nothing                     int // delays, absences, receipts
	Kept                        int // for a person
}

// Counts are those since the program started.
func (in *Intake) Counts() Counts {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.counts
}

// errStranger says that a mail came to nobody of ours.
var errStranger = errors.New("not addressed to a return address of this house")

// Knows is nil where mail to an address is for us.
func (in *Intake) Knows(address string) error {
	if in.isCanary(address) {
		return nil
	}
	if in.Return.Mailbox == "" {
		return errStranger
	}
	_, err := in.Return.Open(address)
	return err
}

func (in *Intake) isCanary(address string) bool {
	return in.Canary.Address != "" && strings.EqualFold(strings.Trim(address, "<>"), in.Canary.Address)
}

// Take takes a mail that came to an address. Its error says that it could not
// be handled at present, and must come again.
func (in *Intake) Take(ctx context.Context, to string, raw []byte) error {
	said, err := in.read(ctx, []string{to}, raw)
	if errors.Is(err, ErrUnread) || errors.Is(err, errStranger) {
		file, keepErr := in.Folder.keep(to, raw)
		if keepErr != nil {
			return keepErr
		}
		in.Log.Warn("a mail that came back is kept for a person", "channel", in.Channel, "file", file, "err", err)
		in.count(func(c *Counts) { c.Kept++ })
		return nil
	}
	if err == nil {
		in.tally(said)
	}
	return err
}

// read hands to the notifier what a mail says that came to one of some
// addresses. ErrUnread or errStranger: it is for a person.
func (in *Intake) read(ctx context.Context, to []string, raw []byte) (notifier.Status, error) {
	for _, address := range to {
		if in.isCanary(address) {
			return in.arrived(ctx, raw)
		}
	}
	for _, address := range to {
		token, err := in.Return.Open(address)
		if err != nil || in.Return.Mailbox == "" {
			continue
		}
		report, err := Parse(raw)
		if err != nil {
			return "", err
		}
		event, err := in.eventOf(ctx, token.Event)
		if err != nil {
			return "", err
		}
		return report.Status, in.Notifier.Returned(ctx, in.Channel, event, token.Subscriber,
			notifier.Outcome{Status: report.Status, Code: report.Code, Reply: report.Reply, Suppress: report.Hard})
	}
	return "", errStranger
}

// eventOf is the event of a mark. What the ledger does not know has a name all
// the same, by which it finds nothing.
func (in *Intake) eventOf(ctx context.Context, mark Mark) (string, error) {
	if mark == MarkOf(Confirmation) {
		return Confirmation, nil
	}
	if event, ok := in.known(mark); ok {
		return event, nil
	}
	planned, err := in.Notifier.Planned(ctx, in.Channel)
	if err != nil {
		return "", err
	}
	in.learn(planned)
	if event, ok := in.known(mark); ok {
		return event, nil
	}
	return hex.EncodeToString(mark[:]), nil
}

func (in *Intake) known(mark Mark) (string, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	event, ok := in.events[mark]
	return event, ok
}

// learn remembers the marks of all events there are, and of no others.
func (in *Intake) learn(planned []string) {
	events := make(map[Mark]string, len(planned))
	for _, event := range planned {
		events[MarkOf(event)] = event
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.events = events
}

// arrived puts on the record that one of the canary's mails has come. Whatever
// else comes to it says nothing.
func (in *Intake) arrived(ctx context.Context, raw []byte) (notifier.Status, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return "", nil
	}
	return in.Arrived(ctx, m.Header.Get("Message-ID"))
}

// Arrived puts on the record that the canary has a mail, by its Message-ID; ""
// where the mail is of no event.
func (in *Intake) Arrived(ctx context.Context, messageID string) (notifier.Status, error) {
	planned, err := in.Notifier.Planned(ctx, in.Channel)
	if err != nil {
		return "", err
	}
	id := strings.Trim(messageID, "<> ")
	for i := len(planned) - 1; i >= 0; i-- { // ids rise with time, and mails are of the last ones
		if in.MessageID(planned[i], in.Canary.ID) == id {
			return notifier.Delivered, in.Notifier.Returned(ctx, in.Channel, planned[i], in.Canary.ID, notifier.Outcome{Status: notifier.Delivered})
		}
	}
	return "", nil
}

func (in *Intake) tally(said notifier.Status) {
	in.count(func(c *Counts) {
		switch said {
		case notifier.Bounced:
			c.Bounced++
		case notifier.Refused:
			c.Refused++
		case notifier.Delivered:
			c.Delivered++
		default:
			c.Nothing++
		}
	})
}

func (in *Intake) count(f func(*Counts)) {
	in.mu.Lock()
	defer in.mu.Unlock()
	f(&in.counts)
}
