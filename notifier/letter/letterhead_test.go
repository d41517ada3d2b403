package letter

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-fonts/liberation/liberationmonoregular"
	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifbolditalic"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
)

// ownHead is a folder that has everything.
func ownHead(t testing.TB) fstest.MapFS {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, 120, 80))
	for x := range 120 {
		for y := range 80 {
			picture.Set(x, y, color.NRGBA{0, 0, 145, uint8(2 * x)})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	dir := fstest.MapFS{}
	for name, data := range map[string][]byte{
		"regular.ttf": liberationserifregular.TTF, "bold.ttf": liberationserifbold.TTF,
		"italic.ttf": liberationserifitalic.TTF, "bold-italic.ttf": liberationserifbolditalic.TTF,
		"colour.txt": []byte("#000091\n"), "emblem.png": out.Bytes(), "emblem.txt": []byte("République française. Liberté, Égalité, Fraternité\n"),
	} {
		dir[name] = &fstest.MapFile{Data: data}
	}
	return dir
}

// TestLetterhead: all of the letter is in the deployment's typeface, and the
// emblem stands in the place of the State's words, and says them.
func TestLetterhead(t *testing.T) {
	t.Parallel()
	head, err := ReadLetterhead(ownHead(t))
	if err != nil {
		t.Fatal(err)
	}
	doc := full()
	doc.Blocks = doc.Blocks[:len(doc.Blocks)-1] // Łódź is not for every typeface
	l := Letter{Document: doc, Notice: seedNotice, Letterhead: head}
	file, err := l.Draw()
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(file); err != nil {
		t.Errorf("Verify: %v", err)
	}
	if again, err := l.Draw(); err != nil || !bytes.Equal(again, file) {
		t.Errorf("another letter, %v", err)
	}
	a, err := l.compose()
	if err != nil {
		t.Fatal(err)
	}
	for _, font := range a.letters.fonts {
		if !strings.HasPrefix(font.face.name(), "Letterhead-") {
			t.Errorf("some of it is in %s", font.face.name())
		}
	}
	got, want := textOf(t, file), []string(nil)
	for _, line := range textOf(t, drawn(t, doc)) {
		if !IsLetterhead(line) {
			want = append(want, line)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("it says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	path := onDisk(t, file)
	if said := says(t, "pdfimages", "-list", path); !strings.Contains(said, "120    80  rgb") {
		t.Errorf("pdfimages: %s", said)
	}
	if said := says(t, "qpdf", "--check", path); !strings.Contains(said, "No syntax or stream encoding errors") {
		t.Errorf("qpdf: %s", said)
	}
}

// TestLetterheadRefused: what cannot be used is told at the start, by file.
func TestLetterheadRefused(t *testing.T) {
	t.Parallel()
	whole := ownHead(t)
	restricted := bytes.Clone(liberationserifbold.TTF)
	at := bytes.Index(restricted, []byte("OS/2"))
	table := int(restricted[at+10])<<8 | int(restricted[at+11])
	restricted[table+9] = 2 // fsType
	for name, test := range map[string]struct {
		file, says string
		data       []byte // nil: the file is missing
	}{
		"a font is missing":       {"bold.ttf", "3 of the fonts", nil},
		"no font":                 {"bold.ttf", "bold.ttf: not a usable TrueType font", []byte("bonjour")},
		"a font not to be given":  {"bold.ttf", "bold.ttf: its licence", restricted},
		"a font without French":   {"regular.ttf", "regular.ttf: it has no '\\u202f'", liberationmonoregular.TTF},
		"a colour too light":      {"colour.txt", "contrast to white is 1.1", []byte("#FFFF00")},
		"no colour":               {"colour.txt", "is no colour", []byte("bleu")},
		"an emblem without words": {"emblem.txt", "must stand in emblem.txt", nil},
		"no picture":              {"emblem.png", "emblem.png: image", []byte("bonjour")},
	} {
		dir := maps.Clone(whole)
		if delete(dir, test.file); test.data != nil {
			dir[test.file] = &fstest.MapFile{Data: test.data}
		}
		if _, err := ReadLetterhead(dir); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadLetterhead(fstest.MapFS{}); err == nil {
		t.Error("an empty folder is taken")
	}
}
