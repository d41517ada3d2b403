package email

import (
	"bytes"
	"errors"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A stage is how far a transaction came.
type stage int

const (
	atSender    stage = iota // MAIL
	atRecipient              // RCPT
	atData                   // DATA
	atContent                // the text, before the final dot
	atEnd                    // the final dot is sent
)

// A command is a line to the relay, and the reply that goes on: 25 for 250 to
// 259.
type command struct {
	at   stage
	line string
	want int
}

// A transaction is one mail, to one recipient, so that one bad address stops
// nobody else. The text's lines end in CRLF, and none begins with a dot. next,
// if there is one, is the mail after it: its envelope goes with the text (RFC
// 2920 section 3.1 allows it there), and the next transaction finds it answered.
type transaction struct {
	envelope
	text      []byte
	next      *follower
	meanwhile func() // is done while the relay takes the text, where there is a next one
}

// transact speaks a mail transaction (RFC 5321 section 3.3).
func (c *connection) transact(t transaction) (a answer, at stage, err error) {
	if at, err := c.introduce(t.envelope); err != nil {
		return a, at, err
	}
	group := append(t.text, ".\r\n"...)
	mails := len(group)
	if t.next != nil {
		group = appendLines(group, t.next.commands())
	}
	n, err := c.write(group)
	if n < mails {
		return a, atContent, errors.Join(errHalf, err)
	}
	if t.next != nil && err == nil {
		c.introduced = t.next.envelope
		t.meanwhile() // the text is not needed any more
	}
	a.code, a.text, err = c.reply(25)
	return a, atEnd, err
}

// An envelope is who writes to whom, both in angle brackets.
type envelope struct{ from, to string }

// opening is what the relay is to answer to an envelope.
var opening = []command{{at: atSender, want: 25}, {at: atRecipient, want: 25}, {at: atData, want: 354}}

// commands say so to the relay, and that the text comes.
func (e envelope) commands() []command {
	mail := "MAIL FROM:" + e.from
	if strings.ContainsFunc(e.from+e.to, beyondASCII) {
		mail += " SMTPUTF8" // RFC 6531 section 3.4; not every relay behind this one has it
	}
	commands := slices.Clone(opening)
	for i, line := range []string{mail, "RCPT TO:" + e.to, "DATA"} {
		commands[i].line = line
	}
	return commands
}

// An answer is what the relay says to a mail that it takes.
type answer struct {
	code int
	text string
}

// introduce hands over the envelope: in one go where the relay lets commands be
// pipelined (RFC 2920), unless that has gone with the text before. err is the
// first refusal, at the stage that was refused.
func (c *connection) introduce(e envelope) (at stage, err error) {
	switch c.introduced {
	case e:
		c.introduced = envelope{}
		at, err = c.answers(opening)
		c.dirty = err != nil
		return at, err
	case envelope{}:
	default:
		return atSender, errOther
	}
	commands := e.commands()
	if c.dirty {
		commands = slices.Insert(commands, 0, command{atSender, "RSET", 25})
	}
	step := 1
	if c.pipelining {
		step = len(commands)
	}
	for some := range slices.Chunk(commands, step) {
		if _, err := c.write(appendLines(nil, some)); err != nil {
			return some[0].at, errors.Join(errHalf, err)
		}
		if at, err = c.answers(some); err != nil {
			c.dirty = true
			return at, err
		}
	}
	c.dirty = false
	return atData, nil
}

func appendLines(to []byte, commands []command) []byte {
	for _, cmd := range commands {
		to = append(append(to, cmd.line...), "\r\n"...)
	}
	return to
}

// answers reads a reply for each command, unless the connection ends. A relay
// may ask for the text though it has refused all recipients (RFC 2920 section
// 3.1): it gets none.
func (c *connection) answers(commands []command) (at stage, err error) {
	for _, cmd := range commands {
		_, _, replyErr := c.reply(cmd.want)
		switch {
		case replyErr != nil && err == nil:
			at, err = cmd.at, replyErr
		case replyErr == nil && err != nil && cmd.at == atData:
			replyErr = c.withdraw()
		}
		if replyErr != nil && final(replyErr) {
			return at, replyErr
		}
	}
	return at, err
}

// reply reads one. Most are a line that says what is wanted, and have come with
// the one before.
func (c *connection) reply(want int) (code int, text string, err error) {
	in := c.session.Text.R
	if _, err := in.Peek(1); err == nil {
		here, _ := in.Peek(in.Buffered()) // all of it is there
		digits := strconv.Itoa(want)
		if line, _, ok := bytes.Cut(here, []byte("\r\n")); ok && len(line) > 4 && line[3] == ' ' && bytes.HasPrefix(line, []byte(digits)) {
			if code, err = strconv.Atoi(string(line[:3])); err == nil {
				text = string(line[4:])
				_, err = in.Discard(len(line) + 2)
				return code, text, err
			}
		}
	}
	return c.session.Text.ReadResponse(want)
}

// withdraw ends a text before it began; whatever the relay says, nobody was
// told.
func (c *connection) withdraw() error {
	if _, err := c.write([]byte(".\r\n")); err != nil {
		return err
	}
	_, _, err := c.reply(55)
	return err
}

// final is whether an error leaves nothing to be said: the relay has left, or
// does as it says 421.
func final(err error) bool {
	var refused *textproto.Error
	return !errors.As(err, &refused) || refused.Code == 421
}

// errOther says that the relay waits for another mail.
var errOther = errors.New("the connection waits for the mail of another recipient")

// errHalf says that the relay has not got all of what it was sent.
var errHalf = errors.New("connection lost while sending")

// write sends a text, and says how much of it has left.
func (c *connection) write(text []byte) (n int, err error) {
	w := c.session.Text.W
	if n, err = w.Write(text); err != nil {
		return n, err
	}
	err = w.Flush()
	return len(text) - w.Buffered(), err
}

func beyondASCII(r rune) bool { return r > unicode.MaxASCII }
