// Package email tells people by mail: an event and its letter, over SMTP.
//
// The notifier calls it as one of its channels. A mail is composed once per
// event and language and encoded once for the wire; a reader's own mail differs
// in its head and in the link to leave. Nothing is opened before everything
// is composed. What the relay said is told truly: taken, refused for good, not
// now, or not known (Outcome). It keeps no address and logs none.
package email

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// Name is the channel's, in subjects and in subscribers.
const Name = "email"

// A Channel sends mails. All fields are needed; none changes afterwards.
type Channel struct {
	Relay  Relay
	Words  templates.Words
	From   mail.Address // who writes: the administration's address for this service
	Public string       // the public pages' address, without a slash at its end
	Secret []byte       // signs the links to leave
	Now    func() time.Time
}

// Name is one lower-case word.
func (c *Channel) Name() string { return Name }

// Check says what is wrong with the settings, all at once.
func (c *Channel) Check() error {
	var errs []error
	if _, err := c.Relay.client(c.Relay.dial); err != nil {
		errs = append(errs, err)
	}
	if _, err := mail.ParseAddress(c.From.Address); err != nil {
		errs = append(errs, fmt.Errorf("sender %q: %w", c.From.Address, err))
	}
	if len(c.Secret) < 16 {
		errs = append(errs, errors.New("the secret of the links to leave has fewer than 16 bytes"))
	}
	return errors.Join(errs...)
}

// A message is one event as mail: what all its readers share.
type message struct {
	event notice.Event
	plain variant // for who was told of the start, and for every other event
	both  variant // an end for who was not
}

// A variant is one wording of the message.
type variant struct {
	subject string
	body    body
}

// Compose makes the mail of a tale, in both wordings.
func (c *Channel) Compose(_ context.Context, t notifier.Tale) (notifier.Message, error) {
	m := &message{event: t.Event}
	var err error
	if m.plain, err = c.variant(t, templates.Telling{}); err != nil {
		return nil, err
	}
	m.both = m.plain
	if t.Event.Act.Type() == notice.TypeEnded {
		m.both, err = c.variant(t, templates.Telling{Started: true})
	}
	return m, err
}

func (c *Channel) variant(t notifier.Tale, telling templates.Telling) (variant, error) {
	foot := templates.Foot{Leave: leaveMark, Page: c.Public + "/notices/" + t.Event.Notice, Outlook: c.Public + "/"}
	if t.Letter != nil {
		foot.Letter = fmt.Sprintf("%s/%d.pdf", foot.Page, t.Event.Version)
	}
	said, err := c.Words.Mail(t.State, t.Event, telling, foot)
	if err != nil {
		return variant{}, fmt.Errorf("%w: compose mail of %s: %w", notifier.ErrPermanent, t.Event.ID, err)
	}
	var attachments []Attachment
	if t.Letter != nil {
		attachments = append(attachments, Attachment{"note-" + name(t.State) + ".pdf", "application/pdf", t.Letter})
	}
	if said.Calendar != nil {
		attachments = append(attachments, Attachment{"note-" + name(t.State) + ".ics", "text/calendar; method=PUBLISH; charset=UTF-8", said.Calendar})
	}
	return variant{said.Subject, compose(said.Text, said.HTML, attachments)}, nil
}

// name is how files of a notice are called: its reference, or its id.
func name(s notice.State) string {
	if ref := s.Notice.Reference; ref != "" {
		return strings.ReplaceAll(ref, "/", "-")
	}
	return s.ID
}

// LeaveURL is a subscriber's own link to leave. It does not expire, names
// nobody, and cannot be made without the secret (RFC 8058 section 3.1).
func (c *Channel) LeaveURL(subscriber string) string {
	return c.Public + "/abonnements/" + subscriber + "/" + c.token(subscriber)
}

// Leaves is whether a token is the subscriber's.
func (c *Channel) Leaves(subscriber, token string) bool {
	return hmac.Equal([]byte(c.token(subscriber)), []byte(token))
}

func (c *Channel) token(subscriber string) string {
	mac := hmac.New(sha256.New, c.Secret)
	mac.Write([]byte("leave/" + subscriber))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

// mailbox is an address as it stands in commands and heads: "<a@b>". What is
// written beside it, such as a name, is left out.
func mailbox(address string) (string, error) {
	a, err := mail.ParseAddress(address)
	if err != nil {
		return "", err
	}
	return (&mail.Address{Address: a.Address}).String(), nil
}

// domain is the part of our address behind the at sign.
func (c *Channel) domain() string {
	return c.From.Address[strings.LastIndexByte(c.From.Address, '@')+1:]
}

// messageID names one message for ever (RFC 5322 section 3.6.4): the same
// event told to the same subscriber has the same one, however often it is
// sent, so that mailboxes can fold what a crash made us send twice. It names
// nobody.
func (c *Channel) messageID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16]) + "@" + c.domain()
}
