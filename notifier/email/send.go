package email

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email/reply"
)

// Connect opens a session with a relay.
func (c *Channel) Connect(ctx context.Context) (notifier.Connection, error) {
	conn, err := c.Relays.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &line{channel: c, connection: conn}, nil
}

// A line is a connection that knows how our mails look.
type line struct {
	channel *Channel
	*connection
	script             // of the mail being sent; kept for the next
	next     *follower // nil: it is not known
	prepared bool      // the script is that of the mail that Send is called for next
	alarm              // ends whatever the connection waits for
}

// A follower is the mail that Send is called for next.
type follower struct {
	to notifier.Recipient
	envelope
}

// Next says for whom Send is called after the Send that follows.
func (l *line) Next(to notifier.Recipient) {
	l.next = nil
	if !l.pipelining {
		return
	}
	if rcpt, err := mailbox(to.Address); err == nil && l.carries(rcpt) {
		l.next = &follower{to, l.channel.envelope(to, rcpt)}
	}
}

// envelope is a recipient's.
func (c *Channel) envelope(to notifier.Recipient, rcpt string) envelope {
	return envelope{"<" + c.sender(to) + ">", rcpt}
}

// Close takes leave of the relay.
func (l *line) Close() {
	l.done()
	l.close()
}

// errClosed is what a connection says that was closed or lost.
var errClosed = errors.New("hand over: the connection is closed")

// Send hands one mail to the relay.
func (l *line) Send(ctx context.Context, m notifier.Message, to notifier.Recipient) (notifier.Outcome, error) {
	domain := domainOf(to.Address)
	defer l.channel.Limits.landed(domain)
	ahead := l.next
	l.next = nil
	if l.conn == nil {
		return notifier.Outcome{}, errClosed
	}
	rcpt, err := mailbox(to.Address)
	if err != nil { // whatever it is, it is no mailbox
		return notifier.Outcome{Status: notifier.Bounced, Code: "553 5.1.3", Reply: "the address cannot be written in a mail", Suppress: true}, nil
	}
	if !l.carries(rcpt) {
		return notifier.Outcome{Status: notifier.Refused, Code: "553 5.6.7", Reply: "the relay takes no address beyond ASCII"}, nil
	}
	if !l.prepared {
		if err := l.channel.write(&l.script, m.(*message), to, rcpt); err != nil {
			return notifier.Outcome{}, err
		}
	}
	l.prepared = false
	if !pause(ctx, l.relays.turn(l.post, time.Now())) {
		return notifier.Outcome{}, ctx.Err()
	}
	if err := l.set(ctx, l.conn, l.post.relay.Timeout); err != nil {
		return notifier.Outcome{}, err
	}
	got, at, err := l.transact(transaction{l.channel.envelope(to, rcpt), l.whole(), ahead, func() { l.prepare(m.(*message), ahead) }})
	if l.unset(); ctx.Err() != nil {
		l.cut()
	}
	o, err := l.outcome(outgoing{rcpt, got, at, err})
	if err == nil {
		l.channel.Limits.told(domain, o)
	}
	return o, err
}

// prepare writes the text of the next mail while the relay takes this one.
func (l *line) prepare(m *message, next *follower) {
	l.prepared = l.channel.write(&l.script, m, next.to, next.envelope.to) == nil // else Send says what is wrong
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// carries is whether the relay can take an address; one beyond ASCII needs
// SMTPUTF8 (RFC 6531).
func (c *connection) carries(rcpt string) bool {
	return !strings.ContainsFunc(rcpt, beyondASCII) || c.utf8
}

// An outgoing is a transaction that has come to an end.
type outgoing struct {
	rcpt string
	answer
	at  stage
	err error
}

// outcome reads what became of a transaction, as DESIGN's table of replies
// says. The error means that nobody took the mail and the connection is of no
// further use.
func (l *line) outcome(g outgoing) (notifier.Outcome, error) {
	var r *textproto.Error
	answered := errors.As(g.err, &r)
	refused := answered && r.Code >= 400 && r.Code != 421
	switch {
	case g.err == nil:
		return notifier.Outcome{Status: notifier.Sent, Code: strconv.Itoa(g.code), Reply: reply.Clean(g.text, g.rcpt)}, nil
	case answered && g.at == atEnd && r.Code/100 == 2: // whatever it is, it is no refusal
		return notifier.Outcome{Status: notifier.Sent, Code: strconv.Itoa(r.Code), Reply: reply.Clean(r.Msg, g.rcpt)}, nil
	case !answered && g.at == atEnd:
		l.cut() // it is out of step; the outcome stands
		return notifier.Outcome{Status: notifier.Unknown, Reply: "no answer to the final dot"}, nil
	case !refused, g.at == atSender:
		return notifier.Outcome{}, l.failure(g, answered && r.Code >= 500)
	}
	code, text := enhanced(r)
	_, class, _ := strings.Cut(code, " ")
	o := notifier.Outcome{Code: code, Reply: reply.Clean(text, g.rcpt)}
	o.Status, o.Suppress = reply.Judge(r.Code, class, g.at == atRecipient)
	if o.Status == notifier.Deferred {
		o.Next = l.channel.hint(class, text)
	}
	return o, nil
}

// failure is the error of a transaction that nobody took, and ends the
// connection. unwanted says that the relay refuses us.
func (l *line) failure(g outgoing, unwanted bool) error {
	l.cut()
	err := fmt.Errorf("hand over: %s", reply.Clean(g.err.Error(), g.rcpt))
	if g.at == atSender {
		err = fmt.Errorf("%w: %w", notifier.ErrBeforehand, err)
	}
	if unwanted {
		l.relays.refuses(l.post, time.Now())
		err = fmt.Errorf("%w: %w", notifier.ErrUnwanted, err)
	}
	return err
}

// enhanced takes the enhanced status code (RFC 3463) out of a reply.
func enhanced(r *textproto.Error) (code, text string) {
	class, text := reply.Class(r.Msg)
	return strings.TrimSuffix(strconv.Itoa(r.Code)+" "+class, " "), text
}

var wait = regexp.MustCompile(`(?i)(\d{1,4}) ?(seconds?|secs?|s|minutes?|mins?)\b`)

// hint is the time that a reply asks to wait for, with some seconds more;
// greylisting wants five minutes where it asks nothing. Zero: the house's own
// schedule.
func (c *Channel) hint(class, text string) time.Time {
	const slack, most = 10 * time.Second, 6 * time.Hour
	m := wait.FindStringSubmatch(text)
	switch {
	case m == nil && strings.HasPrefix(class, "4.7."):
		return c.Now().Add(5 * time.Minute)
	case m == nil:
		return time.Time{}
	}
	n, _ := strconv.Atoi(m[1]) // at most four digits
	unit := time.Second
	if strings.HasPrefix(strings.ToLower(m[2]), "m") {
		unit = time.Minute
	}
	return c.Now().Add(min(time.Duration(n)*unit+slack, most))
}
