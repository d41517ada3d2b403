// Package form is a notice as a browser's form: its fields as texts, and back.
//
// The desk's pages call it. A field is named as the JSON Pointer of what it
// fills, without the first slash: "windows/0/start", so that whatever is said
// of a place of the notice can be shown beside its field. What the form does
// not carry, and what its reader has not touched, stays in the notice to the
// letter. Texts that cannot be understood are faults, said in French, and
// change nothing. The package holds no state and knows no page.
package form

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/reading"
)

// A Known is what a form is understood by.
type Known struct {
	Catalogue notice.Catalogue
	Now       time.Time // what "demain" is counted from
}

// A Fault is what cannot be understood of one field, in French.
type Fault struct {
	Field        string
	What, Remedy string
}

// A group is the fields that fill one field of a notice.
type group struct {
	name string // theirs, or what all of theirs begin with
	at   func(*notice.Notice) any
	put  func(w writer, n notice.Notice)
	take func(r *reader, n *notice.Notice)
}

// groups are all of them. Whatever a notice holds is in one.
func groups() []group { return slices.Concat(heads(), wholes(), lists()) }

// Groups are the names of the notice's fields that a form fills, in order.
func Groups() []string {
	var names []string
	for _, g := range groups() {
		names = append(names, g.name)
	}
	return names
}

// Values are a notice's fields as texts.
func Values(n notice.Notice, k Known) url.Values {
	v := url.Values{}
	for _, g := range groups() {
		g.put(writer{v, g.name, k}, n)
	}
	return v
}

// Read is the notice that a form makes of the one that it was filled from.
// Values are tidy (Tidy). What is not on the form, or stands there as it was
// written, is kept; so is the place of a fault.
func Read(v url.Values, from notice.Notice, k Known) (notice.Notice, []Fault) {
	n, was := from, Values(from, k)
	r := &reader{values: v, known: k}
	for _, g := range groups() {
		posted := under(v, g.name)
		if len(posted) == 0 || maps.EqualFunc(said(posted), said(under(was, g.name)), slices.Equal) {
			continue
		}
		r.prefix = g.name
		g.take(r, &n)
	}
	return n, r.faults
}

// under are the values of a group.
func under(v url.Values, name string) url.Values {
	found := url.Values{}
	for key, texts := range v {
		if key == name || strings.HasPrefix(key, name+"/") {
			found[key] = texts
		}
	}
	return found
}

// said are the values that say something, without what browsers add to them.
func said(v url.Values) url.Values {
	found := url.Values{}
	for key, texts := range v {
		for _, text := range texts {
			if text = clean(text); text != "" {
				found[key] = append(found[key], text)
			}
		}
	}
	return found
}

// clean is a text as the decoder would keep it. What nobody sees and no
// document may hold, which comes along when text is pasted, is left out.
func clean(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(text)
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && (r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co)) {
			return -1
		}
		return r
	}, text))
}

// A writer fills the values of one group.
type writer struct {
	values url.Values
	prefix string
	known  Known
}

// below is a writer for fields below the group's.
func (w writer) below(names ...string) writer {
	w.prefix = join(append([]string{w.prefix}, names...)...)
	return w
}

func join(names ...string) string { return strings.Join(names, "/") }

// set fills the group's own field, if there is anything to say.
func (w writer) set(texts ...string) {
	for _, text := range texts {
		if text != "" {
			w.values.Add(w.prefix, text)
		}
	}
}

func (w writer) yes(is bool) {
	if is {
		w.set("true")
	}
}

func (w writer) time(t notice.Time) { w.set(Written(t)) }

func (w writer) number(n int) {
	if n != 0 {
		w.set(strconv.Itoa(n))
	}
}

// Written is an instant as a field shows it: without its weekday, which the
// page says beside it, so that a day can be changed by one key.
func Written(t notice.Time) string {
	if t.IsZero() {
		return ""
	}
	told := reading.Told(t)
	_, rest, _ := strings.Cut(told, " ")
	return rest
}

// A reader understands the values of one group.
type reader struct {
	values url.Values
	prefix string
	known  Known
	faults []Fault
}

// below is what f does for fields below the present ones.
func (r *reader) below(f func(), names ...string) {
	prefix := r.prefix
	r.prefix = join(append([]string{prefix}, names...)...)
	f()
	r.prefix = prefix
}

// text is what stands in a field below the present ones; "" for the present
// one itself.
func (r *reader) text(names ...string) string {
	return clean(r.values.Get(join(append([]string{r.prefix}, names...)...)))
}

// texts are all values of a field that say something.
func (r *reader) texts(names ...string) []string {
	name := join(append([]string{r.prefix}, names...)...)
	return said(url.Values{name: r.values[name]})[name]
}

func (r *reader) yes(names ...string) bool { return slices.Contains(r.texts(names...), "true") }

func (r *reader) wrong(what, remedy string, names ...string) {
	r.faults = append(r.faults, Fault{join(append([]string{r.prefix}, names...)...), what, remedy})
}

func (r *reader) fault(kind bureau.FaultKind, written string, names ...string) {
	what, remedy := bureau.FieldFault(kind, written, "")
	r.wrong(what, remedy, names...)
}

// time reads an instant into t, which stays as it is where there is none to be
// understood.
func (r *reader) time(t *notice.Time, now time.Time, names ...string) {
	text := r.text(names...)
	if text == "" {
		*t = notice.Time{}
		return
	}
	at, _, err := reading.Moment(text, now)
	if err != nil {
		r.wrong(err.What, err.Remedy, names...)
		return
	}
	*t = at
}

// number reads a count into n.
func (r *reader) number(n *int, names ...string) {
	text := r.text(names...)
	if text == "" {
		*n = 0
		return
	}
	i, err := strconv.Atoi(text)
	if err != nil {
		r.fault(bureau.NotNumber, text, names...)
		return
	}
	*n = i
}

// word reads one of a closed vocabulary; a browser that sends another word has
// been tampered with.
func word[W interface {
	~string
	Values() []string
}](r *reader, w *W, names ...string) {
	text := r.text(names...)
	if text != "" && !slices.Contains((*w).Values(), text) {
		r.fault(bureau.NotChoice, text, names...)
		return
	}
	*w = W(text)
}

// vocabulary reads several words; those that do not exist are dropped with a
// fault.
func vocabulary[W interface {
	~string
	Values() []string
}](r *reader, names ...string) []W {
	var all []W
	for _, text := range r.texts(names...) {
		if w := W(text); !slices.Contains(w.Values(), text) {
			r.fault(bureau.NotChoice, text, names...)
		} else if !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all
}

// same is whether two notices say the same in a group.
func (g group) same(a, b notice.Notice) bool { return reflect.DeepEqual(g.at(&a), g.at(&b)) }

// copy gives a notice what another says in a group.
func (g group) copy(to *notice.Notice, from notice.Notice) {
	reflect.ValueOf(g.at(to)).Elem().Set(reflect.ValueOf(g.at(&from)).Elem())
}
