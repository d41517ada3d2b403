package desk

import (
	"fmt"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

func (d *Desk) me(c call) (any, error) { return c.grant, nil }

func (d *Desk) accounts(c call) (any, error) {
	all, err := d.Publisher.Accounts(c.Context())
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (d *Desk) addAccount(c call) (any, error) {
	var a publisher.Account
	if err := c.read(&a); err != nil {
		return nil, err
	}
	return a, d.Publisher.AddAccount(c.Context(), a)
}

func (d *Desk) removeAccount(c call) (any, error) {
	return nil, d.Publisher.RemoveAccount(c.Context(), c.PathValue("id"))
}

// changeAccount gives an account other roles, another bureau, or the right to
// be delegated to.
func (d *Desk) changeAccount(c call) (any, error) {
	a := publisher.Account{ID: c.PathValue("id")}
	if err := c.read(&a); err != nil {
		return nil, err
	}
	if a.ID != c.PathValue("id") {
		return nil, &notice.ValueError{What: "an account keeps its id", Remedy: "leave id out, or make another account"}
	}
	return a, d.Publisher.ChangeAccount(c.Context(), a)
}

// A Password is the answer to a reset. It is seen this once, and is to be
// changed at its first use.
type Password struct {
	Account  string `json:"account"`
	Password string `json:"password"`
}

func (d *Desk) resetPassword(c call) (any, error) {
	id := c.PathValue("id")
	text, err := d.Publisher.ResetPassword(c.Context(), id)
	return Password{id, text}, err
}

// A NewToken is the body of a call for a token.
type NewToken struct {
	Days   int               `json:"days,omitzero"`   // how long it opens; DefaultDays if absent
	Label  string            `json:"label,omitzero"`  // what it is for
	Scopes []publisher.Scope `json:"scopes,omitzero"` // all if absent
}

// DefaultDays is how long a token opens where nothing is said.
const DefaultDays = 90

// MostDays is how long one may open.
const MostDays = 366

// A Token is the answer. It is seen this once: only its hash is kept.
type Token struct {
	Account string `json:"account"`
	Token   string `json:"token"`
	Days    int    `json:"days"`
}

func (d *Desk) newToken(c call) (any, error) {
	body := NewToken{Days: DefaultDays}
	if err := c.read(&body); err != nil {
		return nil, err
	}
	if body.Days < 1 || body.Days > MostDays {
		return nil, &notice.ValueError{What: fmt.Sprintf("%d days", body.Days), Remedy: fmt.Sprintf("from 1 to %d", MostDays)}
	}
	id := c.PathValue("id")
	text, err := d.Publisher.Issue(c.Context(), id, publisher.Terms{Label: body.Label, Scopes: body.Scopes, Lasts: time.Duration(body.Days) * 24 * time.Hour})
	return Token{id, text, body.Days}, err
}

func (d *Desk) tokens(c call) (any, error) {
	all, err := d.Publisher.Tokens(c.Context(), c.PathValue("id"))
	if all == nil {
		all = []publisher.Token{}
	}
	return all, err
}

func (d *Desk) revokeToken(c call) (any, error) {
	return nil, d.Publisher.RevokeToken(c.Context(), c.PathValue("id"), c.PathValue("no"))
}

func (d *Desk) revokeTokens(c call) (any, error) {
	return nil, d.Publisher.RevokeTokens(c.Context(), c.PathValue("id"))
}
