package reading_test

import (
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
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
		"paragraphs":        paragraphs,
		"markdown":          file(t, "note.md"),
		"our own letter":    pasted(t, want),
		"pdftotext":         file(t, "2023-08-08.txt"),
		"pdftotext -layout": file(t, "2023-08-08.layout.txt"),
		"pdftotext -raw":    file(t, "2023-08-08.raw.txt"),
		"empty lines":       strings.ReplaceAll(paragraphs, "\n", "\n\n"),
		"windows":           strings.ReplaceAll(paragraphs, "\n", "\r\n"),
		"no accents":        strings.NewReplacer("é", "e", "è", "e", "à", "a", "û", "u", "ê", "e").Replace(strings.ReplaceAll(paragraphs, "réseau", "RESEAU")),
		"narrow":            wrapped(paragraphs, 40),
		"narrow, spaced":    wrapped(strings.ReplaceAll(paragraphs, "\n", "\n\n"), 62),
		"no-break spaces":   strings.NewReplacer(" 2023", "\u00a02023", "Delta ", "Delta\u00a0", " :", "\u202f:", "'", "’").Replace(paragraphs),
		"DELTA-T":           strings.NewReplacer("Delta T", "DELTA-T", "Delta G", "Delt@-G", "Delta H7", "DELTA H7").Replace(paragraphs),
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

// TestTable reads a table as pages give it, with its cells in any order. Where
// they do not stand in order that is told.
func TestTable(t *testing.T) {
	t.Parallel()
	want := example(t, "tableau/notice.yaml")
	for _, shape := range []string{"", ".layout", ".raw"} {
		r := read(t, file(t, "tableau"+shape+".txt"))
		if got := differing(said(words(t), want), said(words(t), r.Notice)); len(got) > 0 || len(r.Unread)+len(r.Adds) > 0 || (len(r.Doubts) == 0) != (shape == ".raw") {
			t.Errorf("%q: %q differ; unread %q, doubts %q, adds %q; read\n%s", shape, got, r.Unread, r.Doubts, r.Adds, yaml(t, r.Notice))
		}
	}
}

// TestOwnWords reads what a deployment says in words of its own: they are known
// by the clauses that compose its letters.
func TestOwnWords(t *testing.T) {
	t.Parallel()
	own, err := templates.ReadOwn(fstest.MapFS{"comint1/letter.txt": {Data: []byte(
		"announce.maintenance: Le bureau fait savoir {that_cause} {is_planned}, et ce {period}.\n" +
			"effect.planned: Seront ainsi touchés : {services}, qui {will_be_effect} {in_modes} durant {these_windows}.\n")}})
	if err != nil {
		t.Fatal(err)
	}
	w, want := words(t), example(t, "2023-08-08/notice.yaml")
	w.Own = own
	d, err := w.Letter(want)
	if err != nil {
		t.Fatal(err)
	}
	r, err := reading.New(w).Letter(plainLetter(d), today)
	if err != nil || !reflect.DeepEqual(r.Notice, want) || len(r.Unread)+len(r.Doubts) > 0 {
		t.Errorf("%v, unread %q, doubts %q; read\n%s", err, r.Unread, r.Doubts, yaml(t, r.Notice))
	}
}

// TestAdds tells what the notice's letter says and the pasted one does not.
func TestAdds(t *testing.T) {
	t.Parallel()
	var kept []string
	for line := range strings.Lines(file(t, "paragraphs.txt")) {
		if !strings.HasPrefix(line, "Tout dysfonctionnement") {
			kept = append(kept, line)
		}
	}
	r := read(t, strings.Join(kept, "")+"Une phrase à part. Une autre.\n")
	if len(r.Adds) != 1 || !strings.HasPrefix(r.Adds[0], "Tout dysfonctionnement") {
		t.Errorf("adds %q", r.Adds)
	}
	if want := []string{"Une phrase à part. Une autre."}; !slices.Equal(r.Unread, want) || !slices.Equal(r.Keep(0).Paragraphs, want) || r.Keep().Paragraphs != nil {
		t.Errorf("unread %q, kept %q", r.Unread, r.Keep(0).Paragraphs)
	}
}

// TestRecognised says of each field of the letter of 1 August 2023 where it
// comes from.
func TestRecognised(t *testing.T) {
	t.Parallel()
	text := file(t, "paragraphs.txt")
	r := read(t, text)
	if first, last := r.Recognised[0], r.Recognised[len(r.Recognised)-1]; first.Field != "/issued/place" || !strings.HasPrefix(last.Words, "1 https") {
		t.Errorf("they are not in the letter's order: %q … %q", first, last)
	}
	from := map[string]string{}
	for _, p := range r.Recognised {
		if _, ok := from[p.Field]; !ok {
			from[p.Field] = p.Words
		}
		if !strings.Contains(strings.Join(strings.Fields(text), " "), plain(p.Words)) {
			t.Errorf("%q is not in the letter", p.Words)
		}
	}
	for field, want := range map[string]string{
		"/kind": "Interruption temporaire", "/issuer": "DGDDI", "/signatory": "Le chef de bureau, Michel BARON", "/contact": "Affaire suivie par", "/reference": "Réf.: 20000171",
		"/issued/date": "Montreuil, le 1er", "/cause": "Nous vous informons", "/services": "Interruption", "/modes": "Les services en ligne", "/windows": "Nous vous informons",
		"/effect": "Les services", "/messages": "Aucun message", "/fallback": "Pour les cas", "/reinjection": "A l'issue", "/advice": "Vous êtes invités à reporter", "": "Nous vous invitons à consulter",
	} {
		if !strings.HasPrefix(plain(from[field]), want) {
			t.Errorf("%s comes from %q, want %q", field, from[field], want)
		}
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
