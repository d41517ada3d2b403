package form

import (
	"slices"
	"strings"
	"unicode"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
)

// Named are the services that people name in a text: labels, codes and aliases
// as they write them, groups, and "Delta X Import et Export". unknown are the
// names that mean no service, each with the nearest that does.
func Named(c notice.Catalogue, text string) (codes []string, unknown []Unknown) {
	for _, name := range split(text) {
		found := named(c, name)
		if len(found) == 0 {
			unknown = append(unknown, Unknown{name, nearest(c, name)})
		}
		for _, code := range found {
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	return codes, unknown
}

// An Unknown is a name of no service, and the label of the nearest, if any is.
type Unknown struct{ Name, Near string }

// named are the services of one name: one, those of a group, or several with
// "et" between them, the later ones perhaps without their stem.
func named(c notice.Catalogue, name string) []string {
	if code, err := c.Find(name); err == nil {
		return []string{code}
	}
	for code, g := range c.Groups {
		if slices.ContainsFunc(append([]string{code, g.Label}, g.Aliases...), func(known string) bool { return plain(known) == plain(name) }) {
			return c.Members(code)
		}
	}
	first, rest, ok := cutWord(name, "et")
	if !ok {
		return nil
	}
	before := named(c, first)
	if len(before) == 0 {
		return nil
	}
	after := named(c, rest)
	for words := strings.Fields(first); len(after) == 0 && len(words) > 1; {
		words = words[:len(words)-1]
		after = named(c, strings.Join(words, " ")+" "+rest)
	}
	if len(after) == 0 {
		return nil
	}
	return append(before, after...)
}

// cutWord cuts a text around a word of it.
func cutWord(text, word string) (before, after string, found bool) {
	words := strings.Fields(text)
	i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
	if i <= 0 || i == len(words)-1 {
		return "", "", false
	}
	return strings.Join(words[:i], " "), strings.Join(words[i+1:], " "), true
}

// plain keeps what tells names apart.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '+' {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// nearest is the label of the service whose name is nearest, or "".
func nearest(c notice.Catalogue, name string) string {
	var names []string
	of := map[string]string{}
	for _, code := range c.Codes() {
		s := c.Services[code]
		for _, known := range append([]string{code, s.Label}, s.Aliases...) {
			names = append(names, plain(known))
			of[plain(known)] = s.Label
		}
	}
	return of[notice.Nearest(plain(name), names)]
}

// label is a service as a field shows it.
func label(c notice.Catalogue, code string) string {
	if s, ok := c.Services[code]; ok {
		return s.Label
	}
	return code
}

// names fill a field of text with services.
func (w writer) names(codes []string) {
	var labels []string
	for _, code := range codes {
		labels = append(labels, label(w.known.Catalogue, code))
	}
	w.set(strings.Join(labels, ", "))
}

// services reads such a field. Names that are unknown are faults, and change
// nothing.
func (r *reader) services(to *[]string, names ...string) {
	codes, unknown := Named(r.known.Catalogue, r.text(names...))
	if r.unknown(unknown, names...); len(unknown) == 0 {
		*to = codes
	}
}

func (r *reader) unknown(all []Unknown, names ...string) {
	for _, u := range all {
		what, remedy := bureau.FieldFault(bureau.NotService, u.Name, u.Near)
		r.wrong(what, remedy, names...)
	}
}

// service reads a field that chooses one service.
func (r *reader) service(to *string, names ...string) {
	text := r.text(names...)
	if text == "" {
		*to = ""
		return
	}
	code, err := r.known.Catalogue.Find(text)
	if err != nil {
		r.unknown([]Unknown{{text, nearest(r.known.Catalogue, text)}}, names...)
		return
	}
	*to = code
}

// chosen are the services that are ticked, as the page lists them, and those
// that are written beside ("services/add").
func (r *reader) chosen(before []string) []string {
	var codes []string
	for _, code := range r.texts() {
		if _, known := r.known.Catalogue.Services[code]; !known && !slices.Contains(before, code) {
			r.fault(bureau.NotService, code)
			continue
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	more, unknown := Named(r.known.Catalogue, r.text("add"))
	r.unknown(unknown, "add")
	for _, code := range more {
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// modes are those that are ticked, in the order of the notice and then of the
// page.
func (r *reader) modes(before []string, name string) []string {
	var codes []string
	names := []string{name}
	if name == "" {
		names = nil
	}
	for _, code := range r.texts(names...) {
		if _, known := r.known.Catalogue.Modes[code]; !known && !slices.Contains(before, code) {
			r.fault(bureau.NotMode, code, names...)
			continue
		}
		codes = append(codes, code)
	}
	return inOrder(before, codes)
}
