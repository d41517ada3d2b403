package pages

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

// TestLive: a page that keeps itself up to date says what the script must know,
// and is whole without it.
func TestLive(t *testing.T) {
	t.Parallel()
	page := write(t, Page{Name: "lost", Title: "x", Live: &Live{Services: []string{"ecs", "gamma"}, Notice: "n1", Stage: "exercise"}}).Body.String()
	for _, want := range []string{`<script src="/live.js?v=`, `data-environment="exercise"`, `data-notice="n1"`, `data-services="ecs gamma"`, ` ended `, `<p role="status" id="direct-dit"></p>`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	if strings.Contains(page, "nudged") {
		t.Error("the page listens for what is the bureau's alone")
	}
	if page := write(t, Page{Name: "lost", Title: "x"}).Body.String(); strings.Contains(page, "live") || strings.Contains(page, "<script") {
		t.Errorf("a page that stays as it is has a script: %s", page)
	}
	if page := write(t, Page{Name: "lost", Title: "x", Live: &Live{}}).Body.String(); !strings.Contains(page, `data-environment="production" data-acts="published `) {
		t.Errorf("a page of all services: %s", page)
	}
}

// TestSaidByScripts: what scripts say stands in attributes, and is French.
func TestSaidByScripts(t *testing.T) {
	t.Parallel()
	wrong, attribute := regexp.MustCompile(`\pL [:;!?]|\pL'\pL|\.\.\.`), regexp.MustCompile(`data-[a-z]+="(?:{{said ")?([^"{][^"]* [^"]+)"`)
	for name, least := range map[string]int{"live.html": 4, "push.html": 10} {
		said := attribute.FindAllStringSubmatch(source(t, name), -1)
		if len(said) < least {
			t.Errorf("%s says %d things", name, len(said))
		}
		for _, m := range said {
			if found := wrong.FindString(html.UnescapeString(m[1])); found != "" {
				t.Errorf("%s: %q in %q", name, found, m[1])
			}
			if name == "live.html" && inEnglish(m[1]) == m[1] { // on pages that are there in English
				t.Errorf("%s: no English of %q", name, m[1])
			}
		}
	}
}
