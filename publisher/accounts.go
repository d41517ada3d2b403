package publisher

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// ErrUnauthenticated says that a token is none of ours, or no longer.
var ErrUnauthenticated = errors.New("not authenticated: the token is none of this desk’s, or has expired")

// FirstAdministrator is the account that Bootstrap makes.
const FirstAdministrator = "administrator"

// tokenPrefix lets people, and tools that look for secrets in the wrong
// places, see what a token is.
const tokenPrefix = "crieur_"

// A tokenRecord is what ACCOUNTS holds of a token, under its hash.
type tokenRecord struct {
	Account string    `json:"account"`
	Expires time.Time `json:"expires"` // by the machine's clock
}

// AddAccount makes an account. It is ErrConflict where there is another one of
// this id.
func (p *Publisher) AddAccount(ctx context.Context, a Account) error {
	if err := p.checkAccount(a); err != nil {
		return err
	}
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = p.Store.Accounts.Create(ctx, "user."+a.ID, data, 0)
	if errors.Is(err, stream.ErrConflict) {
		return p.sameAccount(ctx, a)
	}
	return failed("make account "+a.ID, err)
}

// sameAccount is nil where the account that is there is the one wanted.
func (p *Publisher) sameAccount(ctx context.Context, want Account) error {
	have, err := p.account(ctx, want.ID)
	if err == nil && (have.Bureau != want.Bureau || !slices.Equal(have.Roles, want.Roles)) {
		return fmt.Errorf("%w: there is another account %s", notice.ErrConflict, want.ID)
	}
	return err
}

func (p *Publisher) checkAccount(a Account) error {
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
	var all []Account
	err := p.Store.Accounts.Scan(ctx, []string{"user.*"}, func(pair stream.Pair) error {
		var a Account
		if err := json.Unmarshal(pair.Value, &a); err != nil {
			return fmt.Errorf("decode %s: %w", pair.Key, err)
		}
		all = append(all, a)
		return nil
	})
	slices.SortFunc(all, func(a, b Account) int { return strings.Compare(a.ID, b.ID) })
	return all, failed("read the accounts", err)
}

// RemoveAccount takes an account and all its tokens away. The last
// administrator stays. What the account has done stays on the records.
func (p *Publisher) RemoveAccount(ctx context.Context, id string) error {
	all, err := p.Accounts(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(a Account) bool { return a.ID == id }) {
		return fmt.Errorf("%w: there is no account %s", notice.ErrNotFound, id)
	}
	if !slices.ContainsFunc(all, func(a Account) bool { return a.ID != id && a.has(notice.Administrator) }) {
		return fmt.Errorf("%w: %s is the last administrator", notice.ErrConflict, id)
	}
	if err := p.Store.Accounts.Delete(ctx, "user."+id); err != nil {
		return failed("remove account "+id, err)
	}
	return p.RevokeTokens(ctx, id)
}

// NewToken makes a token of an account, for so long. Only its hash is kept:
// this is the one time that it is seen.
func (p *Publisher) NewToken(ctx context.Context, account string, lasts time.Duration) (string, error) {
	if _, err := p.account(ctx, account); err != nil {
		return "", err
	}
	return p.newToken(ctx, account, lasts)
}

func (p *Publisher) newToken(ctx context.Context, account string, lasts time.Duration) (string, error) {
	if lasts < time.Minute {
		return "", &notice.ValueError{What: "the token would hardly last", Remedy: "give it a minute or more"}
	}
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return "", err
	}
	text := tokenPrefix + base64.RawURLEncoding.EncodeToString(secret[:])
	data, err := json.Marshal(tokenRecord{account, p.Wall().Add(lasts).UTC()})
	if err != nil {
		return "", err
	}
	if _, err := p.Store.Accounts.Create(ctx, "token."+hash([]byte(text)), data, lasts); err != nil {
		return "", failed("make a token of "+account, err)
	}
	return text, nil
}

// RevokeTokens makes all tokens of an account worthless.
func (p *Publisher) RevokeTokens(ctx context.Context, account string) error {
	var keys []string
	err := p.Store.Accounts.Scan(ctx, []string{"token.*"}, func(pair stream.Pair) error {
		var t tokenRecord
		if err := json.Unmarshal(pair.Value, &t); err != nil {
			return fmt.Errorf("decode a token: %w", err)
		}
		if t.Account == account {
			keys = append(keys, pair.Key)
		}
		return nil
	})
	for _, key := range keys {
		err = errors.Join(err, p.Store.Accounts.Delete(ctx, key))
	}
	return failed("revoke the tokens of "+account, err)
}

// Authenticate gives the account of a token, or ErrUnauthenticated.
func (p *Publisher) Authenticate(ctx context.Context, text string) (Account, error) {
	if !strings.HasPrefix(text, tokenPrefix) {
		return Account{}, ErrUnauthenticated
	}
	pair, err := p.Store.Accounts.Get(ctx, "token."+hash([]byte(text)))
	if errors.Is(err, stream.ErrNotFound) {
		return Account{}, ErrUnauthenticated
	}
	if err != nil {
		return Account{}, failed("look for a token", err)
	}
	var t tokenRecord
	if err := json.Unmarshal(pair.Value, &t); err != nil || !p.Wall().Before(t.Expires) {
		return Account{}, ErrUnauthenticated
	}
	a, err := p.account(ctx, t.Account)
	if errors.Is(err, notice.ErrNotFound) {
		return a, ErrUnauthenticated
	}
	return a, err
}

func (p *Publisher) account(ctx context.Context, id string) (Account, error) {
	var a Account
	pair, err := p.Store.Accounts.Get(ctx, "user."+id)
	if errors.Is(err, stream.ErrNotFound) {
		return a, fmt.Errorf("%w: there is no account %s", notice.ErrNotFound, id)
	}
	if err != nil {
		return a, failed("look for account "+id, err)
	}
	return a, json.Unmarshal(pair.Value, &a)
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
	text, err := p.newToken(ctx, FirstAdministrator, 365*24*time.Hour)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(Account{ID: FirstAdministrator, Roles: []notice.Role{notice.Administrator}})
	if err != nil {
		return "", err
	}
	_, err = p.Store.Accounts.Create(ctx, "user."+FirstAdministrator, data, 0)
	if errors.Is(err, stream.ErrConflict) { // another desk was faster
		return "", p.Store.Accounts.Delete(ctx, "token."+hash([]byte(text)))
	}
	return text, err
}
