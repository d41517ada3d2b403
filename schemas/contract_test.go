package schemas_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

var update = flag.Bool("update", false, "write the schemas anew from the types of package notice")

// TestContract keeps the published schemas and the Go types equal: each schema
// is what its type makes of it, comments included.
func TestContract(t *testing.T) {
	comments := readComments(t)
	want := map[string]map[string]any{
		"notice.schema.json":       describe(comments, notice.Notice{}, "notice.schema.json", true),
		"events/alert.schema.json": describe(comments, notice.Alert{}, "alert.schema.json", false),
	}
	for _, rule := range notice.Rules() {
		act, err := notice.DecodeAct(rule.Act, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		name := string(rule.Act) + ".schema.json"
		want["events/"+name] = describe(comments, act, name, false)
	}
	for path, schema := range want {
		text, err := json.MarshalIndent(schema, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, '\n')
		if *update {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := schemas.Files.ReadFile(path)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s is not what the types say (%v): read the difference after go test ./schemas -update", path, err)
		}
	}
	files, err := filepath.Glob("events/*")
	if err != nil || len(files) != len(want)-1 {
		t.Errorf("events/ has %d files, the types make %d: %v", len(files), len(want)-1, err)
	}
}

// A describer makes JSON Schema 2020-12 of Go types.
type describer struct {
	comments map[string]string // by "Type" and "Type.Field"
	defs     map[string]any
	// strict is for documents that people write: nothing unknown, and the
	// short forms that Decode takes. A reader of events must bear fields that
	// come later.
	strict bool
}

func describe(comments map[string]string, v any, name string, strict bool) map[string]any {
	d := describer{comments, map[string]any{}, strict}
	t := reflect.TypeOf(v)
	root := d.object(t)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = notice.SchemaBase + name
	root["title"] = t.Name()
	if len(d.defs) > 0 {
		root["$defs"] = d.defs
	}
	return root
}

func (d describer) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for name, index := range schemas.Fields(t) {
		f := t.FieldByIndex(index)
		property := d.of(f.Type)
		if c := d.comments[t.Name()+"."+f.Name]; c != "" {
			property["description"] = c
		}
		properties[name] = property
		if !strings.Contains(f.Tag.Get("json"), "omitzero") {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	schema := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	if d.strict {
		schema["additionalProperties"] = false
	}
	if c := d.comments[t.Name()]; c != "" {
		schema["description"] = c
	}
	return schema
}

var (
	timeType  = reflect.TypeFor[notice.Time]()
	dateType  = reflect.TypeFor[notice.Date]()
	causeType = reflect.TypeFor[notice.Cause]()
	valuer    = reflect.TypeFor[interface{ Values() []string }]()
)

func (d describer) of(t reflect.Type) map[string]any {
	switch {
	case t == timeType && d.strict:
		return map[string]any{"type": "string", "pattern": `^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$`}
	case t == timeType:
		return map[string]any{"type": "string", "format": "date-time"}
	case t == dateType:
		return map[string]any{"type": "string", "format": "date"}
	case t.Implements(valuer):
		return d.ref(t, func() map[string]any {
			values := reflect.Zero(t).Interface().(interface{ Values() []string }).Values()
			return map[string]any{"enum": values, "description": d.comments[t.Name()]}
		})
	case t == causeType:
		return d.ref(t, func() map[string]any {
			return map[string]any{"oneOf": []any{map[string]any{"type": "string"}, d.object(t)}}
		})
	}
	switch t.Kind() {
	case reflect.Struct:
		return d.ref(t, func() map[string]any { return d.object(t) })
	case reflect.Slice:
		return map[string]any{"type": "array", "items": d.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "propertyNames": d.of(t.Key()), "additionalProperties": d.of(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Uint64:
		return map[string]any{"type": "integer"}
	}
	panic("no schema for " + t.String())
}

func (d describer) ref(t reflect.Type, define func() map[string]any) map[string]any {
	if _, ok := d.defs[t.Name()]; !ok {
		d.defs[t.Name()] = nil // a type that holds itself
		d.defs[t.Name()] = define()
	}
	return map[string]any{"$ref": "#/$defs/" + t.Name()}
}

// readComments are the doc comments of package notice's types and fields.
func readComments(t *testing.T) map[string]string {
	t.Helper()
	comments := map[string]string{}
	files, err := filepath.Glob("notice/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source of package notice: %v", err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if decl, ok := n.(*ast.GenDecl); ok && decl.Tok == token.TYPE {
				spec := decl.Specs[0].(*ast.TypeSpec)
				comments[spec.Name.Name] = sentence(decl.Doc)
				if s, ok := spec.Type.(*ast.StructType); ok {
					for _, f := range s.Fields.List {
						for _, name := range f.Names {
							comments[spec.Name.Name+"."+name.Name] = sentence(f.Doc) + sentence(f.Comment)
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
