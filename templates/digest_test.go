package templates_test

import (
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// TestDigestHeading: a section is headed by what holds at its end, not by an
// announcement that was called off since, and lists of mails show it.
func TestDigestHeading(t *testing.T) {
	t.Parallel()
	n := seed(t)
	for name, c := range map[string]struct {
		life *life
		want string
	}{
		"cancelled": {published(t, n).then("2023-08-03T10:00", notice.Cancelled{Reason: "raisons techniques"}), "Annulation – interruption prévue – Delta T"},
		"ended": {published(t, n).then("2023-08-08T09:00", notice.Started{Occurrence: 1, Planned: legal("2023-08-08T09:00")}).
			then("2023-08-08T14:30", notice.Ended{At: legal("2023-08-08T14:30"), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}), "Fin d’alerte – Delta T"},
	} {
		var items []templates.DigestItem
		for i, e := range c.life.events {
			items = append(items, templates.DigestItem{State: notice.Fold(c.life.events[:i+1]), Event: e, Page: foot.Page})
		}
		d, err := c.life.w.Digest(legal("2023-08-09T07:00").Time, items, templates.Telling{})
		if err != nil {
			t.Fatal(err)
		}
		heads := 0
		for _, b := range d.Blocks {
			if b.Kind == templates.Heading {
				heads++
				if said := templates.Plain(b.Runs); !strings.HasPrefix(said, c.want) {
					t.Errorf("%s: the heading is %q", name, said)
				}
			}
		}
		if heads != 1 || !strings.HasPrefix(d.Gist, c.want) {
			t.Errorf("%s: %d headings, the preview is %q", name, heads, d.Gist)
		}
	}
}

// TestDigestTongue: a screen reader says the authority's English name in
// English, and a bureau's letterhead in French.
func TestDigestTongue(t *testing.T) {
	t.Parallel()
	l := published(t, seed(t))
	s, e := l.last()
	english := templates.Telling{Lang: "en"}
	d, err := l.w.Digest(legal("2023-08-02T07:00").Time, []templates.DigestItem{{State: s, Event: e, Page: foot.Page}}, english)
	if err != nil {
		t.Fatal(err)
	}
	page, err := templates.MailHTML(d, foot)
	if err != nil || strings.Contains(page, `<p class="soft" lang="fr"`) {
		t.Errorf("%v, English said in French:\n%s", err, page)
	}
	m, err := l.w.Mail(s, e, english, foot)
	if err != nil || !strings.Contains(m.HTML, `<p class="soft" lang="fr"`) {
		t.Errorf("%v, French said in English:\n%s", err, m.HTML)
	}
}
