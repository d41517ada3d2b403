package letter

import (
	"cmp"
	"fmt"
	"slices"

	"douane.gouv.fr/crieur/templates"
)

const (
	cellPadX  = 4 * point
	cellPadY  = 3 * point
	leastCell = 24 * point // the narrowest column that still holds words
	hairline  = 500
)

// A tableSetter sets the rows of one table.
type tableSetter struct {
	*layout
	field   string
	widths  []length // of the columns, with their padding
	headed  bool
	element *element
}

// table makes a strip of each row. A table without headings is headed by its
// first column: whoever listens must know what a cell is about.
func (l *layout) table(index int, b templates.Block) ([]strip, error) {
	columns := len(b.Head)
	for _, row := range b.Rows {
		columns = max(columns, len(row))
	}
	if columns == 0 || len(b.Rows) == 0 {
		return nil, nil
	}
	t := &tableSetter{layout: l, field: fmt.Sprintf("Blocks[%d]", index), headed: len(b.Head) > 0}
	if length(columns)*leastCell > textWidth {
		return nil, &InputError{t.field, 0, fmt.Sprintf("%d columns are too many for the page", columns)}
	}
	t.widths = t.columns(b, columns)
	t.element = l.root.add("Table")
	return t.rows(b), nil
}

// rows are the strips of all rows, the headings first. The headings are drawn
// again above the rows of another page, where nobody hears them again.
func (t *tableSetter) rows(b templates.Block) []strip {
	var strips []strip
	var head *strip
	if t.headed {
		cells := make([][]templates.Run, len(b.Head))
		for i, text := range b.Head {
			cells[i] = []templates.Run{{Text: text}}
		}
		first := t.row(cells, t.element.add("TR"), true)
		again := t.row(cells, layoutArtifact, true)
		first.before, first.keep = t.density.gap, true
		strips, head = append(strips, first), &again
	}
	for i, cells := range b.Rows {
		row := t.row(cells, t.element.add("TR"), false)
		row.head = head
		if i == 0 && !t.headed {
			row.before = t.density.gap
		}
		strips = append(strips, row)
	}
	return strips
}

// row sets one row; as an artifact, if that is what its element is.
func (t *tableSetter) row(cells [][]templates.Run, tr *element, heading bool) strip {
	var s strip
	x := marginX
	for i, width := range t.widths {
		st := t.cellStyle(tr, heading, i == 0 && !t.headed)
		var runs []templates.Run
		if i < len(cells) {
			runs = cells[i]
		}
		lines, height := stack(runs, st, frame{x: x + cellPadX, width: width - 2*cellPadX, lead: st.size * 13 / 10})
		s.lines = append(s.lines, moved(lines, cellPadY)...)
		s.height = max(s.height, height+2*cellPadY)
		x += width
	}
	if heading {
		s.rules = append(s.rules, rule{marginX, 0, textWidth, s.height, tint})
	}
	s.rules = append(s.rules, rule{marginX, s.height - hairline, textWidth, hairline, grey})
	return s
}

// cellStyle makes a cell, and is the style of its text.
func (t *tableSetter) cellStyle(tr *element, heading, headsRow bool) style {
	st := style{face: t.face(regular), size: t.cellSize()}
	if heading {
		st.face.shape = bold
	}
	if tr.artifact() {
		return st.within(tr)
	}
	kind, attrs := "TD", ""
	switch {
	case heading:
		kind, attrs = "TH", "/O/Table/Scope/Column"
	case headsRow:
		kind, attrs = "TH", "/O/Table/Scope/Row"
	}
	cell := tr.add(kind)
	cell.attrs = attrs
	return st.within(cell)
}

// cellSize is a little less than the body: a table is looked at, not read.
func (t *tableSetter) cellSize() length { return t.density.size * 9 / 10 }

// columns shares the page's width among columns: at least their longest words,
// at best what their text needs on one line.
func (t *tableSetter) columns(b templates.Block, n int) []length {
	least, wish := make([]length, n), make([]length, n)
	weigh := func(i int, runs []templates.Run, s shape) {
		natural := 2 * cellPadX
		for _, w := range wordsOf(runs, style{face: t.face(s), size: t.cellSize(), element: layoutArtifact}, textWidth) {
			natural += w.width + w.blank.width
			least[i] = max(least[i], w.width+2*cellPadX)
		}
		wish[i] = max(wish[i], natural)
	}
	for i, text := range b.Head {
		weigh(i, []templates.Run{{Text: text}}, bold)
	}
	for _, row := range b.Rows {
		for i, runs := range row {
			weigh(i, runs, regular)
		}
	}
	for i := range least {
		least[i], wish[i] = max(least[i], leastCell), max(wish[i], leastCell)
	}
	return shared(least, wish)
}

// shared gives every column its share of the page.
func shared(least, wish []length) []length {
	widths := least
	if sum(least) > textWidth { // words will be cut: the longest first
		for i := range widths {
			widths[i] = min(widths[i], max(leastCell, textWidth/length(len(widths))))
		}
	}
	// Who wishes for little gets it; who wishes for more shares what is left.
	order := make([]int, len(widths))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(wish[a]-widths[a], wish[b]-widths[b]) })
	room := textWidth - sum(widths)
	for rank, i := range order {
		more := min(max(0, wish[i]-widths[i]), room/length(len(order)-rank))
		widths[i] += more
		room -= more
	}
	for i := range widths { // all have what they wish for: the page is still filled
		widths[i] += room / length(len(widths))
	}
	return widths
}

// sum adds lengths up.
func sum(lengths []length) length {
	var all length
	for _, l := range lengths {
		all += l
	}
	return all
}
