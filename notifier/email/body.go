package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"
)

// leaveMark stands in the parts for the reader's own link to leave. The domain
// cannot exist (RFC 6761 section 6.4).
const leaveMark = "https://leave.crieur.invalid/"

// An Attachment goes with a mail.
type Attachment struct {
	Name string
	Type string // media type, with its parameters
	Data []byte
}

// A body is everything of a mail that all its readers share, encoded once for
// the wire: stretches of bytes between which each reader's link goes.
type body struct {
	contentType string
	stretches   [][]byte
}

// compose encodes the parts of a mail: text and HTML as alternatives, and the
// attachments. The boundaries are made of the content, so that the same mail
// has the same bytes; nothing in it is 8-bit (RFC 2045 section 6).
func compose(text, html string, attachments []Attachment) body {
	seed := sha256.New()
	fmt.Fprint(seed, text, "\x00", html)
	for _, a := range attachments {
		seed.Write(a.Data)
	}
	sum := hex.EncodeToString(seed.Sum(nil))
	alternative := "alternative-" + sum[:24]

	var e encoder
	if len(attachments) == 0 {
		e.alternatives(alternative, text, html)
		return e.done("multipart/alternative; boundary=" + alternative)
	}
	mixed := "mixed-" + sum[24:48]
	e.printf("--%s\r\nContent-Type: multipart/alternative; boundary=%s\r\n\r\n", mixed, alternative)
	e.alternatives(alternative, text, html)
	for _, a := range attachments {
		e.printf("--%s\r\n", mixed)
		e.attachment(a)
	}
	e.printf("--%s--\r\n", mixed)
	return e.done("multipart/mixed; boundary=" + mixed)
}

// bytes is the body for one reader.
func (b body) bytes(leave string) []byte {
	// The link may be longer than a line of quoted-printable (RFC 2045
	// section 6.7 rule 5): soft breaks on both sides give it its own lines.
	var link bytes.Buffer
	link.WriteString("=\r\n")
	w := quotedprintable.NewWriter(&link)
	w.Write([]byte(leave))
	w.Close()
	link.WriteString("=\r\n")
	return bytes.Join(b.stretches, link.Bytes())
}

type encoder struct {
	buf       bytes.Buffer
	stretches [][]byte
}

func (e *encoder) printf(format string, args ...any) { fmt.Fprintf(&e.buf, format, args...) }

func (e *encoder) done(contentType string) body {
	return body{contentType, append(e.stretches, bytes.Clone(e.buf.Bytes()))}
}

func (e *encoder) alternatives(boundary, text, html string) {
	e.part(boundary, "text/plain", text)
	e.part(boundary, "text/html", html)
	e.printf("--%s--\r\n", boundary)
}

// part encodes one alternative; each mark in it ends a stretch.
func (e *encoder) part(boundary, mediaType, content string) {
	e.printf("--%s\r\nContent-Type: %s; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", boundary, mediaType)
	for i, piece := range strings.Split(content, leaveMark) {
		if i > 0 {
			e.stretches = append(e.stretches, bytes.Clone(e.buf.Bytes()))
			e.buf.Reset()
		}
		w := quotedprintable.NewWriter(&e.buf)
		w.Write([]byte(piece)) // lines end in CRLF; a buffer takes everything
		w.Close()
	}
	e.printf("\r\n")
}

func (e *encoder) attachment(a Attachment) {
	mediaType, params, _ := mime.ParseMediaType(a.Type) // ours
	params["name"] = a.Name
	e.printf("Content-Type: %s\r\n", mime.FormatMediaType(mediaType, params))
	e.printf("Content-Transfer-Encoding: base64\r\n")
	e.printf("Content-Disposition: %s\r\n\r\n", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
	encoded := base64.StdEncoding.EncodeToString(a.Data)
	for len(encoded) > 0 {
		n := min(76, len(encoded)) // RFC 2045 section 6.8
		e.printf("%s\r\n", encoded[:n])
		encoded = encoded[n:]
	}
}
