package letter

import (
	"douane.gouv.fr/crieur/templates"
)

// The page is an A4 sheet.
const (
	pageWidth  = 595280
	pageHeight = 841890
	marginX    = 62 * point
	marginTop  = 43 * point
	textWidth  = pageWidth - 2*marginX
	textBottom = pageHeight - 48*point // above it the text, below it the page's number
	footLine   = pageHeight - 27*point // the baseline of that number
	rightHalf  = textWidth * 55 / 100  // where signature and contacts begin
)

// A sheet is one page, ready to be drawn. Rules lie under the text.
type sheet struct {
	lines   []line
	rules   []rule
	picture *picture // nil for none
}

// put places a strip's content at a height.
func (s *sheet) put(lines []line, rules []rule, y length) {
	for _, l := range lines {
		l.y += y
		s.lines = append(s.lines, l)
	}
	for _, r := range rules {
		r.y += y
		s.rules = append(s.rules, r)
	}
}

// banner is the box on top of every page that says what the letter is not.
func (l *layout) banner(s *sheet, e *element, y length) length {
	if blank(l.doc.Banner) {
		return y
	}
	st := style{face: l.face(bold), size: 12 * point, colour: alarmRed, element: e}
	lines, height := stack([]templates.Run{{Text: l.doc.Banner}}, st,
		frame{x: marginX + 6*point, width: textWidth - 12*point, lead: 16 * point, how: centred})
	const pad, stroke = 3 * point, 900
	height += 2 * pad
	s.put(moved(lines, pad), []rule{
		{marginX, 0, textWidth, stroke, alarmRed},
		{marginX, height - stroke, textWidth, stroke, alarmRed},
		{marginX, 0, stroke, height, alarmRed},
		{marginX + textWidth - stroke, 0, stroke, height, alarmRed},
	}, y)
	return y + height + 13*point
}

// front sets what comes before the body on the first page, and says where the
// body begins.
func (l *layout) front(s *sheet) length {
	y := marginTop
	if !blank(l.doc.Banner) {
		y = l.banner(s, l.root.add("P"), y-12*point)
	}
	y = max(l.state(s, y), l.authority(s, y)) + 12*point
	in := l.wide()
	if !blankRuns(l.doc.PlaceDate) {
		in.how = right
		y = s.stacked(l.doc.PlaceDate, l.body().within(l.root.add("P")), in, y) + 12*point
	}
	title := style{face: l.face(bold), size: 16 * point, element: l.root.add("H1")}
	y = s.stacked([]templates.Run{{Text: l.doc.Title}}, title, frame{marginX, textWidth, 20 * point, centred}, y)
	if blank(l.doc.Subject) {
		return y
	}
	in.how = left
	subject := l.body().within(l.root.add("P"))
	subject.face.shape = bold
	text := wordings[l.doc.Lang].subject + l.doc.Subject
	return s.stacked([]templates.Run{{Text: text}}, subject, in, y+13*point) + 5*point
}

// stacked puts runs at a height and says where they end.
func (s *sheet) stacked(runs []templates.Run, st style, in frame, y length) length {
	lines, height := stack(runs, st, in)
	s.put(lines, nil, y)
	return y + height
}

// state is the State's part of the letterhead, as text or as its emblem.
func (l *layout) state(s *sheet, y length) length {
	if l.letterhead != nil && l.letterhead.emblem != nil {
		return l.emblem(s, l.letterhead.emblem, y)
	}
	left := frame{x: marginX, width: textWidth / 2, lead: 15500}
	y = l.together(s, republic, style{face: l.face(bold), size: 13 * point, colour: l.letterhead.ink()}, left, y)
	left.lead = 11500
	return l.together(s, motto, style{face: l.face(italic), size: 9 * point}, left, y+4*point)
}

// authority is who speaks, at the right.
func (l *layout) authority(s *sheet, y length) length {
	box := frame{x: marginX + textWidth*2/5, width: textWidth * 3 / 5, lead: 15500, how: right}
	return l.together(s, l.doc.Authority, style{face: l.face(bold), size: 12 * point, colour: l.letterhead.ink()}, box, y)
}

// together sets texts as one paragraph, a line each.
func (l *layout) together(s *sheet, texts []string, st style, in frame, y length) length {
	st.element = l.root.inline("P")
	if l.doc.Lang != "fr" {
		st.element.lang = "fr"
	}
	for i, text := range texts {
		if blank(text) {
			continue
		}
		st.element.enter()
		lines, height := stack([]templates.Run{{Text: text}}, st, in)
		lines[len(lines)-1].open = i+1 < len(texts)
		s.put(lines, nil, y)
		y += height
	}
	return y
}

// sender is the block at the foot of the first page: who writes, and whom to
// ask. It is heard after the body.
func (l *layout) sender() strip {
	if len(l.doc.Sender)+len(l.doc.Contact) == 0 {
		return strip{}
	}
	const above = 7 * point
	sect := l.root.inline("Sect")
	s := strip{rules: []rule{{marginX, 0, textWidth, hairline, grey}}}
	column := func(rows [][]templates.Run, in frame) {
		y := above
		for _, runs := range rows {
			lines, height := stack(runs, style{face: l.face(regular), size: 8500, element: sect.inline("P")}, in)
			s.lines = append(s.lines, moved(lines, y)...)
			y += height
		}
		s.height = max(s.height, y)
	}
	column(l.doc.Sender, frame{x: marginX, width: rightHalf - 12*point, lead: 11 * point})
	column(l.doc.Contact, frame{x: marginX + rightHalf, width: textWidth - rightHalf, lead: 11 * point})
	return s
}
