package office

import (
	"errors"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
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
	var from, until notice.Time
	if from.UnmarshalText([]byte(v.PostFormValue("du"))) != nil {
		wrong = append(wrong, bureau.Fault{Field: "du", Text: bureau.FaultFrom})
	}
	if until.UnmarshalText([]byte(v.PostFormValue("au"))) != nil {
		wrong = append(wrong, bureau.Fault{Field: "au", Text: bureau.FaultUntil})
	}
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

// endStanding takes a delegation or an interim back, and leads to a page.
func (o *Office) endStanding(back string) func(visit) (answer, error) {
	return func(v visit) (answer, error) {
		return send(back, "rapporte"), o.Publisher.EndMandate(v.Context(), v.Account, v.PathValue("no"))
	}
}
