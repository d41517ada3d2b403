package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email/reply"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Connect opens a session with the relay.
func (c *Channel) Connect(ctx context.Context) (notifier.Connection, error) {
	conn, err := c.Relay.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("relay %s: %w", redacted(c.Relay.URL), err)
	}
	return &line{c, conn}, nil
}

// A line is a connection that knows how our mails look.
type line struct {
	channel *Channel
	*connection
}

// Close takes leave of the relay.
func (l *line) Close() { l.close() }

// errClosed is what a connection says that was closed or lost.
var errClosed = errors.New("hand over: the connection is closed")

// Send hands one mail to the relay.
func (l *line) Send(ctx context.Context, m notifier.Message, to notifier.Recipient) (notifier.Outcome, error) {
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
	text, err := l.channel.write(m.(*message), to, rcpt)
	if err != nil {
		return notifier.Outcome{}, fmt.Errorf("write mail: %s", reply.Clean(err.Error(), rcpt))
	}
	conn := l.conn
	if err := conn.SetDeadline(time.Now().Add(l.channel.Relay.Timeout)); err != nil {
		return notifier.Outcome{}, errClosed
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // wakes a waiting read
	reply, at, err := l.transact("<"+l.channel.sender(to)+">", rcpt, text)
	if !stop() {
		l.cut() // its deadline may yet be moved
	}
	return l.outcome(outgoing{rcpt, reply, at, err})
}

// carries is whether the relay can take an address; one beyond ASCII needs
// SMTPUTF8 (RFC 6531), which is asked for in no other case: not every relay
// behind this one has it.
func (l *line) carries(rcpt string) bool {
	ascii := !strings.ContainsFunc(rcpt, func(r rune) bool { return r > unicode.MaxASCII })
	l.session.SkipSMTPUTF8(ascii)
	offered, _ := l.session.Extension("SMTPUTF8")
	return ascii || offered
}

// write makes a reader's mail.
func (c *Channel) write(m *message, to notifier.Recipient, rcpt string) ([]byte, error) {
	v := m.plain
	if to.Started {
		v = m.both
	}
	leave := c.LeaveURL(to.ID)
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(c.From.Name, c.From.Address); err != nil {
		return nil, err
	}
	if err := msg.To(rcpt); err != nil {
		return nil, err
	}
	msg.Subject(v.subject)
	msg.SetDateWithValue(c.Now().In(notice.Legal))
	msg.SetMessageIDWithValue(c.messageID(to.Key()))
	for header, value := range map[mail.Header]string{
		"Auto-Submitted":               "auto-generated", // RFC 3834 section 5
		"List-Id":                      "Notes aux operateurs <notes." + c.domain() + ">",
		"List-Help":                    "<" + c.Public + "/>",
		"List-Archive":                 "<" + c.Public + "/>",
		mail.HeaderListUnsubscribe:     "<" + leave + ">",
		mail.HeaderListUnsubscribePost: "List-Unsubscribe=One-Click", // RFC 8058 section 3.1
		"X-Auto-Response-Suppress":     "All",
		"References":                   "<" + c.messageID(m.event.Notice+"."+to.ID) + ">", // one thread a notice
		"Content-Language":             "fr",
	} {
		msg.SetGenHeader(header, value)
	}
	msg.SetBodyWriter(mail.ContentType(v.body.contentType), func(w io.Writer) (int64, error) {
		n, err := w.Write(v.body.bytes(leave))
		return int64(n), err
	}, mail.WithPartEncoding(mail.NoEncoding))
	var out bytes.Buffer
	_, err := msg.WriteTo(&out)
	return sevenBit(out.Bytes()), err
}

// sevenBit says of a mail that it holds ASCII alone; go-mail says 8bit of
// whatever it does not encode, which a relay without 8BITMIME need not take.
func sevenBit(text []byte) []byte {
	head := []byte("\r\nContent-Transfer-Encoding: 8bit\r\n")
	if i := bytes.Index(text, head); i >= 0 {
		text[i+bytes.IndexByte(head, '8')] = '7'
	}
	return text
}

// A stage is how far a transaction came.
type stage int

const (
	atSender    stage = iota // MAIL
	atRecipient              // RCPT
	atData                   // DATA
	atContent                // the text, before the final dot
	atEnd                    // the final dot is sent
)

// transact speaks one mail transaction (RFC 5321 section 3.3): one recipient,
// so that one bad address stops nobody else.
func (c *connection) transact(from, to string, text []byte) (reply string, at stage, err error) {
	if err := c.session.Mail(from); err != nil {
		return "", atSender, err
	}
	if err := c.session.Rcpt(to); err != nil {
		c.afterRefusal(err)
		return "", atRecipient, err
	}
	w, err := c.session.Data()
	if err != nil {
		c.afterRefusal(err)
		return "", atData, err
	}
	if _, err := w.Write(text); err != nil {
		return "", atContent, err
	}
	if err := w.Close(); err != nil {
		return "", atEnd, err
	}
	if d, ok := w.(interface{ ServerResponse() string }); ok {
		reply = d.ServerResponse()
	}
	return reply, atEnd, nil
}

// afterRefusal makes the session ready for another mail, or closes it. The
// refusal stays what is seen.
func (c *connection) afterRefusal(refused error) {
	var r *textproto.Error
	if !errors.As(refused, &r) || r.Code == 421 {
		return
	}
	if err := c.session.Reset(); err != nil {
		c.cut()
	}
}

// An outgoing is a transaction that has come to an end.
type outgoing struct {
	rcpt  string
	reply string
	at    stage
	err   error
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
		return notifier.Outcome{Status: notifier.Sent, Code: "250", Reply: reply.Clean(g.reply, g.rcpt)}, nil
	case answered && g.at == atEnd && r.Code/100 == 2: // whatever it is, it is no refusal
		return notifier.Outcome{Status: notifier.Sent, Code: strconv.Itoa(r.Code), Reply: reply.Clean(r.Msg, g.rcpt)}, nil
	case !answered && g.at == atEnd:
		l.cut() // it is out of step; the outcome stands
		return notifier.Outcome{Status: notifier.Unknown, Reply: "no answer to the final dot"}, nil
	case !refused, g.at == atSender:
		l.cut()
		return notifier.Outcome{}, fmt.Errorf("hand over: %s", reply.Clean(g.err.Error(), g.rcpt))
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
