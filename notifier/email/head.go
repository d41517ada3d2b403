package email

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
)

// A head is what differs between the heads of two mails, but for what is the
// reader's own.
type head struct {
	subject, lang string
	listed        bool // it comes because somebody subscribed, who may leave
	threaded      bool // it belongs to others
}

// searchable takes the no-break spaces out of a subject: people search and
// sort their mail by "Delta T", typed with a space.
var searchable = strings.NewReplacer("\u00a0", " ", "\u202f", " ")

// fields are those that go-mail does not write by itself.
func (c *Channel) fields(h head) map[mail.Header]string {
	fields := map[mail.Header]string{
		mail.HeaderDate:            marks[holeDate],
		mail.HeaderMessageID:       marks[holeID],
		"Auto-Submitted":           "auto-generated", // RFC 3834 section 5
		"X-Auto-Response-Suppress": "All",
		"Content-Language":         h.lang,
	}
	if h.threaded {
		fields["References"] = marks[holeThread]
	}
	if h.listed {
		fields["List-Id"] = "Notes aux operateurs <notes." + c.domain() + ">"
		fields["List-Help"] = "<" + c.Public + "/>"
		fields["List-Archive"] = "<" + c.Public + "/>"
		fields[mail.HeaderListUnsubscribe] = marks[holeLeave]
		fields[mail.HeaderListUnsubscribePost] = "List-Unsubscribe=One-Click" // RFC 8058 section 3.1
	}
	return fields
}

// pattern is the whole mail of one wording, for all its readers: a head by
// go-mail, and the body.
func (c *Channel) pattern(h head, b body) (pattern, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(c.From.Name, c.From.Address); err != nil {
		return pattern{}, err
	}
	if err := msg.To(marks[holeTo]); err != nil {
		return pattern{}, err
	}
	msg.Subject(searchable.Replace(h.subject))
	fields := c.fields(h)
	for header, value := range fields {
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
	top, _, ok := bytes.Cut(sevenBit(out.Bytes()), []byte(inside))
	if !ok || !bytes.HasSuffix(top, []byte("\r\n\r\n")) {
		return pattern{}, fmt.Errorf("the head does not end where the body begins: %q", top)
	}
	p := perforate(top)
	own := 1 // the recipient
	for _, value := range fields {
		if slices.Contains(marks[:], value) {
			own++
		}
	}
	if len(p.holes) != own {
		return pattern{}, fmt.Errorf("the head lacks a place for something of the reader's own: %q", top)
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

// own is what is a reader's own in a mail, in the script's ink.
func (c *Channel) own(s *script, m *message, to notifier.Recipient, rcpt string) *own {
	if s.mac == nil {
		s.mac = c.newMAC()
	}
	s.own, s.ink = own{}, s.ink[:0]
	s.fill(holeTo, func(ink []byte) []byte { return append(ink, rcpt...) })
	s.fill(holeID, func(ink []byte) []byte { return c.appendID(ink, to.Key()) })
	if m.thread != "" {
		s.fill(holeThread, func(ink []byte) []byte { return c.appendID(ink, m.thread+"."+to.ID) })
	}
	s.own[holeDate] = s.date(c.Now())
	s.fill(holeLeave, func(ink []byte) []byte { return append(c.appendLeave(append(ink, '<'), s.mac, to.ID), '>') })
	leave := s.own[holeLeave]
	s.fill(holeLeaveEncoded, func(ink []byte) []byte { return appendEncoded(ink, leave[1:len(leave)-1]) })
	return &s.own
}

// fill has a hole filled with what write appends to the ink.
func (s *script) fill(h hole, write func(ink []byte) []byte) {
	from := len(s.ink)
	s.ink = write(s.ink)
	s.own[h] = s.ink[from:]
}

// date is the instant in legal time, as a mail says it. Many mails go within a
// second.
func (s *script) date(now time.Time) []byte {
	if second := now.Unix(); s.dated == nil || second != s.second {
		s.second, s.dated = second, now.In(notice.Legal).AppendFormat(nil, time.RFC1123Z)
	}
	return s.dated
}
