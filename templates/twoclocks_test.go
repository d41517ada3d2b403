package templates_test

import (
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// TestTwoClocks: beside another zone's times, each of legal time says so, and
// what has a beginning and an end has both in one line.
func TestTwoClocks(t *testing.T) {
	t.Parallel()
	london := templates.Telling{Lang: "en", Zone: "Europe/London"}
	n := seed(t, "fallback: {authorised: true, from: 2023-08-08T10:00, until: 2023-08-09T12:00}")
	l := published(t, n)
	said := strings.Join(strings.Fields(l.told(london)), " ")
	for _, want := range []string{
		"from Tuesday 8 August 2023, 10:00 (French legal time), until Wednesday 9 August 2023, 12:00 (French legal time)",
		"UK time: Tuesday 8 August 2023, 09:00 to Wednesday 9 August 2023, 11:00",
	} {
		if !strings.Contains(strings.ReplaceAll(said, "\u00a0", " "), want) {
			t.Errorf("it lacks %q:\n%s", want, said)
		}
	}
	s, e := l.last()
	m, err := l.w.Mail(s, e, london, foot)
	if err != nil {
		t.Fatal(err)
	}
	if calendar := strings.ReplaceAll(string(m.Calendar), "\r\n ", ""); strings.Contains(calendar, ` \; UK time`) || !strings.Contains(calendar, `\; UK time`) {
		t.Errorf("in the calendar a French space stands before a semicolon:\n%s", calendar)
	}
	l.then("2023-08-08T09:00", notice.Started{Occurrence: 1, Planned: legal("2023-08-08T09:00")}).
		then("2023-08-08T16:00", notice.Extended{Until: legal("2023-08-08T19:00"), MayExtendUntil: legal("2023-08-08T21:00"), Previous: legal("2023-08-08T17:00")})
	said = strings.Join(strings.Fields(l.told(london)), " ")
	for _, want := range []string{"Instead of Tuesday 8 August 2023, 17:00 (French legal time)", "May be extended until Tuesday 8 August 2023, 21:00 (French legal time)"} {
		if !strings.Contains(strings.ReplaceAll(said, "\u00a0", " "), want) {
			t.Errorf("extended, it lacks %q:\n%s", want, said)
		}
	}
}

// TestPreviewBeginsWithThePeriod: a telephone cuts a subject at 40 characters,
// before its date.
func TestPreviewBeginsWithThePeriod(t *testing.T) {
	t.Parallel()
	n := seed(t)
	later := []notice.Window{{Start: legal("2023-08-16T09:00"), End: legal("2023-08-16T17:00")}}
	for name, c := range map[string]struct {
		life *life
		want string
	}{
		"published": {published(t, n), "Période\u00a0: mardi 8\u00a0août 2023 de 9h00 à 17h00 · "},
		"postponed": {published(t, n).then("2023-08-03T10:00", notice.Postponed{Windows: later, Reason: "raisons techniques"}), "Période\u00a0: mercredi 16\u00a0août 2023"},
		"reminded":  {published(t, n).then("2023-08-07T09:00", notice.Reminded{Occurrence: 1, Start: legal("2023-08-08T09:00")}), "Période\u00a0: mardi 8\u00a0août 2023"},
	} {
		if d := c.life.document(templates.Telling{}); !strings.HasPrefix(d.Gist, c.want) {
			t.Errorf("%s: the preview is %q, want it to begin with %q", name, d.Gist, c.want)
		}
	}
}

// TestBannerIsFrench: a screen reader says EXERCICE in French within a mail in
// English.
func TestBannerIsFrench(t *testing.T) {
	t.Parallel()
	l := published(t, seed(t, "exercise: true"))
	s, e := l.last()
	m, err := l.w.Mail(s, e, templates.Telling{Lang: "en"}, foot)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.HTML, `<p class="stop" lang="fr"`) {
		t.Errorf("its language is not said:\n%s", m.HTML)
	}
}
