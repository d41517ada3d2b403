package e2e

import (
	"context"
	"testing"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
)

// publicPages are the pages that readers find, while an alert runs.
var publicPages = []string{"/", "/notices", "/abonnements", "/formats", "/services/delta-g/cadre", "/services/delta-g/cadre?lang=en", "/nulle-part",
	"/extrait", "/extrait?service=delta-g&mode=edi", "/extrait?service=nulle&mode=edi&le=hier", "/extrait?service=delta-g&mode=edi&du=2026-02-01",
	"/mentions-legales", "/accessibilite", "/accessibilite/grille", "/donnees-personnelles", "/plan-du-site", "/glossaire", "/certificat",
	"/en/", "/en/abonnements", "/en/services", "/en/services/delta-g", "/en/notices", "/en/extrait?service=delta-g&mode=edi"}

// TestPublicPages looks at every public page in a browser: wide and narrow,
// light and dark.
func TestPublicPages(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.publish()
	w.settle()
	places := append([]string{}, publicPages...)
	for _, s := range w.Record.States() {
		places = append(places, "/notices/"+s.ID, "/en/notices/"+s.ID)
	}
	for _, width := range []int{1280, 375} {
		b := newTab(t, w.URL(house.RoleOutlook), width)
		for _, place := range places {
			b.visit(place)
			b.sound("public " + place)
		}
	}
}

// settle waits until all that was ordered has been told.
func (w *town) settle() {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.t.Context(), time.Minute)
	defer stop()
	if err := w.Settle(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// TestWithoutScript reads the météo in a browser that runs no script.
func TestWithoutScript(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.publish()
	b := newTab(t, w.URL(house.RoleOutlook), 375)
	b.withoutScript()
	b.visit("/")
	b.sees("Météo des services en ligne")
}
