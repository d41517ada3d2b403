package templates

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
)

// A Foot is what stands below every mail.
type Foot struct {
	Leave       string // the reader's own link to leave
	Preferences string // the reader's own link to what it asked for; "" for none
	Page        string // the notice's public page
	Letter      string // the letter's file; "" where the event has none
	Outlook     string // the state of every service; "" for none
}

// MailText is a Document as the text part of a mail: what somebody reads on a
// watch or through a terminal.
func MailText(d Document, f Foot) string {
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\n") }
	if d.Banner != "" {
		line("*** " + d.Banner + " ***\n")
	}
	for _, a := range d.Authority {
		line(a)
	}
	line("\n" + d.Title)
	line(strings.Repeat("=", len([]rune(d.Title))) + "\n")
	line(d.Subject + "\n")
	for _, block := range d.Blocks {
		textBlock(line, block)
	}
	if d.Signature.Name != "" {
		line(d.Signature.Role + "\n" + d.Signature.Name + "\n")
	}
	for i, n := range d.Notes {
		line(fmt.Sprintf("(%d) %s\n", i+1, Plain(n.Runs)))
	}
	for _, block := range d.Summary {
		textBlock(line, block)
	}
	line("-- ") // RFC 3676 section 4.3
	for _, c := range d.Contact {
		line(Plain(c))
	}
	if f.Page != "" {
		line("Page de cette note : " + f.Page)
	}
	line("Ne plus recevoir ces messages : " + f.Leave)
	return b.String()
}

func textBlock(line func(string), b Block) {
	switch b.Kind {
	case List:
		for _, item := range b.Items {
			line("- " + textRuns(item))
		}
		line("")
	case Table:
		for _, row := range b.Rows {
			for i, cell := range row {
				line(b.Head[i] + " : " + textRuns(cell))
			}
			line("")
		}
	case Heading:
		line(strings.ToUpper(textRuns(b.Runs)) + "\n")
	default:
		line(textRuns(b.Runs) + "\n")
	}
}

// textRuns is runs as text: a note's number in brackets, a link's address
// behind its words.
func textRuns(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		switch {
		case r.Note > 0:
			b.WriteString(nbsp + "(" + r.Text + ")")
		case strings.HasPrefix(r.Link, "http") && r.Link != r.Text:
			b.WriteString(r.Text + " <" + r.Link + ">")
		default:
			b.WriteString(r.Text)
		}
	}
	return b.String()
}

//go:embed mail.html
var mailPage string

var mailTemplate = template.Must(template.New("mail").Parse(mailPage))

// MailHTML is a Document as the HTML part of a mail: everything in place, no
// image, nothing loaded.
func MailHTML(d Document, f Foot) (string, error) {
	w, summary := htmlWriter{level: 2, plain: true}, htmlWriter{level: 2, plain: true}
	for _, b := range d.Blocks {
		w.block(b)
	}
	w.notes(d.Notes)
	for _, b := range d.Summary {
		summary.block(b)
	}
	contact := make([]template.HTML, len(d.Contact))
	for i, line := range d.Contact {
		c := htmlWriter{plain: true}
		c.runs(line)
		contact[i] = template.HTML(c.String())
	}
	var out bytes.Buffer
	err := mailTemplate.Execute(&out, struct {
		Document
		Foot
		Body, English template.HTML
		Contact       []template.HTML
	}{d, f, template.HTML(w.String()), template.HTML(summary.String()), contact})
	return out.String(), err
}
