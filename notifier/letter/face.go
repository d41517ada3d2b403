package letter

import (
	"sync"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansbolditalic"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"

	"douane.gouv.fr/crieur/notifier/letter/ttf"
)

// A face is one cut of the letter's typeface, Liberation Sans: as wide as the
// Arial of an office's letters, and free to embed.
type face int

const (
	regular face = iota
	bold
	italic
	boldItalic
	faces
)

// faceNames are the names in the file.
var faceNames = [faces]string{"LiberationSans", "LiberationSans-Bold", "LiberationSans-Italic", "LiberationSans-BoldItalic"}

// fonts are parsed when first asked for.
var fonts = [faces]func() *ttf.Font{
	parsed(liberationsansregular.TTF), parsed(liberationsansbold.TTF),
	parsed(liberationsansitalic.TTF), parsed(liberationsansbolditalic.TTF),
}

// parsed parses a face once a process: it takes longer than half a letter.
func parsed(data []byte) func() *ttf.Font {
	return sync.OnceValue(func() *ttf.Font {
		font, err := ttf.Parse(data)
		if err != nil {
			panic(err) // the module's own bytes
		}
		return font
	})
}

// fontOf is the parsed font of a face. Many letters may use it at once.
func fontOf(f face) *ttf.Font { return fonts[f]() }

// styled is the face of a run whose surroundings are set in f.
func (f face) styled(isBold, isItalic bool) face {
	if isBold {
		f |= bold
	}
	if isItalic {
		f |= italic
	}
	return f
}

// drawnAs is the character whose glyph draws r: the typeface has no
// non-breaking hyphen.
func drawnAs(r rune) rune {
	if r == '\u2011' {
		return '-'
	}
	return r
}

// widthOf is how long a text is. It adds up the rounded widths that the file
// tells its readers, so that a justified line ends where it should.
func widthOf(f face, size length, text string) length {
	font, sum := fontOf(f), 0
	for _, r := range text {
		sum += font.Advance(font.Glyph(drawnAs(r)))
	}
	return length(sum) * size / 1000
}

// A length is a whole number of thousandths of a point: with floating point,
// one processor might break a line where another does not.
type length int

const point length = 1000

// points is a length as a canvas takes it.
func (l length) points() float64 { return float64(l) / float64(point) }
