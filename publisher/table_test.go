package publisher

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// bring puts a notice into a status.
func (h *house) bring(id string, s Status) {
	h.t.Helper()
	if s == StatusNew {
		return
	}
	h.draft(id)
	switch s {
	case StatusSubmitted:
		h.submit(id)
	case StatusReturned:
		h.submit(id)
		h.must(h.Return(h.t.Context(), h.order(signer, id), "l'heure de fin manque"))
	case StatusApproved:
		h.submit(id)
		h.approve(id, h.clock.Now().Add(time.Hour))
	case StatusPublished:
		h.submit(id)
		h.approve(id, time.Time{})
	case StatusWithdrawn:
		h.must(h.Withdraw(h.t.Context(), h.order(drafter, id), "l'opération n'a pas lieu"))
	}
	if got := h.dossier(id).Status; got != s {
		h.t.Fatalf("status %s, want %s", got, s)
	}
}

// try has an entry made by whoever may.
func (h *house) try(id string, e EntryType) error {
	ctx := h.t.Context()
	d := h.dossier(id)
	var err error
	switch e {
	case Drafted:
		in := Draft{Text: text(h.t)}
		if d.Status == StatusPublished {
			in.As, in.Reason = notice.TypeCorrected, "une erreur de date"
		}
		_, err = h.Draft(ctx, h.seen(drafter, id), in)
	case Submitted:
		_, err = h.Submit(ctx, h.order(drafter, id))
	case Returned:
		_, err = h.Return(ctx, h.order(signer, id), "à revoir")
	case Approved:
		_, err = h.Approve(ctx, h.order(signer, id), SignOff{At: h.clock.Now().Add(time.Hour)})
	case Withdrawn:
		_, err = h.Withdraw(ctx, h.order(drafter, id), "sans objet")
	case Acted:
		_, err = h.act(signer, id, notice.Cancelled{})
	case Held:
		_, err = h.hold(signer, id, notice.Cancelled{})
	case Retracted:
		_, err = h.Retract(ctx, h.order(signer, id), "none")
	case Released, Lapsed, Voided:
		_, err = h.enter(ctx, h.order(clockAccount, id), e, func(d Dossier) (Entry, error) {
			return allow(d, Entry{Type: e}, clockAccount)
		})
	default:
		h.t.Fatalf("no way to try %s", e)
	}
	return err
}

// TestDraftingTable tries every entry in every status: what may follow, what
// may not, and where it leads.
func TestDraftingTable(t *testing.T) {
	t.Parallel()
	const no = Status("")
	want := map[EntryType]map[Status]Status{ // the status after; none where it may not happen
		Drafted:   {StatusNew: StatusDraft, StatusDraft: StatusDraft, StatusSubmitted: StatusDraft, StatusReturned: StatusDraft, StatusPublished: StatusDraft},
		Submitted: {StatusDraft: StatusSubmitted, StatusReturned: StatusSubmitted},
		Returned:  {StatusSubmitted: StatusReturned, StatusApproved: StatusReturned},
		Approved:  {StatusSubmitted: StatusApproved},
		Withdrawn: {StatusDraft: StatusWithdrawn, StatusSubmitted: StatusWithdrawn, StatusReturned: StatusWithdrawn, StatusApproved: StatusWithdrawn},
		Acted:     {StatusPublished: StatusPublished},
		Held:      {StatusPublished: StatusPublished},
		Retracted: {}, // nothing is held: see held_test.go
		Released:  {StatusApproved: StatusPublished},
		Lapsed:    {StatusApproved: StatusReturned, StatusPublished: StatusReturned},
		Voided: {StatusDraft: StatusDraft, StatusSubmitted: StatusSubmitted, StatusReturned: StatusReturned,
			StatusApproved: StatusApproved, StatusPublished: StatusPublished, StatusWithdrawn: StatusWithdrawn},
	}
	h := newHouse(t)
	for entry, after := range want {
		for _, status := range Statuses {
			t.Run(fmt.Sprintf("%s/%s", status, entry), func(t *testing.T) {
				id := fmt.Sprintf("%s-%s", status, entry)
				h.bring(id, status)
				before := h.dossier(id)
				err := h.try(id, entry)
				got := h.dossier(id)
				if after[status] == no {
					if !errors.Is(err, notice.ErrConflict) && !errors.Is(err, notice.ErrNotFound) && !errors.Is(err, notice.ErrInvalid) {
						t.Errorf("%v, want a refusal", err)
					}
					if len(got.Entries) != len(before.Entries) {
						t.Errorf("refused, and yet written: %s", entries(got))
					}
				} else if err != nil || got.Status != after[status] || len(got.Entries) != len(before.Entries)+1 {
					t.Errorf("%s after %s: %v; want %s", got.Status, entries(got), err, after[status])
				}
			})
		}
	}
}

// TestDraftingRoles tries every row with every role.
func TestDraftingRoles(t *testing.T) {
	t.Parallel()
	for _, row := range Rows() {
		for _, role := range []notice.Role{notice.Drafter, notice.Signer, notice.DutyOfficer, notice.Administrator, notice.Clock} {
			who := Account{ID: "a", Roles: []notice.Role{role}}
			_, err := admit(Dossier{Status: row.In[0]}, Entry{Type: row.Entry}, who)
			if may := slices.Contains(row.By, role); may != (err == nil) || !may && !errors.Is(err, notice.ErrForbidden) {
				t.Errorf("%s by %s: %v", row.Entry, role, err)
			}
		}
	}
	want := map[EntryType]notice.Role{Returned: notice.Signer, Approved: notice.Signer, Reviewed: notice.Signer,
		Released: notice.Clock, Lapsed: notice.Clock, Voided: notice.Clock, Left: notice.Clock, Missed: notice.Clock}
	for _, row := range Rows() {
		if role, ok := want[row.Entry]; ok && !slices.Equal(row.By, []notice.Role{role}) {
			t.Errorf("%s is done by %v, want %s alone", row.Entry, row.By, role)
		}
	}
}

func TestAmendmentInHand(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	ctx := t.Context()
	correct := Draft{Text: text(t, "cause: une panne"), As: notice.TypeCorrected, Reason: "la cause était fausse"}
	h.must(h.Draft(ctx, h.seen(drafter, "n"), correct))
	if d := h.must(h.Withdraw(ctx, h.order(drafter, "n"), "inutile")); d.Status != StatusPublished {
		t.Errorf("an amendment withdrawn leaves the notice %s", d.Status)
	}
	h.must(h.Draft(ctx, h.seen(drafter, "n"), correct))
	h.submit("n")
	h.approve("n", time.Time{})
	d := h.dossier("n")
	if types(d.State) != "published corrected" || d.State.Version != 2 || d.State.Notice.Cause.Text != "une panne" {
		t.Errorf("%s, version %d, cause %q", types(d.State), d.State.Version, d.State.Notice.Cause.Text)
	}
	if d.State.Notice.Reference != "23000001" || d.State.Notice.OutageID != "INT-2023-000001" {
		t.Errorf("the amendment has other numbers: %s, %s", d.State.Notice.Reference, d.State.Notice.OutageID)
	}
	_, err := h.Draft(ctx, h.seen(drafter, "n"), Draft{Text: text(t)})
	wantErr(t, "publish what is published", err, notice.ErrInvalid)
	other := Draft{Text: text(t, `reference: "23000099"`), As: notice.TypeCorrected, Reason: "autre numéro"}
	h.must(h.Draft(ctx, h.seen(drafter, "n"), other))
	_, err = h.Submit(ctx, h.order(drafter, "n"))
	wantErr(t, "amend the reference", err, notice.ErrInvalid)
}

// TestAmendmentLapses has a correction approved for later, and the notice
// cancelled before.
func TestAmendmentLapses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.publish("n")
	h.must(h.Draft(t.Context(), h.seen(drafter, "n"), Draft{Text: text(t), As: notice.TypeCorrected, Reason: "une erreur"}))
	h.submit("n")
	h.approve("n", legal("2023-08-02T08:00"))
	if _, err := h.act(signer, "n", notice.Cancelled{Reason: "reportée"}); err != nil {
		t.Fatal(err)
	}
	h.clock.set("2023-08-02T08:00")
	h.tick()
	d := h.dossier("n")
	if d.Status != StatusReturned || types(d.State) != "published cancelled" {
		t.Errorf("%s: %s; %s", d.Status, types(d.State), entries(d))
	}
	if next := h.tick(); !next.IsZero() {
		t.Errorf("the clock still waits for %s", next)
	}
}

// TestAmendmentOvertaken has a correction approved for later, and the outage
// extended before: the correction would take the extension back unseen.
func TestAmendmentOvertaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	was := h.publish("n").Notice
	h.must(h.Draft(t.Context(), h.seen(drafter, "n"), Draft{Text: text(t, "cause: une panne"), As: notice.TypeCorrected, Reason: "une erreur"}))
	h.submit("n")
	h.approve("n", legal("2023-08-08T10:00"))
	h.clock.set("2023-08-08T09:30")
	e, err := h.act(duty, "n", notice.Extended{Until: notice.At(legal("2023-08-08T19:00")), Previous: notice.At(legal("2023-08-08T12:00"))})
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Act.(notice.Extended).Previous; !got.Equal(legal("2023-08-08T17:00")) {
		t.Errorf("extended from %s: what a client says of it counts", got)
	}
	h.clock.set("2023-08-08T10:00")
	h.tick()
	d := h.dossier("n")
	if d.Status != StatusReturned || !strings.Contains(d.Reason, "has changed since") || d.State.Notice.Cause.Text == "une panne" {
		t.Errorf("%s: %s", d.Status, d.Reason)
	}
	h.submit("n")
	h.approve("n", time.Time{})
	d = h.dossier("n")
	last := d.State.Events[len(d.State.Events)-1].Act.(notice.Corrected)
	if !last.Previous.Windows[0].End.Equal(legal("2023-08-08T19:00")) || last.Previous.Cause != was.Cause {
		t.Errorf("looked at again and approved: %s, from %+v", types(d.State), last.Previous)
	}
}
