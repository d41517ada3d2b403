package remarks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// spoken are the packages whose words reach staff, each with the names of the
// parameters by which its functions are told what is wrong; those below
// publisher/desk are spoken too.
var spoken = map[string][]string{
	"schemas":        {"what", "remedy"},
	"schemas/notice": {"what", "remedy"},
	"publisher":      {"what", "remedy", "detail"}, // detail: of an alarm
	"publisher/desk": {"what", "remedy"},
	"templates":      {},
}

// unsaid are messages that no page shows, by how they begin, and why.
var unsaid = map[string]string{
	"decode ":                          "a damaged record: the log has it",
	"encode ":                          "our own types",
	"hash: ":                           "our own types",
	"settled":                          "inside a loop",
	"services.yaml:\n":                 "said at the start, by the command line",
	"bureaus.yaml:\n":                  "said at the start, by the command line",
	"--server %q: ":                    "the command line's side of the desk",
	": is --server the desk's":         "the command line's side of the desk",
	"ask the desk: ":                   "the command line's side of the desk",
	"the desk answers ":                "the command line's side of the desk",
	"read the desk's answer: ":         "the command line's side of the desk",
	"the desk’s answer ended half way": "the command line's side of the desk",
}

// wholes are messages that stand in the source in parts.
var wholes = map[string]string{"the window starts on": "the window starts on %s, %s"}

// packages are all that are spoken.
func packages(t *testing.T) []string {
	t.Helper()
	all := slices.Sorted(maps.Keys(spoken))
	below, err := filepath.Glob("../../publisher/desk/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range below {
		pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../../")
		if !slices.Contains(all, pkg) && !strings.HasSuffix(path, "_test.go") {
			all = append(all, pkg)
		}
	}
	return all
}

// sourceMessages are all that must have French, by format.
func sourceMessages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pkg := range packages(t) {
		found := messages(t, pkg)
		if spoken[pkg] != nil && len(found) < 20 {
			t.Errorf("%s: %d messages: what collects them no longer sees them", pkg, len(found))
		}
		for _, m := range found {
			if whole := wholes[m.format]; whole != "" {
				m.format = whole
			}
			all[m.format] = m.at
		}
	}
	for start := range unsaid {
		n := len(all)
		for format := range all {
			if strings.HasPrefix(format, start) {
				delete(all, format)
			}
		}
		if len(all) == n {
			t.Errorf("nothing in the source begins with %q any more", start)
		}
	}
	return all
}

// TestEveryMessageHasFrench reads the source: whatever it may say is wrong is
// in the table, and the table does not grow old.
func TestEveryMessageHasFrench(t *testing.T) {
	t.Parallel()
	all := sourceMessages(t)
	for format, at := range all {
		if _, ok := patternOf(format); !ok {
			t.Errorf("%s: %q has no French: add it to a .txt of templates/remarks", at, format)
		}
	}
	ours := table{exact: map[string]pattern{}}
	for _, name := range messageFiles {
		if name == "libraries.txt" {
			continue // says what others' source says
		}
		if err := ours.read(name); err != nil {
			t.Fatal(err)
		}
	}
	var stale []string
	rows := append(slices.Collect(maps.Values(ours.exact)), ours.patterns...)
	for _, p := range rows {
		if all[p.english] == "" {
			stale = append(stale, p.english)
		}
	}
	if len(stale) > len(rows)/4 { // the words may come before what says them
		t.Errorf("nothing says these, take them out: %q", stale)
	}
}

// patternOf is the row of an English format.
func patternOf(format string) (pattern, bool) {
	t := known()
	if p, ok := t.exact[format]; ok {
		return p, true
	}
	i := slices.IndexFunc(t.patterns, func(p pattern) bool { return p.english == format })
	if i < 0 {
		return pattern{}, false
	}
	return t.patterns[i], true
}

// constants are the string constants of a type of a package.
func constants(t *testing.T, pkg, name string) []string {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join("../..", pkg, "*.go"))
	var all []string
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || named(spec.Type) != name || len(spec.Values) != 1 {
				return true
			}
			if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
				text, _ := strconv.Unquote(lit.Value) // a literal of the parser's
				all = append(all, text)
			}
			return true
		})
	}
	if len(all) == 0 {
		t.Fatalf("%s has no constants of type %s", pkg, name)
	}
	return all
}
