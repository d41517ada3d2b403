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
// parameters by which its functions are told what is wrong.
var spoken = map[string][]string{
	"schemas":        {"what", "remedy"},
	"schemas/notice": {"what", "remedy"},
	"publisher":      {"what", "remedy", "detail"}, // detail: of an alarm
	"publisher/desk": {"what", "remedy"},
	"templates":      {},
}

// A message is an English format as it stands in the source, and where.
type message struct{ format, at string }

// messages are all that a package may say is wrong: the fields What and Remedy,
// the arguments of whatever has parameters of those names, and errors.
func messages(t *testing.T, pkg string) []message {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("../..", pkg, "*.go"))
	if err != nil || len(paths) < 3 {
		t.Fatalf("%s: %d files: %v", pkg, len(paths), err)
	}
	c := &collector{set: token.NewFileSet(), values: map[string]ast.Expr{}, helpers: map[string][]int{}, funcs: map[string]*ast.FuncDecl{}}
	c.params = spoken[pkg]
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(c.set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		c.declared(file)
	}
	for _, file := range files {
		for _, decl := range file.Decls {
			c.assigned = map[string][]ast.Expr{}
			ast.Inspect(decl, c.assignments)
			ast.Inspect(decl, c.said)
		}
	}
	return c.found
}

type collector struct {
	set      *token.FileSet
	values   map[string]ast.Expr // of the package's constants and variables
	funcs    map[string]*ast.FuncDecl
	helpers  map[string][]int      // which arguments of a function say what is wrong
	assigned map[string][]ast.Expr // to the variables of the function in hand
	found    []message
	params   []string // the names of parameters that say what is wrong
	depth    int      // of the expression in hand
}

// deepest is deeper than any expression that says something; functions that
// call each other would never end.
const deepest = 6

// declared takes in what a file declares.
func (c *collector) declared(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			c.helper(n.Name.Name, n.Type)
			if r := n.Type.Results; r != nil && len(r.List) == 1 && named(r.List[0].Type) == "string" {
				c.funcs[n.Name.Name] = n
			}
		case *ast.AssignStmt:
			for i, value := range n.Rhs {
				name, ok := n.Lhs[i].(*ast.Ident)
				if lit, is := value.(*ast.FuncLit); ok && is {
					c.helper(name.Name, lit.Type)
				}
			}
		case *ast.ValueSpec:
			for i, value := range n.Values {
				c.values[n.Names[i].Name] = value
			}
		}
		return true
	})
}

// helper notes a function with parameters that say what is wrong.
func (c *collector) helper(name string, f *ast.FuncType) {
	at := 0
	for _, field := range f.Params.List {
		for _, param := range field.Names {
			if slices.Contains(c.params, param.Name) {
				c.helpers[name] = append(c.helpers[name], at)
			}
			at++
		}
	}
}

func (c *collector) assignments(n ast.Node) bool {
	if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == len(a.Rhs) {
		for i := range a.Lhs {
			if name, ok := a.Lhs[i].(*ast.Ident); ok {
				c.assigned[name.Name] = append(c.assigned[name.Name], a.Rhs[i])
			}
		}
	}
	return true
}

// said collects what a node says.
func (c *collector) said(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CompositeLit:
		for i, field := range n.Elts {
			pair, keyed := field.(*ast.KeyValueExpr)
			switch {
			case keyed && (named(pair.Key) == "What" || named(pair.Key) == "Remedy"):
				c.take(pair.Value)
			case !keyed && i < 2 && named(n.Type) == "ValueError":
				c.take(field)
			}
		}
	case *ast.CallExpr:
		name := named(n.Fun)
		for _, i := range c.helpers[name] {
			if i < len(n.Args) {
				c.take(n.Args[i])
			}
		}
		if (name == "Errorf" || name == "New") && len(n.Args) > 0 {
			if in, ok := n.Fun.(*ast.SelectorExpr); ok && (named(in.X) == "fmt" || named(in.X) == "errors") {
				c.take(n.Args[0])
			}
		}
	}
	return true
}

func (c *collector) take(e ast.Expr) {
	for _, format := range c.formats(e) {
		if strings.ContainsAny(verbs.ReplaceAllString(format, ""), letters) {
			c.found = append(c.found, message{strings.TrimPrefix(format, "%w: "), c.set.Position(e.Pos()).String()})
		}
	}
}

// formats are the texts that an expression may give, with verbs where the
// source alone does not tell; none where it tells nothing.
func (c *collector) formats(e ast.Expr) []string {
	if c.depth++; c.depth > deepest {
		c.depth--
		return nil
	}
	defer func() { c.depth-- }()
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []string{text}
		}
	case *ast.ParenExpr:
		return c.formats(e.X)
	case *ast.BinaryExpr:
		var all []string
		for _, left := range c.orHole(e.X) {
			for _, right := range c.orHole(e.Y) {
				all = append(all, left+right)
			}
		}
		return all
	case *ast.CallExpr:
		return c.returned(e)
	case *ast.Ident:
		var all []string
		for _, value := range c.assigned[e.Name] {
			all = append(all, c.formats(value)...)
		}
		if value, ok := c.values[e.Name]; ok && all == nil {
			return c.formats(value)
		}
		return all
	}
	return nil
}

// returned are the texts that a call gives.
func (c *collector) returned(call *ast.CallExpr) []string {
	name := named(call.Fun)
	switch {
	case name == "Sprintf":
		return c.formats(call.Args[0])
	case c.funcs[name] == nil:
		return nil
	}
	var all []string
	for _, arg := range call.Args { // of suggest: what it says otherwise
		all = append(all, c.formats(arg)...)
	}
	ast.Inspect(c.funcs[name], func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
			all = append(all, c.formats(r.Results[0])...)
		}
		return true
	})
	return all
}

// orHole are the formats of a part of a text: unknown is a verb.
func (c *collector) orHole(e ast.Expr) []string {
	if _, call := e.(*ast.CallExpr); call && named(e.(*ast.CallExpr).Fun) != "Sprintf" {
		return []string{"%s"}
	}
	if all := c.formats(e); len(all) > 0 {
		return all
	}
	return []string{"%s"}
}

// named is the last name of an expression.
func named(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

const letters = "abcdefghijklmnopqrstuvwxyz"

// unsaid are messages that no page shows, by how they begin, and why.
var unsaid = map[string]string{
	"decode ":                          "a damaged record: the log has it",
	"encode ":                          "our own types",
	"hash: ":                           "our own types",
	"settled":                          "inside a loop",
	"services.yaml:\n":                 "said at the start, by the command line",
	"bureaus.yaml:\n":                  "said at the start, by the command line",
	"server %q: ":                      "the command line's side of the desk",
	"ask the desk: ":                   "the command line's side of the desk",
	"read the desk's answer: ":         "the command line's side of the desk",
	"the desk’s answer ended half way": "the command line's side of the desk",
}

// wholes are messages that stand in the source in parts.
var wholes = map[string]string{"the window starts on": "the window starts on %s, %s"}

// sourceMessages are all that must have French, by format.
func sourceMessages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for pkg := range spoken {
		found := messages(t, pkg)
		if len(found) < 20 {
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
// in the table, and the table says nothing else.
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
		if name == "parser.txt" {
			continue // says what others' source says
		}
		if err := ours.read(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range append(slices.Collect(maps.Values(ours.exact)), ours.patterns...) {
		if all[p.english] == "" {
			t.Errorf("nothing says %q any more: take it out", p.english)
		}
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
