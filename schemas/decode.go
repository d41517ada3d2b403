package schemas

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"douane.gouv.fr/crieur/schemas/notice"
)

// MaxDocument is the size in bytes above which a document is not read.
const MaxDocument = 256 << 10

// A Document is a YAML or JSON text, whose places are known by line.
type Document struct {
	root *yaml.Node
	line map[string]int // by JSON Pointer
}

// Decode reads YAML or JSON into v, strictly: a field that is not known is
// refused with the nearest one, a value with what is wrong and how to mend it.
// Scalars are taken as the text that was written: 20000171 is a reference and
// 2023-08-08T09:00 a local time, whatever YAML makes of them. All problems are
// told at once, each with its line.
func Decode(text []byte, v any) (*Document, notice.Problems) {
	d := &Document{line: map[string]int{}}
	if problem := d.parse(text); problem != nil {
		return d, notice.Problems{*problem}
	}
	dec := decoder{doc: d}
	dec.value(d.root, reflect.ValueOf(v).Elem(), "")
	return d, dec.found
}

// Place gives problems of the document their lines.
func (d *Document) Place(ps notice.Problems) notice.Problems {
	for i := range ps {
		for at := ps[i].Pointer; ps[i].Line == 0; at = at[:strings.LastIndexByte(at, '/')] {
			ps[i].Line = d.line[at]
			if at == "" {
				break
			}
		}
	}
	return ps
}

type decoder struct {
	doc   *Document
	found notice.Problems
	depth int
}

func (d *decoder) wrong(n *yaml.Node, at, what, remedy string) {
	d.found = append(d.found, notice.Problem{Severity: notice.SeverityError, Pointer: at, Line: n.Line, What: what, Remedy: remedy})
}

// maxDepth is deeper than any document of ours; aliases cannot make loops of it.
const maxDepth = 20

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

func (d *decoder) value(n *yaml.Node, v reflect.Value, at string) {
	d.doc.line[at] = n.Line
	d.depth++
	defer func() { d.depth-- }()
	if n.Kind == yaml.AliasNode || d.depth > maxDepth {
		d.wrong(n, at, "anchors, aliases and deep nesting are not read", "write the value out")
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch {
	case v.Addr().Type().Implements(textUnmarshaler) && n.Kind == yaml.ScalarNode:
		d.text(n, v.Addr().Interface().(encoding.TextUnmarshaler), at)
	case v.Kind() == reflect.Struct:
		d.fields(n, v, at)
	case v.Kind() == reflect.Slice:
		d.items(n, v, at)
	case v.Kind() == reflect.Map:
		d.entries(n, v, at)
	default:
		d.scalar(n, v, at)
	}
}

func (d *decoder) text(n *yaml.Node, v encoding.TextUnmarshaler, at string) {
	if !d.clean(n, at) {
		return
	}
	if err := v.UnmarshalText([]byte(n.Value)); err != nil {
		what, remedy := err.Error(), ""
		if ve := new(notice.ValueError); errors.As(err, &ve) {
			what, remedy = ve.What, ve.Remedy
		}
		d.wrong(n, at, what, remedy)
	}
}

// clean refuses an absent value and characters that no reader should see.
func (d *decoder) clean(n *yaml.Node, at string) bool {
	if n.Kind != yaml.ScalarNode {
		d.wrong(n, at, "a single value belongs here", "not a list and not a group of fields")
		return false
	}
	if n.Tag == "!!null" {
		d.wrong(n, at, "the value is missing", "give it, or drop the field")
		return false
	}
	bad := strings.IndexFunc(n.Value, func(r rune) bool {
		return r != '\n' && (r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp))
	})
	if bad >= 0 {
		d.wrong(n, at, fmt.Sprintf("the text has the character %U", []rune(n.Value[bad:])[0]), "take it out")
		return false
	}
	return true
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, at string) {
	if !d.clean(n, at) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.TrimSpace(n.Value))
	case reflect.Bool:
		if n.Value != "true" && n.Value != "false" {
			d.wrong(n, at, fmt.Sprintf("%q is neither true nor false", n.Value), "write true or false")
			return
		}
		v.SetBool(n.Value == "true")
	case reflect.Int:
		i, err := strconv.Atoi(n.Value)
		if err != nil {
			d.wrong(n, at, fmt.Sprintf("%q is not a whole number", n.Value), "write digits only")
			return
		}
		v.SetInt(int64(i))
	default:
		panic("schemas: no rule for a " + v.Type().String())
	}
}

func (d *decoder) items(n *yaml.Node, v reflect.Value, at string) {
	if n.Kind != yaml.SequenceNode {
		d.wrong(n, at, "a list belongs here", "write [a, b], or one a line behind a hyphen")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.value(item, v.Index(i), at+"/"+strconv.Itoa(i))
	}
}

func (d *decoder) fields(n *yaml.Node, v reflect.Value, at string) {
	fields := Fields(v.Type())
	d.pairs(n, at, func(key, value *yaml.Node, below string) {
		index, ok := fields[key.Value]
		if !ok {
			d.unknown(key, below, fields)
			return
		}
		d.value(value, v.FieldByIndex(index), below)
	})
}

func (d *decoder) unknown(key *yaml.Node, at string, fields map[string][]int) {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	remedy := "known here: " + strings.Join(names, ", ")
	if near := notice.Nearest(key.Value, names); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
	}
	d.wrong(key, at, fmt.Sprintf("field %q is not known", key.Value), remedy)
}

func (d *decoder) entries(n *yaml.Node, v reflect.Value, at string) {
	v.Set(reflect.MakeMap(v.Type()))
	d.pairs(n, at, func(key, value *yaml.Node, below string) {
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		found := len(d.found)
		d.value(key, k, below)
		d.value(value, e, below)
		if len(d.found) == found {
			v.SetMapIndex(k, e)
		}
	})
}

// pairs walks a mapping; a key that stands twice is refused, since one of the
// two would be lost.
func (d *decoder) pairs(n *yaml.Node, at string, f func(key, value *yaml.Node, below string)) {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, at, "a group of fields belongs here", "write name: value, one a line")
		return
	}
	seen := map[string]bool{}
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		below := at + "/" + escape.Replace(key.Value)
		if seen[key.Value] {
			d.wrong(key, below, fmt.Sprintf("field %q stands twice", key.Value), "keep one")
			continue
		}
		seen[key.Value] = true
		f(key, n.Content[i+1], below)
		d.doc.line[below] = key.Line // its value may begin further down
	}
}

// Fields are the JSON names of a struct's fields with their index.
func Fields(t reflect.Type) map[string][]int {
	fields := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" && f.IsExported() {
			fields[name] = f.Index
		}
	}
	return fields
}
