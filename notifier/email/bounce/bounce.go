// Package bounce reads what comes back of mails that were sent: reports of
// delivery and failure, and what people's programs answer by themselves.
//
// Which mail a report is about is told by the address that it comes to, and by
// nothing that stands in it: a Return makes that address, one a mail, and nobody
// else can. What became of the mail is told by the report (Parse), as the
// machine-readable part says (RFC 3464, RFC 6533), or, of servers that write for
// people alone, by the reply that they quote. An Intake takes reports out of a
// folder or from a relay, and hands what they say to the notifier.
//
// What is not understood is no bounce: it is kept for a person, and counted.
// A delay, an answer by a machine in its owner's absence, a receipt that a mail
// was read say nothing of delivery. Nothing that Parse gives holds an address.
package bounce

import (
	"bytes"
	"errors"
	"fmt"
	"net/mail"

	"douane.gouv.fr/crieur/notifier"
)

// ErrUnread is wrapped by the error of Parse where a mail is not understood: a
// person must look at it.
var ErrUnread = errors.New("not understood")

// A Report is what a mail that came back says of the one that was sent.
type Report struct {
	// Status is Bounced, Refused (for what we are or say) or Delivered; "" where
	// nothing has become of the mail yet, or nothing is said of it.
	Status notifier.Status
	Code   string // the reply's, its class, or both: "550 5.1.1"
	Reply  string // without any address in it, at most reply.Longest bytes
	Hard   bool   // the address is dead for good
}

// Parse reads a mail that came back. It reads no mail that is quoted in it, so
// that nobody can have words of his own read as a report by being sent back.
func Parse(raw []byte) (Report, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Report{}, fmt.Errorf("%w: it does not begin as a mail", ErrUnread) // err quotes it
	}
	found := open(m)
	for _, status := range found.statuses {
		if report, ok := readStatus(status); ok {
			return report, nil
		}
	}
	l := letter{mail.Header(m.Header), original.ReplaceAllString(found.text, "")}
	switch {
	case found.disposition: // it was read, or deleted unread: RFC 8098
		return Report{}, nil
	case l.delayed():
		return Report{}, nil
	case l.failed():
		if report, ok := l.report(); ok {
			return report, nil
		}
	case l.automatic():
		return Report{}, nil
	}
	return Report{}, fmt.Errorf("%w: neither a report of delivery nor an automatic answer", ErrUnread)
}
