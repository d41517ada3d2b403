package bureau

import (
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

func TestAlertWords(t *testing.T) {
	t.Parallel()
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace
	for d, want := range map[time.Duration]string{
		0: "moins d’une minute", 59 * time.Second: "moins d’une minute", -25 * time.Minute: "25 min", 90 * time.Minute: "1 h 30 min", 2 * time.Hour: "2 h",
		24 * time.Hour: "1 jour", 51*time.Hour + 10*time.Minute: "2 jours 3 h",
	} {
		if got := plain(Lasting(d)); got != want {
			t.Errorf("%s lasts %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1 000", 1234567: "1 234 567"} {
		if got := plain(Figure(n)); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
	at := time.Date(2023, 8, 8, 12, 30, 2, 0, time.UTC)
	if got := Instant(at); got != "14h30’02" {
		t.Errorf("Instant: %q", got)
	}
	for _, l := range Acts() {
		if l.Place == "" || Title(l.Act) == "" || !strings.HasPrefix(Question(l.Act), "Publier") {
			t.Errorf("%s has no words", l.Act)
		}
		if rule, ok := notice.RuleOf(l.Act); !ok || len(rule.By) == 0 {
			t.Errorf("%s is no act of anybody", l.Act)
		}
	}
}

// TestTimeField shows a time that was understood as people read it, and one
// that was not as it was written.
func TestTimeField(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{"2023-08-08T18:30:00+02:00": "mardi 8\u00a0août 2023 à 18h30", "bientôt": "bientôt", "": ""} {
		d := Deed{Typed: Typed{"jusque-a": {written}}, Wrong: []Slip{{"jusque-a", "non"}}}
		if f := timeFieldOf(d, "jusque-a", "Fin", "Par exemple : 18h30."); f.Value != want || f.Wrong != "non" {
			t.Errorf("%q is shown as %q (%s)", written, f.Value, f.Wrong)
		}
	}
}
