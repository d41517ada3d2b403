package proof

import (
	"maps"
	"regexp"
	"slices"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
	"douane.gouv.fr/crieur/notifier/letter/ttf"
)

// fontPrograms looks at every font: is it embedded, does it draw what it is
// asked for, as wide as the file says, and can it be read again?
func (r *reading) fontPrograms() []string {
	var b breaches
	b.unless(len(r.fonts) > 0, "none")
	for _, ref := range slices.Sorted(maps.Keys(r.fonts)) {
		r.fontProgram(&b, r.fonts[ref])
	}
	return b
}

// subsetName is how a font that is not whole is named.
var subsetName = regexp.MustCompile(`^[A-Z]{6}\+.`)

// fontProgram looks at one font.
func (r *reading) fontProgram(b *breaches, f *readFont) {
	const symbolic, nonsymbolic = 1 << 2, 1 << 5
	name, _ := f.dict["BaseFont"].(pdf.Name)
	descriptor := r.doc.Dict(f.dict["FontDescriptor"])
	flags, _ := descriptor["Flags"].(int)
	b.unless(f.dict["Subtype"] == pdf.Name("TrueType"), "%s is a %v", name, f.dict["Subtype"])
	b.unless(subsetName.MatchString(string(name)) && descriptor["FontName"] == name, "%s is not named as a subset", name)
	b.unless(flags&symbolic != 0 && flags&nonsymbolic == 0 && f.dict["Encoding"] == nil, "%s is not symbolic", name)
	stream, data, err := r.doc.Stream(descriptor["FontFile2"])
	if err != nil {
		b.add("%s is not embedded", name)
		return
	}
	b.unless(stream.Dict["Length1"] == len(data), "%s: length %v of %d", name, stream.Dict["Length1"], len(data))
	program, err := ttf.Parse(data)
	if err != nil {
		b.add("%s: %v", name, err)
		return
	}
	r.fontCodes(b, f, program)
}

// fontCodes compares what the file says of each code with the font's own word.
func (r *reading) fontCodes(b *breaches, f *readFont, program *ttf.Font) {
	const longest = 100 // entries of a section, by Adobe's specification of CMaps
	name := f.dict["BaseFont"]
	b.unless(f.section <= longest, "%s: a section of %d characters in ToUnicode", name, f.section)
	start, _ := f.dict["FirstChar"].(int)
	end, _ := f.dict["LastChar"].(int)
	widths := r.doc.Array(f.dict["Widths"])
	b.unless(len(widths) == end-start+1, "%s: %d widths for codes %d to %d", name, len(widths), start, end)
	for code, used := range f.used {
		if !used {
			continue
		}
		glyph := program.Glyph(rune(ttf.Symbolic + code))
		b.unless(glyph != 0, "%s draws nothing for code %d", name, code)
		width, ok := 0, code >= start && code-start < len(widths)
		if ok {
			width, ok = widths[code-start].(int)
		}
		off := width - program.Advance(glyph)
		b.unless(ok && off >= -1 && off <= 1, "%s: code %d is %d wide, not %d (6.2.11.5)", name, code, program.Advance(glyph), width)
		b.unless(readable(f.unicode[byte(code)]), "%s: code %d stands for no character (6.2.11.7)", name, code)
	}
}

// readable is whether a code stands for characters that mean something.
func readable(text string) bool {
	for _, r := range text {
		if r == 0 || r == 0xFEFF || r == 0xFFFE || r == 0xFFFD {
			return false
		}
	}
	return text != ""
}
