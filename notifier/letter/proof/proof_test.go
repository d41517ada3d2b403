package proof_test

import (
	"bytes"
	"errors"
	"testing"

	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/notifier/letter/pdf"
	"douane.gouv.fr/crieur/notifier/letter/proof"
	"douane.gouv.fr/crieur/templates"
)

// drawn is a letter with one of everything that a reader may trip over. What spoils its
// objects is in the tests of package letter, which has them before they are
// packed.
func drawn(t testing.TB) []byte {
	t.Helper()
	text := func(text string) []templates.Run { return []templates.Run{{Text: text}} }
	file, err := letter.Draw(templates.Document{
		Lang: "fr", Title: "Note", Subject: "Essai & <suite>", Authority: []string{"Direction"},
		Blocks: []templates.Block{
			{Kind: templates.Paragraph, Runs: []templates.Run{
				{Text: "Voir "}, {Text: "la météo", Link: "https://www.douane.gouv.fr/"}, {Text: "1", Note: 1}, {Text: "."}}},
			{Kind: templates.List, Items: [][]templates.Run{text("un"), text("deux")}},
			{Kind: templates.Table, Head: []string{"a", "b"}, Rows: [][][]templates.Run{{text("c")}}},
		},
		Notes: []templates.Note{{Runs: text("En bas de page.")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestText(t *testing.T) {
	t.Parallel()
	got, err := proof.Text(drawn(t))
	const want = "RÉPUBLIQUE FRANÇAISE\nLiberté Égalité Fraternité\nDirection\nNote\nObjet\u00a0: Essai & <suite>\n" +
		"Voir la météo1.\n1 En bas de page.\n• un\n• deux\na\tb\nc\t\n"
	if err != nil || got != want {
		t.Errorf("Text = %q, %v, want %q", got, err, want)
	}
	if _, err := proof.Text([]byte("%PDF-1.7 and no more")); !errors.Is(err, pdf.ErrFormat) {
		t.Errorf("no letter: %v", err)
	}
}

// TestVerifyLooksAtTheBytes: what only the written file can break.
func TestVerifyLooksAtTheBytes(t *testing.T) {
	t.Parallel()
	file := drawn(t)
	if err := proof.Verify(file); err != nil {
		t.Fatalf("Verify: %v", err)
	}
	for _, test := range []struct{ name, old, new string }{
		{"version", "%PDF-1.7", "%PDF-1.4"},
		{"binary comment", "%\xE2\xE3\xCF\xD3", "%abcd"},
		{"identifier", "/ID[", "/IX["},
		{"type of the metadata", "/Subtype/XML", "/Subtype/XMX"},
		{"end", "%%EOF\n", "%%EOX\n"},
		{"cut off", "%%EOF\n", ""},
	} {
		spoilt := bytes.Replace(file, []byte(test.old), []byte(test.new), 1)
		if bytes.Equal(spoilt, file) {
			t.Fatalf("%s: nothing to spoil", test.name)
		}
		if err := proof.Verify(spoilt); !errors.Is(err, proof.ErrConformance) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if err := proof.Verify(nil); !errors.Is(err, pdf.ErrFormat) {
		t.Errorf("no file at all: %v", err)
	}
}

// FuzzVerify: no file whatever makes a reader panic.
func FuzzVerify(f *testing.F) {
	file := drawn(f)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(bytes.ReplaceAll(file, []byte("0 R"), []byte("1 R")))
	f.Fuzz(func(t *testing.T, file []byte) {
		_ = proof.Verify(file)
		_, _ = proof.Text(file)
	})
}
