package office

import (
	"errors"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
)

func (o *Office) askPassword(v visit) (answer, error) { return o.showPassword(v, 0, nil) }

func (o *Office) showPassword(v visit, status int, wrong bureau.Faults) (answer, error) {
	if v.Vouched {
		return nil, notice.ErrNotFound // the issuer keeps it
	}
	return show(bureau.Page{Name: "password", Status: status, Title: "Changer de mot de passe", Here: "/compte",
		Body: bureau.PasswordForm{Given: v.Given, ID: v.Account.ID, Faults: wrong}}), nil
}

// passwordFaults say which field of the form an error is about.
var passwordFaults = []struct {
	err         error
	field, text string
}{
	{publisher.ErrSignIn, "actuel", bureau.FaultOld},
	{publisher.ErrShortPassword, "nouveau", bureau.FaultShort},
	{publisher.ErrLongPassword, "nouveau", bureau.FaultLong},
	{publisher.ErrCommonPassword, "nouveau", bureau.FaultCommon},
	{publisher.ErrSamePassword, "nouveau", bureau.FaultSame},
}

// changePassword takes the old one and a new one, and begins a new session.
func (o *Office) changePassword(v visit) (answer, error) {
	old, fresh := v.PostFormValue("actuel"), v.PostFormValue("nouveau")
	if fresh != v.PostFormValue("encore") {
		return o.showPassword(v, 422, bureau.Faults{{Field: "encore", Text: bureau.FaultTwice}})
	}
	opened, err := o.Publisher.ChangePassword(v.Context(), v.Account.ID, old, fresh)
	if soon := (*publisher.TooSoon)(nil); errors.As(err, &soon) {
		return o.showPassword(v, 429, bureau.Faults{{Field: "actuel", Text: bureau.Wait(soon.Wait)}})
	}
	for _, f := range passwordFaults {
		if errors.Is(err, f.err) {
			return o.showPassword(v, 422, bureau.Faults{{Field: f.field, Text: f.text}})
		}
	}
	if err != nil {
		return nil, err
	}
	return send("/compte", "motdepasse"), o.Door.Admit(v.w, v.Request, opened)
}
