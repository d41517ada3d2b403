package letter

import (
	"math"
	"strconv"
)

// A colour is red, green and blue, a byte each.
type colour uint32

const (
	black    colour = 0x000000
	grey     colour = 0x5A5A5A // 6.9:1 on white
	tint     colour = 0xF1F1F6
	linkBlue colour = 0x000091
	alarmRed colour = 0xA50F1B
)

// A drawing is pages, and what assemble must know of them.
type drawing struct {
	pages     [][]byte     // content streams
	marks     [][]*element // what each mark of each page belongs to
	links     []*annotation
	root      *element
	letters   typeCase
	fontNames []string // in the contents
}

// draw puts the sheets on the canvas and marks what is what.
func draw(l *layout) (*drawing, error) {
	p := press{canvas: newCanvas(), drawing: drawing{root: l.root, letters: newTypeCase()}, lang: l.doc.Lang}
	for _, s := range l.sheets {
		p.canvas.page()
		p.marks = append(p.marks, nil)
		p.picture(s.picture)
		for _, r := range s.rules {
			p.mark(layoutArtifact)
			p.canvas.fill(r)
		}
		for _, line := range s.lines {
			p.line(line)
		}
		p.mark(nil)
	}
	var err error
	p.pages, p.fontNames, err = p.canvas.contents()
	return &p.drawing, err
}

// A press draws one letter.
type press struct {
	drawing
	canvas *canvas
	open   *element // what is being drawn
	lang   string
}

// line draws the spans of a line from left to right, with their strokes and
// links.
func (p *press) line(l line) {
	x := l.x
	for i, s := range l.spans {
		p.mark(s.element)
		width := s.width + l.stretch*length(s.blanks)
		text := s.text
		if i == len(l.spans)-1 && l.open {
			text += " " // for those who read on in the next line
		}
		p.text(x, l, s, text)
		for _, stroke := range strokesOf(s, x, l.y, width) {
			p.canvas.fill(stroke)
		}
		if s.link != "" {
			p.link(s, rule{x: x, y: l.y - s.size*9/10, width: width, height: s.size * 12 / 10})
		}
		x += width
	}
}

// text draws a text that may take more than one font.
func (p *press) text(x length, l line, s span, text string) {
	p.letters.set(s.face, text, func(font int, codes []byte) {
		p.canvas.text(x, l.y-s.rise, setting{font, codes, s.size, l.stretch, s.colour})
		x += p.letters.fonts[font].advance(codes, s.size, l.stretch)
	})
}

// strokesOf are the rules of a span: below it, and through it. Raised text has
// the stroke of the text it stands in: "1er" is underlined in one go.
func strokesOf(s span, x, baseline, width length) []rule {
	size := s.size
	if s.rise > 0 {
		size = size * 3 / 2
	}
	var strokes []rule
	if s.under {
		strokes = append(strokes, rule{x, baseline + size*12/100, width, size * 6 / 100, s.colour})
	}
	if s.struck {
		strokes = append(strokes, rule{x, baseline - size*28/100, width, size * 6 / 100, s.colour})
	}
	return strokes
}

// mark says that what is drawn from here on belongs to an element. What
// belongs to the same one without a break is one mark.
func (p *press) mark(e *element) {
	if p.open == e {
		return
	}
	if p.open != nil {
		p.canvas.operator("EMC")
	}
	p.open = e
	switch {
	case e == nil:
	case e.artifact():
		p.canvas.operator("/Artifact <<" + e.attrs + ">> BDC")
	default:
		e.enter()
		page := len(p.marks) - 1
		n := len(p.marks[page])
		p.marks[page] = append(p.marks[page], e)
		e.kids = append(e.kids, kid{page: page, mark: n})
		p.canvas.operator("/" + e.kind + " <</MCID " + strconv.Itoa(n) + ">> BDC")
	}
}

// link makes the area of a span active. Spans of one link on one line are one
// area.
func (p *press) link(s span, area rule) {
	e := s.element
	for e.kind != "Link" {
		e = e.parent
	}
	page := len(p.marks) - 1
	if n := len(p.links); n > 0 {
		last := p.links[n-1]
		if last.element == e && last.page == page && last.x+last.width == area.x && last.y+last.height > area.y {
			last.width += area.width
			last.contents += s.text
			return
		}
	}
	a := &annotation{page: page, x: area.x, y: area.y, width: area.width, height: area.height,
		link: s.link, contents: wordings[p.lang].link + s.text, element: e}
	p.links = append(p.links, a)
	e.kids = append(e.kids, kid{link: a})
}

// contrast is a colour's to white (WCAG 2.2, "contrast ratio").
func (c colour) contrast() float64 {
	channel := func(v colour) float64 {
		s := float64(v&0xFF) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 1.05 / (0.2126*channel(c>>16) + 0.7152*channel(c>>8) + 0.0722*channel(c) + 0.05)
}
