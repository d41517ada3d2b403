package publisher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// ErrUnauthenticated says that a token is none of ours, or no longer.
var ErrUnauthenticated = errors.New("not authenticated: the token is none of this desk’s, or has expired")

// FirstAdministrator is the account that Bootstrap makes.
const FirstAdministrator = "administrator"

// AddAccount makes an account. It is ErrConflict where there is another one of
// this id.
func (p *Publisher) AddAccount(ctx context.Context, a Account) error {
	if err := p.CheckAccount(a); err != nil {
		return err
	}
	err := p.addUser(ctx, user{Account: a})
	if errors.Is(err, stream.ErrConflict) {
		return p.sameAccount(ctx, a)
	}
	return err
}

// sameAccount is nil where the account that is there is the one wanted.
func (p *Publisher) sameAccount(ctx context.Context, want Account) error {
	have, err := p.account(ctx, want.ID)
	if err == nil && (have.Bureau != want.Bureau || have.Delegate != want.Delegate || !sameRoles(have.Roles, want.Roles)) {
		return fmt.Errorf("%w: there is another account %s", notice.ErrConflict, want.ID)
	}
	return err
}

// CheckAccount says all that is wrong with an account (notice.Problems).
func (p *Publisher) CheckAccount(a Account) error {
	var ps notice.Problems
	wrong := func(at, what, remedy string) {
		ps = append(ps, notice.Problem{Severity: notice.SeverityError, Pointer: at, What: what, Remedy: remedy})
	}
	if !token(a.ID) || a.ID == clockAccount.ID {
		wrong("/id", fmt.Sprintf("%q cannot be an account's id", a.ID), "use lower-case letters, digits and hyphens, and no one's name")
	}
	if len(a.Roles) == 0 {
		wrong("/roles", "the account has no role", "give some of drafter, signatory, duty, administrator")
	}
	for _, r := range a.Roles {
		if !slices.Contains([]notice.Role{notice.Drafter, notice.Signer, notice.DutyOfficer, notice.Administrator}, r) {
			wrong("/roles", fmt.Sprintf("%q is no account's role", r), "give some of drafter, signatory, duty, administrator")
		}
	}
	if _, err := p.Bureaus.Find(a.Bureau); a.Bureau != "" && err != nil {
		wrong("/bureau", err.Error(), "leave it out for an account of every bureau")
	}
	return ps.Err()
}

// Accounts are all of them, in the order of their ids.
func (p *Publisher) Accounts(ctx context.Context) ([]Account, error) {
	users, err := p.users(ctx)
	all := make([]Account, len(users))
	for i, u := range users {
		all[i] = u.Account
	}
	return all, err
}

// RemoveAccount takes an account away with its tokens, its sessions and what
// was delegated to it. The last administrator stays. What the account has done
// stays on the records.
func (p *Publisher) RemoveAccount(ctx context.Context, id string) error {
	if _, err := p.user(ctx, id); err != nil {
		return err
	}
	if err := p.keepAdministrator(ctx, id); err != nil {
		return err
	}
	if err := p.Store.Accounts.Delete(ctx, "user."+id); err != nil {
		return failed("remove account "+id, err)
	}
	return errors.Join(p.RevokeTokens(ctx, id), p.EndSessions(ctx, id, ""), p.endMandates(ctx, id))
}

func (p *Publisher) account(ctx context.Context, id string) (Account, error) {
	u, err := p.user(ctx, id)
	return u.Account, err
}

// Bootstrap makes the first account, an administrator, where there is none at
// all, and gives its token; "" where there are accounts. The token is made
// first: a crash in between leaves one that opens nothing, and no account
// without a key.
func (p *Publisher) Bootstrap(ctx context.Context) (string, error) {
	all, err := p.Accounts(ctx)
	if err != nil || len(all) > 0 {
		return "", err
	}
	text, err := p.issue(ctx, FirstAdministrator, Terms{Label: "first", Lasts: 365 * 24 * time.Hour})
	if err != nil {
		return "", err
	}
	err = p.addUser(ctx, user{Account: Account{ID: FirstAdministrator, Roles: []notice.Role{notice.Administrator}}})
	if errors.Is(err, stream.ErrConflict) { // another desk was faster
		return "", p.Store.Accounts.Delete(ctx, tokenKey(text))
	}
	return text, err
}
