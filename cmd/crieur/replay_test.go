package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

const (
	seedStory  = "../../schemas/" + exampleStory + "/story.yaml"
	seedNotice = "../../schemas/" + exampleStory + "/notice.yaml"
)

// replayed is what a replay of a story writes, by name.
func replayed(t testing.TB, story string) map[string][]byte {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	want(t, "replay", story, "-o", dir)
	return readFolder(t, dir)
}

func readFolder(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			files[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestReplayIsExact replays twice and wants the same bytes.
func TestReplayIsExact(t *testing.T) {
	t.Parallel()
	first, second := replayed(t, seedStory), replayed(t, seedStory)
	if len(first) != 18 {
		t.Errorf("%d files: %v", len(first), slices.Sorted(maps.Keys(first)))
	}
	for name, data := range first {
		if !bytes.Equal(data, second[name]) {
			t.Errorf("%s differs", name)
		}
	}
	if len(first) != len(second) {
		t.Errorf("%d files, then %d", len(first), len(second))
	}
}

// TestReplayMails wants every message at those whom it concerns, once.
func TestReplayMails(t *testing.T) {
	t.Parallel()
	got := map[string][]string{}
	for name, data := range replayed(t, seedStory) {
		if filepath.Dir(name) != "mails" {
			continue
		}
		m, err := mail.ReadMessage(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		to, err := m.Header.AddressList("To")
		if err != nil || len(to) != 1 {
			t.Fatalf("%s is to %v: %v", name, to, err)
		}
		act := strings.Split(filepath.Base(name), "-")[1]
		got[to[0].Address] = append(got[to[0].Address], act)
		if pdf := bytes.Contains(data, []byte("application/pdf")); pdf != (act == "published") {
			t.Errorf("%s: a letter goes with it: %v", name, pdf)
		}
	}
	all := []string{"ended", "published", "reminded", "started"}
	expected := map[string][]string{
		"dedouanement@transitaire.example": all, "edi@editeur.example": all, "astreinte@chargeur.example": {"ended", "started"},
	}
	for address := range got {
		slices.Sort(got[address])
	}
	if !maps.EqualFunc(got, expected, slices.Equal) {
		t.Errorf("told:\n%v\nwant:\n%v", got, expected)
	}
}

// TestReplayLetter wants the seed's paragraphs in the letter, in order, read
// from the PDF.
func TestReplayLetter(t *testing.T) {
	t.Parallel()
	files := replayed(t, seedStory)
	text, err := letter.Text(files["letters/20000171-1.pdf"])
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := os.ReadFile("testdata/2023-08-08.txt")
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(text) != strings.TrimSpace(string(wanted)) {
		t.Errorf("the letter says:\n%s\nwant:\n%s", text, wanted)
	}
}

// TestReplayEvents holds the events against the published schemas, with a
// validator that is not ours, and against CloudEvents 1.0.
func TestReplayEvents(t *testing.T) {
	t.Parallel()
	files := replayed(t, seedStory)
	compiler := jsonschema.NewCompiler()
	lines := bytes.Split(bytes.TrimSpace(files["events.jsonl"]), []byte("\n"))
	if len(lines) != 4 {
		t.Fatalf("%d events", len(lines))
	}
	for _, line := range lines {
		var e cloudevents.Event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("not a CloudEvent: %v\n%s", err, line)
		}
		if err := e.Validate(); err != nil {
			t.Errorf("%s: %v", e.Type(), err)
		}
		name := strings.TrimPrefix(e.DataSchema(), notice.SchemaBase)
		schema := compile(t, compiler, name)
		data, err := jsonschema.UnmarshalJSON(bytes.NewReader(e.Data()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(data); err != nil {
			t.Errorf("%s: %v", e.Type(), err)
		}
	}
}

func compile(t testing.TB, c *jsonschema.Compiler, name string) *jsonschema.Schema {
	t.Helper()
	text, err := schemas.Files.ReadFile("events/" + name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err == nil {
		err = c.AddResource(name, doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestReplayOutlook looks at the services before, during and after.
func TestReplayOutlook(t *testing.T) {
	t.Parallel()
	files := replayed(t, seedStory)
	for name, want := range map[string]notice.Effect{"avant": notice.Unaffected, "pendant": notice.Interrupted, "apres": notice.Unaffected} {
		var o notice.Outlook
		if err := json.Unmarshal(files["outlook/"+name+".json"], &o); err != nil {
			t.Fatal(err)
		}
		for _, s := range o.Services {
			for _, m := range s.Modes {
				expected := want
				if !struck(t, s.Service) {
					expected = notice.Unaffected
				}
				during := expected == notice.Interrupted
				forbidden := m.Messages[notice.Create] == notice.Forbidden && m.Messages[notice.ValidateAnticipated] == notice.Forbidden
				if m.Effect != expected || m.Overdue || (m.Fallback != nil) != during || forbidden != during || len(m.Messages) > 2 {
					t.Errorf("%s: %s %s is %+v", name, s.Service, m.Mode, m)
				}
			}
		}
	}
}

// struck is whether the example notice speaks of a service.
func struck(t testing.TB, service string) bool {
	t.Helper()
	text, err := os.ReadFile(seedNotice)
	if err != nil {
		t.Fatal(err)
	}
	var n notice.Notice
	if _, ps := schemas.Decode(text, &n); len(ps) > 0 || len(n.Services) != 7 {
		t.Fatal(ps)
	}
	return slices.Contains(n.Services, service)
}

// TestReplayOfOverdue tells no end that nobody has told.
func TestReplayOfOverdue(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	copyExample(t, dir, func(story string) string {
		before, _, _ := strings.Cut(story, "  - {at: 2023-08-08T14:30")
		return before + "  - {at: 2023-08-08T17:01, outlook: tard}\n"
	})
	files := replayed(t, filepath.Join(dir, "story.yaml"))
	var o notice.Outlook
	if err := json.Unmarshal(files["outlook/tard.json"], &o); err != nil {
		t.Fatal(err)
	}
	for _, s := range o.Services {
		for _, m := range s.Modes {
			if struck(t, s.Service) && (!m.Overdue || m.Effect != notice.Interrupted || m.Fallback == nil) {
				t.Errorf("%s %s after the planned end is %+v", s.Service, m.Mode, m)
			}
		}
	}
	events := string(files["events.jsonl"])
	if !strings.Contains(events, ".overdue.v0") || strings.Contains(events, ".ended.v0") {
		t.Errorf("the record says:\n%s", events)
	}
	staff := slices.ContainsFunc(slices.Collect(maps.Keys(files)), func(name string) bool {
		return strings.HasSuffix(name, "-overdue-dg-comint1@douane.finances.gouv.fr.eml")
	})
	if !staff {
		t.Error("the bureau has not been told that the alert is overdue")
	}
}

// copyExample lays out the example story with its text changed.
func copyExample(t testing.TB, dir string, change func(string) string) {
	t.Helper()
	for _, name := range []string{"notice.yaml", "story.yaml"} {
		text, err := schemas.Files.ReadFile(exampleStory + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "story.yaml" {
			text = []byte(change(string(text)))
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
