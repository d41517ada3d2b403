package desk

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// TestScopes asks every call with a token of each scope: one that the table
// does not name is refused, whatever the account may do.
func TestScopes(t *testing.T) {
	t.Parallel()
	b := openWith(t, told{event: stream.NewID()})
	ctx := t.Context()
	all := publisher.Account{ID: "x1", Roles: []notice.Role{notice.Drafter, notice.Signer, notice.DutyOfficer, notice.Administrator}}
	if err := b.p.AddAccount(ctx, all); err != nil {
		t.Fatal(err)
	}
	tokens := map[publisher.Scope]string{}
	for _, s := range publisher.Scopes {
		text, err := b.root.Issue(ctx, "x1", NewToken{Scopes: []publisher.Scope{s}, Label: string(s)})
		if err != nil {
			t.Fatal(err)
		}
		tokens[s] = text.Token
	}
	bodies := map[string]string{"POST /api/check": `{"kind": "incident"}`}
	d := &Desk{}
	routes := d.routes()
	maps.Copy(routes, d.longRoutes())
	for _, pattern := range slices.Sorted(maps.Keys(routes)) {
		row, ok := scopes[pattern]
		if !ok && !slices.Contains(free, pattern) {
			t.Errorf("%s has no row in scopes: say which tokens may call it", pattern)
		}
		if strings.HasPrefix(pattern, "DELETE") {
			continue // by the people's token it would end what comes after: see below
		}
		for s, token := range tokens {
			status, text := b.raw(token, strings.NewReplacer("{id}", "nobody", "{type}", "ended", "{no}", "none", "{name}", "none", "{event}", "none").Replace(pattern), bodies[pattern])
			refused := status == http.StatusForbidden && strings.Contains(text, "does not cover the scope")
			if want := ok && row != s; refused != want {
				t.Errorf("%s with %s: %d %s", pattern, s, status, text)
			}
		}
	}
	if status, _ := b.raw(tokens[publisher.ScopeRead], "DELETE /api/accounts/s1", ""); status != http.StatusForbidden {
		t.Errorf("a token to read removes an account: %d", status)
	}
	if status, _ := b.raw(tokens[publisher.ScopeRead], "GET /api/ledger/none/attempts?addresses=1", ""); status != http.StatusForbidden {
		t.Errorf("a token to read sees addresses: %d", status)
	}
	for pattern := range scopes {
		if routes[pattern] == nil {
			t.Errorf("%s has a row in scopes and is no route", pattern)
		}
	}
}

// TestCookiesOpenNothing: a browser's session is nothing to the API, so that no
// other site can use it there.
func TestCookiesOpenNothing(t *testing.T) {
	t.Parallel()
	b := open(t)
	if err := b.p.SetPassword(t.Context(), "r1", "quatre mots sans rapport", false); err != nil {
		t.Fatal(err)
	}
	o, err := b.p.SignIn(t.Context(), "r1", "quatre mots sans rapport", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, head := range []map[string]string{{"Cookie": "crieur=" + o.Secret}, {"Authorization": "Bearer " + o.Secret}, {"Cookie": "crieur=" + b.people["r1"].Token}} {
		if resp, text := b.send("", "GET", "/api/me", "", head); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%d %s", resp.StatusCode, text)
		}
	}
}

// TestMassAssignment sends fields that no caller may set.
func TestMassAssignment(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, body := range []string{`{"id": "z1", "roles": ["drafter"], "password": "x"}`, `{"id": "z1", "roles": ["drafter"], "rights": 7}`, `{"id": "z1", "roles": ["drafter"], "issuer": "x"}`,
		`{"id": "z1", "roles": ["drafter"], "Under": {"by": "interim"}}`, `{"id": "z1", "roles": ["drafter"], "lent": true}`, `{"id": "z1", "roles": ["clock"]}`} {
		if status, text := b.raw(b.root.Token, "POST /api/accounts", body); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
	if status, text := b.raw(b.root.Token, "PUT /api/accounts/r1", `{"id": "s1", "roles": ["drafter"]}`); status != http.StatusUnprocessableEntity {
		t.Errorf("an account becomes another: %d %s", status, text)
	}
	if err := b.root.ChangeAccount(t.Context(), publisher.Account{ID: "r1", Roles: []notice.Role{notice.DutyOfficer}, Bureau: "comint1", Delegate: true}); err != nil {
		t.Error(err)
	}
	if p, err := b.root.ResetPassword(t.Context(), "r1"); err != nil || p.Account != "r1" || len(p.Password) != 23 {
		t.Errorf("%+v, %v", p, err)
	}
	if tokens, err := b.root.Tokens(t.Context(), "r1"); err != nil || len(tokens) != 1 || b.root.RevokeToken(t.Context(), "r1", tokens[0].ID) != nil {
		t.Errorf("%+v, %v", tokens, err)
	}
}

func (p told) Subscribers(context.Context) (uint64, error) { return 0, nil }
