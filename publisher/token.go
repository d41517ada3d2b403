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

// tokenPrefix lets people, and tools that look for secrets in the wrong
// places, see what a token is.
const tokenPrefix = "crieur_"

// A Scope is a part of what an account may do, to which a token can be
// narrowed. A token never opens more than its account may at that moment.
type Scope string

// The scopes.
const (
	ScopeRead   Scope = "read"   // see notices, their checks, counts and outcomes
	ScopeDraft  Scope = "draft"  // write, submit, withdraw
	ScopeSign   Scope = "sign"   // return, approve, review
	ScopeAct    Scope = "act"    // extend, recover, end and the like
	ScopePeople Scope = "people" // accounts, tokens, subscribers and their addresses
)

// Scopes lists all of them.
var Scopes = []Scope{ScopeRead, ScopeDraft, ScopeSign, ScopeAct, ScopePeople}

// UnmarshalText refuses what is not a scope.
func (s *Scope) UnmarshalText(b []byte) error {
	if !slices.Contains(Scopes, Scope(b)) {
		return &notice.ValueError{What: fmt.Sprintf("%q is not a scope", b), Remedy: "some of " + join(Scopes)}
	}
	*s = Scope(b)
	return nil
}

// Terms are those of a token.
type Terms struct {
	Label  string        // what it is for, in its owner's words
	Scopes []Scope       // all if empty
	Lasts  time.Duration // a minute or more
}

// A tokenRecord is what ACCOUNTS holds of a token, under its hash. Times are
// by the machine's clock.
type tokenRecord struct {
	Account string    `json:"account"`
	Expires time.Time `json:"expires"`
	ID      string    `json:"id,omitzero"`
	Label   string    `json:"label,omitzero"`
	Scopes  []Scope   `json:"scopes,omitzero"` // all if absent
	Made    time.Time `json:"made,omitzero"`
	Used    time.Time `json:"used,omitzero"` // the day of its last use
}

// A Token is one that was made, without the secret itself.
type Token struct {
	ID      string    `json:"id"` // names it, and opens nothing
	Account string    `json:"account"`
	Label   string    `json:"label,omitzero"`
	Scopes  []Scope   `json:"scopes,omitzero"` // all if absent
	Made    time.Time `json:"made,omitzero"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero"` // the day; zero if never
}

// A Grant is what a token opens: its account as it is now, in some scopes.
type Grant struct {
	Account
	Scopes []Scope `json:"scopes,omitzero"` // all if absent
}

// Allows is whether a grant covers a scope.
func (g Grant) Allows(s Scope) bool { return len(g.Scopes) == 0 || slices.Contains(g.Scopes, s) }

func tokenKey(text string) string { return "token." + hash([]byte(text)) }

// NewToken makes a token of an account in all scopes, for so long.
func (p *Publisher) NewToken(ctx context.Context, account string, lasts time.Duration) (string, error) {
	return p.Issue(ctx, account, Terms{Lasts: lasts})
}

// Issue makes a token of an account. Only its hash is kept: this is the one
// time that it is seen.
func (p *Publisher) Issue(ctx context.Context, account string, t Terms) (string, error) {
	if _, err := p.account(ctx, account); err != nil {
		return "", err
	}
	return p.issue(ctx, account, t)
}

func (p *Publisher) issue(ctx context.Context, account string, t Terms) (string, error) {
	t.Label = strings.Join(strings.Fields(t.Label), " ")
	if err := CheckName(t.Label); err != nil {
		return "", err
	}
	if t.Lasts < time.Minute {
		return "", &notice.ValueError{What: "the token would hardly last", Remedy: "give it a minute or more"}
	}
	for _, s := range t.Scopes {
		if err := new(Scope).UnmarshalText([]byte(s)); err != nil {
			return "", err
		}
	}
	text := tokenPrefix + secret()
	now := p.Wall().UTC()
	data, err := json.Marshal(tokenRecord{Account: account, Expires: now.Add(t.Lasts), ID: hash([]byte(text))[:12], Label: t.Label,
		Scopes: t.Scopes, Made: now.Truncate(time.Second)})
	if err != nil {
		return "", err
	}
	if _, err := p.Store.Accounts.Create(ctx, tokenKey(text), data, t.Lasts); err != nil {
		return "", failed("make a token of "+account, err)
	}
	return text, nil
}

// secret is 256 random bits in letters that a header, a cookie and a URL take.
func secret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Tokens are those of an account, or of all if it is "", the newest first.
func (p *Publisher) Tokens(ctx context.Context, account string) ([]Token, error) {
	var all []Token
	err := p.eachToken(ctx, account, func(key string, t tokenRecord) {
		all = slices.DeleteFunc(all, func(had Token) bool { return had.ID == t.ID }) // used meanwhile
		all = append(all, Token{t.ID, t.Account, t.Label, t.Scopes, t.Made, t.Expires, t.Used})
	})
	slices.SortFunc(all, func(a, b Token) int { return b.Made.Compare(a.Made) })
	return all, err
}

// eachToken hands to f what is still worth something. The id of a token is of
// its key's making.
func (p *Publisher) eachToken(ctx context.Context, account string, f func(key string, t tokenRecord)) error {
	err := p.Store.Accounts.Scan(ctx, []string{"token.*"}, func(pair stream.Pair) error {
		var t tokenRecord
		if err := json.Unmarshal(pair.Value, &t); err != nil {
			return fmt.Errorf("decode a token: %w", err)
		}
		t.ID = strings.TrimPrefix(pair.Key, "token.")[:12]
		if (account == "" || t.Account == account) && p.Wall().Before(t.Expires) {
			f(pair.Key, t)
		}
		return nil
	})
	return failed("read the tokens", err)
}

// RevokeToken makes one token of an account worthless; notice.ErrNotFound if
// it has none of this id.
func (p *Publisher) RevokeToken(ctx context.Context, account, id string) error {
	found := false
	if err := p.revoke(ctx, account, func(t tokenRecord) bool {
		found = found || t.ID == id
		return t.ID == id
	}); err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%w: %s has no token %s", notice.ErrNotFound, account, id)
	}
	return nil
}

// RevokeTokens makes all tokens of an account worthless.
func (p *Publisher) RevokeTokens(ctx context.Context, account string) error {
	return p.revoke(ctx, account, func(tokenRecord) bool { return true })
}

func (p *Publisher) revoke(ctx context.Context, account string, which func(tokenRecord) bool) error {
	var keys []string
	err := p.eachToken(ctx, account, func(key string, t tokenRecord) {
		if which(t) {
			keys = append(keys, key)
		}
	})
	for _, key := range keys {
		err = errors.Join(err, p.Store.Accounts.Delete(ctx, key))
	}
	return failed("revoke tokens of "+account, err)
}

// Authenticate gives what a token opens, or ErrUnauthenticated.
func (p *Publisher) Authenticate(ctx context.Context, text string) (Grant, error) {
	if !strings.HasPrefix(text, tokenPrefix) {
		return Grant{}, ErrUnauthenticated
	}
	pair, err := p.Store.Accounts.Get(ctx, tokenKey(text))
	if errors.Is(err, stream.ErrNotFound) {
		return Grant{}, ErrUnauthenticated
	}
	if err != nil {
		return Grant{}, failed("look for a token", err)
	}
	var t tokenRecord
	if err := json.Unmarshal(pair.Value, &t); err != nil || !p.Wall().Before(t.Expires) {
		return Grant{}, ErrUnauthenticated
	}
	a, err := p.account(ctx, t.Account)
	if errors.Is(err, notice.ErrNotFound) {
		return Grant{}, ErrUnauthenticated
	}
	if err != nil {
		return Grant{}, err
	}
	p.markUsed(ctx, pair, t)
	a, err = p.standing(ctx, a)
	return Grant{a, t.Scopes}, err
}

// markUsed writes down on what day a token was last used, once a day. It may
// fail: the call matters more.
func (p *Publisher) markUsed(ctx context.Context, pair stream.Pair, t tokenRecord) {
	now := p.Wall().UTC()
	day := now.Truncate(24 * time.Hour)
	if !t.Used.Before(day) {
		return
	}
	t.Used = day
	data, err := json.Marshal(t)
	if err == nil {
		_, err = p.Store.Accounts.Renew(ctx, pair.Key, data, pair.Revision, t.Expires.Sub(now))
	}
	if err != nil && !errors.Is(err, stream.ErrConflict) {
		p.Log.Warn("a token's use is not written down", "account", t.Account, "err", err)
	}
}
