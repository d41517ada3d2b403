package letter

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"douane.gouv.fr/crieur/templates"
)

// TestRefused: what cannot be drawn is named by its place and character.
func TestRefused(t *testing.T) {
	t.Parallel()
	word := func(text string) func(*templates.Document) {
		return func(d *templates.Document) { d.Blocks[1].Runs = runs(run("un mot "), run(text)) }
	}
	for _, test := range []struct {
		name   string
		change func(*templates.Document)
		field  string
		char   rune
	}{
		{"emoji", word("🚢 quai"), "Blocks[1].Runs[1]", '🚢'},
		{"arrow that the typeface lacks", word("⇒"), "Blocks[1].Runs[1]", '⇒'},
		{"not UTF-8", word("d\xE9jà"), "Blocks[1].Runs[1]", '\uFFFD'},
		{"lost text", word("d\uFFFDjà"), "Blocks[1].Runs[1]", '\uFFFD'},
		{"line feed", word("a\nb"), "Blocks[1].Runs[1]", '\n'},
		{"tab", word("a\tb"), "Blocks[1].Runs[1]", '\t'},
		{"NUL", word("\x00"), "Blocks[1].Runs[1]", 0},
		{"line separator", word("a\u2028b"), "Blocks[1].Runs[1]", '\u2028'},
		{"from right to left", word("\u202Eabc"), "Blocks[1].Runs[1]", '\u202E'},
		{"Hebrew", word("שלום"), "Blocks[1].Runs[1]", 'ש'},
		{"Chinese", word("海关"), "Blocks[1].Runs[1]", '海'},
		{"an accent alone", word("q\u0301"), "Blocks[1].Runs[1]", '\u0301'},
		{"in a cell", func(d *templates.Document) { d.Blocks[0] = serviceTable(2); d.Blocks[0].Rows[1][2] = runs(run("✓")) }, "Blocks[0].Rows[1][2][0]", '✓'},
		{"in a list", func(d *templates.Document) {
			d.Blocks[0] = templates.Block{Kind: templates.List, Items: [][]templates.Run{runs(run("✓"))}}
		}, "Blocks[0].Items[0][0]", '✓'},
		{"in the subject", func(d *templates.Document) { d.Subject = "✓" }, "Subject", '✓'},
		{"in the sender", func(d *templates.Document) { d.Sender[2][0].Text = "✓" }, "Sender[2][0]", '✓'},
		{"in a note", func(d *templates.Document) { d.Notes[0].Runs[0].Text = "✓" }, "Notes[0][0]", '✓'},
		{"no title", func(d *templates.Document) { d.Title = " " }, "Title", 0},
		{"language", func(d *templates.Document) { d.Lang = "de" }, "Lang", 0},
		{"year", func(d *templates.Document) { d.Date = time.Date(12023, 1, 1, 0, 0, 0, 0, time.UTC) }, "Date", 0},
		{"kind", func(d *templates.Document) { d.Blocks[2].Kind = "image" }, "Blocks[2].Kind", 0},
		{"note that is not there", func(d *templates.Document) { d.Blocks[6].Runs[1].Note = 2 }, "Blocks[6].Runs[1]", 0},
		{"note that nobody calls", func(d *templates.Document) { d.Blocks[6].Runs[1].Note = 0 }, "Notes[0]", 0},
		{"note called from the sender", func(d *templates.Document) { d.Sender[1][0].Note = 1 }, "Sender[1]", 0},
		{"note without a number", func(d *templates.Document) { d.Blocks[6].Runs[1].Text = " " }, "Blocks[6].Runs[1]", 0},
		{"link to a program", func(d *templates.Document) { d.Blocks[4].Runs[3].Link = "javascript:alert(1)" }, "Blocks[4].Runs[3]", 0},
		{"link to nowhere", func(d *templates.Document) { d.Blocks[4].Runs[3].Link = "http://%zz" }, "Blocks[4].Runs[3]", 0},
		{"more cells than headings", func(d *templates.Document) { d.Blocks[0] = serviceTable(1); d.Blocks[0].Head = []string{"Mode"} }, "Blocks[0].Rows[0]", 0},
		{"too many columns", func(d *templates.Document) {
			d.Blocks[0] = templates.Block{Kind: templates.Table, Rows: [][][]templates.Run{make([][]templates.Run, 40)}}
		}, "Blocks[0]", 0},
		{"a sender as long as a page", func(d *templates.Document) { d.Sender[0] = runs(run(strings.Repeat("adresse ", 2000))) }, "Authority, Title, Subject, Sender, Contact", 0},
		{"a running head as long as a page", func(d *templates.Document) {
			d.Running = strings.Repeat("note ", 2000)
			d.Blocks = append(d.Blocks, d.Blocks...)
		}, "Running", 0},
		{"a note as long as a page", func(d *templates.Document) { d.Notes[0].Runs = runs(run(strings.Repeat("note ", 3000))) }, "Blocks", 0},
		{"a cell as long as a page", func(d *templates.Document) {
			d.Blocks[0] = serviceTable(1)
			d.Blocks[0].Rows[0][0] = runs(run(strings.Repeat("mot ", 2000)))
		}, "Blocks", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			doc := seed()
			test.change(&doc)
			_, err := Draw(doc)
			var refused *InputError
			if !errors.As(err, &refused) {
				t.Fatalf("Draw: %v, want an InputError", err)
			}
			if !strings.HasPrefix(err.Error(), test.field+": ") || !strings.Contains(err.Error(), refused.Problem) {
				t.Errorf("the message does not say all: %v", err)
			}
			if refused.Field != test.field || refused.Rune != test.char {
				t.Errorf("at %q, character %q: %v", refused.Field, refused.Rune, err)
			}
		})
	}
}

// TestTaken: what is odd and still right.
func TestTaken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"decomposed", "e\u0301tat", "état"},
		{"soft hyphen", "inter\u00adruption", "interruption"},
		{"zero width", "a\u200bb\u2060c\ufeff", "abc"},
		{"non-breaking hyphen", "e\u2011commerce", "e\u2011commerce"},
		{"blanks", "  a   b  ", "a b"},
		{"brackets", `a (b) \c`, `a (b) \c`},
		{"long word", strings.Repeat("n", 300), strings.Repeat("n", 300)},
		{"long address", "https://" + strings.Repeat("douane/", 60), "https://" + strings.Repeat("douane/", 60)},
		{"marks alone", strings.Repeat("-", 500), strings.Repeat("-", 500)},
		{"many characters", alphabetSoup(), alphabetSoup()},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			doc := seed()
			doc.Blocks = []templates.Block{paragraph(run(test.text))}
			doc.Notes = nil
			l, err := layOut(Letter{Document: doc})
			if err == nil {
				checkInPage(t, l)
			}
			if lines := textOf(t, drawn(t, doc)); lines[6] != test.want {
				t.Errorf("%q, want %q", lines[6], test.want)
			}
		})
	}
}

// alphabetSoup is more characters than two one-byte fonts hold.
func alphabetSoup() string {
	var b strings.Builder
	for r := rune(0xA1); r < 0x530; r++ {
		if problemOf(r, nil) == "" && norm.NFC.IsNormalString(string(r)) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// TestFacesCoverTheSame: a character is looked up in one face for all.
func TestFacesCoverTheSame(t *testing.T) {
	t.Parallel()
	for r := rune(0); r < 0x10000; r++ {
		for s := range shapes {
			if problemOf(r, nil) == "" && fontOf(face{shape: s}).Glyph(drawnAs(r)) == 0 {
				t.Errorf("%s lacks %U", face{shape: s}.name(), r)
			}
		}
	}
}

func TestEmptyParts(t *testing.T) {
	t.Parallel()
	doc := templates.Document{Lang: "fr", Title: "Note", Blocks: []templates.Block{
		paragraph(), paragraph(run("  ")), {Kind: templates.Heading}, {Kind: templates.Callout},
		{Kind: templates.List}, {Kind: templates.List, Items: [][]templates.Run{nil}}, {Kind: templates.Table},
		{Kind: templates.Table, Rows: [][][]templates.Run{{runs(run("a")), nil}, {}}},
	}}
	if lines := textOf(t, drawn(t, doc)); strings.Join(lines, "|") != "RÉPUBLIQUE FRANÇAISE|Liberté Égalité Fraternité|Note|a\t|\t" {
		t.Errorf("%q", lines)
	}
}
