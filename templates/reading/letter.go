// Package reading understands what people write: a letter that somebody pastes
// becomes a notice, "mardi 8 août 9h" an instant.
//
// The desk calls it. What is understood is told together with the words it was
// understood from, and what is not understood is told too: nothing is guessed
// in silence. Letters are known by the clauses of package templates that
// compose them, and by the habits of people who write them by hand
// (habits.txt). It never publishes, stores or asks anything; the day comes in
// as an argument.
package reading

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// MaxLetter is the size in bytes above which a text is not read as a letter.
const MaxLetter = 64 << 10

// A Reading is what was understood of a letter.
type Reading struct {
	Notice     notice.Notice
	Recognised []Passage // in the letter's order
	Doubts     []Doubt   // what to look at: understood, and perhaps not as it was meant
	Unread     []string  // passages that were not understood, in the letter's order
	Adds       []string  // what the notice's own letter will say that this one does not
}

// A Passage is words of the letter and what they fill: a field, as a JSON
// Pointer, or "" where they say what every letter says.
type Passage struct {
	Field string
	Words string
}

// A Doubt is a field to look at, the words it comes from, and why.
type Doubt struct {
	Field string
	Words string
	What  string
}

// A Reader reads the letters of a house.
type Reader struct {
	words    templates.Words
	patterns map[string][]pattern // by bureau; "" where none is known
	phrases  templates.Phrases
	names    []name
	speller  speller
	starts   map[string]bool // the beginnings of sentences that are known
}

// New is a reader of the letters that a house's words compose, and of others
// like them.
func New(w templates.Words) *Reader {
	r := &Reader{words: w, patterns: map[string][]pattern{}, phrases: withHabits(w.Phrases("")), names: namesOf(w.Catalogue)}
	r.patterns[""] = patterns(r.phrases)
	for code := range w.Bureaus {
		if own := withHabits(w.Phrases(code)); !sameClauses(own, r.phrases) {
			r.patterns[code] = patterns(own)
		} else {
			r.patterns[code] = r.patterns[""]
		}
	}
	r.speller = newSpeller(r.phrases, r.patterns[""])
	r.starts = map[string]bool{}
	for _, all := range r.patterns {
		for _, p := range all {
			r.starts[p.opening] = true
		}
	}
	delete(r.starts, "")
	return r
}

func sameClauses(a, b templates.Phrases) bool {
	for name, words := range a.Clauses {
		if b.Clauses[name] != words {
			return false
		}
	}
	return len(a.Clauses) == len(b.Clauses)
}

// Letter reads the plain text of a letter as it is pasted from a PDF or a word
// processor. What the letter leaves out, such as a year, is what is nearest to
// its date of issue or, without one, to now. The error says why the text cannot
// be a letter's.
func (r *Reader) Letter(text string, now time.Time) (Reading, error) {
	switch {
	case len(text) > MaxLetter:
		return Reading{}, wrong("size", len(text), MaxLetter)
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return Reading{}, wrong("not text")
	case strings.TrimSpace(text) == "":
		return Reading{}, wrong("nothing")
	}
	l := &letter{Reader: r, now: now, exact: map[string]bool{}}
	l.body.starts = r.starts
	lines := linesOf(text)
	l.bureau(lines)
	l.frame(lines)
	for i := 0; i < len(l.body.all); i++ {
		i += l.paragraph(i)
	}
	l.finish()
	inOrder(l.reading.Recognised, strings.Join(strings.Fields(strings.Join(lines, " ")), " "))
	return l.reading, nil
}

// A letter is one that is being read.
type letter struct {
	*Reader
	reading Reading
	now     time.Time // the day of issue, once that is known
	code    string    // the bureau's
	body    body
	signed  bool
	width   int // at which lines are broken, in bytes
	keys    frameKeys
	exact   map[string]bool // fields that have been said
	clauses []string        // those that were known
}

// inOrder puts passages in the order in which they stand in the text.
func inOrder(passages []Passage, text string) {
	place := map[string]int{}
	for _, p := range passages {
		if at := strings.Index(text, p.Words[:min(len(p.Words), 60)]); at >= 0 {
			place[p.Words] = at
		} else {
			place[p.Words] = len(text)
		}
	}
	slices.SortStableFunc(passages, func(a, b Passage) int { return place[a.Words] - place[b.Words] })
}

// recognised notes what words fill.
func (l *letter) recognised(words string, fields ...string) {
	if len(fields) == 0 {
		fields = []string{""}
	}
	for _, field := range fields {
		if !slices.Contains(l.reading.Recognised, Passage{field, words}) {
			l.reading.Recognised = append(l.reading.Recognised, Passage{field, words})
		}
	}
}

// doubt notes what to look at; the sentence is one of doubts.
func (l *letter) doubt(field, words, name string, args ...any) {
	d := Doubt{field, words, templates.Typeset(fmt.Sprintf(doubts[name], args...))}
	if !slices.Contains(l.reading.Doubts, d) {
		l.reading.Doubts = append(l.reading.Doubts, d)
	}
}

// unread notes what was not understood.
func (l *letter) unread(words string) {
	if words = strings.TrimSpace(words); words != "" {
		l.reading.Unread = append(l.reading.Unread, words)
	}
}

// paragraph reads one of the body's, and says how many after it it has read.
func (l *letter) paragraph(i int) int {
	p := l.body.all[i]
	sentences := sentencesOf(p.text)
	var strange []string
	for j := 0; j < len(sentences); j++ {
		m, ok := l.understood(sentences[j])
		if ok && m.clause == "workaround" || ok && m.clause == "workaround.both" { // goes on to the paragraph's end
			m.values["workaround"] = strings.TrimSpace(m.values["workaround"] + lastStop(sentences[j]) + " " + strings.Join(sentences[j+1:], " "))
			l.apply(m, strings.Join(sentences[j:], " "))
			break
		}
		if ok {
			l.flush(&strange)
			l.apply(m, sentences[j])
			if m.clause == "documents" {
				l.flush(&strange)
				return l.documents(i + 1)
			}
			if m.clause == "effect.table" {
				return l.table(strings.Join(sentences[j+1:], " "), i+1)
			}
			continue
		}
		strange = append(strange, sentences[j])
	}
	if p.item && len(strange) > 0 {
		strange[0] = "- " + strange[0]
	}
	l.flush(&strange)
	return 0
}

// lastStop is the stop that a pattern leaves out, where a fact ends a sentence.
func lastStop(sentence string) string {
	if strings.HasSuffix(sentence, ".") {
		return "."
	}
	return ""
}

// flush notes sentences that were not understood, as one passage.
func (l *letter) flush(strange *[]string) {
	l.guess(*strange)
	l.unread(strings.Join(*strange, " "))
	*strange = nil
}

// documents are those that a list gives, from a paragraph on.
func (l *letter) documents(from int) int {
	n := 0
	for _, p := range l.body.all[from:] {
		if _, ok := l.understood(p.text); ok || !p.item && n > 0 {
			break
		}
		d := notice.Document{Title: typed(strings.TrimRight(p.text, ";"))}
		if at := address.FindStringIndex(d.Title); at != nil {
			d.URL = d.Title[at[0]:at[1]]
			d.Title = strings.Trim(d.Title[:at[0]]+d.Title[at[1]:], " :()")
		}
		l.reading.Notice.Documents = append(l.reading.Notice.Documents, d)
		l.recognised(p.text, "/documents")
		n++
	}
	return n
}

// typed is a text of the letter as a notice holds it: typographic apostrophes,
// ordinary spaces.
func typed(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("'", "’", "\u00a0", " ", "\u202f", " ").Replace(text)), " ")
}
