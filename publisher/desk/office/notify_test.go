package office

import (
	"net/url"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/templates/bureau"
)

// TestNotifyMe: whoever wants to be told gives an address, which is shown to
// nobody else, and takes it back.
func TestNotifyMe(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1, a1 := o.as("r1"), o.as("a1")
	send := func(address string) view {
		return r1.form("/compte", "/compte/courriel", url.Values{"courriel": {address}})
	}
	wrong := send("r1 at douane")
	if wrong.status != 422 || !strings.Contains(wrong.text, bureau.FaultAddress) || !strings.Contains(wrong.text, `value="r1 at douane"`) {
		t.Errorf("%d\n%s", wrong.status, wrong.text)
	}
	if done := send(" r1@douane.example "); done.place != "/compte?dit=prevenu" || !strings.Contains(done.text, `value="r1@douane.example"`) {
		t.Errorf("%s\n%s", done.place, done.text)
	}
	for _, page := range []string{"/personnes", "/personnes/r1"} {
		if text := a1.get(page).text; strings.Contains(text, "r1@douane.example") {
			t.Errorf("%s shows the address", page)
		}
	}
	if done := send(""); done.place != "/compte?dit=silence" {
		t.Errorf("%s", done.place)
	}
	if p, err := o.p.Person(t.Context(), "r1"); err != nil || p.Notify != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestTroubles: what keeps readers from being told is on every page of whoever
// has signed in, and of nobody else.
func TestTroubles(t *testing.T) {
	t.Parallel()
	const words = "Les courriels ne partent plus depuis 14h12"
	h := bureau.House{Troubles: func() []string { return []string{words} }}
	for who, want := range map[*bureau.Who]bool{{Name: "r1"}: true, nil: false} {
		page, err := h.Render(bureau.Page{Name: "error", Title: "Une page", Who: who, Body: "…"})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(page), words) != want {
			t.Errorf("%v sees\n%s", who, page)
		}
	}
}
