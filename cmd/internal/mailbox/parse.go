package mailbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
)

const (
	maxDepth = 10   // of multiparts within multiparts
	maxParts = 1000 // of one message
)

// A field is one line of the head, decoded.
type field struct {
	Name, Value string
}

// A part is a leaf of the message, its transfer encoding undone.
type part struct {
	Type   string            // media type, lower case
	Params map[string]string // its parameters
	Name   string            // of the file; "" if none is given
	ID     string            // Content-ID, without its angle brackets
	Body   []byte
	Err    error // the body stops where it could not be decoded
}

// A mailView is a message taken apart for reading.
type mailView struct {
	Fields []field // in the order of the message
	Text   *part   // first plain text that is not an attachment
	HTML   *part   // first HTML that is not an attachment
	Files  []*part // everything else
	Err    error   // what could not be read; the rest stands

	leaves int
}

// open takes a message apart as far as it can be.
func open(raw []byte) *mailView {
	v := &mailView{Fields: fields(raw)}
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		v.Err = err
		return v
	}
	v.Err = v.walk(textproto.MIMEHeader(message.Header), message.Body, 0)
	return v
}

// walk takes the body of one entity: a leaf, or a multipart at a depth.
func (v *mailView) walk(header textproto.MIMEHeader, body io.Reader, depth int) error {
	mediaType, params := contentType(header)
	if !strings.HasPrefix(mediaType, "multipart/") || depth == maxDepth {
		return v.leaf(header, body)
	}
	reader := multipart.NewReader(body, params["boundary"])
	for {
		next, err := reader.NextRawPart()
		if err == io.EOF { // as it is: one that is wrapped means that the end is missing
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", mediaType, err)
		}
		if err := v.walk(next.Header, next, depth+1); err != nil {
			return err
		}
	}
}

func (v *mailView) leaf(header textproto.MIMEHeader, body io.Reader) error {
	if v.leaves++; v.leaves > maxParts {
		return fmt.Errorf("more than %d parts", maxParts)
	}
	p := part{ID: strings.Trim(header.Get("Content-Id"), " <>")}
	p.Type, p.Params = contentType(header)
	disposition, params, _ := mime.ParseMediaType(header.Get("Content-Disposition")) // a bad one counts as none
	p.Name = decodeHeader(params["filename"])
	if p.Name == "" {
		p.Name = decodeHeader(p.Params["name"])
	}
	p.Body, p.Err = io.ReadAll(decoder(header.Get("Content-Transfer-Encoding"), body))
	switch {
	case disposition != "attachment" && p.Type == "text/plain" && v.Text == nil:
		v.Text = &p
	case disposition != "attachment" && p.Type == "text/html" && v.HTML == nil:
		v.HTML = &p
	default:
		v.Files = append(v.Files, &p)
	}
	return nil
}

// contentType is the media type of an entity. None, or one that cannot be
// read, is text/plain (RFC 2045 section 5.2).
func contentType(header textproto.MIMEHeader) (string, map[string]string) {
	mediaType, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if mediaType == "" || err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return "text/plain", nil
	}
	return mediaType, params
}

func decoder(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	}
	return r
}

// decodeHeader undoes RFC 2047; what it cannot decode stays as it is.
func decodeHeader(s string) string {
	decoded, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		return s
	}
	return decoded
}

// addresses are those of a header field, without names.
func addresses(value string) []string {
	list, err := mail.ParseAddressList(value)
	if err != nil {
		return nil
	}
	var found []string
	for _, a := range list {
		found = append(found, a.Address)
	}
	return found
}

// fields unfolds and decodes the head. Unlike net/mail it keeps the order and
// forgives everything.
func fields(raw []byte) []field {
	head, _, _ := strings.Cut(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n\n")
	var found []field
	for line := range strings.SplitSeq(head, "\n") {
		if folded := strings.TrimLeft(line, " \t"); folded != line && len(found) > 0 {
			found[len(found)-1].Value += " " + folded
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return found // not a head, or no more of it
		}
		found = append(found, field{name, strings.TrimSpace(value)})
	}
	for i := range found {
		found[i].Value = strings.ToValidUTF8(decodeHeader(found[i].Value), "\uFFFD")
	}
	return found
}

// Size is that of the decoded body.
func (p *part) Size() int64 { return int64(len(p.Body)) }

// Decoded is the part as UTF-8, as far as the standard library knows its
// character set; what is left over shows as replacement characters.
func (p *part) Decoded() string {
	switch strings.ToLower(p.Params["charset"]) {
	case "iso-8859-1", "latin1":
		runes := make([]rune, len(p.Body))
		for i, b := range p.Body {
			runes[i] = rune(b)
		}
		return string(runes)
	}
	return strings.ToValidUTF8(string(p.Body), "\uFFFD")
}

// A Mail is a message as its receiver reads it.
type Mail struct {
	Text, HTML string   // decoded; "" where there is none
	Files      []string // the names of what goes with it

	fields []field
}

// Read takes a message apart. The error says what could not be read; the rest
// stands.
func Read(raw []byte) (Mail, error) {
	v := open(raw)
	m := Mail{fields: v.Fields}
	if v.Text != nil {
		m.Text = strings.ReplaceAll(v.Text.Decoded(), "\r\n", "\n")
	}
	if v.HTML != nil {
		m.HTML = v.HTML.Decoded()
	}
	for _, f := range v.Files {
		m.Files = append(m.Files, f.Name)
	}
	return m, v.Err
}

// Header is the first field of a name, decoded; "" where there is none.
func (m Mail) Header(name string) string {
	for _, f := range m.fields {
		if strings.EqualFold(f.Name, name) {
			return strings.TrimSpace(f.Value) // it may begin on its next line
		}
	}
	return ""
}
