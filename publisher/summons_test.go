package publisher

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// staffed is a house whose people have addresses: <id>@bureau.example.
func staffed(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	for _, a := range []Account{drafter, signer, signer2, duty, elsewhere} {
		if a.ID == elsewhere.ID {
			a.Bureau = "" // of every bureau, and no signatory
			a.Roles = []notice.Role{notice.DutyOfficer}
		}
		h.ok(h.AddAccount(t.Context(), a))
		h.ok(h.SetNotify(t.Context(), a.ID, a.ID+"@bureau.example"))
	}
	h.ok(h.SetName(t.Context(), drafter.ID, "L. Martin"))
	return h
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// summoned says whom the last entry of a kind calls: "r1 s1"; "-" where it
// calls nobody, "" where it calls the bureau alone.
func (h *house) summoned(kind EntryType) (Summons, string) {
	h.t.Helper()
	for _, e := range slices.Backward(h.dossier("n").Entries) {
		if e.Type != kind {
			continue
		}
		s, err := h.Summons(h.t.Context(), "n", e.ID)
		if errors.Is(err, ErrNoSummons) {
			return s, "-"
		}
		h.ok(err)
		var ids []string
		for _, a := range s.To {
			id, _, _ := strings.Cut(a, "@")
			ids = append(ids, id)
		}
		return s, strings.Join(ids, " ")
	}
	h.t.Fatalf("there is no %s", kind)
	return Summons{}, ""
}

func (h *house) wantSummons(kind EntryType, want string) Summons {
	h.t.Helper()
	s, got := h.summoned(kind)
	if got != want {
		h.t.Errorf("%s calls %q, not %q", kind, got, want)
	}
	return s
}

// TestSummons: what waits calls those who can do it, until it is done.
func TestSummons(t *testing.T) {
	t.Parallel()
	h := staffed(t)
	ctx := t.Context()
	h.must(h.Draft(ctx, h.order(drafter, "n"), Draft{Text: text(t)}))
	h.wantSummons(Drafted, "-")
	h.must(h.Submit(ctx, h.order(drafter, "n")))
	s := h.wantSummons(Submitted, "s1 s2")
	if act, ok := s.Event.Act.(notice.Published); !ok || s.By != "L. Martin" || s.Bureau != "comint1" || act.Notice.Issuer != "comint1" || len(s.State.Spans) == 0 {
		t.Errorf("it says %+v by %s of %s", s.Event, s.By, s.Bureau)
	}
	h.must(h.Return(ctx, h.order(signer, "n"), "Il manque une heure."))
	h.wantSummons(Submitted, "-")
	if s := h.wantSummons(Returned, "r1"); s.By != "s1" || s.Entry.Reason != "Il manque une heure." {
		t.Errorf("it says %q by %s", s.Entry.Reason, s.By)
	}
	h.must(h.Submit(ctx, h.order(drafter, "n")))
	h.wantSummons(Returned, "-")
	h.must(h.Withdraw(ctx, h.order(signer, "n"), "Reporté."))
	if s := h.wantSummons(Withdrawn, "r1"); s.Was != StatusSubmitted {
		t.Errorf("it was %s", s.Was)
	}
}

// TestSummonsOfOwn: who writes, signs or withdraws something is not called for
// it.
func TestSummonsOfOwn(t *testing.T) {
	t.Parallel()
	h := staffed(t)
	ctx := t.Context()
	h.must(h.Draft(ctx, h.order(signer2, "n"), Draft{Text: text(t)}))
	h.must(h.Submit(ctx, h.order(signer2, "n")))
	h.wantSummons(Submitted, "s1")
	h.must(h.Withdraw(ctx, h.order(signer2, "n"), "Reporté."))
	h.wantSummons(Withdrawn, "-")
}

// TestSummonsToReview: an emergency calls the other signatories until one has
// looked at it; an ordinary signature calls nobody.
func TestSummonsToReview(t *testing.T) {
	t.Parallel()
	h := staffed(t)
	ctx := t.Context()
	h.must(h.Draft(ctx, h.order(signer2, "n"), Draft{Text: text(t)}))
	h.must(h.Approve(ctx, h.order(signer2, "n"), SignOff{Emergency: "Personne n’est joignable."}))
	if s := h.wantSummons(Approved, "s1"); s.Event.Act == nil || s.By != "s2" {
		t.Errorf("it says %+v by %s", s.Event, s.By)
	}
	h.must(h.Review(ctx, h.order(signer, "n"), "Conforme."))
	h.wantSummons(Approved, "-")
}

// TestSummonsOfMissed: an act that could not leave calls whoever held it.
func TestSummonsOfMissed(t *testing.T) {
	t.Parallel()
	h := staffed(t)
	h.publish("n")
	h.wantSummons(Approved, "-")
	h.clock.set("2023-08-08T09:00")
	h.tick()
	h.clock.set("2023-08-08T14:30")
	h.must(h.hold(duty, "n", over))
	_, err := h.Act(t.Context(), h.order(signer, "n"), over)
	h.ok(err)
	h.clock.set("2023-08-08T14:31")
	h.tick()
	if s := h.wantSummons(Missed, "p1"); s.By != "p1" || s.Entry.As != notice.TypeEnded {
		t.Errorf("it says %s by %s", s.Entry.As, s.By)
	}
}
