package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/templates/pages/kept"
)

// A Theme is the look that a deployment supplies instead of ours: style sheets
// with their fonts and images, and perhaps scripts. It is read once, and a nil
// one is ours.
//
// Its files are found under an address that changes with any of them, so that
// what they name beside them (fonts/x.woff2) may be kept for ever as they are.
type Theme struct {
	place   string // "/theme/0123456789abcdef/"
	files   map[string]themed
	sheets  []string // addresses, in the order in which they count
	scripts []string
}

// A themed is one of a theme's files.
type themed struct {
	mediaType string
	kept      *kept.Body
}

// themeTypes are the types of what a page may load; nothing else is served.
var themeTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf", ".otf": "font/otf",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif", ".ico": "image/vnd.microsoft.icon",
}

// themeMost bounds a theme, in bytes: it is held in memory. The whole of the
// DSFR has 22 MB.
const themeMost = 64 << 20

// OpenTheme reads a theme from a folder. Files whose names begin with a dot,
// links out of the folder and what no page loads are left out.
func OpenTheme(dir string) (*Theme, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // it was only read
	t := &Theme{files: map[string]themed{}}
	all, size := sha256.New(), 0
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), ".") && d.IsDir():
			return fs.SkipDir
		case d.IsDir(), strings.HasPrefix(d.Name(), "."), themeTypes[strings.ToLower(path.Ext(name))] == "":
			return nil
		}
		body, err := root.ReadFile(name)
		if err != nil {
			if d.Type()&fs.ModeSymlink != 0 { // it leads out, or to a folder
				return nil
			}
			return err
		}
		if size += len(body); size > themeMost {
			return fmt.Errorf("%s holds more than %d MB: leave in it what pages load, the style sheets with their fonts and icons", dir, themeMost>>20)
		}
		sum := sha256.Sum256(body)
		fmt.Fprintf(all, "%s\x00%x\n", name, sum)
		t.files[name] = themed{themeTypes[strings.ToLower(path.Ext(name))], kept.NewAsset(body)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t.place = "/theme/" + hex.EncodeToString(all.Sum(nil)[:8]) + "/"
	if t.choose(); len(t.sheets) == 0 {
		return nil, errors.New(dir + " has no style sheet at its top: put dsfr.min.css there, or your own *.css")
	}
	return t, nil
}

// choose names what pages load: of the DSFR its one sheet, its utilities and
// whatever others lie at the top; of another theme all sheets at the top, by
// name. Scripts are the modules at the top.
func (t *Theme) choose() {
	_, dsfr := t.files["dsfr.min.css"]
	var own, scripts []string
	for name := range t.files {
		switch {
		case strings.Contains(name, "/"):
		case path.Ext(name) == ".css" && !(dsfr && strings.HasPrefix(name, "dsfr.")):
			own = append(own, name)
		case strings.HasSuffix(name, ".module.min.js"), path.Ext(name) == ".mjs":
			scripts = append(scripts, name)
		}
	}
	slices.Sort(own)
	slices.Sort(scripts)
	if dsfr {
		first := []string{"dsfr.min.css"}
		if _, ok := t.files["utility/utility.min.css"]; ok {
			first = append(first, "utility/utility.min.css")
		}
		own = append(first, own...)
	}
	for _, name := range own {
		t.sheets = append(t.sheets, t.place+name)
	}
	for _, name := range scripts {
		t.scripts = append(t.scripts, t.place+name)
	}
}

// Sheets are the addresses of the style sheets of a page, ours or the theme's
// with what our own parts need besides.
func (t *Theme) Sheets() []string {
	if t == nil {
		return []string{"/style.css?v=" + Version("style.css")}
	}
	return append(slices.Clone(t.sheets), "/parts.css?v="+Version("parts.css"))
}

// Scripts are the addresses of the modules that a theme's parts run.
func (t *Theme) Scripts() []string {
	if t == nil {
		return nil
	}
	return t.scripts
}

// Policy is a content security policy, with what a theme's files need of it:
// fonts, and images within style sheets.
func (t *Theme) Policy(policy string) string {
	if t == nil {
		return policy
	}
	policy = strings.Replace(policy, "img-src 'self'", "img-src 'self' data:", 1) + "; font-src 'self'"
	if len(t.scripts) > 0 && !strings.Contains(policy, "script-src") {
		policy += "; script-src 'self'"
	}
	return policy
}

// Handle registers a theme's files.
func (t *Theme) Handle(mux *http.ServeMux) {
	if t == nil {
		return
	}
	mux.HandleFunc("GET /theme/{version}/{file...}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("file")
		f, ok := t.files[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		head := w.Header()
		head.Set("Content-Type", f.mediaType)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		head.Set("Cache-Control", "public, max-age=86400")
		if r.URL.Path == t.place+name {
			head.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		f.kept.Send(w, r, http.StatusOK)
	})
}
