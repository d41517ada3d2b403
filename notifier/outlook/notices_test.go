package outlook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestStory reads one notice's page after a life with every kind of turn.
func TestStory(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.says("/notices/"+seed, "Annoncée.", "Maintenance, note n° 20000171, publiée le mardi 1er août 2023 à 15h00",
		"Montreuil, le 1er août 2023", "Aucun message électronique de création", "Le chef de bureau,", "Michel BARON",
		"Publication, mardi 1er août 2023 à 15h00", "Lettre officielle (PDF)", "!Alerte en cours")
	// The chain has the facts at a glance; the text stands once.
	if n := strings.Count(h.read("/notices/"+seed), "reporter au maximum vos opérations"); n != 1 {
		t.Errorf("the text stands %d times", n)
	}
	corrected := h.note(func(n *notice.Notice) {
		n.Windows[0].End = notice.At(moment(t, "2023-08-08T18:00"))
	})
	h.tell("2023-08-02T10:00", seed, notice.Corrected{Notice: corrected.Notice, Scope: corrected.Scope, Reason: "heure de fin"})
	h.tell("2023-08-08T09:00", seed, notice.Started{Occurrence: 1, Planned: notice.At(h.now())})
	h.tell("2023-08-08T17:45", seed, notice.Extended{Until: notice.At(moment(t, "2023-08-08T20:00")), MayExtendUntil: notice.At(moment(t, "2023-08-08T21:00"))})
	h.set("2023-08-08T20:30")
	h.says("/notices/"+seed, "Alerte en cours.", "Fin prévue le mardi 8 août 2023 à 20h00, prolongation possible jusqu’au mardi 8 août 2023 à 21h00", "!dépassée",
		"Motif : heure de fin", "Début d’alerte, mardi 8 août 2023 à 9h00", "Prolongation, mardi 8 août 2023 à 17h45")
	h.set("2023-08-08T21:00")
	h.says("/notices/"+seed, "Alerte en cours, fin prévue dépassée.", late)
	// The text is that of the last letter, which says 18h00; what came after
	// stands in the chain, newest first.
	h.says("/notices/"+seed, "mardi 8 août 2023 de 9h00 à 18h00 .", "Plage horaire le mardi 8 août 2023 de 9h00 à ne vaut plus : 18h00 (fin) vaut désormais : 20h00, prolongation possible")
	page := h.read("/notices/" + seed)
	order := []string{"Prolongation, mardi", "Début d’alerte, mardi", "Rectificatif, mercredi", "Publication, mardi"}
	for i := 1; i < len(order); i++ {
		if strings.Index(page, order[i-1]) > strings.Index(page, order[i]) {
			t.Errorf("%q stands after %q", order[i-1], order[i])
		}
	}
	body := h.get("/notices/" + seed).Body.String()
	for _, letter := range []string{"/1.pdf", "/2.pdf"} {
		if strings.Count(body, `href="/notices/`+seed+letter+`"`) != 1 {
			t.Errorf("the page does not lead to letter %s once", letter)
		}
	}
}

// TestPrivateActs: what the bureau alone is told stands on no page, and makes
// none look newer.
func TestPrivateActs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-08T17:00", seed, notice.Overdue{Occurrence: 1, Planned: notice.At(moment(t, "2023-08-08T17:00"))})
	h.set("2023-08-08T17:15")
	before := h.read("/notices/" + seed)
	h.tell("2023-08-08T17:15", seed, notice.Nudged{Reason: notice.WaitsForEnd, Occurrence: 1, Since: notice.At(moment(t, "2023-08-08T17:00")), Count: 1})
	if after := h.read("/notices/" + seed); after != before {
		t.Errorf("the page says:\n%s, and said\n%s", after, before)
	}
}

func TestLetter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-08T09:00", seed, notice.Started{Occurrence: 1})
	path := "/notices/" + seed + "/1.pdf"
	if w := h.get(path); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "en préparation") {
		t.Errorf("before it is stored: %d %s", w.Code, w.Body)
	}
	const pdf = "%PDF-1.7 the letter"
	if err := h.store.Letters.Put(t.Context(), seed+"/1.pdf", []byte(pdf)); err != nil {
		t.Fatal(err)
	}
	w := h.get(path)
	for key, want := range map[string]string{
		"Content-Type": "application/pdf", "Content-Disposition": "inline; filename=note-20000171-v1.pdf",
		"X-Content-Type-Options": "nosniff", "Content-Length": fmt.Sprint(len(pdf)),
	} {
		if got := w.Header().Get(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if w.Code != http.StatusOK || w.Body.String() != pdf {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := h.get(path, "If-None-Match", w.Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("again: %d", w.Code)
	}
	if w := h.get(path, "Range", "bytes=0-3"); w.Code != http.StatusPartialContent || w.Body.String() != "%PDF" {
		t.Errorf("range: %d %q", w.Code, w.Body)
	}
	h.Letter = func(context.Context, string, int) ([]byte, error) { return nil, errors.New("no broker") }
	if w := h.get(path); w.Code != http.StatusOK || w.Body.String() != pdf {
		t.Errorf("store away, the letter at hand: %d %s", w.Code, w.Body)
	}
	h.letters.Put(seed+"/1", lettersSize, nil) // too large: it is gone
	if w := h.get(path); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "broker") {
		t.Errorf("store away: %d %s", w.Code, w.Body)
	}
}

func TestLost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	for _, path := range []string{"/nowhere", "/notices/", "/notices/x", "/notices/x/1.pdf", "/notices/" + seed + "/2.pdf", "/notices/" + seed + "/01.pdf",
		"/notices/" + seed + "/1", "/notices/" + seed + "/x.pdf", "/notices?page=2", "/notices?page=0", "/notices?page=x", "/favicon.ico"} {
		w := h.get(path)
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "<h1>Page introuvable</h1>") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		for _, fault := range inaccessible(t, w.Body.String()) {
			t.Errorf("%s: %s", path, fault)
		}
	}
}

// TestList turns the pages of a long list.
func TestList(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.says("/notices", "Aucune note n’a été publiée pour l’instant.")
	for i := range perPage + 1 {
		h.tell(fmt.Sprintf("2023-08-01T15:%02d", i), fmt.Sprintf("018a0000-0000-7000-8000-%012d", i), h.note(func(n *notice.Notice) {
			n.Reference = fmt.Sprintf("R%03d", i)
		}))
	}
	h.says("/notices", "51 notes, de la plus récente à la plus ancienne.", "R050", "R001", "!R000", "Page 1 sur 2", "Notes plus anciennes", "!plus récentes")
	h.says("/notices?page=2", "R000", "!R001", "Page 2 sur 2", "Notes plus récentes", "!plus anciennes")
	first := h.get("/api/notices")
	if link := first.Header().Get("Link"); link != `<https://meteo.example/api/notices?page=2>; rel="next"` || !strings.Contains(first.Body.String(), "R050") {
		t.Errorf("API list: Link %q", link)
	}
	if second := h.get("/api/notices?page=2"); second.Header().Get("Link") != "" || !strings.Contains(second.Body.String(), "R000") {
		t.Errorf("second page: %s", second.Body)
	}
}
