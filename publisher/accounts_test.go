package publisher

import (
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

func TestAccounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	wantErr(t, "an account", h.AddAccount(ctx, duty), nil)
	wantErr(t, "the same account again", h.AddAccount(ctx, duty), nil)
	wantErr(t, "another one of the id", h.AddAccount(ctx, Account{ID: duty.ID, Roles: drafter.Roles}), notice.ErrConflict)
	for _, bad := range []Account{
		{ID: "Michel Baron", Roles: duty.Roles}, {ID: "clock", Roles: duty.Roles}, {ID: "x"},
		{ID: "x", Roles: []notice.Role{notice.Clock}}, {ID: "x", Roles: duty.Roles, Bureau: "comint9"},
	} {
		wantErr(t, bad.ID, h.AddAccount(ctx, bad), notice.ErrInvalid)
	}
	token, err := h.NewToken(ctx, duty.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := h.Authenticate(ctx, token); err != nil || a.ID != duty.ID || !a.has(notice.DutyOfficer) {
		t.Errorf("%+v, %v", a, err)
	}
	_, err = h.NewToken(ctx, "unheard", time.Hour)
	wantErr(t, "a token of nobody", err, notice.ErrNotFound)
	for _, wrong := range []string{"", "crieur_", token + "x", strings.TrimPrefix(token, "crieur_")} {
		_, err := h.Authenticate(ctx, wrong)
		wantErr(t, "token "+wrong, err, ErrUnauthenticated)
	}
	wall := h.Wall
	h.Wall = func() time.Time { return time.Now().Add(time.Hour) }
	_, err = h.Authenticate(ctx, token)
	wantErr(t, "an hour later", err, ErrUnauthenticated)
	h.Wall = wall
	wantErr(t, "revoke", h.RevokeTokens(ctx, duty.ID), nil)
	_, err = h.Authenticate(ctx, token)
	wantErr(t, "a revoked token", err, ErrUnauthenticated)
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	token, err := h.Bootstrap(ctx)
	if err != nil || token == "" {
		t.Fatalf("%q, %v", token, err)
	}
	if a, err := h.Authenticate(ctx, token); err != nil || a.ID != FirstAdministrator || !a.has(notice.Administrator) {
		t.Errorf("%+v, %v", a, err)
	}
	if again, err := h.Bootstrap(ctx); again != "" || err != nil {
		t.Errorf("a second bootstrap gives %q, %v", again, err)
	}
	wantErr(t, "remove the last administrator", h.RemoveAccount(ctx, FirstAdministrator), notice.ErrConflict)
	wantErr(t, "another administrator", h.AddAccount(ctx, Account{ID: "admin-2", Roles: []notice.Role{notice.Administrator}}), nil)
	wantErr(t, "remove one of two", h.RemoveAccount(ctx, FirstAdministrator), nil)
	_, err = h.Authenticate(ctx, token)
	wantErr(t, "the token of an account that is gone", err, ErrUnauthenticated)
	wantErr(t, "remove nobody", h.RemoveAccount(ctx, "unheard"), notice.ErrNotFound)
}
