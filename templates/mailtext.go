package templates

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// textWidth is how many characters a line of a text part has at most: a screen
// of a terminal of 80, with room for marks of quotation (RFC 3676 section 4.2),
// or one of 72.
const textWidth = 72

// MailText is a Document as the text part of a mail: what somebody reads on a
// watch or through a terminal.
func MailText(d Document, f Foot) string {
	w := textWriter{}
	if d.Banner != "" {
		w.line("*** " + d.Banner + " ***\n")
	}
	for _, a := range d.Authority {
		w.line(a)
	}
	w.line("")
	if o := over(d); o != "" {
		w.wrapped(o, "", "")
	}
	head := cut(headline(d), textWidth*2)
	w.wrapped(head, "", "")
	w.line(strings.Repeat("=", min(utf8.RuneCountInString(head), textWidth)) + "\n")
	for _, b := range d.Lead {
		w.block(b)
	}
	w.facts(tongueOf(d.Lang), d.Facts)
	for _, b := range d.Blocks {
		w.block(b)
	}
	if len(d.Text) > 0 {
		w.heading(heading(d, "text"))
	}
	for _, b := range d.Text {
		w.block(b)
	}
	if d.Signature.Name != "" {
		w.line(d.Signature.Role + "\n" + d.Signature.Name + "\n")
	}
	for i, n := range d.Notes {
		w.line(fmt.Sprintf("(%d) %s\n", i+1, Plain(n.Runs)))
	}
	for _, b := range d.Summary {
		w.block(b)
	}
	w.foot(d, f)
	return w.String()
}

// A textWriter writes lines of text.
type textWriter struct{ strings.Builder }

func (w *textWriter) line(s string) { w.WriteString(s + "\n") }

// wrapped writes a text in lines of textWidth, the first behind one margin and
// the others behind another. Lines end at plain spaces alone: what a no-break
// space holds together stays so, and an address is never cut.
func (w *textWriter) wrapped(s, first, margin string) {
	line := first
	for i, word := range strings.Split(s, " ") {
		switch {
		case i == 0:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > textWidth:
			w.line(line)
			line = margin + word
		default:
			line += " " + word
		}
	}
	w.line(line)
}

// foot is the links, each on a line of its own, and who to ask.
func (w *textWriter) foot(d Document, f Foot) {
	t := tongueOf(d.Lang)
	w.line("-- ") // RFC 3676 section 4.3
	for _, l := range f.links(t) {
		w.line(l.Words + strings.TrimRight(t.colon(), " "))
		w.line(l.URL)
	}
	for _, c := range d.Contact {
		w.wrapped(Plain(c), "", "")
	}
}

func (w *textWriter) heading(s string) {
	w.wrapped(s, "", "")
	w.line(strings.Repeat("-", min(utf8.RuneCountInString(s), textWidth)) + "\n")
}

// facts are rows of names, as wide as the widest, and of what holds.
func (w *textWriter) facts(t tongue, all []Fact) {
	if len(all) == 0 {
		return
	}
	width := 0
	for _, f := range all {
		width = max(width, utf8.RuneCountInString(f.Name))
	}
	margin := strings.Repeat(" ", width+utf8.RuneCountInString(t.colon()))
	for _, f := range all {
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(f.Name))
		first := f.Name + pad + t.colon()
		if t.prefix != "" {
			first = f.Name + t.colon() + pad
		}
		for _, line := range f.Lines {
			w.wrapped(textRuns(line), first, margin)
			first = margin
		}
	}
	w.line("")
}

func (w *textWriter) block(b Block) {
	switch b.Kind {
	case List:
		for _, item := range b.Items {
			w.wrapped(textRuns(item), "- ", "  ")
		}
		w.line("")
	case Table:
		if b.Caption != "" {
			w.wrapped(b.Caption, "", "")
			w.line("")
		}
		for _, row := range b.Rows {
			var rows []Fact
			for i, cell := range row {
				rows = append(rows, Fact{Name: b.Head[i], Lines: [][]Run{cell}})
			}
			w.facts(french, rows) // only French texts have tables
		}
	case Heading:
		w.heading(textRuns(b.Runs))
	default:
		w.wrapped(textRuns(b.Runs), "", "")
		w.line("")
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
