package letter

// An alphabet gives up to 256 characters a byte each. ASCII has its own codes
// in the first, so that its blank is the one that readers stretch; all else
// gets the next free code when it is first drawn. A letter that needs more
// characters has more alphabets.
type alphabet struct {
	runes [256]rune // 0 where the code is not used
	next  int       // the next free code
}

// An inkedFace is a font of the file: one alphabet in one face, as far as the
// letter uses it.
type inkedFace struct {
	alphabet int
	face     face
	glyphs   [256]uint16 // by code; 0 where it is not used
}

// A code is a place in an alphabet.
type code struct {
	alphabet int
	byte     byte
}

// asciiEnd is behind the last character that has its own code.
const asciiEnd = 127

// A typeCase holds the alphabets and fonts of one letter.
type typeCase struct {
	alphabets []*alphabet
	codes     map[rune]code
	fonts     []*inkedFace
}

// newTypeCase has the first alphabet open: a blank may come before any letter.
func newTypeCase() typeCase {
	return typeCase{alphabets: []*alphabet{{next: asciiEnd + 1}}, codes: map[rune]code{}}
}

// set turns text into codes: do is called for each stretch in one font.
func (t *typeCase) set(f face, text string, do func(font int, codes []byte)) {
	current, font := -1, 0
	codes := make([]byte, 0, len(text))
	for _, r := range text {
		c := t.code(r)
		if c.alphabet != current {
			if len(codes) > 0 {
				do(font, codes)
				codes = codes[len(codes):]
			}
			current, font = c.alphabet, t.font(f, c.alphabet)
		}
		t.fonts[font].glyphs[c.byte] = fontOf(f).Glyph(drawnAs(r))
		codes = append(codes, c.byte)
	}
	if len(codes) > 0 {
		do(font, codes)
	}
}

// code is the code of a character, a new one if it has none.
func (t *typeCase) code(r rune) code {
	if c, ok := t.codes[r]; ok {
		return c
	}
	last := len(t.alphabets) - 1
	c := code{last, byte(t.alphabets[last].next)}
	switch {
	case r < asciiEnd:
		c = code{0, byte(r)}
	case t.alphabets[last].next > 255:
		t.alphabets = append(t.alphabets, &alphabet{next: ' ' + 2})
		c = code{last + 1, ' ' + 1}
	default:
		t.alphabets[last].next++
	}
	t.codes[r] = c
	t.alphabets[c.alphabet].runes[c.byte] = r
	return c
}

// font is the index of an alphabet's font in a face.
func (t *typeCase) font(f face, alphabet int) int {
	for i, font := range t.fonts {
		if font.face == f && font.alphabet == alphabet {
			return i
		}
	}
	t.fonts = append(t.fonts, &inkedFace{alphabet: alphabet, face: f})
	return len(t.fonts) - 1
}

// advance is how far codes go.
func (f *inkedFace) advance(codes []byte, size, stretch length) length {
	sum, blanks := 0, 0
	font := fontOf(f.face)
	for _, c := range codes {
		sum += font.Advance(f.glyphs[c])
		if c == ' ' {
			blanks++
		}
	}
	return length(sum)*size/1000 + stretch*length(blanks)
}

// span is the first and the last code in use.
func (f *inkedFace) span() (first, last int) {
	first = -1
	for i, glyph := range f.glyphs {
		if glyph == 0 {
			continue
		}
		if last = i; first < 0 {
			first = i
		}
	}
	return first, last
}
