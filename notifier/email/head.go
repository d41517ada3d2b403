package email

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/wneessen/go-mail"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
)

// pattern is the whole mail of one wording, for all its readers: a head by
// go-mail, and the body.
func (c *Channel) pattern(subject, lang string, b body) (pattern, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(c.From.Name, c.From.Address); err != nil {
		return pattern{}, err
	}
	if err := msg.To(marks[holeTo]); err != nil {
		return pattern{}, err
	}
	msg.Subject(subject)
	for header, value := range map[mail.Header]string{
		mail.HeaderDate:                marks[holeDate],
		mail.HeaderMessageID:           marks[holeID],
		"References":                   marks[holeThread], // one thread a notice
		"Auto-Submitted":               "auto-generated",  // RFC 3834 section 5
		"X-Auto-Response-Suppress":     "All",
		"List-Id":                      "Notes aux operateurs <notes." + c.domain() + ">",
		"List-Help":                    "<" + c.Public + "/>",
		"List-Archive":                 "<" + c.Public + "/>",
		mail.HeaderListUnsubscribe:     marks[holeLeave],
		mail.HeaderListUnsubscribePost: "List-Unsubscribe=One-Click", // RFC 8058 section 3.1
		"Content-Language":             lang,
	} {
		msg.SetGenHeader(header, value)
	}
	const inside = "the body"
	msg.SetBodyWriter(mail.ContentType(b.contentType), func(w io.Writer) (int64, error) {
		n, err := io.WriteString(w, inside)
		return int64(n), err
	}, mail.WithPartEncoding(mail.NoEncoding))
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		return pattern{}, err
	}
	head, _, ok := bytes.Cut(sevenBit(out.Bytes()), []byte(inside))
	if !ok || !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		return pattern{}, fmt.Errorf("the head does not end where the body begins: %q", head)
	}
	p := perforate(head)
	if len(p.holes) != int(holeLeaveEncoded) {
		return pattern{}, fmt.Errorf("the head lacks a place for something of the reader's own: %q", head)
	}
	return p.join(b.pattern), nil
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

// own is what is a reader's own in the mail of an event.
func (c *Channel) own(m *message, to notifier.Recipient, rcpt string) *own {
	leave := c.LeaveURL(to.ID)
	o := &own{
		holeTo:           []byte(rcpt),
		holeID:           []byte("<" + c.messageID(to.Key()) + ">"),
		holeThread:       []byte("<" + c.messageID(m.tale.Event.Notice+"."+to.ID) + ">"),
		holeLeave:        []byte("<" + leave + ">"),
		holeLeaveEncoded: encoded(leave),
	}
	o[holeDate] = c.Now().In(notice.Legal).AppendFormat(nil, time.RFC1123Z)
	return o
}
