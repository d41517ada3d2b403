package e2e

import (
	"testing"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// An outage is a house with a desk, whose example notice runs; its clock stands
// at 14h30 of that day until it is moved.
type outage struct {
	*house.House
	t   *testing.T
	id  string // of the notice
	end func() // ends the house
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	h, end := runHouse(t, "2023-08-01T15:00")
	o := &outage{House: h, t: t, id: stream.NewID(), end: end}
	o.publish()
	o.at("2023-08-08T09:00")
	o.at("2023-08-08T14:30")
	return o
}

// at moves the clock and lets it act.
func (o *outage) at(when string) {
	o.t.Helper()
	o.Clock.Stop(legal(o.t, when))
	if _, err := o.Publisher.Tick(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

// publish puts the example on the record.
func (o *outage) publish() {
	o.t.Helper()
	ctx := o.t.Context()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		o.t.Fatal(err)
	}
	order := func(who string, role notice.Role, seen int) publisher.Order {
		return publisher.Order{Who: publisher.Account{ID: who, Roles: []notice.Role{role}}, Notice: o.id, Command: stream.NewID(), Seen: seen}
	}
	if _, err = o.Publisher.Draft(ctx, order("redaction", notice.Drafter, 0), publisher.Draft{Text: string(text)}); err != nil {
		o.t.Fatal(err)
	}
	d, err := o.Publisher.Submit(ctx, order("redaction", notice.Drafter, 0))
	if err == nil {
		_, err = o.Publisher.Approve(ctx, order("signature", notice.Signer, d.Edition), publisher.SignOff{})
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

// onDuty is the window of a duty officer who has signed in.
func (o *outage) onDuty(width int) *tab {
	o.t.Helper()
	employ(o.t, o.House, publisher.Account{ID: "permanence", Roles: []notice.Role{notice.DutyOfficer}})
	return signedIn(o.t, o.House, "permanence", width)
}

// TestAlertOnAPhone ends an alert on a phone, takes the end back while the
// seconds run, and ends it for good; the pages follow by themselves.
func TestAlertOnAPhone(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	b := o.onDuty(375)
	card := "/notes/" + o.id + "/alerte"
	b.visit("/alertes")
	b.sees("Alerte en cours depuis 5 h 30 min")
	b.sound("alerts")
	b.visit(card + "/reprise")
	b.click(`[value="*/edi"]`)
	if n := js[int](b, `document.querySelectorAll("[data-grid] input:checked").length`); n != 8 {
		t.Errorf("a box for a whole mode ticks %d boxes, want itself and 7 services", n)
	}
	b.click(`[value="delta-g/edi"]`)
	if js[bool](b, `document.querySelector('[value="*/edi"]').checked`) {
		t.Error("not all of EDI is ticked, and its box is")
	}
	b.sound("alert partial recovery")

	b.visit(card)
	if letter, want := js[string](b, `document.querySelector(".links a[href$='.pdf']").href`), o.URL(house.RoleOutlook)+"/notices/"+o.id+"/1.pdf"; letter != want {
		t.Errorf("the letter is at %s, want %s", letter, want)
	}
	b.press("Mettre fin à l’alerte")
	b.click("#secours-maintenant")
	b.sound("alert end")
	b.press("Voir ce qui sera publié")
	b.sees("Ce qui sera dit")
	b.sound("alert confirmation")
	b.press("Publier la fin d’alerte")
	b.sees("dans 10 secondes") // the clock stands
	b.sound("alert departure")
	for _, target := range js[[]string](b, `[...document.querySelectorAll("main button, main .fr-btn")].filter(e => e.getBoundingClientRect().height < 44).map(e => e.textContent)`) {
		t.Errorf("%q is not as high as a thumb", target)
	}
	b.press("Annuler l’envoi")
	b.sees("Envoi annulé à 14h30’00")

	b.visit(card + "/fin")
	b.click("#secours-maintenant")
	b.press("Voir ce qui sera publié")
	b.press("Publier la fin d’alerte")
	b.sees("part à 14h30’10")
	o.at("2023-08-08T14:30:10")
	b.sees("La fin d’alerte a été publiée à 14h30’10") // nobody has loaded the page again
	b.sound("alert told")
	b.visit("/alertes")
	b.sees("Aucune alerte en cours")
}

// TestAlertLosesContact has the desk go away under an open card.
func TestAlertLosesContact(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	b := o.onDuty(1280)
	b.visit("/notes/" + o.id + "/alerte")
	b.sees("Alerte en cours")
	if js[bool](b, `!document.getElementById("contact").hidden`) {
		t.Error("contact is lost before it is")
	}
	o.end()
	b.sees("Contact perdu avec le bureau depuis")
	b.sound("alert contact lost")
}

// TestAlertSessionEnds has a card stay open when its session has ended.
func TestAlertSessionEnds(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	b := o.onDuty(375)
	card := "/notes/" + o.id + "/alerte"
	b.visit(card)
	b.sees("Alerte en cours")
	if err := o.Publisher.EndSessions(t.Context(), "permanence", ""); err != nil {
		t.Fatal(err)
	}
	b.sees("Votre session a pris fin : cette page n’est plus tenue à jour.")
	b.sound("alert session ended")
	b.press("Se reconnecter et y revenir")
	b.fill("#identifiant", "permanence")
	b.fill("#mot-de-passe", staffPassword)
	b.press("Se connecter")
	b.sees("Alerte en cours")
	if got := b.place(); got != card {
		t.Errorf("signing in leads to %s", got)
	}
}

// TestAlertWithoutScript ends an alert in a browser that runs no script.
func TestAlertWithoutScript(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	b := o.onDuty(375)
	b.withoutScript()
	b.visit("/notes/" + o.id + "/alerte/fin")
	b.click("#secours-maintenant")
	b.press("Voir ce qui sera publié")
	b.sees("Ce qui sera dit")
	b.press("Publier la fin d’alerte")
	b.sees("part à 14h30’10")
	o.at("2023-08-08T14:30:10")
	b.visit("/notes/" + o.id + "/alerte/envoi")
	b.sees("La fin d’alerte a été publiée à 14h30’10")
}
