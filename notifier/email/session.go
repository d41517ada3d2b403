package email

import (
	"errors"
	"net/textproto"
	"slices"
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

// transact speaks one mail transaction (RFC 5321 section 3.3): one recipient,
// so that one bad address stops nobody else. The text's lines end in CRLF, and
// none begins with a dot.
func (c *connection) transact(from, to string, mail script) (a answer, at stage, err error) {
	if at, err := c.envelope(from, to); err != nil {
		return a, at, err
	}
	if err := c.write(mail.signatures, append(mail.text, ".\r\n"...)); err != nil {
		return a, atContent, err
	}
	a.code, a.text, err = c.session.Text.ReadResponse(25)
	return a, atEnd, err
}

// An answer is what the relay says to a mail that it takes.
type answer struct {
	code int
	text string
}

// envelope says who writes to whom, and that the text comes: in one go where
// the relay lets commands be pipelined (RFC 2920). err is the first refusal,
// at the stage that was refused.
func (c *connection) envelope(from, to string) (at stage, err error) {
	mail := "MAIL FROM:" + from
	if strings.ContainsFunc(from+to, beyondASCII) {
		mail += " SMTPUTF8" // RFC 6531 section 3.4; not every relay behind this one has it
	}
	commands := []command{{atSender, mail, 25}, {atRecipient, "RCPT TO:" + to, 25}, {atData, "DATA", 354}}
	if c.dirty {
		commands = slices.Insert(commands, 0, command{atSender, "RSET", 25})
	}
	step := 1
	if c.pipelining {
		step = len(commands)
	}
	for some := range slices.Chunk(commands, step) {
		if at, err = c.ask(some); err != nil {
			c.dirty = true
			return at, err
		}
	}
	c.dirty = false
	return atData, nil
}

// ask sends commands together, and reads a reply for each unless the
// connection ends. A relay may ask for the text though it has refused all
// recipients (RFC 2920 section 3.1): it gets none.
func (c *connection) ask(commands []command) (at stage, err error) {
	var lines []byte
	for _, cmd := range commands {
		lines = append(append(lines, cmd.line...), "\r\n"...)
	}
	if err := c.write(lines); err != nil {
		return commands[0].at, err
	}
	for _, cmd := range commands {
		_, _, replyErr := c.session.Text.ReadResponse(cmd.want)
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

// withdraw ends a text before it began; whatever the relay says, nobody was
// told.
func (c *connection) withdraw() error {
	if err := c.write([]byte(".\r\n")); err != nil {
		return err
	}
	_, _, err := c.session.Text.ReadResponse(55)
	return err
}

// final is whether an error leaves nothing to be said: the relay has left, or
// does as it says 421.
func final(err error) bool {
	var refused *textproto.Error
	return !errors.As(err, &refused) || refused.Code == 421
}

// errHalf says that the relay has not got all of what it was sent.
var errHalf = errors.New("connection lost while sending")

// write sends all of it; an error means that its last byte has not left.
func (c *connection) write(texts ...[]byte) (err error) {
	w := c.session.Text.W
	for _, text := range texts {
		if err == nil {
			_, err = w.Write(text)
		}
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return errors.Join(errHalf, err)
	}
	return nil
}

func beyondASCII(r rune) bool { return r > unicode.MaxASCII }
