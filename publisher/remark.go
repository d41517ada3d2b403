package publisher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Remark is what a signatory wants changed in one place of a text.
type Remark struct {
	Pointer string `json:"pointer"` // RFC 6901, into the notice; "" for all of it
	Text    string `json:"text"`
}

// The most that one returning says.
const (
	mostRemarks   = 50
	longestRemark = 4000
)

// SubmitWith asks for a signature with a word to whoever signs; "" for none.
func (p *Publisher) SubmitWith(ctx context.Context, o Order, word string) (Dossier, error) {
	word = strings.TrimSpace(word)
	if word == "" {
		return p.Submit(ctx, o)
	}
	if err := notTooLong(word); err != nil {
		return Dossier{}, err
	}
	e := Entry{Type: Submitted, Reason: word}
	return p.enter(ctx, o, e, func(d Dossier) (Entry, error) { return p.submission(d, e, o.Who) })
}

// submission is the entry that asks for a signature. The text must be without
// errors.
func (p *Publisher) submission(d Dossier, e Entry, who Account) (Entry, error) {
	e, err := allow(d, e, who)
	if err != nil {
		return e, err
	}
	_, ps := p.readDraft(d)
	return e, ps.Err()
}

// ReturnWith gives a text back as Return does, with remarks on its fields. A
// remark is reason enough.
func (p *Publisher) ReturnWith(ctx context.Context, o Order, reason string, remarks []Remark) (Dossier, error) {
	e := Entry{Type: Returned, Reason: strings.TrimSpace(reason)}
	for _, r := range remarks {
		if r.Text = strings.TrimSpace(r.Text); r.Text != "" {
			e.Remarks = append(e.Remarks, r)
		}
	}
	if len(e.Remarks) > mostRemarks {
		return Dossier{}, fmt.Errorf("%w: there are %d remarks: say less, or more in each", notice.ErrInvalid, len(e.Remarks))
	}
	for _, text := range append([]string{e.Reason}, texts(e.Remarks)...) {
		if err := notTooLong(text); err != nil {
			return Dossier{}, err
		}
	}
	if e.Reason == "" && len(e.Remarks) == 0 {
		return p.withReason(ctx, o, e) // which refuses it
	}
	return p.enter(ctx, o, e, func(d Dossier) (Entry, error) { return allow(d, e, o.Who) })
}

func texts(remarks []Remark) []string {
	var all []string
	for _, r := range remarks {
		all = append(all, r.Text)
	}
	return all
}

func notTooLong(text string) error {
	if len(text) <= longestRemark {
		return nil
	}
	return fmt.Errorf("%w: a remark has %d bytes: say it in fewer words", notice.ErrInvalid, len(text))
}

// Remarks are those with which the text in hand came back. They hold until it
// is submitted again.
func (d Dossier) Remarks() []Remark {
	for _, e := range slices.Backward(d.Entries) {
		switch e.Type {
		case Submitted, Approved, Withdrawn:
			return nil
		case Returned:
			return e.Remarks
		}
	}
	return nil
}

// A Look is which editions of a notice somebody has looked at: the last one,
// and the one before.
type Look struct {
	Edition int `json:"edition"`
	Before  int `json:"before,omitzero"`
}

// lookLasts is how long a look is remembered.
const lookLasts = 90 * 24 * time.Hour

// LookAt says that somebody has looked at the text in hand, and gives the look
// before this one: looking again at the same text changes nothing.
func (p *Publisher) LookAt(ctx context.Context, account string, d Dossier) (Look, error) {
	key := "seen." + d.ID + "." + account
	var had Look
	pair, err := p.Store.Accounts.Get(ctx, key)
	if err == nil {
		err = json.Unmarshal(pair.Value, &had)
	}
	if err != nil && !errors.Is(err, stream.ErrNotFound) {
		return had, failed("look for what was seen", err)
	}
	if had.Edition == d.Edition {
		return Look{had.Before, 0}, nil
	}
	data, err := json.Marshal(Look{d.Edition, had.Edition})
	if err != nil {
		return had, err
	}
	return Look{had.Edition, had.Before}, failed("write down what was seen", p.keep(ctx, key, data, lookLasts))
}
