package outlook

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestChanges reads what each act struck out and put in its place.
func TestChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	page, at := "/notices/"+seed, func(text string) notice.Time { return notice.At(moment(t, text)) }
	first := h.note(nil)
	h.tell("2023-08-01T15:00", seed, first)
	h.says(page, "!Ce qui change")
	corrected := h.note(func(n *notice.Notice) { n.Services = n.Services[1:] })
	h.tell("2023-08-02T10:00", seed, notice.Corrected{Notice: corrected.Notice, Scope: corrected.Scope, Reason: "erreur", Previous: first.Notice})
	h.says(page, "Ce qui change", "Services ne vaut plus : Delta T, (fin) ICS-Delta P, Delta G")
	h.tell("2023-08-03T10:00", seed, notice.Postponed{Windows: []notice.Window{{Start: at("2023-08-10T09:00"), End: at("2023-08-10T17:00")}}})
	h.says(page, "Plage horaire le ne vaut plus : mardi 8 août (fin) vaut désormais : jeudi 10 août (fin) 2023 de 9h00 à 17h00")
	h.tell("2023-08-10T16:30", seed, notice.Extended{Until: at("2023-08-10T18:00")})
	h.says(page, "Plage horaire le jeudi 10 août 2023 de 9h00 à ne vaut plus : 17h00 (fin) vaut désormais : 18h00 (fin)")
	h.tell("2023-08-10T16:45", seed, notice.FallbackClosed{Modes: []string{"dti", "dti-plus"}})
	h.says(page, "Procédure de secours ICS-Delta P, Delta G, Delta X Import et Export, Delta H7 et ECS, DTI et DTI+ ne vaut plus : autorisée à compter du jeudi 10 août 2023 à 9h00 jusqu’à publication d’un message de fin d’alerte (fin) vaut désormais : non autorisée")
	h.tell("2023-08-10T17:00", seed, notice.Recovered{At: at("2023-08-10T17:00"), Modes: []string{"edi"}, Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.says(page, "Rétablissement ICS-Delta P, Delta G, Delta X Import et Export, Delta H7 et ECS, EDI vaut désormais : le jeudi 10 août 2023 à 17h00")
	h.tell("2023-08-10T17:30", seed, notice.Ended{At: at("2023-08-10T17:30"), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.tell("2023-08-10T17:40", seed, notice.Resumed{Reason: "rechute"})
	if n := strings.Count(h.get(page).Body.String(), "<table class=\"changes\">"); n < 6 {
		t.Errorf("%d acts of 6 say what they changed:\n%s", n, h.read(page))
	}
}

// TestChangesWithoutPrevious: a record that does not say what a text was before
// is compared with what the notice did.
func TestChangesWithoutPrevious(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	changed := h.note(func(n *notice.Notice) {
		n.Windows[0].End = notice.At(moment(t, "2023-08-08T18:00"))
		n.Effect = notice.Degraded
	})
	h.tell("2023-08-02T10:00", seed, notice.Changed{Notice: changed.Notice, Scope: changed.Scope, Reason: "évolution"})
	h.says("/notices/"+seed, "Plage horaire le mardi 8 août 2023 de 9h00 à ne vaut plus : 17h00 (fin) vaut désormais : 18h00 (fin)", "Impact ne vaut plus : interrompu (fin) vaut désormais : dégradé")
}

// TestProof gives the sum of each stored letter, and asks the store once.
func TestProof(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	var asked atomic.Int32
	inner := h.Letter
	h.Letter = func(ctx context.Context, id string, version int) ([]byte, error) {
		asked.Add(1)
		return inner(ctx, id, version)
	}
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	page := "/notices/" + seed
	h.says(page, "!Empreinte SHA-256 de cette lettre", "Vérifier une lettre")
	const pdf = "%PDF-1.7 the letter"
	if err := h.store.Letters.Put(t.Context(), seed+"/1.pdf", []byte(pdf)); err != nil {
		t.Fatal(err)
	}
	h.set("2023-08-01T15:01")
	h.says(page, "Empreinte SHA-256 de cette lettre")
	if got, want := strings.ReplaceAll(h.get(page).Body.String(), "<wbr>", ""), fmt.Sprintf("<code>%x</code>", sha256.Sum256([]byte(pdf))); !strings.Contains(got, want) {
		t.Errorf("the page lacks %s", want)
	}
	before := asked.Load()
	h.set("2023-08-01T15:02")
	if h.says(page, "Empreinte"); asked.Load() != before {
		t.Error("a letter whose sum is known is read again")
	}
}

// TestOthers leads to the notices that a text names.
func TestOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-07-01T15:00", another, h.note(func(n *notice.Notice) {
		n.Reference, n.Paragraphs = "2023/41", []string{"Rappelez la référence 2023/41."} // its own
	}))
	h.tell("2023-08-01T15:00", seed, h.note(func(n *notice.Notice) {
		n.Paragraphs = []string{"Elle fait suite à la note n° 2023/41 du 1er juillet 2023, et non à la note 2023/4."}
	}))
	h.says("/notices/"+seed, "Autres notes citées", "note n° 2023/41")
	h.says("/notices/"+another, "!Autres notes citées")
}
