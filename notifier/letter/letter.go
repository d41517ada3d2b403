// Package letter draws the official letter: a Document in, a PDF out.
//
// notifier calls Draw when an event has a letter, and publisher to bind what a
// signatory approves; both hash what it gives. So the same Document gives the
// same bytes, in any process, on any machine: there is no clock and no chance
// in it, and lengths are whole numbers. The file is PDF/A-3a and PDF/UA-1;
// Verify looks whether a file is, and Text reads it aloud.
//
// What cannot be drawn as it should be is refused by an InputError that names
// the place: no letter has a blank box, a word beyond the edge, or less than
// the Document says. Draw never signs and adds no words but the letterhead's,
// "Objet :" and the pages' numbers. Letter.Sealed draws the same letter under a
// seal (package seal), with the seal's mark on it; Seal opens it again.
//
// From top to bottom: input.go takes the text in. lines.go breaks it into
// lines, blocks.go makes strips of them, front.go sets the fixed parts, and
// pages.go fills sheets. press.go draws the sheets on the canvas (canvas.go, the
// only file that knows gofpdf) and marks what is what in the tree (tree.go).
// assemble.go writes the file around that, attach.go the notice into it, seal.go
// the seal; letterhead.go is how a deployment's letters look. Package proof reads
// it again; packages ttf, pdf and seal know
// nothing of letters.
package letter

import (
	"fmt"

	"douane.gouv.fr/crieur/notifier/letter/proof"
	"douane.gouv.fr/crieur/templates"
)

// Draw makes the unsigned letter: the same bytes for the same Document. An
// InputError says what of the Document cannot be drawn.
func Draw(doc templates.Document) ([]byte, error) { return Letter{Document: doc}.Draw() }

// Text reads the words of a letter of ours, a line a paragraph, in reading
// order.
func Text(file []byte) (string, error) { return proof.Text(file) }

// Verify looks for everything in a letter's file that would make it less than
// PDF/A-3a and PDF/UA-1. The error wraps proof.ErrConformance and lists every
// breach by its clause; a file that cannot be read is another error.
func Verify(file []byte) error { return proof.Verify(file) }

// compose goes all the way but for the bytes.
func (l Letter) compose() (*assembly, error) {
	var err error
	if l.Document, err = sift(l.Document, l.Letterhead.typeface()); err != nil {
		return nil, err
	}
	if l.mark, err = l.mark.sifted(l.Letterhead.typeface()); err != nil {
		return nil, err
	}
	out, err := layOut(l)
	if err != nil {
		return nil, err
	}
	drawn, err := draw(out)
	if err != nil {
		return nil, fmt.Errorf("draw pages: %w", err)
	}
	drawn.field(l.mark)
	return assemble(l, drawn), nil
}
