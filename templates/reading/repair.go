package reading

import (
	"regexp"
	"strings"

	"douane.gouv.fr/crieur/templates"
)

// A speller knows the words that clauses are made of, and mends those that a
// scanner has misread: what is one letter away from a single known word, or
// looks like it.
type speller struct {
	words map[string]bool
	near  map[string]string // words with a letter left out, and what they look like; "" where several do
}

var wordIn = regexp.MustCompile(`[a-z0-9|]+`)

// looks makes alike what a scanner takes for one another.
var looks = strings.NewReplacer("rn", "m", "vv", "w", "1", "l", "|", "l", "i", "l", "0", "o", "5", "s", "8", "b")

func newSpeller(p templates.Phrases, all []pattern) speller {
	s := speller{words: map[string]bool{}, near: map[string]string{}}
	for _, one := range all {
		for _, word := range one.own {
			s.add(word)
		}
	}
	for _, forms := range p.Forms {
		for form := range forms {
			for _, word := range wordIn.FindAllString(plainly(form), -1) {
				s.add(word)
			}
		}
	}
	for month := 1; month <= 12; month++ {
		s.add(plainly(monthName(month)))
	}
	for _, word := range []string{"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"} {
		s.add(word)
	}
	return s
}

// minSpelt is the length below which a word is too like others to be mended.
const minSpelt = 5

func (s speller) add(word string) {
	if s.words[word] {
		return
	}
	s.words[word] = true
	if len(word) < minSpelt {
		return
	}
	for _, near := range append(without(word), looks.Replace(word)) {
		if other, ok := s.near[near]; ok && other != word {
			s.near[near] = ""
		} else {
			s.near[near] = word
		}
	}
}

// without are a word's forms with one letter left out.
func without(word string) []string {
	var all []string
	for i := range len(word) {
		all = append(all, word[:i]+word[i+1:])
	}
	return all
}

// word is what a misread word is; itself where that is not known.
func (s speller) word(word string) string {
	if s.words[word] || len(word) < minSpelt-1 || len(word) > 40 {
		return word
	}
	for _, near := range append([]string{looks.Replace(word), word}, without(word)...) {
		if known := s.near[near]; known != "" {
			return known
		}
	}
	return word
}

var (
	digits   = strings.NewReplacer("o", "0", "l", "1", "i", "1", "|", "1")
	numbered = regexp.MustCompile(`^(?:[0-9oli|]{1,2}h[0-9oli|]{0,2}|2[0-9o][0-9oli|]{2})$`)
	hasDigit = regexp.MustCompile(`[0-9]`)
)

// mend is a folded text without what a scanner has misread. It still knows
// where each of its parts came from.
func (s speller) mend(f folded) folded {
	mended := folded{from: f.from}
	var b strings.Builder
	put := func(text string, from, to int) {
		for i := range len(text) {
			mended.at = append(mended.at, f.at[min(from+i, to-1)])
		}
		b.WriteString(text)
	}
	last := 0
	for _, at := range wordIn.FindAllStringIndex(f.text, -1) {
		if at[0] > last {
			put(f.text[last:at[0]], last, at[0])
		}
		word := f.text[at[0]:at[1]]
		if numbered.MatchString(word) && hasDigit.MatchString(word) {
			word = digits.Replace(word)
		} else {
			word = s.word(word)
		}
		put(word, at[0], at[1])
		last = at[1]
	}
	if last < len(f.text) {
		put(f.text[last:], last, len(f.text))
	}
	mended.text = b.String()
	mended.at = append(mended.at, len(f.from))
	return mended
}
