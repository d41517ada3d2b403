package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// TestWholeStory lives the example's life through the pages alone: a pasted
// letter becomes a draft, comes back once, is signed and published; the alert
// starts, is extended, recovers in one mode, and ends. It does so on a large
// screen, without a script on a telephone, and by the keyboard alone.
func TestWholeStory(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct {
		width            int
		script, keyboard bool
	}{
		"with a mouse":           {1280, true, false},
		"on a phone":             {375, true, false},
		"on a phone, no script":  {375, false, false},
		"by keyboard":            {1280, true, true},
		"by keyboard, no script": {1280, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSaga(t)
			sit := func(id string) *hand {
				b := newTab(t, s.URL(house.RoleDesk), way.width)
				if !way.script {
					b.withoutScript()
				}
				b.signIn(id)
				return &hand{b, way.keyboard}
			}
			id := s.drafts(sit("redaction"), way.script)
			s.signs(sit("redaction"), sit("signature"), id)
			s.acts(sit("permanence"), id)
		})
	}
}

// A saga is a house with its people, and one subscriber.
type saga struct {
	*house.House
	t *testing.T
}

func newSaga(t *testing.T) *saga {
	t.Helper()
	h, _ := runHouse(t, "2023-08-01T14:00")
	for id, role := range map[string]notice.Role{"redaction": notice.Drafter, "signature": notice.Signer, "permanence": notice.DutyOfficer} {
		employ(t, h, publisher.Account{ID: id, Roles: []notice.Role{role}, Bureau: "comint1"})
	}
	_, err := h.Notifier.Subscribers.Add(t.Context(), notifier.Subscriber{Channel: email.Name, Address: trader, Since: h.Clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return &saga{h, t}
}

// at moves the clock and lets it act.
func (s *saga) at(when string) {
	s.t.Helper()
	s.Clock.Stop(legal(s.t, when))
	if _, err := s.Publisher.Tick(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// drafts pastes the letter of 2023 and submits what it becomes.
func (s *saga) drafts(r *hand, script bool) (id string) {
	s.t.Helper()
	letter, err := os.ReadFile(root + "/templates/reading/testdata/2023-08-08.txt")
	if err != nil {
		s.t.Fatal(err)
	}
	r.press("Nouvelle note")
	r.write("Texte de la lettre", string(letter))
	r.press("Lire la lettre")
	r.sees("Toute la lettre a été comprise")
	r.press("Créer le projet")
	r.sees("Rédaction de la note")
	id = strings.Split(r.place(), "/")[2]
	const begins = "Nous vous informons qu’une importante opération technique de maintenance"
	switch narrow := r.count("#onglet-1") > 0 && js[bool](r.tab, `innerWidth < 1200`); {
	case narrow: // the letter stands on a tab beside the form
		r.click("#onglet-1")
		r.sees(begins)
		r.click("#onglet-0")
	case !script:
		r.press("Aperçu")
		fallthrough
	default:
		r.sees(begins)
	}
	r.press("Enregistrer et soumettre")
	r.write("Un mot au signataire", "À publier avant 17h.")
	r.press("Soumettre à signature")
	r.sees("La note est soumise à signature")
	return id
}

// signs returns the draft with a remark on its end, has it mended, signs it.
func (s *saga) signs(r, c *hand, id string) {
	s.t.Helper()
	c.sees("À publier avant 17h.")
	c.press("Relire et signer")
	c.sees("Ce que vous signez")
	c.unfold("Retourner avec des remarques")
	c.write("Motif du retour", "La fin prévue est à confirmer.")
	c.press("Retourner au rédacteur")
	c.sees("La note est retournée")

	r.visit("/notes/" + id + "/redaction")
	r.sees("La fin prévue est à confirmer.")
	r.write("Fin prévue", "mardi 8 août 2023 17h")
	r.press("Enregistrer et soumettre")
	r.press("Soumettre à signature")
	r.sees("La note est soumise à signature")

	s.at("2023-08-01T15:00")
	c.visit("/notes/" + id + "/signature")
	c.press("Signer")
	c.sees("La note est publiée")
	s.told("Interruption prévue – Delta T, ICS-Delta P, Delta G et 4 autres – mardi 8 août 2023, 9h00-17h00")
	want, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		s.t.Fatal(err)
	}
	n, ps := schemas.Check(want, s.Words.Catalogue, s.Words.Bureaus)
	if ps.Err() != nil {
		s.t.Fatal(ps)
	}
	state, _ := s.Record.State(id)
	got := state.Notice
	got.OutageID, got.Reminders = n.OutageID, n.Reminders // the bureau's, of its own
	if a, b := written(s.t, n), written(s.t, got); a != b {
		s.t.Errorf("what is published is not the example:\n%s\n%s", a, b)
	}
}

// written is a notice as text.
func written(t testing.TB, n notice.Notice) string {
	t.Helper()
	text, err := schemas.Write(n)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// acts extends, recovers and ends the alert.
func (s *saga) acts(p *hand, id string) {
	s.t.Helper()
	s.at("2023-08-08T09:00")
	s.told("Interruption en cours")
	card := "/notes/" + id + "/alerte"

	s.at("2023-08-08T13:00")
	p.visit("/alertes")
	p.sees("Alerte en cours depuis 4 h")
	p.press("+ 1 h")
	p.sees("Ce qui sera dit")
	p.press("Publier la prolongation")
	p.sees("13h00’10")
	s.at("2023-08-08T13:01")
	s.told("Prolongation")

	s.at("2023-08-08T14:00")
	p.visit(card)
	p.press("Annoncer une reprise partielle")
	p.choose("tout EDI")
	p.choose("se ferme avec le rétablissement")
	p.press("Voir ce qui sera publié")
	p.press("Publier la reprise partielle")
	p.sees("14h00’10")
	s.at("2023-08-08T14:01")
	s.told("Reprise partielle")

	s.at("2023-08-08T14:30")
	p.visit(card)
	p.press("Mettre fin à l’alerte")
	p.choose("se ferme avec le rétablissement")
	p.press("Voir ce qui sera publié")
	p.sees("Fin d’alerte")
	p.press("Publier la fin d’alerte")
	p.sees("14h30’10")
	s.at("2023-08-08T14:31")
	s.told("Fin d’alerte")
	p.visit("/alertes")
	p.sees("Aucune alerte")
}

// told wants the subscriber to have a mail of a subject that begins so.
func (s *saga) told(subject string) {
	s.t.Helper()
	(&town{House: s.House, t: s.t}).settle()
	var subjects []string
	for _, m := range s.Mailbox.Messages() {
		subjects = append(subjects, m.Subject)
		if slices.Contains(m.To, trader) && strings.HasPrefix(strings.ReplaceAll(m.Subject, "\u00a0", " "), subject) {
			return
		}
	}
	s.t.Fatalf("no mail begins with %q: %q", subject, subjects)
}
