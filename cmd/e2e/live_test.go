package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/schemas/notice"
)

// running puts the house into the midst of the alert of the contract's example.
func (r *remote) running() {
	r.t.Helper()
	r.at("2023-08-01T15:00")
	r.tell(r.published())
	r.at("2023-08-08T09:00")
	r.tell(notice.Started{Occurrence: 1, Planned: notice.At(r.Clock.Now())})
	r.until("/notices/"+awayID, "Début d’alerte", true)
	until(r.t, "the house has looked", r.Liaison.Current)
}

// TestLivePages: pages show what is published while they are read, and take
// nothing from their reader: focus, what is open, what was typed.
func TestLivePages(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	r.running()
	site := r.URL(house.RoleOutlook)
	front, service, story := newTab(t, site, 1280), newTab(t, site, 375), newTab(t, site, 375)
	front.visit("/")
	service.visit("/services/delta-g")
	story.visit("/notices/" + awayID)
	other := newTab(t, site, 1280)
	other.visit("/services/gamma")
	for _, b := range []*tab{front, service, story, other} {
		b.sees("Cette page se met à jour d’elle-même. Dernière vérification à 9h00.")
		js[bool](b, `window.mine = "still here", true`)
	}
	front.do("open the choice", chromedp.Click("#choix ~ details > summary", chromedp.ByQuery))
	front.do("tick a service", chromedp.Click(`#choix ~ details input[value="ecs"]`, chromedp.ByQuery))
	front.fill("#le", "08082023")
	typed := js[string](front, `document.activeElement.id + document.querySelector("#choix ~ details input[value=ecs]").checked`)
	place := js[float64](front, `document.activeElement.getBoundingClientRect().top`)

	r.at("2023-08-08T14:30")
	r.tell(notice.Ended{At: notice.At(r.Clock.Now()), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	front.sees("Tous les services en ligne sont disponibles.")
	for _, b := range []*tab{front, service, story} {
		b.sees("Fin d’alerte")
		b.sees("14h30 – ")
		if got := js[string](b, `document.querySelector("[role=status]").innerText`); !strings.Contains(got, "Delta\u00a0G") {
			t.Errorf("%s says %q", b.place(), got)
		}
	}
	story.sees("Fin d’alerte, mardi 8 août 2023 à 14h30")
	other.sees("État le mardi 8 août 2023 à 14h30")
	if got := js[string](other, `document.querySelector("[role=status]").innerText`); got != "" {
		t.Errorf("Gamma is not concerned, and its page says %q", got)
	}
	for _, b := range []*tab{front, service, story, other} {
		if js[string](b, `window.mine || ""`) != "still here" {
			t.Errorf("%s was loaded anew", b.place())
		}
	}
	if got := js[string](front, `document.activeElement.id + document.querySelector("#choix ~ details input[value=ecs]").checked`); got != typed || !js[bool](front, `document.querySelector("#choix ~ details").open`) {
		t.Errorf("its reader had %q, and has %q", typed, got)
	}
	if got := js[float64](front, `document.activeElement.getBoundingClientRect().top`); got < place-2 || got > place+2 {
		t.Errorf("what its reader was at has moved from %g to %g", place, got)
	}
	front.sound("live, something has happened")
	story.sound("live, something has happened")
	front.do("close it", chromedp.Click("#direct button", chromedp.ByQuery))
	if got := js[string](front, `document.querySelector("[role=status]").innerText`); got != "" {
		t.Errorf("it still says %q", got)
	}
}

// TestLiaisonLost: a page says since when it hears nothing, and when it is up
// to date again; the broker gone is said by the server.
func TestLiaisonLost(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	r.running()
	gate := newGate(t, r.URL(house.RoleOutlook))
	b := newTab(t, gate.url, 375)
	b.visit("/")
	b.sees("Cette page se met à jour d’elle-même")
	r.at("2023-08-08T14:12")
	gate.shut(true)
	b.sees("Liaison perdue depuis 9h00 : cette page n’est peut-être plus à jour. Nouvelle tentative…")
	b.sound("live, lost")
	r.tell(notice.Ended{At: notice.At(r.Clock.Now()), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	gate.shut(false)
	b.sees("Tous les services en ligne sont disponibles.")
	b.sees("Fin d’alerte")
}

// TestWithoutStream: where nothing can be listened to, a page is kept up to
// date by asking.
func TestWithoutStream(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	r.running()
	gate := newGate(t, r.URL(house.RoleOutlook))
	gate.deaf.Store(true)
	b := newTab(t, gate.url, 375)
	b.visit("/")
	r.at("2023-08-08T14:30")
	r.tell(notice.Ended{At: notice.At(r.Clock.Now()), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	b.sees("Tous les services en ligne sont disponibles.")
	if got := js[string](b, `document.querySelector("[role=status]").innerText`); got != "" {
		t.Errorf("nothing was lost, and the page says %q", got)
	}
}
