package publisher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A SignOff is a signatory's approval.
type SignOff struct {
	At        time.Time `json:"at,omitzero"`        // the moment of publication; at once if zero or past
	Emergency string    `json:"emergency,omitzero"` // why one person signs alone what nobody else has seen
	Shown     string    `json:"shown,omitzero"`     // Proof.Hash of what was looked at; ErrUnlike where that is not what would leave
}

// Approve signs the text in hand off and, where its moment has come, publishes
// it. What leaves is bound here: the notice with its numbers, the composed
// Document, the unsigned letter, the versions of words and catalogue. Who
// wrote the text does not sign it (notice.ErrForbidden), but in an emergency.
func (p *Publisher) Approve(ctx context.Context, o Order, s SignOff) (Dossier, error) {
	d, err := p.sign(ctx, o, s)
	if err != nil {
		return d, err
	}
	return p.release(ctx, d)
}

// sign writes the approval down.
func (p *Publisher) sign(ctx context.Context, o Order, s SignOff) (Dossier, error) {
	s.Emergency = strings.TrimSpace(s.Emergency)
	return p.enter(ctx, o, s, func(d Dossier) (Entry, error) {
		e, err := allow(d, Entry{Type: Approved, Emergency: s.Emergency}, o.Who)
		if err != nil {
			return e, err
		}
		if err := fourEyes(d, s, o.Who); err != nil {
			return e, err
		}
		e.Approval, err = p.bind(ctx, d, s)
		return e, err
	})
}

// fourEyes is nil where a second person has seen the text, or where an
// emergency says why none has.
func fourEyes(d Dossier, s SignOff, who Account) error {
	switch {
	case d.Broken > 0:
		return fmt.Errorf("%w: the private record is not whole from entry %d on; nothing can be signed on it: call the administrator", notice.ErrConflict, d.Broken)
	case s.Emergency == "" && slices.Contains(d.authors(), who.ID):
		return fmt.Errorf("%w: you have written this text; another signatory signs it, or say in emergency why nobody can", notice.ErrForbidden)
	}
	return nil
}

// bind makes what an approval binds from the text in hand, as words and
// catalogue are now.
func (p *Publisher) bind(ctx context.Context, d Dossier, s SignOff) (*Approval, error) {
	n, ps := p.readDraft(d)
	if err := ps.Err(); err != nil {
		return nil, err
	}
	at := s.At.UTC()
	if now := p.Now().UTC().Truncate(time.Millisecond); !at.After(now) {
		at = now
	}
	if err := errors.Join(inTime(n, d, at), p.alike(d, n, at, s)); err != nil {
		return nil, err
	}
	numbers, err := p.number(ctx, d, n)
	if err != nil {
		return nil, err
	}
	n.Reference, n.OutageID = numbers.Reference, numbers.OutageID
	n = p.withReminders(n)
	act, err := p.bound(d.State.Recall(p.compose(n, d, s), at))
	if err != nil {
		return nil, err
	}
	if err := p.possible(d, act, at); err != nil {
		return nil, err
	}
	data, err := dataOf(act)
	ps = placed(d.Text, append(ps, p.beside(d, n, at)...))
	return &Approval{Draft: d.Draft, At: at, Numbers: numbers, Act: data, Warnings: ps}, err
}

// withReminders is a notice that says when reminders go out: where its author
// leaves that open, as its bureau does it. The record does not depend on what
// the bureau does later.
func (p *Publisher) withReminders(n notice.Notice) notice.Notice {
	if n.Reminders == nil && n.Kind != notice.Information {
		n.Reminders = slices.Clone(p.Bureaus[n.Issuer].ReminderHours)
	}
	return n
}

// inTime refuses to publish what lies wholly in the past, unless the notice
// says that it speaks of the past.
func inTime(n notice.Notice, d Dossier, at time.Time) error {
	if d.out || n.Retroactive || len(n.Windows) == 0 {
		return nil
	}
	for _, w := range n.Occurrences() {
		if w.End.IsZero() || w.End.After(at) || w.MayExtendUntil.After(at) {
			return nil
		}
	}
	return &notice.ValueError{What: "all windows are over at the moment of publication, " + notice.At(at).String(),
		Remedy: "correct the windows, or set retroactive: true"}
}

// possible refuses what the life cycle does not allow at the moment of
// publication, as far as is known now.
func (p *Publisher) possible(d Dossier, act notice.Act, at time.Time) error {
	_, err := notice.Decide(d.State, notice.Command{Roles: signatory, Act: act}, at)
	return err
}

// compose makes the act that will stand on the public record.
func (p *Publisher) compose(n notice.Notice, d Dossier, s SignOff) notice.Act {
	scope := p.Catalogue.Resolve(n)
	reason := d.Drafted().Reason // d.Reason may be why it came back, which is not for readers
	switch d.As {
	case notice.TypeCorrected:
		return notice.Corrected{Notice: n, Scope: scope, Reason: reason}
	case notice.TypeChanged:
		return notice.Changed{Notice: n, Scope: scope, Reason: reason}
	}
	return notice.Published{Notice: n, Scope: scope, Emergency: s.Emergency}
}

// bound is an act with the hashes of what leaves with it: of the notice, of
// what was composed, of the letter. An act that says no text anew has none.
func (p *Publisher) bound(act notice.Act) (notice.Act, error) {
	var err error
	switch act := act.(type) {
	case notice.Published:
		act.Binding, err = p.binding(act, act.Notice)
		return act, err
	case notice.Corrected:
		act.Binding, err = p.binding(act, act.Notice)
		return act, err
	case notice.Changed:
		act.Binding, err = p.binding(act, act.Notice)
		return act, err
	}
	return act, nil
}

// binding composes an act's letter and hashes all that leaves. The hash of a notice
// and of a Document is that of its JSON as encoding/json writes it.
func (p *Publisher) binding(act notice.Act, n notice.Notice) (notice.Binding, error) {
	b := notice.Binding{Templates: p.Words.Version(), Catalogue: p.Catalogue.Version}
	doc, err := p.Words.LetterOf(act)
	if err != nil {
		return b, fmt.Errorf("compose the letter: %w", err)
	}
	letter, err := p.Letter(doc, act)
	if err != nil {
		return b, fmt.Errorf("draw the letter: %w", err)
	}
	b.Letter = hash(letter)
	if b.Notice, err = hashOf(n); err != nil {
		return b, err
	}
	b.Document, err = hashOf(doc)
	return b, err
}

// release publishes what has been approved and whose moment has come: it says
// so on DESK, where an approval can no longer be taken back then, and commits.
// What is not due, or is done, stays as it is.
func (p *Publisher) release(ctx context.Context, d Dossier) (Dossier, error) {
	if !d.owed(p.Now()) {
		return d, nil
	}
	if why := p.outdated(d); why != nil {
		return p.lapse(ctx, d, refusal{why})
	}
	o := Order{Who: clockAccount, Notice: d.ID, Command: "release." + d.Signed.ID}
	d, err := p.enter(ctx, o, Released, func(now Dossier) (Entry, error) {
		if now.Signed.ID != d.Signed.ID || now.Status != StatusApproved {
			return Entry{}, errSettled
		}
		return allow(now, Entry{Type: Released}, clockAccount)
	})
	if err != nil && !errors.Is(err, errSettled) {
		return d, err
	}
	if !d.owed(p.Now()) { // taken back in the last instant
		return d, nil
	}
	return p.publish(ctx, d)
}

// errSettled says that what was to be done is done, or no longer wanted.
var errSettled = errors.New("settled")

// publish commits an approval that has been released.
func (p *Publisher) publish(ctx context.Context, d Dossier) (Dossier, error) {
	act, err := d.Approval.Act.act()
	if err != nil {
		return d, err
	}
	d, err = p.commit(ctx, d, notice.Command{ID: d.Signed.Command, Roles: d.Signed.Roles, Act: act})
	if refused := (refusal{}); errors.As(err, &refused) {
		return p.lapse(ctx, d, err)
	}
	return d, err
}

// relapse gives back at once what was signed and would not leave as it was
// signed: it is called when a desk begins, since words and catalogue change then
// alone. Who signed is not to learn it at the moment of publication.
func (p *Publisher) relapse(ctx context.Context) error {
	var errs []error
	for _, d := range p.view.all() {
		if why := p.outdated(d); why != nil {
			p.Log.Warn("signed notice goes back", "notice", d.ID, "err", why)
			if _, err := p.lapse(ctx, d, refusal{why}); !errors.As(err, new(refusal)) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// lapse gives back what was approved and may no longer leave: the notice that
// it amends has ended meanwhile, or what it says would not be what was signed.
// It returns the refusal.
func (p *Publisher) lapse(ctx context.Context, d Dossier, why error) (Dossier, error) {
	e := Entry{Type: Lapsed, Reason: why.Error()}
	o := Order{Who: clockAccount, Notice: d.ID, Command: "lapse." + d.Signed.ID}
	d, err := p.enter(ctx, o, Lapsed, func(d Dossier) (Entry, error) { return allow(d, e, clockAccount) })
	return d, errors.Join(why, err)
}
