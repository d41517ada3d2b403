package templates

import (
	"slices"

	"douane.gouv.fr/crieur/schemas/notice"
)

// inEnglish is a message for who asked for English: its facts, what happened
// and what to do, for information, above the French text, which prevails and
// which it holds whole.
func (m *message) inEnglish(d Document, e notice.Event, t Telling) (Document, error) {
	said, err := m.englishRuns(e)
	if err != nil {
		return d, err
	}
	d.Lang, d.Summary = "en", nil
	d.Title = m.texts["en."+m.form(string(e.Act.Type()))+".title"]
	d.Text = append(slices.Clone(d.Blocks), d.Text...)
	d.Blocks = nil
	for i, runs := range said {
		kind := Paragraph
		if i == 0 {
			kind = Callout
		}
		d.Blocks = append(d.Blocks, Block{Kind: kind, Runs: runs})
	}
	d.Blocks = append(d.Blocks, Block{Kind: Paragraph, Runs: text(m.texts["en.note"])})
	if d.Contact, err = m.contactIn(english); err != nil {
		return d, err
	}
	d.Subject = english.words(m.texts, "mail.subject.general", map[string]string{"reference": m.notice.Reference})
	g := m.glance(e, t)
	if err := g.into(&d); err != nil {
		return d, err
	}
	d.Subject = d.Mail
	return d, nil
}
