package letter

import (
	"strings"
	"unicode/utf8"

	"douane.gouv.fr/crieur/templates"
)

// A style is how a stretch of text looks and what it is part of.
type style struct {
	face          face
	size, rise    length
	colour        colour
	under, struck bool
	link          string
	note          int // the footnote it calls; 0 for none
	element       *element
}

// A span is text in one style on one line.
type span struct {
	style
	text   string
	width  length
	blanks int // those that can stretch
}

// A line is spans on one baseline. Places are from the top left corner of what
// the line is in: its strip, then the page.
type line struct {
	x, y    length
	spans   []span
	width   length
	blanks  int
	stretch length // of every blank
	open    bool   // a blank follows it before the next line
}

// A word is what a line cannot break: pieces of one style each.
type word struct {
	pieces []span
	width  length
	blank  span // before it; without text where a long word goes on
}

// An align says where lines stand in their measure.
type align int

const (
	left align = iota
	justified
	centred
	right
)

// loosestBlank is by how many hundredths of the size a blank may grow.
const loosestBlank = 80

// linesOf sets runs in lines of at most width.
func linesOf(runs []templates.Run, base style, width length, how align) []line {
	words := wordsOf(runs, base, width)
	var lines []line
	start := 0
	for _, end := range breaks(words, width, how) {
		l := lineOf(words[start:end])
		l.open = end < len(words) && words[end].blank.text != ""
		if how == justified && l.blanks > 0 && (end < len(words) || l.width > width) {
			l.stretch = (width - l.width) / length(l.blanks)
			if l.stretch > base.size*loosestBlank/100 {
				l.stretch = 0 // a line that is short looks better than one with holes
			}
		}
		switch how {
		case centred:
			l.x = (width - l.width) / 2
		case right:
			l.x = width - l.width
		}
		lines, start = append(lines, l), end
	}
	return lines
}

// lineOf joins words. Neighbours of one style become one span.
func lineOf(words []word) line {
	var l line
	var text []byte // of the last span
	add := func(s span) {
		last := len(l.spans) - 1
		if last < 0 || l.spans[last].style != s.style {
			if last >= 0 {
				l.spans[last].text = string(text)
			}
			l.spans, text = append(l.spans, span{style: s.style}), text[:0]
			last++
		}
		text = append(text, s.text...)
		l.spans[last].width += s.width
		l.spans[last].blanks += s.blanks
		l.width += s.width
		l.blanks += s.blanks
	}
	for i, w := range words {
		if i > 0 && w.blank.text != "" {
			add(w.blank)
		}
		for _, p := range w.pieces {
			add(p)
		}
	}
	l.spans[len(l.spans)-1].text = string(text)
	return l
}

// text is what a line says, without the blank behind it.
func (l line) text() string {
	var b strings.Builder
	for _, s := range l.spans {
		b.WriteString(s.text)
	}
	return b.String()
}

// notes are the footnotes that a line calls.
func (l line) notes() []int {
	var notes []int
	for _, s := range l.spans {
		if s.note > 0 {
			notes = append(notes, s.note)
		}
	}
	return notes
}

// wordsOf cuts runs at their blanks; no-break spaces are none. Long words are
// cut too.
func wordsOf(runs []templates.Run, base style, width length) []word {
	n := 0
	for _, run := range runs {
		n += strings.Count(run.Text, " ") + 1
	}
	words := make([]word, 0, n)
	pieces := make([]span, 0, n) // of all words, one behind the other
	var w word
	flush := func() {
		w.pieces = pieces[:len(pieces):len(pieces)]
		switch {
		case len(pieces) == 0:
		case w.width <= width/2:
			words = append(words, w)
		default:
			words = append(words, chop(w, width)...)
		}
		w, pieces = word{}, pieces[len(pieces):]
	}
	for i, st := range stylesOf(runs, base) {
		blank := span{st, " ", widthOf(st.face, st.size, " "), 1}
		for k, part := range strings.Split(runs[i].Text, " ") {
			if k > 0 {
				flush()
				w.blank = blank
			}
			if part == "" {
				continue
			}
			piece := span{style: st, text: part, width: widthOf(st.face, st.size, part)}
			pieces = append(pieces, piece)
			w.width += piece.width
		}
	}
	flush()
	return words
}

// stylesOf is the style of every run. Neighbouring runs that lead to one place
// are one link.
func stylesOf(runs []templates.Run, base style) []style {
	styles := make([]style, len(runs))
	var link *element
	for i, run := range runs {
		st := base
		st.face = base.face.styled(run.Bold, run.Italic)
		st.under = base.under || run.Underline
		if run.Link != "" {
			if i == 0 || link == nil || runs[i-1].Link != run.Link {
				link = base.element.inline("Link")
			}
			st.link, st.element, st.colour = run.Link, link, linkBlue
		}
		if run.Note > 0 {
			st.note, st.element = run.Note, st.element.inline("Reference")
		}
		if run.Struck {
			st.struck = true
			st.element = st.element.inline("Span")
			st.element.attrs = "/O/Layout/TextDecorationType/LineThrough"
		}
		if run.Raised || run.Note > 0 {
			st.size, st.rise = base.size*2/3, base.size*34/100
		}
		styles[i] = st
	}
	return styles
}

// marks are where an address may be cut, behind them.
const marks = "/-_.?&="

// chop cuts a word that takes more than half a line into parts between which a
// line may end: behind the marks of an address, and wherever a part would be
// longer than the line. No hyphen is added that was not there.
func chop(w word, width length) []word {
	var words []word
	part := word{blank: w.blank}
	for _, p := range w.pieces {
		for text := p.text; text != ""; {
			head, ends := fitting(p, text, width-part.width)
			if head == 0 && len(part.pieces) == 0 {
				_, head = utf8.DecodeRuneInString(text) // a line holds a character
			}
			if head > 0 {
				part, text = part.with(p, text[:head]), text[head:]
			}
			if ends || text != "" {
				words, part = append(words, part), word{}
			}
		}
	}
	if len(part.pieces) > 0 {
		words = append(words, part)
	}
	return words
}

// with is a word with a text more, in the style of a piece.
func (w word) with(p span, text string) word {
	p.text, p.width = text, widthOf(p.face, p.size, text)
	w.pieces = append(w.pieces, p)
	w.width += p.width
	return w
}

// fitting is how many bytes of a text fit into room up to its next mark, and
// whether they end with one.
func fitting(p span, text string, room length) (n int, mark bool) {
	font, advances := fontOf(p.face), 0
	for i, r := range text {
		advances += font.Advance(font.Glyph(drawnAs(r)))
		if length(advances)*p.size/1000 > room {
			return i, false
		}
		next := i + utf8.RuneLen(r)
		if strings.ContainsRune(marks, r) && !strings.ContainsAny(text[next:min(next+1, len(text))], marks) {
			return next, true
		}
	}
	return len(text), false
}
