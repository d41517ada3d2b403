package letter

import (
	"sync"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansbolditalic"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
	"douane.gouv.fr/crieur/notifier/letter/ttf"
)

// A shape is one weight and slant of a typeface.
type shape int

const (
	regular shape = iota
	bold
	italic
	boldItalic
	shapes
)

// A face is one shape of a typeface.
type face struct {
	shape shape
	of    *typeface // nil: the house's own
}

// A typeface is a font a shape, and how they are called in the file.
type typeface struct {
	names [shapes]string
	fonts [shapes]func() *ttf.Font

	mu      sync.Mutex
	subsets map[glyphSet]subset // guarded by mu
}

// A glyphSet is what a letter draws of one shape: by code.
type glyphSet struct {
	shape  shape
	glyphs [256]uint16
}

// A subset is a part of a font, deflated.
type subset struct {
	size   int // before
	packed []byte
}

// maxSubsets bounds what is kept. A letter is drawn up to three times: when it
// is approved, when it is compared with that, and under seal.
const maxSubsets = 64

// subset is the part of a font that draws a set of glyphs. Cutting and deflating
// takes a quarter of a letter's time: the last ones are kept.
func (f face) subset(glyphs *[256]uint16) subset {
	t, set := f.typeface(), glyphSet{f.shape, *glyphs}
	t.mu.Lock()
	s, ok := t.subsets[set]
	t.mu.Unlock()
	if ok {
		return s
	}
	data := fontOf(f).Subset(glyphs)
	s = subset{len(data), pdf.Deflate(data)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.subsets == nil || len(t.subsets) >= maxSubsets {
		t.subsets = map[glyphSet]subset{}
	}
	t.subsets[set] = s
	return s
}

// liberation is the house's own typeface, Liberation Sans: as wide as the Arial
// of an office's letters, and free to embed. It is parsed when first asked for.
var liberation = typeface{
	names: [shapes]string{"LiberationSans", "LiberationSans-Bold", "LiberationSans-Italic", "LiberationSans-BoldItalic"},
	fonts: [shapes]func() *ttf.Font{
		parsed(liberationsansregular.TTF), parsed(liberationsansbold.TTF),
		parsed(liberationsansitalic.TTF), parsed(liberationsansbolditalic.TTF),
	},
}

// typeface is what a face is a shape of.
func (f face) typeface() *typeface {
	if f.of == nil {
		return &liberation
	}
	return f.of
}

// name is how the face is called in the file.
func (f face) name() string { return f.typeface().names[f.shape] }

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
func fontOf(f face) *ttf.Font { return f.typeface().fonts[f.shape]() }

// styled is the face of a run whose surroundings are set in f.
func (f face) styled(isBold, isItalic bool) face {
	if isBold {
		f.shape |= bold
	}
	if isItalic {
		f.shape |= italic
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
