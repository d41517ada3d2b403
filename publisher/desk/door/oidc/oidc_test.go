package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher/desk/door/oidc/oidctest"
	"douane.gouv.fr/crieur/schemas/notice"
)

// A clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func open(t testing.TB) (*Provider, *oidctest.Issuer, *clock) {
	t.Helper()
	c := &clock{now: time.Now()}
	i := oidctest.New(t, c.Now)
	return &Provider{Issuer: i.URL(), Label: "l’issuer", Client: oidctest.Client, Secret: oidctest.Secret, Claim: "roles", Redirect: "https://desk.example/oidc/retour",
		Key: []byte("thirty-two bytes of the house's.."), Now: c.Now}, i, c
}

// goThere begins a sign-in and comes back from it.
func goThere(t testing.TB, p *Provider, i *oidctest.Issuer, back string) (kept string, q url.Values) {
	t.Helper()
	location, kept, err := p.Begin(t.Context(), back)
	if err != nil {
		t.Fatal(err)
	}
	return kept, i.Agree(location)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	p, i, _ := open(t)
	kept, q := goThere(t, p, i, "/notes/n1")
	if strings.Contains(kept, "notes") || strings.Contains(kept, q.Get("state")) {
		t.Errorf("the browser can read %s", kept)
	}
	v, back, err := p.Finish(t.Context(), kept, q)
	if err != nil || back != "/notes/n1" || v.Name != "Camille DURAND" || !slices.Equal(v.Account.Roles, []notice.Role{notice.Drafter}) {
		t.Fatalf("%+v, %q, %v", v, back, err)
	}
	if strings.Contains(v.Account.ID, "4711") || len(v.Account.ID) != 21 {
		t.Errorf("the account is called %s", v.Account.ID)
	}
	kept, q = goThere(t, p, i, "/")
	again, _, err := p.Finish(t.Context(), kept, q)
	if err != nil || again.Account.ID != v.Account.ID {
		t.Errorf("the second time %s, %v; the first %s", again.Account.ID, err, v.Account.ID)
	}
	other := &Provider{Issuer: p.Issuer, Key: []byte("another house")}
	if other.pseudonym("agent-4711") == v.Account.ID {
		t.Error("another house finds the same name")
	}
	if p.pseudonym("agent-4712") == v.Account.ID {
		t.Error("two people are one account")
	}
}

// TestAttacks brings back what nobody was given.
func TestAttacks(t *testing.T) {
	t.Parallel()
	p, i, c := open(t)
	ctx := t.Context()
	kept, q := goThere(t, p, i, "/")
	if _, _, err := p.Finish(ctx, kept, q); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Finish(ctx, kept, q); !errors.Is(err, ErrIssuer) || strings.Contains(err.Error(), "@") {
		t.Errorf("a replayed code: %v", err)
	}
	other, _ := goThere(t, p, i, "/")
	kept, q = goThere(t, p, i, "/")
	if _, _, err := p.Finish(ctx, other, q); !errors.Is(err, ErrStale) {
		t.Errorf("another browser's sign-in: %v", err)
	}
	for name, bad := range map[string]string{"none": "", "not ours": "YWJj", "cut": kept[:20], "changed": kept[:len(kept)-4] + "AAAA"} {
		if _, _, err := p.Finish(ctx, bad, q); !errors.Is(err, ErrStale) {
			t.Errorf("what the browser kept, %s: %v", name, err)
		}
	}
	if _, _, err := p.Finish(ctx, kept, url.Values{"state": q["state"], "error": {"access_denied"}}); !errors.Is(err, ErrIssuer) {
		t.Errorf("the issuer's refusal: %v", err)
	}
	if _, _, err := p.Finish(ctx, kept, url.Values{"state": q["state"], "code": q["code"], "iss": {"https://evil.example"}}); !errors.Is(err, ErrForged) {
		t.Errorf("another issuer's answer: %v", err)
	}
	c.pass(FlowLife)
	if _, _, err := p.Finish(ctx, kept, q); !errors.Is(err, ErrStale) {
		t.Errorf("after too long: %v", err)
	}
}

// TestForgedTokens has the issuer's address say what it must not.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	p, i, c := open(t)
	for name, claims := range map[string]map[string]any{
		"another nonce":              {"nonce": "x"},
		"no nonce":                   {"nonce": nil},
		"to another":                 {"aud": "other"},
		"to several, for another":    {"aud": []string{"crieur", "other"}, "azp": "other"},
		"of another issuer":          {"iss": "https://evil.example"},
		"over":                       {"exp": c.Now().Add(-time.Second).Unix()},
		"roles of another kind":      {"roles": map[string]any{"a": 1}, "name": 5},
		"to be used from tomorrow":   {"nbf": c.Now().Add(24 * time.Hour).Unix()},
		"to several, without a name": {"aud": []string{"crieur", "other"}},
	} {
		i.Say(claims)
		kept, q := goThere(t, p, i, "/")
		if _, _, err := p.Finish(t.Context(), kept, q); !errors.Is(err, ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	i.Say(map[string]any{"aud": []string{"crieur", "other"}, "azp": "crieur"})
	kept, q := goThere(t, p, i, "/")
	if _, _, err := p.Finish(t.Context(), kept, q); err != nil {
		t.Errorf("to several, for us: %v", err)
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.Say(nil)
	i.SignWith(stranger)
	kept, q = goThere(t, p, i, "/")
	if _, _, err := p.Finish(t.Context(), kept, q); !errors.Is(err, ErrForged) {
		t.Errorf("signed by a stranger: %v", err)
	}
}

func TestIssuerAway(t *testing.T) {
	t.Parallel()
	p, i, _ := open(t)
	i.Close()
	if _, _, err := p.Begin(t.Context(), "/"); !errors.Is(err, ErrIssuer) {
		t.Errorf("%v", err)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []string
		want   string // "" is ErrNoRole
	}{
		{[]string{"crieur:drafter"}, "drafter"},
		{[]string{"other:admin", "crieur:signatory@comint1", "crieur:drafter"}, "signatory drafter @comint1"},
		{[]string{"crieur:duty", "crieur:duty@comint1"}, "duty @comint1"},
		{[]string{"crieur:signatory@comint1", "crieur:drafter@comint2"}, ""},
		{[]string{"crieur:clock"}, ""},
		{[]string{"crieur:"}, ""},
		{[]string{"crieur:chief", "crieur:drafter"}, ""},
		{[]string{"drafter"}, ""},
		{nil, ""},
	} {
		roles, bureau, err := Roles(c.values)
		got := ""
		for _, r := range roles {
			got += string(r) + " "
		}
		if bureau != "" {
			got += "@" + bureau
		}
		if got = strings.TrimSpace(got); got != c.want || (c.want == "") != errors.Is(err, ErrNoRole) {
			t.Errorf("%q: %q, %v; want %q", c.values, got, err, c.want)
		}
	}
	p := &Provider{Claim: "realm_access.roles"}
	nested := map[string]any{"realm_access": map[string]any{"roles": []any{"crieur:drafter", 5}}}
	if got := p.values(nested); !slices.Equal(got, []string{"crieur:drafter"}) {
		t.Errorf("%q", got)
	}
	p.Claim = "https://douane.example/roles"
	if got := p.values(map[string]any{p.Claim: "crieur:drafter  crieur:duty"}); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := &Provider{Issuer: "https://id.example", Client: "a", Secret: "b"}
	for want, p := range map[string]*Provider{
		"": good, "--oidc-issuer": {Issuer: "http://id.example", Client: "a", Secret: "b"}, "--oidc-client": {Issuer: "https://id.example"},
		"--oidc-secret-file": {Issuer: "https://id.example", Client: "a"},
	} {
		if err := p.Check(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
