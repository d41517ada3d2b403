package publisher

import (
	"context"
	"errors"
	"fmt"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Vouched is somebody for whom an issuer vouches (OIDC), with what it says
// that he may do.
type Vouched struct {
	Account Account // its id says nothing about the person
	Issuer  string
	Name    string // for the page's head, in the session alone
}

// SignInVouched begins a session of somebody for whom an issuer vouches. The
// account is made at the first time, and is at each time what the issuer says;
// what an administrator has added, the right to be delegated to, stays. An
// account of another making is not taken over (notice.ErrConflict).
func (p *Publisher) SignInVouched(ctx context.Context, v Vouched) (Opened, error) {
	if err := p.CheckAccount(v.Account); err != nil {
		return Opened{}, err
	}
	if CheckName(v.Name) != nil {
		v.Name = ""
	}
	err := p.addUser(ctx, user{Account: v.Account, Issuer: v.Issuer})
	if err != nil && !errors.Is(err, stream.ErrConflict) {
		return Opened{}, err
	}
	u, err := p.changeUser(ctx, v.Account.ID, func(u *user) error {
		if u.Issuer != v.Issuer {
			return fmt.Errorf("%w: account %s is not one of %s", notice.ErrConflict, u.ID, v.Issuer)
		}
		v.Account.Delegate = v.Account.Delegate || u.Delegate
		u.become(v.Account)
		return nil
	})
	if err != nil {
		return Opened{}, err
	}
	return p.begin(ctx, u, Session{Name: v.Name, Issuer: v.Issuer})
}
