// Package ttf reads what a letter needs of a TrueType font and cuts subsets of
// it.
//
// Package letter parses each face once a process and asks it for glyphs and
// widths while it sets lines; at the end it cuts a subset for the file. A Font
// is not changed by use: any number of goroutines may share one. Kerning,
// ligatures and hinting are not used.
package ttf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrFormat says that the bytes are no TrueType font with the tables needed.
var ErrFormat = errors.New("not a usable TrueType font")

// A Font is a parsed face. Lengths are thousandths of an em.
type Font struct {
	Box                        [4]int
	Ascent, Descent, CapHeight int
	StemV, ItalicAngle         int

	unitsPerEm int
	tables     map[string][]byte
	offsets    []uint32 // of glyph i in glyf; one more than there are glyphs
	metrics    int      // how many glyphs have an advance of their own
	advances   []uint16 // of each glyph, in thousandths of an em
	glyphs     []uint16 // by code point up to U+FFFF; 0 where there is none
}

// Parse reads a font. It keeps data, which must not be changed afterwards.
func Parse(data []byte) (*Font, error) {
	f := &Font{tables: map[string][]byte{}}
	for i := range int(u16(data, 4)) {
		entry := 12 + 16*i
		from, size := u32(data, entry+8), u32(data, entry+12)
		if uint64(from)+uint64(size) > uint64(len(data)) || entry+16 > len(data) {
			return nil, fmt.Errorf("%w: table %d is cut off", ErrFormat, i)
		}
		f.tables[string(data[entry:entry+4])] = data[from : from+size : from+size]
	}
	for _, name := range []string{"cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "post"} {
		if len(f.tables[name]) == 0 {
			return nil, fmt.Errorf("%w: no table %s", ErrFormat, name)
		}
	}
	f.readMetrics()
	if err := f.readOffsets(); err != nil {
		return nil, err
	}
	f.advances = make([]uint16, len(f.offsets)-1)
	for i := range f.advances {
		f.advances[i] = uint16(f.thousandths(int(f.advance(uint16(i)))))
	}
	return f, f.readGlyphs()
}

// Glyph is the number of the glyph that draws r; 0 where the font has none.
func (f *Font) Glyph(r rune) uint16 {
	if r < 0 || int(r) >= len(f.glyphs) {
		return 0
	}
	return f.glyphs[r]
}

// Advance is a glyph's width in thousandths of an em.
func (f *Font) Advance(glyph uint16) int {
	if int(glyph) >= len(f.advances) {
		return 0
	}
	return int(f.advances[glyph])
}

// advance is a glyph's width in units of the font.
func (f *Font) advance(glyph uint16) uint16 {
	// The last advance stands for all glyphs after it.
	return u16(f.tables["hmtx"], 4*min(int(glyph), f.metrics-1))
}

// bearing is where a glyph's outline begins. Glyphs without an advance of their
// own have theirs behind the others.
func (f *Font) bearing(glyph uint16) uint16 {
	if int(glyph) < f.metrics {
		return u16(f.tables["hmtx"], 4*int(glyph)+2)
	}
	return u16(f.tables["hmtx"], 4*f.metrics+2*(int(glyph)-f.metrics))
}

// thousandths turns units of the font into thousandths of an em.
func (f *Font) thousandths(units int) int {
	return int(math.Round(float64(units) * 1000 / float64(f.unitsPerEm)))
}

// readMetrics reads what holds for the whole font.
func (f *Font) readMetrics() {
	head, hhea, os2 := f.tables["head"], f.tables["hhea"], f.tables["OS/2"]
	f.unitsPerEm = max(1, int(u16(head, 18)))
	for i := range f.Box {
		f.Box[i] = f.thousandths(i16(head, 36+2*i))
	}
	f.Ascent, f.Descent = f.thousandths(i16(hhea, 4)), f.thousandths(i16(hhea, 6))
	f.metrics = max(1, int(u16(hhea, 34)))
	f.CapHeight = f.thousandths(i16(os2, 88))
	// No table holds the stem's width: this is how it goes with the weight.
	weight := int(u16(os2, 4))
	f.StemV = 50 + weight*weight/(65*65)
	f.ItalicAngle = i16(f.tables["post"], 4)
}

// readOffsets reads where outlines are. One that is not within its table could
// not be cut out later.
func (f *Font) readOffsets() error {
	loca, glyf := f.tables["loca"], f.tables["glyf"]
	long := u16(f.tables["head"], 50) != 0
	f.offsets = make([]uint32, int(u16(f.tables["maxp"], 4))+1)
	for i := range f.offsets {
		if long {
			f.offsets[i] = u32(loca, 4*i)
		} else {
			f.offsets[i] = 2 * uint32(u16(loca, 2*i))
		}
		if int(f.offsets[i]) > len(glyf) || i > 0 && f.offsets[i] < f.offsets[i-1] {
			return fmt.Errorf("%w: glyph %d is not where it should be", ErrFormat, i)
		}
	}
	return nil
}

// readGlyphs reads the table for the basic plane (format 4): by Unicode, or by
// the codes of a symbolic font, which begin at U+F000.
func (f *Font) readGlyphs() error {
	cmap := f.tables["cmap"]
	f.glyphs = make([]uint16, 0x10000)
	for i := range int(u16(cmap, 2)) {
		entry := 4 + 8*i
		at := int(u32(cmap, entry+4))
		if u16(cmap, entry) == 3 && u16(cmap, entry+2) <= 1 && at < len(cmap) && u16(cmap, at) == 4 {
			f.readSegments(cmap[at:])
			return nil
		}
	}
	return fmt.Errorf("%w: no table of characters", ErrFormat)
}

// readSegments reads ranges of characters: their glyphs follow each other, or
// are listed behind the ranges.
func (f *Font) readSegments(table []byte) {
	twice := int(u16(table, 6)) &^ 1
	for k := 0; k < twice; k += 2 {
		end, start := int(u16(table, 14+k)), int(u16(table, 16+twice+k))
		delta := int(u16(table, 16+2*twice+k))
		rangeAt := 16 + 3*twice + k
		offset := int(u16(table, rangeAt))
		for c := start; c <= end && c != 0xFFFF; c++ {
			glyph := c + delta
			if offset != 0 {
				if glyph = int(u16(table, rangeAt+offset+2*(c-start))); glyph != 0 {
					glyph += delta
				}
			}
			if glyph &= 0xFFFF; glyph < len(f.offsets)-1 {
				f.glyphs[c] = uint16(glyph)
			}
		}
	}
}

// Numbers outside a table are 0, as if it went on: a broken font gives no
// glyph rather than a panic.

func u16(b []byte, at int) uint16 {
	if at < 0 || at+2 > len(b) {
		return 0
	}
	return binary.BigEndian.Uint16(b[at:])
}

func i16(b []byte, at int) int { return int(int16(u16(b, at))) }

func u32(b []byte, at int) uint32 {
	if at < 0 || at+4 > len(b) {
		return 0
	}
	return binary.BigEndian.Uint32(b[at:])
}

// Embeddable is whether the font's licence, as the font tells it, lets a
// document that is given away carry a subset (OS/2, fsType).
func (f *Font) Embeddable() bool {
	const restricted, previewAndPrint, editable, noSubset, bitmapOnly = 1 << 1, 1 << 2, 1 << 3, 1 << 8, 1 << 9
	usage := u16(f.tables["OS/2"], 8)
	return usage&(noSubset|bitmapOnly) == 0 && (usage&restricted == 0 || usage&(previewAndPrint|editable) != 0)
}
