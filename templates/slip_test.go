package templates_test

import (
	"fmt"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// slips are all that staff may be told, of the example's notice.
func slips(t *testing.T) []templates.Slip {
	t.Helper()
	w := words(t)
	n := seed(t)
	at := legal("2023-08-01T16:55").Time
	e := notice.Event{ID: "e", Notice: "n", Number: 1, Version: 1, Time: at, Act: notice.Published{Notice: n, Scope: w.Catalogue.Resolve(n)}}
	s := notice.Fold([]notice.Event{e})
	const site = "https://bureau.example"
	of := func(kind, reason, place string) templates.Slip {
		return templates.Slip{Kind: kind, At: at, By: "L. Martin", State: s, Event: e, Reason: reason, Link: site + place}
	}
	returned := of("returned", "Deux points à reprendre.", "/notes/n")
	returned.Remarks = []string{"Plages : la fin est à 18h00 ?", "Cause : trop longue"}
	lapsed := of("lapsed", "L’alerte est terminée.", "/notes/n")
	lapsed.By = ""
	withdrawn := of("withdrawn", "L’opération est annulée.", "/notes/n")
	withdrawn.Awaited = "submitted"
	missed := of("missed", "L’alerte est terminée.", "/notes/n/alerte")
	missed.Act = notice.TypeExtended
	dead, letter := of("dead", "", "/notes/n"), of("dead", "", "/notes/n")
	dead.By, letter.By, letter.OfLetter = "", "", true
	alarm, calm := of("alarm", "", "/notes/n"), of("calm", "", "/notes/n")
	alarm.By, calm.By = "", ""
	flowing := templates.Slip{Kind: "flowing", At: at, From: legal("2023-08-01T14:12").Time, Until: at, Link: site}
	untold := templates.Slip{Kind: "submitted", At: at, By: "r1", Event: notice.Event{Notice: "n"}, Link: site + "/notes/n/signature"}
	return []templates.Slip{of("submitted", "À signer avant 18h si possible.", "/notes/n/signature"), returned, lapsed, withdrawn,
		of("emergency", "Personne n’est joignable.", "/notes/n"), missed, dead, letter, alarm, calm, flowing, untold}
}

// TestSlips holds every word that staff are told.
func TestSlips(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, s := range slips(t) {
		d, err := words(t).Slip(s)
		if err != nil {
			t.Fatal(err)
		}
		page, err := templates.MailHTML(d, templates.Foot{})
		if err != nil {
			t.Fatal(err)
		}
		text := templates.MailText(d, templates.Foot{})
		for _, part := range []string{d.Mail, text, page} {
			if part != page && strings.ContainsAny(part, "{}") || strings.Contains(part, "ZgotmplZ") {
				t.Errorf("%s: a hole is left in %q", s.Kind, part)
			}
		}
		if n := len([]rune(d.Mail)); n > 120 {
			t.Errorf("%s: the subject has %d characters", s.Kind, n)
		}
		if s.Link != "" && (!strings.Contains(page, `href="`+s.Link+`"`) || !strings.Contains(text, s.Link)) {
			t.Errorf("%s: the link is missing", s.Kind)
		}
		fmt.Fprintf(&all, "-- %s --\nSubject: %s\nPreview: %s\n\n%s\n", s.Kind, d.Mail, d.Gist, text)
	}
	golden(t, "testdata/slips.txt", all.String())
	if _, err := words(t).Slip(templates.Slip{Kind: "nothing"}); err == nil {
		t.Error("a slip without words was composed")
	}
}

// TestTroubleLine: a trouble says since when, with the day where it is another.
func TestTroubleLine(t *testing.T) {
	t.Parallel()
	since := legal("2023-08-08T14:12").Time
	for _, c := range []struct {
		trouble templates.Trouble
		now     string
		want    string
	}{
		{templates.Trouble{Kind: "stalled", Since: since}, "2023-08-08T15:00", "Les courriels ne partent plus depuis 14h12 : des messages attendent. Prévenez un administrateur."},
		{templates.Trouble{Kind: "stalled", Since: since}, "2023-08-09T09:00", "Les courriels ne partent plus depuis le mardi 8 août 2023 à 14h12 : des messages attendent. Prévenez un administrateur."},
		{templates.Trouble{Kind: "stalled", Letters: true, Since: since}, "2023-08-08T15:00", "Les lettres ne sont plus produites depuis 14h12 : les courriels qui les portent attendent. Prévenez un administrateur."},
		{templates.Trouble{Kind: "dead", Count: 1}, "2023-08-08T15:00", "Un envoi a été abandonné : des abonnés n’ont pas été informés. Prévenez un administrateur."},
		{templates.Trouble{Kind: "dead", Letters: true, Count: 2}, "2023-08-08T15:00", "2 lettres n’ont pas pu être produites : les courriels qui les portent ne sont pas partis. Prévenez un administrateur."},
		{templates.Trouble{Kind: "alarm"}, "2023-08-08T15:00", "Des abonnés n’ont pas été informés comme prévu. Prévenez un administrateur."},
	} {
		if got := templates.Searchable(templates.TroubleLine(c.trouble, legal(c.now).Time)); got != c.want {
			t.Errorf("%+v at %s:\n%s\nwant\n%s", c.trouble, c.now, got, c.want)
		}
	}
}
