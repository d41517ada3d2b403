package schemas_test

import (
	"bytes"
	"errors"
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// decoded is a notice as it is read.
func decoded(t *testing.T, text []byte) notice.Notice {
	t.Helper()
	var n notice.Notice
	if _, ps := schemas.Decode(text, &n); len(ps) > 0 {
		t.Fatalf("%s\n%v", text, ps)
	}
	return n
}

// TestWriteExamples wants every example back, and those that are in the
// house's form to the letter.
func TestWriteExamples(t *testing.T) {
	t.Parallel()
	paths, err := fs.Glob(schemas.Files, "examples/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	count, same := 0, 0
	for _, path := range paths {
		if strings.HasSuffix(path, "/story.yaml") {
			continue
		}
		text, err := schemas.Files.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n := decoded(t, text)
		written, err := schemas.Write(n)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if again := decoded(t, written); !reflect.DeepEqual(again, n) {
			t.Errorf("%s: written\n%s\nis read as\n%+v\nnot\n%+v", path, written, again, n)
		}
		count++
		if bytes.Equal(written, uncommented(text)) {
			same++
		} else if strings.Contains(path, "2023-08-08") {
			t.Errorf("%s is written\n%s", path, written)
		}
	}
	if count < 28 || same < 24 {
		t.Errorf("%d of %d examples are written to the letter", same, count)
	}
}

func uncommented(text []byte) []byte {
	var kept [][]byte
	for _, line := range bytes.SplitAfter(text, []byte("\n")) {
		if !bytes.HasPrefix(line, []byte("#")) {
			kept = append(kept, line)
		}
	}
	return bytes.Join(kept, nil)
}

// TestWriteCorners wants back what YAML would take for something else.
func TestWriteCorners(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"kind: incident\nwindows: [{start: 2023-10-29T02:30+02:00, end: 2023-10-29T02:30+01:00}]\n",
		"windows: [{start: 2023-08-08T09:00:30}]\nreminders: []\n",
		"reference: \"012\"\ncause: {text: \"no: # \\\"yes\\\" 'x' {y} [z], - a\", gender: feminine}\ncontact: \"null\"\n",
		"signatory: {name: \"true\", role: \"1e3\", by: interim}\nparagraphs: [\"a\\n- b\\n\\n- c\", \"2023-08-01\", \"~\", \": x\", \"a\\n  b\"]\n",
		"recurs: {rule: \"FREQ=WEEKLY;COUNT=4\", except: [2026-01-18]}\nclauses: [{id: advice, text: \"{services} *a* &b !c %d @e `f`\"}, {id: follow, omit: x}]\n",
		"cause: y\nreference: \"0x1F\"\noutage_id: \"1_000\"\nservices: [on, off, n]\n",
		"messages: {query: allowed, create: forbidden}\nreinjection: {of: both, hours: 4, slots: 8, binding: true}\n",
	} {
		n := decoded(t, []byte(text))
		written, err := schemas.Write(n)
		if err != nil {
			t.Fatal(err)
		}
		if again := decoded(t, written); !reflect.DeepEqual(again, n) {
			t.Errorf("%s\nis written\n%s\nand read as\n%+v", text, written, again)
		}
	}
}

// TestWriteOrder wants a place for every field, so that a new one is given one.
func TestWriteOrder(t *testing.T) {
	t.Parallel()
	text := []byte("distribution: [x]\nclauses: [{id: advice, omit: x}]\nkind: incident\n")
	written, err := schemas.Write(decoded(t, text))
	if err != nil {
		t.Fatal(err)
	}
	if want := "kind: incident\nclauses: [{id: advice, omit: x}]\ndistribution: [x]\n"; string(written) != want {
		t.Errorf("written %s, want %s", written, want)
	}
	placed := strings.Join(schemas.Order(), " ")
	for name := range schemas.Fields(reflect.TypeFor[notice.Notice]()) {
		if !strings.Contains(" "+placed+" ", " "+name+" ") {
			t.Errorf("field %s has no place in the order", name)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	if _, err := schemas.Write(notice.Notice{Kind: "fermeture"}); !errors.Is(err, notice.ErrInvalid) {
		t.Errorf("an unknown kind is written: %v", err)
	}
	if text, err := schemas.Write(notice.Notice{}); err != nil || string(text) != "{}\n" {
		t.Errorf("no notice is written %q, %v", text, err)
	}
}

// FuzzWrite: whatever is read is read the same once it has been written.
func FuzzWrite(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		var n notice.Notice
		if _, ps := schemas.Decode(text, &n); len(ps) > 0 {
			return
		}
		written, err := schemas.Write(n)
		if err != nil {
			t.Fatal(err)
		}
		var again notice.Notice
		if _, ps := schemas.Decode(written, &again); len(ps) > 0 {
			t.Fatalf("%s\nis not read: %v", written, ps)
		}
		sayRequired(&n)
		sayRequired(&again)
		if first, second := encode(t, n), encode(t, again); !bytes.Equal(first, second) {
			t.Errorf("%s\nis written\n%s\nand read as\n%s", first, written, second)
		}
	})
}
