package office

import (
	"errors"
	"slices"
	"strconv"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/compare"
	"douane.gouv.fr/crieur/templates/remarks"
)

// letterInHand is the unsigned letter of the text in hand, or the last one that
// left.
func (o *Office) letterInHand(v visit) (answer, error) {
	x, err := o.dossier(v)
	if err != nil {
		return nil, err
	}
	if x.Status == publisher.StatusPublished || x.Status == publisher.StatusWithdrawn && x.State.Number > 0 {
		if l := o.lastLetter(x); l != nil {
			return send(l.PDF, ""), nil
		}
	}
	pr, err := o.Publisher.Proof(x, o.Publisher.Now())
	if err != nil {
		return nil, err
	}
	return give("application/pdf", pr.Letter), nil
}

// entryOf is the entry of a visit's address.
func entryOf(v visit, x publisher.Dossier) (publisher.Entry, error) {
	n, err := strconv.Atoi(v.PathValue("entree"))
	if err != nil || n < 1 || n > len(x.Entries) {
		return publisher.Entry{}, notice.ErrNotFound
	}
	return x.Entries[n-1], nil
}

// versionOf is the text of an entry, as it was drafted or as it was signed.
func (o *Office) versionOf(v visit) (publisher.Dossier, publisher.Entry, publisher.Proof, error) {
	x, err := o.dossier(v)
	if err != nil {
		return x, publisher.Entry{}, publisher.Proof{}, err
	}
	e, err := entryOf(v, x)
	if err != nil {
		return x, e, publisher.Proof{}, err
	}
	if e.Type == publisher.Approved {
		pr, err := o.Publisher.Bound(e)
		return x, e, pr, err
	}
	pr, err := o.Publisher.ProofAt(x, e.Number)
	return x, e, pr, err
}

func (o *Office) versionLetter(v visit) (answer, error) {
	_, _, pr, err := o.versionOf(v)
	if err != nil {
		return nil, err
	}
	return give("application/pdf", pr.Letter), nil
}

// version shows a text as it was, and what it changed.
func (o *Office) version(v visit) (answer, error) {
	x, e, pr, err := o.versionOf(v)
	if err != nil && (errors.Is(err, notice.ErrNotFound) || e.Type != publisher.Drafted) {
		return nil, err
	}
	place := versionPlace(x.ID, e.Number)
	body := bureau.Version{ID: x.ID, Past: o.past(x, e), Letter: o.letter(pr, err, place+"/lettre.pdf"), Troubles: o.troubles(pr.Problems, nil)}
	body.Past.Version = ""
	if before := textBefore(x, e.Number); before > 0 && e.Type == publisher.Drafted {
		was := x.Entries[before-1]
		body.Changes = o.changes("", was.Text, e.Text)
		body.Changes.Who, body.Changes.At = account(was.Account), was.Time
	}
	return show(bureau.Page{Name: "version", Title: bureau.VersionTitle(e.Number), Body: body}), nil
}

// textBefore is the number of the last entry of draft before one; 0 for none.
func textBefore(x publisher.Dossier, number int) int {
	for _, e := range slices.Backward(x.Entries[:number-1]) {
		if e.Type == publisher.Drafted {
			return e.Number
		}
	}
	return 0
}

// changes are what has changed since an earlier text. A letter is compared
// where both can be composed.
func (o *Office) changes(base, before, after string) *bureau.Changes {
	was, _ := schemas.Check([]byte(before), o.Publisher.Catalogue, o.Publisher.Bureaus) // whose faults are told elsewhere
	now, _ := schemas.Check([]byte(after), o.Publisher.Catalogue, o.Publisher.Bureaus)
	return o.changesOf(base, was, now)
}

// changesOf compares two notices.
func (o *Office) changesOf(base string, was, now notice.Notice) *bureau.Changes {
	c := &bureau.Changes{Since: bureau.Since(base), Fields: compare.Fields(o.Publisher.Catalogue, remarks.FieldName, was, now)}
	old, err := o.Words.Letter(was)
	if err != nil {
		return c
	}
	if fresh, err := o.Words.Letter(now); err == nil {
		c.Passages = compare.Letters(old, fresh)
	}
	return c
}

// history is all that happened to a notice, the last first: the entries of the
// private record, and what the clock told the public.
func (o *Office) history(x publisher.Dossier) []bureau.Past {
	var all []bureau.Past
	for _, e := range x.Entries {
		all = append(all, o.past(x, e))
	}
	for _, e := range x.State.Events {
		if notice.Moment(e.Act) != "" {
			all = append(all, bureau.Past{Type: "told", Act: e.Act.Type(), Time: e.Time, Roles: []notice.Role{e.By}})
		}
	}
	slices.SortStableFunc(all, func(a, b bureau.Past) int { return a.Time.Compare(b.Time) })
	slices.Reverse(all)
	return all
}

// past is one entry as pages tell it.
func (o *Office) past(x publisher.Dossier, e publisher.Entry) bureau.Past {
	p := bureau.Past{Number: e.Number, Type: string(e.Type), Who: account(e.Account), Roles: e.Roles, Time: e.Time, Reason: e.Reason,
		Emergency: e.Emergency, Remarks: fields(e.Remarks), Numbers: e.Numbers}
	if e.Under != nil {
		p.Under = bureau.InPlace(string(e.Under.By), e.Under.Of)
	}
	switch e.Type {
	case publisher.Drafted:
		p.As, p.Version, p.PDF = e.As, versionPlace(x.ID, e.Number), versionPlace(x.ID, e.Number)+"/lettre.pdf"
	case publisher.Approved:
		p.At, p.Later = e.Approval.At, e.Approval.At.After(e.Time)
		p.Warnings = o.troubles(e.Approval.Warnings, nil)
		p.Published = versionPlace(x.ID, e.Number) + "/lettre.pdf"
	case publisher.Lapsed, publisher.Missed:
		p.Reason = o.remarks().Say(e.Reason)
	case publisher.Acted, publisher.Held, publisher.Retracted, publisher.Left:
		p.Act = e.As
	}
	if e.Type == publisher.Missed {
		p.Act = e.As
	}
	return p
}
