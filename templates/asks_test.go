package templates_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"douane.gouv.fr/crieur/templates"
)

// TestAskMail: every ask, in both languages, says who asked for what, until
// when, by which link, and what becomes of it otherwise.
func TestAskMail(t *testing.T) {
	t.Parallel()
	w := words(t)
	ask := templates.Ask{At: legal("2023-08-08T09:05").Time, Until: legal("2023-08-10T09:05").Time, Link: "https://meteo.example/abonnements/x?a=b&c=d",
		Choices: templates.Choices{Services: []string{"delta-x", "delta-t"}, Notices: true, Alerts: true, DailyNotices: true, Zone: "Europe/London"}}
	for lang, said := range map[string][]string{
		"":   {"mardi 8\u00a0août 2023 à 9h05", "jeudi 10\u00a0août 2023 à 9h05", "Services\u00a0: Delta\u00a0X et Delta\u00a0T", "Modes\u00a0: tous les modes", "notes en un résumé par jour, alertes aussitôt", "heure locale (Royaume-Uni)"},
		"en": {"Tuesday 8 August 2023, 09:05 (French legal time)", "Thursday 10 August 2023, 09:05", "Services: Delta\u00a0X and Delta\u00a0T", "Modes: all modes", "notices in a daily digest, alerts at once", "local time (UK)"},
	} {
		for _, clause := range []string{"subscribe", "change", "retry", "return"} {
			ask.Lang, ask.Clause = lang, clause
			m, err := w.AskMail(ask)
			if err != nil {
				t.Fatal(err)
			}
			root, err := html.Parse(strings.NewReader(m.HTML))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range append(said, ask.Link, m.Subject) {
				if !strings.Contains(strings.ReplaceAll(m.Text, "\n", " "), want) {
					t.Errorf("%s %q: the text lacks %q:\n%s", lang, clause, want, m.Text)
				}
			}
			for _, line := range strings.Split(m.Text, "\n") {
				if len([]rune(line)) > 72 {
					t.Errorf("%s %q: a line of %d characters: %s", lang, clause, len([]rune(line)), line)
				}
			}
			if _, body, _ := strings.Cut(m.HTML, "<body"); !strings.HasPrefix(body[strings.Index(body, "<div"):], "<div style=\"display:none") || strings.Contains(body, "overflow:hidden\"></div>") {
				t.Errorf("%s %q: lists of mails show no gist:\n%s", lang, clause, m.HTML)
			}
			links := 0
			for n := range root.Descendants() {
				for _, a := range n.Attr {
					if n.Data == "a" && a.Key == "href" && a.Val == ask.Link {
						links++
					}
				}
			}
			if links != 1 || strings.Contains(m.HTML[strings.Index(m.HTML, "<body"):], "{") || strings.Contains(m.Text, "{") || strings.Contains(m.HTML, "ZgotmplZ") {
				t.Errorf("%s %q: %d links:\n%s", lang, clause, links, m.HTML)
			}
		}
	}
	if _, err := w.AskMail(templates.Ask{Clause: "nothing"}); err == nil {
		t.Error("an ask without words was composed")
	}
}

// TestChosen: what is not chosen is said too.
func TestChosen(t *testing.T) {
	t.Parallel()
	w := words(t)
	value := func(c templates.Choices, label string) string {
		for _, one := range w.Chosen(c, "") {
			if one.Label == label {
				return one.Value
			}
		}
		return ""
	}
	for _, test := range []struct {
		c           templates.Choices
		label, want string
	}{
		{templates.Choices{}, "Services", "tous les services en ligne"},
		{templates.Choices{Services: []string{"delta-x-import", "delta-x-export"}}, "Services", "Delta\u00a0X Import et Export"},
		{templates.Choices{Modes: []string{"edi", "dti-plus"}}, "Modes", "EDI et DTI+"},
		{templates.Choices{Notices: true, Alerts: true}, "Rythme", "dès leur publication"},
		{templates.Choices{Notices: true, Alerts: true, DailyNotices: true}, "Rythme", "notes en un résumé par jour, alertes aussitôt"},
		{templates.Choices{Notices: true, DailyNotices: true}, "Rythme", "un résumé par jour"},
		{templates.Choices{Alerts: true, DailyNotices: true}, "Rythme", "dès leur publication"},
		{templates.Choices{Notices: true, Alerts: true, DailyNotices: true, DailyAlerts: true}, "Rythme", "un résumé par jour"},
		{templates.Choices{Lang: "en"}, "Langue", "anglais"},
		{templates.Choices{}, "Heures", "heure de Paris"},
	} {
		if got := value(test.c, test.label); got != test.want {
			t.Errorf("%+v: %s is %q, want %q", test.c, test.label, got, test.want)
		}
	}
}
