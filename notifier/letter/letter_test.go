package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"douane.gouv.fr/crieur/templates"
)

// drawn is a document's letter, which must be one.
func drawn(t testing.TB, doc templates.Document) []byte {
	t.Helper()
	file, err := Draw(doc)
	if err != nil {
		t.Fatalf("Draw: %v", err)
	}
	if err := Verify(file); err != nil {
		t.Errorf("Verify: %v", err)
	}
	return file
}

func textOf(t testing.TB, file []byte) []string {
	t.Helper()
	text, err := Text(file)
	if err != nil {
		t.Fatalf("Text: %v", err)
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// fold takes the typography out of a text: the original was typed without.
func fold(text string) string {
	plain := strings.NewReplacer("’", "'", "\u00a0", " ", "\u202f", " ", "À", "A").Replace(text)
	return strings.ReplaceAll(plain, " :", ":")
}

// TestSeedWordForWord compares the letter with the paragraphs of the original.
func TestSeedWordForWord(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/seed.txt")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for line := range strings.Lines(string(data)) {
		want = append(want, fold(strings.TrimSuffix(line, "\n")))
	}
	for _, line := range textOf(t, drawn(t, seed())) {
		if line != "RÉPUBLIQUE FRANÇAISE" && line != "Liberté Égalité Fraternité" {
			got = append(got, fold(line))
		}
	}
	body := func(lines []string) []string { // what has an order: the rest stands beside it
		return slices.DeleteFunc(slices.Clone(lines), func(s string) bool { return len(s) < 61 || s[0] == '1' })
	}
	if w, g := body(want), body(got); !slices.Equal(w, g) || len(w) != 9 {
		t.Errorf("the body is\n%s\nwant\n%s", strings.Join(g, "\n"), strings.Join(w, "\n"))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("the letter says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestSeedIsOnePage: the original's second page holds five lines.
func TestSeedIsOnePage(t *testing.T) {
	t.Parallel()
	l, err := layOut(Letter{Document: seed()})
	if err != nil || len(l.sheets) != 1 {
		t.Fatalf("%d pages, %v", len(l.sheets), err)
	}
	if file := drawn(t, seed()); len(file) > 22<<10 {
		t.Errorf("%d bytes", len(file))
	}
}

// TestSameBytes holds the letter's hash, which publisher binds: another one
// here is another one in every approval that waits. Change it knowingly.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	const want = "e03d9411debea4cccad8e8422ec1772ec9d36d277859fb89c7e792716c99250e"
	sum := sha256.Sum256(drawn(t, seed()))
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("the seed's letter has the hash %s", got)
	}
}

func TestSameBytesInParallel(t *testing.T) {
	t.Parallel()
	want := drawn(t, full())
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if got, err := Draw(full()); err != nil || !bytes.Equal(got, want) {
				t.Errorf("another letter, %v", err)
			}
		})
	}
	wg.Wait()
}

// TestDocumentIsKept: others render the same document at the same time.
func TestDocumentIsKept(t *testing.T) {
	t.Parallel()
	doc := full()
	doc.Blocks[1].Runs[0].Text = "e\u0301tat\u00ad"
	_ = drawn(t, doc)
	if doc.Blocks[1].Runs[0].Text != "e\u0301tat\u00ad" {
		t.Error("Draw changed the document")
	}
}

func TestTextOfAll(t *testing.T) {
	t.Parallel()
	lines := textOf(t, drawn(t, full()))
	for _, want := range []string{
		"EXERCICE",
		"Annule et remplace la note no 20000170. La fin prévue passe de 17h00 à 19h00.",
		"Services et modes concernés",
		"Téléservice\tMode\tÉtat\tProcédure de secours",
		"Delta G\tEDI, DTI\tinterrompu\tautorisée à compter de 9h00 le 8 août, jusqu’à publication d’un message de fin d’alerte",
		"• Reporter au maximum vos opérations de dédouanement2\u00a0;",
		"2 Bulletin officiel des douanes no 7012, point 3.2.",
		"L’opérateur ŁÓDŹ Σίγμα България répond\u202f: «\u202foui\u202f» – ½ ≤ 3\u202f€…",
		"Michel BARON",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no line %q", want)
		}
	}
	if i, k := slices.Index(lines, "EXERCICE"), slices.Index(lines, "Michel BARON"); i != 0 || k > slices.Index(lines, "DGDDI") {
		t.Errorf("out of order: banner at %d, signature at %d", i, k)
	}
}

func TestEnglish(t *testing.T) {
	t.Parallel()
	doc := seed()
	doc.Lang, doc.Subject = "en", "Temporary interruption"
	file := drawn(t, doc)
	if lines := textOf(t, file); !slices.Contains(lines, "Subject: Temporary interruption") {
		t.Errorf("%q", lines)
	}
	l, err := layOut(Letter{Document: doc})
	if err != nil {
		t.Fatal(err)
	}
	if first := l.root.kids[0].element; first.kind != "P" || first.lang != "fr" {
		t.Errorf("the letterhead is %s in %q, not in French", first.kind, first.lang)
	}
}

// program finds a program from outside that a test compares with.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

func onDisk(t *testing.T, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPdftotext reads the words as any reader would: from the page, not from
// its structure.
func TestPdftotext(t *testing.T) {
	t.Parallel()
	pdftotext := program(t, "pdftotext")
	for name, doc := range map[string]templates.Document{"seed": seed(), "full": full()} {
		file := drawn(t, doc)
		out, err := exec.Command(pdftotext, "-enc", "UTF-8", onDisk(t, file), "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		read := strings.Join(strings.Fields(string(out)), " ")
		for _, line := range textOf(t, file) {
			for cell := range strings.SplitSeq(line, "\t") {
				words := strings.Join(strings.Fields(cell), " ")
				if len(words) > 400 || strings.Contains(words, "tres-longue") || strings.HasPrefix(words, "1 ") {
					continue // goes over pages, is cut, or begins with a raised number
				}
				if !strings.Contains(read, words) {
					t.Errorf("%s: pdftotext does not find %q", name, words)
				}
			}
		}
	}
}

// TestJustified measures on the page that lines end at the margin.
func TestJustified(t *testing.T) {
	t.Parallel()
	out, err := exec.Command(program(t, "pdftotext"), "-bbox", onDisk(t, drawn(t, seed())), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	atMargin, margin := 0, (marginX + textWidth).points()
	for _, m := range regexp.MustCompile(`xMax="([\d.]+)"`).FindAllStringSubmatch(string(out), -1) {
		x, err := strconv.ParseFloat(m[1], 64)
		if err != nil || x > margin+0.5 {
			t.Errorf("a word ends at %s, %v", m[1], err)
		}
		if x > margin-0.5 {
			atMargin++
		}
	}
	if atMargin < 10 {
		t.Errorf("%d lines end at the margin", atMargin)
	}
}

func TestQpdf(t *testing.T) {
	t.Parallel()
	qpdf := program(t, "qpdf")
	for _, doc := range []templates.Document{seed(), full()} {
		if out, err := exec.Command(qpdf, "--check", onDisk(t, drawn(t, doc))).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
}
