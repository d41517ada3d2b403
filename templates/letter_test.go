package templates_test

import (
	"os"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

func words(t testing.TB) templates.Words {
	t.Helper()
	house, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	return templates.Words{Catalogue: house.Catalogue, Bureaus: house.Bureaus}
}

// seed is the example notice, with some lines behind it.
func seed(t testing.TB, lines ...string) notice.Notice {
	t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := string(text)
	for _, line := range lines {
		field, _, _ := strings.Cut(line, ":")
		kept := strings.Split(all, "\n")
		for i := range kept {
			if strings.HasPrefix(kept[i], field+":") {
				kept[i] = ""
			}
		}
		all = strings.Join(append(kept, line), "\n")
	}
	w := words(t)
	n, ps := schemas.Check([]byte(all), w.Catalogue, w.Bureaus)
	if err := ps.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

// said are a Document's paragraphs, as one hears them, in plain typography.
func said(d templates.Document) []string {
	var all []string
	add := func(runs []templates.Run) { all = append(all, plain(templates.Plain(runs))) }
	for _, line := range d.Authority {
		all = append(all, plain(line))
	}
	add(d.PlaceDate)
	all = append(all, plain(d.Title), "Objet : "+plain(d.Subject))
	for _, b := range d.Blocks {
		add(b.Runs)
	}
	for _, line := range append(d.Sender, d.Contact...) {
		add(line)
	}
	all = append(all, plain(d.Signature.Role), plain(d.Signature.Name))
	for _, n := range d.Notes {
		add(n.Runs)
	}
	return all
}

// plain folds typography that a seed file does not have.
func plain(s string) string {
	return strings.NewReplacer("’", "'", "\u00a0", " ", "\u202f", " ", "À", "A").Replace(s)
}

// TestSeed wants the letter of 1 August 2023 word for word.
func TestSeed(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/2023-08-08.txt")
	if err != nil {
		t.Fatal(err)
	}
	d, err := words(t).Letter(seed(t))
	if err != nil {
		t.Fatal(err)
	}
	fold := func(s string) string { return strings.ReplaceAll(plain(s), " :", ":") }
	got := fold(strings.Join(said(d), "\n"))
	want := strings.Split(strings.TrimSpace(string(file)), "\n")
	for _, p := range want {
		p = strings.TrimPrefix(fold(p), "1 ") // the footnote's own number
		at := strings.Index(got, p)
		if at < 0 && strings.HasPrefix(p, "Direction") { // its line break
			p = strings.Replace(p, " des", "\ndes", 1)
			at = strings.Index(got, p)
		}
		if at < 0 {
			t.Errorf("missing: %s", p)
			continue
		}
		got = got[:at] + got[at+len(p):]
	}
	if rest := strings.Fields(got); len(rest) > 0 {
		t.Errorf("extra: %q", rest)
	}
}
