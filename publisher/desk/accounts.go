package desk

import (
	"fmt"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

func (d *Desk) me(c call) (any, error) { return c.who, nil }

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

// A NewToken is the body of a call for a token.
type NewToken struct {
	Days int `json:"days,omitzero"` // how long it opens; DefaultDays if absent
}

// DefaultDays is how long a token opens where nothing is said.
const DefaultDays = 90

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
	if body.Days < 1 || body.Days > 366 {
		return nil, &notice.ValueError{What: fmt.Sprintf("%d days", body.Days), Remedy: "from 1 to 366"}
	}
	id := c.PathValue("id")
	text, err := d.Publisher.NewToken(c.Context(), id, time.Duration(body.Days)*24*time.Hour)
	return Token{id, text, body.Days}, err
}

func (d *Desk) revokeTokens(c call) (any, error) {
	return nil, d.Publisher.RevokeTokens(c.Context(), c.PathValue("id"))
}
