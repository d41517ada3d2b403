package templates

import "testing"

// TestTypesetStays: what is set already stays as it is, whoever set it.
func TestTypesetStays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`Dire "oui" : non ; si !`:                   "Dire «\u00a0oui\u00a0»\u00a0: non\u202f; si\u202f!",
		"«oui», « non » et «\u202fpeut-être\u202f»": "«\u00a0oui\u00a0», «\u00a0non\u00a0» et «\u00a0peut-être\u00a0»",
		"l'heure du 1er août à 9h00":                "l’heure du 1er\u00a0août à 9h00",
	} {
		got := Typeset(text)
		if got != want {
			t.Errorf("Typeset(%q) = %q, want %q", text, got, want)
		}
		if again := Typeset(got); again != got {
			t.Errorf("set twice, %q becomes %q", got, again)
		}
	}
}
