package form

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/templates"
)

// repeated are the lists of blocks, with the field by which an empty one shows.
var repeated = map[string]string{
	"windows": "/start", "scope": "/services", "sent": "/from", "exceptions": "/until", "documents": "/title", "paragraphs": "",
}

// Count is how many blocks of a list there are, in tidy values.
func Count(v url.Values, list string) int {
	count := 0
	for _, i := range indices(v, list) {
		count = max(count, i+1)
	}
	return count
}

// most is how many blocks a list may have: none of ours has more, and a form
// that says so has been tampered with.
const most = 60

// indices are the numbers of a list's blocks that there are, in order.
func indices(v url.Values, list string) []int {
	found := map[int]bool{}
	for key := range v {
		rest, ok := strings.CutPrefix(key, list+"/")
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, "/")
		if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < most && number == strconv.Itoa(i) {
			found[i] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Tidy numbers the blocks of every list anew, without those that say nothing.
func Tidy(v url.Values) url.Values {
	v = maps.Clone(v)
	for list := range repeated {
		tidy(v, list)
	}
	for i := range Count(v, "scope") {
		tidy(v, join("scope", strconv.Itoa(i), "windows"))
	}
	return v
}

func tidy(v url.Values, list string) {
	next := 0
	for _, i := range indices(v, list) {
		block := under(v, join(list, strconv.Itoa(i)))
		for key := range block {
			delete(v, key)
		}
		if len(said(block)) == 0 {
			continue
		}
		for key, texts := range block {
			v[join(list, strconv.Itoa(next))+strings.TrimPrefix(key, join(list, strconv.Itoa(i)))] = texts
		}
		next++
	}
	if next == 0 && len(under(v, list)) == 0 {
		v[list] = []string{""} // the form has the list, and it is empty
	}
}

// Do changes the form itself: "windows+" adds a block to a list, "windows/1-"
// takes one out, "clauses/advice^" and "clauses/advice_" move a clause up and
// down, "scope+" splits what is said of all services. It gives the field where
// its reader goes on, and false for what is none of these.
func Do(v url.Values, act string) (focus string, ok bool) {
	switch list, op := cutLast(act); op {
	case '+':
		return add(v, list)
	case '-':
		parent := list[:max(strings.LastIndexByte(list, '/'), 0)]
		if _, known := repeated[lastName(parent)]; !known {
			return "", false
		}
		for key := range under(v, list) {
			delete(v, key)
		}
		tidy(v, parent)
		return parent, true
	case '^', '_':
		return list, move(v, strings.TrimPrefix(list, "clauses/"), op == '^')
	}
	return "", false
}

func cutLast(act string) (string, byte) {
	if act == "" {
		return "", 0
	}
	return act[:len(act)-1], act[len(act)-1]
}

// lastName is the last name of a path: of "scope/0/windows" "windows".
func lastName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func add(v url.Values, list string) (string, bool) {
	first, known := repeated[lastName(list)]
	if !known || Count(v, list) >= most {
		return "", false
	}
	if list == "scope" && Count(v, list) == 0 {
		splitScope(v)
	}
	field := join(list, strconv.Itoa(Count(v, list))) + first
	v[field] = []string{""}
	return field, true
}

// splitScope moves what is said of all services into a first line.
func splitScope(v url.Values) {
	for _, name := range []string{"modes", "effect", "messages", "fallback"} {
		for key, texts := range under(v, name) {
			v["scope/0/"+key] = texts
			v[key] = []string{""}
		}
	}
	v["scope/0/services"] = []string{strings.Join(said(v)["services"], ", ")}
	v["services"] = []string{""}
}

// move lets a clause and its neighbour among those that the page shows
// ("clauses/shown") change places.
func move(v url.Values, id string, up bool) bool {
	order := strings.Fields(v.Get("clauses/order"))
	if len(order) == 0 {
		order = templates.ClauseIDs()
	}
	shown := strings.Fields(v.Get("clauses/shown"))
	i := slices.Index(shown, id)
	j := i + 1
	if up {
		j = i - 1
	}
	if i < 0 || j < 0 || j >= len(shown) {
		return false
	}
	a, b := slices.Index(order, id), slices.Index(order, shown[j])
	if a < 0 || b < 0 {
		return false
	}
	order[a], order[b] = order[b], order[a]
	v["clauses/order"] = []string{strings.Join(order, " ")}
	return true
}
