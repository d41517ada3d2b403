package ttf

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Flags of a part of a composite glyph (OpenType, table glyf).
const (
	argsAreWords    = 1 << 0
	haveScale       = 1 << 3
	moreParts       = 1 << 5
	haveTwoScales   = 1 << 6
	haveFourScales  = 1 << 7
	haveInstruction = 1 << 8
)

// Symbolic is where a symbolic font has its codes (ISO 32000-1, 9.6.6.4).
const Symbolic = 0xF000

// Subset is a font file with the glyphs of some one-byte codes, 0 for a code
// that is not used. It is symbolic: a code leads to its glyph without any
// encoding. Hinting is left out, which nearly halves it.
func (f *Font) Subset(codes *[256]uint16) []byte {
	s := subset{font: f, glyphs: []uint16{0}, renumbered: map[uint16]uint16{0: 0}}
	for _, glyph := range codes {
		s.take(glyph)
	}
	for i := 0; i < len(s.glyphs); i++ { // parts of composites may have parts
		eachPart(f.outline(s.glyphs[i]), func(part []byte) { s.take(u16(part, 2)) })
	}
	return s.assemble(codes)
}

// outline is a glyph's drawing; empty for a blank.
func (f *Font) outline(glyph uint16) []byte {
	if int(glyph)+1 >= len(f.offsets) {
		return nil
	}
	return f.tables["glyf"][f.offsets[glyph]:f.offsets[glyph+1]]
}

// eachPart calls do with every part of a composite glyph, from its flags to
// the end of the glyph, and returns the length without instructions.
func eachPart(outline []byte, do func(part []byte)) int {
	if len(outline) < 10 || i16(outline, 0) >= 0 {
		return len(outline)
	}
	for at := 10; at+4 <= len(outline); {
		flags := u16(outline, at)
		do(outline[at:])
		at += 4 + 2
		if flags&argsAreWords != 0 {
			at += 2
		}
		switch {
		case flags&haveScale != 0:
			at += 2
		case flags&haveTwoScales != 0:
			at += 4
		case flags&haveFourScales != 0:
			at += 8
		}
		if flags&moreParts == 0 {
			return min(at, len(outline))
		}
	}
	return len(outline)
}

// A subset is glyphs in a new order, and where each went.
type subset struct {
	font       *Font
	glyphs     []uint16 // those taken, by their new number
	renumbered map[uint16]uint16
}

// take gives a glyph the next number, once.
func (s *subset) take(glyph uint16) {
	if _, ok := s.renumbered[glyph]; !ok {
		s.renumbered[glyph] = uint16(len(s.glyphs))
		s.glyphs = append(s.glyphs, glyph)
	}
}

// assemble makes the tables that an embedded font must have (ISO 32000-1, 9.9).
func (s *subset) assemble(codes *[256]uint16) []byte {
	var glyf, loca, hmtx []byte
	for _, glyph := range s.glyphs {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = s.appendGlyph(glyf, s.font.outline(glyph))
		hmtx = appendU16(hmtx, int(s.font.advance(glyph)), int(s.font.bearing(glyph)))
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	if len(glyf) == 0 {
		glyf = make([]byte, 4) // of blanks alone; readers take an empty table for none
	}

	head, hhea := slices.Clone(s.font.tables["head"]), slices.Clone(s.font.tables["hhea"])
	maxp := slices.Clone(s.font.tables["maxp"])
	post := slices.Clone(s.font.tables["post"][:min(32, len(s.font.tables["post"]))])
	put32(head, 8, 0) // the checksum, at the end
	put16(head, 50, 1)
	put16(hhea, 34, len(s.glyphs))
	put16(maxp, 4, len(s.glyphs))
	put32(post, 0, 0x00030000) // no glyph names
	return join([]table{{"cmap", s.cmap(codes)}, {"glyf", glyf}, {"head", head}, {"hhea", hhea},
		{"hmtx", hmtx}, {"loca", loca}, {"maxp", maxp}, {"post", post}})
}

// appendGlyph appends a glyph without its instructions, its parts renumbered.
func (s *subset) appendGlyph(glyf, outline []byte) []byte {
	start := len(glyf)
	switch contours := i16(outline, 0); {
	case len(outline) < 10:
	case contours < 0:
		end := eachPart(outline, func([]byte) {})
		glyf = append(glyf, outline[:end]...)
		eachPart(glyf[start:], func(part []byte) {
			put16(part, 0, int(u16(part, 0)&^haveInstruction))
			put16(part, 2, int(s.renumbered[u16(part, 2)]))
		})
	default:
		at := min(10+2*contours, len(outline))
		rest := min(at+2+int(u16(outline, at)), len(outline))
		glyf = append(glyf, outline[:at]...)
		glyf = append(append(glyf, 0, 0), outline[rest:]...)
	}
	for len(glyf)%4 != 0 {
		glyf = append(glyf, 0)
	}
	return glyf
}

// cmap leads from codes to glyphs twice: table (1,0) by the code itself, table
// (3,0) by the symbolic code. Readers look at the one or the other.
func (s *subset) cmap(codes *[256]uint16) []byte {
	first := slices.IndexFunc(codes[:], func(glyph uint16) bool { return glyph != 0 })
	if first < 0 {
		first = 0
	}
	last := len(codes) - 1
	for last > first && codes[last] == 0 {
		last--
	}
	n := last - first + 1
	trimmed := appendU16(nil, 6, 10+2*n, 0, first, n)
	segments := appendU16(nil, 4, 32+2*n, 0, 4, 4, 1, 0,
		Symbolic+last, 0xFFFF, 0, Symbolic+first, 0xFFFF, 0, 1, 4, 0)
	for _, glyph := range codes[first : last+1] {
		trimmed = appendU16(trimmed, int(s.renumbered[glyph]))
		segments = appendU16(segments, int(s.renumbered[glyph]))
	}
	index := appendU16(nil, 0, 2, 1, 0, 0, 20, 3, 0, 0, 20+len(trimmed))
	return slices.Concat(index, trimmed, segments)
}

// A table is one part of a font file.
type table struct {
	name string
	data []byte
}

// join makes a font file of its tables, which are in the order of their names.
func join(tables []table) []byte {
	n := len(tables)
	log := bits.Len(uint(n)) - 1
	out := appendU16(nil, 1, 0, n, 16<<log, log, 16*n-16<<log)
	at, headAt := 12+16*n, 0
	for _, t := range tables {
		if t.name == "head" {
			headAt = at
		}
		out = append(out, t.name...)
		out = binary.BigEndian.AppendUint32(out, checksum(t.data))
		out = binary.BigEndian.AppendUint32(out, uint32(at))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		at += (len(t.data) + 3) &^ 3
	}
	for _, t := range tables {
		out = append(out, t.data...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	put32(out, headAt+8, 0xB1B0AFBA-checksum(out))
	return out
}

// checksum adds up words of four bytes, the last filled with zeros.
func checksum(data []byte) uint32 {
	var sum uint32
	for ; len(data) >= 4; data = data[4:] {
		sum += binary.BigEndian.Uint32(data)
	}
	for i, b := range data {
		sum += uint32(b) << (24 - 8*i)
	}
	return sum
}

// appendU16 appends numbers of two bytes.
func appendU16(b []byte, values ...int) []byte {
	for _, v := range values {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	return b
}

// put16 writes a number over two bytes, if they are there: a broken font gives
// a broken subset rather than a panic.
func put16(b []byte, at, value int) {
	if at+2 <= len(b) {
		binary.BigEndian.PutUint16(b[at:], uint16(value))
	}
}

// put32 writes a number over four bytes, if they are there.
func put32(b []byte, at int, value uint32) {
	if at+4 <= len(b) {
		binary.BigEndian.PutUint32(b[at:], value)
	}
}
