package office

import (
	"errors"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/reading"
)

// declareAbsence lets a signatory name who signs meanwhile.
func (o *Office) declareAbsence(v visit) (answer, error) {
	m := publisher.Mandate{By: publisher.ByDelegation, Bureau: v.Account.Bureau}
	if m.Bureau == "" { // of every bureau: that of the delegate counts
		to, err := o.Publisher.Person(v.Context(), v.PostFormValue("personne"))
		if err != nil && !errors.Is(err, notice.ErrNotFound) {
			return nil, err
		}
		m.Bureau = to.Bureau
	}
	wrong, err := o.mandate(v, m)
	if len(wrong) > 0 {
		return o.showMine(v, 422, wrong)
	}
	return send("/compte", "absence"), err
}

// giveInterim lets an administrator name who holds a vacant post.
func (o *Office) giveInterim(v visit) (answer, error) {
	wrong, err := o.mandate(v, publisher.Mandate{By: publisher.ByInterim, Bureau: v.PostFormValue("bureau")})
	if len(wrong) > 0 {
		return o.showPeople(v, 422, wrong)
	}
	return send("/personnes", "interim"), err
}

// mandate reads the rest of a form and lets somebody stand in.
func (o *Office) mandate(v visit, m publisher.Mandate) (bureau.Faults, error) {
	var wrong bureau.Faults
	m.To = v.PostFormValue("personne")
	if m.To == "" {
		wrong = append(wrong, bureau.Fault{Field: "personne", Text: bureau.FaultDelegate})
	}
	from, bad := o.when(v, "du")
	wrong = append(wrong, bad...)
	until, bad := o.when(v, "au")
	wrong = append(wrong, bad...)
	if len(wrong) > 0 {
		return wrong, nil
	}
	m.From, m.Until = from.Time, until.Time
	_, err := o.Publisher.Mandate(v.Context(), v.Account, m)
	for _, f := range []struct {
		err         error
		field, text string
	}{
		{publisher.ErrOrder, "au", bureau.FaultOrder},
		{publisher.ErrPast, "au", bureau.FaultPast},
		{publisher.ErrEternal, "au", bureau.FaultEternal},
		{publisher.ErrDeputy, "personne", bureau.FaultDelegate},
		{notice.ErrNotFound, "personne", bureau.FaultDelegate},
		{notice.ErrInvalid, "bureau", bureau.FaultBureau},
	} {
		if errors.Is(err, f.err) {
			return bureau.Faults{{Field: f.field, Text: f.text}}, nil
		}
	}
	return nil, err
}

// when reads a field as people write a day and an hour.
func (o *Office) when(v visit, field string) (notice.Time, bureau.Faults) {
	text := strings.TrimSpace(v.PostFormValue(field))
	if text == "" {
		return notice.Time{}, bureau.Faults{{Field: field, Text: map[string]string{"du": bureau.FaultFrom, "au": bureau.FaultUntil}[field]}}
	}
	at, _, err := reading.Moment(text, o.Publisher.Now())
	if err != nil {
		return at, bureau.Faults{{Field: field, Text: strings.TrimSuffix(err.What, ".") + ". " + err.Remedy}}
	}
	return at, nil
}

// endStanding takes a delegation or an interim back, and leads to a page.
func (o *Office) endStanding(back string) func(visit) (answer, error) {
	return func(v visit) (answer, error) {
		return send(back, "rapporte"), o.Publisher.EndMandate(v.Context(), v.Account, v.PathValue("no"))
	}
}
