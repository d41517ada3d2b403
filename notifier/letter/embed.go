package letter

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
)

// fonts embeds the fonts, and returns them in their order.
func (a *assembly) fonts() []pdf.Ref {
	var unicode, refs []pdf.Ref
	for _, alphabet := range a.letters.alphabets {
		unicode = append(unicode, a.file.Add(pdf.Object{Body: "<<>>", Data: toUnicode(alphabet)}))
	}
	for _, font := range a.letters.fonts {
		refs = append(refs, a.font(font, unicode[font.alphabet]))
	}
	return refs
}

// font embeds one font. It is symbolic: its codes mean nothing but through its
// own table for drawing and ToUnicode for reading (ISO 19005-3, 6.2.11.6 and
// 6.2.11.7).
func (a *assembly) font(f *inkedFace, unicode pdf.Ref) pdf.Ref {
	font := fontOf(f.face)
	name := f.subsetTag() + "+" + f.face.name()
	subset := f.face.subset(&f.glyphs)
	data := a.file.Add(pdf.Object{Open: true, Data: subset.packed,
		Body: fmt.Sprintf("<</Length1 %d/Filter/FlateDecode>>", subset.size)})
	const symbolic, slanted = 1 << 2, 1 << 6
	flags := symbolic
	if font.ItalicAngle != 0 {
		flags |= slanted
	}
	descriptor := a.file.Add(pdf.Object{Body: fmt.Sprintf(
		"<</Type/FontDescriptor/FontName/%s/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle %d/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile2 %s>>",
		name, flags, font.Box[0], font.Box[1], font.Box[2], font.Box[3], font.ItalicAngle,
		font.Ascent, font.Descent, font.CapHeight, font.StemV, data)})
	first, last := f.span()
	var widths []byte
	for _, glyph := range f.glyphs[first : last+1] {
		width := 0
		if glyph != 0 {
			width = font.Advance(glyph)
		}
		widths = append(strconv.AppendInt(widths, int64(width), 10), ' ')
	}
	return a.file.Add(pdf.Object{Body: fmt.Sprintf(
		"<</Type/Font/Subtype/TrueType/BaseFont/%s/FirstChar %d/LastChar %d/Widths[%s]/FontDescriptor %s/ToUnicode %s>>",
		name, first, last, widths, descriptor, unicode)})
}

// subsetTag is six letters that are the same for the same glyphs alone.
func (f *inkedFace) subsetTag() string {
	var key []byte
	for _, glyph := range f.glyphs {
		key = append(key, byte(glyph>>8), byte(glyph))
	}
	sum := sha256.Sum256(key)
	tag := sum[:6]
	for i := range tag {
		tag[i] = 'A' + tag[i]%26
	}
	return string(tag)
}

// toUnicode says which character each code stands for.
func toUnicode(a *alphabet) []byte {
	const perSection = 100 // the most that a section may hold
	var entries []string
	for i, r := range a.runes {
		if r != 0 {
			entries = append(entries, fmt.Sprintf("<%02X><%04X>\n", i, r))
		}
	}
	cmap := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n" +
		"/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<00><FF>\nendcodespacerange\n")
	for start := 0; start < len(entries); start += perSection {
		section := entries[start:min(start+perSection, len(entries))]
		cmap = fmt.Appendf(cmap, "%d beginbfchar\n%sendbfchar\n", len(section), strings.Join(section, ""))
	}
	return append(cmap, "endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend"...)
}
