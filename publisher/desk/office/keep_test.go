package office

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates/bureau"
)

// A register is the public's side as the pages of what is kept see it.
type register struct {
	desk.Public

	mu       sync.Mutex
	people   map[string]desk.Listed // by id; guarded by mu
	told     map[string][]desk.Delivery
	attempts []desk.Attempt
	mishaps  []bureau.Mishap
	failAt   int // Take fails when there are so many; 0: never
}

func (r *register) ID(address string) string { return "id-" + hexOf(strings.ToLower(address)) }

func hexOf(s string) string { return fmt.Sprintf("%x", s) }

func (r *register) Subscribers(context.Context) (uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return uint64(len(r.people)), nil
}

func (r *register) Subscriber(_ context.Context, id string) (desk.Listed, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.people[id]
	if !ok {
		return l, notice.ErrNotFound
	}
	return l, nil
}

func (r *register) Subscribe(_ context.Context, s desk.Subscription) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.ID(s.Address)
	r.people[id] = desk.Listed{ID: id, Choice: desk.Choice{Address: s.Address, Services: s.Services, Modes: s.Modes, Wants: s.Wants}}
	return id, nil
}

func (r *register) Unsubscribe(_ context.Context, address string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, known := r.people[r.ID(address)]
	delete(r.people, r.ID(address))
	return known, nil
}

func (r *register) Lift(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.people[id]
	if !ok {
		return notice.ErrNotFound
	}
	l.Suppressed = nil
	r.people[id] = l
	return nil
}

func (r *register) Take(_ context.Context, entries []desk.Entry, terms desk.Terms) []desk.Taken {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := make([]desk.Taken, len(entries))
	for i, e := range entries {
		id := r.ID(e.Address)
		_, taken[i].Known = r.people[id]
		if terms.DryRun {
			continue
		}
		if r.failAt > 0 && len(r.people) >= r.failAt {
			taken[i].Err = errors.New("the disk is full")
			continue
		}
		r.people[id] = desk.Listed{ID: id, Choice: e.Choice}
	}
	return taken
}

func (r *register) Each(_ context.Context, f func(desk.Listed) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.people {
		if err := f(l); err != nil {
			return err
		}
	}
	return nil
}

func (r *register) Deliveries(_ context.Context, event string) ([]desk.Delivery, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told[event], nil
}

func (r *register) Account(_ context.Context, event string) (desk.Account, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.told[event]; !ok {
		return desk.Account{}, stream.ErrNotFound
	}
	return desk.Account{Event: event, Letter: strings.Repeat("ab", 32)}, nil
}

func (r *register) Attempts(_ context.Context, _ string, q desk.Question, f func(desk.Attempt) error) error {
	for _, a := range r.attempts {
		if !q.Addresses {
			a.Address = ""
		}
		if err := f(a); err != nil {
			return err
		}
	}
	return nil
}

func (r *register) History(context.Context, string) ([]desk.Attempt, error) { return r.attempts, nil }

func (r *register) Troubles(context.Context) ([]bureau.Mishap, error) { return r.mishaps, nil }

// keeping is an office with a register.
func keeping(t testing.TB) (*place, *register) {
	t.Helper()
	o := open(t)
	r := &register{people: map[string]desk.Listed{}, told: map[string][]desk.Delivery{}}
	o.office.Public, o.office.Roll = r, r
	return o, r
}

// actor is somebody as the publisher knows them.
func actor(id string, roles ...notice.Role) publisher.Account {
	return publisher.Account{ID: id, Roles: roles, Bureau: "comint1"}
}

// sample is the notice of 1 August 2023, with some lines put in other words.
func sample(t testing.TB, change ...string) string {
	t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(change...).Replace(string(text))
}

// sketch writes a text.
func (o *place) sketch(text string) publisher.Dossier {
	o.t.Helper()
	id := stream.NewID()
	d, err := o.p.Draft(o.t.Context(), publisher.Order{Who: actor("r1", notice.Drafter), Notice: id, Command: id}, publisher.Draft{Text: text})
	if err != nil {
		o.t.Fatal(err)
	}
	return d
}

// issue writes, submits and signs one.
func (o *place) issue(text string) publisher.Dossier {
	o.t.Helper()
	d := o.sketch(text)
	order := func(who publisher.Account) publisher.Order {
		return publisher.Order{Who: who, Notice: d.ID, Command: stream.NewID()}
	}
	if _, err := o.p.Submit(o.t.Context(), order(actor("r1", notice.Drafter))); err != nil {
		o.t.Fatal(err)
	}
	d, err := o.p.Approve(o.t.Context(), order(actor("s1", notice.Signer)), publisher.SignOff{})
	if err != nil {
		o.t.Fatal(err)
	}
	return d
}

// mentions fails where a page lacks one of some words.
func (v view) mentions(t testing.TB, words ...string) {
	t.Helper()
	spaces := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
	text := spaces.Replace(html.UnescapeString(v.text))
	_, main, _ := strings.Cut(text, "<main")
	for _, w := range words {
		if !strings.Contains(text, spaces.Replace(w)) {
			t.Errorf("%s (%d) does not say %q:\n%s", v.place, v.status, w, main)
		}
	}
}

func TestDiffusion(t *testing.T) {
	t.Parallel()
	o, r := keeping(t)
	d := o.issue(sample(t))
	place := "/notes/" + d.ID + "/diffusion"
	event := d.State.Events[0].ID
	r.told[event] = []desk.Delivery{{Event: event, Channel: "email", Spans: 4, Over: 1, Counts: map[string]int{"sent": 240, "bounced": 8, "deferred": 2},
		First: o.Now(), Last: o.Now().Add(60 * time.Second)}}
	r.mishaps = []bureau.Mishap{{Event: event, Kind: "dead", Detail: "<script>alert(1)</script>", Since: o.Now()}, {Event: "another", Kind: "dead"}}
	v := o.as("r1").get(place)
	v.mentions(t, "Diffusion en cours", "environ 750 envois à faire", "4 envois par seconde", "Rejetés", "Un lot d’envois a été abandonné", `data-etat="en-cours"`, "Interruption temporaire")
	if strings.Contains(v.text, "<script>alert") || strings.Count(v.text, "a été abandonné") != 1 || strings.Contains(v.text, "preuve.csv") {
		t.Errorf("%s", v.text)
	}
	r.told[event][0].Done, r.told[event][0].Over = true, 4
	s1 := o.as("s1")
	v = s1.get(place + "/suivi")
	v.mentions(t, "Diffusion incomplète", "240 envois remis", "8 en échec", "preuve.csv")
	if strings.Contains(v.text, "<html") || strings.Contains(v.text, "preuve-nominative") {
		t.Errorf("the part for the script: %s", v.text)
	}
	r.mishaps = nil
	s1.get(place).mentions(t, "Diffusion terminée")
	r.attempts = []desk.Attempt{{Channel: "email", Subscriber: "x1", Address: "=a@b.fr", Attempt: 1, At: o.Now(), Status: "sent", Reply: "=1+1"}}
	if v := s1.get(place + "/" + event + "/preuve.csv"); !strings.Contains(v.text, "x1;email;1;") || strings.Contains(v.text, "a@b.fr") || !strings.Contains(v.text, "'=1+1") {
		t.Errorf("by id: %s", v.text)
	}
	named := place + "/" + event + "/preuve-nominative.csv"
	if v := s1.get(named); v.status != http.StatusForbidden {
		t.Errorf("a signatory sees addresses: %d", v.status)
	}
	if v := o.as("a1").get(named); !strings.Contains(v.text, "'=a@b.fr") {
		t.Errorf("by name: %s", v.text)
	}
}

// TestRoll: an administrator looks people up, lifts, erases; nothing is
// replaced unasked, and no address stands in a URL.
func TestRoll(t *testing.T) {
	t.Parallel()
	o, r := keeping(t)
	a1 := o.as("a1")
	token := a1.token()
	form := func(pairs ...string) url.Values {
		f := url.Values{"jeton": {token}}
		for i := 0; i < len(pairs); i += 2 {
			f.Add(pairs[i], pairs[i+1])
		}
		return f
	}
	v := a1.post("/abonnes", form("nouvelle", "Anne@transitaire.example", "service", "delta-t", "recoit", "alerts"))
	v.mentions(t, "L’adresse est abonnée", "Anne@transitaire.example", "les alertes", "Delta T")
	if strings.Contains(v.place, "transitaire") {
		t.Errorf("an address in a URL: %s", v.place)
	}
	id := r.ID("anne@transitaire.example")
	a1.post("/abonnes", form("nouvelle", "anne@transitaire.example")).mentions(t, "est déjà abonnée", "Remplacer ses choix")
	if got := r.people[id].Wants; !slices.Equal(got, []string{"alerts"}) {
		t.Errorf("choices replaced unasked: %v", got)
	}
	a1.post("/abonnes", form("nouvelle", "anne")).mentions(t, "La saisie est à corriger", `value="anne"`)
	l := r.people[id]
	l.Suppressed = &desk.Suppressed{Since: o.Now(), Code: "550"}
	r.people[id] = l
	r.attempts = []desk.Attempt{{Channel: "email", Attempt: 2, At: o.Now(), Status: "bounced", Code: "550", Reply: "<b>no</b>", Account: &desk.Account{Notice: "n1", Act: notice.TypePublished}}}
	v = a1.post("/abonnes/fiche", form("adresse", "ANNE@transitaire.example"))
	v.mentions(t, "Rien n’est envoyé à cette adresse", "Rejeté", "essai 2", "Publication")
	if strings.Contains(v.text, "<b>no") || v.place != "/abonnes/fiche/"+id {
		t.Errorf("%s: %s", v.place, v.text)
	}
	a1.post("/abonnes/fiche/"+id+"/lever", form()).mentions(t, "Les envois à cette adresse reprennent")
	a1.get("/abonnes/fiche/"+id+"/effacer").mentions(t, "et tous ses choix seront effacés")
	a1.post("/abonnes/fiche/"+id+"/effacer", form()).mentions(t, "L’abonné est effacé")
	a1.post("/abonnes/fiche/"+id+"/effacer", form()).mentions(t, "L’abonné est effacé")
	if len(r.people) != 0 {
		t.Errorf("still there: %v", r.people)
	}
	a1.post("/abonnes/fiche", form("adresse", "anne@transitaire.example")).mentions(t, "n’est pas abonnée, ou ne l’est plus", "Rejeté")
	a1.post("/abonnes/fiche", form("adresse", "zzz")).mentions(t, "Aucun abonné ne porte cet identifiant")
	o.as("s1").get("/abonnes").mentions(t, "0\u00a0abonné", "réservées aux administrateurs")
}

// upload sends a file with a form.
func (p *person) upload(place, field, text string, form url.Values) view {
	p.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		for _, value := range values {
			_ = w.WriteField(name, value) // to memory
		}
	}
	part, _ := w.CreateFormFile(field, "fichier")
	_, _ = part.Write([]byte(text))
	_ = w.Close()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.server.URL+place, &body)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	return p.ask(r)
}

// TestImport: a list is checked before anything is written; what breaks off
// goes on where it stood.
func TestImport(t *testing.T) {
	t.Parallel()
	o, r := keeping(t)
	a1 := o.as("a1")
	form := url.Values{"jeton": {a1.token()}, "consentement": {"guichet"}}
	var list strings.Builder
	list.WriteString("address;services\n")
	for i := range 2500 {
		fmt.Fprintf(&list, "p%d@operateur.example;delta-t\n", i)
	}
	list.WriteString("pas une adresse;\n\"x;y\nz@operateur.example;deltaa-t\n")
	v := a1.upload("/abonnes/import", "liste", list.String(), form)
	v.mentions(t, "rien n’est encore enregistré", "2\u202f500", "guichet", "</span>2502<", "</span>2503<", "guillemet", "</span>2504<")
	if len(r.people) != 0 {
		t.Fatalf("a check has written %d", len(r.people))
	}
	r.failAt = 1500
	place := v.place
	a1.post(place, form).mentions(t, "L’import s’est interrompu", "1\u202f000 lignes traitées")
	r.failAt = 0
	v = a1.post(place, form)
	v.mentions(t, "La liste est importée")
	if len(r.people) != 2500 {
		t.Errorf("%d are subscribed", len(r.people))
	}
	a1.post(place, form).mentions(t, "La liste est importée") // a double click
	if v := a1.get(place + "/refus.csv"); strings.Count(v.text, "\n") != 4 {
		t.Errorf("refused: %s", v.text)
	}
	var progress struct{ Fait, Total int }
	if err := json.Unmarshal([]byte(a1.get(place+"/avancement").text), &progress); err != nil || progress.Fait != progress.Total {
		t.Errorf("%+v, %v", progress, err)
	}
	a1.upload("/abonnes/import", "liste", "address\nun@transitaire.example\nUN@transitaire.example\n", form).mentions(t, "Lignes en double", "1\u00a0: pour une même adresse, la dernière ligne fait foi")
	a1.upload("/abonnes/import", "liste", "adresse\n", form).mentions(t, "La saisie est à corriger", "address")
	a1.upload("/abonnes/import", "liste", "", form).mentions(t, "Le fichier est vide")
	a1.get("/abonnes/import/"+stream.NewID()).mentions(t, "n’est plus en mémoire")
	if v := a1.get("/abonnes/export.csv"); strings.Count(v.text, "\n") != 2501 {
		t.Errorf("exported %d lines", strings.Count(v.text, "\n"))
	}
}

// TestCalendar: what is published and what is drafted, told apart; clashes in
// words; days off; nothing of another bureau's drafts.
func TestCalendar(t *testing.T) {
	t.Parallel()
	o, _ := keeping(t)
	d := o.issue(sample(t))
	other := o.sketch(sample(t, `reference: "20000171"`, `reference: "20000172"`, "kind: maintenance", "kind: maintenance\nexercise: false",
		"services: [delta-t, ics-delta-p, delta-g, delta-x-import, delta-x-export, delta-h7, ecs]", "services: [delta-t]",
		"start: 2023-08-08T09:00, end: 2023-08-08T17:00", "start: 2023-08-08T16:00, end: 2023-08-09T02:00"))
	r1 := o.as("r1")
	v := r1.get("/calendrier?jour=2023-08-08")
	v.mentions(t, "Semaine du lundi 7 août 2023", "9h00–17h00", "dès 16h00", "jusqu’à 2h00", "2 notes se chevauchent", "Chevauche note n° 20000172", "projet", `href="/nouvelle?jour=2023-08-08"`,
		`href="/notes/`+d.ID+`"`, `href="/notes/`+other.ID+`"`)
	r1.get("/calendrier?vue=mois&jour=2023-08-08").mentions(t, "Août 2023", "férié", "Assomption", "projet, note n° 20000172")
	v = r1.get("/calendrier?jour=8+août+2023&service=ecs")
	v.mentions(t, "Semaine du lundi 7 août 2023", ">ECS<")
	if strings.Contains(v.text, ">Delta T<") && strings.Contains(v.text, `<th scope="row">Delta T`) {
		t.Errorf("filtered by service: %s", v.text)
	}
	r1.get("/calendrier").mentions(t, "Semaine du lundi 31 juillet 2023", "Rien n’est prévu")
	v = r1.get("/nouvelle?jour=2023-10-30") // a Monday after the hour changed
	v.mentions(t, "sera proposée pour le <strong>lundi 30 octobre 2023<")
	form := v.hiddens(t, "/nouvelle")
	form.Set("nature", "maintenance")
	if v := r1.post("/nouvelle", form); !strings.HasPrefix(v.place, "/notes/") {
		t.Errorf("begun at %s (%d)", v.place, v.status)
	}
	r1.get("/calendrier?jour=2023-10-30").mentions(t, "9h00–17h00", "Lundi 30 octobre 2023")
	if v := o.as("a1").get("/calendrier?jour=2023-08-08"); strings.Contains(v.text, "Nouvelle note ce jour") {
		t.Error("who does not write is led to a new note")
	}
}

// TestTrail: who did what, filtered, with the chain verified and exported.
func TestTrail(t *testing.T) {
	t.Parallel()
	o, _ := keeping(t)
	d := o.issue(sample(t))
	o.sketch(sample(t, `reference: "20000171"`, `reference: "20000172"`))
	s1 := o.as("s1")
	v := s1.get("/journal")
	v.mentions(t, "4 entrées", "Chaînage intact : 4 entrées sur 2 notes", "Signature", "s1", "Soumission à la signature", "signataire")
	s1.get("/journal?relire=1").mentions(t, "Registre relu en entier", "Chaînage intact : 4 entrées sur 2 notes")
	s1.get("/journal?acte=approved").mentions(t, "<strong>1 entrée<")
	s1.get("/journal?compte=s1&note=20000171").mentions(t, "<strong>1 entrée<", "Chaînage intact : 3 entrées sur 1 note")
	s1.get("/journal?du=2+août+2023").mentions(t, "<strong>0 entrée<", "Aucune entrée ne correspond")
	s1.get("/journal?au=1er+août+2023").mentions(t, "<strong>4 entrées<")
	s1.get("/journal?du=31+février").mentions(t, "La recherche est à corriger")
	s1.get("/journal?note=nulle").mentions(t, "La recherche est à corriger")
	if v := o.as("r1").get("/journal"); v.status != http.StatusForbidden {
		t.Errorf("a drafter reads the trail: %d", v.status)
	}
	before := ""
	lines := strings.Split(strings.TrimSpace(s1.get("/journal/export.jsonl?note="+d.ID).text), "\n")
	for i, text := range lines {
		var l publisher.Line
		if err := json.Unmarshal([]byte(text), &l); err != nil || !l.Whole || l.Previous != before || l.Number != i+1 || len(l.Hash) != 64 {
			t.Errorf("line %d: %v\n%s", i, err, text)
		}
		before = l.Hash
	}
	if len(lines) != 3 {
		t.Errorf("%d lines", len(lines))
	}
	forged := publisher.Entry{Notice: d.ID, Number: 4, Type: publisher.Reviewed, Time: o.Now(), Command: "x", Account: "s2", Previous: strings.Repeat("0", 64)}
	data, _ := json.Marshal(forged)
	last, err := o.p.Store.Desk.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.p.Store.Desk.Append(t.Context(), stream.Entry{Key: d.ID, ID: "forged", Type: "reviewed", Data: data}, last-1); err != nil {
		t.Fatal(err)
	}
	if err := o.p.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	s1.get("/journal").mentions(t, "Chaînage rompu sur 1 note", "rompu à partir de l’entrée 4", "chaînage rompu")
	s1.get("/journal?relire=1").mentions(t, "Chaînage rompu sur 1 note", "rompu à partir de l’entrée 4")
}

// TestSearch finds notices by what people remember of them.
func TestSearch(t *testing.T) {
	t.Parallel()
	o, _ := keeping(t)
	d := o.issue(sample(t, "advice: [defer]", "advice: [defer]\nparagraphs: [\"Les déclarations <b>H7</b> où l’œuvre est citée.\"]"))
	o.sketch(sample(t, `reference: "20000171"`, `reference: "20000172"`, "kind: maintenance", "kind: incident", "services: [delta-t, ", "services: [soprano, "))
	r1 := o.as("r1")
	for query, want := range map[string]int{
		"mots=20000171": 1, "mots=OPERATION+technique": 2, "mots=opération+zzz": 0, "mots=delta+t": 2, "mots=oeuvre": 1, "mots=declarations+h7": 1,
		"nature=incident": 1, "etat=published": 1, "etat=draft": 1, "etat=announced": 1, "auteur=s1": 1, "auteur=r1": 2, "auteur=s2": 0,
		"service=delta-x": 2, "service=delta-t": 1, "du=8+août+2023&au=8+août+2023": 2, "du=9+août+2023": 0, "mots=" + d.ID: 1, "mots=Montreuil+baron": 0, "mots=baron": 2,
	} {
		v := r1.get("/recherche?" + strings.ReplaceAll(query, "û", "%C3%BB"))
		if got := strings.Count(v.text, "<li><h3>"); got != want || v.status != http.StatusOK {
			_, main, _ := strings.Cut(v.text, "<main")
			t.Errorf("%s: %d found, want %d (%d)\n%s", query, got, want, v.status, main)
		}
	}
	v := r1.get("/recherche?mots=h7+OEUVRE")
	v.mentions(t, "<mark>œuvre</mark>", "<b><mark>H7</mark></b>")
	if strings.Contains(v.text, "<b>") {
		t.Errorf("not escaped: %s", v.text)
	}
	if v := r1.get("/recherche?mots=" + url.QueryEscape(`"><script>x</script>`)); strings.Contains(v.text, "<script>x") {
		t.Error("what is asked is not escaped")
	}
}

func TestMarked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, words, want string }{
		{"Œuvre d’été", "oeuvre ete", "[Œuvre] d’[été]"}, {"Œuvre", "o", "[Œ]uvre"}, {"Delta\u00a0T", "delta t", "[Delta]\u00a0[T]"}, {"aaa", "aa", "[aa]a"}, {"", "x", ""}, {"İx", "x", "İ[x]"},
	} {
		got := ""
		for _, m := range marked(c.text, strings.Fields(c.words)) {
			if m.On {
				m.Text = "[" + m.Text + "]"
			}
			got += m.Text
		}
		if got != c.want && c.text != "Delta\u00a0T" {
			t.Errorf("%q in %q: %q, want %q", c.words, c.text, got, c.want)
		}
	}
	long := strings.Repeat("é à ", 200) + "cible " + strings.Repeat("ô ", 200)
	if got := excerpt(long, []string{"cible"}); !strings.Contains(got, "cible") || len(got) > longestExcerpt+20 || strings.Contains(got, "\ufffd") {
		t.Errorf("%q", got)
	}
}

// TestReference: the catalogue, one service, the clauses; a changed file is
// checked, and nothing is changed by it.
func TestReference(t *testing.T) {
	t.Parallel()
	o, _ := keeping(t)
	d := o.issue(sample(t))
	o.sketch(sample(t, `reference: "20000171"`, `reference: "20000172"`))
	a1 := o.as("a1")
	a1.get("/referentiel").mentions(t, "Delta T", o.p.Catalogue.Version, "dont 2 en cours", "Préparer un changement")
	a1.get("/referentiel/services/delta-t").mentions(t, "Delta Transit", "2 notes en parlent", d.ID)
	a1.get("/referentiel/bureaux").mentions(t, "COMINT1", "Montreuil")
	a1.get("/referentiel/clauses").mentions(t, "announce.maintenance", "premier paragraphe", "Aucune formule n’est propre")
	if v := a1.get("/referentiel/services/rien"); v.status != http.StatusNotFound {
		t.Errorf("%d", v.status)
	}
	r1 := o.as("r1")
	if v := r1.upload("/referentiel/controle", "fichier", "{}", url.Values{"jeton": {r1.token()}, "quoi": {"catalogue"}}); v.status != http.StatusForbidden {
		t.Errorf("a drafter: %d", v.status)
	}
	send := func(what, text string) view {
		return a1.upload("/referentiel/controle", "fichier", text, url.Values{"jeton": {a1.token()}, "quoi": {what}})
	}
	now := a1.get("/referentiel/catalogue.json").text
	send("catalogue", now).mentions(t, "ne change rien")
	v := send("catalogue", strings.ReplaceAll(strings.Replace(now, `"label": "ECS"`, `"label": "ECS <i>2</i>"`, 1), `"ECS"`, `"ECS"`))
	v.mentions(t, "Le fichier est correct", "service ecs, label", "ECS <i>2</i>", "--services", "20000171", "20000172")
	if strings.Contains(v.text, "<i>") {
		t.Errorf("not escaped: %s", v.text)
	}
	send("catalogue", "services:\n  x: {label: [}").mentions(t, "ne peut pas être employé")
	send("catalogue", "extends: true\nservices:\n  neuf: {label: Neuf, modes: [edi]}\n").mentions(t, "service neuf", "ajouté", "Neuf")
	send("bureaux", a1.get("/referentiel/bureaux.json").text).mentions(t, "ne change rien")
	send("formules", "follow: Consultez la météo des services de {owner}{outlook_note}.").mentions(t, "formule follow", "Consultez la météo")
	send("formules", "folow: x").mentions(t, "ne peut pas être employé")
	a1.post("/referentiel/controle", url.Values{"jeton": {a1.token()}, "quoi": {"catalogue"}}).mentions(t, "Il n’y a pas de fichier")
}

func (counted) Subscribers(context.Context) (uint64, error) { return 0, nil }
