package letter

import (
	"fmt"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/templates"
)

// checkInPage fails where anything is beyond the margins.
func checkInPage(t testing.TB, l *layout) {
	t.Helper()
	for i, s := range l.sheets {
		for _, line := range s.lines {
			end := line.x + line.width + line.stretch*length(line.blanks)
			if line.x < marginX || end > marginX+textWidth+point/10 || line.y < 20*point || line.y > pageHeight-20*point {
				t.Errorf("page %d: %q from %d to %d at %d", i+1, line.text(), line.x, end, line.y)
			}
		}
		for _, r := range s.rules {
			if r.x < marginX || r.x+r.width > marginX+textWidth || r.y < 0 || r.y+r.height > pageHeight {
				t.Errorf("page %d: a rule at %d, %d", i+1, r.x, r.y)
			}
		}
	}
}

// checkApart fails where lines lie upon each other, or the body goes on between
// notes and sender.
func checkApart(t testing.TB, l *layout) {
	t.Helper()
	for i, s := range l.sheets {
		body, foot := length(0), length(pageHeight)
		for _, line := range s.lines {
			if size := line.spans[0].size; size >= 9*point {
				body = max(body, line.y)
			} else if line.y > pageHeight/2 && line.spans[0].rise == 0 {
				foot = min(foot, line.y)
			}
		}
		if body > foot-27*point {
			t.Errorf("page %d: the body ends at %d, the foot begins at %d", i+1, body, foot)
		}
		for k, a := range s.lines {
			for _, b := range s.lines[k+1:] {
				beside := a.x+a.width <= b.x || b.x+b.width <= a.x
				if off := a.y - b.y; !beside && off > -6*point && off < 6*point {
					t.Errorf("page %d: %q upon %q", i+1, a.text(), b.text())
				}
			}
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	const text = "Aucun message électronique de création ne devra être injecté durant toute la période d’interruption."
	st := style{size: 11 * point, element: layoutArtifact}
	for _, width := range []length{80 * point, 100 * point, 200 * point, 300 * point} {
		lines := linesOf(runs(run(text)), st, width, justified)
		var all []string
		for i, l := range lines {
			all = append(all, l.text())
			set := l.width + l.stretch*length(l.blanks)
			loose := l.stretch == 0
			if i < len(lines)-1 && !loose && (set > width+length(l.blanks) || set < width-length(l.blanks)) {
				t.Errorf("%d: %q is %d wide", width, l.text(), set)
			}
			if set > width+length(l.blanks) {
				t.Errorf("%d: %q is too wide: %d", width, l.text(), set)
			}
			if l.open != (i < len(lines)-1) {
				t.Errorf("%d: %q: open is %v", width, l.text(), l.open)
			}
		}
		if got := strings.Join(all, " "); got != text {
			t.Errorf("%d: %q", width, got)
		}
	}
}

// TestLinesAreEven: breaking each line as late as may be would leave the
// second with one word.
func TestLinesAreEven(t *testing.T) {
	t.Parallel()
	words := func(widths ...length) []word {
		var all []word
		for _, w := range widths {
			all = append(all, word{width: w, blank: span{text: " ", width: 3}})
		}
		return all
	}
	got := breaks(words(40, 30, 20, 60, 60, 20, 90, 10), 100, justified)
	if want := "[2 4 6 7 8]"; fmt.Sprint(got) != want {
		t.Errorf("breaks %v, want %v", got, want)
	}
}

// TestLastLineIsNotAWord: where another break of the lines before it is nearly as
// good, a paragraph does not end in a stub.
func TestLastLineIsNotAWord(t *testing.T) {
	t.Parallel()
	words := make([]word, 21)
	for i := range words {
		words[i] = word{width: 72, blank: span{text: " ", width: 30}}
	}
	if got := fmt.Sprint(breaks(words, 1000, justified)); got != "[10 19 21]" {
		t.Errorf("breaks %s", got)
	}
}

// TestHolesAreNotJustified: a line that a long word leaves nearly empty stays
// as it is.
func TestHolesAreNotJustified(t *testing.T) {
	t.Parallel()
	st := style{size: 10 * point, element: layoutArtifact}
	lines := linesOf(runs(run("un mot "+strings.Repeat("n", 40)+" suit et puis encore")), st, 240*point, justified)
	if lines[0].text() != "un mot" || lines[0].stretch != 0 {
		t.Errorf("%q is stretched by %d", lines[0].text(), lines[0].stretch)
	}
}

func TestLongWordIsCutBehindMarks(t *testing.T) {
	t.Parallel()
	st := style{size: 10 * point, element: layoutArtifact}
	lines := linesOf(runs(run("voir https://www.douane.gouv.fr/meteo/prodouane/pages/meteo.html ici")), st, 150*point, left)
	for _, l := range lines[:len(lines)-1] {
		if text := l.text(); !strings.ContainsAny(text[len(text)-1:], marks+" ") || l.width > 150*point {
			t.Errorf("a line ends %q", text)
		}
	}
	if lines[0].text() == "voir" {
		t.Error("the address begins a line of its own")
	}
}

// TestPages draws letters of every length and looks at how they are shared out.
func TestPages(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 60; n += 4 {
		doc := seed()
		doc.Notes = nil
		doc.Blocks = nil
		for i := range n {
			text := fmt.Sprintf("§%d. %s", i, strings.Repeat("Vous êtes invités à reporter vos opérations. ", 1+i*7%11))
			doc.Blocks = append(doc.Blocks, paragraph(run(text)))
		}
		l, err := layOut(Letter{Document: doc})
		if err != nil {
			t.Fatal(err)
		}
		checkInPage(t, l)
		checkApart(t, l)
		for i, s := range l.sheets {
			body := 0
			for _, line := range s.lines {
				if line.spans[0].element.kind == "P" && line.spans[0].size >= 10*point {
					body++
				}
			}
			if body < 6 {
				t.Errorf("%d paragraphs: page %d of %d holds %d lines", n, i+1, len(l.sheets), body)
			}
			checkWhole(t, s)
		}
	}
}

// checkWhole fails where a paragraph begins on one page and ends on another.
func checkWhole(t testing.TB, s *sheet) {
	t.Helper()
	for i, l := range s.lines {
		last := i == len(s.lines)-1 || s.lines[i+1].spans[0].element != l.spans[0].element
		if last && l.open {
			t.Errorf("a page ends within a paragraph: %q", l.text())
		}
	}
}

// TestParagraphLongerThanAPage: it is cut, and no line is left alone.
func TestParagraphLongerThanAPage(t *testing.T) {
	t.Parallel()
	for n := 380; n < 480; n += 13 {
		doc := seed()
		doc.Notes = nil
		doc.Blocks = []templates.Block{
			{Kind: templates.Heading, Runs: runs(run("Titre"))},
			paragraph(run(strings.Repeat("opérations ", n*3))),
		}
		l, err := layOut(Letter{Document: doc})
		if err != nil {
			t.Fatal(err)
		}
		checkInPage(t, l)
		for i, s := range l.sheets {
			lines := 0
			for _, line := range s.lines {
				if strings.HasPrefix(line.text(), "opérations") {
					lines++
				}
			}
			if lines < 2 {
				t.Errorf("%d: page %d of %d holds %d lines", n, i+1, len(l.sheets), lines)
			}
		}
	}
}

// TestTableGoesOn: its headings are above the rows of every page, and heard
// once.
func TestTableGoesOn(t *testing.T) {
	t.Parallel()
	doc := seed()
	doc.Notes, doc.Blocks = nil, []templates.Block{paragraph(run("État\u00a0:")), serviceTable(60)}
	l, err := layOut(Letter{Document: doc})
	if err != nil || len(l.sheets) < 3 {
		t.Fatalf("%v", err)
	}
	checkInPage(t, l)
	checkApart(t, l)
	for i, s := range l.sheets {
		heads := 0
		for _, line := range s.lines {
			if line.text() == "Téléservice" {
				heads++
			}
		}
		if heads != 1 {
			t.Errorf("page %d has %d headings", i+1, heads)
		}
	}
	heard := strings.Count(strings.Join(textOf(t, drawn(t, doc)), "\n"), "Téléservice")
	if heard != 1 {
		t.Errorf("the headings are heard %d times", heard)
	}
}

func TestNotesAreOnThePageOfTheirCall(t *testing.T) {
	t.Parallel()
	for n := 0; n < 40; n += 3 {
		doc := seed()
		filler := paragraph(run("Vous êtes invités à reporter au maximum vos opérations de dédouanement."))
		for range n {
			doc.Blocks = append([]templates.Block{filler}, doc.Blocks...)
		}
		l, err := layOut(Letter{Document: doc})
		if err != nil {
			t.Fatal(err)
		}
		checkApart(t, l)
		for i, s := range l.sheets {
			calls, notes := 0, 0
			for _, line := range s.lines {
				calls += len(line.notes())
				if line.spans[0].element.kind == "Lbl" {
					notes++
				}
			}
			if calls != notes {
				t.Errorf("%d: page %d has %d calls and %d notes", n, i+1, calls, notes)
			}
		}
	}
}

func TestBannerOnEveryPage(t *testing.T) {
	t.Parallel()
	l, err := layOut(Letter{Document: full()})
	if err != nil {
		t.Fatal(err)
	}
	checkInPage(t, l)
	checkApart(t, l)
	for i, s := range l.sheets {
		first := s.lines[0]
		off := first.x + first.width/2 - pageWidth/2
		if first.text() != "EXERCICE" || off < -2 || off > 2 {
			t.Errorf("page %d begins %q, at %d", i+1, first.text(), first.x)
		}
		want := fmt.Sprintf("%d/%d", i+1, len(l.sheets))
		if got := s.lines[len(s.lines)-1].text(); got != want && i > 0 {
			t.Errorf("page %d ends %q, want %q", i+1, got, want)
		}
	}
}

// TestKeptTogether pushes a heading, what it heads, a lead-in and its list over
// the foot of the page, line by line: none of them ever ends a page.
func TestKeptTogether(t *testing.T) {
	t.Parallel()
	for n := range 30 {
		doc := seed()
		doc.Notes, doc.Blocks = nil, nil
		for range n {
			doc.Blocks = append(doc.Blocks, paragraph(run("Une ligne.")))
		}
		doc.Blocks = append(doc.Blocks,
			templates.Block{Kind: templates.Heading, Runs: runs(run("Un titre"))},
			paragraph(run("Les services suivants\u00a0:")),
			templates.Block{Kind: templates.List, Items: [][]templates.Run{runs(run("Delta G")), runs(run("Delta T"))}})
		for range 30 {
			doc.Blocks = append(doc.Blocks, paragraph(run("Une ligne.")))
		}
		l, err := layOut(Letter{Document: doc})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range l.sheets {
			for k, line := range s.lines {
				if text := line.text(); text != "Un titre" && !strings.HasSuffix(text, ":") {
					continue
				}
				if next := s.lines[k+1].text(); next != bullet && !strings.HasPrefix(next, "Les services") {
					t.Errorf("%d: page %d: %q is followed by %q", n, i+1, line.text(), next)
				}
			}
		}
	}
}

// TestStrokesAndLinks: a stroke is as long as its text, stretched or not, and
// one link on one line is one area over it.
func TestStrokesAndLinks(t *testing.T) {
	t.Parallel()
	doc := seed()
	doc.Sender, doc.Contact, doc.Notes = nil, nil, nil
	doc.Blocks = []templates.Block{paragraph(
		templates.Run{Text: "le mardi 1", Link: outlookURL, Underline: true},
		templates.Run{Text: "er", Link: outlookURL, Underline: true, Raised: true},
		templates.Run{Text: " août " + strings.Repeat("de la météo des services ", 8), Link: outlookURL, Underline: true},
		templates.Run{Text: "rayé", Struck: true}),
	}
	l, err := layOut(Letter{Document: doc})
	if err != nil {
		t.Fatal(err)
	}
	d, err := draw(l)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.links) < 2 || d.links[0].element != d.links[1].element {
		t.Fatalf("%d links", len(d.links))
	}
	first := d.links[0]
	if off := first.x + first.width - marginX - textWidth; first.x != marginX || off < -point || off > point {
		t.Errorf("the first link goes from %d to %d", first.x, first.x+first.width)
	}
	if !strings.HasPrefix(first.contents, "Lien\u00a0: le mardi 1er août") {
		t.Errorf("it is described as %q", first.contents)
	}
	raised := span{style: style{size: 10 * point, under: true}}
	plain := strokesOf(raised, 0, 0, point)
	raised.size, raised.rise = raised.size*2/3, point
	if up := strokesOf(raised, 0, 0, point); len(plain) != 1 || up[0].y/10 != (plain[0].y-1)/10 {
		t.Errorf("raised text is underlined at %d, text at %d", up[0].y, plain[0].y)
	}
	if struck := strokesOf(span{style: style{size: 10 * point, struck: true}}, 0, 0, point); len(struck) != 1 || struck[0].y >= 0 {
		t.Errorf("struck: %v", struck)
	}
}

// TestNoteCallWithBlanks: a call is one, whatever blanks stand around its
// number.
func TestNoteCallWithBlanks(t *testing.T) {
	t.Parallel()
	doc := seed()
	doc.Blocks[6].Runs[1].Text = " 1 "
	l, err := layOut(Letter{Document: doc})
	if err != nil {
		t.Fatal(err)
	}
	if l.notes[1] == nil || !l.notes[1].placed {
		t.Error("the note is on no page")
	}
}
