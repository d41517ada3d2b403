package bounce

import (
	"encoding/base64"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
)

// Limits of what is looked at: a report is small, whatever it quotes.
const (
	maxDepth = 6
	maxParts = 40
	maxPart  = 64 << 10 // bytes
)

// A content is what a mail holds that may say something of delivery.
type content struct {
	statuses    []string // the machine-readable parts
	text        string   // the first part for people
	disposition bool     // a receipt that a mail was read

	parts int
}

// open walks through a mail. A part that is cut short is read as far as it is
// there: servers cut off what they send back.
func open(m *mail.Message) *content {
	c := &content{}
	c.walk(textproto.MIMEHeader(m.Header), m.Body, 0)
	return c
}

func (c *content) walk(head textproto.MIMEHeader, body io.Reader, depth int) {
	c.parts++
	if c.parts > maxParts || depth > maxDepth {
		return
	}
	kind, params, err := mime.ParseMediaType(head.Get("Content-Type"))
	if err != nil && kind == "" {
		kind = "text/plain" // RFC 2045 section 5.2
	}
	switch {
	case strings.HasPrefix(kind, "multipart/") && params["boundary"] != "":
		parts := multipart.NewReader(body, params["boundary"])
		for c.parts <= maxParts {
			part, err := parts.NextRawPart()
			if err != nil {
				return
			}
			c.walk(part.Header, part, depth+1)
		}
	case kind == "message/delivery-status", kind == "message/global-delivery-status":
		c.statuses = append(c.statuses, read(head, body))
	case strings.HasSuffix(kind, "disposition-notification"):
		c.disposition = true
	case c.text == "" && kind == "text/plain":
		c.text = read(head, body)
	case c.text == "" && kind == "text/html":
		c.text = html.UnescapeString(tag.ReplaceAllString(read(head, body), " "))
	}
}

var tag = regexp.MustCompile(`(?s)<(style|script).*?</(style|script)>|<[^>]*>`)

// read is a part, decoded as far as it can be, with \n at the ends of lines.
func read(head textproto.MIMEHeader, body io.Reader) string {
	switch strings.ToLower(strings.TrimSpace(head.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	data, _ := io.ReadAll(io.LimitReader(body, maxPart)) // what is cut short is read as far as it goes
	return strings.ToValidUTF8(strings.ReplaceAll(string(data), "\r\n", "\n"), "\ufffd")
}

// decoded is a field of a head as people read it.
func decoded(field string) string {
	text, err := new(mime.WordDecoder).DecodeHeader(field)
	if err != nil {
		return field
	}
	return text
}
