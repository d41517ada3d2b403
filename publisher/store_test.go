package publisher

import (
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

func newStore(t testing.TB) *stream.Store { return noticetest.Broker(t) }

// words composes hardly a letter: enough to tell two notices apart.
type words struct{}

func (words) LetterOf(act notice.Act) (templates.Document, error) {
	var n notice.Notice
	switch act := act.(type) {
	case notice.Published:
		n = act.Notice
	case notice.Corrected:
		n = act.Notice
	case notice.Changed:
		n = act.Notice
	}
	return templates.Document{Title: n.Reference, Subject: n.Cause.Text}, nil
}

func (words) Version() string { return "test" }
