package publisher

import (
	"errors"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

func (h *house) enters(secret string) (Entrant, bool) {
	h.t.Helper()
	e, err := h.Enter(h.t.Context(), secret)
	if err != nil && !errors.Is(err, ErrUnauthenticated) {
		h.t.Fatal(err)
	}
	return e, err == nil
}

// TestSessionEdges is when a session ends, to the millisecond.
func TestSessionEdges(t *testing.T) {
	t.Parallel()
	h, w := newPeople(t)
	o := h.signIn(drafter.ID, goodPassword)
	w.pass(SessionIdle - time.Millisecond)
	if _, ok := h.enters(o.Secret); !ok {
		t.Error("ended before it was idle for long enough")
	}
	w.pass(SessionIdle - time.Millisecond) // the look above counts
	if _, ok := h.enters(o.Secret); !ok {
		t.Error("a session in use ended")
	}
	w.pass(SessionIdle)
	if _, ok := h.enters(o.Secret); ok {
		t.Error("an idle session goes on")
	}
	o = h.signIn(drafter.ID, goodPassword)
	began := w.Now()
	for w.Now().Sub(began) < SessionLife-20*time.Minute {
		w.pass(20 * time.Minute)
		if _, ok := h.enters(o.Secret); !ok {
			t.Fatalf("ended after %s", w.Now().Sub(began))
		}
	}
	w.pass(began.Add(SessionLife - time.Millisecond).Sub(w.Now()))
	if _, ok := h.enters(o.Secret); !ok {
		t.Error("ended a moment before its time")
	}
	w.pass(time.Millisecond)
	if _, ok := h.enters(o.Secret); ok {
		t.Error("goes on after its time")
	}
}

// TestSessionRights: a change of rights counts with the next request, and
// gives the session another secret.
func TestSessionRights(t *testing.T) {
	t.Parallel()
	h, w := newPeople(t)
	ctx := t.Context()
	o := h.signIn(drafter.ID, goodPassword)
	wantErr(t, "other rights", h.ChangeAccount(ctx, Account{ID: drafter.ID, Roles: []notice.Role{notice.DutyOfficer}, Bureau: "comint1"}), nil)
	e, ok := h.enters(o.Secret)
	if !ok || e.Account.has(notice.Drafter) || !e.Account.has(notice.DutyOfficer) || e.Secret == "" || e.Secret == o.Secret || e.Session.ID != o.ID || e.Session.Form != o.Form {
		t.Fatalf("%+v", e)
	}
	if again, ok := h.enters(o.Secret); !ok || again.Secret != "" { // another request that was on its way
		t.Errorf("%v %+v", ok, again)
	}
	if all, err := h.Sessions(ctx, drafter.ID); err != nil || len(all) != 1 {
		t.Errorf("%d sessions, %v", len(all), err)
	}
	w.pass(sessionMoved)
	if _, ok := h.enters(o.Secret); ok {
		t.Error("the former secret still opens")
	}
	if e, ok := h.enters(e.Secret); !ok || e.Secret != "" {
		t.Errorf("%v %+v", ok, e)
	}
	wantErr(t, "remove", h.RemoveAccount(ctx, drafter.ID), nil)
	if _, ok := h.enters(e.Secret); ok {
		t.Error("a session outlives its account")
	}
}

// TestEndSessions ends one, and all.
func TestEndSessions(t *testing.T) {
	t.Parallel()
	h, w := newPeople(t)
	ctx := t.Context()
	wantErr(t, "password", h.SetPassword(ctx, signer.ID, goodPassword, false), nil)
	other := h.signIn(signer.ID, goodPassword)
	a := h.signIn(drafter.ID, goodPassword)
	w.pass(2 * time.Minute)
	b, c := h.signIn(drafter.ID, goodPassword), h.signIn(drafter.ID, goodPassword)
	if a.Secret == b.Secret || a.ID == b.ID || a.Form == b.Form || len(a.Secret) < 43 {
		t.Errorf("%+v, %+v", a, b)
	}
	wantErr(t, "end one", h.EndOneSession(ctx, drafter.ID, a.ID), nil)
	wantErr(t, "end another's", h.EndOneSession(ctx, drafter.ID, other.ID), nil)
	if _, ok := h.enters(a.Secret); ok {
		t.Error("goes on after its end")
	}
	wantErr(t, "end all but one", h.EndSessions(ctx, drafter.ID, c.ID), nil)
	_, okB := h.enters(b.Secret)
	_, okC := h.enters(c.Secret)
	_, okOther := h.enters(other.Secret)
	if okB || !okC || !okOther {
		t.Errorf("b %v, c %v, another's %v", okB, okC, okOther)
	}
	if _, err := h.Enter(ctx, ""); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("nothing opens: %v", err)
	}
	if _, err := h.Enter(ctx, a.ID); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("an id opens: %v", err)
	}
}

// TestVouched is somebody for whom an issuer vouches.
func TestVouched(t *testing.T) {
	t.Parallel()
	h, _ := newPeople(t)
	ctx := t.Context()
	const issuer = "https://id.example"
	v := Vouched{Account: Account{ID: "oidc-abc", Roles: []notice.Role{notice.Drafter}, Bureau: "comint1"}, Issuer: issuer, Name: "A. Personne"}
	o, err := h.SignInVouched(ctx, v)
	wantErr(t, "the first time", err, nil)
	if e, ok := h.enters(o.Secret); !ok || e.Name != "A. Personne" || !e.Account.has(notice.Drafter) {
		t.Errorf("%v %+v", ok, e)
	}
	if u, err := h.user(ctx, "oidc-abc"); err != nil || u.Name != "" {
		t.Errorf("the account keeps a name: %+v, %v", u, err)
	}
	_, err = h.SignIn(ctx, "oidc-abc", "", "")
	wantErr(t, "with a password", err, ErrSignIn)
	wantErr(t, "a password for it", h.SetPassword(ctx, "oidc-abc", goodPassword, false), notice.ErrConflict)
	wantErr(t, "other roles for it", h.ChangeAccount(ctx, Account{ID: "oidc-abc", Roles: []notice.Role{notice.Administrator}}), notice.ErrConflict)
	wantErr(t, "the right to be delegated to", h.ChangeAccount(ctx, Account{ID: "oidc-abc", Roles: []notice.Role{notice.Drafter}, Bureau: "comint1", Delegate: true}), nil)
	v.Account.Roles = []notice.Role{notice.DutyOfficer}
	_, err = h.SignInVouched(ctx, v)
	wantErr(t, "again", err, nil)
	if e, ok := h.enters(o.Secret); !ok || e.Account.has(notice.Drafter) || !e.Account.Delegate {
		t.Errorf("an earlier session has other rights: %v %+v", ok, e)
	}
	v.Account.ID = drafter.ID
	_, err = h.SignInVouched(ctx, v)
	wantErr(t, "a local account's id", err, notice.ErrConflict)
}

// TestSessionLook: a page that asks by itself sees what its session may, and
// does not make it last.
func TestSessionLook(t *testing.T) {
	t.Parallel()
	h, w := newPeople(t)
	ctx := t.Context()
	o := h.signIn(drafter.ID, goodPassword)
	for range 29 {
		w.pass(time.Minute)
		if e, err := h.Look(ctx, o.Secret); err != nil || e.Account.ID != drafter.ID {
			t.Fatalf("%+v, %v", e, err)
		}
	}
	w.pass(time.Minute - time.Millisecond)
	if _, err := h.Look(ctx, o.Secret); err != nil {
		t.Errorf("ended before it was idle for long enough: %v", err)
	}
	w.pass(time.Millisecond)
	if _, err := h.Look(ctx, o.Secret); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("looking has kept it open: %v", err)
	}
	if _, ok := h.enters(o.Secret); ok {
		t.Error("it opens again")
	}
}
