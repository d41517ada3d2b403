package letter

import (
	"context"
	"fmt"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
	"douane.gouv.fr/crieur/notifier/letter/seal"
	"douane.gouv.fr/crieur/templates"
)

// A Mark is what a sealed letter shows of its seal. It stands in places that
// are free in every letter, so that a letter is the same with it and without.
type Mark struct {
	By       string    // the bureau: "Bureau COMINT1"
	At       time.Time // when it is sealed, by the sealer's clock
	Verify   string    // where one reads what became of the notice; "" for nowhere
	Specimen bool      // the seal vouches for nothing
}

// Sealed is the letter under a seal: all of the file but the seal itself is
// sealed, in its only revision. The mark says that it is a specimen where the
// key is one. The error is an InputError or the sealer's.
func (l Letter) Sealed(ctx context.Context, s seal.Sealer, m Mark) ([]byte, error) {
	m.Specimen = m.Specimen || s.Specimen()
	l.mark, l.room = &m, s.Room()
	a, err := l.compose()
	if err != nil {
		return nil, err
	}
	blank := a.file.WriteBlank(a.root, a.info, a.signature)
	cms, err := s.Seal(ctx, blank.Digest())
	if err != nil {
		return nil, err
	}
	return blank.Fill(cms)
}

// Seal opens the seal of a letter: pdf.ErrUnsigned says that it has none,
// seal.ErrBroken or pdf.ErrFormat that it is not of the whole file as it is.
func Seal(file []byte) (*seal.Seal, error) {
	doc, err := pdf.Read(file)
	if err != nil {
		return nil, err
	}
	cms, digest, err := doc.Signed(file)
	if err != nil {
		return nil, err
	}
	return seal.Open(cms, digest)
}

// IsLetterhead is whether a line of Text is the State's part of the letterhead,
// which an emblem may say instead.
func IsLetterhead(line string) bool {
	return line == strings.Join(republic, " ") || line == strings.Join(motto, " ")
}

// IsMark is whether a line of Text was added with the seal.
func IsMark(line string) bool {
	for _, begins := range []string{specimenSaid, sealSaid, signedSaid, verifySaid} {
		if strings.HasPrefix(line, begins) {
			return true
		}
	}
	return false
}

// sifted is the mark with its own text taken in.
func (m *Mark) sifted(t *typeface) (*Mark, error) {
	if m == nil {
		return nil, nil
	}
	s, in := sieve{typeface: t}, *m
	in.By, in.Verify = s.text("Seal.By", m.By), s.text("Seal.Verify", m.Verify)
	return &in, s.err
}

// by is "du bureau COMINT1".
func (m *Mark) by() string {
	if name, ok := strings.CutPrefix(m.By, "Bureau "); ok {
		return " du bureau " + name
	}
	return "\u00a0: " + m.By
}

// stamp sets the mark in the room between the signatory's role and name, the
// first line of which is at y.
func (l *layout) stamp(y length) ([]line, []rule) {
	if l.mark == nil {
		return nil, nil
	}
	const bar, gap, lead = 1500, 5 * point, 8800
	in := frame{x: marginX + rightHalf + bar + gap, width: textWidth - rightHalf - bar - gap, lead: lead}
	texts := []struct {
		text string
		st   style
	}{
		{sealSaid + l.mark.by(), style{face: l.face(bold), size: stampSize, colour: linkBlue}},
		{signedSaid + " le " + templates.Moment(l.mark.At), style{face: l.face(regular), size: stampSize, colour: grey}},
	}
	if l.mark.Specimen {
		texts = append(texts[:1:1], texts...)
		texts[0].text, texts[0].st = specimenSaid+specimenMeans, style{face: l.face(bold), size: stampSize, colour: alarmRed}
	}
	var lines []line
	height := length(0)
	for _, t := range texts {
		t.st.element = l.root.inline("P")
		t.st.element.lang = "fr"
		set, high := stack([]templates.Run{{Text: t.text}}, t.st, in)
		lines, height = append(lines, moved(set, height)...), height+high
	}
	y += (l.density.sign - height) / 2
	return moved(lines, y), []rule{{marginX + rightHalf, y, bar, height, linkBlue}}
}

// stampSize is that of the smallest words of a letter; they repeat what the
// seal says by itself.
const stampSize = 7 * point

// foot says below the first page where to verify the letter, and on every page
// after it that it is a specimen.
func (l *layout) foot() {
	if l.mark == nil {
		return
	}
	in := frame{x: marginX, width: textWidth - 40*point, lead: 9 * point}
	put := func(s *sheet, runs []templates.Run, st style) {
		lines, height := stack(runs, st, in)
		s.put(moved(lines, footLine+3*point-height), nil, 0)
	}
	if address := l.mark.Verify; address != "" {
		st := style{face: l.face(regular), size: stampSize, colour: grey, element: l.root.inline("P")}
		st.element.lang = "fr"
		put(l.sheets[0], []templates.Run{{Text: verifySaid + "\u00a0: "}, {Text: address, Link: address}}, st)
	}
	for _, s := range l.sheets[1:] {
		if l.mark.Specimen {
			st := style{face: l.face(bold), size: stampSize, colour: alarmRed, element: footArtifact}
			put(s, []templates.Run{{Text: specimenSaid + specimenMeans}}, st)
		}
	}
}

// field puts the seal's field on the first page: it has no area, for the mark
// is the letter's own text, and is described for those who listen.
func (d *drawing) field(m *Mark) {
	if m == nil {
		return
	}
	form := d.root.add("Form")
	form.lang = "fr"
	a := &annotation{contents: sealSaid + m.by(), element: form, field: true}
	d.links = append(d.links, a)
	form.kids = append(form.kids, kid{link: a})
}

// form writes the signature that the field is to hold, and says what goes into
// the catalogue.
func (a *assembly) form(m *Mark, room int) string {
	for i, f := range a.links {
		if !f.field {
			continue
		}
		a.signature = a.file.Add(pdf.Signature("/M"+pdf.Date(m.At)+"/Name"+pdf.Text(m.By), room))
		a.file.Set(f.ref, pdf.Object{Body: fmt.Sprintf(
			"<</Type/Annot/Subtype/Widget/FT/Sig/F 132/Rect[0 0 0 0]/T(cachet)/TU%s/StructParent %d/P %s/V %s>>",
			pdf.Text(f.contents), len(a.pageRefs)+i, a.pageRefs[f.page], a.signature)})
		return fmt.Sprintf("/AcroForm<</Fields[%s]/SigFlags 3>>", f.ref)
	}
	return ""
}
