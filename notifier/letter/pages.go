package letter

import (
	"fmt"

	"douane.gouv.fr/crieur/templates"
)

// A layout is a letter on its way to sheets, in one density.
type layout struct {
	doc        templates.Document
	mark       *Mark // of the seal; nil for none
	letterhead *Letterhead
	typeface   *typeface // nil: the house's own
	density    density
	root       *element // of the structure tree
	notes      []*footnote
	sheets     []*sheet
}

// layOut fills sheets. A letter that just misses one page is set more tightly;
// one that needs more has room enough.
func layOut(in Letter) (*layout, error) {
	doc := in.Document
	var first *layout
	for _, d := range densities {
		l := &layout{doc: doc, mark: in.mark, letterhead: in.Letterhead, typeface: in.Letterhead.typeface(), density: d,
			root: &element{kind: "Document"}, notes: make([]*footnote, len(doc.Notes)+1)}
		if err := l.fill(); err != nil {
			return nil, err
		}
		if len(l.sheets) == 1 {
			return l, nil
		}
		if first == nil {
			first = l
		}
	}
	return first, nil
}

// fill lays the whole letter out.
func (l *layout) fill() error {
	p := pager{layout: l}
	if err := p.firstSheet(); err != nil {
		return err
	}
	strips, err := l.blocks(l.doc.Blocks)
	if err != nil {
		return err
	}
	for _, chain := range chains(l.signed(strips)) {
		if err := p.place(chain); err != nil {
			return err
		}
	}
	p.sheet.putNotes(p.called, p.floor)
	p.putSender()
	l.foot()
	l.number()
	return nil
}

// signed ends the body with the signature, and keeps enough of the body with
// it that the last page is worth turning to.
func (l *layout) signed(strips []strip) []strip {
	const enough = 4 // lines
	signature := l.signature(l.doc.Signature)
	if len(signature) > 0 {
		var above length
		for i := len(strips) - 1; i >= 0 && above < enough*l.density.lead; i-- {
			strips[i].keep = true
			above += strips[i].height
		}
	}
	return append(strips, signature...)
}

// chains are strips grouped by what is to be on one page.
func chains(strips []strip) [][]strip {
	var all [][]strip
	start := 0
	for i, s := range strips {
		if !s.keep || i == len(strips)-1 {
			all, start = append(all, strips[start:i+1]), i+1
		}
	}
	return all
}

// A pager fills one sheet after the other.
type pager struct {
	*layout
	sheet  *sheet
	sender strip
	y      length      // where the next strip goes
	floor  length      // where the text must end
	fresh  bool        // nothing is on the sheet but its head
	filled bool        // some of the body is on the sheet
	called []*footnote // on this sheet
}

// firstSheet sets what is fixed on the first page: the body has what is left
// between front and sender.
func (p *pager) firstSheet() error {
	p.sheet = &sheet{}
	p.sheets = append(p.sheets, p.sheet)
	p.sender = p.layout.sender()
	p.y = p.front(p.sheet)
	p.floor = textBottom - p.sender.height - 9*point
	if p.y > p.floor-4*p.density.lead {
		return &InputError{"Authority, Title, Subject, Sender, Contact", 0, "together they leave no room on the first page"}
	}
	return nil
}

// putSender draws the sender last, so that it is heard after the body.
func (p *pager) putSender() {
	p.sheets[0].put(p.sender.lines, p.sender.rules, textBottom-p.sender.height)
}

// turn goes to the next sheet.
func (p *pager) turn() error {
	p.sheet.putNotes(p.called, p.floor)
	p.sheet, p.called, p.filled, p.fresh = &sheet{}, nil, false, true
	p.sheets = append(p.sheets, p.sheet)
	y := p.banner(p.sheet, headArtifact, marginTop-12*point)
	st := style{face: p.face(regular), size: noteSize, colour: grey, element: headArtifact}
	p.y = p.sheet.stacked([]templates.Run{{Text: p.doc.Running}}, st, frame{x: marginX, width: textWidth, lead: noteLead}, y) + 14*point
	p.floor = textBottom
	if p.y > pageHeight/3 {
		return &InputError{"Running", 0, "it leaves no room on its page"}
	}
	return nil
}

// place puts strips that belong together on one sheet: this one if they fit,
// else the next. Only what no sheet can hold is cut.
func (p *pager) place(chain []strip) error {
	if p.fits(chain) {
		p.put(chain)
		return nil
	}
	if !p.filled {
		if parts := cut(chain); len(parts) > 1 {
			for _, part := range parts {
				if err := p.place(part); err != nil {
					return err
				}
			}
			return nil
		}
		if p.fresh {
			return &InputError{"Blocks", 0, fmt.Sprintf("%q does not fit on a page", opening(chain))}
		}
	}
	if err := p.turn(); err != nil {
		return err
	}
	return p.place(chain)
}

// fits is whether strips and the notes they call have room on the sheet. Notes
// count on the page of their call: they take from its foot.
func (p *pager) fits(chain []strip) bool {
	height := length(0)
	for i, s := range p.headed(chain) {
		if i > 0 || !p.fresh {
			height += s.before
		}
		height += s.height
	}
	notes := append(p.called[:len(p.called):len(p.called)], p.notesOf(chain)...)
	return p.y+height+room(notes) <= p.floor
}

// put places strips that fit, and takes note of their notes.
func (p *pager) put(chain []strip) {
	for _, n := range p.notesOf(chain) {
		n.placed = true
		p.called = append(p.called, n)
	}
	for _, s := range p.headed(chain) {
		if !p.fresh {
			p.y += s.before
		}
		p.sheet.put(s.lines, s.rules, p.y)
		p.y += s.height
		p.fresh, p.filled = false, true
	}
}

// headed is a chain with the headings of its table, where it opens a page.
func (p *pager) headed(chain []strip) []strip {
	if !p.fresh || chain[0].head == nil {
		return chain
	}
	return append([]strip{*chain[0].head}, chain...)
}

// cut is a chain in as many parts as may be: paragraphs between their lines,
// but no line is left alone.
func cut(chain []strip) [][]strip {
	var parts []strip
	for _, s := range chain {
		parts = append(parts, s.cut()...)
	}
	return chains(parts)
}

// cut is a strip in its lines, the first two and the last two together.
// Paragraphs of three lines stay whole.
func (s strip) cut() []strip {
	n := 0
	if s.lead > 0 {
		n = int(s.height / s.lead)
	}
	if n < 4 {
		s.lead = 0
		return []strip{s}
	}
	parts := make([]strip, n)
	for i := range parts {
		parts[i] = strip{height: s.lead, keep: i == 0 || i == n-2}
	}
	parts[0].before, parts[n-1].keep = s.before, s.keep
	for _, l := range s.lines {
		i := int(l.y / s.lead)
		l.y -= length(i) * s.lead
		parts[i].lines = append(parts[i].lines, l)
	}
	return parts
}

// opening is the first words of a chain, to name it.
func opening(chain []strip) string {
	for _, s := range chain {
		if len(s.lines) > 0 {
			text := []rune(s.lines[0].text())
			return string(text[:min(len(text), 40)])
		}
	}
	return ""
}

// number writes "1/2" at the foot of every page, once it is known how many
// there are.
func (l *layout) number() {
	st := style{face: l.face(regular), size: noteSize, colour: grey, element: footArtifact}
	for i, s := range l.sheets {
		text := fmt.Sprintf("%d/%d", i+1, len(l.sheets))
		lines := linesOf([]templates.Run{{Text: text}}, st, textWidth, right)
		lines[0].x += marginX
		s.put(lines, nil, footLine)
	}
}
