package drafts_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/drafts"
)

func house(t *testing.T) schemas.House {
	t.Helper()
	h, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func at(t *testing.T, text string) notice.Time {
	t.Helper()
	var parsed notice.Time
	if err := parsed.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func example(t *testing.T, path string) notice.Notice {
	t.Helper()
	text, err := schemas.Files.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var n notice.Notice
	if _, ps := schemas.Decode(text, &n); len(ps) > 0 {
		t.Fatal(ps)
	}
	return n
}

// TestStart wants every template to be a notice without faults once services
// and signatory are given, and to compose a letter.
func TestStart(t *testing.T) {
	t.Parallel()
	h := house(t)
	now := at(t, "2026-11-25T16:55").Time
	for _, template := range drafts.Templates() {
		n, err := drafts.Start(template.ID, "comint1", h.Bureaus, now)
		if err != nil {
			t.Fatal(err)
		}
		n.Services, n.Signatory.Name = []string{"delta-h7"}, "Michel BARON"
		if n.Kind == notice.Information {
			n.Paragraphs = []string{"Un texte."}
		}
		if ps := notice.Check(n, h.Catalogue, h.Bureaus); len(ps) > 0 {
			t.Errorf("%s: %v", template.ID, ps)
		}
		if _, err := (templates.Words{Catalogue: h.Catalogue, Bureaus: h.Bureaus}).Letter(n); err != nil {
			t.Errorf("%s: %v", template.ID, err)
		}
		if _, err := schemas.Write(n); err != nil {
			t.Errorf("%s: %v", template.ID, err)
		}
	}
	for _, c := range [][2]string{{"fermeture", "comint1"}, {"incident", "comint9"}} {
		if _, err := drafts.Start(c[0], c[1], h.Bureaus, now); err == nil {
			t.Errorf("Start(%q, %q) is no error", c[0], c[1])
		}
	}
}

// TestTuesday keeps clear of public holidays and of the bureau's notice period.
func TestTuesday(t *testing.T) {
	t.Parallel()
	for now, want := range map[string]string{
		"2023-08-01T14:00": "2023-08-08T09:00", "2023-08-06T23:30": "2023-08-08T09:00", "2023-08-07T14:00": "2023-08-22T09:00", // the 15th is a holiday
		"2026-11-25T16:55": "2026-12-01T09:00",
	} {
		n, err := drafts.Start("maintenance", "comint1", house(t).Bureaus, at(t, now).Time)
		if err != nil || !n.Windows[0].Start.Equal(at(t, want).Time) {
			t.Errorf("at %s: %v, %v, want %s", now, n.Windows, err, want)
		}
	}
}

// TestFewFields counts what a drafter touches from the template to the notice
// of 1 August 2023.
func TestFewFields(t *testing.T) {
	t.Parallel()
	n, err := drafts.Start("maintenance", "comint1", house(t).Bureaus, at(t, "2023-08-01T14:00").Time)
	if err != nil {
		t.Fatal(err)
	}
	touched := differing(leaves(t, n), leaves(t, example(t, "examples/2023-08-08/notice.yaml")))
	if want := []string{"/cause", "/modes", "/reference", "/services", "/signatory/name"}; !slices.Equal(touched, want) {
		t.Errorf("touched are %q, want %q", touched, want)
	}
}

// leaves are a notice's fields with their values; a list of words is one.
func leaves(t *testing.T, n notice.Notice) map[string]string {
	t.Helper()
	text, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, field := range v {
				walk(at+"/"+name, field)
			}
		case []any:
			if len(v) > 0 {
				if _, ok := v[0].(map[string]any); ok {
					for i, item := range v {
						walk(fmt.Sprintf("%s/%d", at, i), item)
					}
					return
				}
			}
			all[at] = fmt.Sprint(v...)
		default:
			all[at] = fmt.Sprint(v)
		}
	}
	walk("", v)
	return all
}

func differing(a, b map[string]string) []string {
	var names []string
	for name := range a {
		if a[name] != b[name] {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestFromEarlier(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-25T16:55") // a Wednesday
	for _, c := range []struct{ path, start, end string }{
		{"2023-08-08/notice.yaml", "2026-12-01T09:00", "2026-12-01T17:00"},          // a Tuesday
		{"prolongations/notice.yaml", "2026-11-27T18:00", "2026-11-30T10:00"},       // over a weekend
		{"secours-independant/notice.yaml", "2026-11-28T04:00", "2026-11-29T18:00"}, // a Saturday
		{"incident/notice.yaml", "2026-11-25T16:55", ""},                            // begins now
		{"fermeture/notice.yaml", "2026-12-02T02:00", ""},                           // a Wednesday, not today's
	} {
		earlier := example(t, "examples/"+c.path)
		before, _ := json.Marshal(earlier)
		n := drafts.FromEarlier(earlier, now.Time)
		w := n.Windows[0]
		if !w.Start.Equal(at(t, c.start).Time) || c.end != "" && !w.End.Equal(at(t, c.end).Time) || c.end == "" && !w.End.IsZero() {
			t.Errorf("%s: window %v", c.path, w)
		}
		if n.Reference+n.OutageID != "" || len(n.Exceptions)+len(n.Sent) > 0 || n.Issued.Date != notice.DateOf(now.Time) {
			t.Errorf("%s: %+v", c.path, n)
		}
		if after, _ := json.Marshal(earlier); string(after) != string(before) {
			t.Errorf("%s was changed", c.path)
		}
	}
	f := drafts.FromEarlier(example(t, "examples/secours-independant/notice.yaml"), now.Time).Fallback
	if !f.From.Equal(at(t, "2026-11-28T06:00").Time) || !f.Until.Equal(at(t, "2026-11-30T10:00").Time) {
		t.Errorf("the fallback is from %s until %s", f.From, f.Until)
	}
}

// TestFromAllEarlier wants no example to have a fault once it is copied.
func TestFromAllEarlier(t *testing.T) {
	t.Parallel()
	h, now := house(t), at(t, "2026-11-25T16:55").Time
	paths, err := fs.Glob(schemas.Files, "examples/*/notice.yaml")
	if err != nil || len(paths) < 20 {
		t.Fatal(len(paths), err)
	}
	for _, path := range paths {
		n, _ := h.Catalogue.Canonical(drafts.FromEarlier(example(t, path), now))
		for _, p := range notice.Check(n, h.Catalogue, h.Bureaus) {
			if p.Severity == notice.SeverityError || strings.Contains(p.Pointer, "reference") {
				t.Errorf("%s: %v", path, p)
			}
		}
	}
}
