package pages

import (
	"slices"
	"strings"
	"testing"
)

// TestEnglishIsComplete wants the English of all that the templates of English
// pages say, of what they are made of too.
func TestEnglishIsComplete(t *testing.T) {
	t.Parallel()
	_, missing := englishLayout()
	own := func(name string) bool { // of a page that is there in French alone
		return EnglishPages[name] || !strings.Contains(englishlessPages(t), " "+name+" ")
	}
	for name, all := range missing {
		if !own(name) {
			continue
		}
		for _, french := range slices.Compact(slices.Sorted(slices.Values(all))) {
			t.Errorf("%s: english.txt lacks %q", name, french)
		}
	}
}

// englishlessPages are the templates that only pages without English use.
func englishlessPages(t testing.TB) string {
	t.Helper()
	names := " "
	for _, file := range []string{"formats.html", "legal.html", "copied.html", "cadre.html", "badge.html", "push.html"} {
		for rest := source(t, file); ; {
			_, after, ok := strings.Cut(rest, `{{define "`)
			if !ok {
				break
			}
			name, _, _ := strings.Cut(after, `"`)
			names, rest = names+name+" ", after
		}
	}
	return names
}

// TestLocal: pages have an address in English, files do not.
func TestLocal(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"/": "/en/", "/?service=ecs": "/en/?service=ecs", "/services/delta-g": "/en/services/delta-g", "/notices?page=2#x": "/en/notices?page=2#x",
		"/en/services": "/en/services", "/services/delta-g/cadre": "/services/delta-g/cadre", "/notices/1/1.pdf": "/notices/1/1.pdf",
		"/style.css": "/style.css", "/abonnements": "/en/abonnements", "/abonnements/id/token/preferences": "/abonnements/id/token/preferences",
		"https://elsewhere.example/": "https://elsewhere.example/", "#menu": "#menu", "/mentions-legales": "/mentions-legales", "/extrait.pdf?le=1": "/extrait.pdf?le=1",
	} {
		if got := Local(address); got != want {
			t.Errorf("Local(%q) = %q, want %q", address, got, want)
		}
	}
}
