package letter

import (
	"bytes"
	"testing"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"
	"github.com/jung-kurt/gofpdf"

	"douane.gouv.fr/crieur/templates"
)

// BenchmarkDraw compares the seed's letter with gofpdf used as its manual
// shows: Unicode fonts, MultiCell, no structure and no conformance.
func BenchmarkDraw(b *testing.B) {
	b.Run("letter", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			file, err := Draw(seed())
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(file)))
		}
	})
	b.Run("plain gofpdf", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.SetBytes(int64(plainly(b, seed())))
		}
	})
}

func plainly(b *testing.B, doc templates.Document) int {
	p := gofpdf.New("P", "mm", "A4", "")
	for style, data := range map[string][]byte{"": liberationsansregular.TTF, "B": liberationsansbold.TTF, "I": liberationsansitalic.TTF} {
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
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		b.Fatal(err)
	}
	return out.Len()
}

func BenchmarkVerify(b *testing.B) {
	file := drawn(b, seed())
	for b.Loop() {
		if err := Verify(file); err != nil {
			b.Fatal(err)
		}
	}
}
