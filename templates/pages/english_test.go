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
	for _, file := range []string{"formats.html", "legal.html", "copied.html", "cadre.html", "badge.html"} {
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
