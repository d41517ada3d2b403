package publisher

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Proof is what a signatory looks at: the text in hand as it would leave if
// it were signed at present. A number that is taken on signing is not in it yet.
type Proof struct {
	Notice   notice.Notice
	Act      notice.Act
	Document templates.Document
	Letter   []byte          // unsigned
	Problems notice.Problems // of the text, for a publication at that moment
	// Hash is that of all of it but the problems: of what leaves. A signature
	// that carries it (SignOff.Shown) is refused where it is not what would
	// leave any more.
	Hash string
}

// Proof composes the text in hand as what it is to be, published at a moment.
// Where the text has errors they are the error, and stand in Proof.Problems.
func (p *Publisher) Proof(d Dossier, at time.Time) (Proof, error) {
	n, ps := p.readDraft(d)
	if err := ps.Err(); err != nil {
		return Proof{Notice: n, Problems: placed(d.Text, ps)}, err
	}
	pr, err := p.proof(d, n, at)
	pr.Problems = placed(d.Text, append(ps, p.beside(d, n, at)...))
	return pr, err
}

// proof does so for a text without errors.
func (p *Publisher) proof(d Dossier, n notice.Notice, at time.Time) (Proof, error) {
	n.Reference, n.OutageID = cmp.Or(n.Reference, d.Numbers.Reference), cmp.Or(n.OutageID, d.Numbers.OutageID)
	n = p.withReminders(n)
	return p.drawn(p.proposed(d, n, at), n)
}

// proposed is the act that a text, with its reminders, would be at a moment.
func (p *Publisher) proposed(d Dossier, n notice.Notice, at time.Time) notice.Act {
	return d.State.Recall(p.compose(n, d, SignOff{}), at)
}

// drawn is an act that says a text, with its letter.
func (p *Publisher) drawn(act notice.Act, n notice.Notice) (Proof, error) {
	pr := Proof{Notice: n, Act: act}
	var err error
	if pr.Document, err = p.Words.LetterOf(act); err != nil {
		return pr, fmt.Errorf("compose the letter: %w", err)
	}
	if pr.Letter, err = p.Letter(pr.Document, act); err != nil {
		return pr, fmt.Errorf("draw the letter: %w", err)
	}
	pr.Hash, err = hashOf(struct {
		Act      notice.Act
		Document templates.Document
		Letter   string
	}{act, pr.Document, hash(pr.Letter)})
	return pr, err
}

// ErrUnlike says that what would leave is not what the signatory was shown: the
// text, the words or the catalogue have changed in between.
var ErrUnlike = fmt.Errorf("%w: the letter is no longer the one that you were shown; look at it again", notice.ErrConflict)

// alike is nil where a sign-off rests on what would leave now, or does not say
// on what.
func (p *Publisher) alike(d Dossier, n notice.Notice, at time.Time, s SignOff) error {
	if s.Shown == "" {
		return nil
	}
	pr, err := p.proof(d, n, at)
	if err == nil && pr.Hash != s.Shown {
		err = ErrUnlike
	}
	return err
}

// Bound is what an entry of approval bound, composed with today's words.
func (p *Publisher) Bound(e Entry) (Proof, error) {
	if e.Approval == nil {
		return Proof{}, fmt.Errorf("%w: entry %d signs nothing", notice.ErrNotFound, e.Number)
	}
	act, text, err := e.Approval.said()
	if err != nil {
		return Proof{}, err
	}
	return p.drawn(act, text.Notice)
}

// said is the text of an entry's approval: the act that says it, the text, and
// what was bound with it.
func (a Approval) said() (notice.Act, notice.Text, error) {
	act, err := a.Act.act()
	if err != nil {
		return nil, notice.Text{}, err
	}
	text, ok := notice.TextOf(act)
	if !ok {
		err = fmt.Errorf("%w: %s says no text", notice.ErrInvalid, act.Type())
	}
	return act, text, err
}

// ProofAt is the text of an entry of draft as it would have been proposed for
// signature then, in today's words.
func (p *Publisher) ProofAt(d Dossier, number int) (Proof, error) {
	if number < 1 || number > len(d.Entries) || d.Entries[number-1].Type != Drafted {
		return Proof{}, fmt.Errorf("%w: entry %d holds no text", notice.ErrNotFound, number)
	}
	e := d.Entries[number-1]
	d.Text, d.As, d.Reason, d.Draft = e.Text, e.As, e.Reason, number
	if e.As == notice.TypePublished { // whatever has been published since
		d.out, d.State = false, notice.State{ID: d.ID}
	}
	return p.Proof(d, e.Time)
}

// errOutdated says why what was signed does not leave.
var errOutdated = errors.New("the words or the catalogue have changed since it was signed, and with them what it says; have it signed again")

// outdated is why a signed text that waits for its moment may not leave: it
// would not be what was signed. Another version of words or catalogue that says
// the same is no matter.
func (p *Publisher) outdated(d Dossier) error {
	if d.Status != StatusApproved {
		return nil
	}
	act, text, err := d.Approval.said()
	if err != nil || text.Binding.Templates == p.Words.Version() && text.Binding.Catalogue == p.Catalogue.Version {
		return err
	}
	now, err := p.binding(act, text.Notice)
	if err != nil {
		return err
	}
	same, err := alikeJSON(p.Catalogue.Resolve(text.Notice), text.Scope)
	if err == nil && (!same || now.Document != text.Binding.Document || now.Letter != text.Binding.Letter) {
		err = errOutdated
	}
	return err
}

func alikeJSON(a, b any) (bool, error) {
	one, err := hashOf(a)
	if err != nil {
		return false, err
	}
	other, err := hashOf(b)
	return one == other, err
}

// Authors are the accounts that wrote the text in hand: none of them signs it,
// but in an emergency.
func (d Dossier) Authors() []string {
	who := d.authors()
	slices.Sort(who)
	return slices.Compact(who)
}
