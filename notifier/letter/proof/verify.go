// Package proof reads a letter's file as a stranger would: what it says, and
// whether it is the archive's and the listener's document that it claims to be.
//
// Package letter offers both to its callers and runs them on its own letters in
// tests. Nothing here knows how a letter is drawn, so that a fault in drawing
// is not repeated in reading. Any bytes whatever are answered, never with a
// panic.
package proof

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
)

// ErrConformance says that a file is not a PDF/A-3a and PDF/UA-1 letter.
var ErrConformance = errors.New("not PDF/A-3a and PDF/UA-1")

// Verify looks for everything in a letter's file that would make it less than
// PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1). It knows the constructs of
// our letters and refuses all others, so it may refuse a file that conforms.
// What takes understanding (is this text a heading?) it cannot see. The error
// wraps ErrConformance and lists every breach by its clause; a file that
// cannot be read at all is another error.
func Verify(file []byte) error {
	r, err := open(file)
	if err != nil {
		return fmt.Errorf("verify letter: %w", err)
	}
	var breaches []error
	for _, rule := range rules {
		for _, breach := range rule.breaches(r) {
			breaches = append(breaches, fmt.Errorf("%w: %s: %s", ErrConformance, rule.clause, breach))
		}
	}
	return errors.Join(breaches...)
}

// A check is a rule of a standard. Clauses begin with A (ISO 19005-3) or UA
// (ISO 14289-1).
type check struct {
	clause   string
	breaches func(*reading) []string
}

// rules are in the order of the standards. A rule is a function that finds
// breaches and stops at none, so that one look shows all.
var rules = []check{
	{"A 6.1.2 header", (*reading).header},
	{"A 6.1.3 trailer", (*reading).trailer},
	{"A 6.1.7 streams", (*reading).streams},
	{"A 6.1.13 limits", (*reading).limits},
	{"A 6.2.2 content", (*reading).operators},
	{"A 6.2.3 output intent", (*reading).outputIntent},
	{"A 6.2.10 resources", (*reading).resources},
	{"A 6.2.11 fonts", (*reading).fontPrograms},
	{"A 6.3 annotations", (*reading).annotations},
	{"A 6.4 signatures", (*reading).signatures},
	{"A 6.5 actions", (*reading).actions},
	{"A 6.6 metadata", (*reading).metadata},
	{"A 6.7.2 marked", (*reading).marked},
	{"A 6.8 attachments", (*reading).attachments},
	{"UA 7.1 content", (*reading).tagged},
	{"UA 7.1 tree", (*reading).wellGrown},
	{"UA 7.1 types", (*reading).types},
	{"UA 7.2 language", (*reading).language},
	{"UA 7.3 figures", (*reading).figures},
	{"UA 7.4 headings", (*reading).headings},
	{"UA 7.5 tables", (*reading).tables},
	{"UA 7.6 lists", (*reading).lists},
	{"UA 7.9 notes", (*reading).footnotes},
	{"UA 7.18 links", (*reading).links},
}

// breaches gathers what is wrong.
type breaches []string

// add adds a breach.
func (b *breaches) add(format string, args ...any) { *b = append(*b, fmt.Sprintf(format, args...)) }

// unless adds a breach where a thing is not as it must be.
func (b *breaches) unless(ok bool, format string, args ...any) {
	if !ok {
		b.add(format, args...)
	}
}

// header wants the version that PDF/A-3 builds on, and a second line that no
// tool takes for text.
func (r *reading) header() []string {
	var b breaches
	first, rest, _ := bytes.Cut(r.raw, []byte("\n"))
	b.unless(bytes.Equal(first, []byte("%PDF-1.7")), "the version is %q", first)
	binary := len(rest) > 5 && rest[0] == '%'
	for i := 1; binary && i < 5; i++ {
		binary = rest[i] > 127
	}
	b.unless(binary, "no comment of four binary bytes in the second line")
	return b
}

// trailer wants an identifier, and nothing hidden.
func (r *reading) trailer() []string {
	var b breaches
	ids := r.doc.Array(r.doc.Trailer["ID"])
	b.unless(len(ids) == 2, "no identifier")
	for _, id := range ids {
		s, _ := id.(pdf.String)
		b.unless(len(s) > 0, "an empty identifier")
	}
	b.unless(r.doc.Trailer["Encrypt"] == nil, "encrypted")
	b.unless(bytes.HasSuffix(r.raw, []byte("%%EOF\n")), "data behind the end")
	return b
}

// streams wants all data in the file, and readable.
func (r *reading) streams() []string {
	var b breaches
	for _, ref := range slices.Sorted(maps.Keys(r.doc.Objects)) {
		s, ok := r.doc.Objects[ref].(pdf.Stream)
		if !ok {
			continue
		}
		b.unless(s.Dict["F"] == nil && s.Dict["FFilter"] == nil, "object %d lies in another file", ref)
		_, err := s.Data()
		b.unless(err == nil, "object %d: %v", ref, err)
	}
	return b
}

// known are the operators that our letters have (ISO 32000-1, annex A).
var known = func() map[pdf.Operator]bool {
	all := map[pdf.Operator]bool{}
	for _, op := range []pdf.Operator{"BT", "ET", "Td", "Tf", "Tj", "Tw", "BDC", "EMC", "re", "f", "g", "G", "rg", "RG", "J", "j", "w", "q", "Q", "cm", "Do"} {
		all[op] = true
	}
	return all
}()

// operators allows those that our letters need: no colours that depend on a
// printer.
func (r *reading) operators() []string {
	var b breaches
	for i, p := range r.pages {
		for _, op := range slices.Sorted(maps.Keys(p.seen)) {
			b.unless(known[op], "page %d: operator %q", i+1, op)
		}
	}
	return b
}

// outputIntent says what the colours mean: without it a screen of the future
// would have to guess.
func (r *reading) outputIntent() []string {
	var b breaches
	intents := r.doc.Array(r.catalog["OutputIntents"])
	b.unless(len(intents) == 1, "%d output intents", len(intents))
	for _, v := range intents {
		intent := r.doc.Dict(v)
		b.unless(intent["S"] == pdf.Name("GTS_PDFA1"), "of kind %v", intent["S"])
		b.unless(intent["OutputConditionIdentifier"] != nil, "without an identifier")
		stream, profile, err := r.doc.Stream(intent["DestOutputProfile"])
		valid := err == nil && len(profile) > 128 && string(profile[36:40]) == "acsp" && string(profile[16:20]) == "RGB "
		b.unless(valid && stream.Dict["N"] == 3, "without an RGB profile")
	}
	return b
}

// resources allows fonts and plain pictures: no transparency, no forms. What a
// page does not name itself is not there.
func (r *reading) resources() []string {
	var b breaches
	for i, p := range r.pages {
		resources := r.doc.Dict(p.dict["Resources"])
		b.unless(resources["Font"] != nil, "page %d names no fonts (6.2.2)", i+1)
		for _, name := range slices.Sorted(maps.Keys(resources)) {
			b.unless(name == "Font" || name == "XObject", "page %d: resources of kind %s", i+1, name)
		}
		r.pictures(&b, resources["XObject"])
		b.unless(p.dict["Group"] == nil, "page %d is a group", i+1)
	}
	return b
}

// limits are on what any reader must be able to hold.
func (r *reading) limits() []string {
	const longest, longestName = 32767, 127
	var b breaches
	for _, ref := range slices.Sorted(maps.Keys(r.doc.Objects)) {
		eachValue(r.doc.Objects[ref], func(v any) {
			switch v := v.(type) {
			case pdf.String:
				b.unless(len(v) <= longest, "object %d: a string of %d bytes", ref, len(v))
			case pdf.Name:
				b.unless(len(v) <= longestName, "object %d: a name of %d bytes", ref, len(v))
			}
		})
	}
	return b
}

// actions finds what a file does by itself: only links to the web lead
// anywhere.
func (r *reading) actions() []string {
	var b breaches
	for _, ref := range slices.Sorted(maps.Keys(r.doc.Objects)) {
		eachValue(r.doc.Objects[ref], func(v any) {
			d, _ := v.(pdf.Dict)
			b.unless(d["AA"] == nil && d["OpenAction"] == nil, "object %d acts by itself", ref)
			if action, ok := r.doc.Resolve(d["A"]).(pdf.Dict); ok && action["S"] != nil {
				b.unless(action["S"] == pdf.Name("URI"), "object %d: action %v", ref, action["S"])
			}
			b.unless(d["JS"] == nil && d["JavaScript"] == nil, "object %d has a program", ref)
		})
	}
	return b
}

// eachValue calls do with a value and every value in it.
func eachValue(v any, do func(any)) {
	do(v)
	switch v := v.(type) {
	case pdf.Stream:
		eachValue(v.Dict, do)
	case pdf.Dict:
		for _, inner := range v {
			eachValue(inner, do)
		}
	case pdf.Array:
		for _, inner := range v {
			eachValue(inner, do)
		}
	}
}
