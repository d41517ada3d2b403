package letter

import (
	"strconv"

	"douane.gouv.fr/crieur/templates"
)

const (
	noteSize  = 8500
	noteLead  = 11 * point
	noteSpace = 16 * point // from the body to the first note; the rule is in it
)

// A footnote is set once, and placed on the page of its first call.
type footnote struct {
	lines  []line
	height length
	placed bool
}

// addNotes sets the notes that strips call, in the order of their calls: they
// are heard after the block that calls them.
func (l *layout) addNotes(strips []strip) {
	for _, s := range strips {
		for _, line := range s.lines {
			for _, n := range line.notes() {
				if l.notes[n] == nil {
					l.notes[n] = l.note(n)
				}
			}
		}
	}
}

// note sets a note behind its number, which it has for a label.
func (l *layout) note(n int) *footnote {
	e := l.root.add("Note")
	e.id = "note-" + strconv.Itoa(n)
	runs := []templates.Run{{Text: strconv.Itoa(n), Raised: true}, {Text: " "}}
	lines, height := stack(append(runs, l.doc.Notes[n-1].Runs...), style{face: l.face(regular), size: noteSize, element: e},
		frame{x: marginX, width: textWidth, lead: noteLead})
	lines[0].spans[0].element = e.inline("Lbl")
	return &footnote{lines: lines, height: height}
}

// notesOf are the notes that strips call and that are on no page yet.
func (l *layout) notesOf(strips []strip) []*footnote {
	var notes []*footnote
	taken := map[int]bool{}
	for _, s := range strips {
		for _, line := range s.lines {
			for _, n := range line.notes() {
				if note := l.notes[n]; !note.placed && !taken[n] {
					taken[n] = true
					notes = append(notes, note)
				}
			}
		}
	}
	return notes
}

// room is how much of a page notes take.
func room(notes []*footnote) length {
	if len(notes) == 0 {
		return 0
	}
	all := noteSpace
	for _, n := range notes {
		all += n.height
	}
	return all
}

// putNotes places the notes of a page at its foot.
func (s *sheet) putNotes(notes []*footnote, floor length) {
	if len(notes) == 0 {
		return
	}
	y := floor - room(notes)
	s.put(nil, []rule{{marginX, noteSpace - 5*point, textWidth / 4, hairline, black}}, y)
	y += noteSpace
	for _, n := range notes {
		s.put(n.lines, nil, y)
		y += n.height
	}
}
