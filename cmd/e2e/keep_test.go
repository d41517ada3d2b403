package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// keeper is the window of an administrator who signs too, in a house with a
// running alert, its mails on their way, and a draft that clashes with it.
func keeper(t *testing.T, width int) (*outage, *tab) {
	t.Helper()
	o := newOutage(t)
	ctx := t.Context()
	all := []notice.Role{notice.Drafter, notice.Signer, notice.Administrator}
	if err := o.Publisher.AddAccount(ctx, publisher.Account{ID: "chef", Roles: all}); err != nil {
		t.Fatal(err)
	}
	if err := o.Publisher.SetPassword(ctx, "chef", staffPassword, false); err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(`"20000171"`, `"20000172"`, "kind: maintenance", "kind: incident", "start: 2023-08-08T09:00, end: 2023-08-08T17:00", "start: 2023-08-08T16:00, end: 2023-08-09T10:00").Replace(exampleText(t))
	id := stream.NewID()
	if _, err := o.Publisher.Draft(ctx, publisher.Order{Who: publisher.Account{ID: "chef", Roles: all}, Notice: id, Command: id}, publisher.Draft{Text: text}); err != nil {
		t.Fatal(err)
	}
	b := newTab(t, o.URL(house.RoleDesk), width)
	b.signIn("chef")
	return o, b
}

// TestKeepPages looks at every page of what is kept, wide and narrow, light and
// dark.
func TestKeepPages(t *testing.T) {
	t.Parallel()
	for _, width := range []int{1280, 375} {
		o, b := keeper(t, width)
		note := "/notes/" + o.id
		for _, at := range []struct{ name, place string }{
			{"diffusion", note + "/diffusion"}, {"calendrier", "/calendrier?jour=2023-08-08"}, {"calendrier mois", "/calendrier?vue=mois&jour=2023-08-08"},
			{"recherche", "/recherche?mots=maintenance+delta"}, {"recherche wrong", "/recherche?du=31+f%C3%A9vrier"}, {"journal", "/journal"}, {"journal note", "/journal?note=20000171&relire=1"},
			{"abonnes", "/abonnes"}, {"referentiel", "/referentiel"}, {"referentiel service", "/referentiel/services/delta-t"},
			{"referentiel bureaux", "/referentiel/bureaux"}, {"referentiel clauses", "/referentiel/clauses"},
		} {
			b.visit(at.place)
			b.sound("keep " + at.name)
		}
		b.visit("/abonnes")
		b.fill("#nouvelle", "pas une adresse")
		b.press("Abonner")
		b.sees("La saisie est à corriger")
		b.sound("keep abonnes wrong")
		b.fill("#nouvelle", "nouveau@transitaire.example")
		b.press("Abonner")
		b.sees("L’adresse est abonnée.")
		b.sound("keep abonne")
		b.press("Effacer cet abonné…")
		b.sound("keep abonne effacer")
		b.press("Effacer cet abonné")
		b.sees("L’abonné est effacé.")
		b.files(t)
	}
}

// files sends a list of subscribers and a changed file of bureaus.
func (b *tab) files(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	send := func(field, name, text, button string) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		b.do("choose a file", chromedp.SetUploadFiles(field, []string{path}, chromedp.ByQuery))
		b.press(button)
	}
	b.visit("/abonnes")
	send("#liste", "liste.csv", "address;services\nanne@transitaire.example;delta-t\npaul;\n", "Contrôler la liste")
	b.sees("rien n’est encore enregistré")
	b.sound("keep import")
	b.press("Importer les lignes acceptées")
	b.sees("La liste est importée.")
	b.sound("keep import done")
	b.visit("/referentiel")
	send("#fichier", "services.yaml", "extends: true\nservices:\n  neuf: {label: Neuf, modes: [edi]}\n  ecs: {label: Export, modes: [edi, dti]}\n", "Contrôler")
	b.sees("Le fichier est correct.")
	b.sound("keep controle")
	b.visit("/referentiel")
	send("#fichier", "services.yaml", "services:\n  x: {label: [}\n", "Contrôler")
	b.sees("ne peut pas être employé")
	b.sound("keep controle wrong")
}

// TestDiffusionFollows: the page shows without being loaded again that a mail
// has left, and the history of its reader says so.
func TestDiffusionFollows(t *testing.T) {
	t.Parallel()
	o, b := keeper(t, 1280)
	ctx := t.Context()
	if _, err := o.Notifier.Subscribers.Add(ctx, notifier.Subscriber{Channel: "email", Address: "anne@transitaire.example", Since: o.Clock.Now()}); err != nil {
		t.Fatal(err)
	}
	order := publisher.Order{Who: publisher.Account{ID: "chef", Roles: []notice.Role{notice.DutyOfficer}}, Notice: o.id, Command: stream.NewID()}
	if _, err := o.Publisher.Act(ctx, order, notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}); err != nil {
		t.Fatal(err)
	}
	b.visit("/notes/" + o.id + "/diffusion")
	b.sees("1 envoi remis")
	b.sees("Fin d’alerte du mardi 8 août 2023 à 14h30")
	b.fill("#adresse", "anne@transitaire.example")
	b.press("Consulter")
	b.sees("Fin d’alerte, note n° 20000171")
	b.sound("keep abonne history")
}

func exampleText(t testing.TB) string {
	t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
