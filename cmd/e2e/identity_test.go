package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

// hire makes accounts of the desk: an administrator who signs too, and others.
func (w *town) hire() {
	w.t.Helper()
	for _, a := range []publisher.Account{
		{ID: "chef-bureau", Roles: []notice.Role{notice.Signer, notice.Administrator}, Bureau: "comint1"},
		{ID: "adjoint", Roles: []notice.Role{notice.Drafter}, Bureau: "comint1", Delegate: true},
		{ID: "permanence", Roles: []notice.Role{notice.DutyOfficer}, Bureau: "comint1"},
	} {
		employ(w.t, w.House, a)
	}
}

// TestDoor looks at every page about people, in every state of its forms, wide
// and narrow, light and dark.
func TestDoor(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.hire()
	for _, width := range []int{1280, 375} {
		b := newTab(t, w.URL(house.RoleDesk), width)
		b.visit("/personnes")
		b.sound("door connexion")
		b.press("Se connecter")
		b.sees("2 réponses sont à corriger")
		b.sound("door connexion wrong")
		b.fill("#identifiant", "chef-bureau")
		b.fill("#mot-de-passe", "faux")
		b.press("Se connecter")
		b.sees("incorrect")
		b.fill("#mot-de-passe", staffPassword)
		b.press("Se connecter")
		if at := b.place(); at != "/personnes" {
			t.Fatalf("led to %s", at)
		}
		b.sound("door personnes")
		b.press("Confier l’intérim")
		b.sound("door personnes wrong")
		b.visit("/nouvelle-personne")
		b.press("Créer le compte")
		b.sound("door nouvelle wrong")
		b.visit("/personnes/adjoint")
		b.sound("door personne")
		b.press("Donner un autre mot de passe")
		b.sees("jamais affiché")
		b.sound("door secret")
		b.visit("/personnes/adjoint/suppression")
		b.sound("door suppression")
		b.visit("/compte")
		b.fill("#usage", "supervision")
		b.press("Créer une clé")
		b.sees("jamais affiché")
		b.visit("/compte")
		b.press("Déclarer l’absence")
		b.sound("door compte wrong")
		b.visit("/compte/mot-de-passe")
		b.fill("#nouveau", "trop court")
		b.fill("#encore", "trop court")
		b.press("Changer le mot de passe")
		b.sound("door mot-de-passe wrong")
		b.press("Se déconnecter")
		b.sees("Vous êtes déconnecté.")
	}
}

// TestDoorByKeyboard comes in and names who signs meanwhile, without a mouse
// and without a script.
func TestDoorByKeyboard(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.hire()
	b := newTab(t, w.URL(house.RoleDesk), 375)
	b.withoutScript()
	b.visit("/connexion?retour=/compte")
	b.tabTo("Identifiant")
	b.keys("chef-bureau")
	b.tabTo("Mot de passe")
	b.keys(staffPassword)
	b.enter()
	b.sees("Mon compte")
	b.tabTo("Qui signe")
	b.keys("a")
	b.tabTo("Du")
	b.keys("5/2 à 9h")
	b.tabTo("Au")
	b.keys("demain 18h")
	b.tabTo("Déclarer l’absence")
	b.enter()
	b.sees("L’absence est enregistrée.")
	b.do("read", chromedp.WaitVisible("table", chromedp.ByQuery))
	b.sees("par délégation de chef-bureau")
}
