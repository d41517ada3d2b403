package office

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

var (
	inputs    = regexp.MustCompile(`<input ([^>]*)>`)
	areas     = regexp.MustCompile(`(?s)<textarea ([^>]*)>\n?(.*?)</textarea>`)
	selectors = regexp.MustCompile(`(?s)<select ([^>]*)>(.*?)</select>`)
	selected  = regexp.MustCompile(`<option value="([^"]*)" selected>`)
	pairOf    = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
)

// fields are what a browser would send of the form on a page that leads to a
// place.
func (v view) fields(t testing.TB, action string) url.Values {
	t.Helper()
	_, form, ok := strings.Cut(v.text, `action="`+action+`"`)
	if !ok {
		t.Fatalf("no form leads to %s on %s (%d):\n%s", action, v.place, v.status, v.text)
	}
	form, _, _ = strings.Cut(form, "</form>")
	values := url.Values{}
	attributes := func(text string) map[string]string {
		all := map[string]string{}
		for _, m := range pairOf.FindAllStringSubmatch(text, -1) {
			all[m[1]] = html.UnescapeString(m[2])
		}
		return all
	}
	for _, m := range inputs.FindAllStringSubmatch(form, -1) {
		a := attributes(m[1])
		if (a["type"] == "checkbox" || a["type"] == "radio") && !strings.Contains(m[1], " checked") || a["name"] == "" {
			continue
		}
		values.Add(a["name"], a["value"])
	}
	for _, m := range areas.FindAllStringSubmatch(form, -1) {
		values.Add(attributes(m[1])["name"], html.UnescapeString(m[2]))
	}
	for _, m := range selectors.FindAllStringSubmatch(form, -1) {
		chosen := ""
		if s := selected.FindStringSubmatch(m[2]); s != nil {
			chosen = html.UnescapeString(s[1])
		}
		values.Add(attributes(m[1])["name"], chosen)
	}
	return values
}

func example(t testing.TB, name string) string {
	t.Helper()
	text, err := schemas.Files.ReadFile("examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// drafted is a notice that r1 has drafted.
func (o *place) drafted(text string) string {
	o.t.Helper()
	id := stream.NewID()
	o.draftBy("r1", id, text, 0)
	return id
}

func (o *place) draftBy(who, id, text string, seen int) publisher.Dossier {
	o.t.Helper()
	d, err := o.p.Draft(o.t.Context(), publisher.Order{Who: publisher.Account{ID: who, Roles: []notice.Role{notice.Drafter}, Bureau: "comint1"},
		Notice: id, Command: stream.NewID(), Seen: seen}, publisher.Draft{Text: text})
	if err != nil {
		o.t.Fatal(err)
	}
	return d
}

func (o *place) submit(id string) {
	o.t.Helper()
	who := publisher.Account{ID: "r1", Roles: []notice.Role{notice.Drafter}, Bureau: "comint1"}
	if _, err := o.p.Submit(o.t.Context(), publisher.Order{Who: who, Notice: id, Command: stream.NewID()}); err != nil {
		o.t.Fatal(err)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func (o *place) held(id string) publisher.Dossier {
	o.t.Helper()
	d, err := o.p.Dossier(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return d
}

func formOf(id string) string { return "/notes/" + id + "/redaction" }

// writing opens a notice's form.
func (p *person) writing(id string) url.Values {
	p.t.Helper()
	v := p.get(formOf(id))
	if v.status != http.StatusOK {
		p.t.Fatalf("%s cannot write: %d\n%s", p.id, v.status, v.text)
	}
	return v.fields(p.t, formOf(id))
}

func with(form url.Values, pairs ...string) url.Values {
	changed := url.Values{}
	for name, texts := range form {
		changed[name] = texts
	}
	for i := 0; i < len(pairs); i += 2 {
		changed[pairs[i]] = []string{pairs[i+1]}
	}
	return changed
}

var plainSpaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "&nbsp;", " ", "&#39;", "’")

// tells wants a page to say some words, whatever its no-break spaces.
func (v view) tells(t testing.TB, words ...string) {
	t.Helper()
	flat := plainSpaces.Replace(v.text)
	for _, w := range words {
		if !strings.Contains(strings.Join(strings.Fields(flat), " "), w) {
			t.Errorf("%s (%d) does not say %q", v.place, v.status, w)
			if testing.Verbose() {
				t.Log(v.text)
			}
		}
	}
}

func TestFormSaves(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	r1 := o.as("r1")
	form := r1.writing(id)
	v := r1.post(formOf(id), form) // untouched
	if d := o.held(id); v.status != http.StatusOK || len(d.Entries) != 1 {
		t.Fatalf("an untouched form made an entry: %d %s\n%s", len(d.Entries), v.place, v.text)
	}
	v = r1.post(formOf(id), with(form, "windows/0/end", "18h", "signatory/name", "Anne MARTIN", "services/add", "gun"))
	if v.status != http.StatusOK || !strings.Contains(v.place, "dit=enregistre") {
		t.Fatalf("%d %s\n%s", v.status, v.place, v.text)
	}
	v.tells(t, "Le projet est enregistré.", "Mardi 8 août 2023 à 18h00 – durée : 9 heures", "Anne MARTIN")
	d := o.held(id)
	n := o.office.read(d.Text)
	if len(d.Entries) != 2 || n.Windows[0].End.String() != "2023-08-08T18:00:00+02:00" || n.Signatory.Name != "Anne MARTIN" || n.Services[7] != "gun" || n.Reference != "20000171" {
		t.Errorf("%d entries:\n%s", len(d.Entries), d.Text)
	}
	// The same request once more, as a double click makes it.
	v = r1.post(formOf(id), with(form, "windows/0/end", "18h", "signatory/name", "Anne MARTIN", "services/add", "gun"))
	if d := o.held(id); v.status != http.StatusOK || len(d.Entries) != 2 {
		t.Errorf("twice: %d entries, %d %s", len(d.Entries), v.status, v.place)
	}
}

// TestEveryExampleInTheForm opens every example and saves it unchanged, by way
// of the page.
func TestEveryExampleInTheForm(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1 := o.as("r1")
	for _, name := range []string{"tableau", "recurrence", "retroactif", "fermeture", "information", "degradation", "secours-independant", "exercice", "environnement-de-test", "plusieurs-plages", "reinjection", "origine-ailleurs"} {
		id := o.drafted(example(t, name+"/notice.yaml"))
		before := o.held(id)
		v := r1.post(formOf(id), with(r1.writing(id), "contact", ""))
		after := o.held(id)
		want, got := o.office.read(before.Text), o.office.read(after.Text)
		want.Contact = ""
		a, _ := schemas.Write(want)
		b, _ := schemas.Write(got)
		if v.status != http.StatusOK || string(a) != string(b) {
			t.Errorf("%s: %d %s\n got %s\nwant %s", name, v.status, v.place, b, a)
		}
	}
}

func TestNotUnderstood(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	r1 := o.as("r1")
	v := r1.post(formOf(id), with(r1.writing(id), "windows/0/start", "lundi 8 août 2023 9h", "services/add", "Delta Z7", "cause", "une panne"))
	if v.status != http.StatusUnprocessableEntity || len(o.held(id).Entries) != 1 {
		t.Errorf("%d", v.status)
	}
	v.tells(t, `value="lundi 8 août 2023 9h"`, `value="Delta Z7"`, `value="une panne"`, "À corriger avant d’enregistrer (2)", `href="#f-windows-0-start"`, `id="f-windows-0-start"`,
		"« Delta Z7 » n’est pas un service connu : vouliez-vous dire « Delta H7 » ?")
	// It was kept, is offered and not forced, and can be forgotten.
	v = r1.get(formOf(id))
	v.tells(t, "n’a pas été enregistrée")
	if strings.Contains(v.text, "une panne") {
		t.Error("what was kept is forced on its writer")
	}
	again := r1.get(formOf(id) + "?reprise=oui")
	again.tells(t, `value="une panne"`, `value="lundi 8 août 2023 9h"`)
	v = r1.post(formOf(id)+"/copie", with(v.fields(t, formOf(id)), "faire", "oublier"))
	v.tells(t, "est oubliée")
	if strings.Contains(v.text, "n’a pas été enregistrée. Elle") {
		t.Error("it is still offered")
	}
	if o.as("r2").get(formOf(id)).text == "" {
		t.Error("nobody else can open it")
	}
}

func TestFormChangesItself(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	r1 := o.as("r1")
	form := r1.writing(id)
	v := r1.post(formOf(id), with(form, "faire", "windows+", "windows/0/end", "12h"))
	v.tells(t, `id="f-windows-1-start"`, `value="12h"`, `data-focus="f-windows-1-start"`)
	form = v.fields(t, formOf(id))
	v = r1.post(formOf(id), with(form, "faire", "windows/0-", "windows/1/start", "9 août 2023 8h", "windows/1/end", "9h"))
	v.tells(t, `value="9 août 2023 8h"`)
	v = r1.post(formOf(id), with(v.fields(t, formOf(id)), "faire", "services", "services/add", "Delta IE Import et Export"))
	v.tells(t, "Delta IE Import et Export", "QUOTA2") // all of the catalogue is still there
	form = v.fields(t, formOf(id))
	if got := form["services"]; got[len(got)-1] != "delta-ie-export" {
		t.Errorf("services %q", got)
	}
	v = r1.post(formOf(id), with(form, "faire", "scope+"))
	v.tells(t, "Ligne 2", `name="scope/0/services" value="Delta T, ICS-Delta P`)
	form = with(v.fields(t, formOf(id)), "scope/1/services", "olga", "scope/1/effect", "degraded")
	v = r1.post(formOf(id), with(form, "faire", "clauses/trouble^"))
	form = v.fields(t, formOf(id))
	if v = r1.post(formOf(id), form); !strings.Contains(v.place, "dit=enregistre") {
		t.Fatalf("%d\n%s", v.status, v.text)
	}
	n := o.office.read(o.held(id).Text)
	if len(n.Windows) != 1 || n.Windows[0].Start.Day() != 9 || len(n.Scope) != 2 || n.Scope[1].Effect != notice.Degraded || n.Services != nil || len(n.Clauses) == 0 {
		t.Errorf("%s", o.held(id).Text)
	}
	if len(o.held(id).Entries) != 2 {
		t.Error("changing the form made entries")
	}
}

func TestTwoDrafters(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	r1, r2 := o.as("r1"), o.as("r2")
	mine := r1.writing(id)
	page := r2.get(formOf(id))
	page.tells(t, "r1 a aussi ouvert ce projet (10h00)")
	his := page.fields(t, formOf(id))
	r2.post(formOf(id), with(his, "cause", "une panne", "contact", ""))
	// What each changed alone is brought together, and said.
	v := r1.post(formOf(id), with(mine, "signatory/name", "Anne MARTIN"))
	v.tells(t, "Les deux saisies ont été réunies", "une panne", "r2 avait enregistré")
	n := o.office.read(o.held(id).Text)
	if n.Cause.Text != "une panne" || n.Contact != "" || n.Signatory.Name != "Anne MARTIN" {
		t.Errorf("%s", o.held(id).Text)
	}
	// What both changed is asked.
	mine, his = r1.writing(id), r2.writing(id)
	r2.post(formOf(id), with(his, "cause", "un incident", "windows/0/end", "16h", "effect", "degraded"))
	v = r1.post(formOf(id), with(mine, "cause", "des travaux", "windows/0/end", "15h", "signatory/name", "Jean <b>PETIT</b>"))
	if v.status != http.StatusConflict || len(o.held(id).Entries) != 4 {
		t.Fatalf("%d, %d entries", v.status, len(o.held(id).Entries))
	}
	v.tells(t, "Deux personnes ont modifié ce projet", "un incident", "des travaux", "8 août 2023 à 16h00", "8 août 2023 à 15h00", "Jean &lt;b&gt;PETIT&lt;/b&gt;")
	choice := v.fields(t, formOf(id))
	v = r1.post(formOf(id), with(choice, "choix/cause", "mien"))
	v.tells(t, "Il manque un choix")
	v = r1.post(formOf(id), with(v.fields(t, formOf(id)), "choix/cause", "mien", "choix/windows", "leur"))
	if v.status != http.StatusOK {
		t.Fatalf("%d\n%s", v.status, v.text)
	}
	n = o.office.read(o.held(id).Text)
	if n.Cause.Text != "des travaux" || n.Windows[0].End.Hour() != 16 || n.Signatory.Name != "Jean <b>PETIT</b>" || n.Effect != notice.Degraded {
		t.Errorf("%s", o.held(id).Text)
	}
}

// TestAThirdComesBetween: a choice that rests on what has changed again is
// asked again.
func TestAThirdComesBetween(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	r1, r2 := o.as("r1"), o.as("r2")
	mine, his := r1.writing(id), r2.writing(id)
	r2.post(formOf(id), with(his, "cause", "un incident"))
	v := r1.post(formOf(id), with(mine, "cause", "des travaux"))
	r2.post(formOf(id), with(r2.writing(id), "cause", "une panne électrique"))
	v = r1.post(formOf(id), with(v.fields(t, formOf(id)), "choix/cause", "mien"))
	if v.status != http.StatusConflict {
		t.Errorf("%d", v.status)
	}
	v.tells(t, "une panne électrique", "des travaux")
}

// TestBack has somebody go back to the form after they have submitted.
func TestBack(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	r1 := o.as("r1")
	form := r1.writing(id)
	o.submit(id)
	v := r1.post(formOf(id), with(form, "cause", "une panne"))
	if v.status != http.StatusConflict || o.held(id).Status != publisher.StatusSubmitted {
		t.Fatalf("%d %s", v.status, o.held(id).Status)
	}
	v.tells(t, "Cette note est à signer", "la retire de la signature")
	v = r1.post(formOf(id), v.fields(t, formOf(id)))
	if d := o.held(id); v.status != http.StatusOK || d.Status != publisher.StatusDraft || o.office.read(d.Text).Cause.Text != "une panne" {
		t.Errorf("%d %s\n%s", v.status, d.Status, d.Text)
	}
	form = r1.writing(id)
	who := publisher.Account{ID: "s1", Roles: []notice.Role{notice.Signer}, Bureau: "comint1"}
	order := publisher.Order{Who: who, Notice: id, Command: stream.NewID(), Seen: o.held(id).Edition}
	if _, err := o.p.Approve(t.Context(), order, publisher.SignOff{Emergency: "personne d’autre"}); err != nil {
		t.Fatal(err)
	}
	v = r1.post(formOf(id), with(form, "cause", "un incident"))
	v.tells(t, "ne peut pas être modifiée ici", "gardée sept jours")
	if r1.get(formOf(id)).status != http.StatusConflict {
		t.Error("the form of a published notice opens")
	}
}
