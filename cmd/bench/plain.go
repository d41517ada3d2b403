package main

import (
	"bytes"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"
	"github.com/jung-kurt/gofpdf"

	"douane.gouv.fr/crieur/templates"
)

// plainly draws a letter with gofpdf as its manual shows: Unicode fonts and
// MultiCell. It has neither structure nor conformance, links nor notes.
func plainly(doc templates.Document) ([]byte, error) {
	p := gofpdf.New("P", "mm", "A4", "")
	faces := map[string][]byte{"": liberationsansregular.TTF, "B": liberationsansbold.TTF, "I": liberationsansitalic.TTF}
	for style, data := range faces {
		p.AddUTF8FontFromBytes("sans", style, bytes.Clone(data)) // it writes into the font's bytes
	}
	p.AddPage()
	write := func(style, text string) {
		p.SetFont("sans", style, 11)
		p.MultiCell(0, 5.3, text, "", "", false)
		p.Ln(3)
	}
	write("I", "Liberté Égalité Fraternité")
	write("B", doc.Title)
	write("B", doc.Subject)
	for _, block := range doc.Blocks {
		write("", templates.Plain(block.Runs))
	}
	for _, lines := range [][][]templates.Run{doc.Sender, doc.Contact} {
		for _, line := range lines {
			write("", templates.Plain(line))
		}
	}
	write("", doc.Signature.Role)
	write("B", doc.Signature.Name)
	var out bytes.Buffer
	err := p.Output(&out)
	return out.Bytes(), err
}
