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
	"hash"
	"net/mail"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email/bounce"
	"douane.gouv.fr/crieur/templates"
)

// Name is the channel's, in subjects and in subscribers.
const Name = "email"

// A Channel sends mails. All fields are needed; none changes afterwards.
type Channel struct {
	Relays *Relays
	Limits *Limits // of mail domains; nil: there are none, and none are learnt
	Words  templates.Words
	From   mail.Address // who writes: the administration's address for this service
	Public string       // the public pages' address, without a slash at its end
	Secret []byte       // signs the links to leave
	Keys   []Key        // sign the mails; none, where the relay does
	// Bounces makes the address that a mail comes back to, one a mail; nil: it
	// comes back to who writes.
	Bounces *bounce.Return
	Now     func() time.Time
}

// Name is one lower-case word.
func (c *Channel) Name() string { return Name }

// Check says what is wrong with the settings, all at once.
func (c *Channel) Check() error {
	var errs []error
	if c.Relays == nil || len(c.Relays.List) == 0 {
		errs = append(errs, errors.New("there is no relay"))
	} else {
		for _, r := range c.Relays.List {
			_, err := r.client(r.dial)
			errs = append(errs, err)
		}
	}
	if _, err := mail.ParseAddress(c.From.Address); err != nil {
		errs = append(errs, fmt.Errorf("sender %q: %w", c.From.Address, err))
	}
	if len(c.Secret) < 16 {
		errs = append(errs, errors.New("the secret of the links to leave has fewer than 16 bytes"))
	}
	for _, k := range c.Keys {
		errs = append(errs, k.check(c.domain()))
	}
	if c.Bounces != nil {
		if err := c.Bounces.Check(); err != nil {
			errs = append(errs, fmt.Errorf("mailbox for what comes back: %w", err))
		}
	}
	return errors.Join(errs...)
}

// A message is a mail to many, encoded: what it is for one of them, and the
// thread that it belongs to, without the reader.
type message struct {
	thread string // of a notice; "" for none
	to     func(notifier.Recipient) pattern
}

// Compose makes the mail of a tale.
func (c *Channel) Compose(_ context.Context, t notifier.Tale) (notifier.Message, error) {
	m, err := c.compose(t)
	if err != nil {
		return nil, fmt.Errorf("%w: compose mail of %s: %w", notifier.ErrPermanent, t.Event.ID, err)
	}
	return m, nil
}

func (c *Channel) compose(t notifier.Tale) (*message, error) {
	if t.Ask != nil {
		return c.ask(*t.Ask)
	}
	if t.Digest != nil {
		return c.digest(*t.Digest)
	}
	if t.Slip != nil {
		return c.slip(*t.Slip)
	}
	return c.event(t)
}

// Mail is the whole mail of a reader, as it goes over the wire.
func (c *Channel) Mail(m notifier.Message, to notifier.Recipient) ([]byte, error) {
	rcpt, err := mailbox(to.Address)
	if err != nil {
		return nil, err
	}
	var s script
	err = c.write(&s, m.(*message), to, rcpt)
	return slices.Concat(s.signatures, s.text), err
}

// A script is a mail about to be sent. It is used for one after the other.
type script struct {
	signatures, text, both []byte
	own                    own
	ink                    []byte    // what is in own
	mac                    hash.Hash // of the links to leave; nil before the first
	second                 int64     // of dated
	dated                  []byte    // the date of the last mail
}

// whole is the mail with its signatures.
func (s *script) whole() []byte {
	if len(s.signatures) == 0 {
		return s.text
	}
	s.both = append(append(s.both[:0], s.signatures...), s.text...)
	return s.both
}

// write writes a reader's mail and signs it.
func (c *Channel) write(s *script, m *message, to notifier.Recipient, rcpt string) (err error) {
	s.text = m.to(to).fill(s.text[:0], c.own(s, m, to, rcpt))
	s.signatures, err = c.sign(s.signatures[:0], s.text)
	return err
}

// LeaveURL is a subscriber's own link to leave. It does not expire, names
// nobody, and cannot be made without the secret (RFC 8058 section 3.1).
func (c *Channel) LeaveURL(subscriber string) string {
	return string(c.appendLeave(nil, c.newMAC(), subscriber))
}

func (c *Channel) appendLeave(to []byte, mac hash.Hash, subscriber string) []byte {
	to = append(append(to, c.Public...), "/abonnements/"...)
	to = append(append(to, subscriber...), '/')
	return appendToken(to, mac, subscriber)
}

// Leaves is whether a token is the subscriber's.
func (c *Channel) Leaves(subscriber, token string) bool {
	return hmac.Equal(appendToken(nil, c.newMAC(), subscriber), []byte(token))
}

// newMAC makes what signs one link to leave after the other.
func (c *Channel) newMAC() hash.Hash { return hmac.New(sha256.New, c.Secret) }

func appendToken(to []byte, mac hash.Hash, subscriber string) []byte {
	mac.Reset()
	mac.Write([]byte("leave/" + subscriber))
	var sum [sha256.Size]byte
	return base64.RawURLEncoding.AppendEncode(to, mac.Sum(sum[:0])[:18])
}

// ordinary is whether an address is of the kind that nearly all are: letters,
// digits, and ._+- between them, on both sides of one @. It stands in commands as
// it is, and need not be parsed.
func ordinary(address string) bool {
	local, domain, ok := strings.Cut(address, "@")
	return ok && plain(local, "._+-") && plain(domain, ".-")
}

// plain is whether a text is letters and digits of ASCII with single marks
// between them.
func plain(text, marks string) bool {
	marked := true // a mark may not come now
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
			marked = false
		case !marked && strings.IndexByte(marks, c) >= 0:
			marked = true
		default:
			return false
		}
	}
	return !marked
}

// mailbox is an address as it stands in commands and heads: "<a@b>". What is
// written beside it, such as a name, is left out.
func mailbox(address string) (string, error) {
	if ordinary(address) {
		return "<" + address + ">", nil
	}
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
	id := c.appendID(nil, key)
	return string(id[1 : len(id)-1])
}

// appendID appends the id in angle brackets.
func (c *Channel) appendID(to []byte, key string) []byte {
	sum := sha256.Sum256([]byte(key))
	to = hex.AppendEncode(append(to, '<'), sum[:16])
	return append(append(append(to, '@'), c.domain()...), '>')
}
