package reading_test

import (
	"testing"

	"douane.gouv.fr/crieur/templates/reading"
)

func BenchmarkNew(b *testing.B) {
	w := words(b)
	for b.Loop() {
		reading.New(w)
	}
}

func BenchmarkLetter(b *testing.B) {
	r, text := reading.New(words(b)), file(b, "paragraphs.txt")
	for b.Loop() {
		if _, err := r.Letter(text, today); err != nil {
			b.Fatal(err)
		}
	}
}
