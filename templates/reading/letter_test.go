package reading_test

import (
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/reading"
)

func words(t testing.TB) templates.Words {
	t.Helper()
	house, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	return templates.Words{Catalogue: house.Catalogue, Bureaus: house.Bureaus}
}

// today is long after the letters.
var today = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func example(t testing.TB, path string) notice.Notice {
	t.Helper()
	text, err := schemas.Files.ReadFile("examples/" + path)
	if err != nil {
		t.Fatal(err)
	}
	w := words(t)
	n, ps := schemas.Check(text, w.Catalogue, w.Bureaus)
	if err := ps.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

func read(t testing.TB, text string) reading.Reading {
	t.Helper()
	r, err := reading.New(words(t)).Letter(text, today)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func file(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func yaml(t testing.TB, n notice.Notice) string {
	t.Helper()
	text, err := schemas.Write(n)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSeed wants the example notice exactly of the letter of 1 August 2023, in
// whatever shape it is pasted.
func TestSeed(t *testing.T) {
	t.Parallel()
	want := example(t, "2023-08-08/notice.yaml")
	paragraphs := file(t, "paragraphs.txt")
	for name, text := range map[string]string{
		"paragraphs":      paragraphs,
		"markdown":        file(t, "note.md"),
		"our own letter":  pasted(t, want),
		"empty lines":     strings.ReplaceAll(paragraphs, "\n", "\n\n"),
		"windows":         strings.ReplaceAll(paragraphs, "\n", "\r\n"),
		"no accents":      strings.NewReplacer("é", "e", "è", "e", "à", "a", "û", "u", "ê", "e").Replace(strings.ReplaceAll(paragraphs, "réseau", "RESEAU")),
		"narrow":          wrapped(paragraphs, 40),
		"narrow, spaced":  wrapped(strings.ReplaceAll(paragraphs, "\n", "\n\n"), 62),
		"no-break spaces": strings.NewReplacer(" 2023", "\u00a02023", "Delta ", "Delta\u00a0", " :", "\u202f:", "'", "’").Replace(paragraphs),
		"DELTA-T":         strings.NewReplacer("Delta T", "DELTA-T", "Delta G", "Delt@-G", "Delta H7", "DELTA H7").Replace(paragraphs),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := read(t, text)
			if name == "no accents" { // which nobody can give back
				r.Notice.Cause = want.Cause
			}
			if !reflect.DeepEqual(r.Notice, want) || yaml(t, r.Notice) != yaml(t, want) {
				t.Errorf("read\n%s\nwant\n%s", yaml(t, r.Notice), yaml(t, want))
			}
			if len(r.Unread) > 0 || len(r.Doubts) > 0 || len(r.Adds) > 0 {
				t.Errorf("unread %q, doubts %q, adds %q", r.Unread, r.Doubts, r.Adds)
			}
		})
	}
}

// wrapped breaks lines at a width, as a page does.
func wrapped(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		at := 0
		for i, word := range strings.Fields(line) {
			if i > 0 && at+len(word) > width {
				b.WriteString("\n")
				at = 0
			} else if i > 0 {
				b.WriteString(" ")
			}
			b.WriteString(word)
			at += len(word) + 1
		}
		b.WriteString("\n")
	}
	return b.String()
}

// pasted is a notice's letter as plain text.
func pasted(t testing.TB, n notice.Notice) string {
	t.Helper()
	d, err := words(t).Letter(n)
	if err != nil {
		t.Fatal(err)
	}
	return plainLetter(d)
}

func plainLetter(d templates.Document) string {
	var all []string
	add := func(lines ...string) { all = append(all, strings.Join(lines, "\n")) }
	add(d.Banner)
	add(d.Authority...)
	add(templates.Plain(d.PlaceDate))
	add(d.Title)
	add("Objet : " + d.Subject)
	for _, b := range d.Blocks {
		lines := []string{templates.Plain(b.Runs)}
		for _, item := range b.Items {
			lines = append(lines, "• "+templates.Plain(item))
		}
		for _, row := range b.Rows {
			var cells []string
			for _, cell := range row {
				cells = append(cells, templates.Plain(cell))
			}
			lines = append(lines, strings.Join(cells, "\t"))
		}
		add(lines...)
	}
	for _, lines := range [][][]templates.Run{d.Sender, d.Contact} {
		var block []string
		for _, line := range lines {
			block = append(block, templates.Plain(line))
		}
		add(block...)
	}
	add(d.Signature.Role)
	add(d.Signature.Name)
	for _, n := range d.Notes {
		add("1 " + templates.Plain(n.Runs))
	}
	return strings.Join(all, "\n\n")
}

// lost are the fields that no letter gives back, by example: what it does not
// say. It may not grow.
var lost = map[string][]string{}

// TestRoundTrip reads the letter of every example back.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	paths, err := fs.Glob(schemas.Files, "examples/*/*.yaml")
	if err != nil || len(paths) < 40 {
		t.Fatalf("%d examples, %v", len(paths), err)
	}
	reader, w := reading.New(words(t)), words(t)
	for _, path := range paths {
		path = strings.TrimPrefix(path, "examples/")
		if strings.HasSuffix(path, "/story.yaml") {
			continue
		}
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			n := example(t, path)
			for shape, text := range map[string]string{"as it is": pasted(t, n), "narrow": wrapped(pasted(t, n), 70)} {
				if shape == "narrow" && strings.Contains(text, "Le tableau") {
					continue // a table that is broken into lines is none
				}
				r, err := reader.Letter(text, today)
				if err != nil {
					t.Fatal(err)
				}
				if got := differing(said(w, n), said(w, r.Notice)); !slices.Equal(got, lost[path]) {
					t.Errorf("%s: lost are %q, known are %q; read\n%s", shape, got, lost[path], yaml(t, r.Notice))
				}
				if len(r.Unread)+len(r.Adds)+len(r.Doubts) > 0 {
					t.Errorf("%s: unread %q, doubts %q, adds %q", shape, r.Unread, r.Doubts, r.Adds)
				}
			}
		})
	}
}

// said is a notice with what goes without saying said: what its letter says of
// it.
func said(w templates.Words, n notice.Notice) notice.Notice {
	if n.Issued.Place == "" {
		n.Issued.Place = w.Bureaus[n.Issuer].Place
	}
	n.Scope = w.Catalogue.Resolve(n)
	n.Services, n.Modes, n.Effect, n.Messages, n.Fallback = nil, nil, "", nil, notice.Fallback{}
	return n
}

// differing are the fields in which two notices differ.
func differing(a, b notice.Notice) []string {
	var fields []string
	for i := range reflect.TypeFor[notice.Notice]().NumField() {
		if x, y := reflect.ValueOf(a).Field(i).Interface(), reflect.ValueOf(b).Field(i).Interface(); !reflect.DeepEqual(x, y) {
			fields = append(fields, reflect.TypeFor[notice.Notice]().Field(i).Name)
		}
	}
	return fields
}
