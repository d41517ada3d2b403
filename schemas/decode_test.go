package schemas_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

func example(t testing.TB) []byte {
	t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestDecodeProblems: what is wrong is told by line and place, with a remedy.
func TestDecodeProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		line       int
		pointer    string
		says       string // of what is wrong, and of the remedy
	}{
		{"unknown field", "kind: incident\nwindow: []\n", 2, "/window", `field "window" is not known: did you mean "windows"?`},
		{"unknown field below", "issued:\n  place: Montreuil\n  day: 2023-08-01\n", 3, "/issued/day", `field "day" is not known: known here: date, place`},
		{"unknown word", "kind: maintenence\n", 1, "/kind", `"maintenence" is not known: did you mean "maintenance"?`},
		{"unknown word in a map", "messages:\n  create: forbiden\n", 2, "/messages/create", `"forbiden" is not known: did you mean "forbidden"?`},
		{"unknown key of a map", "messages:\n  creat: forbidden\n", 2, "/messages/creat", `"creat" is not known: did you mean "create"?`},
		{"bad time", "windows:\n  - start: 2023-08-08T09:00\n    end: 17h00\n", 3, "/windows/0/end", `"17h00" is not a date and time: write local`},
		{"time that does not exist", "windows: [{start: 2023-03-26T02:30}]\n", 1, "/windows/0/start", "does not exist in legal time"},
		{"bad date", "issued: {date: 01/08/2023}\n", 1, "/issued/date", "is not a date"},
		{"twice", "kind: incident\ncause: x\nkind: maintenance\n", 3, "/kind", `field "kind" stands twice: keep one`},
		{"twice in JSON", "{\"kind\": \"incident\",\n \"kind\": \"incident\"}", 2, "/kind", "stands twice"},
		{"list for a word", "kind: [incident]\n", 1, "/kind", "a single value belongs here"},
		{"word for a list", "services: delta-g\n", 1, "/services", "a list belongs here"},
		{"word for a group", "issued: today\n", 1, "/issued", "a group of fields belongs here"},
		{"list for a group", "- kind\n", 1, "", "a group of fields belongs here"},
		{"nothing", "kind:\ncause: x\n", 1, "/kind", "the value is missing"},
		{"null in JSON", `{"contact": null}`, 1, "/contact", "the value is missing"},
		{"neither true nor false", "exercise: yes\n", 1, "/exercise", `"yes" is neither true nor false`},
		{"no number", "reinjection: {slots: 1.5}\n", 1, "/reinjection/slots", `"1.5" is not a whole number`},
		{"alias", "cause: &c x\ncontact: *c\n", 2, "/contact", "anchors, aliases and deep nesting"},
		{"merge", "issued: &i {place: Paris}\nsignatory:\n  <<: *i\n", 3, "/signatory/<<", `field "<<" is not known`},
		{"escaped control", "cause: \"a\\u0007b\"\n", 1, "/cause", "the text has the character U+0007"},
		{"escaped NUL", `{"cause": "a\u0000b"}`, 1, "/cause", "the text has the character U+0000"},
		{"NUL", "kind: incident\ncause: a\x00b\n", 2, "", "the text has the character U+0000"},
		{"control", "kind: incident\n\ncause: a\x1bb\n", 3, "", "the text has the character U+001B"},
		{"reversal", "cause: a\u202eb\n", 1, "/cause", "the text has the character U+202E"},
		{"invisible", "contact: a\u200bb\n", 1, "/contact", "the text has the character U+200B"},
		{"line separator", "paragraphs: [\"a\u2028b\"]\n", 1, "", "the text has the character U+2028"},
		{"escaped line separator", "paragraphs: [\"a\\u2028b\"]\n", 1, "/paragraphs/0", "the text has the character U+2028"},
		{"old line ends", "kind: incident\rissued: {date: x}\r", 2, "/issued/date", "is not a date"},
		{"replacement character", "cause: a\ufffdb\n", 1, "/cause", "the text has the character U+FFFD"},
		{"not UTF-8", "kind: incident\ncause: d\xe9lai\n", 2, "", "the text is not UTF-8: save the file as UTF-8"},
		{"empty", "", 0, "", "the document is empty"},
		{"comments only", "# rien\n", 0, "", "the document is empty"},
		{"a mark only", "---", 0, "", "the document is empty"},
		{"two documents", "kind: incident\n---\nkind: incident\n", 0, "", "several documents"},
		{"a document and rubbish", "kind: incident\n---\n]\n", 0, "", "several documents"},
		{"broken", "kind: incident\nservices: [delta-g\ncause: x\n", 2, "", "did not find expected"},
		{"broken indentation", "kind: incident\n\nissued:\n  place: a\n date: b\n", 5, "", "did not find expected key"},
		{"broken quotes", "kind: incident\ncause: \"a\n", 2, "", "found unexpected end of stream"},
		{"two colons", "kind: incident\ncause: a: b\n", 2, "", "mapping values are not allowed"},
		{"tab", "issued:\n\tdate: 2023-08-01\n", 2, "", "found character that cannot start any token"},
		{"unfinished JSON", `{"kind": "incident"`, 1, "", "did not find expected"},
		{"deep", "services: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), 1, "/services/0", "a single value belongs here"},
		{"slash in a name", "a/b~c: 1\n", 1, "/a~1b~0c", `field "a/b~c" is not known`},
	} {
		var n notice.Notice
		_, ps := schemas.Decode([]byte(c.text), &n)
		if len(ps) != 1 {
			t.Errorf("%s: %d problems: %v", c.name, len(ps), ps)
			continue
		}
		p := ps[0]
		if p.Line != c.line || p.Pointer != c.pointer || !strings.Contains(p.What+": "+p.Remedy, c.says) || p.Remedy == "" {
			t.Errorf("%s: %+v; want line %d, %q, %s", c.name, p, c.line, c.pointer, c.says)
		}
	}
}

// TestDecodeAll: all problems at once, in the order of the text.
func TestDecodeAll(t *testing.T) {
	t.Parallel()
	var n notice.Notice
	_, ps := schemas.Decode([]byte("kind: x\nissued: {date: y}\nwindows: [{start: z}]\nservice: [a]\n"), &n)
	var lines []int
	for _, p := range ps {
		lines = append(lines, p.Line)
	}
	if !slices.Equal(lines, []int{1, 2, 3, 4}) || !errors.Is(ps, notice.ErrInvalid) {
		t.Errorf("problems in lines %v:\n%v", lines, ps)
	}
}

// TestScalars: a value is the text that was written, whatever YAML makes of it.
func TestScalars(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"20000171": "20000171", `"20000171"`: "20000171", "0123": "0123", "1e3": "1e3", "2023-08-01": "2023-08-01", "no": "no", "true": "true",
		"0x10": "0x10", "1_000": "1_000", "'l''heure'": "l'heure", `"\u00e9"`: "é", "12:30": "12:30", "~x": "~x", `"null"`: "null", "|\n  a\n  b\n": "a\nb",
		"!!str 7": "7", `" a "`: "a",
	} {
		var n notice.Notice
		if _, ps := schemas.Decode([]byte("reference: "+text), &n); len(ps) > 0 || n.Reference != want {
			t.Errorf("%s is read as %q: %v; want %q", text, n.Reference, ps, want)
		}
	}
}

// TestYAMLAndJSON: the same document reads the same in both.
func TestYAMLAndJSON(t *testing.T) {
	t.Parallel()
	h, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	want, ps := schemas.Check(example(t), h.Catalogue, h.Bureaus)
	if err := ps.Err(); err != nil {
		t.Fatal(err)
	}
	for _, indent := range []string{"", "  ", "\t"} {
		text, err := json.MarshalIndent(want, "", indent)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{text, append([]byte("\uFEFF"), text...), []byte(strings.ReplaceAll(string(text), "\n", "\r\n"))} {
			got, ps := schemas.Check(text, h.Catalogue, h.Bureaus)
			if ps.Err() != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("as JSON with indent %q:\n%v\n%+v, want\n%+v", indent, ps, got, want)
			}
		}
	}
	for text, want := range map[string]string{
		`{"contact": "\ud83d\ude00"}`: "😀", `{"contact": "\\ud83d\\ude00"}`: `\ud83d\ude00`, `{"contact": "a\/b"}`: "a/b", `{"contact": "\\\ud83d\ude00"}`: `\😀`,
	} {
		var n, standard notice.Notice
		if _, ps := schemas.Decode([]byte(text), &n); len(ps) > 0 || n.Contact != want {
			t.Errorf("%s is read as %q: %v", text, n.Contact, ps)
		}
		if err := json.Unmarshal([]byte(text), &standard); err != nil || standard.Contact != n.Contact {
			t.Errorf("%s is %q to others: %v", text, standard.Contact, err)
		}
	}
}

func TestSizeLimit(t *testing.T) {
	t.Parallel()
	for size, ok := range map[int]bool{schemas.MaxDocument: true, schemas.MaxDocument + 1: false} {
		text := "kind: incident\n#"
		text += strings.Repeat("x", size-len(text))
		var n notice.Notice
		_, ps := schemas.Decode([]byte(text), &n)
		if (len(ps) == 0) != ok || !ok && !strings.Contains(ps.Error(), fmt.Sprintf("%d are the most", schemas.MaxDocument)) {
			t.Errorf("%d bytes: %v", size, ps)
		}
	}
}

// TestPlace: problems that the domain finds get the line of their place, or of
// what is around it.
func TestPlace(t *testing.T) {
	t.Parallel()
	text := "kind: maintenance\nissuer: comint1\nsignatory:\n  name: Michel BARON\nissued:\n  place: Montreuil\ncause: x\nservices:\n  - ecs\nwindows:\n" +
		"  - start: 2023-08-08T09:00\n    end: 2023-08-08T08:00\nsent:\n  - from: 2023-08-08T09:00\n    to: 2023-08-08T10:00\n"
	h, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	_, ps := schemas.Check([]byte(text), h.Catalogue, h.Bureaus)
	got := map[string]int{}
	for _, p := range ps {
		got[p.Pointer] = p.Line
	}
	// What is missing has the line of the group that it is missing from.
	if want := map[string]int{"/windows/0/end": 12, "/issued/date": 5, "/sent/0/fate": 14}; !reflect.DeepEqual(got, want) {
		t.Errorf("lines %v, want %v:\n%v", got, want, ps)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	const modes = "modes: {edi: {label: EDI}}\n"
	for name, c := range map[string]struct{ services, bureaus, says string }{
		"a mode that is not":  {modes + "services:\n  ecs: {label: ECS, modes: [fax]}\n", "{}", "services.yaml:\nline 3: error: services/ecs/modes"},
		"an unknown field":    {modes + "service: {}\n", "{}", "services.yaml:\nline 2: error: service"},
		"an unknown contact":  {modes + "services: {ecs: {label: ECS, modes: [edi]}}\n", "c1:\n  contact: {a: b}\n", "bureaus.yaml:\nline 2: error: c1/contact"},
		"no catalogue at all": {"", "{}", "services.yaml:\nerror: document: the document is empty"},
	} {
		if _, err := schemas.Load([]byte(c.services), []byte(c.bureaus)); !errors.Is(err, notice.ErrInvalid) || !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a, err := schemas.Load([]byte(modes), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := schemas.Load([]byte(modes), []byte("{c1: {label: C}}"))
	if err != nil || a.Catalogue.Version == b.Catalogue.Version || len(a.Catalogue.Version) != 16 {
		t.Errorf("two houses of one version: %s, %s, %v", a.Catalogue.Version, b.Catalogue.Version, err)
	}
}

// TestExtends: a deployment's catalogue replaces the embedded one or, where it
// says so, adds to it.
func TestExtends(t *testing.T) {
	t.Parallel()
	const own = "services:\n  delta-t: {label: Delta T 7, modes: [edi]}\n  ours: {label: Le nôtre, modes: [edi], depends_on: [trigo]}\n"
	bureaus := []byte("{}")
	h, err := schemas.Load([]byte("extends: true\nmodes: {}\n"+own), bureaus)
	if err != nil {
		t.Fatal(err)
	}
	c := h.Catalogue
	if c.Services["delta-t"].Label != "Delta T 7" || c.Services["ours"].Label == "" || c.Services["delta-g"].Label != "Delta G" || c.Modes["dti-plus"].Under != "dti" || c.Groups["delta-x"].Label == "" {
		t.Errorf("the two together: %+v", c.Services)
	}
	alone, err := schemas.Load([]byte("modes: {edi: {label: EDI}}\nservices: {ours: {label: Le nôtre, modes: [edi]}}"), bureaus)
	if err != nil || len(alone.Catalogue.Services) != 1 {
		t.Errorf("alone: %+v, %v", alone.Catalogue.Services, err)
	}
	embedded, err := schemas.Default()
	if err != nil || embedded.Catalogue.Services["delta-t"].Label != "Delta T" || embedded.Catalogue.Version == c.Version {
		t.Errorf("the embedded one after that: %+v, %v", embedded.Catalogue.Services["delta-t"], err)
	}
	for text, says := range map[string]string{
		"extends: true\n" + strings.Replace(own, "trigo", "trgo", 1):      `line 4: error: services/ours/depends_on: service "trgo" is not in the catalogue (did you mean "trigo"?)`,
		"extends: true\nservices:\n  x: {label: Delta G, modes: [edi]}\n": `"Delta G" is also a name of`,
		"modes: {edi: {label: EDI}}\n" + own:                              `service "trigo" is not in the catalogue`,
		"extend: true\nmodes: {}\n" + own:                                 `did you mean "extends"?`,
	} {
		if _, err := schemas.Load([]byte(text), bureaus); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s\n%v, want %s", text, err, says)
		}
	}
}

// TestCheckLines: what the domain finds has the line on which it stands.
func TestCheckLines(t *testing.T) {
	t.Parallel()
	h, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	text := `kind: maintenance
issuer: comint1
signatory: {name: x}
issued: {date: 2023-07-14}
cause: une panne
services:
  - trigo
  - Delta IE import
windows:
  - start: 2023-08-08T09:00
    end: 2023-08-08T17:00
recurs:
  rule: FREQ=WEEKLY;COUNT=3
  except:
    - 2023-08-22
    - 2023-08-23
reminders: [24,
  0]
paragraphs:
  - Rien.
  - Le lundi 8 août 2023, un exercice.
`
	_, ps := schemas.Check([]byte(text), h.Catalogue, h.Bureaus)
	got := ""
	for _, p := range ps {
		got += fmt.Sprintf("%d %s, ", p.Line, p.Pointer)
	}
	const want = "16 /recurs/except/1, 18 /reminders/1, 21 /paragraphs/1, 13 /recurs/rule, 4 /issued/date, 6 /services, 6 /services, 21 /paragraphs/1, "
	if got != want {
		t.Errorf("the problems are at %s, want %s:\n%v", got, want, ps)
	}
}
