package publisher

import (
	"errors"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestTokens is what a token opens, how it is listed, and how one is revoked.
func TestTokens(t *testing.T) {
	t.Parallel()
	h, w := newPeople(t)
	ctx := t.Context()
	text, err := h.Issue(ctx, signer.ID, Terms{Label: " pour  la supervision ", Scopes: []Scope{ScopeRead}, Lasts: 48 * time.Hour})
	wantErr(t, "issue", err, nil)
	w.pass(time.Second)
	_, err = h.Issue(ctx, signer.ID, Terms{Lasts: time.Hour})
	wantErr(t, "another", err, nil)
	g, err := h.Authenticate(ctx, text)
	if err != nil || !g.Allows(ScopeRead) || g.Allows(ScopeSign) || !g.has(notice.Signer) {
		t.Errorf("%+v, %v", g, err)
	}
	w.pass(30 * time.Hour)
	if _, err := h.Authenticate(ctx, text); err != nil {
		t.Error(err)
	}
	all, err := h.Tokens(ctx, signer.ID)
	if err != nil || len(all) != 1 || all[0].Label != "pour la supervision" || !all[0].Used.Equal(w.Now().UTC().Truncate(24*time.Hour)) {
		t.Fatalf("%+v, %v: one is over, the other was used today", all, err)
	}
	wantErr(t, "another's", h.RevokeToken(ctx, drafter.ID, all[0].ID), notice.ErrNotFound)
	wantErr(t, "revoke", h.RevokeToken(ctx, signer.ID, all[0].ID), nil)
	if _, err := h.Authenticate(ctx, text); !errors.Is(err, ErrUnauthenticated) {
		t.Error(err)
	}
	for _, bad := range []Terms{{Lasts: time.Second}, {Lasts: time.Hour, Scopes: []Scope{"all"}}, {Lasts: time.Hour, Label: "a\x00b"}} {
		_, err := h.Issue(ctx, signer.ID, bad)
		wantErr(t, "bad terms", err, notice.ErrInvalid)
	}
}

// TestNames is what may be shown for an account.
func TestNames(t *testing.T) {
	t.Parallel()
	h, _ := newPeople(t)
	ctx := t.Context()
	for _, bad := range []string{"a\u202eb", "<b>x</b>", "x\x00y", string(make([]rune, 61)), "a\xff"} {
		wantErr(t, bad, h.SetName(ctx, signer.ID, bad), notice.ErrInvalid)
	}
	wantErr(t, "lines are made one", h.SetName(ctx, signer.ID, "Chef\r\nBcc: x"), nil)
	wantErr(t, "a name", h.SetName(ctx, signer.ID, "  Cheffe de bureau "), nil)
	names, err := h.Names(ctx)
	if err != nil || len(names) != 1 || names[signer.ID] != "Cheffe de bureau" {
		t.Errorf("%q, %v", names, err)
	}
	wantErr(t, "the last administrator", h.ChangeAccount(ctx, Account{ID: "admin", Roles: drafter.Roles}), ErrLastAdministrator)
}
