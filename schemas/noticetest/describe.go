package noticetest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// A Describer makes JSON Schema 2020-12 of Go types.
type Describer struct {
	Comments map[string]string // by "Type" and "Type.Field", named as Name names them
	Defs     map[string]any    // filled: the schemas of named types
	At       string            // where Defs will lie: "#/$defs/"
	Name     func(reflect.Type) string
	// Strict is for documents that people write: nothing unknown, and the
	// short forms that Decode takes. A reader of events must bear fields that
	// come later.
	Strict bool
}

// Object is the schema of a struct.
func (d Describer) Object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for name, index := range schemas.Fields(t) {
		f := t.FieldByIndex(index)
		property := d.Of(f.Type)
		if c := d.Comments[d.Name(t)+"."+f.Name]; c != "" {
			property["description"] = c
		}
		properties[name] = property
		optional := len(index) > 1 && t.Field(index[0]).Type.Kind() == reflect.Pointer // of an embedded struct that may be absent
		if !optional && !strings.Contains(f.Tag.Get("json"), "omitzero") {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	schema := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	if d.Strict {
		schema["additionalProperties"] = false
	}
	if c := d.Comments[d.Name(t)]; c != "" {
		schema["description"] = c
	}
	return schema
}

var (
	timeType    = reflect.TypeFor[notice.Time]()
	dateType    = reflect.TypeFor[notice.Date]()
	causeType   = reflect.TypeFor[notice.Cause]()
	instantType = reflect.TypeFor[time.Time]()
	rawType     = reflect.TypeFor[json.RawMessage]()
	valuer      = reflect.TypeFor[interface{ Values() []string }]()
)

// Of is the schema of a type.
func (d Describer) Of(t reflect.Type) map[string]any {
	switch {
	case t == timeType && d.Strict:
		return map[string]any{"type": "string", "pattern": `^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$`}
	case t == timeType:
		return map[string]any{"type": "string", "format": "date-time"}
	case t == instantType:
		return map[string]any{"type": "string", "format": "date-time"}
	case t == rawType:
		return map[string]any{}
	case t == dateType:
		return map[string]any{"type": "string", "format": "date"}
	case t.Implements(valuer):
		return d.ref(t, func() map[string]any {
			values := reflect.Zero(t).Interface().(interface{ Values() []string }).Values()
			return map[string]any{"enum": values, "description": d.Comments[d.Name(t)]}
		})
	case t == causeType:
		return d.ref(t, func() map[string]any {
			return map[string]any{"oneOf": []any{map[string]any{"type": "string"}, d.Object(t)}}
		})
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.Of(t.Elem())
	case reflect.Struct:
		return d.ref(t, func() map[string]any { return d.Object(t) })
	case reflect.Slice:
		return map[string]any{"type": "array", "items": d.Of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "propertyNames": d.Of(t.Key()), "additionalProperties": d.Of(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Uint64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	}
	panic("no schema for " + t.String())
}

func (d Describer) ref(t reflect.Type, define func() map[string]any) map[string]any {
	if _, ok := d.Defs[d.Name(t)]; !ok {
		d.Defs[d.Name(t)] = nil // a type that holds itself
		d.Defs[d.Name(t)] = define()
	}
	return map[string]any{"$ref": d.At + d.Name(t)}
}

// Comments are the doc comments of a package's types and fields, by name with
// a prefix.
func Comments(t testing.TB, dir, prefix string) map[string]string {
	t.Helper()
	comments := map[string]string{}
	files, err := filepath.Glob(dir + "/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source in %s: %v", dir, err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if decl, ok := n.(*ast.GenDecl); ok && decl.Tok == token.TYPE {
				spec := decl.Specs[0].(*ast.TypeSpec)
				comments[prefix+spec.Name.Name] = sentence(decl.Doc)
				if s, ok := spec.Type.(*ast.StructType); ok {
					for _, f := range s.Fields.List {
						for _, name := range f.Names {
							comments[prefix+spec.Name.Name+"."+name.Name] = sentence(f.Doc) + sentence(f.Comment)
						}
					}
				}
			}
			return true
		})
	}
	return comments
}

func sentence(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
