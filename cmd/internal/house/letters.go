package house

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/letter"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// An Amendment is what befell a notice, as its letter carries it: act.json. A
// first letter has none.
type Amendment struct {
	Type notice.Type     `json:"type"`
	Time notice.Time     `json:"time,omitzero"` // of acts that say no text of their own
	Act  json.RawMessage `json:"act"`
	// Spans are those of which the letter of an end speaks.
	Spans []notice.Span `json:"spans,omitzero"`
}

// LetterOf is what the file of an act's letter is made of. s is the notice as
// the act leaves it; at is when the act was, which a text that was approved
// beforehand does not say. The act's own binding is no part of it: it holds the
// letter's hash.
func LetterOf(doc templates.Document, s notice.State, act notice.Act, at time.Time) (letter.Letter, error) {
	n := s.Notice
	l := letter.Letter{Document: doc}
	amendment := Amendment{Type: act.Type()}
	switch a := act.(type) {
	case notice.Published:
		n = a.Notice
	case notice.Corrected:
		a.Binding = notice.Binding{}
		n, act = a.Notice, a
	case notice.Changed:
		a.Binding = notice.Binding{}
		n, act = a.Notice, a
	case notice.Ended:
		amendment.Time, amendment.Spans = notice.At(at), s.Spans
	default:
		amendment.Time = notice.At(at)
	}
	l.Reference, l.Outage = n.Reference, n.OutageID
	var err error
	if l.Notice, err = json.Marshal(n); err != nil || act.Type() == notice.TypePublished {
		return l, err
	}
	if amendment.Act, err = json.Marshal(act); err == nil {
		l.Act, err = json.Marshal(amendment)
	}
	return l, err
}

// Recompose makes a letter again from what its file holds: what LetterOf put
// there.
func Recompose(words templates.Words, attachedNotice, attachedAct []byte) (letter.Letter, notice.Notice, error) {
	var n notice.Notice
	if err := json.Unmarshal(attachedNotice, &n); err != nil {
		return letter.Letter{}, n, fmt.Errorf("read notice.json: %w", err)
	}
	s, e := notice.State{Notice: n}, notice.Event{Act: notice.Published{Notice: n}}
	if attachedAct != nil {
		var a Amendment
		err := json.Unmarshal(attachedAct, &a)
		if err == nil {
			e.Time, s.Spans = a.Time.Time, a.Spans
			e.Act, err = notice.DecodeAct(a.Type, a.Act)
		}
		if err != nil {
			return letter.Letter{}, n, fmt.Errorf("read act.json: %w", err)
		}
	}
	doc, err := words.EventLetter(s, e)
	if err != nil {
		return letter.Letter{}, n, err
	}
	l, err := LetterOf(doc, s, e.Act, e.Time)
	return l, n, err
}

// drawAct draws the unsigned letter of an act that says a text.
func (h *House) drawAct(doc templates.Document, act notice.Act) ([]byte, error) {
	l, err := h.letterOf(doc, notice.State{}, act, time.Time{})
	if err != nil {
		return nil, err
	}
	return l.Draw()
}

// letterOf is LetterOf with the house's letterhead.
func (h *House) letterOf(doc templates.Document, s notice.State, act notice.Act, at time.Time) (letter.Letter, error) {
	l, err := LetterOf(doc, s, act, at)
	l.Letterhead = h.Letterhead
	return l, err
}

// letters make what the notifier stores: drawn as they were approved, sealed
// where there is a key, and looked at before they are kept.
func (h *House) letters() *notifier.Letters {
	of := func(doc templates.Document, t notifier.Tale) (letter.Letter, error) {
		return h.letterOf(doc, t.State, t.Event.Act, t.Event.Time)
	}
	l := &notifier.Letters{
		Compose: func(t notifier.Tale) (templates.Document, error) { return h.Words.EventLetter(t.State, t.Event) },
		Draw: func(doc templates.Document, t notifier.Tale) ([]byte, error) {
			l, err := of(doc, t)
			if err != nil {
				return nil, err
			}
			return l.Draw()
		},
		Verify: letter.Verify,
	}
	if h.Seal.Signer != nil {
		l.Seal = func(ctx context.Context, doc templates.Document, t notifier.Tale) ([]byte, error) {
			l, err := of(doc, t)
			if err != nil {
				return nil, err
			}
			return l.Sealed(ctx, h.Seal, h.mark(t))
		}
	}
	return l
}

// endLetter is the letter of an end of alert, made when it is asked for: the
// same each time, as of the moment of the end. It bears no time stamp: a visitor
// of the page does not make the house call on an authority.
func (h *House) endLetter(ctx context.Context, s notice.State, e notice.Event) ([]byte, error) {
	doc, err := h.Words.EventLetter(s, e)
	if err != nil {
		return nil, err
	}
	l, err := h.letterOf(doc, s, e.Act, e.Time)
	if err != nil {
		return nil, err
	}
	if h.Seal.Signer == nil {
		return l.Draw()
	}
	unstamped := h.Seal
	unstamped.TSA = ""
	return l.Sealed(ctx, unstamped, SealMark(h.Words, s.Notice, e.Time, h.publicURL()+"/notices/"+e.Notice))
}

// mark is what a letter shows of its seal.
func (h *House) mark(t notifier.Tale) letter.Mark {
	return SealMark(h.Words, t.State.Notice, h.Clock.Now(), h.publicURL()+"/notices/"+t.Event.Notice)
}

// SealMark is what the letter of a notice shows of its bureau's seal.
func SealMark(words templates.Words, n notice.Notice, at time.Time, verify string) letter.Mark {
	return letter.Mark{By: words.Bureaus[n.Issuer].Label, At: at, Verify: verify}
}
