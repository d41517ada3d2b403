package publisher

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// A Draft is a text that an editor writes.
type Draft struct {
	Text   string      `json:"text"`            // YAML or JSON, kept as it was written
	As     notice.Type `json:"as"`              // published if absent; corrected or changed for a published notice
	Reason string      `json:"reason,omitzero"` // why it corrects or changes
}

// Draft puts a text on a notice's private record: the first of a new notice
// (Order.Notice is the id it will have), or another one, which must say what
// it started from (Order.Seen). The text may still have faults, which
// Check tells; one that cannot be read at all is refused (notice.Problems).
func (p *Publisher) Draft(ctx context.Context, o Order, in Draft) (Dossier, error) {
	var n notice.Notice
	if _, ps := schemas.Decode([]byte(in.Text), &n); ps.Err() != nil {
		return Dossier{}, ps.Err()
	}
	if in.As == "" {
		in.As = notice.TypePublished
	}
	return p.enter(ctx, o, in, func(d Dossier) (Entry, error) {
		if d.Edition > 0 && o.Seen == 0 {
			return Entry{}, &notice.ValueError{What: "it is not said which text the edit started from", Remedy: fmt.Sprintf("the present one is entry %d", d.Edition)}
		}
		if err := fitting(d, in); err != nil {
			return Entry{}, err
		}
		bureau, err := p.bureau(d, n.Issuer, o.Who)
		if err != nil {
			return Entry{}, err
		}
		return allow(d, Entry{Type: Drafted, Text: in.Text, As: in.As, Reason: in.Reason, Bureau: bureau}, o.Who)
	})
}

// bureau is whose a text is: the one that it names, or the account's while it
// names none that is known, which Check tells. A notice stays one bureau's.
func (p *Publisher) bureau(d Dossier, named string, who Account) (string, error) {
	if _, err := p.Bureaus.Find(named); err != nil {
		return cmp.Or(d.Bureau, who.Bureau), nil
	}
	if d.Bureau != "" && d.Bureau != named {
		return "", &notice.ValueError{What: fmt.Sprintf("the notice is of bureau %s, the text of %s", d.Bureau, named), Remedy: "withdraw it and begin another"}
	}
	return named, who.mine(named)
}

// fitting is whether a text is drafted as what it can be: what is published is
// amended, what is not cannot be.
func fitting(d Dossier, in Draft) error {
	switch {
	case in.As != notice.TypePublished && in.As != notice.TypeCorrected && in.As != notice.TypeChanged:
		return &notice.ValueError{What: fmt.Sprintf("a text is not drafted as %q", in.As), Remedy: "one of published, corrected, changed"}
	case d.out && in.As == notice.TypePublished:
		return &notice.ValueError{What: "the notice is published", Remedy: "draft the text as corrected or as changed"}
	case !d.out && in.As != notice.TypePublished:
		return &notice.ValueError{What: "the notice is not published, so there is nothing to amend", Remedy: "draft the text as published"}
	case in.As != notice.TypePublished && strings.TrimSpace(in.Reason) == "":
		return &notice.ValueError{What: "it is not said why the notice is " + string(in.As), Remedy: "give a reason: readers see it"}
	}
	return nil
}

// allow is the entry with the roles in which it is made, or why it may not be.
func allow(d Dossier, e Entry, who Account) (Entry, error) {
	if len(d.Entries) == 0 && e.Type != Drafted {
		return Entry{}, fmt.Errorf("%w: there is no notice %s", notice.ErrNotFound, d.ID)
	}
	roles, err := admit(d, e, who)
	if err != nil {
		return Entry{}, err
	}
	e.Roles = roles
	return e, who.mine(d.Bureau)
}

// Submit asks for a signature. The text must be without errors.
func (p *Publisher) Submit(ctx context.Context, o Order) (Dossier, error) {
	return p.enter(ctx, o, Submitted, func(d Dossier) (Entry, error) { return p.submission(d, Entry{Type: Submitted}, o.Who) })
}

// Return gives a submitted text back, or takes an approval back whose moment
// has not come.
func (p *Publisher) Return(ctx context.Context, o Order, reason string) (Dossier, error) {
	return p.withReason(ctx, o, Entry{Type: Returned, Reason: reason})
}

// Withdraw gives up what is in hand: the notice, or the amendment of a
// published one.
func (p *Publisher) Withdraw(ctx context.Context, o Order, reason string) (Dossier, error) {
	return p.withReason(ctx, o, Entry{Type: Withdrawn, Reason: reason})
}

// Review says that a second signatory has looked at what one published alone
// in an emergency.
func (p *Publisher) Review(ctx context.Context, o Order, remark string) (Dossier, error) {
	e := Entry{Type: Reviewed, Reason: remark}
	return p.enter(ctx, o, e, func(d Dossier) (Entry, error) {
		signed, ok := d.Unreviewed()
		if !ok {
			return e, fmt.Errorf("%w: there is nothing to review", notice.ErrConflict)
		}
		if signed.Account == o.Who.ID {
			return e, fmt.Errorf("%w: who published in an emergency does not review it", notice.ErrForbidden)
		}
		return allow(d, e, o.Who)
	})
}

func (p *Publisher) withReason(ctx context.Context, o Order, e Entry) (Dossier, error) {
	if strings.TrimSpace(e.Reason) == "" {
		return Dossier{}, &notice.ValueError{What: "the reason is missing", Remedy: "say why the notice is " + string(e.Type)}
	}
	return p.enter(ctx, o, e, func(d Dossier) (Entry, error) { return allow(d, e, o.Who) })
}

// Check reads a text and says all that is wrong with it, also beside what is
// on the public record.
func (p *Publisher) Check(text string) (notice.Notice, notice.Problems) {
	n, ps := schemas.Check([]byte(text), p.Catalogue, p.Bureaus)
	if ps.Err() == nil {
		ps = append(ps, p.clashes("", n)...)
	}
	return n, placed(text, ps)
}

// CheckDraft does the same for the text in hand of a notice.
func (p *Publisher) CheckDraft(d Dossier) (notice.Notice, notice.Problems) {
	n, ps := p.readDraft(d)
	if ps.Err() == nil {
		ps = append(ps, p.beside(d, n, p.Now())...)
	}
	return n, placed(d.Text, ps)
}

// placed gives problems of a text the lines that they have not yet.
func placed(text string, ps notice.Problems) notice.Problems {
	doc, _ := schemas.Decode([]byte(text), new(notice.Notice)) // whose faults are told already
	return doc.Place(ps)
}

// beside is what is odd about a sound text beside other notices and the moment
// at which it would be published.
func (p *Publisher) beside(d Dossier, n notice.Notice, at time.Time) notice.Problems {
	return append(p.clashes(d.ID, n), misdated(d, n, at)...)
}

// misdated warns of a letter that bears another day than that of its
// publication. An amendment may bear that of the letter which it amends.
func misdated(d Dossier, n notice.Notice, at time.Time) notice.Problems {
	day := notice.DateOf(at)
	if d.out || n.Issued.Date == day {
		return nil
	}
	return notice.Problems{{Severity: notice.SeverityWarning, Pointer: "/issued/date",
		What:   fmt.Sprintf("the letter is dated %s and would be published on %s", n.Issued.Date, day),
		Remedy: "date it with the day of its publication, or publish it on its day"}}
}

// readDraft reads the text in hand; an amendment has the numbers of what it
// amends.
func (p *Publisher) readDraft(d Dossier) (notice.Notice, notice.Problems) {
	n, ps := schemas.Check([]byte(d.Text), p.Catalogue, p.Bureaus)
	if !d.out {
		return n, ps
	}
	n, ps = keeps(d.State.Notice, n, ps)
	return n, placed(d.Text, ps)
}

// keeps gives an amendment the numbers and reminders of the notice that it
// amends, and adds what it may not change.
func keeps(was, n notice.Notice, ps notice.Problems) (notice.Notice, notice.Problems) {
	n.Reference, n.OutageID = cmp.Or(n.Reference, was.Reference), cmp.Or(n.OutageID, was.OutageID)
	if n.Reminders == nil {
		n.Reminders = was.Reminders
	}
	for _, f := range []struct{ field, now, before string }{
		{"issuer", n.Issuer, was.Issuer},
		{"reference", n.Reference, was.Reference},
		{"outage_id", n.OutageID, was.OutageID},
		{"environment", string(n.Environment), string(was.Environment)},
		{"exercise", fmt.Sprint(n.Exercise), fmt.Sprint(was.Exercise)},
	} {
		if f.now != f.before {
			ps = append(ps, notice.Problem{Severity: notice.SeverityError, Pointer: "/" + f.field,
				What:   fmt.Sprintf("an amendment keeps %s: it was %q", f.field, f.before),
				Remedy: "leave it as it was, or publish another notice"})
		}
	}
	return n, ps
}
