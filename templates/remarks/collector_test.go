package remarks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A message is an English format as it stands in the source, and where.
type message struct{ format, at string }

// messages are all that a package may say is wrong: the fields What and Remedy,
// the arguments of whatever has parameters of those names, and errors.
func messages(t *testing.T, pkg string) []message {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("../..", pkg, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files: %v", pkg, len(paths), err)
	}
	c := &collector{set: token.NewFileSet(), values: map[string]ast.Expr{}, helpers: map[string][]int{}, funcs: map[string]*ast.FuncDecl{}}
	if c.params = spoken[pkg]; c.params == nil {
		c.params = []string{"what", "remedy"}
	}
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

// sayings are the fields that say what is wrong.
var sayings = []string{"What", "Remedy", "Detail"}

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
			case keyed && slices.Contains(sayings, named(pair.Key)):
				c.take(pair.Value)
			case !keyed && i < 2 && named(n.Type) == "ValueError":
				c.take(field)
			}
		}
	case *ast.AssignStmt:
		for i, field := range n.Lhs {
			if to, ok := field.(*ast.SelectorExpr); ok && slices.Contains(sayings, to.Sel.Name) && len(n.Rhs) == len(n.Lhs) {
				c.take(n.Rhs[i])
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
		if alreadyFrench(format) {
			continue
		}
		if strings.ContainsAny(verbs.ReplaceAllString(format, ""), letters) {
			c.found = append(c.found, message{strings.TrimPrefix(format, "%w: "), c.set.Position(e.Pos()).String()})
		}
	}
}

// alreadyFrench is whether a text of the pages is for people alone.
func alreadyFrench(text string) bool {
	return frenchWords.MatchString(text) && !english.MatchString(text)
}

var frenchWords = regexp.MustCompile(`(?i)(?:^|[^\pL])(le|la|les|un|une|des|du|au|aux|et|ou|est|pas|ne|vous|votre|l’|d’|n’)(?:$|[^\pL])|[àâçéèêëîïôûù]`)

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
