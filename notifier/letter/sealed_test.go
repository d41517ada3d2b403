package letter

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/notifier/letter/seal/sealtest"
	"douane.gouv.fr/crieur/templates"
)

var seedNotice = []byte(`{"kind":"maintenance","reference":"20000171"}`)

var seedMark = Mark{By: "Bureau COMINT1", At: time.Date(2023, 8, 1, 8, 5, 0, 0, time.UTC),
	Verify: "https://notes.example/notices/01898b2e-1f00-7000-8000-000000000000"}

func sealedWith(t testing.TB, doc templates.Document, s seal.Sealer) []byte {
	t.Helper()
	file, err := Letter{Document: doc, Notice: seedNotice}.Sealed(context.Background(), s, seedMark)
	if err != nil {
		t.Fatalf("Sealed: %v", err)
	}
	if err := Verify(file); err != nil {
		t.Errorf("Verify: %v", err)
	}
	return file
}

func sealedBySpecimen(t testing.TB, doc templates.Document) []byte {
	t.Helper()
	key, err := seal.NewSpecimen()
	if err != nil {
		t.Fatal(err)
	}
	return sealedWith(t, doc, seal.Sealer{Signer: key})
}

func TestAttached(t *testing.T) {
	t.Parallel()
	act := []byte(`{"type":"corrected"}`)
	for name, l := range map[string]Letter{
		"named": {Reference: "20000171", Outage: "INT-2023-0042"},
		"alone": {}, "notice": {Notice: seedNotice}, "both": {Notice: seedNotice, Act: act},
	} {
		l.Document = seed()
		file, err := l.Draw()
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n, a, err := Attached(file); err != nil || !bytes.Equal(n, l.Notice) || !bytes.Equal(a, l.Act) {
			t.Errorf("%s: %q and %q, %v", name, n, a, err)
		}
		if again, err := l.Draw(); err != nil || !bytes.Equal(again, file) {
			t.Errorf("%s: another letter, %v", name, err)
		}
	}
	if n, _, err := Attached(sealedBySpecimen(t, seed())); err != nil || !bytes.Equal(n, seedNotice) {
		t.Errorf("sealed: %q, %v", n, err)
	}
}

// TestSealedSaysTheSame: the seal adds its mark and moves nothing.
func TestSealedSaysTheSame(t *testing.T) {
	t.Parallel()
	unsigned := seed()
	unsigned.Signature = templates.Signature{}
	for name, doc := range map[string]templates.Document{"seed": seed(), "full": full(), "no signature": unsigned} {
		file := sealedBySpecimen(t, doc)
		var marks []string
		got := slices.DeleteFunc(textOf(t, file), func(line string) bool {
			if IsMark(line) {
				marks = append(marks, line)
			}
			return IsMark(line)
		})
		if want := textOf(t, drawn(t, doc)); !slices.Equal(got, want) {
			t.Errorf("%s: under seal it says\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		want := []string{
			"SPÉCIMEN\u00a0: cachet de démonstration, sans valeur", "Cachet électronique du bureau COMINT1",
			"Signé électroniquement le mardi 1er\u00a0août 2023 à 10h05", "Vérifier\u00a0: " + seedMark.Verify,
		}
		if slices.Sort(marks); !slices.Equal(marks, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s: the mark is %q", name, marks)
		}
		if name == "seed" && len(file) > 50<<10 {
			t.Errorf("%d bytes", len(file))
		}
	}
}

// TestSealOfTheWholeFile: no byte may change, and nothing may be added.
func TestSealOfTheWholeFile(t *testing.T) {
	t.Parallel()
	root := sealtest.NewRoot(t)
	s := seal.Sealer{Signer: root.Key("Bureau COMINT1", 0)}
	file := sealedWith(t, seed(), s)
	if again := sealedWith(t, seed(), s); !bytes.Equal(file, again) {
		t.Error("the same letter and key give other bytes")
	}
	opened, err := Seal(file)
	if err != nil || opened.Trusted(root.Pool(), seedMark.At) != nil {
		t.Fatalf("Seal: %v", err)
	}
	if _, err := Seal(drawn(t, seed())); !errors.Is(err, pdf.ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
	hole := bytes.Index(file, []byte("/Contents<3"))
	for i := 0; i < len(file); i += 29 {
		if i > hole+len("/Contents<") && i < hole+2*s.Room() {
			continue // the seal itself: package seal flips its bytes
		}
		spoilt := bytes.Clone(file)
		spoilt[i] ^= 1
		if _, err := Seal(spoilt); err == nil {
			t.Errorf("byte %d may be anything: %q", i, file[max(0, i-20):min(len(file), i+20)])
		}
	}
	for name, spoilt := range map[string][]byte{
		"longer":            append(bytes.Clone(file), "\n%%EOF\n"...),
		"a narrower range":  bytes.Replace(file, []byte("/ByteRange[0 "), []byte("/ByteRange[1 "), 1),
		"a second revision": append(bytes.Clone(file), file[len(file)-64:]...),
	} {
		if _, err := Seal(spoilt); err == nil {
			t.Errorf("%s: whole", name)
		}
		if err := Verify(spoilt); err == nil {
			t.Errorf("%s: verified", name)
		}
	}
}

func TestSealedBadMark(t *testing.T) {
	t.Parallel()
	key, err := seal.NewSpecimen()
	if err != nil {
		t.Fatal(err)
	}
	_, err = Letter{Document: seed()}.Sealed(t.Context(), seal.Sealer{Signer: key}, Mark{By: "Bureau \U0001F600"})
	if input := (*InputError)(nil); !errors.As(err, &input) || input.Field != "Seal.By" {
		t.Errorf("%v", err)
	}
}

// TestStrangersReadSealed has other programs judge a sealed letter.
func TestStrangersReadSealed(t *testing.T) {
	t.Parallel()
	root := sealtest.NewRoot(t)
	for name, s := range map[string]seal.Sealer{
		"P-256":          {Signer: root.Key("Bureau COMINT1", 0)},
		"RSA":            {Signer: root.Key("Bureau COMINT1", 2048)},
		"P-256, stamped": {Signer: root.Key("Bureau COMINT1", 0), TSA: root.TSA(seedMark.At, nil)},
	} {
		file := sealedWith(t, seed(), s)
		path := onDisk(t, file)
		if says := says(t, "pdfsig", "-nocert", path); !strings.Contains(says, "Signature is Valid") ||
			!strings.Contains(says, "Total document signed") || !strings.Contains(says, "ETSI.CAdES.detached") {
			t.Errorf("%s: pdfsig says %s", name, says)
		}
		spoilt := bytes.Clone(file)
		spoilt[5000] ^= 1
		if says := says(t, "pdfsig", "-nocert", onDisk(t, spoilt)); strings.Contains(says, "Signature is Valid") {
			t.Errorf("%s, one byte flipped: pdfsig says %s", name, says)
		}
		if says := says(t, "qpdf", "--check", path); !strings.Contains(says, "No syntax or stream encoding errors") {
			t.Errorf("%s: qpdf says %s", name, says)
		}
		if says := says(t, "pdfdetach", "-list", path); !strings.Contains(says, noticeFile) {
			t.Errorf("%s: pdfdetach says %s", name, says)
		}
	}
}

// TestStrangersReadTheStructure: reading order as another program has it, and
// fonts that travel with the letter.
func TestStrangersReadTheStructure(t *testing.T) {
	t.Parallel()
	path := onDisk(t, sealedBySpecimen(t, full()))
	said := says(t, "pdfinfo", "-struct-text", path)
	at := 0
	for _, words := range []string{"EXERCICE", "Direction", "Annule et remplace", "Michel", "DGDDI", "Vérifier", "SPÉCIMEN", "Cachet électronique", "Form"} {
		next := strings.Index(said[at:], words)
		if next < 0 {
			t.Fatalf("no %q after %d in\n%s", words, at, said)
		}
		at += next
	}
	fonts := strings.Split(strings.TrimSpace(says(t, "pdffonts", path)), "\n")[2:]
	if len(fonts) < 3 {
		t.Fatalf("%q", fonts)
	}
	for _, font := range fonts {
		if strings.Count(font, " yes") != 3 { // embedded, subset, readable
			t.Errorf("%s", font)
		}
	}
}

// says is what a program from outside says. pdfsig ends with an error where it
// does not know the root.
func says(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, _ := exec.Command(program(t, name), args...).CombinedOutput()
	return string(out)
}
