package letter

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"douane.gouv.fr/crieur/templates"
)

// An InputError says what of a Document cannot be drawn.
type InputError struct {
	Field   string // where: "Blocks[2].Rows[1][0]"
	Rune    rune   // the character at fault; 0 where it is something else
	Problem string
}

func (e *InputError) Error() string {
	if e.Rune == 0 {
		return fmt.Sprintf("%s: %s", e.Field, e.Problem)
	}
	return fmt.Sprintf("%s: %q (%U): %s", e.Field, e.Rune, e.Rune, e.Problem)
}

// sift takes a Document in: what it returns has no text that cannot be drawn.
func sift(doc templates.Document, t *typeface) (templates.Document, error) {
	s := sieve{notes: len(doc.Notes), typeface: t}
	s.frame(&doc)
	doc.Blocks = slices.Clone(doc.Blocks)
	for i := range doc.Blocks {
		s.block(fmt.Sprintf("Blocks[%d]", i), &doc.Blocks[i])
	}
	doc.Notes = slices.Clone(doc.Notes)
	for i := range doc.Notes {
		doc.Notes[i].Runs = s.plainRuns(fmt.Sprintf("Notes[%d]", i), doc.Notes[i].Runs)
		if !s.called[i+1] {
			s.fail(fmt.Sprintf("Notes[%d]", i), 0, "no run calls this note")
		}
	}
	return doc, s.err
}

// A sieve lets through what can be drawn. It keeps the first error.
type sieve struct {
	notes    int
	called   map[int]bool
	typeface *typeface // nil: the house's own
	err      error
}

// fail keeps an error, unless there is one: who mends a document mends it from
// the top.
func (s *sieve) fail(field string, r rune, problem string) {
	if s.err == nil {
		s.err = &InputError{field, r, problem}
	}
}

// frame takes in everything but blocks and notes.
func (s *sieve) frame(doc *templates.Document) {
	s.called = map[int]bool{}
	if _, ok := wordings[doc.Lang]; !ok {
		s.fail("Lang", 0, fmt.Sprintf("letters are in fr or en, not in %q", doc.Lang))
	}
	if year := doc.Date.UTC().Year(); !doc.Date.IsZero() && (year < 1 || year > 9999) {
		s.fail("Date", 0, "a year of four digits is needed")
	}
	doc.Banner = s.text("Banner", doc.Banner)
	doc.Title = s.text("Title", doc.Title)
	doc.Subject = s.text("Subject", doc.Subject)
	doc.Running = s.text("Running", doc.Running)
	doc.Signature.Role = s.text("Signature.Role", doc.Signature.Role)
	doc.Signature.Name = s.text("Signature.Name", doc.Signature.Name)
	if blank(doc.Title) {
		s.fail("Title", 0, "a letter has a title")
	}
	doc.Authority = s.texts("Authority", doc.Authority)
	doc.PlaceDate = s.plainRuns("PlaceDate", doc.PlaceDate)
	doc.Sender = s.rows("Sender", doc.Sender)
	doc.Contact = s.rows("Contact", doc.Contact)
}

// block takes in one block. A kind that is not known is refused: to leave a
// block out would be to say less than was approved.
func (s *sieve) block(field string, b *templates.Block) {
	switch b.Kind {
	case templates.Paragraph, templates.Heading, templates.Callout:
		b.Runs = s.runs(field+".Runs", b.Runs)
	case templates.List:
		b.Items = slices.Clone(b.Items)
		for i := range b.Items {
			b.Items[i] = s.runs(fmt.Sprintf("%s.Items[%d]", field, i), b.Items[i])
		}
	case templates.Table:
		s.table(field, b)
	default:
		s.fail(field+".Kind", 0, fmt.Sprintf("no such kind of block: %q", b.Kind))
	}
}

// table takes in the cells. A cell that no heading names cannot be understood
// by those who listen to the table.
func (s *sieve) table(field string, b *templates.Block) {
	b.Head = s.texts(field+".Head", b.Head)
	b.Rows = slices.Clone(b.Rows)
	for i, row := range b.Rows {
		if len(b.Head) > 0 && len(row) > len(b.Head) {
			s.fail(fmt.Sprintf("%s.Rows[%d]", field, i), 0, fmt.Sprintf("%d cells below %d headings", len(row), len(b.Head)))
		}
		b.Rows[i] = slices.Clone(row)
		for k := range row {
			b.Rows[i][k] = s.runs(fmt.Sprintf("%s.Rows[%d][%d]", field, i, k), row[k])
		}
	}
}

// texts takes in plain lines.
func (s *sieve) texts(field string, texts []string) []string {
	texts = slices.Clone(texts)
	for i := range texts {
		texts[i] = s.text(fmt.Sprintf("%s[%d]", field, i), texts[i])
	}
	return texts
}

// rows takes in lines that may not call notes.
func (s *sieve) rows(field string, rows [][]templates.Run) [][]templates.Run {
	rows = slices.Clone(rows)
	for i := range rows {
		rows[i] = s.plainRuns(fmt.Sprintf("%s[%d]", field, i), rows[i])
	}
	return rows
}

// plainRuns takes in runs that may not call notes: only the body has a page
// whose foot a note could stand at.
func (s *sieve) plainRuns(field string, runs []templates.Run) []templates.Run {
	if slices.ContainsFunc(runs, func(r templates.Run) bool { return r.Note != 0 }) {
		s.fail(field, 0, "a note cannot be called from here")
	}
	return s.runs(field, runs)
}

// runs takes in runs, and remembers which notes they call.
func (s *sieve) runs(field string, runs []templates.Run) []templates.Run {
	runs = slices.Clone(runs)
	for i := range runs {
		r, where := &runs[i], fmt.Sprintf("%s[%d]", field, i)
		r.Text = s.text(where, r.Text)
		r.Link = s.link(where, r.Link)
		if r.Note < 0 || r.Note > s.notes {
			s.fail(where, 0, fmt.Sprintf("note %d of %d", r.Note, s.notes))
		}
		if r.Note > 0 && blank(r.Text) {
			s.fail(where, 0, "a note is called by its number")
		}
		s.called[r.Note] = true
	}
	return runs
}

// longestLink is what browsers take.
const longestLink = 2000

// link is where a link leads, in the ASCII that a PDF wants.
func (s *sieve) link(field, link string) string {
	if link == "" {
		return ""
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "mailto" {
		s.fail(field, 0, "a link leads to https:, http: or mailto:")
		return ""
	}
	if link = u.String(); len(link) > longestLink {
		s.fail(field, 0, fmt.Sprintf("a link of %d bytes", len(link)))
	}
	return link
}

// text is a text in NFC without its invisible marks, if every character of it
// can be drawn.
func (s *sieve) text(field, text string) string {
	if !utf8.ValidString(text) {
		s.fail(field, utf8.RuneError, "not UTF-8")
		return ""
	}
	text = strings.Map(func(r rune) rune {
		switch r {
		case '\u00AD', '\u200B', '\u2060', '\uFEFF': // where to break, or not: the letter breaks at blanks alone
			return -1
		}
		return r
	}, norm.NFC.String(text))
	for _, r := range text {
		if problem := problemOf(r, s.typeface); problem != "" {
			s.fail(field, r, problem)
		}
	}
	return text
}

// drawable are the scripts that one glyph a character, from left to right,
// draws rightly.
var drawable = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Common}

// problemOf is why a character cannot be drawn in a typeface; "" where it can.
func problemOf(r rune, t *typeface) string {
	switch {
	case r >= ' ' && r < asciiEnd:
		return ""
	case r == utf8.RuneError:
		return "it stands for text that was lost"
	case unicode.Is(unicode.Mark, r):
		return "an accent that combines with no letter before it"
	case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
		return "a control character"
	case !unicode.In(r, drawable...) || fontOf(face{regular, t}).Glyph(drawnAs(r)) == 0:
		return "not in the letter's typeface"
	}
	return ""
}

// blank is whether a text has no words.
func blank(text string) bool { return strings.Trim(text, " ") == "" }
