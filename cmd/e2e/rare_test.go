package e2e

import (
	"fmt"
	"testing"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// TestRarePages looks at pages of the desk that few people ever see: two
// drafters on one field, a draft that has moved on, and the forms of acts
// before a window and after an end.
func TestRarePages(t *testing.T) {
	t.Parallel()
	w := newBureau(t)
	employ(t, w.House, signer)
	place := "/notes/" + w.drafted("2023-08-08") + "/redaction"
	for _, width := range []int{1280, 375} {
		first, second := w.enter(t, "r1", width), w.enter(t, "r2", width)
		first.visit(place)
		second.visit(place)
		first.fill("#f-cause", fmt.Sprintf("une panne de %d serveurs", width)) // another each time
		first.press("Enregistrer")
		second.fill("#f-cause", "une coupure de courant")
		second.press("Enregistrer")
		second.sees("Enregistrer ces choix")
		second.sound("two drafters")
		second.visit(place)
		first.visit(place)
		first.press("Enregistrer et soumettre")
		first.press("Soumettre à signature")
		second.fill("#f-cause", "un incendie")
		second.press("Enregistrer")
		second.sees("Reprendre la rédaction et enregistrer ma saisie")
		second.sound("moved on")
		d, err := w.Publisher.Dossier(t.Context(), place[len("/notes/"):len("/notes/")+36])
		if err == nil {
			_, err = w.Publisher.Return(t.Context(), publisher.Order{Who: signer, Notice: d.ID, Command: stream.NewID()}, "À revoir.")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// signer signs for its bureau.
var signer = publisher.Account{ID: "signature", Roles: []notice.Role{notice.Signer}, Bureau: "comint1"}

// TestRareActs looks at the forms of acts that are possible before a window,
// after a cancellation and after an end.
func TestRareActs(t *testing.T) {
	t.Parallel()
	for _, ended := range []bool{false, true} {
		h, end := runHouse(t, "2023-08-01T15:00")
		o := &outage{House: h, t: t, id: stream.NewID(), end: end}
		o.publish()
		employ(t, h, signer)
		act := func(a notice.Act) {
			if _, err := h.Publisher.Act(t.Context(), publisher.Order{Who: signer, Notice: o.id, Command: stream.NewID()}, a); err != nil {
				t.Fatal(err)
			}
		}
		forms := []string{"reporter", "annuler"}
		if ended {
			o.at("2023-08-08T09:00")
			o.at("2023-08-08T14:30")
			act(notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
			forms = []string{"reprendre"}
		}
		for _, width := range []int{1280, 375} {
			b := newTab(t, h.URL(house.RoleDesk), width)
			b.signIn(signer.ID)
			for _, form := range forms {
				b.visit("/notes/" + o.id + "/alerte/" + form)
				b.sees("Rien n’est publié avant votre confirmation")
				b.sound("act " + form)
			}
			if width == 375 && !ended {
				act(notice.Cancelled{Reason: "L’opération n’a plus lieu."})
				b.visit("/notes/" + o.id + "/alerte/retablir")
				b.sees("Rien n’est publié avant votre confirmation")
				b.sound("act retablir")
			}
		}
	}
}
