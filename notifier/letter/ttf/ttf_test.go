package ttf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/go-fonts/liberation/liberationsansbolditalic"
	"github.com/go-fonts/liberation/liberationsansregular"
)

func parsed(t testing.TB, data []byte) *Font {
	t.Helper()
	f, err := Parse(data)
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return f
}

func TestParse(t *testing.T) {
	t.Parallel()
	f := parsed(t, liberationsansregular.TTF)
	for _, test := range []struct {
		char    rune
		advance int
	}{{' ', 278}, {'A', 667}, {'é', 556}, {'\u00a0', 278}, {'œ', 944}, {'€', 556}, {'’', 222}} {
		glyph := f.Glyph(test.char)
		if got := f.Advance(glyph); glyph == 0 || got != test.advance {
			t.Errorf("%q: glyph %d is %d wide, want %d", test.char, glyph, got, test.advance)
		}
	}
	for _, none := range []rune{'海', '\u2011', -1, 0x1F6A2} {
		if f.Glyph(none) != 0 {
			t.Errorf("%q has a glyph", none)
		}
	}
	if f.Ascent != 905 || f.Descent != -212 || f.ItalicAngle != 0 || f.CapHeight < 650 || f.Box[2] <= f.Box[0] {
		t.Errorf("%+v", f)
	}
	if slanted := parsed(t, liberationsansbolditalic.TTF); slanted.ItalicAngle != -12 || slanted.StemV <= f.StemV {
		t.Errorf("bold italic: angle %d, stem %d", slanted.ItalicAngle, slanted.StemV)
	}
}

// TestSubset reads a subset again: the same outlines and widths, by code.
func TestSubset(t *testing.T) {
	t.Parallel()
	f := parsed(t, liberationsansregular.TTF)
	const text = " AéœŒ’ŁÅ½"
	var codes [256]uint16
	for i, r := range []rune(text) {
		codes[100+i] = f.Glyph(r)
	}
	data := f.Subset(&codes)
	if len(data) > 6000 || checksum(data) != 0xB1B0AFBA {
		t.Errorf("%d bytes, checksum %X", len(data), checksum(data))
	}
	s := parsed(t, data)
	for i, r := range []rune(text) {
		got, want := s.Glyph(rune(Symbolic+100+i)), f.Glyph(r)
		if got == 0 || s.Advance(got) != f.Advance(want) || s.bearing(got) != f.bearing(want) {
			t.Errorf("%q: glyph %d is %d wide, want %d", r, got, s.Advance(got), f.Advance(want))
		}
		if !sameDrawing(s, f, got, want) {
			t.Errorf("%q is drawn in another way", r)
		}
	}
	if s.Glyph(Symbolic+99) != 0 || s.Glyph('A') != 0 {
		t.Error("a code that is not used has a glyph")
	}
}

// sameDrawing compares outlines but for instructions and the numbers of parts.
func sameDrawing(a, b *Font, x, y uint16) bool {
	one, other := a.outline(x), b.outline(y)
	if len(other) < 10 {
		return len(one) == 0
	}
	if !bytes.Equal(one[:10], other[:10]) {
		return false
	}
	if i16(other, 0) < 0 {
		var parts, others []uint16
		eachPart(one, func(p []byte) { parts = append(parts, u16(p, 2)) })
		eachPart(other, func(p []byte) { others = append(others, u16(p, 2)) })
		for i := range others {
			if i >= len(parts) || !sameDrawing(a, b, parts[i], others[i]) {
				return false
			}
		}
		return len(parts) == len(others)
	}
	at := 10 + 2*i16(other, 0)
	end := at + 2 + int(u16(other, at))
	return bytes.HasPrefix(one[at+2:], other[end:])
}

// TestSubsetOfNothing: the font is still one, also where no outline is left.
func TestSubsetOfNothing(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{"regular": liberationsansregular.TTF, "bold italic": liberationsansbolditalic.TTF} {
		f := parsed(t, data)
		if s := parsed(t, f.Subset(&[256]uint16{})); len(s.offsets) != 2 {
			t.Errorf("%s: %d glyphs", name, len(s.offsets)-1)
		}
		if s := parsed(t, f.Subset(&[256]uint16{32: f.Glyph(' ')})); len(s.offsets) != 3 || s.Advance(1) != 278 {
			t.Errorf("%s: %d glyphs", name, len(s.offsets)-1)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	good := liberationsansregular.TTF
	noTable := bytes.Replace(good[:400], []byte("glyf"), []byte("glyx"), 1)
	badOffset := bytes.Clone(good)
	binary.BigEndian.PutUint32(badOffset[12+8:], 1<<30)
	for name, data := range map[string][]byte{
		"nothing": nil, "text": []byte("%PDF-1.7 is no font"), "cut": good[:300],
		"no table": append(noTable, good[400:]...), "table beyond the end": badOffset,
	} {
		if _, err := Parse(data); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: no bytes make it panic, nor what is cut from them.
func FuzzParse(f *testing.F) {
	font, err := Parse(liberationsansregular.TTF)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(font.Subset(&[256]uint16{65: font.Glyph('A'), 66: font.Glyph('é')}))
	f.Fuzz(func(t *testing.T, data []byte) {
		font, err := Parse(data)
		if err != nil {
			return
		}
		var codes [256]uint16
		for i := range codes {
			codes[i] = font.Glyph(rune(Symbolic + i))
		}
		_ = font.Subset(&codes)
	})
}
