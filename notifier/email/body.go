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

// leaveMark stands in a mail for the reader's own link to leave, with which the
// link to what it asked for begins. The domain cannot exist (RFC 6761 section
// 6.4).
const leaveMark = "https://leave.crieur.invalid"

// An Attachment goes with a mail.
type Attachment struct {
	Name string
	Type string // media type, with its parameters
	Data []byte
}

// A body is all of a mail but its head, and of what type it is.
type body struct {
	contentType string
	pattern
}

// encode encodes the parts of a mail: text and HTML as alternatives, and the
// attachments. The boundaries are made of the content, so that the same mail
// has the same bytes; nothing in it is 8-bit (RFC 2045 section 6).
func encode(text, html string, attachments []Attachment) body {
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

// appendEncoded appends a link as it goes into a part. It may be longer than a line of
// quoted-printable (RFC 2045 section 6.7 rule 5): soft breaks on both sides
// give it its own lines.
func appendEncoded(b, link []byte) []byte {
	const most = 75 // characters of a line, without the "=" at its end
	b = append(b, "=\r\n"...)
	line := 0
	for _, c := range link {
		if line+3 > most {
			b, line = append(b, "=\r\n"...), 0
		}
		if c <= ' ' || c >= 0x7f || c == '=' || c == '.' && line == 0 {
			b, line = fmt.Appendf(b, "=%02X", c), line+3
		} else {
			b, line = append(b, c), line+1
		}
	}
	return append(b, "=\r\n"...)
}

type encoder struct {
	buf bytes.Buffer
	pattern
}

func (e *encoder) printf(format string, args ...any) { fmt.Fprintf(&e.buf, format, args...) }

func (e *encoder) done(contentType string) body {
	e.stretches = append(e.stretches, bytes.Clone(e.buf.Bytes()))
	return body{contentType, e.pattern}
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
			e.holes = append(e.holes, holeLeaveEncoded)
			e.buf.Reset()
		}
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		w.Write([]byte(piece)) // lines end in CRLF; a buffer takes everything
		w.Close()
		e.undotted(b.Bytes())
	}
	e.printf("\r\n")
}

// undotted writes quoted-printable lines so that none begins with a dot, which
// would have to be doubled for each reader (RFC 5321 section 4.5.2).
func (e *encoder) undotted(lines []byte) {
	for line := range bytes.Lines(lines) {
		for len(line) > 0 && line[0] == '.' {
			e.buf.WriteString("=2E")
			if line = line[1:]; len(line) > 72 { // with CRLF
				e.buf.WriteString("=\r\n")
			}
		}
		e.buf.Write(line)
	}
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
