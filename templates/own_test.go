package templates_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"douane.gouv.fr/crieur/templates"
)

// TestOwnWords lets a house and a bureau say a clause otherwise, and refuses
// words that say less.
func TestOwnWords(t *testing.T) {
	t.Parallel()
	own, err := templates.ReadOwn(fstest.MapFS{
		"letter.txt":         {Data: []byte("advice.defer: Reportez vos opérations.\ntrouble.maintenance: Signalez toute anomalie à {owner} via {helpdesk}.\n")},
		"comint1/letter.txt": {Data: []byte("advice.defer: Merci de reporter vos opérations.\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	usual := words(t)
	w := usual
	w.Own = own
	d, err := w.Letter(seed(t))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(said(d), "\n")
	for _, want := range []string{"Merci de reporter vos opérations.", "Signalez toute anomalie à la douane via OLGA."} {
		if !strings.Contains(text, want) {
			t.Errorf("the letter does not say %q:\n%s", want, text)
		}
	}
	if w.Version() == usual.Version() {
		t.Error("other words have the same version")
	}
}

// TestOwnWordsRefused names what is at fault with own words.
func TestOwnWordsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, says string }{
		"unknown clause": {"advise.defer: Reportez.\n", `did you mean "advice.defer"?`},
		"a fact is gone": {"effect.planned: Ce sera coupé.\n", "the clause says nothing of {in_modes}"},
		"twice":          {"follow: a\nfollow: b\n", "no new name"},
	} {
		_, err := templates.ReadOwn(fstest.MapFS{"letter.txt": {Data: []byte(c.file)}})
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "letter.txt") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
