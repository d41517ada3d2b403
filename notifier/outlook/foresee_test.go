package outlook

import (
	"regexp"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestForesee shows the météo with a notice that nobody has published.
func TestForesee(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	act := h.note(nil)
	st := notice.Fold([]notice.Event{{ID: "e", Notice: seed, Number: 1, Version: 1, Time: h.Now(), Act: act}})
	page, err := h.Foresee(st, moment(t, "2023-08-08T09:00"))
	if err != nil {
		t.Fatal(err)
	}
	if text := flat(tags.ReplaceAllString(string(page), " ")); !strings.Contains(text, "Delta H7") || !strings.Contains(text, "interrompu depuis le") {
		t.Errorf("%s", text)
	}
	if len(h.Record.States()) != 0 {
		t.Error("it is on the record")
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)
