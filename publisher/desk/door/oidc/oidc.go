// Package oidc asks an OpenID Connect issuer who somebody is.
//
// The door sends people there (Begin) and takes them in when they come back
// (Finish): code flow with PKCE, state and nonce. What has to be remembered
// meanwhile lies sealed in the browser's own cookie, so that whoever merely
// asks leaves nothing behind here. Of what the issuer says, only what somebody
// may do goes on; the account's id is made of the subject with the house's
// secret and says nothing about the person.
package oidc

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Why somebody is not let in.
var (
	ErrStale  = errors.New("the sign-in was begun too long ago, in another browser, or twice")
	ErrIssuer = errors.New("the issuer does not answer, or refuses")
	ErrForged = errors.New("what the issuer is said to have said does not hold")
	ErrNoRole = errors.New("the issuer gives no role here")
)

// A Provider is an issuer that this house trusts. Its fields are needed and do
// not change.
type Provider struct {
	Issuer   string // its address, as it says it itself
	Label    string // as people know it: on the button
	Client   string // our id there
	Secret   string // our secret there
	Claim    string // which claim says the roles: "roles", "realm_access.roles"
	Redirect string // where people come back to: https://desk/oidc/retour
	Key      []byte // the house's secret
	HTTP     *http.Client
	Now      func() time.Time // by the machine's clock

	mu    sync.Mutex
	known *oidc.Provider // guarded by mu; nil until it was asked
}

// Check says what is wrong with the settings.
func (p *Provider) Check() error {
	u, err := url.Parse(p.Issuer)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && !loopback(u):
		return fmt.Errorf("--oidc-issuer: %q is not an issuer's address: write https://host", p.Issuer)
	case p.Client == "":
		return errors.New("--oidc-client is missing: our id at the issuer")
	case p.Secret == "":
		return errors.New("--oidc-secret-file is missing: a file with our secret at the issuer")
	}
	return nil
}

func loopback(u *url.URL) bool { return u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost" }

// patience is how long the issuer is waited for.
const patience = 10 * time.Second

// provider is the issuer as it describes itself. Where it does not answer it
// is asked again next time: a house starts without it.
func (p *Provider) provider(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	found, err := oidc.NewProvider(p.client(ctx), p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIssuer, err)
	}
	p.known = found
	return found, nil
}

// client makes calls with our own patience.
func (p *Provider) client(ctx context.Context) context.Context {
	c := http.Client{}
	if p.HTTP != nil {
		c = *p.HTTP
	}
	c.Timeout = patience
	return oidc.ClientContext(ctx, &c)
}

func (p *Provider) config(known *oidc.Provider) oauth2.Config {
	return oauth2.Config{ClientID: p.Client, ClientSecret: p.Secret, Endpoint: known.Endpoint(), RedirectURL: p.Redirect,
		Scopes: []string{oidc.ScopeOpenID, "profile"}}
}

// Begin gives the address to send somebody to, and what his browser keeps
// until he comes back. back is where he wanted to go.
func (p *Provider) Begin(ctx context.Context, back string) (location, kept string, err error) {
	known, err := p.provider(ctx)
	if err != nil {
		return "", "", err
	}
	f := flow{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(),
		Back: back, Until: p.Now().Add(FlowLife)}
	kept, err = p.seal(f)
	c := p.config(known)
	return c.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), kept, err
}

// Finish takes somebody in who comes back with what the issuer gave him.
func (p *Provider) Finish(ctx context.Context, kept string, q url.Values) (v publisher.Vouched, back string, err error) {
	f, err := p.open(kept)
	if err != nil || !p.Now().Before(f.Until) || !hmac.Equal([]byte(f.State), []byte(q.Get("state"))) {
		return v, "", ErrStale
	}
	if iss := q.Get("iss"); iss != "" && iss != p.Issuer { // RFC 9207
		return v, "", fmt.Errorf("%w: another issuer answers", ErrForged)
	}
	if q.Get("code") == "" {
		return v, "", fmt.Errorf("%w: %.40q", ErrIssuer, q.Get("error"))
	}
	token, err := p.exchange(ctx, f, q.Get("code"))
	if err != nil {
		return v, "", err
	}
	v, err = p.vouched(token)
	return v, f.Back, err
}

// exchange gives the issuer its code back for a token, and looks whether that
// is for us, of this sign-in, and still good.
func (p *Provider) exchange(ctx context.Context, f flow, code string) (*oidc.IDToken, error) {
	known, err := p.provider(ctx)
	if err != nil {
		return nil, err
	}
	ctx = p.client(ctx)
	c := p.config(known)
	answer, err := c.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrIssuer, reason(err))
	}
	raw, _ := answer.Extra("id_token").(string)
	token, err := known.VerifierContext(ctx, &oidc.Config{ClientID: p.Client, Now: p.Now}).Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrForged, err)
	}
	var more struct {
		Party string `json:"azp"`
	}
	if err := token.Claims(&more); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrForged, err)
	}
	if token.Nonce == "" || !hmac.Equal([]byte(token.Nonce), []byte(f.Nonce)) {
		return nil, fmt.Errorf("%w: it was said for another sign-in", ErrForged)
	}
	if len(token.Audience) > 1 && more.Party != p.Client {
		return nil, fmt.Errorf("%w: it was said to another", ErrForged)
	}
	return token, nil
}

// reason is an issuer's refusal without what else it sends.
func reason(err error) string {
	if e := new(oauth2.RetrieveError); errors.As(err, &e) {
		return fmt.Sprintf("%.40q", e.ErrorCode)
	}
	return "no answer"
}

// vouched is what a token says that somebody may do.
func (p *Provider) vouched(token *oidc.IDToken) (publisher.Vouched, error) {
	var claims map[string]any
	var name struct {
		Name string `json:"name"`
	}
	if err := errors.Join(token.Claims(&claims), token.Claims(&name)); err != nil {
		return publisher.Vouched{}, fmt.Errorf("%w: %s", ErrForged, err)
	}
	roles, bureau, err := Roles(p.values(claims))
	a := publisher.Account{ID: p.pseudonym(token.Subject), Roles: roles, Bureau: bureau}
	return publisher.Vouched{Account: a, Issuer: p.Issuer, Name: name.Name}, err
}

// pseudonym names a subject's account: always the same one, and nobody without
// the house's secret finds the subject by it.
func (p *Provider) pseudonym(subject string) string {
	sum := p.mac("subject", p.Issuer+"\x00"+subject)
	return "oidc-" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

func (p *Provider) mac(purpose, of string) []byte {
	m := hmac.New(sha256.New, p.Key)
	m.Write([]byte("oidc " + purpose + "\x00" + of))
	return m.Sum(nil)
}

// values are those of the claim that says the roles: a list, or words.
func (p *Provider) values(claims map[string]any) []string {
	var at any = claims
	if v, ok := claims[p.Claim]; ok { // a claim's name may have dots
		at = v
	} else {
		for name := range strings.SplitSeq(p.Claim, ".") {
			inner, _ := at.(map[string]any)
			at = inner[name]
		}
	}
	switch v := at.(type) {
	case string:
		return strings.Fields(v)
	case []any:
		var all []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// prefix tells our roles from others' in the same claim.
const prefix = "crieur:"

// Roles reads what a claim says: "crieur:drafter", "crieur:signatory@comint1".
// What is not ours is passed over. An account is of one bureau: one that any
// value names holds for all of them, and two are refused. ErrNoRole if nothing
// is left.
func Roles(values []string) (roles []notice.Role, bureau string, err error) {
	for _, v := range values {
		ours, ok := strings.CutPrefix(v, prefix)
		if !ok {
			continue
		}
		name, of, _ := strings.Cut(ours, "@")
		if of != "" && bureau != "" && of != bureau {
			return nil, "", fmt.Errorf("%w: it names two bureaus, %s and %s; an account is of one", ErrNoRole, bureau, of)
		}
		var r notice.Role
		if err := r.UnmarshalText([]byte(name)); err != nil || r == notice.Clock {
			return nil, "", fmt.Errorf("%w: %.40q is none of drafter, signatory, duty, administrator", ErrNoRole, name)
		}
		if of != "" {
			bureau = of
		}
		if !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	if len(roles) == 0 {
		return nil, "", ErrNoRole
	}
	return roles, bureau, nil
}
