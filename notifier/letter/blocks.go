package letter

import (
	"slices"
	"strings"

	"douane.gouv.fr/crieur/templates"
)

// A density is how close the text stands. The first at which a letter fits on
// one page is taken; a letter of several pages has the first of all.
type density struct {
	size, lead length // of the body
	gap        length // between blocks
	sign       length // for the signature's stroke, or the seal
}

// The tightest of densities is the least that still looks like a letter one
// would sign; nothing is ever set smaller to save a page.
var densities = [...]density{
	{size: 11 * point, lead: 15 * point, gap: 9 * point, sign: 46 * point},
	{size: 11 * point, lead: 14300, gap: 7500, sign: 40 * point},
	{size: 10500, lead: 13600, gap: 6500, sign: 36 * point},
}

// A strip is a piece of the page from edge to edge that is not cut.
type strip struct {
	before length // to the strip above it; not at the top of a page
	height length
	lines  []line
	rules  []rule
	keep   bool   // on one page with the next strip
	lead   length // of a paragraph that may be cut between lines; else 0
	head   *strip // of a table's row: what is repeated above it on a new page
}

// A rule is a filled rectangle.
type rule struct {
	x, y, width, height length
	colour              colour
}

// A frame is where lines are set: a column without an end.
type frame struct {
	x, width length
	lead     length
	how      align
}

// stack sets runs below each other and says how high they are.
func stack(runs []templates.Run, base style, in frame) ([]line, length) {
	lines := linesOf(runs, base, in.width, in.how)
	for i := range lines {
		lines[i].x += in.x
		// The baseline stands where capitals are in the middle of their lead.
		lines[i].y = length(i)*in.lead + (in.lead+base.size*7/10)/2
	}
	return lines, length(len(lines)) * in.lead
}

// moved is lines, all of them down by some length.
func moved(lines []line, down length) []line {
	for i := range lines {
		lines[i].y += down
	}
	return lines
}

// blocks are the strips of the body.
func (l *layout) blocks(blocks []templates.Block) ([]strip, error) {
	var all []strip
	for i, b := range blocks {
		var strips []strip
		switch b.Kind {
		case templates.Heading:
			strips = l.heading(b)
		case templates.List:
			strips = l.list(b)
		case templates.Callout:
			strips = l.callout(b)
		case templates.Table:
			var err error
			if strips, err = l.table(i, b); err != nil {
				return nil, err
			}
		default:
			strips = l.paragraph(b.Runs)
		}
		l.addNotes(strips)
		if i > 0 && len(strips) > 0 && blocks[i-1].Kind == templates.Heading {
			strips[0].before = l.density.gap / 2
		}
		if len(all) > 0 && len(strips) > 0 && announces(blocks[i-1]) {
			all[len(all)-1].keep = true
		}
		all = append(all, strips...)
	}
	return all, nil
}

// announces is whether a block leads over to the next: "… suivants :".
func announces(b templates.Block) bool {
	return b.Kind == templates.Paragraph && strings.HasSuffix(strings.TrimSpace(templates.Plain(b.Runs)), ":")
}

// body is the style of running text, of no element yet.
func (l *layout) body() style { return style{face: l.face(regular), size: l.density.size} }

// face is a shape of the letter's typeface.
func (l *layout) face(s shape) face { return face{s, l.typeface} }

// within is the style of what an element holds.
func (s style) within(e *element) style {
	s.element = e
	return s
}

func blankRuns(runs []templates.Run) bool { return blank(templates.Plain(runs)) }

// paragraph is one strip: it is cut only where no page could hold it.
func (l *layout) paragraph(runs []templates.Run) []strip {
	if blankRuns(runs) {
		return nil
	}
	lines, height := stack(runs, l.body().within(l.root.add("P")), l.wide())
	return []strip{{before: l.density.gap, height: height, lines: lines, lead: l.density.lead}}
}

// wide is the whole width of the page's text.
func (l *layout) wide() frame {
	return frame{x: marginX, width: textWidth, lead: l.density.lead, how: justified}
}

// heading is kept with what it heads.
func (l *layout) heading(b templates.Block) []strip {
	if blankRuns(b.Runs) {
		return nil
	}
	st := l.body().within(l.root.add("H2"))
	st.face.shape, st.size = bold, st.size*12/11
	in := l.wide()
	in.how = left
	lines, height := stack(b.Runs, st, in)
	return []strip{{before: l.density.gap * 3 / 2, height: height, lines: lines, keep: true, lead: in.lead}}
}

// indent is how far the items of a list stand in.
const indent = 16 * point

// list is a strip an item, so that a page may end between items.
func (l *layout) list(b templates.Block) []strip {
	items := slices.DeleteFunc(slices.Clone(b.Items), blankRuns)
	if len(items) == 0 {
		return nil
	}
	list := l.root.add("L")
	list.attrs = "/O/List/ListNumbering/Disc"
	var strips []strip
	in := l.wide()
	in.x, in.width = in.x+indent, in.width-indent
	for _, runs := range items {
		item := list.add("LI")
		label, _ := stack([]templates.Run{{Text: bullet}}, l.body().within(item.add("Lbl")),
			frame{x: marginX + indent/3, width: indent, lead: in.lead})
		label[0].open = true
		lines, height := stack(runs, l.body().within(item.add("LBody")), in)
		s := strip{before: l.density.gap * 2 / 3, height: height, lines: append(label, lines...), lead: in.lead}
		strips = append(strips, s)
	}
	return strips
}

// A callout is set apart by a bar and a tint.
func (l *layout) callout(b templates.Block) []strip {
	if blankRuns(b.Runs) {
		return nil
	}
	const pad, bar = 7 * point, 2500
	in := l.wide()
	in.x, in.width, in.how = in.x+bar+9*point, in.width-bar-18*point, left
	lines, height := stack(b.Runs, l.body().within(l.root.add("P")), in)
	height += 2 * pad
	return []strip{{
		before: l.density.gap, height: height, lines: moved(lines, pad),
		rules: []rule{
			{marginX, 0, textWidth, height, tint},
			{marginX, 0, bar, height, linkBlue},
		},
	}}
}

// signature is kept with what it signs: it never stands alone on a page.
func (l *layout) signature(s templates.Signature) []strip {
	if blank(s.Role) && blank(s.Name) && l.mark == nil {
		return nil
	}
	in := l.wide()
	in.x, in.width, in.how = marginX+rightHalf, textWidth-rightHalf, left
	var sign strip
	sign.before = l.density.gap * 2
	if !blank(s.Role) {
		sign.lines, sign.height = stack([]templates.Run{{Text: s.Role}}, l.body().within(l.root.add("P")), in)
	}
	seal, bar := l.stamp(sign.height)
	sign.lines, sign.rules = append(sign.lines, seal...), bar
	if blank(s.Name) && l.mark != nil {
		sign.height += l.density.sign
	}
	if !blank(s.Name) {
		name, height := stack([]templates.Run{{Text: s.Name, Bold: true}}, l.body().within(l.root.add("P")), in)
		sign.lines = append(sign.lines, moved(name, sign.height+l.density.sign)...)
		sign.height += l.density.sign + height
	}
	return []strip{sign}
}
