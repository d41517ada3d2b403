package office

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates/bureau"
)

// counted is a public's side of which the tests know the figures.
type counted struct{ desk.Public }

func (counted) Deliveries(context.Context, string) ([]desk.Delivery, error) {
	return []desk.Delivery{{Channel: "email", Counts: map[string]int{"sent": 1234, "deferred": 3, "bounced": 1}}}, nil
}

func (counted) Reached(context.Context, notice.State, notice.Event) ([]bureau.Reach, error) {
	return []bureau.Reach{{Channel: "email", Count: 1238, About: true}}, nil
}

// alertExample is the text of the notice of 1 August 2023.
func alertExample(t testing.TB, lines ...string) string {
	t.Helper()
	raw, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw) + strings.Join(lines, "\n")
}

// published puts a notice on the record at the present and gives its id.
func (o *place) published(text string) string {
	o.t.Helper()
	ctx, id := o.t.Context(), stream.NewID()
	order := func(who string, role notice.Role, seen int) publisher.Order {
		return publisher.Order{Who: publisher.Account{ID: who, Roles: []notice.Role{role}, Bureau: "comint1"}, Notice: id, Command: stream.NewID(), Seen: seen}
	}
	if _, err := o.p.Draft(ctx, order("r1", notice.Drafter, 0), publisher.Draft{Text: text}); err != nil {
		o.t.Fatal(err)
	}
	d, err := o.p.Submit(ctx, order("r1", notice.Drafter, 0))
	if err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.p.Approve(ctx, order("s1", notice.Signer, d.Edition), publisher.SignOff{}); err != nil {
		o.t.Fatal(err)
	}
	return id
}

// outage is a place with the notice of the example running since 9h00.
func outage(t testing.TB) (o *place, id string) {
	t.Helper()
	o = open(t)
	id = o.published(alertExample(t))
	o.set("2023-08-08T09:00")
	return o, id
}

// filled is what a form is filled in with.
type filled map[string][]string

// see fills an act's form in and gives the page that shows what will be said.
func (p *person) see(id, act string, in filled) view {
	p.t.Helper()
	place := "/notes/" + id + "/alerte/" + act
	form := p.get(place).hiddens(p.t, place)
	for field, values := range in {
		form[field] = values
	}
	form.Set("etape", "voir")
	return p.post(place, form)
}

// publish confirms what a page shows.
func (p *person) publish(id, act string, shown view) view {
	p.t.Helper()
	place := "/notes/" + id + "/alerte/" + act
	form := shown.hiddens(p.t, place)
	form.Set("etape", "publier")
	return p.post(place, form)
}

// do goes the whole way and lets the ten seconds pass.
func (p *person) do(id, act string, in filled) view {
	p.t.Helper()
	shown := p.see(id, act, in)
	if v := p.publish(id, act, shown); !strings.HasSuffix(v.place, "/alerte/envoi") {
		p.t.Fatalf("%s leads to %s (%d):\n%s", act, v.place, v.status, plain(v.text))
	}
	p.pass(11 * time.Second)
	return shown
}

// pass lets time pass, and the clock act.
func (o *place) pass(d time.Duration) {
	o.mu.Lock()
	o.now = o.now.Add(d)
	o.mu.Unlock()
	if _, err := o.p.Tick(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

// told are the acts on the public record of a notice.
func (o *place) told(id string) string {
	o.t.Helper()
	d, err := o.p.Dossier(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	var acts []string
	for _, e := range d.State.Events {
		acts = append(acts, string(e.Act.Type()))
	}
	return strings.Join(acts, " ")
}

func (o *place) lastAct(id string) notice.Event {
	o.t.Helper()
	d, err := o.p.Dossier(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return d.State.Events[len(d.State.Events)-1]
}

var (
	inline = regexp.MustCompile(`</?(span|time|strong|a|b)\b[^>]*>`)
	tags   = regexp.MustCompile(`<[^>]*>`)
	spaces = regexp.MustCompile(`[ \t\n]+`)
)

// plain is what a page says, with plain spaces.
func plain(text string) string {
	_, text, _ = strings.Cut(text, "<main")
	text = html.UnescapeString(tags.ReplaceAllString(inline.ReplaceAllString(text, ""), " "))
	text = strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text)
	return spaces.ReplaceAllString(text, " ")
}

func (v view) says(t testing.TB, words ...string) {
	t.Helper()
	text := plain(v.text)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s (%d) does not say %q:\n%s", v.place, v.status, w, text)
		}
	}
}

// TestAlertStory goes through the life of the seed's outage, on the pages.
func TestAlertStory(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	p1 := o.as("p1")
	o.set("2023-08-08T10:30")
	p1.get("/alertes").says(t, "En cours (1)", "Alerte en cours depuis 1 h 30 min", "Delta T, ICS-Delta P", "interrompu", "autorisée", "mardi 8 août 2023 à 17h00",
		"1 234 abonnés prévenus, envoi en cours, 3 à réessayer, 1 en échec", "Mettre fin à l’alerte", "+ 30 min (jusqu’à 17h30)")

	// One tap, then the button.
	card := "/notes/" + id + "/alerte"
	form := p1.get(card).hiddens(t, card+"/prolonger")
	form.Set("jusque", "2023-08-08T18:00:00+02:00")
	shown := p1.post(card+"/prolonger", form)
	shown.says(t, "Publier la prolongation ?", "environ 1 238 abonnés par courriel", "Prolongation jusqu’au mardi 8 août 2023 à 18h00",
		"La fin était prévue jusque-là le mardi 8 août 2023 à 17h00", "interrompu Fin prévue le mardi 8 août 2023 à 18h00", "10 secondes")
	p1.publish(id, "prolonger", shown).says(t, "part à 10h30’10", "Personne n’a encore rien reçu")
	o.pass(11 * time.Second)

	p1.do(id, "point-etape", filled{"texte": {"Le réseau est rétabli,\r\nles tests sont en cours."}, "prochain": {"a"}, "prochain-a": {"12h"}}).
		says(t, "Le réseau est rétabli, les tests sont en cours.", "Le prochain point sera publié le mardi 8 août 2023 à 12h00")
	o.set("2023-08-08T12:05")
	p1.get(card).says(t, "attendu depuis le mardi 8 août 2023 à 12h00")

	o.set("2023-08-08T13:00")
	p1.do(id, "reprise", filled{"rendu": {"*/edi"}, "secours": {"maintenant"}}).says(t, "de nouveau disponibles depuis le mardi 8 août 2023 à 13h00, en EDI",
		"en EDI disponible (interrompu à présent)", "en DTI et DTI+ interrompu")
	o.set("2023-08-08T14:32")
	p1.do(id, "fin", filled{"depuis": {"a"}, "depuis-a": {"14h30"}, "secours": {"maintenant"}, "motif": {"Merci de votre patience."}}).
		says(t, "Merci de votre patience.", "L’alerte est terminée", "depuis le mardi 8 août 2023 à 14h30", "réinjecter progressivement")
	p1.get("/alertes").says(t, "Aucune alerte en cours", "Terminées depuis moins de deux jours (1)", "Rapporter la fin d’alerte")
	if v := p1.get(card + "/prolonger"); !strings.Contains(plain(v.text), "cet acte n’est pas possible") {
		t.Errorf("an alert that has ended: %s", plain(v.text))
	}
	p1.do(id, "reprendre", filled{"motif": {"Delta G ne répond plus."}}).says(t, "l’alerte se poursuit", "Motif : Delta G ne répond plus")

	if got, want := o.told(id), "published started extended progressed nudged nudged recovered nudged ended resumed"; got != want {
		t.Errorf("told: %s\nwant: %s", got, want)
	}
	again := p1.get(card)
	again.says(t, "Alerte en cours depuis 5 h 32 min")
	if strings.Contains(again.text, "/reprendre") {
		t.Error("what has been taken back is offered to be taken back")
	}
	o.set("2023-08-08T18:25")
	p1.get(card).says(t, "Fin prévue dépassée depuis 25 min, alerte toujours en cours")
}

// TestAlertTakenBack withdraws an end within ten seconds, and another too late.
func TestAlertTakenBack(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	p1, s1 := o.as("p1"), o.as("s1")
	o.set("2023-08-08T14:30")
	end := filled{"secours": {"maintenant"}}
	envoi := "/notes/" + id + "/alerte/envoi"
	page := p1.publish(id, "fin", p1.see(id, "fin", end))
	page.says(t, "La fin d’alerte part à 14h30’10")
	p1.get("/notes/"+id+"/alerte").says(t, "La fin d’alerte part à 14h30’10 (compte p1)")
	s1.get(envoi).says(t, "Annuler l’envoi")
	form := page.hiddens(t, envoi)
	p1.post(envoi, form).says(t, "Envoi annulé à 14h30’00", "Rien n’a été publié")
	p1.post(envoi, form).says(t, "Envoi annulé") // a double click
	o.pass(time.Minute)
	if got := o.told(id); got != "published started" {
		t.Errorf("taken back, and yet told: %s", got)
	}

	page = p1.publish(id, "fin", p1.see(id, "fin", end))
	o.pass(11 * time.Second)
	late := p1.post(envoi, page.hiddens(t, envoi))
	late.says(t, "Trop tard pour annuler", "déjà partie à 14h31’11", "Rapporter la fin d’alerte")
	if late.status != http.StatusConflict {
		t.Errorf("too late is answered by %d", late.status)
	}
}

// TestAlertTwoPeople lets two act on one alert, and one of them on an old page.
func TestAlertTwoPeople(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	p1, s1 := o.as("p1"), o.as("s1")
	o.set("2023-08-08T16:00")
	longer := filled{"jusque": {"a"}, "jusque-a": {"18h30"}}
	first, second := p1.see(id, "prolonger", longer), s1.see(id, "prolonger", longer)
	old := s1.see(id, "fin", filled{"secours": {"maintenant"}})
	sent := p1.publish(id, "prolonger", first)
	sent.says(t, "part à 16h00’10")
	s1.publish(id, "prolonger", second).says(t, "Rien n’a été envoyé : la prolongation (compte p1) part déjà à 16h00’10")
	o.pass(11 * time.Second)

	again := s1.publish(id, "fin", old)
	again.says(t, "Rien n’a été envoyé : la note a changé", "autre chose a été publié", "L’alerte est prolongée jusqu’au mardi 8 août 2023 à 18h30")
	s1.publish(id, "prolonger", second).says(t, "n’est pas postérieure") // it would change nothing any more
	s1.publish(id, "fin", again).says(t, "La fin d’alerte part à")
	o.pass(11 * time.Second)
	if got := o.told(id); got != "published started extended ended" {
		t.Errorf("told: %s", got)
	}
}

// TestAlertDoubleClick sends every form twice.
func TestAlertDoubleClick(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	p1 := o.as("p1")
	shown := p1.see(id, "fin", filled{"secours": {"maintenant"}})
	for range 2 {
		p1.publish(id, "fin", shown).says(t, "La fin d’alerte part à")
	}
	o.pass(11 * time.Second)
	p1.publish(id, "fin", shown).says(t, "La fin d’alerte a été publiée") // the back button, and sent again
	o.pass(11 * time.Second)
	if got := o.told(id); got != "published started ended" {
		t.Errorf("told: %s", got)
	}
}

// TestAlertLate has nobody at the desk when an act should leave.
func TestAlertLate(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	p1 := o.as("p1")
	o.set("2023-08-08T14:30")
	p1.publish(id, "fin", p1.see(id, "fin", filled{"secours": {"maintenant"}}))
	o.pass(7 * time.Minute)
	p1.get("/notes/"+id+"/alerte/envoi").says(t, "La fin d’alerte a été publiée à 14h37’00", "L’envoi aurait dû partir à 14h30’10 : il est parti avec 6 min de retard")
	if end := o.lastAct(id).Act.(notice.Ended); !end.At.Equal(legal("2023-08-08T14:30")) {
		t.Errorf("it ended at %s", end.At)
	}
}

// TestAlertMissed has the alert ended from elsewhere while an act is held.
func TestAlertMissed(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	p1 := o.as("p1")
	p1.publish(id, "prolonger", p1.see(id, "prolonger", filled{"jusque": {"sans"}}))
	who := publisher.Account{ID: "s1", Roles: []notice.Role{notice.Signer}, Bureau: "comint1"}
	end := notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}
	if _, err := o.p.Act(t.Context(), publisher.Order{Who: who, Notice: id, Command: stream.NewID()}, end); err != nil {
		t.Fatal(err)
	}
	o.pass(11 * time.Second)
	p1.get("/notes/"+id+"/alerte/envoi").says(t, "La prolongation n’est pas partie", "La note a changé entre-temps")
	p1.get("/alertes").says(t, "La prolongation n’est pas partie")
}

// TestAlertRoles asks every page for everybody.
func TestAlertRoles(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	people := map[string]*person{}
	for _, who := range []string{"r1", "s1", "p1", "a1"} {
		people[who] = o.as(who)
	}
	at := "/notes/" + id + "/alerte"
	for page, may := range map[string]string{
		"/alertes": "r1 s1 p1 a1", at: "r1 s1 p1 a1",
		at + "/point-etape": "r1 s1 p1", at + "/prolonger": "s1 p1", at + "/reprise": "s1 p1", at + "/fin": "s1 p1", at + "/reprendre": "s1 p1",
		at + "/secours-ouvrir": "s1 p1", at + "/secours-fermer": "s1 p1", at + "/reporter": "s1", at + "/annuler": "s1", at + "/retablir": "s1",
	} {
		for who, p := range people {
			want := http.StatusForbidden
			if strings.Contains(may, who) {
				want = http.StatusOK
			}
			if v := p.get(page); v.status != want {
				t.Errorf("%s opens %s: %d, want %d", who, page, v.status, want)
			}
			if want == http.StatusForbidden {
				form := url.Values{"jeton": {p.token()}, "ordre": {stream.NewID()}, "etape": {"publier"}, "secours": {"maintenant"}, "jusque": {"sans"}}
				if v := p.post(page, form); v.status != want {
					t.Errorf("%s sends %s: %d, want %d", who, page, v.status, want)
				}
			}
		}
	}
	people["r1"].get(at).says(t, "Publier un point d’étape")
	if text := people["r1"].get(at).text; strings.Contains(text, at+"/fin") || strings.Contains(text, at+"/prolonger") {
		t.Error("a drafter is offered what only others may do")
	}
	if v := people["p1"].get(at + "/effacer"); v.status != http.StatusNotFound {
		t.Errorf("an act that there is not: %d", v.status)
	}
	if v := people["p1"].get("/notes/" + stream.NewID() + "/alerte"); v.status != http.StatusNotFound {
		t.Errorf("a notice that there is not: %d", v.status)
	}
}

// TestAlertFaults tries what cannot be: each is said beside its field, and what
// was written stays.
func TestAlertFaults(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	p1 := o.as("p1")
	o.set("2023-08-08T14:30")
	for _, test := range []struct {
		act   string
		in    filled
		field string
		says  string
	}{
		{"point-etape", filled{}, "texte", "Le texte manque"},
		{"point-etape", filled{"texte": {strings.Repeat("a", 4001)}}, "texte", "trop long"},
		{"point-etape", filled{"texte": {"ça va"}, "prochain": {"a"}}, "prochain-a", "L’heure manque"},
		{"point-etape", filled{"texte": {"ça va"}, "prochain": {"non"}, "prochain-a": {"16h"}}, "prochain-a", "ne gardez que l’un des deux"},
		{"prolonger", filled{}, "jusque", "Dites jusqu’à quand"},
		{"prolonger", filled{"jusque-a": {"16h45"}}, "jusque-a", "n’est pas postérieure"},
		{"prolonger", filled{"jusque-a": {"mercredi 8 août 18h"}}, "jusque-a", "mardi"},
		{"prolonger", filled{"jusque-a": {"bientôt"}}, "jusque-a", "n’est pas compris"},
		{"prolonger", filled{"jusque-a": {"19h"}, "possible": {"18h"}}, "possible", "n’est pas postérieure"},
		{"reprise", filled{"secours": {"maintenant"}}, "rendu", "Rien n’est coché"},
		{"reprise", filled{"rendu": {"*/edi", "*/dti"}, "secours": {"maintenant"}}, "rendu", "mettez fin à l’alerte"},
		{"reprise", filled{"rendu": {"delta-g/edi", "delta-t/dti"}, "secours": {"maintenant"}}, "rendu", "Delta T (DTI) ; Delta G (EDI)"},
		{"reprise", filled{"rendu": {"*/edi"}}, "secours", "ce que devient la procédure de secours"},
		{"fin", filled{"secours": {"a"}}, "secours-a", "L’heure manque"},
		{"fin", filled{"secours": {"maintenant"}, "depuis": {"a"}, "depuis-a": {"8 août 2023 16h"}}, "depuis-a", "pas encore passée"},
		{"fin", filled{"secours": {"maintenant"}, "retour": {"immediate"}, "quoi": {"tout"}}, "quoi", "quelles déclarations"},
		{"secours-ouvrir", filled{"condition": {"jamais"}}, "condition", "n’existe pas"},
	} {
		name := test.act + " " + fmt.Sprint(test.in)
		v := p1.see(id, test.act, test.in)
		if v.status != http.StatusUnprocessableEntity || !strings.Contains(v.text, `href="#`+test.field+`"`) || !strings.Contains(v.text, `id="`+test.field+`"`) {
			t.Errorf("%s: %d, and no link to %s", name[:min(80, len(name))], v.status, test.field)
		}
		v.says(t, test.says)
	}
	p1.see(id, "fin", filled{"secours": {"maintenant"}, "depuis": {"a"}, "depuis-a": {"8h"}}).says(t, "À corriger")
	if got := o.told(id); got != "published started" {
		t.Errorf("told: %s", got)
	}
}

// TestAlertScripts writes a script into every field.
func TestAlertScripts(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	s1 := o.as("s1")
	const script = `"><script>alert(1)</script>`
	for _, act := range bureau.Acts() {
		in := url.Values{"jeton": {s1.token()}}
		for _, field := range append(deedFields, "numero", "ordre", "etape", "vu") {
			in[field] = []string{script}
		}
		if v := s1.post("/notes/"+id+"/alerte/"+act.Place, in); strings.Contains(v.text, "<script>alert") {
			t.Errorf("%s shows the script as it was written", act.Place)
		}
	}
	s1.do(id, "point-etape", filled{"texte": {script}})
	for _, page := range []string{"/alertes", "/notes/" + id + "/alerte", "/notes/" + id + "/alerte/envoi", "/alertes?dit=" + url.QueryEscape(script)} {
		v := s1.get(page)
		if strings.Contains(v.text, "<script>alert") {
			t.Errorf("%s shows the script", page)
		}
	}
}

// TestAlertChangeOfMind goes back from the confirmation to the form: what was
// written is there, in full.
func TestAlertChangeOfMind(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	p1 := o.as("p1")
	shown := p1.see(id, "prolonger", filled{"jusque-a": {"demain 9h"}, "motif": {"Une pièce manque."}})
	place := "/notes/" + id + "/alerte/prolonger"
	form := shown.hiddens(t, place)
	form.Set("etape", "corriger")
	v := p1.post(place, form)
	if !strings.Contains(strings.ReplaceAll(v.text, "\u00a0", " "), `value="mercredi 9 août 2023 à 9h00"`) || !strings.Contains(v.text, "Une pièce manque.") || strings.Contains(v.text, "À corriger") {
		t.Errorf("%d:\n%s", v.status, v.text)
	}
	again := v.hiddens(t, place)
	again.Set("jusque", "a")
	again.Set("jusque-a", "mercredi 9 août 2023 à 9h00")
	again.Set("etape", "voir")
	p1.post(place, again).says(t, "Prolongation jusqu’au mercredi 9 août 2023 à 9h00")
}

// TestAlertElsewhere ends an alert while another notice holds one of its
// services.
func TestAlertElsewhere(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	other := strings.NewReplacer(`"20000171"`, `"20000172"`, "08T09:00", "08T10:00", "services: [delta-t, ics-delta-p, delta-g, delta-x-import, delta-x-export, delta-h7, ecs]", "services: [delta-g]").Replace(alertExample(t))
	o.published(other)
	o.set("2023-08-08T14:30")
	p1 := o.as("p1")
	p1.get("/notes/"+id+"/alerte/fin").says(t, "Tout ne redeviendra pas disponible", "Delta G en EDI", "note n° 20000172")
	p1.see(id, "fin", filled{"secours": {"maintenant"}}).says(t, "Tout ne redeviendra pas disponible", "Delta G en EDI, DTI et DTI+ interrompu Fin prévue")
}

// TestAlertFallback closes and opens the fallback by its own acts, for a part.
func TestAlertFallback(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	p1 := o.as("p1")
	o.set("2023-08-08T11:00")
	p1.do(id, "secours-fermer", filled{"rendu": {"*/dti"}}).says(t, "n’est plus autorisée")
	p1.do(id, "secours-ouvrir", filled{"rendu": {"delta-g/dti"}, "condition": {"not_deferrable"}, "fin-secours": {"13h"}}).
		says(t, "Procédure de secours autorisée : Delta G", "jusqu’au mardi 8 août 2023 à 13h00")
	if got := o.told(id); got != "published started fallback-closed fallback-opened" {
		t.Errorf("told: %s", got)
	}
	o.set("2023-08-08T12:00")
	p1.do(id, "fin", filled{"secours": {"ordre"}}).says(t, "reste autorisée jusqu’à nouvel ordre")
	p1.get("/notes/"+id+"/alerte/secours-fermer").says(t, "Delta G en DTI", "Delta T en EDI")
	p1.do(id, "secours-fermer", filled{"rendu": {"*/edi"}, "secours": {"a"}, "secours-a": {"18h"}}).says(t, "à compter du mardi 8 août 2023 à 18h00, en EDI")
}

// TestAlertBeforeItBegins postpones, cancels and reinstates.
func TestAlertBeforeItBegins(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.published(alertExample(t))
	o.set("2023-08-07T10:00")
	s1 := o.as("s1")
	s1.get("/alertes").says(t, "Dans les deux jours (1)", "Commence le mardi 8 août 2023 à 9h00 (dans 23 h)", "Reporter l’opération")
	s1.do(id, "reporter", filled{"debut": {"mardi 15 août 9h"}, "fin": {"mardi 15 août 17h"}, "motif": {"une pièce manque"}}).
		says(t, "elle aura lieu le mardi 15 août 2023 de 9h00 à 17h00")
	s1.do(id, "annuler", filled{}).says(t, "n’aura pas lieu")
	s1.do(id, "retablir", filled{"motif": {"tout est prêt"}}).says(t, "est rapportée")
	if got := o.told(id); got != "published reminded postponed cancelled reinstated" {
		t.Errorf("told: %s", got)
	}
}

// TestAlertBeyond extends past what people were told to expect, and short of it.
func TestAlertBeyond(t *testing.T) {
	t.Parallel()
	o := open(t)
	text := strings.Replace(alertExample(t), "end: 2023-08-08T17:00", "end: 2023-08-08T17:00, may_extend_until: 2023-08-08T18:00", 1)
	id := o.published(text)
	o.set("2023-08-08T16:45")
	p1 := o.as("p1")
	card := p1.get("/notes/" + id + "/alerte")
	card.says(t, "prolongation possible jusqu’au mardi 8 août 2023 à 18h00")
	warning := "une prolongation n’était possible que jusqu’au mardi 8 août 2023 à 18h00"
	p1.see(id, "prolonger", filled{"jusque-a": {"19h"}}).says(t, warning)
	if v := p1.do(id, "prolonger", filled{"jusque-a": {"17h30"}}); strings.Contains(plain(v.text), warning) {
		t.Error("what was announced as possible is warned of")
	}
	if act := o.lastAct(id).Act.(notice.Extended); !act.MayExtendUntil.Equal(legal("2023-08-08T18:00")) {
		t.Errorf("what was said to be possible is forgotten: %+v", act)
	}
	o.set("2023-08-08T17:45") // not overdue: it may last until 18h00
	if v := p1.get("/notes/" + id + "/alerte"); strings.Contains(plain(v.text), "dépassée") {
		t.Errorf("overdue before it is:\n%s", plain(v.text))
	}
	o.set("2023-08-08T18:10")
	p1.get("/notes/"+id+"/alerte").says(t, "Fin prévue dépassée depuis 10 min", "+ 30 min (jusqu’à 18h40)")
}

// TestAlertCards gives the home page what runs and what begins soon.
func TestAlertCards(t *testing.T) {
	t.Parallel()
	o, id := outage(t)
	cards := o.office.alertCards(visit{Request: httptest.NewRequest(http.MethodGet, "/", nil)})
	if len(cards) != 1 || cards[0].ID != id || len(cards[0].Deeds) != 0 {
		t.Errorf("%+v", cards)
	}
}
