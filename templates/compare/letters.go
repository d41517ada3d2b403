// Package compare says what has changed between two texts of a notice: field by
// field, as staff read fields, and word by word in the letter.
//
// The desk's pages call it for whoever signs. It reads nothing but its
// arguments, and leaves out no change: a field that it has no words for does
// not pass its tests.
package compare

import (
	"slices"
	"strings"

	"douane.gouv.fr/crieur/templates"
)

// A Piece is a stretch of a compared text: said before and now, added, or gone.
type Piece struct {
	Text string
	Fate Fate
}

// A Fate is what became of a piece.
type Fate string

// The fates.
const (
	Kept  Fate = ""
	Added Fate = "ins"
	Lost  Fate = "del"
)

// A Passage is a paragraph of a compared letter.
type Passage struct{ Pieces []Piece }

// Changed is whether anything in it is not as it was.
func (p Passage) Changed() bool {
	return slices.ContainsFunc(p.Pieces, func(p Piece) bool { return p.Fate != Kept })
}

// Letters gives the paragraphs of a letter as it is now, each word marked that
// was not in the one before, and those that are gone where they stood.
func Letters(before, after templates.Document) []Passage {
	was, is := paragraphs(before), paragraphs(after)
	var all []Passage
	var gone, added []string
	flush := func() {
		for len(gone) > 0 || len(added) > 0 {
			switch {
			case len(gone) > 0 && len(added) > 0 && akin(gone[0], added[0]):
				all = append(all, Passage{Texts(gone[0], added[0])})
				gone, added = gone[1:], added[1:]
			case len(gone) > 0 && (len(added) == 0 || len(gone) >= len(added)):
				all = append(all, Passage{[]Piece{{gone[0], Lost}}})
				gone = gone[1:]
			default:
				all = append(all, Passage{[]Piece{{added[0], Added}}})
				added = added[1:]
			}
		}
	}
	for _, step := range steps(was, is) {
		switch step.Fate {
		case Lost:
			gone = append(gone, step.Text)
		case Added:
			added = append(added, step.Text)
		default:
			flush()
			all = append(all, Passage{[]Piece{{step.Text, Kept}}})
		}
	}
	flush()
	return all
}

// Texts marks what was added to a text and what is gone, word by word.
func Texts(before, after string) []Piece {
	var pieces []Piece
	for _, step := range steps(wordsIn(before), wordsIn(after)) {
		if last := len(pieces) - 1; last >= 0 && pieces[last].Fate == step.Fate {
			pieces[last].Text += step.Text
			continue
		}
		pieces = append(pieces, step)
	}
	return pieces
}

// akin is whether a paragraph may be another one mended: a third of their words
// are the same.
func akin(a, b string) bool {
	one, other := wordsIn(a), wordsIn(b)
	same := 0
	for _, s := range steps(one, other) {
		if s.Fate == Kept && strings.TrimSpace(s.Text) != "" {
			same++
		}
	}
	return 3*same >= max(len(one), len(other))
}

// wordsIn are the words of a text, each with the space behind it.
func wordsIn(text string) []string {
	var words []string
	for text != "" {
		end := strings.IndexByte(text, ' ') + 1
		if end == 0 {
			end = len(text)
		}
		words = append(words, text[:end])
		text = text[end:]
	}
	return words
}

// comparing is up to how many pairs are compared; a letter has far fewer. What
// is longer is shown as gone and as added.
const comparing = 4 << 20

// steps lead from one list to another by what both have in common, in order:
// the longest common subsequence.
func steps(was, is []string) []Piece {
	var all []Piece
	add := func(fate Fate, texts ...string) {
		for _, t := range texts {
			all = append(all, Piece{t, fate})
		}
	}
	head := 0
	for head < len(was) && head < len(is) && was[head] == is[head] {
		head++
	}
	add(Kept, was[:head]...)
	was, is = was[head:], is[head:]
	tail := 0
	for tail < len(was) && tail < len(is) && was[len(was)-1-tail] == is[len(is)-1-tail] {
		tail++
	}
	kept := was[len(was)-tail:]
	was, is = was[:len(was)-tail], is[:len(is)-tail]
	if len(was)*len(is) > comparing {
		add(Lost, was...)
		add(Added, is...)
		add(Kept, kept...)
		return all
	}
	length := common(was, is)
	for i, j := 0, 0; i < len(was) || j < len(is); {
		switch {
		case i < len(was) && j < len(is) && was[i] == is[j]:
			add(Kept, was[i])
			i, j = i+1, j+1
		case j == len(is) || i < len(was) && length[i+1][j] >= length[i][j+1]:
			add(Lost, was[i])
			i++
		default:
			add(Added, is[j])
			j++
		}
	}
	add(Kept, kept...)
	return all
}

// common is how long the longest common subsequence of what follows is, from
// each pair of places on.
func common(was, is []string) [][]int {
	length := make([][]int, len(was)+1)
	for i := range length {
		length[i] = make([]int, len(is)+1)
	}
	for i := len(was) - 1; i >= 0; i-- {
		for j := len(is) - 1; j >= 0; j-- {
			if was[i] == is[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	return length
}

// paragraphs are all that a letter says, in the order in which it is read.
func paragraphs(d templates.Document) []string {
	var all []string
	say := func(runs ...templates.Run) {
		if text := strings.TrimSpace(templates.Plain(runs)); text != "" {
			all = append(all, text)
		}
	}
	say(templates.Run{Text: d.Banner})
	for _, line := range d.Authority {
		say(templates.Run{Text: line})
	}
	for _, line := range slices.Concat(d.Sender, d.Contact) {
		say(line...)
	}
	say(d.PlaceDate...)
	say(templates.Run{Text: d.Title})
	say(templates.Run{Text: d.Subject})
	for _, b := range slices.Concat(d.Blocks, d.Text) {
		say(b.Runs...)
		for _, item := range b.Items {
			say(item...)
		}
		for _, row := range b.Rows {
			var cells []string
			for _, cell := range row {
				cells = append(cells, templates.Plain(cell))
			}
			say(templates.Run{Text: strings.Join(cells, " | ")})
		}
	}
	say(templates.Run{Text: d.Signature.Role})
	say(templates.Run{Text: d.Signature.Name})
	for _, n := range d.Notes {
		say(n.Runs...)
	}
	for _, b := range d.Summary {
		say(b.Runs...)
	}
	return all
}
