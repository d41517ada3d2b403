package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A chancery is a house with a desk, on 1 August 2023 at 15h00, in which texts
// are written, submitted and signed.
type chancery struct {
	*house.House
	t *testing.T
}

func newChancery(t *testing.T) *chancery {
	t.Helper()
	h, _ := runHouse(t, "2023-08-01T15:00")
	return &chancery{h, t}
}

// at is a browser at which somebody of a role has signed in.
func (c *chancery) at(id string, role notice.Role, width int) *tab {
	c.t.Helper()
	employ(c.t, c.House, publisher.Account{ID: id, Roles: []notice.Role{role}, Bureau: "comint1"})
	return signedIn(c.t, c.House, id, width)
}

// write drafts the example, with some words replaced, as somebody.
func (c *chancery) write(who, id string, replaced ...string) string {
	c.t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		c.t.Fatal(err)
	}
	o := publisher.Order{Who: publisher.Account{ID: who, Roles: []notice.Role{notice.Drafter}, Bureau: "comint1"}, Notice: id, Command: stream.NewID()}
	if id == "" {
		o.Notice = stream.NewID()
	} else if d, err := c.Publisher.Dossier(c.t.Context(), id); err != nil {
		c.t.Fatal(err)
	} else {
		o.Seen = d.Edition
	}
	d := publisher.Draft{Text: strings.NewReplacer(append(replaced, "reference:", "# reference:")...).Replace(string(text))}
	if _, err := c.Publisher.Draft(c.t.Context(), o, d); err != nil {
		c.t.Fatal(err)
	}
	return o.Notice
}

// TestSignOff goes from a draft to its publication at both widths, and looks at
// each page on the way.
func TestSignOff(t *testing.T) {
	t.Parallel()
	for _, width := range []int{1280, 375} {
		c := newChancery(t)
		r, s := c.at("redaction", notice.Drafter, width), c.at("signature", notice.Signer, width)
		r.visit("/")
		r.sees("Rien ne vous attend")
		r.sound("home empty")
		broken := c.write("redaction", "", "cause:", "# cause:")
		r.visit("/notes/" + broken)
		r.sees("La cause n’est pas indiquée")
		r.sound("paper with errors")
		r.click("details:has([action$=retirer]) summary")
		r.sound("paper withdraw")

		id := c.write("redaction", "")
		place := "/notes/" + id
		r.visit(place)
		r.fill("#mot", "À publier avant 17h.")
		r.sound("paper draft")
		r.press("Soumettre à signature")
		r.sees("La note est soumise à signature")
		r.sound("paper submitted")

		s.visit("/")
		s.sees("À publier avant 17h.")
		s.sound("home signer")
		s.press("Relire et signer")
		s.sees("Ce que vous signez")
		s.click("details:has([action$=retourner]) summary")
		s.sound("signature")
		s.press("Retourner au rédacteur")
		s.sees("Dites ce qui est à reprendre")
		s.sound("signature return wrong")
		s.do("choose a field", chromedp.SetValue("#champ-1", "/windows/0/end", chromedp.ByQuery))
		s.fill("#remarque-1", "18h30, pas 17h.")
		s.press("Retourner au rédacteur")
		s.sees("La note est retournée")
		s.sound("paper returned")

		c.write("redaction", id, "T17:00", "T18:30")
		r.visit(place)
		r.press("Soumettre à signature")
		s.visit(place + "/signature")
		s.sees("Ce qui a changé depuis que vous l’avez lue")
		s.sound("signature changed")
		s.click("#quand-heure")
		s.fill("#quand-a", "31 juin 8h")
		s.press("Signer")
		s.sees("La note n’est pas signée")
		s.sound("signature wrong")
		s.click("#quand-heure")
		s.fill("#quand-a", "mercredi 2 août 8h")
		s.press("Signer")
		s.sees("De nouveaux avertissements")
		s.sound("signature warned")
		s.press("Signer")
		s.sees("Elle sera publiée à l’heure dite")
		s.sound("paper approved")
		c.Clock.Stop(time.Date(2023, 8, 2, 8, 0, 0, 0, notice.Legal))
		if _, err := c.Publisher.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.visit(place)
		s.sees("La note est publiée")
		s.sound("paper published")
		s.press("Texte de cette version")
		s.sees("Ce qui a changé depuis la version précédente")
		s.sound("version")
	}
}

// TestSignByKeyboard signs without a mouse, in a browser that runs no script.
func TestSignByKeyboard(t *testing.T) {
	t.Parallel()
	c := newChancery(t)
	id := c.write("redaction", "")
	o := publisher.Order{Who: publisher.Account{ID: "redaction", Roles: []notice.Role{notice.Drafter}}, Notice: id, Command: stream.NewID()}
	if _, err := c.Publisher.Submit(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	s := c.at("signature", notice.Signer, 1280)
	s.withoutScript()
	s.visit("/notes/" + id + "/signature")
	for range 200 {
		if strings.TrimSpace(s.focused()) == "Signer" {
			break
		}
		s.keys(kb.Tab)
	}
	ctx, end := context.WithTimeout(s.ctx, patience)
	defer end()
	if _, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		t.Fatal(err)
	}
	s.sees("La note est publiée")
}
