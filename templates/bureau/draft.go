package bureau

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Draft is the body of "draft": the form in which a notice is written.
type Draft struct {
	Notice    string // its id
	Order     string // id of the command that saving is
	Seen      int    // the edition that the form was filled from
	Values    url.Values
	Catalogue notice.Catalogue
	Bureaus   notice.Bureaus
	As        notice.Type // what the text is to be
	Reason    string      // why it corrects or changes
	Submitted bool        // it waits for a signature, which saving takes back
	Returned  string      // why it came back; "" where it did not

	Faults   []Said // what stops saving, in the form's order
	Problems []Said // what stops a signature
	Odd      []Said // what is odd
	Remarks  map[string][]string
	Echoes   map[string]string // what was understood of a field
	Checked  bool              // its reader asked for it, and has not just come

	Clauses   []templates.Clause
	Depend    []Dependent
	Preview   Preview
	Presences []CoWriter
	Copy      *time.Time // when what was typed and not saved was kept
	Merged    []Said     // what another has changed meanwhile, and was taken in
	By        string     // who
	Lines     []Line     // of the text, where that is what is written
	Text      string     // the YAML itself
	AsText    bool
	Focus     string // the field where its reader goes on
}

// A Said is something about a field.
type Said struct {
	Field string // its name; "" for the whole
	What  string
}

// A Line is a line of the text with what is wrong there.
type Line struct {
	Number int
	What   string
	Error  bool
}

// A Dependent is a service that hangs on those that are named.
type Dependent struct{ Code, Label, On string }

// A CoWriter is somebody who has the form open.
type CoWriter struct {
	Name  string
	Since time.Time
}

// A Preview is what would leave if the notice were published now.
type Preview struct {
	Letter  template.HTML // the letter's text
	Place   string
	Subject string
	Role    string
	Name    string
	Banner  string
	Missing string // why there is no letter yet
	Mail    Mail
	English Mail
}

// A Mail is a mail in the preview.
type Mail struct{ Subject, HTML, Text string }

// A Field is one field of the form.
type Field struct {
	Name, ID, Label, Hint, Value string
	Values                       []string
	Options                      []Option
	Echo                         string
	Errors, Odd, Remarks         []string
}

// An Option is one choice of a field.
type Option struct {
	Value, Label string
	On           bool
}

// On is whether the field is a box that is ticked.
func (f Field) On() bool { return slices.Contains(f.Values, "true") }

// IDOf is the element of a field: what links lead to.
func IDOf(name string) string { return "f-" + strings.ReplaceAll(name, "/", "-") }

// F is a field of the form, by its name.
func (d Draft) F(parts ...any) Field {
	name := strings.Trim(fmt.Sprint(parts...), "/")
	l := labelOf(name)
	f := Field{Name: name, ID: IDOf(name), Label: l.label, Hint: l.hint, Value: d.Values.Get(name), Values: d.Values[name],
		Echo: d.Echoes[name], Remarks: d.Remarks[name]}
	for _, all := range [][]Said{d.Faults, d.Problems} {
		f.Errors = append(f.Errors, at(all, name)...)
	}
	f.Odd = at(d.Odd, name)
	f.Options = d.options(name, f)
	return f
}

func at(all []Said, name string) []string {
	var texts []string
	for _, s := range all {
		if s.Field == name {
			texts = append(texts, s.What)
		}
	}
	return texts
}

// Has is whether a field, or one below it, says something or is spoken of.
func (d Draft) Has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		below := func(other string) bool { return other == name || strings.HasPrefix(other, name+"/") }
		for key, texts := range d.Values {
			if below(key) && slices.ContainsFunc(texts, func(t string) bool { return t != "" }) {
				return true
			}
		}
		for key := range d.Remarks {
			if below(key) {
				return true
			}
		}
		return d.Focus != "" && below(d.Focus) || slices.ContainsFunc(slices.Concat(d.Faults, d.Problems, d.Odd), func(s Said) bool { return below(s.Field) })
	})
}

// Blocks are the numbers of a list's blocks, in order.
func (d Draft) Blocks(parts ...any) []int {
	list := strings.Trim(fmt.Sprint(parts...), "/")
	count := 0
	for key := range d.Values {
		rest, ok := strings.CutPrefix(key, list+"/")
		number, _, _ := strings.Cut(rest, "/")
		if i, err := strconv.Atoi(number); ok && err == nil && i < 1000 {
			count = max(count, i+1)
		}
	}
	all := make([]int, count)
	for i := range all {
		all[i] = i
	}
	return all
}

// Services are the boxes of the services: those that are ticked first, in
// their order, then all others by name.
func (d Draft) Services() []Option {
	chosen := d.Values["services"]
	var all []Option
	for _, code := range chosen {
		if code != "" {
			all = append(all, Option{code, cmp.Or(d.Catalogue.Services[code].Label, code), true})
		}
	}
	for _, o := range d.serviceOptions() {
		if !slices.Contains(chosen, o.Value) {
			all = append(all, o)
		}
	}
	return all
}

// Names are all by which services are understood, to be proposed.
func (d Draft) Names() []string {
	var all []string
	for _, code := range d.Catalogue.Codes() {
		s := d.Catalogue.Services[code]
		all = append(append(all, s.Label), s.Aliases...)
	}
	for _, g := range d.Catalogue.Groups {
		all = append(all, g.Label)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Kinds are the kinds of message.
func (d Draft) Kinds() []string { return notice.MessageKind("").Values() }

// Shown are the ids of the clauses that the form shows, with spaces between.
func (d Draft) Shown() string {
	var ids []string
	for _, c := range d.Clauses {
		ids = append(ids, c.ID)
	}
	return strings.Join(ids, " ")
}

// Ordinal counts blocks from 1.
func (d Draft) Ordinal(i int) int { return i + 1 }

// Wrong is how many things stop a signature.
func (d Draft) Wrong() int { return len(d.Faults) + len(d.Problems) }

// Places are the fields of which something is said.
func (d Draft) Places() []string {
	var names []string
	for _, all := range [][]Said{d.Faults, d.Problems, d.Odd} {
		for _, s := range all {
			names = append(names, s.Field)
		}
	}
	for name := range d.Echoes {
		names = append(names, name)
	}
	for name := range d.Remarks {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Part composes a part of a page, which a script puts in its place.
func (h House) Part(name string, body any) (string, error) {
	var part bytes.Buffer
	if err := layout().ExecuteTemplate(&part, name, body); err != nil {
		return "", fmt.Errorf("compose part %q: %w", name, err)
	}
	return part.String(), nil
}

var numbers = regexp.MustCompile(`/\d+(/|$)`)

// pattern is a field's name without the numbers of its blocks.
func pattern(name string) string {
	for numbers.MatchString(name) {
		name = numbers.ReplaceAllString(name, "/*$1")
	}
	return name
}

// A Conflict is the body of "draft-conflict": what two people have made of one
// notice, field by field.
type Conflict struct {
	Notice string
	Order  string
	From   int // the edition that both began with
	Seen   int // the edition that the other made of it
	By     string
	At     time.Time
	Fields []Difference
	Merged []Said     // what one of the two alone has changed
	Values url.Values // mine, to be sent again
	Wrong  bool       // a choice is missing
}

// A Difference is a field that two people have changed, each otherwise.
type Difference struct {
	Group, Label string
	Before       []string
	Theirs, Mine []string
	Choice       string // "mien", "leur"
}

// Hidden are the values to be sent again, a pair each.
func (c Conflict) Hidden() []Option {
	var all []Option
	for name, texts := range c.Values {
		for _, text := range texts {
			all = append(all, Option{Value: name, Label: text})
		}
	}
	slices.SortStableFunc(all, func(a, b Option) int { return strings.Compare(a.Value, b.Value) })
	return all
}

// A Moved is the body of "draft-moved": the notice went on its way while it
// was being written.
type Moved struct {
	Notice, Order string
	From, Seen    int
	Status        string // publisher.Status
	By            string
	At            time.Time
	Again         bool // saving takes it back
	Values        url.Values
}

// Hidden are the values to be sent again, a pair each.
func (m Moved) Hidden() []Option { return Conflict{Values: m.Values}.Hidden() }

// A Sub is a block of the form, by its name.
type Sub struct {
	Draft   Draft
	At      string
	Ordinal int
}

// Sub is a block of the form, by the parts of its name.
func (d Draft) Sub(parts ...any) Sub {
	at := fmt.Sprint(parts...)
	n, _ := strconv.Atoi(at[strings.LastIndexByte(at, '/')+1:]) // it is numbered
	return Sub{d, at, n + 1}
}
