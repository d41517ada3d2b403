package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"douane.gouv.fr/crieur/templates"
)

// A folded text is one as it is compared: lower case, no accents, one kind of
// apostrophe, dash and quotation mark, one space between words and none before
// punctuation. It knows where in the text each of its bytes came from.
type folded struct {
	text string
	from string
	at   []int // for each byte of text, its place in from; and one more, the end
}

// same are characters that are written for one another.
var same = map[rune]string{
	'’': "'", '‘': "'", 'ʼ': "'", '´': "'", '`': "'", '′': "'",
	'–': "-", '—': "-", '‑': "-", '−': "-", '‐': "-", '→': "-",
	'«': `"`, '»': `"`, '“': `"`, '”': `"`, '„': `"`, '…': ".",
	'œ': "oe", 'Œ': "oe", 'æ': "ae", 'Æ': "ae", '°': "o", 'º': "o", '@': "a",
}

// foldText folds a text.
func foldText(s string) folded {
	f := folded{from: s}
	var b strings.Builder
	put := func(text string, place int) {
		for range len(text) {
			f.at = append(f.at, place)
		}
		b.WriteString(text)
	}
	space := -1     // where one waits to be written
	last := byte(0) // that was written
	for i := 0; i < len(s); {
		plain, size := foldRune(s[i:])
		if plain == " " {
			space = i
		} else if plain != "" {
			if space >= 0 && last != 0 && !strings.Contains(",;:.!?)\"", plain) && last != '(' && last != '"' {
				put(" ", space)
			}
			space = -1
			put(plain, i)
			last = plain[len(plain)-1]
		}
		i += size
	}
	f.text = b.String()
	f.at = append(f.at, len(s))
	return f
}

// foldRune folds the first character of a text, and gives its size.
func foldRune(s string) (string, int) {
	if c := s[0]; c < 0x80 && c > ' ' {
		if c == '`' {
			return "'", 1
		}
		if c == '@' {
			return "a", 1
		}
		return strings.ToLower(s[:1]), 1
	}
	r, size := utf8.DecodeRuneInString(s)
	if plain, ok := same[r]; ok {
		return plain, size
	}
	if unicode.IsSpace(r) {
		return " ", size
	}
	var b strings.Builder
	for _, r := range templates.Decomposed(string(r)) {
		if unicode.In(r, unicode.Mn, unicode.Cf, unicode.Cc) {
			continue
		}
		if unicode.IsSpace(r) {
			return " ", size
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String(), size
}

// original is the part of the text that a part of its folded form stands for.
func (f folded) original(from, to int) string {
	if from >= to {
		return ""
	}
	return strings.TrimSpace(f.from[f.at[from]:f.at[to]])
}

// plainly is a text's folded form.
func plainly(s string) string { return foldText(s).text }

// key is a name as it is looked up: letters, digits and plus signs.
func key(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '+' {
			return r
		}
		return -1
	}, plainly(name))
}
