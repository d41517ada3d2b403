package office

import (
	"errors"
	"maps"
	"net/url"
	"slices"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
)

// peopleRoutes are those of the desk's people.
func (o *Office) peopleRoutes() []route {
	return []route{
		{"GET /personnes", keepers, o.people},
		{"GET /nouvelle-personne", keepers, o.askPerson},
		{"POST /nouvelle-personne", keepers, o.addPerson},
		{"GET /personnes/{id}", keepers, o.person},
		{"POST /personnes/{id}", keepers, o.changePerson},
		{"POST /personnes/{id}/mot-de-passe", keepers, o.resetPassword},
		{"POST /personnes/{id}/sessions/fin", keepers, o.endSessions},
		{"POST /personnes/{id}/cles", keepers, o.givePersonAccess},
		{"POST /personnes/{id}/cles/{no}/fin", keepers, o.endPersonAccess},
		{"GET /personnes/{id}/suppression", keepers, o.askRemoval},
		{"POST /personnes/{id}/suppression", keepers, o.remove},
		{"POST /interim", keepers, o.giveInterim},
		{"POST /interim/{no}/fin", keepers, o.endStanding("/personnes")},
	}
}

// people lists the accounts, and who stands in for whom.
func (o *Office) people(v visit) (answer, error) { return o.showPeople(v, 0, nil) }

func (o *Office) showPeople(v visit, status int, wrong bureau.Faults) (answer, error) {
	people, err := o.Publisher.People(v.Context())
	if err != nil {
		return nil, err
	}
	body := bureau.People{Bureaus: o.bureauChoices(v.PostFormValue("bureau")), Deputies: deputies(people, publisher.Account{}), Typed: typed(v), Faults: wrong}
	for _, p := range people {
		body.All = append(body.All, bureau.PersonRow{ID: p.ID, Name: p.Name, Bureau: o.bureauName(p.Bureau), Roles: p.Roles, Delegate: p.Delegate, Way: way(p)})
	}
	mandates, err := o.Publisher.Mandates(v.Context())
	for _, m := range mandates {
		body.Standing = append(body.Standing, o.standing(m, people))
	}
	return show(bureau.Page{Name: "people", Status: status, Title: "Personnes", Here: "/personnes", Body: body}), err
}

// personPlace is an account's page.
func personPlace(id string) string { return "/personnes/" + url.PathEscape(id) }

// way is how somebody signs in.
func way(p publisher.Person) string {
	switch {
	case p.Issuer != "":
		return p.Issuer
	case p.Given:
		return "given"
	case p.Password:
		return "password"
	}
	return "none"
}

func (o *Office) bureauChoices(chosen string) []bureau.Choice {
	var all []bureau.Choice
	for _, code := range slices.Sorted(maps.Keys(o.Publisher.Bureaus)) {
		all = append(all, bureau.Choice{Value: code, Label: o.bureauName(code), Chosen: code == chosen})
	}
	return all
}

func roleChoices(has []notice.Role) []bureau.Choice {
	var all []bureau.Choice
	for _, r := range []notice.Role{notice.Drafter, notice.Signer, notice.DutyOfficer, notice.Administrator} {
		all = append(all, bureau.Choice{Value: string(r), Label: templates.RoleName(r), Chosen: slices.Contains(has, r)})
	}
	return all
}

// askPerson is the form of a new account.
func (o *Office) askPerson(visit) (answer, error) {
	return o.showNew(0, publisher.Person{}, nil)
}

func (o *Office) showNew(status int, p publisher.Person, wrong bureau.Faults) (answer, error) {
	return show(bureau.Page{Name: "person", Status: status, Title: "Nouveau compte", Here: "/personnes",
		Body: bureau.PersonForm{New: true, ID: p.ID, Name: p.Name, Roles: roleChoices(p.Roles), Bureaus: o.bureauChoices(p.Bureau), Delegate: p.Delegate, Faults: wrong}}), nil
}

// wanted is the account as a form says it: what the form does not hold cannot
// be set by it.
func wanted(v visit, id string) publisher.Person {
	p := publisher.Person{Account: publisher.Account{ID: id, Bureau: v.PostFormValue("bureau"), Delegate: v.PostFormValue("delegation") != ""}, Name: v.PostFormValue("nom")}
	for _, word := range v.PostForm["role"] {
		var r notice.Role
		if r.UnmarshalText([]byte(word)) == nil && r != notice.Clock {
			p.Roles = append(p.Roles, r)
		}
	}
	return p
}

// addPerson makes an account with a password, which is shown this once.
func (o *Office) addPerson(v visit) (answer, error) {
	p := wanted(v, v.PostFormValue("identifiant"))
	wrong := o.faultsOf(p)
	if len(wrong) == 0 {
		if _, err := o.Publisher.Person(v.Context(), p.ID); err == nil {
			wrong = bureau.Faults{{Field: "identifiant", Text: bureau.FaultTaken}}
		}
	}
	if len(wrong) > 0 {
		return o.showNew(422, p, wrong)
	}
	if err := o.Publisher.AddAccount(v.Context(), p.Account); err != nil {
		return nil, err
	}
	o.Log.Info("account made", "account", p.ID, "by", v.Account.ID)
	if err := o.Publisher.SetName(v.Context(), p.ID, p.Name); err != nil {
		return nil, err
	}
	return o.givePassword(v, p.ID)
}

// faultsOf says which fields of an account's form are wrong.
func (o *Office) faultsOf(p publisher.Person) bureau.Faults {
	var wrong bureau.Faults
	var ps notice.Problems
	errors.As(o.Publisher.CheckAccount(p.Account), &ps)
	for _, f := range []struct{ pointer, field, text string }{
		{"/id", "identifiant", bureau.FaultID}, {"/roles", "role", bureau.FaultRoles}, {"/bureau", "bureau", bureau.FaultBureau},
	} {
		if slices.ContainsFunc(ps, func(one notice.Problem) bool { return one.Pointer == f.pointer }) {
			wrong = append(wrong, bureau.Fault{Field: f.field, Text: f.text})
		}
	}
	if publisher.CheckName(p.Name) != nil {
		wrong = append(wrong, bureau.Fault{Field: "nom", Text: bureau.FaultName})
	}
	return wrong
}

func (o *Office) person(v visit) (answer, error) { return o.showPerson(v, 0, nil) }

// showPerson shows an account, as it is or as it was typed.
func (o *Office) showPerson(v visit, status int, wrong bureau.Faults) (answer, error) {
	ctx, id := v.Context(), v.PathValue("id")
	p, err := o.Publisher.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	body := bureau.PersonForm{ID: id, Issuer: p.Issuer, Way: way(p), Self: id == v.Account.ID, Scopes: scopeChoices(v), Typed: typed(v), Faults: wrong}
	if v.PostForm.Has("role") || v.PostForm.Has("nom") {
		p = wanted(v, id)
	}
	body.Name, body.Roles, body.Bureaus, body.Delegate = p.Name, roleChoices(p.Roles), o.bureauChoices(p.Bureau), p.Delegate
	if body.Access, err = o.access(ctx, id); err != nil {
		return nil, err
	}
	sessions, err := o.Publisher.Sessions(ctx, id)
	body.Sessions = len(sessions)
	return show(bureau.Page{Name: "person", Status: status, Title: "Compte " + id, Here: "/personnes", Body: body}), err
}

// changePerson gives an account other rights and another name.
func (o *Office) changePerson(v visit) (answer, error) {
	id := v.PathValue("id")
	was, err := o.Publisher.Person(v.Context(), id)
	if err != nil {
		return nil, err
	}
	p := wanted(v, id)
	if was.Issuer != "" {
		p.Roles, p.Bureau, p.Name = was.Roles, was.Bureau, was.Name
	}
	if wrong := o.faultsOf(p); len(wrong) > 0 {
		return o.showPerson(v, 422, wrong)
	}
	err = o.Publisher.ChangeAccount(v.Context(), p.Account)
	if errors.Is(err, publisher.ErrLastAdministrator) {
		return o.showPerson(v, 409, bureau.Faults{{Field: "role", Text: bureau.FaultLast}})
	}
	if err == nil {
		err = o.Publisher.SetName(v.Context(), id, p.Name)
	}
	o.Log.Info("account changed", "account", id, "by", v.Account.ID)
	return send(personPlace(id), "compte"), err
}

func (o *Office) resetPassword(v visit) (answer, error) { return o.givePassword(v, v.PathValue("id")) }

// givePassword gives an account a password to be changed at its first use, and
// shows it this once.
func (o *Office) givePassword(v visit, id string) (answer, error) {
	text, err := o.Publisher.ResetPassword(v.Context(), id)
	if err == nil {
		o.Log.Info("password given", "account", id, "by", v.Account.ID)
	}
	return showSecret(bureau.Secret{Label: "Mot de passe du compte " + id, Text: text, Hint: bureau.HintPassword, Back: personPlace(id), BackLabel: "Revenir au compte"}), err
}

func (o *Office) endSessions(v visit) (answer, error) {
	p, err := o.Publisher.Person(v.Context(), v.PathValue("id"))
	if err == nil {
		err = o.Publisher.EndSessions(v.Context(), p.ID, "")
	}
	return send(personPlace(p.ID), "clos"), err
}

func (o *Office) givePersonAccess(v visit) (answer, error) {
	id := v.PathValue("id")
	secret, wrong, err := o.issue(v, id)
	if len(wrong) > 0 {
		return o.showPerson(v, 422, wrong)
	}
	if err == nil {
		o.Log.Info("token made", "account", id, "by", v.Account.ID)
	}
	return showSecret(bureau.Secret{Label: "Clé d’accès du compte " + id, Text: secret, Hint: bureau.HintAccess, Back: personPlace(id), BackLabel: "Revenir au compte"}), err
}

func (o *Office) endPersonAccess(v visit) (answer, error) {
	id := v.PathValue("id")
	return send(personPlace(id), "revoque"), o.Publisher.RevokeToken(v.Context(), id, v.PathValue("no"))
}

// askRemoval asks once whether an account is to go.
func (o *Office) askRemoval(v visit) (answer, error) {
	p, err := o.Publisher.Person(v.Context(), v.PathValue("id"))
	return show(bureau.Page{Name: "removal", Title: "Supprimer le compte " + p.ID, Here: "/personnes", Body: bureau.Removal{ID: p.ID, Name: p.Name}}), err
}

func (o *Office) remove(v visit) (answer, error) {
	id := v.PathValue("id")
	err := o.Publisher.RemoveAccount(v.Context(), id)
	if errors.Is(err, publisher.ErrLastAdministrator) {
		return o.showPerson(v, 409, bureau.Faults{{Field: "role", Text: bureau.FaultLast}})
	}
	if err == nil {
		o.Log.Info("account removed", "account", id, "by", v.Account.ID)
	}
	return send("/personnes", "supprime"), err
}
