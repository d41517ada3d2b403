package office

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/publisher/desk/door"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
)

// mineRoutes are those of one's own account.
func (o *Office) mineRoutes() []route {
	return []route{
		{"GET /compte", nil, o.mine},
		{"POST /compte/nom", nil, o.nameMine},
		{"POST /compte/courriel", nil, o.notifyMe},
		{"GET " + door.PasswordPage, nil, o.askPassword},
		{"POST " + door.PasswordPage, nil, o.changePassword},
		{"POST /compte/sessions/fin", nil, o.leaveEverywhere},
		{"POST /compte/sessions/{no}/fin", nil, o.endSession},
		{"POST /compte/cles", nil, o.newAccess},
		{"POST /compte/cles/{no}/fin", nil, o.endAccess},
		{"POST /compte/absence", signers, o.declareAbsence},
		{"POST /compte/absence/{no}/fin", nil, o.endStanding("/compte")},
	}
}

// mine shows one's own account.
func (o *Office) mine(v visit) (answer, error) { return o.showMine(v, 0, nil) }

// showMine shows it with what is wrong with a form of it.
func (o *Office) showMine(v visit, status int, wrong bureau.Faults) (answer, error) {
	ctx, me := v.Context(), v.Account
	who, err := o.Publisher.Person(ctx, me.ID)
	if err != nil {
		return nil, err
	}
	body := bureau.Mine{ID: me.ID, Name: who.Name, Roles: me.Roles, Bureau: o.bureauName(me.Bureau), Local: !v.Vouched, Notify: who.Notify, Scopes: scopeChoices(v), Typed: typed(v), Faults: wrong}
	if wrong.On("nom") != "" {
		body.Name = v.PostFormValue("nom")
	}
	if wrong.On("courriel") != "" {
		body.Notify = v.PostFormValue("courriel")
	}
	sessions, err := o.Publisher.Sessions(ctx, me.ID)
	for _, s := range sessions {
		body.Sessions = append(body.Sessions, bureau.Presence{No: s.ID, Began: s.Began, Seen: s.Seen, Here: s.ID == v.Session})
	}
	var failed error
	if body.Access, failed = o.access(ctx, me.ID); failed != nil {
		err = errors.Join(err, failed)
	}
	err = errors.Join(err, o.addStandings(ctx, me, &body))
	return show(bureau.Page{Name: "mine", Status: status, Title: "Mon compte", Here: "/compte", Body: body}), err
}

// addStandings adds who signs in whose place, as far as it concerns somebody.
func (o *Office) addStandings(ctx context.Context, me publisher.Account, body *bureau.Mine) error {
	people, err := o.Publisher.People(ctx)
	if err != nil {
		return err
	}
	mandates, err := o.Publisher.Mandates(ctx)
	for _, m := range mandates {
		s := o.standing(m, people)
		if m.Of == me.ID {
			body.Given = append(body.Given, s)
		}
		if m.To == me.ID {
			body.Held = append(body.Held, s)
		}
	}
	if me.Owns(notice.Signer) {
		body.Absence = &bureau.AbsenceForm{Delegates: deputies(people, me)}
	}
	return err
}

// deputies are those who may sign in somebody's place.
func deputies(people []publisher.Person, of publisher.Account) []bureau.Choice {
	var all []bureau.Choice
	for _, p := range people {
		able := p.Delegate || p.Owns(notice.Signer)
		if able && p.ID != of.ID && (of.Bureau == "" || p.Bureau == "" || p.Bureau == of.Bureau) {
			all = append(all, bureau.Choice{Value: p.ID, Label: cmp.Or(p.Name, p.ID)})
		}
	}
	return all
}

func (o *Office) standing(m publisher.Mandate, people []publisher.Person) bureau.Standing {
	s := bureau.Standing{No: m.ID, By: string(m.By), Of: m.Of, To: m.To, Bureau: o.bureauName(m.Bureau), From: m.From, Until: m.Until, Now: m.Holds(o.Publisher.Now())}
	for _, p := range people {
		if p.ID == m.Of {
			s.Of = cmp.Or(p.Name, p.ID)
		}
		if p.ID == m.To {
			s.To = cmp.Or(p.Name, p.ID)
		}
	}
	return s
}

// bureauName is how a bureau is called; "" for every bureau.
func (o *Office) bureauName(code string) string {
	return cmp.Or(o.Publisher.Bureaus[code].Label, code)
}

// access are an account's keys for programs.
func (o *Office) access(ctx context.Context, account string) ([]bureau.Access, error) {
	tokens, err := o.Publisher.Tokens(ctx, account)
	var all []bureau.Access
	for _, t := range tokens {
		a := bureau.Access{No: t.ID, Label: t.Label, Made: t.Made, Expires: t.Expires, Used: t.Used}
		for _, s := range t.Scopes {
			a.Scopes = append(a.Scopes, string(s))
		}
		all = append(all, a)
	}
	return all, err
}

// scopeChoices are the scopes that a new key may have, as they were ticked.
func scopeChoices(v visit) []bureau.Choice {
	ticked := v.PostForm["droit"]
	var all []bureau.Choice
	for _, s := range publisher.Scopes {
		chosen := s == publisher.ScopeRead && len(ticked) == 0
		for _, t := range ticked {
			chosen = chosen || t == string(s)
		}
		all = append(all, bureau.Choice{Value: string(s), Label: bureau.ScopeName(string(s)), Chosen: chosen})
	}
	return all
}

// typed is what the forms about people were sent with, to be shown again.
func typed(v visit) bureau.Sent {
	t := bureau.Sent{}
	for _, name := range []string{"usage", "jours", "personne", "du", "au", "bureau"} {
		t[name] = v.PostFormValue(name)
	}
	return t
}

// nameMine gives oneself a name for pages.
func (o *Office) nameMine(v visit) (answer, error) {
	err := o.Publisher.SetName(v.Context(), v.Account.ID, v.PostFormValue("nom"))
	if errors.Is(err, notice.ErrInvalid) {
		return o.showMine(v, 422, bureau.Faults{{Field: "nom", Text: bureau.FaultName}})
	}
	return send("/compte", "compte"), err
}

// notifyMe has oneself told by mail what waits for one.
func (o *Office) notifyMe(v visit) (answer, error) {
	address := strings.TrimSpace(v.PostFormValue("courriel"))
	err := o.Publisher.SetNotify(v.Context(), v.Account.ID, address)
	switch {
	case errors.Is(err, notice.ErrInvalid):
		return o.showMine(v, 422, bureau.Faults{{Field: "courriel", Text: bureau.FaultAddress}})
	case address == "":
		return send("/compte", "silence"), err
	}
	return send("/compte", "prevenu"), err
}

// leaveEverywhere ends all of one's sessions.
func (o *Office) leaveEverywhere(v visit) (answer, error) {
	if err := o.Publisher.EndSessions(v.Context(), v.Account.ID, ""); err != nil {
		return nil, err
	}
	o.Door.Forget(v.w, v.Request)
	return send("/connexion", "parti"), nil
}

func (o *Office) endSession(v visit) (answer, error) {
	return send("/compte", "clos"), o.Publisher.EndOneSession(v.Context(), v.Account.ID, v.PathValue("no"))
}

func (o *Office) newAccess(v visit) (answer, error) {
	secret, wrong, err := o.issue(v, v.Account.ID)
	if len(wrong) > 0 {
		return o.showMine(v, 422, wrong)
	}
	return showSecret(bureau.Secret{Label: "Clé d’accès", Text: secret, Hint: bureau.HintAccess, Back: "/compte", BackLabel: "Revenir à mon compte"}), err
}

// issue makes a key as a form asks.
func (o *Office) issue(v visit, account string) (secret string, wrong bureau.Faults, err error) {
	days, bad := strconv.Atoi(strings.TrimSpace(v.PostFormValue("jours")))
	if bad != nil || days < 1 || days > desk.MostDays {
		wrong = append(wrong, bureau.Fault{Field: "jours", Text: bureau.FaultDays})
	}
	t := publisher.Terms{Label: v.PostFormValue("usage"), Lasts: time.Duration(days) * 24 * time.Hour}
	for _, word := range v.PostForm["droit"] {
		var s publisher.Scope
		if s.UnmarshalText([]byte(word)) == nil {
			t.Scopes = append(t.Scopes, s)
		}
	}
	if len(t.Scopes) == 0 {
		wrong = append(wrong, bureau.Fault{Field: "droit", Text: bureau.FaultScopes})
	}
	if len(wrong) > 0 {
		return "", wrong, nil
	}
	secret, err = o.Publisher.Issue(v.Context(), account, t)
	if errors.Is(err, notice.ErrInvalid) {
		return "", bureau.Faults{{Field: "usage", Text: bureau.FaultName}}, nil
	}
	return secret, nil, err
}

func (o *Office) endAccess(v visit) (answer, error) {
	return send("/compte", "revoque"), o.Publisher.RevokeToken(v.Context(), v.Account.ID, v.PathValue("no"))
}

// showSecret shows what is seen this once.
func showSecret(s bureau.Secret) answer {
	return show(bureau.Page{Name: "secret", Title: s.Label, Body: s})
}
