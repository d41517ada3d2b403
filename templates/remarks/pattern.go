package remarks

import (
	"cmp"
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"douane.gouv.fr/crieur/templates"
)

//go:embed *.txt
var files embed.FS

// A pattern is an English message with holes, and its French.
type pattern struct {
	english string            // as the source has it
	texts   []string          // what stands before, between and after the holes
	match   [2]*regexp.Regexp // strict and loose; none where there is no hole
	quoted  []bool            // by hole: it is a Go string
	french  []piece
}

// A text is read strictly, so that the links of a chain of errors are told apart,
// or loosely, where a value may have a colon in it.
const (
	strict = iota
	loose
)

// A piece is French text, or a hole to be filled.
type piece struct {
	text string
	hole int    // from 1; 0 for text
	as   string // how the value is read: see values.go
	unit string // what it counts, in the singular
}

// A table is all patterns, in the order in which they are tried: the one that
// says most first.
type table struct {
	exact    map[string]pattern
	patterns []pattern
}

// messageFiles hold the pairs; those of libraries are not in our source.
var messageFiles = []string{"notice.txt", "documents.txt", "publisher.txt", "people.txt", "desk.txt", "list.txt", "templates.txt", "libraries.txt"}

// known is what the files hold, read once.
var known = sync.OnceValue(func() table {
	t := table{exact: map[string]pattern{}}
	for _, name := range messageFiles {
		if err := t.read(name); err != nil {
			panic(fmt.Sprintf("remarks: %s: %v", name, err)) // the files are linked in
		}
	}
	slices.SortStableFunc(t.patterns, func(a, b pattern) int { return cmp.Compare(b.literal(), a.literal()) })
	return t
})

// read takes the pairs of a file in: an English line, then its French with two
// spaces before each line.
func (t *table) read(name string) error {
	file, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	english, french := "", ""
	for i, l := range append(strings.Split(string(file), "\n"), "#") {
		if more, ok := strings.CutPrefix(l, "  "); ok {
			french = strings.TrimSpace(french + " " + more)
			continue
		}
		if english != "" {
			if err := t.add(english, french); err != nil {
				return fmt.Errorf("before line %d: %w", i+1, err)
			}
		}
		if english, french = l, ""; strings.HasPrefix(l, "#") {
			english = ""
		}
	}
	return nil
}

// verbs are the holes of an English format.
var verbs = regexp.MustCompile(`%(?:\.0|02)?[a-zA-Z]`)

// shapes say what each verb writes.
var shapes = map[string]string{
	"%q": `("(?:[^"\\]|\\.)*")`, "%d": `(-?\d+)`, "%02d": `(-?\d+)`, "%.0f": `(-?\d+)`,
	"%U": `(U\+[0-9A-F]+)`, "%s": `(.*?)`, "%v": `(.*?)`, "%w": `(.*?)`,
}

// shape is what a verb may write after some text. Read strictly, a value has no
// colon and space in it, unless it comes after one.
func shape(verb, before string, reading int) string {
	if verb == "%s" && reading == strict && !strings.HasSuffix(before, ": ") {
		return `((?:[^:]|:[^ ])*?)`
	}
	return shapes[verb]
}

func (t *table) add(english, french string) error {
	p := pattern{english: english}
	if _, twice := t.exact[english]; twice || slices.ContainsFunc(t.patterns, func(o pattern) bool { return o.english == english }) {
		return fmt.Errorf("%q stands twice", english)
	}
	var err error
	if p.french, err = pieces(french); err != nil {
		return err
	}
	holes := verbs.FindAllString(english, -1)
	if len(holes) == 0 {
		t.exact[english] = p
		return nil
	}
	texts := verbs.Split(english, -1)
	p.texts = texts
	var expressions [2]string
	for i, verb := range holes {
		if shapes[verb] == "" {
			return fmt.Errorf("%q: no rule for %s", english, verb)
		}
		for reading := range expressions {
			expressions[reading] += regexp.QuoteMeta(texts[i]) + shape(verb, texts[i], reading)
		}
		p.quoted = append(p.quoted, verb == "%q")
	}
	for reading, e := range expressions {
		if p.match[reading], err = regexp.Compile(`(?s)^` + e + regexp.QuoteMeta(texts[len(holes)]) + `$`); err != nil {
			return err
		}
	}
	t.patterns = append(t.patterns, p)
	return nil
}

// literal is how much text a pattern has besides its holes.
func (p pattern) literal() int { return len(verbs.ReplaceAllString(p.english, "")) }

// frenchHole is {1}, {1:moment} or {1+jour}.
var frenchHole = regexp.MustCompile(`\{(\d)(?:([:+])(\pL+))?\}`)

// standIn is a letter that stands for a hole while its sentence is set, since
// typography looks at what is beside it.
const standIn = '𐐀'

// pieces take a French sentence apart and give it its typography. What fills
// the holes keeps its own.
func pieces(french string) ([]piece, error) {
	if french == "" {
		return nil, fmt.Errorf("no French")
	}
	holes := frenchHole.FindAllStringSubmatch(french, -1)
	texts := strings.Split(templates.Typeset(frenchHole.ReplaceAllString(french, string(standIn))), string(standIn))
	var all []piece
	for i, text := range texts {
		if text != "" {
			all = append(all, piece{text: text})
		}
		if i == len(holes) {
			break
		}
		n, _ := strconv.Atoi(holes[i][1]) // a digit
		p := piece{hole: n}
		switch holes[i][2] {
		case ":":
			p.as = holes[i][3]
		case "+":
			p.unit = holes[i][3]
		}
		if p.as != "" && !slices.Contains(readings, p.as) {
			return nil, fmt.Errorf("%q: nothing is read as %q", french, p.as)
		}
		all = append(all, p)
	}
	return all, nil
}

// known says a message that is in the table as a whole.
func (w Words) known(text string, reading int) (string, bool) {
	t := known()
	if p, ok := t.exact[text]; ok {
		return w.filled(p, nil), true
	}
	for i := range t.patterns {
		p := &t.patterns[i]
		if !p.plausible(text) {
			continue
		}
		if values := p.match[reading].FindStringSubmatch(text); values != nil {
			return w.filled(*p, values[1:]), true
		}
	}
	return "", false
}

// plausible is whether a text has all that a pattern has besides its holes, in
// order: that rules most patterns out, cheaply.
func (p *pattern) plausible(text string) bool {
	last := len(p.texts) - 1
	if !strings.HasPrefix(text, p.texts[0]) || !strings.HasSuffix(text, p.texts[last]) {
		return false
	}
	text = text[len(p.texts[0]):]
	for _, part := range p.texts[1:last] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}

// filled is a pattern's French with values in its holes.
func (w Words) filled(p pattern, values []string) string {
	var b strings.Builder
	for _, piece := range p.french {
		if piece.hole == 0 {
			b.WriteString(piece.text)
			continue
		}
		value := values[piece.hole-1]
		if p.quoted[piece.hole-1] {
			if plain, err := strconv.Unquote(value); err == nil {
				value = plain
			}
		}
		b.WriteString(w.value(value, piece))
	}
	return b.String()
}
