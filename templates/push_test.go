package templates_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"douane.gouv.fr/crieur/notifier/channeltest"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/templates"
)

// TestPush: whatever happens to a notice, there are words for a screen, short,
// in both languages; whoever missed the start of what ends hears both.
func TestPush(t *testing.T) {
	t.Parallel()
	c, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	w, wrong := templates.Words{Catalogue: c.Catalogue, Bureaus: c.Bureaus}, regexp.MustCompile(`\pL [:;!?]|\pL'\pL`)
	for _, tale := range channeltest.Life(t) {
		act := tale.Event.Act.Type()
		for _, telling := range []templates.Telling{{}, {Lang: "en"}, {Started: true}} {
			p, err := w.Push(tale.State, tale.Event, telling)
			if err != nil || p.Title == "" || utf8.RuneCountInString(p.Body) > 400 || p.Lang != map[string]string{"": "fr", "en": "en"}[telling.Lang] {
				t.Errorf("%s %+v: %+v %v", act, telling, p, err)
			}
			if found := wrong.FindString(p.Title + "\n" + p.Body); telling.Lang == "" && found != "" {
				t.Errorf("%s: %q", act, found)
			}
			if act == "ended" && telling.Started != strings.HasPrefix(p.Body, "L’alerte qui avait commencé") && telling.Lang == "" {
				t.Errorf("the end, %+v: %s", telling, p.Body)
			}
		}
	}
}
