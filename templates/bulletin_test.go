package templates_test

import (
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestBulletin: an alert message says what to do apart from what is, and of an
// act on some services that it is of those alone.
func TestBulletin(t *testing.T) {
	t.Parallel()
	l := published(t, seed(t)).then("2023-08-08T09:00", notice.Started{Occurrence: 1, Planned: legal("2023-08-08T09:00")})
	says := func(lang string, wants ...string) {
		t.Helper()
		s, e := l.last()
		b, err := l.w.Bulletin(s, e, lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			unwanted, not := strings.CutPrefix(want, "!")
			if text := b.Headline + "\n" + b.Description + "\n--\n" + b.Instruction; not == strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), unwanted) {
				t.Errorf("%s: %q in vain:\n%s", e.Act.Type(), want, text)
			}
		}
	}
	says("", "--\nMessages interdits : Création d’une déclaration", "Situation : Interruption en cours", "\nProcédure de secours : Autorisée", "!EXERCICE")
	says("en", "--\nDo not send: ", "\nFallback procedure: Authorised")
	l.then("2023-08-08T14:00", notice.Recovered{At: legal("2023-08-08T14:00"), Services: []string{"delta-t"}, Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	says("", "--\nDelta T (EDI, DTI et DTI+) : Procédure de secours : N’est plus autorisée", "\nPour ICS-Delta P, ", "les consignes de l’alerte restent en vigueur.")
	says("en", "--\nDelta T (EDI, DTI and DTI+): Fallback procedure: No longer authorised", "\nFor ICS-Delta P, ", "the instructions of the alert still hold.")
	l.then("2023-08-08T14:10", notice.FallbackClosed{Services: []string{"ecs"}})
	says("", "\nECS (EDI, DTI et DTI+) : Procédure de secours : ", "\nPour les autres services et modes de cette note, rien ne change.")
	l.then("2023-08-08T15:00", notice.Ended{At: legal("2023-08-08T15:00"), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	says("", "Réinjection : Les déclarations", "!restent en vigueur")
}
