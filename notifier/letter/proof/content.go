package proof

import (
	"fmt"
	"strings"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
)

// A readFont is a font of the file.
type readFont struct {
	dict    pdf.Dict
	unicode map[byte]string
	section int // the longest section that unicode was read from
	used    [256]bool
}

// font reads a font and what its codes stand for, once for all pages.
func (r *reading) font(v any) (*readFont, error) {
	ref, _ := v.(pdf.Ref)
	if f := r.fonts[ref]; f != nil {
		return f, nil
	}
	f := &readFont{dict: r.doc.Dict(v), unicode: map[byte]string{}}
	r.fonts[ref] = f
	if f.dict["ToUnicode"] == nil {
		return f, nil
	}
	_, cmap, err := r.doc.Stream(f.dict["ToUnicode"])
	if err != nil {
		return nil, err
	}
	return f, f.readUnicode(cmap)
}

// readUnicode reads the sections of single characters: our letters have no
// ranges, which readers are known to misread.
func (f *readFont) readUnicode(cmap []byte) error {
	return pdf.Operations(cmap, func(op pdf.Operator, operands []any) error {
		if op != "endbfchar" {
			return nil
		}
		f.section = max(f.section, len(operands)/2)
		for i := 0; i+1 < len(operands); i += 2 {
			code, _ := operands[i].(pdf.String)
			text, _ := operands[i+1].(pdf.String)
			if len(code) == 1 {
				f.unicode[code[0]] = pdf.TextOf("\xFE\xFF" + text)
			}
		}
		return nil
	})
}

// read is what codes say. A code that says nothing is left out.
func (f *readFont) read(codes pdf.String) string {
	var b strings.Builder
	for _, c := range []byte(codes) {
		f.used[c] = true
		b.WriteString(f.unicode[c])
	}
	return b.String()
}

// paints are the operators that leave something on the page.
var paints = map[pdf.Operator]bool{
	"Tj": true, "TJ": true, "'": true, `"`: true, "Do": true, "sh": true, "BI": true, "f": true, "F": true, "f*": true,
	"S": true, "s": true, "B": true, "B*": true, "b": true, "b*": true,
}

// A scanner follows the content of one page.
type scanner struct {
	*readPage
	font  *readFont
	marks []int // open ones; artifactMark for an artifact, otherMark for neither
}

const (
	artifactMark = -1
	otherMark    = -2
)

// scan reads a page's content.
func (p *readPage) scan(content []byte) error {
	s := scanner{readPage: p}
	if err := pdf.Operations(content, s.do); err != nil {
		return err
	}
	if len(s.marks) > 0 {
		s.complain("marked content without an end")
	}
	return nil
}

// complain keeps what Verify reports of the page; Text does not mind.
func (s *scanner) complain(format string, args ...any) {
	s.loose = append(s.loose, fmt.Sprintf(format, args...))
}

// do follows one operation. Positions do not matter: the reading order is that
// of the structure.
func (s *scanner) do(op pdf.Operator, operands []any) error {
	s.seen[op] = true
	switch op {
	case "BMC", "BDC":
		s.begin(operands)
	case "EMC":
		if len(s.marks) == 0 {
			s.complain("an end of marked content that has none")
			return nil
		}
		s.marks = s.marks[:len(s.marks)-1]
	case "Tf":
		name, _ := first(operands).(pdf.Name)
		s.font = s.fonts[name]
	case "Tj":
		s.show(first(operands))
	}
	if paints[op] && s.current() == otherMark {
		s.complain("%s outside the structure", op)
	}
	return nil
}

// begin opens marked content. Without a mark or being an artifact it counts as
// nothing: what is in it is outside the structure.
func (s *scanner) begin(operands []any) {
	mark := otherMark
	if first(operands) == pdf.Name("Artifact") {
		mark = artifactMark
	} else if len(operands) == 2 {
		if props, ok := operands[1].(pdf.Dict); ok {
			if n, ok := props["MCID"].(int); ok && n >= 0 {
				mark = n
			}
		}
	}
	if s.current() != otherMark {
		s.complain("marked content within marked content")
	}
	if _, ok := s.texts[mark]; ok && mark >= 0 {
		s.complain("mark %d is there twice", mark)
	}
	if mark >= 0 {
		s.texts[mark] += ""
	}
	s.marks = append(s.marks, mark)
}

// current is the innermost mark.
func (s *scanner) current() int {
	if len(s.marks) == 0 {
		return otherMark
	}
	return s.marks[len(s.marks)-1]
}

// show adds what is shown to the text of its mark.
func (s *scanner) show(v any) {
	codes, _ := v.(pdf.String)
	if s.font == nil {
		s.complain("text in a font that is not there")
		return
	}
	text := s.font.read(codes)
	if mark := s.current(); mark >= 0 {
		s.texts[mark] += text
	}
}

// first is an operand that may be missing.
func first(operands []any) any {
	if len(operands) == 0 {
		return nil
	}
	return operands[0]
}
