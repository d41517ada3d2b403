package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestThemeInCopy: both doors serve a theme, and a copy of the site has it with
// what its sheets load.
func TestThemeInCopy(t *testing.T) {
	t.Parallel()
	look := t.TempDir()
	for name, text := range map[string]string{"a.css": `@font-face { font-family: F; src: url("fonts/f.woff2") } p { background: url(data:image/png;base64,AA) }`, "fonts/f.woff2": "font"} {
		path := filepath.Join(look, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, t.TempDir(), "2023-08-01T15:00", "--theme", look)
	for _, door := range []string{"public page", "desk"} {
		if _, _, page := getPath(t, s.door(door)+"/"); !strings.Contains(string(page), `href="/theme/`) {
			t.Errorf("%s has no theme:\n%s", door, page)
		}
	}
	dir := filepath.Join(t.TempDir(), "copie")
	for range 2 { // the second time what has not changed is not sent again
		want(t, "export", "-o", dir, "--site", s.door("public page"), "--live", "https://meteo.example")
		found, err := filepath.Glob(filepath.Join(dir, "theme", "*", "fonts", "f.woff2"))
		if err != nil || len(found) != 1 {
			t.Fatalf("fonts in the copy: %v, %v", found, err)
		}
		page, err := os.ReadFile(filepath.Join(dir, "notices", "index.html"))
		if err != nil || !strings.Contains(string(page), `href="../theme/`) {
			t.Errorf("%v\n%s", err, page)
		}
	}
}
