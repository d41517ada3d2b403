// Package e2e holds tests only: the rules of the house, and the product as its
// users meet it.
package e2e

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "douane.gouv.fr/crieur"
	root   = "../.."
)

// mayImport says which of our packages a package may import; a name ending in
// /... stands for all below it too. The longest matching row counts.
var mayImport = map[string][]string{
	"schemas/notice":          {},
	"schemas":                 {"schemas/notice"},
	"schemas/stream":          {},
	"schemas/stream/embedded": {"schemas/stream"},
	"schemas/noticetest":      {"schemas/..."},
	"templates":               {"schemas/notice"},
	"templates/...":           {"schemas/notice", "templates/..."},
	"publisher":               {"schemas/...", "templates/..."},
	"publisher/desk":          {"publisher", "schemas/...", "templates/..."},
	"publisher/desk/...":      {"publisher", "publisher/desk/...", "schemas/...", "templates/..."},
	"notifier":                {"schemas/...", "templates/..."},
	"notifier/...":            {"notifier", "schemas/...", "templates/..."},
	"notifier/email/...":      {"notifier", "notifier/email/...", "schemas/...", "templates/..."},
	"notifier/channeltest":    {"notifier", "schemas/..."},
	"notifier/letter":         {"templates/...", "notifier/letter/..."},
	"notifier/letter/...":     {"notifier/letter/..."},
	"cmd/...":                 {"cmd/internal/...", "publisher/...", "notifier/...", "templates/...", "schemas/..."},
}

// importers says which package alone may import a library. cmd/bench is
// exempt: it measures the libraries by themselves.
var importers = map[string]string{
	"github.com/jung-kurt/gofpdf":                          "notifier/letter",
	"github.com/go-fonts/liberation":                       "notifier/letter",
	"github.com/wneessen/go-mail":                          "notifier/email",
	"github.com/emersion/go-smtp":                          "cmd/internal/mailbox",
	"github.com/SherClockHolmes/webpush-go":                "notifier/push/webpush",
	"github.com/nats-io/nats-server":                       "schemas/stream/embedded",
	"github.com/nats-io/nats.go":                           "schemas/stream",
	"github.com/alecthomas/kong":                           "cmd/crieur",
	"go.yaml.in/yaml":                                      "schemas",
	"github.com/go-json-experiment/json":                   "notifier",
	"github.com/google/uuid":                               "schemas/stream",
	"github.com/andybalholm/brotli":                        "templates/pages/kept",
	"golang.org/x/crypto":                                  "publisher",
	"golang.org/x/oauth2":                                  "publisher/desk/door",
	"github.com/coreos/go-oidc":                            "publisher/desk/door",
	"github.com/go-jose/go-jose":                           "publisher/desk/door/oidc/oidctest",
	"github.com/santhosh-tekuri":                           "",
	"github.com/cloudevents":                               "",
	"github.com/arran4/golang-ical":                        "",
	"github.com/getkin/kin-openapi":                        "",
	"github.com/mmcdole/gofeed":                            "",
	"golang.org/x/net":                                     "",
	"github.com/chromedp":                                  "",
	"douane.gouv.fr/crieur/schemas/noticetest":             "",
	"douane.gouv.fr/crieur/notifier/channeltest":           "",
	"douane.gouv.fr/crieur/notifier/push/webpush/pushtest": "",
}

// A source is one Go file and what it imports.
type source struct {
	pkg, path string
	test      bool
	imports   []string
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg, err := filepath.Rel(root, filepath.Dir(path))
		s := source{pkg: filepath.ToSlash(pkg), path: path, test: strings.HasSuffix(path, "_test.go")}
		for _, spec := range file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			s.imports = append(s.imports, name)
		}
		all = append(all, s)
		return err
	})
	if err != nil || len(all) < 30 {
		t.Fatalf("read %d Go files: %v", len(all), err)
	}
	return all
}

func TestImportsOfOurs(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test {
			continue // a test may look at both sides
		}
		allowed, ok := rowOf(s.pkg)
		if !ok {
			t.Errorf("%s: package %s has no row in mayImport", s.path, s.pkg)
		}
		for _, name := range s.imports {
			ours, found := strings.CutPrefix(name, module+"/")
			if found && !slices.ContainsFunc(allowed, func(a string) bool { return covers(a, ours) }) {
				t.Errorf("%s: %s may not import %s", s.path, s.pkg, ours)
			}
		}
	}
}

func TestImportsOfLibraries(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || s.pkg == "cmd/bench" || s.pkg == "schemas/noticetest" {
			continue
		}
		for _, name := range s.imports {
			for library, only := range importers {
				if (name == library || strings.HasPrefix(name, library+"/")) && !covers(only+"/...", s.pkg) {
					t.Errorf("%s: %s is imported by %q alone", s.path, library, only)
				}
			}
			if s.pkg == "schemas/notice" && strings.Contains(strings.Split(name, "/")[0], ".") {
				t.Errorf("%s: the vocabulary imports the standard library alone, not %s", s.path, name)
			}
		}
	}
}

// rowOf is the row of mayImport that fits a package best.
func rowOf(pkg string) ([]string, bool) {
	best := ""
	for _, pattern := range slices.Sorted(maps.Keys(mayImport)) {
		if covers(pattern, pkg) && (pattern == pkg || len(pattern) > len(best) && best != pkg) {
			best = pattern
		}
	}
	return mayImport[best], best != ""
}

func covers(pattern, pkg string) bool {
	if all, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == all || strings.HasPrefix(pkg, all+"/")
	}
	return pattern == pkg
}

// TestTopLevel keeps the tree as it was decided.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"cmd", "notifier", "publisher", "schemas", "templates"}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(known, e.Name()) && e.Name() != "out" {
			t.Errorf("another top-level folder needs a decision: %s", e.Name())
		}
	}
}

// TestReadme keeps the paths that the documents name true.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	path := regexp.MustCompile("`((?:cmd|notifier|publisher|schemas|templates)(?:/[\\w.-]+)*/?)`")
	found := path.FindAllStringSubmatch(string(text), -1)
	if len(found) < 10 {
		t.Fatalf("README.md names %d paths", len(found))
	}
	for _, m := range found {
		if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
			t.Errorf("README.md names %s: %v", m[1], err)
		}
	}
}

// TestDependenciesAreDecided wants a word in DECISIONS.md on every direct
// dependency.
func TestDependenciesAreDecided(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	decisions, err := os.ReadFile(filepath.Join(root, "DECISIONS.md"))
	if err != nil {
		t.Fatal(err)
	}
	required := regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+/\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1)
	if len(required) < 8 {
		t.Fatalf("go.mod names %d direct dependencies", len(required))
	}
	for _, m := range required {
		if !strings.Contains(string(decisions), m[1]) {
			t.Errorf("DECISIONS.md says nothing of %s", m[1])
		}
	}
}
