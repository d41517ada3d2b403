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
	Topic   string
	Subject string // the services and modes of which it holds; "" for all
	Pieces  []Piece
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
	last bool // only what began last says it
}

var (
	aboutEffect   = topic{"Impact", func(l Line) string { return templates.EffectName(l.Effect) }, false}
	aboutWindow   = topic{"Plage horaire", sayWindow, false}
	aboutFallback = topic{"Procédure de secours", sayFallback, false}
	aboutReturn   = topic{"Rétablissement", sayReturn, true}
)

// topics are those in which an act may change a notice.
func topics(act notice.Type) []topic {
	switch act {
	case notice.TypeCorrected, notice.TypeChanged:
		return []topic{aboutEffect, aboutWindow, aboutFallback}
	case notice.TypePostponed, notice.TypeExtended, notice.TypeCancelled, notice.TypeReinstated:
		return []topic{aboutWindow}
	case notice.TypeRecovered, notice.TypeResumed:
		return []topic{aboutReturn, aboutFallback}
	case notice.TypeFallbackOpened, notice.TypeFallbackClosed:
		return []topic{aboutFallback}
	}
	return nil
}

// A Said is what a notice does to each service and mode that it concerns, a
// Line a span, without the names of services and modes.
type Said []notice.Saying[Line]

// Changes are what an act changed in what a notice does. Where that is not the
// same for all services and modes, each change says for which, as name calls
// them.
func Changes(act notice.Type, before, after Said, name func(services, modes []string) string) []Change {
	var all []Change
	if act == notice.TypeCorrected || act == notice.TypeChanged {
		if was, is := before.who(name), after.who(name); was != is {
			all = append(all, Compare("Services et modes", was, is))
		}
	}
	for _, t := range topics(act) {
		groups := notice.Gather(t.turns(before, after), func(a, b turn) bool { return a == b })
		for _, g := range groups {
			if g.What.was == g.What.is {
				continue
			}
			c := Compare(t.name, g.What.was, g.What.is)
			if len(groups) > 1 {
				c.Subject = name(g.Services, g.Modes)
			}
			all = append(all, c)
		}
	}
	return all
}

// who are the services and modes of which something is said.
func (s Said) who(name func(services, modes []string) string) string {
	blank := make([]notice.Saying[string], len(s))
	for i, one := range s {
		blank[i] = notice.Saying[string]{Service: one.Service, Mode: one.Mode}
	}
	var parts []string
	for _, g := range notice.Gather(blank, func(a, b string) bool { return a == b }) {
		parts = append(parts, name(g.Services, g.Modes))
	}
	return strings.Join(parts, "\u202f; ")
}

// A turn is what was said of a service in a mode, and what is.
type turn struct{ was, is string }

// turns are what each service and mode met with in this respect.
func (t topic) turns(before, after Said) []notice.Saying[turn] {
	was, is := t.words(before), t.words(after)
	var all []notice.Saying[turn]
	seen := map[[2]string]bool{}
	for _, one := range slices.Concat(after, before) {
		key := [2]string{one.Service, one.Mode}
		if !seen[key] {
			seen[key] = true
			all = append(all, notice.Saying[turn]{Service: one.Service, Mode: one.Mode, What: turn{was[key], is[key]}})
		}
	}
	return all
}

// words are what is said in this respect of each service and mode.
func (t topic) words(said Said) map[[2]string]string {
	parts := map[[2]string][]string{}
	for _, one := range slices.SortedStableFunc(slices.Values(said), func(a, b notice.Saying[Line]) int { return a.What.Start.Compare(b.What.Start) }) {
		key := [2]string{one.Service, one.Mode}
		if t.last {
			delete(parts, key)
		}
		if word := t.say(one.What); word != "" && !slices.Contains(parts[key], word) {
			parts[key] = append(parts[key], word)
		}
	}
	words := map[[2]string]string{}
	for key := range parts {
		words[key] = templates.Enumerate(parts[key])
	}
	return words
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
	if stays*2 < min(len(was), len(is)) || stays*5 < max(len(was), len(is)) || was == "" || is == "" {
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
