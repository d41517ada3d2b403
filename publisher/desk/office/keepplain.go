package office

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"douane.gouv.fr/crieur/templates/bureau"
)

// bare are letters without what French, and its neighbours, write on them.
var bare = map[rune]string{
	'à': "a", 'â': "a", 'ä': "a", 'á': "a", 'ã': "a", 'å': "a", 'æ': "ae", 'ç': "c", 'é': "e", 'è': "e", 'ê': "e", 'ë': "e",
	'î': "i", 'ï': "i", 'í': "i", 'ì': "i", 'ñ': "n", 'ô': "o", 'ö': "o", 'ó': "o", 'ò': "o", 'õ': "o", 'œ': "oe",
	'ù': "u", 'û': "u", 'ü': "u", 'ú': "u", 'ÿ': "y", '’': "'", '\u00a0': " ", '\u202f': " ", '\u2011': "-", '\u0301': "", '\u0300': "", '\u0302': "", '\u0308': "", '\u0327': "",
}

// unaccented is a text in lower case and without accents, as people type it when
// they look for something.
func unaccented(text string) string {
	text, _ = plainly(text, false)
	return text
}

// plainly is unaccented, and for each of its bytes where the letter that it comes
// from begins, if that is asked for; the last of them is the text's end.
func plainly(text string, placed bool) (string, []int) {
	var b strings.Builder
	var from []int
	for i, r := range text {
		s, ok := bare[unicode.ToLower(r)]
		if !ok {
			s = string(unicode.ToLower(r))
		}
		b.WriteString(s)
		for range len(s) {
			if placed {
				from = append(from, i)
			}
		}
	}
	return b.String(), append(from, len(text))
}

// marked cuts a text where words stand in it.
func marked(text string, words []string) []bureau.Mark {
	flat, from := plainly(text, true)
	on := make([]bool, len(text))
	for _, w := range words {
		for at := 0; w != ""; {
			i := strings.Index(flat[at:], w)
			if i < 0 {
				break
			}
			i += at
			start, end := from[i], from[i+len(w)]
			if start == end { // half of a letter that became two
				_, size := utf8.DecodeRuneInString(text[start:])
				end = start + size
			}
			for k := start; k < end; k++ {
				on[k] = true
			}
			at = i + len(w)
		}
	}
	var all []bureau.Mark
	for i := 0; i < len(text); {
		next := slices.Index(on[i:], !on[i])
		if next < 0 {
			next = len(text) - i
		}
		all = append(all, bureau.Mark{Text: text[i : i+next], On: on[i]})
		i += next
	}
	return all
}

// longestExcerpt is how many bytes of a passage are shown.
const longestExcerpt = 240

// excerpt is the part of a passage in which the first of some words stands.
func excerpt(text string, words []string) string {
	if len(text) <= longestExcerpt {
		return text
	}
	flat, from := plainly(text, true)
	at := len(flat)
	for _, w := range words {
		if i := strings.Index(flat, w); i >= 0 {
			at = min(at, i)
		}
	}
	if at == len(flat) {
		at = 0
	}
	start := max(0, from[at]-longestExcerpt/3)
	end := min(len(text), start+longestExcerpt)
	if start > 0 {
		start += strings.IndexByte(text[start:], ' ') + 1
	}
	if end < len(text) {
		if i := strings.LastIndexByte(text[start:end], ' '); i > 0 {
			end = start + i
		}
	}
	for start < end && !utf8.RuneStart(text[start]) {
		start++
	}
	for end < len(text) && end > start && !utf8.RuneStart(text[end]) {
		end--
	}
	part := text[start:end]
	if start > 0 {
		part = "… " + part
	}
	if end < len(text) {
		part += " …"
	}
	return part
}
