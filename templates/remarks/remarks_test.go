package remarks

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

func house(t testing.TB) (Words, schemas.House) {
	t.Helper()
	h, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	return Words{h.Catalogue, h.Bureaus}, h
}

// english are words that no French sentence of ours has.
var english = regexp.MustCompile(`(?i)(?:^|[^\pL\d_])(the|is|not|leave|give|why|how|what|when|say|of|and|this|that|with|are|has|must|write|check|known|it|its|be|been|no|by|to|from|before|after|which|who|nothing|nobody|drop|keep|one|cannot|does)(?:$|[^\pL\d_])`)

// inQuotes are codes, and what somebody wrote.
var inQuotes = regexp.MustCompile(`«[^»]*»`)

// wantFrench complains of what a French official would not write.
func wantFrench(t *testing.T, name, text string) {
	t.Helper()
	bare := code.ReplaceAllString(inQuotes.ReplaceAllString(text, "«\u00a0\u00a0»"), "")
	if found := english.FindString(bare); found != "" {
		t.Errorf("%s: English is left (%q): %s", name, found, text)
	}
	if strings.ContainsAny(bare, `'"`) || mistyped.MatchString(bare) {
		t.Errorf("%s: typography: %q", name, text)
	}
	if strings.HasSuffix(text, "»") || text == "" { // no remedy, or what somebody wrote
		return
	}
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	if !unicode.IsUpper(first) && !strings.ContainsRune("«{?", first) || !strings.ContainsRune(".?»…", last) {
		t.Errorf("%s: no sentence: %q", name, text)
	}
}

var (
	// mistyped finds double punctuation without a no-break space before it.
	mistyped = regexp.MustCompile(`[^\x{a0}\x{202f}][;!?:»]|«[^\x{a0}]`)
	// code is what has a typography of its own.
	code = regexp.MustCompile(`\?for=\S+|FREQ=\S+|https:\S+|\?only=\S+|\d\d:\d\d\S*`)
)

// samples are values for the holes of a message, by how they are read.
var samples = map[string]string{
	"act": "corrected", "bureau": "comint1", "date": "2023-08-15", "days": "1 day", "either": "a or b", "field": "issuer",
	"idle": "a public holiday (Assomption)", "mode": "dti-plus", "moment": "2023-08-08T09:00:00+02:00", "more": "not found",
	"name": "ecs", "names": "edi, dti-plus", "near": "degraded", "pair": "ecs in dti", "roles": "drafter or signatory",
	"right": "keep accounts and subscribers", "service": "delta-t", "services": "delta-x-import, delta-x-export",
	"state": "running", "states": "announced or running", "word": "delegation", "words": "interrupted, degraded",
}

// TestEverySentence fills every message with plausible values: what comes out
// is a French sentence, and no value is lost.
func TestEverySentence(t *testing.T) {
	t.Parallel()
	w, _ := house(t)
	all := append(slices.Collect(maps.Values(known().exact)), known().patterns...)
	if len(all) < 250 {
		t.Fatalf("%d messages", len(all))
	}
	for _, p := range all {
		as := map[int]string{}
		for _, piece := range p.french {
			as[piece.hole] = piece.as
		}
		hole := 0
		said := verbs.ReplaceAllStringFunc(p.english, func(verb string) string {
			hole++
			if _, ok := as[hole]; !ok {
				t.Errorf("%q: the French says nothing of hole %d", p.english, hole)
			}
			value := samples[as[hole]]
			switch {
			case verb == "%q":
				return fmt.Sprintf("%q", cmp.Or(value, "XYZ"))
			case verb == "%U":
				return "U+200B"
			case verb != "%s" && verb != "%w":
				return "3"
			case value == "":
				return "XYZ"
			}
			return value
		})
		if _, more := as[hole+1]; more {
			t.Errorf("%q: the French has more holes", p.english)
		}
		got := w.Say(said)
		if testing.Verbose() {
			t.Log(said, " => ", got)
		}
		wantFrench(t, p.english, got)
		if got != w.filled(p, p.values(said)) {
			t.Errorf("%q is said as another message is: %s", said, got)
		}
	}
}

func (p pattern) values(text string) []string {
	if p.match[strict] == nil {
		return nil
	}
	return append(p.match[strict].FindStringSubmatch(text), "")[1:]
}

// TestRightsHaveFrench: what the desk reserves is said, and only that.
func TestRightsHaveFrench(t *testing.T) {
	t.Parallel()
	for english := range rights {
		if !slices.ContainsFunc(constants(t, "publisher/desk", "right"), func(c string) bool { return c == english }) {
			t.Errorf("the desk knows no right to %s", english)
		}
	}
	for _, c := range constants(t, "publisher/desk", "right") {
		wantFrench(t, c, (Words{}).Say("forbidden: to "+c+" is for: administrator"))
	}
}

// TestStatusesHaveFrench: every word of the paper's life is French.
func TestStatusesHaveFrench(t *testing.T) {
	t.Parallel()
	for _, s := range publisher.Statuses {
		if stateName(string(s)) == string(s) {
			t.Errorf("status %q has no French", s)
		}
	}
	for _, row := range publisher.Rows() {
		if actName(string(row.Entry)) == string(row.Entry) {
			t.Errorf("entry %q has no French", row.Entry)
		}
	}
	for _, rule := range notice.Rules() {
		if actName(string(rule.Act)) == string(rule.Act) {
			t.Errorf("act %q has no French", rule.Act)
		}
		for _, phase := range rule.In {
			if stateName(string(phase)) == string(phase) {
				t.Errorf("phase %q has no French", phase)
			}
		}
	}
	for code, french := range glosses {
		if french == "" || french == code && !slices.Contains([]string{"maintenance", "incident", "information", "production", "test", "progressive"}, code) {
			t.Errorf("code %q has no French", code)
		}
	}
}

// TestErrors says errors as the publisher and the desk give them.
func TestErrors(t *testing.T) {
	t.Parallel()
	w, _ := house(t)
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{fmt.Errorf("forbidden: the account cannot stand in: nobody stands in for himself: name another account"),
			"Ce compte ne peut pas assurer de remplacement. Personne ne se remplace soi-même : choisissez un autre compte."},
		{errors.New(publisher.ErrStore.Error() + "; repeat the request with the same Idempotency-Key"), "Les registres ne répondent pas. Réessayez dans un instant."},
		{fmt.Errorf("%w: 2023-08-08T07:00:00Z here, 2023-08-08T07:04:00Z at the broker; nothing is published until they agree", publisher.ErrClock),
			"L’horloge de la machine est fausse. Il est 2023-08-08T07:00:00Z ici et 2023-08-08T07:04:00Z aux registres ; rien n’est publié tant qu’ils ne s’accordent pas."},
		{notice.ErrConflict, "La demande se heurte à l’état actuel de la note."},
		{publisher.ErrUnauthenticated, "Vous n’êtes pas identifié : votre jeton n’est pas reconnu, ou il a expiré."},
		{fmt.Errorf("%w: the notice is %s; %s needs one that is %s", notice.ErrConflict, "running", "postponed", "announced or postponed"),
			"La note est en cours ; l’acte « report » n’est possible que si elle est annoncée ou reportée sans date."},
		{fmt.Errorf("%w: %s is done by %s", notice.ErrForbidden, "approved", "signatory"),
			"L’acte « signature » est réservé à ces rôles : signataire."},
		{fmt.Errorf("%w: m.durand has drafted the notice at 2023-08-01T14:05:00+02:00, after what you saw (entry 3, now 5); load it again and repeat your change", notice.ErrConflict),
			"Le compte m.durand est intervenu sur la note (rédaction) le mardi 1er août 2023 à 14h05, après ce que vous avez vu (entrée 3, désormais 5). Rechargez la page et refaites votre modification."},
		{&notice.ValueError{What: "the new planned end 2023-08-08T08:00:00+02:00 has passed", Remedy: "give a time to come, or none for until further notice"},
			"La nouvelle fin prévue, le mardi 8 août 2023 à 8h00, est déjà passée. Indiquez une heure à venir, ou aucune pour prolonger jusqu’à nouvel ordre."},
		{fmt.Errorf("load notice X1: %w: %w", publisher.ErrStore, errors.New("nats: timeout")),
			"La note X1 n’a pas pu être lue. Les registres ne répondent pas. La réponse n’est pas venue à temps."},
		{fmt.Errorf("compose the letter: %w", fmt.Errorf("clause advice: %w", &notice.ValueError{What: "{start} says nothing in this notice", Remedy: "known here: end, names"})),
			"La note ne peut pas être composée. Clause « advice ». {start} ne dit rien dans cette note. Sont admis ici : « end », « names »."},
		{fmt.Errorf("%w: there is no column %q: did you mean %q?", notice.ErrInvalid, "adress", "address"),
			"La colonne « adress » n’existe pas. Vouliez-vous dire « address » ?"},
		{errors.New("disk full: no space left"), "disk full: no space left"},
		{fmt.Errorf("a thing of tomorrow: %w: there is no notice 7", notice.ErrNotFound), "a thing of tomorrow : La note 7 n’existe pas."},
		{fmt.Errorf("%w: a thing of tomorrow", notice.ErrConflict), "La demande se heurte à l’état actuel de la note (a thing of tomorrow)."},
		{errors.Join(errors.New("nobody signs"), errors.New("x"), errors.New("the cause is missing")), "La note n’a pas de signataire.\nx\nLa cause n’est pas indiquée."},
		{notice.Problems{
			{Severity: notice.SeverityError, Pointer: "/windows/0/end", What: "the window ends before it starts", Remedy: "check its two times"},
			{Severity: notice.SeverityError, Pointer: "/cause", What: "the cause is missing"},
		}, "Fin de la plage 1 : La plage finit avant de commencer. Vérifiez l’heure de début et l’heure de fin.\nCause : La cause n’est pas indiquée."},
		{fmt.Errorf("compose the letter: %w", notice.Problems{{Pointer: "/cause", What: "the cause is missing"}}),
			"La note ne peut pas être composée.\nCause : La cause n’est pas indiquée."},
	} {
		if got := plain.Replace(w.FrenchError(c.err)); got != c.want {
			t.Errorf("%v:\n got %s\nwant %s", c.err, got, c.want)
		}
	}
}

// TestLongText: what somebody wrote does not make anybody wait.
func TestLongText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a: ", 100_000)
	start := time.Now()
	if got := (Words{}).Say(long); got != long {
		t.Errorf("%d bytes became %d", len(long), len(got))
	}
	if got := (Words{}).Say(fmt.Sprintf("%q is not known", long)); got != "«\u00a0"+long+"\u00a0» n’est pas une valeur admise." {
		t.Errorf("a long value is said as %.80s", got)
	}
	if took := time.Since(start); took > 5*time.Second { // of a busy machine
		t.Errorf("it took %v", took)
	}
}

// plain has ordinary spaces for no-break ones, so that tests can be read.
var plain = strings.NewReplacer("\u00a0", " ", "\u202f", " ")
