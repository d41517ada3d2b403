package schemas_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/noticetest"
)

var update = flag.Bool("update", false, "write the schemas anew from the types of package notice")

// TestContract keeps the published schemas and the Go types equal: each schema
// is what its type makes of it, comments included.
func TestContract(t *testing.T) {
	comments := noticetest.Comments(t, "notice", "")
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

// describe is the whole schema of a type.
func describe(comments map[string]string, v any, name string, strict bool) map[string]any {
	d := noticetest.Describer{Comments: comments, Defs: map[string]any{}, At: "#/$defs/", Name: reflect.Type.Name, Strict: strict}
	t := reflect.TypeOf(v)
	root := d.Object(t)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = notice.SchemaBase + name
	root["title"] = t.Name()
	if len(d.Defs) > 0 {
		root["$defs"] = d.Defs
	}
	return root
}
