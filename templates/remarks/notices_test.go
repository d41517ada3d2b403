package remarks

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// example is the text of the example notice.
func example(t testing.TB) string {
	t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wrong are the example with one thing wrong, and what is said of it.
var wrong = []struct{ old, new, want string }{
	{"windows:", "windos:", "Champ « windos » : Le champ « windos » n’existe pas. Vouliez-vous dire « windows » ?"},
	{"delta-h7", "delta-h8", "Téléservice n° 6 : Le téléservice « delta-h8 » n’est pas au catalogue. Vouliez-vous dire « Delta H7 » ?"},
	{"delta-x-import", "Delta X", "Téléservice n° 4 : « Delta X » désigne plusieurs téléservices. Précisez lequel : Delta X Export, Delta X Import."},
	{"end: 2023-08-08T17:00", "end: 2023-08-08T07:00", "Fin de la plage 1 : La plage finit avant de commencer. Vérifiez l’heure de début et l’heure de fin."},
	{"start: 2023-08-08T09:00", "start: 2023-03-26T02:30", "Début de la plage 1 : L’heure indiquée, dimanche 26 mars 2023 à 2h30, n’existe pas : on passe cette nuit-là à l’heure d’été. Indiquez l’heure d’avant ou d’après le changement."},
	{"start: 2023-08-08T09:00", "start: 2023-10-29T02:30", "Début de la plage 1 : L’heure indiquée, dimanche 29 octobre 2023 à 2h30, existe deux fois : on passe cette nuit-là à l’heure d’hiver. Écrivez 2023-10-29T02:30:00+02:00 pour la première (heure d’été) ou 2023-10-29T02:30:00+01:00 pour la seconde (heure d’hiver)."},
	{"effect: interrupted", "effect: interupted", "Impact : « interupted » n’est pas une valeur admise. Vouliez-vous dire « interrupted » (interrompu) ?"},
	{"effect: interrupted", "effect: kaputt", "Impact : « kaputt » n’est pas une valeur admise. Valeurs admises : unaffected (disponible), degraded (dégradé), interrupted (interrompu), closed (fermé)."},
	{"kind: maintenance", "kind: maintenance\nexercise: oui", "Exercice : « oui » n’est ni oui (true) ni non (false). Écrivez true pour oui, false pour non."},
	{"create: forbidden", "create: non", "Consigne d’envoi (création d’une déclaration) : « non » n’est pas une valeur admise. Valeurs admises : allowed (autorisé), discouraged (déconseillé), forbidden (interdit)."},
	{"date: 2023-08-01", "date: 2023-02-30", "Date de la note : « 2023-02-30 » n’est pas une date. Écrivez-la ainsi : 2023-08-01."},
	{"issuer: comint1", "issuer: comint9", "Bureau émetteur : Le bureau « comint9 » n’existe pas. Vouliez-vous dire « comint1 » ?"},
	{"kind: maintenance", "kind: [maintenance", "Ligne 2 : Une virgule ou un crochet fermant est attendu. Vérifiez à cet endroit les retraits, les deux-points et les guillemets."},
	{"modes: [edi, dti]", "modes: edi", "Modes : Une liste est attendue ici. Écrivez [a, b], ou un élément par ligne après un tiret."},
	{"modes: [edi, dti]", "modes: [edi, fax]", "Mode n° 2 : Le mode « fax » n’existe pas. Choix possibles : DTI, DTI+, EDI."},
	{"date: 2023-08-01", "date: 2023-08-07", "Début de la plage 1 : Les opérateurs ne sont prévenus de cette maintenance que 1 jour à l’avance ; la règle du bureau est de 2 jours. Publiez plus tôt, si vous le pouvez."},
	{"date: 2023-08-01", "date: 2023-08-05", "Date de la note : La note est datée du samedi 5 août 2023, en fin de semaine. Si c’est voulu, ne changez rien."},
	{"kind: maintenance", "kind: maintenance\nparagraphs: [Le lundi 8 août 2023.]", "Paragraphe n° 1 : « lundi 8 août 2023 » est un mardi. Corrigez le jour de la semaine, ou la date."},
	{"kind: maintenance", "kind: maintenance\nrecurs: {rule: FREQ=WEEKLY;COUNT=900}", "Règle de récurrence : COUNT=900 est impossible. Indiquez un nombre de 1 à 400."},
	{"kind: maintenance", "kind: maintenance\nrecurs: {rule: FREQ=YEARLY;COUNT=9}", "Règle de récurrence : FREQ=YEARLY n’est pas admis ici. Valeurs admises : DAILY (chaque jour), WEEKLY (chaque semaine), MONTHLY (chaque mois)."},
}

// TestWrongNotices says in French what is wrong with real texts.
func TestWrongNotices(t *testing.T) {
	t.Parallel()
	w, h := house(t)
	for _, c := range wrong {
		text := strings.Replace(example(t), c.old, c.new, 1)
		if text == example(t) {
			t.Errorf("the example has no %q", c.old)
		}
		_, ps := schemas.Check([]byte(text), h.Catalogue, h.Bureaus)
		said := strings.Split(w.FrenchError(ps), "\n")
		if !slices.ContainsFunc(said, func(s string) bool { return plain.Replace(s) == c.want }) {
			t.Errorf("%s:\n got %s\nwant %s", c.new, plain.Replace(strings.Join(said, "\n     ")), c.want)
		}
		for _, p := range w.FrenchAll(ps) {
			wantFrench(t, c.new, p.What)
			wantFrench(t, c.new, p.Remedy)
		}
	}
}

// TestEveryCut cuts the example short at every byte, and puts stray characters
// in between: whatever is said of it, also by the parser, is French.
func TestEveryCut(t *testing.T) {
	t.Parallel()
	w, h := house(t)
	text, told := example(t), map[string]bool{}
	for i := range text {
		for j, stray := range []string{"", "{", "[", "\"", ":", "- ", "\t", "!", "%", "&", "*", "@", "\x00", "x"} {
			if stray != "" && (i+j)%7 != 0 {
				continue // every place has its turn, not each with every character
			}
			broken := text[:i] + stray
			if stray != "" {
				broken += text[i:]
			}
			_, ps := schemas.Check([]byte(broken), h.Catalogue, h.Bureaus)
			for _, p := range ps {
				if what := p.What + "|" + p.Remedy; !told[what] {
					told[what] = true
					french := w.French(p)
					wantFrench(t, p.What, french.What)
					wantFrench(t, p.What, french.Remedy)
				}
			}
		}
	}
	if len(told) < 50 {
		t.Errorf("%d things were said", len(told))
	}
}

// TestPlacesStay: only the words of a problem change.
func TestPlacesStay(t *testing.T) {
	t.Parallel()
	w, _ := house(t)
	p := notice.Problem{Severity: notice.SeverityWarning, Pointer: "/cause", Line: 7, What: "the cause is missing"}
	want := p
	want.What = "La cause n’est pas indiquée."
	if got := w.French(p); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestFrenchProblems: a page says each thing beside its field.
func TestFrenchProblems(t *testing.T) {
	t.Parallel()
	w, _ := house(t)
	wrong := func(p notice.Problem) notice.Problems {
		p.Severity = notice.SeverityError
		return notice.Problems{p}
	}
	value := &notice.ValueError{What: "the reason is missing", Remedy: "say why the notice is returned"}
	for _, c := range []struct {
		err  error
		want notice.Problems
	}{
		{nil, nil},
		{fmt.Errorf("compose the letter: %w", wrong(notice.Problem{Pointer: "/cause", What: "the cause is missing"})),
			wrong(notice.Problem{Pointer: "/cause", What: "La cause n’est pas indiquée."})},
		{value, wrong(notice.Problem{What: "Le motif n’est pas indiqué.", Remedy: "Dites pourquoi la note est renvoyée au rédacteur."})},
		{fmt.Errorf("compose the letter: %w", value),
			wrong(notice.Problem{What: "La note ne peut pas être composée. Le motif n’est pas indiqué. Dites pourquoi la note est renvoyée au rédacteur."})},
		{notice.ErrForbidden, wrong(notice.Problem{What: "Votre rôle ne permet pas cette action."})},
	} {
		if got := w.FrenchProblems(c.err); !slices.Equal(got, c.want) {
			t.Errorf("%v:\n got %v\nwant %v", c.err, got, c.want)
		}
	}
}

// TestFieldName: people know the fields by these names.
func TestFieldName(t *testing.T) {
	t.Parallel()
	for pointer, want := range map[string]string{
		"":                               "ensemble du document",
		"/windows/0/end":                 "fin de la plage 1",
		"/windows/11":                    "plage 12",
		"/services/5":                    "téléservice n° 6",
		"/scope/1/services/0":            "téléservice n° 1 (ligne 2 du périmètre)",
		"/scope/0/fallback/until":        "fin de la procédure de secours (ligne 1 du périmètre)",
		"/scope/1":                       "ligne 2 du périmètre",
		"/messages/validate_anticipated": "consigne d’envoi (validation d’une déclaration anticipée)",
		"/recurs/except/2":               "jour excepté n° 3",
		"/notice/windows/0/start":        "début de la plage 1",
		"/services/delta-t/depends_on":   "dépendances du téléservice « delta-t »",
		"/address":                       "adresse",
		"/a~1b/7":                        "champ « a/b/7 »",
	} {
		if got := plain.Replace(FieldName(pointer)); got != want {
			t.Errorf("FieldName(%q) = %q, want %q", pointer, got, want)
		}
	}
}

// TestEveryFieldHasAName walks the types of a notice and of the acts on one.
func TestEveryFieldHasAName(t *testing.T) {
	t.Parallel()
	nameless(t, reflect.TypeFor[notice.Notice](), "")
	for _, act := range []notice.Act{notice.Ended{}, notice.Recovered{}, notice.Extended{}, notice.Progressed{}, notice.Postponed{},
		notice.Cancelled{}, notice.Reinstated{}, notice.Resumed{}, notice.FallbackOpened{}, notice.FallbackClosed{}} {
		nameless(t, reflect.TypeOf(act), "")
	}
}

// nameless complains of the fields of a type that have no name.
func nameless(t *testing.T, of reflect.Type, at string) {
	t.Helper()
	if at != "" && strings.HasPrefix(FieldName(at), "champ ") {
		t.Errorf("%s has no name: add it to fields.txt", at)
	}
	switch {
	case of == reflect.TypeFor[time.Time]() || of == reflect.TypeFor[notice.Time]() || of == reflect.TypeFor[notice.Date]():
	case of.Kind() == reflect.Slice:
		nameless(t, of.Elem(), at+"/0")
	case of.Kind() == reflect.Map:
		nameless(t, of.Elem(), at+"/create")
	case of.Kind() == reflect.Struct:
		for name, index := range schemas.Fields(of) {
			if name != "previous" && name != "elsewhere" { // ours, not the client's
				nameless(t, of.FieldByIndex(index).Type, at+"/"+name)
			}
		}
	}
}

// BenchmarkFrench says every problem of the wrong notices. The goal is 20 µs a
// problem.
func BenchmarkFrench(b *testing.B) {
	w, h := house(b)
	var all notice.Problems
	for _, c := range wrong {
		_, ps := schemas.Check([]byte(strings.Replace(example(b), c.old, c.new, 1)), h.Catalogue, h.Bureaus)
		all = append(all, ps...)
	}
	w.FrenchAll(all) // reads the table
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.French(all[i%len(all)])
	}
}
