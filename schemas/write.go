package schemas

import (
	"bytes"
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"douane.gouv.fr/crieur/schemas/notice"
)

// order is that in which a notice is written, as people fill it in: what it is
// and who speaks, why, what and when, and then what follows.
var order = []string{
	"kind", "environment", "exercise", "retroactive", "reference", "outage_id", "issuer", "signatory", "contact", "issued",
	"cause", "origin", "services", "modes", "scope", "windows", "recurs", "reminders", "effect", "messages", "fallback", "sent",
	"reinjection", "advice", "workaround", "exceptions", "instead", "documents", "paragraphs", "clauses", "distribution",
}

// Order are the names of a notice's fields as Write orders them.
func Order() []string { return slices.Clone(order) }

// Write is a notice as YAML, in the house's order and form, a field a line;
// what is not said is left out. Decode reads it back the same. The error names
// what no document may hold: an unknown word, a character that no reader sees.
func Write(n notice.Notice) ([]byte, error) {
	fields := entriesOf(reflect.ValueOf(n))
	slices.SortStableFunc(fields, func(a, b entry) int {
		return slices.Index(order, a.name) - slices.Index(order, b.name)
	})
	var b bytes.Buffer
	for _, f := range fields {
		b.WriteString(f.name + ":" + layOut(f.value) + "\n")
	}
	if b.Len() == 0 {
		b.WriteString("{}\n")
	}
	var again notice.Notice
	if _, ps := Decode(b.Bytes(), &again); len(ps) > 0 {
		return nil, fmt.Errorf("write the notice: %w", ps)
	}
	return b.Bytes(), nil
}

// layOut is a field's value as it goes on behind its colon: on the line, but
// for lists of several groups or of long texts. Those have a line an item.
func layOut(v reflect.Value) string {
	line := " " + inline(v)
	if v.Kind() != reflect.Slice || v.Len() == 0 {
		return line
	}
	elem := v.Type().Elem()
	groups := elem.Kind() == reflect.Struct && elem != reflect.TypeFor[notice.Date]()
	if !(groups && (v.Len() > 1 || len(line) > maxLine)) && !(elem.Kind() == reflect.String && hasBlanks(v)) {
		return line
	}
	var b strings.Builder
	for i := range v.Len() {
		b.WriteString("\n  - " + item(v.Index(i)))
	}
	return b.String()
}

// maxLine is the length above which a list of one group is given a line of its
// own.
const maxLine = 100

// hasBlanks is whether an item of a list of texts is more than a word.
func hasBlanks(texts reflect.Value) bool {
	for i := range texts.Len() {
		if strings.ContainsAny(texts.Index(i).String(), " \n") {
			return true
		}
	}
	return false
}

// item is an item that has a line of its own, or several.
func item(v reflect.Value) string {
	if v.Kind() != reflect.String || !strings.Contains(v.String(), "\n") || strings.TrimSpace(v.String()) != v.String() {
		return inline(v)
	}
	return "|" + strings.ReplaceAll("\n"+v.String(), "\n", "\n    ")
}

// inline is a value in one line.
func inline(v reflect.Value) string {
	if c, ok := v.Interface().(notice.Cause); ok && c.Gender == "" && c.Number == "" {
		return scalar(c.Text) // the short form
	}
	switch t := v.Interface().(type) {
	case notice.Time:
		return localTime(t)
	case encoding.TextMarshaler:
		b, err := t.MarshalText()
		if err != nil {
			panic("schemas: " + err.Error()) // none of ours fails
		}
		return string(b)
	}
	var parts []string
	switch v.Kind() {
	case reflect.Struct, reflect.Map:
		for _, e := range entriesOf(v) {
			parts = append(parts, e.name+": "+inline(e.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case reflect.Slice:
		for i := range v.Len() {
			parts = append(parts, inline(v.Index(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.String:
		return scalar(v.String())
	}
	return fmt.Sprint(v.Interface())
}

// localTime is legal time without its offset, where that says all.
func localTime(t notice.Time) string {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		local := t.In(notice.Legal).Format(layout)
		var again notice.Time
		if again.UnmarshalText([]byte(local)) == nil && again.Equal(t.Time) {
			return local
		}
	}
	return t.String()
}

// plain is text that needs no quotes anywhere: it begins with a letter, and
// holds nothing that YAML might read.
var plain = regexp.MustCompile(`^\pL[\pL\pN\pM ’«»_./()+–-]*$`)

// scalar is a text as YAML reads it back.
func scalar(s string) string {
	node := yaml.Node{Kind: yaml.ScalarNode, Value: s}
	if plain.MatchString(s) && node.ShortTag() == "!!str" && !strings.HasSuffix(s, " ") && !legacyBool[strings.ToLower(s)] {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// legacyBool are words that YAML 1.1, which others read, takes for true and
// false.
var legacyBool = map[string]bool{"y": true, "n": true, "yes": true, "no": true, "on": true, "off": true}

// An entry is a field that says something, or one of a map.
type entry struct {
	name  string
	value reflect.Value
}

// entriesOf are the fields of a struct, in its order, or the entries of a map
// of words, in the vocabulary's.
func entriesOf(v reflect.Value) []entry {
	var all []entry
	if v.Kind() == reflect.Map {
		for _, key := range v.MapKeys() {
			if !v.MapIndex(key).IsZero() {
				all = append(all, entry{key.String(), v.MapIndex(key)})
			}
		}
		known := notice.MessageKind("").Values() // the one map there is
		slices.SortFunc(all, func(a, b entry) int {
			return cmp.Or(slices.Index(known, a.name)-slices.Index(known, b.name), strings.Compare(a.name, b.name))
		})
		return all
	}
	for _, f := range reflect.VisibleFields(v.Type()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		value := v.FieldByIndex(f.Index)
		z, ok := value.Interface().(interface{ IsZero() bool })
		if name == "" || name == "-" || value.IsZero() || ok && z.IsZero() {
			continue
		}
		all = append(all, entry{name, value})
	}
	return all
}
