package letter

import (
	"errors"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/templates"
)

// FuzzDraw: any text in any place gives a letter that says it, within its
// pages, or an error that names the place.
func FuzzDraw(f *testing.F) {
	f.Add("Interruption", "Les services\u00a0: «\u202foui\u202f», d’ici au 1er.", uint32(0))
	f.Add("Suite", strings.Repeat("mot ", 200), uint32(0x7F))
	f.Add("Adresse", "https://www.douane.gouv.fr/"+strings.Repeat("a/", 200), uint32(0xFF3))
	f.Add("🚢", "\xFF\x00\n\u202E", uint32(0x12345))
	f.Add("Łódź", strings.Repeat("Ελλάδα България ", 40), uint32(0xFFFFFF))
	f.Fuzz(func(t *testing.T, subject, text string, shape uint32) {
		doc := shaped(subject, text, shape)
		file, err := Draw(doc)
		if err != nil {
			var refused *InputError
			if !errors.As(err, &refused) || refused.Field == "" {
				t.Fatalf("Draw: %v", err)
			}
			return
		}
		if err := Verify(file); err != nil {
			t.Errorf("Verify: %v", err)
		}
		taken, err := sift(doc, nil)
		if err != nil {
			t.Fatal(err)
		}
		l, err := layOut(Letter{Document: taken})
		if err != nil {
			t.Fatal(err)
		}
		checkInPage(t, l)
		read := squeezed(strings.Join(textOf(t, file), ""))
		for _, want := range []string{taken.Subject, taken.Signature.Name, templates.Plain(taken.Notes[0].Runs)} {
			if !strings.Contains(read, squeezed(want)) {
				t.Errorf("the letter does not say %q", want)
			}
		}
		if n := strings.Count(read, squeezed(text)); text != "" && squeezed(text) != "" && n < 1 && taken.Notes[0].Runs[1].Text == text {
			t.Errorf("the letter says %q %d times", text, n)
		}
	})
}

func squeezed(text string) string { return strings.NewReplacer(" ", "", "\t", "").Replace(text) }

// shaped is a document with a text in all places; the bits of shape choose
// kinds, styles and lengths.
func shaped(subject, text string, shape uint32) templates.Document {
	bit := func(n uint) bool { return shape>>n&1 == 1 }
	doc := seed()
	doc.Subject = subject
	doc.Signature.Name = text
	if bit(0) {
		doc.Banner, doc.Running = subject, text
	}
	r := templates.Run{Text: text, Bold: bit(1), Italic: bit(2), Underline: bit(3), Struck: bit(4), Raised: bit(5)}
	if bit(6) {
		r.Link = outlookURL
	}
	words := runs(run("Un "), r, run(", et "), r, run("."))
	doc.Notes[0].Runs = runs(run("Note "), run(text))
	doc.Sender[0] = words
	doc.Contact[0] = words
	kinds := []templates.Block{
		{Kind: templates.Paragraph, Runs: words},
		{Kind: templates.Heading, Runs: words},
		{Kind: templates.Callout, Runs: words},
		{Kind: templates.List, Items: [][]templates.Run{words, words}},
		{Kind: templates.Table, Head: []string{subject, text}, Rows: [][][]templates.Run{{words, words}, {words}}},
		{Kind: templates.Table, Rows: [][][]templates.Run{{words, words, words, nil}}},
	}
	for i := range shape >> 7 & 15 {
		doc.Blocks = append(doc.Blocks, kinds[(shape>>11+i)%uint32(len(kinds))])
	}
	return doc
}
