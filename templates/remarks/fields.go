package remarks

import (
	"strconv"
	"strings"
	"sync"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// fields are the names in fields.txt, read once.
var fields = sync.OnceValue(func() map[string]string {
	file, err := files.ReadFile("fields.txt")
	if err != nil {
		panic("remarks: " + err.Error()) // the file is linked in
	}
	all := map[string]string{}
	for l := range strings.SplitSeq(string(file), "\n") {
		if pointer, name, ok := strings.Cut(l, ": "); ok && strings.HasPrefix(l, "/") {
			all[pointer] = templates.Typeset(name)
		}
	}
	return all
})

// FieldName is what people call the field at a JSON Pointer: "fin de la plage
// 1" for /windows/0/end. A field that has no name is
// called by its pointer: "champ « windos »".
func FieldName(pointer string) string {
	if pointer == "" {
		pointer = "/"
	}
	if name := fields()[pointer]; name != "" && !strings.Contains(name, "{1}") {
		return name
	}
	at := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	switch {
	case at[0] == "notice" && len(at) > 1:
		return FieldName("/" + strings.Join(at[1:], "/"))
	case at[0] == "scope" && len(at) > 2:
		return FieldName("/"+strings.Join(at[2:], "/")) + " (" + FieldName("/scope/"+at[1]) + ")"
	}
	for i := 1; i < len(at); i++ { // no name says two places
		place := at[i]
		at[i] = "*"
		if name := fields()["/"+strings.Join(at, "/")]; name != "" {
			return strings.ReplaceAll(name, "{1}", placeName(at[0], place))
		}
		at[i] = place
	}
	if last := len(at) - 1; last > 2 && strings.Trim(at[last], "0123456789") == "" {
		return FieldName("/" + strings.Join(at[:last], "/"))
	}
	return "champ " + quoted(strings.TrimPrefix(unescape.Replace(pointer), "/"))
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// placeName is a place in a list, from 1, or a code.
func placeName(list, place string) string {
	if n, err := strconv.Atoi(place); err == nil {
		return strconv.Itoa(n + 1)
	}
	if list == "messages" {
		return templates.MessageKindName(notice.MessageKind(place))
	}
	return unescape.Replace(place)
}
