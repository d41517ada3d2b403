package pages

import (
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Change is what one act changed in one respect: the words that no longer
// hold and those that do, among those that stay.
type Change struct {
	Topic  string
	Pieces []Piece
}

// A Piece is a stretch of words.
type Piece struct {
	Text string
	Fate Fate
}

// A Fate is what befell a piece of text.
type Fate string

// The fates of a piece.
const (
	Stays   Fate = ""
	Removed Fate = "removed"
	Added   Fate = "added"
)

// A topic is one respect in which an act may change a notice.
type topic struct {
	name string
	say  func(Line) string
}

var (
	aboutWindow   = topic{"Plage horaire", sayWindow}
	aboutFallback = topic{"Procédure de secours", sayFallback}
	aboutServices = topic{"Services et modes", func(l Line) string { return templates.Enumerate(l.Services) + ", " + templates.Enumerate(l.Modes) }}
	aboutEffect   = topic{"Impact", func(l Line) string { return templates.EffectName(l.Effect) }}
	aboutReturn   = topic{"Rétablissement", sayReturn}
)

// topics are those in which an act may change a notice.
func topics(act notice.Type) []topic {
	switch act {
	case notice.TypeCorrected, notice.TypeChanged:
		return []topic{aboutServices, aboutEffect, aboutWindow, aboutFallback}
	case notice.TypePostponed, notice.TypeExtended, notice.TypeCancelled, notice.TypeReinstated:
		return []topic{aboutWindow}
	case notice.TypeRecovered, notice.TypeResumed:
		return []topic{aboutReturn, aboutFallback}
	case notice.TypeFallbackOpened, notice.TypeFallbackClosed:
		return []topic{aboutFallback}
	}
	return nil
}

// Changes are what an act changed in what a notice does.
func Changes(act notice.Type, before, after []Line) []Change {
	var all []Change
	for _, t := range topics(act) {
		if was, is := t.of(before), t.of(after); was != is {
			all = append(all, Compare(t.name, was, is))
		}
	}
	return all
}

// of is what all lines say in this respect, in as few words as it takes.
func (t topic) of(lines []Line) string {
	var subjects, said []string // in the order of the lines
	words := map[string][]string{}
	for _, l := range lines {
		subject := templates.Enumerate(l.Services) + ", " + templates.Enumerate(l.Modes)
		if !slices.Contains(subjects, subject) {
			subjects = append(subjects, subject)
		}
		if word := t.say(l); word != "" && !slices.Contains(words[subject], word) {
			words[subject] = append(words[subject], word)
		}
	}
	for _, subject := range subjects {
		said = append(said, templates.Enumerate(words[subject]))
	}
	if len(slices.Compact(slices.Clone(said))) == 1 {
		return said[0]
	}
	if t.name == aboutServices.name {
		return strings.Join(said, "\u202f; ")
	}
	var parts []string
	for i, subject := range subjects {
		if said[i] != "" {
			parts = append(parts, subject+nbsp+": "+said[i])
		}
	}
	return strings.Join(parts, "\u202f; ")
}

func sayWindow(l Line) string {
	words := templates.Period(l.Start, l.End)
	if l.End.IsZero() && l.Effect != notice.Closed {
		words += ", fin non précisée"
	}
	if !l.Latest.IsZero() {
		words += ", prolongation possible jusqu’au " + templates.Moment(l.Latest)
	}
	return words
}

func sayFallback(l Line) string {
	f := l.Fallback
	if !f.Authorised {
		return "non autorisée"
	}
	words := "autorisée à compter du " + templates.Moment(f.From)
	switch {
	case !f.Until.IsZero():
		return words + " jusqu’au " + templates.Moment(f.Until)
	case f.Open:
		return words + " jusqu’à nouvel ordre"
	}
	return words + " jusqu’à publication d’un message de fin d’alerte"
}

func sayReturn(l Line) string {
	if l.Over.IsZero() {
		return ""
	}
	return "le " + templates.Moment(l.Over)
}

// Compare says how a text became another, word by word; where hardly a word
// stayed, one text for the other.
func Compare(topic, was, is string) Change {
	c := Change{Topic: topic, Pieces: pieces(wordsOf(was), wordsOf(is))}
	stays := 0
	for _, p := range c.Pieces {
		if p.Fate == Stays {
			stays += len(p.Text)
		}
	}
	if stays*2 < min(len(was), len(is)) || was == "" || is == "" {
		c.Pieces = nil
		if was != "" {
			c.Pieces = append(c.Pieces, Piece{was, Removed})
		}
		if is != "" {
			c.Pieces = append(c.Pieces, Piece{is, Added})
		}
	}
	return c
}

// wordsOf parts a text at its plain spaces: a day stays with its month.
func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' })
}

// mostWords bounds the comparison: its cost grows with the square.
const mostWords = 500

// pieces are two texts laid on one another by their longest common words.
func pieces(was, is []string) []Piece {
	if len(was) > mostWords || len(is) > mostWords {
		return nil
	}
	common := make([][]int, len(was)+1) // common[i][j]: how many words was[i:] and is[j:] share
	for i := range common {
		common[i] = make([]int, len(is)+1)
	}
	for i := len(was) - 1; i >= 0; i-- {
		for j := len(is) - 1; j >= 0; j-- {
			if was[i] == is[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var all []Piece
	add := func(word string, fate Fate) {
		if n := len(all); n > 0 && all[n-1].Fate == fate {
			all[n-1].Text += " " + word
			return
		}
		all = append(all, Piece{word, fate})
	}
	i, j := 0, 0
	for i < len(was) || j < len(is) {
		switch {
		case i < len(was) && j < len(is) && was[i] == is[j]:
			add(is[j], Stays)
			i, j = i+1, j+1
		case j == len(is) || i < len(was) && common[i+1][j] >= common[i][j+1]:
			add(was[i], Removed)
			i++
		default:
			add(is[j], Added)
			j++
		}
	}
	return all
}
