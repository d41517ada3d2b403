package pages

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/templates"
)

// TestCopied: a copy says of when it is before all else, and what is no page of
// ours stays as it is.
func TestCopied(t *testing.T) {
	t.Parallel()
	page, err := house(t).Render(Page{Name: "lost", Title: "Page introuvable"})
	if err != nil {
		t.Fatal(err)
	}
	c := Copied{At: time.Date(2023, 8, 8, 12, 12, 0, 0, time.UTC), Site: `https://meteo.example/"`}
	marked, err := c.Mark(page)
	text := string(marked)
	if err != nil || strings.Count(text, "Copie du ") != 1 || !strings.Contains(text, templates.Moment(c.At)) || !strings.Contains(text, `href="https://meteo.example/%22"`) {
		t.Errorf("%v: %.900s", err, text)
	}
	if at, menu := strings.Index(text, "Copie du "), strings.Index(text, "Menu principal"); at < 0 || at > menu {
		t.Error("it is not said before all else")
	}
	if frame, err := c.Mark([]byte("<main>\n<h1>Delta G</h1>")); err != nil || !strings.HasPrefix(string(frame), "<main>\n<p>Copie du ") || !strings.HasSuffix(string(frame), "</p>\n<h1>Delta G</h1>") {
		t.Errorf("%v: %s", err, frame)
	}
	if same, err := c.Mark([]byte("<p>Un cadre</p>")); err != nil || !bytes.Equal(same, []byte("<p>Un cadre</p>")) {
		t.Errorf("%v: %s", err, same)
	}
}

// TestStale: a page that hears of nothing says since when, and not that all is
// well.
func TestStale(t *testing.T) {
	t.Parallel()
	h, lost := house(t), false
	h.Stale = func() (time.Time, bool) { return time.Date(2023, 8, 8, 12, 12, 0, 0, time.UTC), lost }
	for _, lost = range []bool{false, true} {
		page, err := h.Render(Page{Name: "outlook", Title: "Météo", Here: "/", Body: Outlook{Now: true, Well: true, Services: 1}})
		said := strings.Contains(string(page), "Les informations datent du ") && strings.Contains(string(page), templates.Moment(time.Date(2023, 8, 8, 12, 12, 0, 0, time.UTC)))
		if well := strings.Contains(string(page), "sont disponibles"); well == lost {
			t.Errorf("lost: %v, all is well: %v", lost, well)
		}
		if err != nil || said != lost {
			t.Errorf("lost: %v, said: %v, %v", lost, said, err)
		}
	}
}
