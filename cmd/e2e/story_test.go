package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/cmd/internal/mailbox"
	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

var update = flag.Bool("update", false, "write what stories make anew, to be read in review")

// TestStories replays every example story and compares what people receive
// with testdata, a file a story that a person can read.
func TestStories(t *testing.T) {
	t.Parallel()
	eachStory(t, func(t *testing.T, name, path string) {
		files := replay(t, path)
		checkLetters(t, files)
		golden(t, "testdata/"+name+".txtar", transcript(t, files))
	})
}

// eachStory runs a test for every example story.
func eachStory(t *testing.T, test func(t *testing.T, name, path string)) {
	t.Helper()
	stories, err := filepath.Glob(root + "/schemas/examples/*/story.yaml")
	if err != nil || len(stories) == 0 {
		t.Fatalf("%d stories: %v", len(stories), err)
	}
	for _, path := range stories {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, name, path)
		})
	}
}

// storyHouse is a story, and a house to play it in.
func storyHouse(t *testing.T, path string) (house.Story, house.Config) {
	t.Helper()
	story, err := house.ReadStory(path)
	if err != nil {
		t.Fatal(err)
	}
	contract, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	return story, house.Config{Words: templates.Words{Catalogue: contract.Catalogue, Bureaus: contract.Bureaus}, Dir: t.TempDir(), MaxStore: 1 << 30, PublicURL: "https://meteo.example",
		From: mail.Address{Name: "Notes aux opérateurs", Address: "notes@meteo.example"}, Log: slog.New(slog.DiscardHandler)}
}

// replay is what a story makes, by name.
func replay(t *testing.T, path string) map[string][]byte {
	t.Helper()
	story, c := storyHouse(t, path)
	files := map[string][]byte{}
	err := house.Replay(t.Context(), c, story, func(name string, data []byte) error {
		files[name] = data
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// transcript is what a story makes, as a person reads it: letters and mails as
// text, push messages a line each, outlooks without what is as usual.
func transcript(t *testing.T, files map[string][]byte) string {
	t.Helper()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		var text string
		var err error
		switch filepath.Dir(name) {
		case "letters":
			text, err = letter.Text(files[name])
		case "mails":
			text, err = mailText(files[name])
		case "outlook":
			text, err = outlookText(files[name])
		default:
			text, err = fileText(t, name, files[name])
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fmt.Fprintf(&b, "-- %s --\n%s\n", name, strings.TrimRight(text, "\n"))
	}
	return b.String()
}

// mailText is a mail as its receiver reads it: who, what, the text part, the
// names of what goes with it.
func mailText(raw []byte) (string, error) {
	m, err := mailbox.Read(raw)
	var b strings.Builder
	for _, name := range []string{"From", "To", "Date", "Subject", "Message-ID", "List-Unsubscribe"} {
		fmt.Fprintf(&b, "%s: %s\n", name, m.Header(name))
	}
	fmt.Fprintf(&b, "\n%s", m.Text)
	for _, name := range m.Files {
		fmt.Fprintf(&b, "[%s]\n", name)
	}
	return b.String(), err
}

// linesText is push messages as they are, and events by what befell when; what
// they hold is held against the schemas elsewhere.
func linesText(name string, raw []byte) (string, error) {
	if name != "events.jsonl" {
		return string(raw), nil
	}
	var b strings.Builder
	for line := range bytes.Lines(raw) {
		var e notice.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s %s by %s, version %d\n", notice.At(e.Time), e.Act.Type(), e.By, e.Version)
	}
	return b.String(), nil
}

// outlookText is an outlook's lines, those that are alike in one.
func outlookText(raw []byte) (string, error) {
	var o notice.Outlook
	if err := json.Unmarshal(raw, &o); err != nil {
		return "", err
	}
	var order []string
	where := map[string][]string{}
	for _, s := range o.Services {
		for _, m := range s.Modes {
			state := describe(m)
			if where[state] == nil {
				order = append(order, state)
			}
			where[state] = append(where[state], s.Service+"/"+m.Mode)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "at %s\n", o.At)
	for _, state := range order {
		fmt.Fprintf(&b, "%s\n    %s\n", state, strings.Join(where[state], " "))
	}
	return b.String(), nil
}

func describe(m notice.ModeOutlook) string {
	words := []string{string(m.Effect)}
	add := func(is bool, word string) {
		if is {
			words = append(words, word)
		}
	}
	add(m.Overdue, "overdue")
	add(!m.Since.IsZero(), "since "+m.Since.String())
	add(!m.Until.IsZero(), "planned until "+m.Until.String())
	for _, kind := range notice.MessageKind("").Values() {
		send := m.Messages[notice.MessageKind(kind)]
		add(send != notice.NotStated, kind+" "+string(send))
	}
	if f := m.Fallback; f != nil {
		words = append(words, "fallback authorised "+string(f.Condition))
		add(!f.Until.IsZero(), "until "+f.Until.String())
	}
	for _, next := range m.Next {
		words = append(words, "announced "+string(next.Effect)+" from "+next.Start.String())
	}
	return strings.Join(words, ", ")
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s is not what the story makes (%v): read the difference after go test ./cmd/e2e -update", path, err)
	}
}
