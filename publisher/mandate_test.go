package publisher

import (
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// stand is an account as it comes in: with the mandate in force.
func (h *house) stand(id string) Account {
	h.t.Helper()
	a, err := h.account(h.t.Context(), id)
	if err == nil {
		a, err = h.standing(h.t.Context(), a)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

const delegated = "signatory: {name: Anne MARTIN, by: delegation}"

// TestDelegation goes from an absence to a letter signed by delegation, and
// beyond it.
func TestDelegation(t *testing.T) {
	t.Parallel()
	h, _ := newPeople(t)
	ctx := t.Context()
	deputy := Account{ID: "d1", Roles: []notice.Role{notice.Drafter}, Bureau: "comint1", Delegate: true}
	wantErr(t, "deputy", h.AddAccount(ctx, deputy), nil)
	wantErr(t, "a name", h.SetName(ctx, "d1", "Nom D’AFFICHAGE"), nil)
	m, err := h.Mandate(ctx, signer, Mandate{By: ByDelegation, To: "d1", From: legal("2023-08-01T12:00"), Until: legal("2023-08-01T18:00")})
	wantErr(t, "declare", err, nil)
	h.draft("n", delegated)
	h.submit("n")
	sign := func(id string) error {
		_, err := h.Approve(ctx, h.seen(h.stand("d1"), id), SignOff{})
		return err
	}
	wantErr(t, "before it begins", sign("n"), notice.ErrForbidden)
	h.clock.set("2023-08-01T12:00")
	wantErr(t, "in its time", sign("n"), nil)
	d := h.dossier("n")
	e := d.Entries[len(d.Entries)-1]
	if e.Type != Approved || e.Account != "d1" || e.Under == nil || e.Under.Of != signer.ID || e.Under.ID != m.ID || e.Under.By != ByDelegation || d.State.Number != 1 {
		t.Errorf("%+v", e)
	}
	for _, log := range []*stream.Log{h.Store.Desk, h.Store.Notices} {
		records, err := log.Read(ctx, "n")
		wantErr(t, "read", err, nil)
		for _, r := range records {
			if strings.Contains(string(r.Data), "AFFICHAGE") {
				t.Errorf("a record has the name that pages show: %s", r.Data)
			}
		}
	}
	h.draft("m")
	h.submit("m")
	wantErr(t, "a letter that does not say so", sign("m"), notice.ErrInvalid)
	late := h.stand("d1")
	h.draft("own", delegated)
	h.must(h.Draft(ctx, h.seen(deputy, "own"), Draft{Text: text(t, delegated)}))
	h.submit("own")
	wantErr(t, "what one has written oneself", sign("own"), notice.ErrForbidden)
	if own := h.dossier("own").Entries[1]; own.Under != nil || len(own.Roles) != 1 {
		t.Errorf("drafted in another's place: %+v", own)
	}
	h.draft("late", delegated)
	h.submit("late")
	h.clock.set("2023-08-01T18:00")
	_, err = h.Approve(ctx, h.seen(late, "late"), SignOff{})
	wantErr(t, "who came in before the end", err, notice.ErrForbidden)
	if a := h.stand("d1"); a.has(notice.Signer) {
		t.Errorf("after the end: %+v", a)
	}
}

// TestMandateRules is who may give one to whom, and how it ends.
func TestMandateRules(t *testing.T) {
	t.Parallel()
	h, _ := newPeople(t)
	ctx := t.Context()
	admin := Account{ID: "admin", Roles: []notice.Role{notice.Administrator}}
	wantErr(t, "deputy", h.ChangeAccount(ctx, Account{ID: duty.ID, Roles: duty.Roles, Bureau: "comint1", Delegate: true}), nil)
	from, until := legal("2023-08-01T08:00"), legal("2023-08-02T08:00")
	for _, c := range []struct {
		name string
		by   Account
		m    Mandate
		want error
	}{
		{"a drafter delegates", drafter, Mandate{By: ByDelegation, To: duty.ID, From: from, Until: until}, notice.ErrForbidden},
		{"a signatory gives an interim", signer, Mandate{By: ByInterim, To: duty.ID, Bureau: "comint1", From: from, Until: until}, notice.ErrForbidden},
		{"an administrator delegates", admin, Mandate{By: ByDelegation, To: duty.ID, Bureau: "comint1", From: from, Until: until}, notice.ErrForbidden},
		{"to somebody without the right", signer, Mandate{By: ByDelegation, To: drafter.ID, From: from, Until: until}, ErrDeputy},
		{"to oneself", signer, Mandate{By: ByDelegation, To: signer.ID, From: from, Until: until}, ErrDeputy},
		{"to nobody", signer, Mandate{By: ByDelegation, To: "nobody", From: from, Until: until}, notice.ErrNotFound},
		{"ended before it begins", signer, Mandate{By: ByDelegation, To: duty.ID, From: until, Until: from}, ErrOrder},
		{"over", signer, Mandate{By: ByDelegation, To: duty.ID, From: from.Add(-time.Hour), Until: from}, ErrPast},
		{"for ever", signer, Mandate{By: ByDelegation, To: duty.ID, From: from, Until: from.AddDate(1, 0, 0)}, ErrEternal},
		{"of no bureau", admin, Mandate{By: ByInterim, To: duty.ID, Bureau: "comint9", From: from, Until: until}, notice.ErrInvalid},
		{"for somebody else's post", signer, Mandate{By: ByDelegation, Of: signer2.ID, To: duty.ID, From: from, Until: until}, nil},
		{"an interim", admin, Mandate{By: ByInterim, Of: signer.ID, To: duty.ID, Bureau: "comint1", From: from, Until: until}, nil},
	} {
		m, err := h.Mandate(ctx, c.by, c.m)
		wantErr(t, c.name, err, c.want)
		if err == nil && (c.by.ID == signer.ID) != (m.Of == signer.ID) {
			t.Errorf("%s: of %q", c.name, m.Of)
		}
	}
	lent := h.stand(duty.ID)
	_, err := h.Mandate(ctx, lent, Mandate{By: ByDelegation, To: signer2.ID, From: from, Until: until})
	wantErr(t, "who holds a delegation delegates on", err, notice.ErrForbidden)
	all, err := h.Mandates(ctx)
	if err != nil || len(all) != 2 || lent.Under.ID == "" {
		t.Fatalf("%+v, %v", all, err)
	}
	wantErr(t, "a stranger ends it", h.EndMandate(ctx, drafter, all[0].ID), notice.ErrForbidden)
	wantErr(t, "who holds it ends it", h.EndMandate(ctx, duty, all[0].ID), nil)
	wantErr(t, "again", h.EndMandate(ctx, admin, all[0].ID), notice.ErrNotFound)
	wantErr(t, "the administrator ends it", h.EndMandate(ctx, admin, all[1].ID), nil)
	if a := h.stand(duty.ID); a.has(notice.Signer) {
		t.Errorf("%+v", a)
	}
}

// TestDelegatorLeaves: what an account has delegated ends with it.
func TestDelegatorLeaves(t *testing.T) {
	t.Parallel()
	h, _ := newPeople(t)
	ctx := t.Context()
	give := func() {
		_, err := h.Mandate(ctx, signer, Mandate{By: ByDelegation, To: signer2.ID, From: legal("2023-08-01T08:00"), Until: legal("2023-08-02T08:00")})
		wantErr(t, "delegate", err, nil)
	}
	give()
	if a := h.stand(signer2.ID); a.Under.Of != signer.ID || a.lent {
		t.Errorf("%+v", a)
	}
	wantErr(t, "no signatory any more", h.ChangeAccount(ctx, Account{ID: signer.ID, Roles: drafter.Roles, Bureau: "comint1"}), nil)
	if a := h.stand(signer2.ID); a.Under.given() {
		t.Errorf("%+v", a.Under)
	}
	wantErr(t, "signatory again", h.ChangeAccount(ctx, signer), nil)
	wantErr(t, "remove", h.RemoveAccount(ctx, signer.ID), nil)
	if all, err := h.Mandates(ctx); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}
