package letter

import (
	"fmt"

	"douane.gouv.fr/crieur/notifier/letter/pdf"
	"douane.gouv.fr/crieur/notifier/letter/proof"
	"douane.gouv.fr/crieur/templates"
)

// A Letter is what is drawn: the words, and what they were made from.
type Letter struct {
	Document templates.Document
	// Reference and Outage name the notice in the file's metadata; "" for none.
	Reference, Outage string
	// Notice and Act go with the letter as JSON, for machines to read
	// (notice.json, act.json): the notice as the letter says it, and of a letter
	// that amends another what befell the notice. nil for none.
	Notice, Act []byte
	// Extract is what an extract of the record was made from (extract.json), in
	// place of a notice; nil for none.
	Extract []byte

	// Letterhead is how a deployment's letters look; nil as the house's.
	Letterhead *Letterhead

	mark *Mark // of the seal; nil where the letter is not sealed
	room int   // bytes kept for the seal
}

// Draw makes the unsigned letter: the same bytes for the same Letter. An
// InputError says what of the Document cannot be drawn.
func (l Letter) Draw() ([]byte, error) {
	a, err := l.compose()
	if err != nil {
		return nil, err
	}
	return a.file.Write(a.root, a.info), nil
}

// Attached is what goes with a letter as JSON, nil where nothing does.
func Attached(file []byte) (notice, act []byte, err error) {
	if notice, err = proof.Attached(file, noticeFile); err != nil {
		return nil, nil, err
	}
	act, err = proof.Attached(file, actFile)
	return notice, act, err
}

// AttachedExtract is what an extract of the record was made from; nil where the
// file is none.
func AttachedExtract(file []byte) ([]byte, error) { return proof.Attached(file, extractFile) }

// What is called how within the file, in the order of names.
const (
	actFile     = "act.json"
	extractFile = "extract.json"
	noticeFile  = "notice.json"
)

// attach puts what the letter was made from into the file (ISO 19005-3, 6.8),
// and says what goes into the catalogue.
func (a *assembly) attach(l Letter) string {
	files, names := "", ""
	for _, f := range []struct {
		name, means string
		data        []byte
	}{{actFile, actMeans, l.Act}, {extractFile, extractMeans, l.Extract}, {noticeFile, noticeMeans, l.Notice}} {
		if f.data == nil {
			continue
		}
		data := a.file.Add(pdf.Object{
			Body: fmt.Sprintf("<</Type/EmbeddedFile/Subtype/application#2Fjson/Params<</Size %d/ModDate%s>>>>",
				len(f.data), pdf.Date(l.Document.Date)),
			Data: f.data,
		})
		file := a.file.Add(pdf.Object{Body: fmt.Sprintf(
			"<</Type/Filespec/F%[1]s/UF%[1]s/AFRelationship/Source/Desc%[2]s/EF<</F %[3]s/UF %[3]s>>>>",
			pdf.Text(f.name), pdf.Text(f.means), data)})
		files += file.String() + " "
		names += pdf.Text(f.name) + " " + file.String() + " "
	}
	if files == "" {
		return ""
	}
	return "/AF[" + files + "]/Names<</EmbeddedFiles<</Names[" + names + "]>>>>"
}
