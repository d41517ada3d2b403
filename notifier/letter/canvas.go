package letter

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/jung-kurt/gofpdf"
)

// A canvas draws pages with gofpdf. It takes from it the content of the pages
// and nothing else: everything around that is written by assemble. Fonts are
// only named here.
type canvas struct {
	pdf    *gofpdf.Fpdf
	pages  int
	named  int // fonts that gofpdf knows
	font   int
	size   length
	colour colour
}

// newCanvas leaves out whatever gofpdf would add by itself: breaks, margins,
// compression, and an order that changes from run to run.
func newCanvas() *canvas {
	pdf := gofpdf.New("P", "pt", "A4", "")
	pdf.SetCompression(false) // the file is deflated when it is whole
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true)
	return &canvas{pdf: pdf}
}

// page begins a new page: black, and in no font.
func (c *canvas) page() {
	c.use(black)
	c.pdf.AddPage()
	c.pages++
	c.font, c.size = -1, 0
}

// fontName is what gofpdf calls a font; the contents use another name.
func fontName(font int) string { return "font" + strconv.Itoa(font) }

// text draws codes of one font from x on, at a baseline. Every blank is
// wider by stretch.
func (c *canvas) text(x, y length, s setting) {
	for ; c.named <= s.font; c.named++ {
		// A core font is the least that gofpdf can be told of: a name.
		c.pdf.AddFontFromBytes(fontName(c.named), "", fmt.Appendf(nil, `{"Tp":"Core","Name":%q}`, fontName(c.named)), nil)
	}
	if c.font != s.font || c.size != s.size {
		c.pdf.SetFont(fontName(s.font), "", s.size.points())
		c.font, c.size = s.font, s.size
	}
	c.use(s.colour)
	c.pdf.SetWordSpacing(s.stretch.points())
	c.pdf.Text(x.points(), y.points(), string(s.codes))
}

// A setting is codes of one font and how they look.
type setting struct {
	font    int
	codes   []byte
	size    length
	stretch length
	colour  colour
}

// fill draws a rectangle.
func (c *canvas) fill(r rule) {
	c.use(r.colour)
	c.pdf.Rect(r.x.points(), r.y.points(), r.width.points(), r.height.points(), "F")
}

// use sets both colours of gofpdf: while they are the same it does not wrap
// each text in a state of its own.
func (c *canvas) use(colour colour) {
	if c.colour != colour {
		r, g, b := int(colour>>16), int(colour>>8&0xFF), int(colour&0xFF)
		c.pdf.SetFillColor(r, g, b)
		c.pdf.SetTextColor(r, g, b)
		c.colour = colour
	}
}

// operator writes an operator as it stands.
func (c *canvas) operator(op string) { c.pdf.RawWriteStr(op) }

// contents ends the drawing. It returns the content of every page, and the
// names under which the contents ask for fonts.
func (c *canvas) contents() (pages [][]byte, names []string, err error) {
	g := c.generated()
	if g.err != nil {
		return nil, nil, g.err
	}
	for i := range c.pages {
		pages = append(pages, g.stream(4+2*i)) // object 3 is the first page, 4 its content
	}
	for i := range c.named {
		names = append(names, g.fontName(fontName(i)))
	}
	return pages, names, g.err
}

// generated ends the drawing with gofpdf.
func (c *canvas) generated() generated {
	var out bytes.Buffer
	out.Grow(32 << 10)
	err := c.pdf.Output(&out)
	return generated{out.Bytes(), err}
}

// A generated file is what gofpdf makes. Whatever is not where it always was
// is an error: another version of gofpdf must not be misread.
type generated struct {
	data []byte
	err  error
}

// errGenerated ends the drawing: it is better to have no letter than a wrong
// one.
var errGenerated = errors.New("gofpdf writes files in another way than it did")

// offset is where an object begins, from the cross-reference table.
func (g *generated) offset(object int) int {
	_, tail, _ := bytes.Cut(g.data[max(0, len(g.data)-64):], []byte("startxref\n"))
	number, _, _ := bytes.Cut(tail, []byte("\n"))
	table, err := strconv.Atoi(string(number))
	const entry = len("0000000000 00000 n \n")
	if err != nil || table < 0 || table >= len(g.data) || !bytes.HasPrefix(g.data[table:], []byte("xref\n")) {
		g.err = errGenerated
		return 0
	}
	rows := g.data[table+len("xref\n"):]
	at := bytes.IndexByte(rows, '\n') + 1 + object*entry
	if at+10 > len(rows) {
		g.err = errGenerated
		return 0
	}
	offset, err := strconv.Atoi(string(rows[at : at+10]))
	if err != nil || offset < 0 || offset >= len(g.data) {
		g.err = errGenerated
		return 0
	}
	return offset
}

// stream is what the stream of an object holds.
func (g *generated) stream(object int) []byte {
	rest, ok := bytes.CutPrefix(g.data[g.offset(object):], fmt.Appendf(nil, "%d 0 obj\n<</Length ", object))
	number, rest, found := bytes.Cut(rest, []byte(">>\nstream\n"))
	size, err := strconv.Atoi(string(number))
	if !ok || !found || err != nil || size < 0 || size > len(rest) || !bytes.HasPrefix(rest[size:], []byte("\nendstream\n")) {
		g.err = errGenerated
		return nil
	}
	return rest[:size]
}

// fontName is the name that contents use for a font, from the resources.
func (g *generated) fontName(base string) string {
	at := bytes.Index(g.data, fmt.Appendf(nil, " 0 obj\n<</Type /Font\n/BaseFont /%s\n", base))
	if at < 0 {
		g.err = errGenerated
		return ""
	}
	object := g.data[bytes.LastIndexByte(g.data[:at], '\n')+1 : at]
	before, _, found := bytes.Cut(g.data, fmt.Appendf(nil, " %s 0 R\n", object))
	slash := bytes.LastIndexByte(before, '/')
	if !found || slash < 0 {
		g.err = errGenerated
		return ""
	}
	return string(before[slash+1:])
}
