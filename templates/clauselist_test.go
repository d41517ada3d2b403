package templates_test

import (
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

func TestClauses(t *testing.T) {
	t.Parallel()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	w := templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus}
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n, ps := schemas.Check(text, known.Catalogue, known.Bureaus)
	if ps.Err() != nil {
		t.Fatal(ps)
	}
	ids := func(n notice.Notice) (ids string, by map[string]templates.Clause) {
		t.Helper()
		all, err := w.Clauses(n)
		if err != nil {
			t.Fatal(err)
		}
		by = map[string]templates.Clause{}
		for _, c := range all {
			ids, by[c.ID] = ids+" "+c.ID, c
		}
		return strings.TrimSpace(ids), by
	}
	got, by := ids(n)
	if want := "announce effect advice messages fallback reinjection follow trouble"; got != want {
		t.Errorf("clauses %s, want %s", got, want)
	}
	if c := by["announce"]; !strings.Contains(c.Words, "{period}") || !strings.Contains(c.Says, "est prévue le mardi") {
		t.Errorf("%+v", c)
	}
	n.Clauses = []notice.Clause{
		{ID: "reinjection"}, {ID: "fallback"},
		{ID: "advice", Omit: "sans objet"}, {ID: "follow", Text: "Suivez {owner}."}, {ID: "messages", Text: "Rien."}, {ID: "documents"},
	}
	got, by = ids(n)
	if want := "announce effect reinjection fallback advice follow messages documents trouble"; got != want {
		t.Errorf("clauses %s, want %s", got, want)
	}
	if c := by["advice"]; c.Omit != "sans objet" || !strings.Contains(c.Says, "reporter") {
		t.Errorf("what is left out: %+v", c)
	}
	if c := by["follow"]; c.Says != "Suivez la douane." {
		t.Errorf("what is reworded: %+v", c)
	}
	if c := by["messages"]; !strings.Contains(c.Says, "{forbidden}") {
		t.Errorf("what is reworded without its fact: %+v", c)
	}
}

func TestAgreement(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"une panne": "feminine singular", "un incident": "masculine singular", "des travaux": "masculine plural",
		"des opérations": "feminine plural", "": "masculine singular", "la migration": "feminine singular",
	} {
		g, n := templates.Agreement(notice.Cause{Text: text})
		if got := string(g) + " " + string(n); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	if g, n := templates.Agreement(notice.Cause{Text: "panne", Gender: "feminine", Number: "plural"}); g != "feminine" || n != "plural" {
		t.Errorf("what is said: %s %s", g, n)
	}
}
