package pages

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// themeOf is a theme of some files in a folder of its own.
func themeOf(t *testing.T, files ...string) (*Theme, error) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("/* "+name+" */"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(t.TempDir(), "secret.css")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "out.css")); err != nil {
		t.Fatal(err)
	}
	return OpenTheme(dir)
}

// TestThemeFiles: what pages load is served for ever, and nothing else.
func TestThemeFiles(t *testing.T) {
	t.Parallel()
	theme, err := themeOf(t, "a.css", "fonts/f.woff2", "notes.md", ".hidden.css", ".git/x.css", "icons/i.svg")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	theme.Handle(mux)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	for name, mediaType := range map[string]string{"a.css": "text/css; charset=utf-8", "fonts/f.woff2": "font/woff2", "icons/i.svg": "image/svg+xml"} {
		w := get(theme.place + name)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != mediaType || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
		if w := get("/theme/older/" + name); w.Code != http.StatusOK || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s of an older page: %d %v", name, w.Code, w.Header())
		}
	}
	for _, name := range []string{"notes.md", ".hidden.css", ".git/x.css", "out.css", "../a.css", "..%2fa.css", "fonts", "fonts/", ""} {
		if w := get(theme.place + name); w.Code == http.StatusOK {
			t.Errorf("%q is served: %s", name, w.Body)
		}
	}
	if _, err := themeOf(t, "fonts/f.woff2"); err == nil || !strings.Contains(err.Error(), "dsfr.min.css") {
		t.Errorf("a theme without a style sheet: %v", err)
	}
}

// TestThemeSheets: of the DSFR its whole sheet comes first, and none of its
// parts; of another theme all that lies at the top.
func TestThemeSheets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ files, sheets, scripts []string }{
		{[]string{"b.css", "a.css", "sub/c.css"}, []string{"a.css", "b.css"}, nil},
		{[]string{"dsfr.css", "dsfr.min.css", "dsfr.print.css", "utility/utility.min.css", "a.css", "dsfr.module.min.js", "dsfr.nomodule.min.js"},
			[]string{"dsfr.min.css", "utility/utility.min.css", "a.css"}, []string{"dsfr.module.min.js"}},
	} {
		theme, err := themeOf(t, c.files...)
		if err != nil {
			t.Fatal(err)
		}
		bare := func(all []string) (names []string) {
			for _, one := range all {
				names = append(names, strings.TrimPrefix(one, theme.place))
			}
			return names
		}
		if sheets := bare(theme.Sheets()); !slices.Equal(sheets[:len(sheets)-1], c.sheets) || !strings.HasPrefix(sheets[len(sheets)-1], "/parts.css?v=") {
			t.Errorf("%v: sheets %v", c.files, sheets)
		}
		if scripts := bare(theme.Scripts()); !slices.Equal(scripts, c.scripts) {
			t.Errorf("%v: scripts %v", c.files, scripts)
		}
	}
}

// TestThemedPage: a page loads the theme instead of our sheet, and its policy
// allows for it; without one the policy allows for nothing more.
func TestThemedPage(t *testing.T) {
	t.Parallel()
	theme, err := themeOf(t, "a.css", "a.module.min.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, look := range []*Theme{nil, theme} {
		w := httptest.NewRecorder()
		House{Now: time.Now, Theme: look}.Write(w, httptest.NewRequest(http.MethodGet, "/", nil), Page{Name: "lost", Status: http.StatusNotFound, Title: "Page introuvable"})
		page, policy, themed := w.Body.String(), w.Header().Get("Content-Security-Policy"), look != nil
		for _, want := range []string{`href="/theme/`, `href="/parts.css?v=`, `src="/theme/`} {
			if strings.Contains(page, want) != themed {
				t.Errorf("themed %v: %s is there: %v", themed, want, !themed)
			}
		}
		if strings.Contains(page, "/style.css") == themed || strings.Contains(policy, "font-src 'self'") != themed || themed && !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("themed %v: %s\n%s", themed, policy, page)
		}
	}
}

// TestPartsOf: rules of our own classes stay, those that a theme brings go.
func TestPartsOf(t *testing.T) {
	t.Parallel()
	got := string(PartsOf([]byte(`:root { color-scheme: light dark; --ink: #000; }
/* .none { } */ body, .fr-btn { color: red; }
.fr-alert .sign, p, h2:has(.fr-a, .b) { color: var(--ink); }
@media print { h1 { color: red; } .facts { color: var(--good-page); } }
@media screen { h1 { color: red; } }`)))
	want := `:root {  --ink: #000; }
.fr-alert .sign, h2:has(.fr-a, .b) { color: var(--text-default-grey, var(--ink)); }
@media print {.facts { color: var(--background-contrast-success, var(--good-page)); }
}
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if parts := string(assets["parts.css"].body); strings.Count(parts, "{") != strings.Count(parts, "}") || !strings.Contains(parts, ".stack thead") || strings.Contains(parts, "\nbody {") {
		t.Errorf("%s", parts)
	}
}
