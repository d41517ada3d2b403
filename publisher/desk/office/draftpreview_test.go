package office

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk/form"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// live is what the form's script is told of what stands in the form.
func (p *person) live(id string, form url.Values) live {
	p.t.Helper()
	v := p.post("/notes/"+id+"/apercu", form)
	var l live
	if err := json.Unmarshal([]byte(v.text), &l); err != nil || v.status != http.StatusOK {
		p.t.Fatalf("%d, %v\n%s", v.status, err, v.text)
	}
	return l
}

func TestPreview(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	r1 := o.as("r1")
	page := r1.get(formOf(id))
	page.tells(t, "Nous vous informons qu’une importante opération technique", "Montreuil, le 1er août 2023", "Michel BARON")
	form := page.fields(t, formOf(id))
	l := r1.live(id, with(form, "cause", "des travaux", "windows/0/end", "18h", "windows/0/start", "31 juin 2023"))
	for what, in := range map[string][2]string{
		"letter": {l.Letter, "que des travaux sont prévus le"}, "subject": {l.Subject, "Delta T"}, "mail": {l.Mail, "des travaux"},
		"text": {l.Text, "des travaux"}, "English": {l.English[1], "Delta T"}, "what is wrong": {l.Said["windows/0/start"], "fr-error-text"},
		"what is understood": {l.Said["cause"], "Masculin pluriel"}, "the end": {l.Said["windows/0/end"], "18h00"}, "summary": {l.Summary, `href="#f-windows-0-start"`},
	} {
		if !strings.Contains(plainSpaces.Replace(in[0]), in[1]) {
			t.Errorf("%s does not say %q", what, in[1])
		}
	}
	if !slices.Contains(l.Wrong, "windows/0/start") {
		t.Errorf("wrong: %q", l.Wrong)
	}
	for _, part := range []string{"courriel", "courriel?langue=en"} {
		if v := r1.get("/notes/" + id + "/apercu/" + part); v.status != http.StatusOK || !strings.Contains(plainSpaces.Replace(v.text), "Delta T") {
			t.Errorf("%s: %d", part, v.status)
		}
	}
	v := r1.post("/notes/"+id+"/apercu/lettre.pdf", with(form, "cause", "des travaux", "exercise", "true"))
	if v.status != http.StatusOK || !strings.Contains(v.text, "SPÉCIMEN – EXERCICE") || !strings.Contains(v.text, "des travaux") {
		t.Errorf("%d %.300s", v.status, v.text)
	}
	if r1.get("/notes/"+id+"/apercu/autre").status != http.StatusNotFound {
		t.Error("there is another part")
	}
	if d := o.held(id); len(d.Entries) != 1 {
		t.Errorf("previews made %d entries", len(d.Entries))
	}
}

// TestHardlyBegun: whatever is missing, the form opens and the preview
// answers.
func TestHardlyBegun(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1 := o.as("r1")
	seed := o.office.read(example(t, "2023-08-08/notice.yaml"))
	for _, group := range form.Groups() {
		values := form.Values(seed, o.office.known())
		for name := range values {
			if name == group || strings.HasPrefix(name, group+"/") {
				values[name] = []string{""}
			}
		}
		n, _ := form.Read(form.Tidy(values), seed, o.office.known())
		text, err := schemas.Write(n)
		if err != nil {
			t.Fatal(err)
		}
		id := o.drafted(string(text))
		r1.live(id, r1.writing(id))
	}
	id := o.drafted("{}")
	r1.get(formOf(id)).tells(t, "À compléter avant la signature", "La lettre n’est pas encore composée")
	l := r1.live(id, r1.writing(id))
	if !strings.Contains(l.Letter, "n’est pas encore composée") {
		t.Error(l.Letter)
	}
}

// nasty is what nobody should write, and somebody will.
const nasty = `"><script>alert(1)</script>{{.}}</textarea>`

// clausesAndKinds are fields that there are many of, all made alike.
var clausesAndKinds = regexp.MustCompile(`\b(clauses|messages)/[a-z_]+`)

// TestScriptInEveryField fills every field with a script and looks that it is
// nowhere but as text.
func TestScriptInEveryField(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1 := o.as("r1")
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	table := o.drafted(example(t, "tableau/notice.yaml"))
	harmless := func(what, text string) {
		t.Helper()
		if i := strings.Index(text, "<script>alert"); i >= 0 {
			t.Errorf("%s holds a script: …%.200s", what, text[max(0, i-100):])
		}
		if strings.Contains(text, "</textarea>{{") || strings.Contains(text, "ZgotmplZ") {
			t.Errorf("%s is broken", what)
		}
	}
	for _, id := range []string{id, table} {
		page := r1.get(formOf(id))
		for _, act := range []string{"windows+", "sent+", "exceptions+", "documents+", "paragraphs+"} {
			page = r1.post(formOf(id), with(page.fields(t, formOf(id)), "faire", act))
		}
		clean := page.fields(t, formOf(id))
		if len(clean) < 50 {
			t.Fatalf("only %d fields", len(clean))
		}
		all := clean
		seen := map[string]bool{"jeton": true, "ordre": true, "vu": true}
		for name := range clean {
			if seen[name] {
				continue
			}
			all = with(all, name, nasty)
			alike := clausesAndKinds.ReplaceAllString(name, "$1/*")
			if seen[alike] {
				continue
			}
			seen[alike] = true
			l := r1.live(id, with(clean, name, nasty))
			for what, text := range map[string]string{"letter": l.Letter, "summary": l.Summary, "dependents": l.Depend, "mail": l.Mail, "English": l.English[1]} {
				harmless(what+" with "+name, text)
			}
			for field, said := range l.Said {
				harmless("what is said at "+field, said)
			}
		}
		harmless("the form", r1.post(formOf(id), with(all, "faire", "verifier")).text)
	}
	// What is saved, and what two people make of it.
	text := "kind: information\nissuer: comint1\nissued: {date: 2023-08-01}\nsignatory: {name: '" + nasty + "'}\ncause: '" + nasty + "'\nparagraphs: ['" + nasty + "']\n"
	id = o.drafted(text)
	r2 := o.as("r2")
	mine, his := r1.writing(id), r2.writing(id)
	harmless("the form", r1.get(formOf(id)).text)
	harmless("the text", r1.get(formOf(id)+"?vue=texte").text)
	harmless("the mail", r1.get("/notes/"+id+"/apercu/courriel").text)
	harmless("the beginning", r1.get("/nouvelle?q="+url.QueryEscape(nasty)).text)
	r2.post(formOf(id), with(his, "cause", nasty+"2"))
	v := r1.post(formOf(id), with(mine, "cause", nasty+"1"))
	if v.status != http.StatusConflict {
		t.Errorf("%d", v.status)
	}
	harmless("the conflict", v.text)
	harmless("a letter that is read", r1.post("/nouvelle", with(r1.get("/nouvelle").fields(t, "/nouvelle"), "depuis", "lettre", "lettre", nasty)).text)
	harmless("a text that is wrong", r1.post("/nouvelle", with(r1.get("/nouvelle").fields(t, "/nouvelle"), "depuis", "texte", "texte", nasty+": [")).text)
}

// TestNotOffered: what a drafter's form does not offer is not set.
func TestNotOffered(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	r1 := o.as("r1")
	before := o.held(id)
	r1.post(formOf(id), with(r1.writing(id), "cause", "une panne", "id", "x", "as", "corrected", "status", "approved", "bureau", "other", "approval", "x", "who", "s1", "compte", "s1", "edition", "99", "text", "kind: incident"))
	after := o.held(id)
	if after.As != before.As || after.Status != publisher.StatusDraft || after.Bureau != before.Bureau || after.Entries[1].Account != "r1" {
		t.Errorf("%+v", after.Entries[1])
	}
	if changed := form.Changed(o.office.read(before.Text), o.office.read(after.Text)); !slices.Equal(changed, []string{"cause"}) {
		t.Errorf("changed %v", changed)
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	r1 := o.as("r1")
	form := r1.writing(id)
	for what, pair := range map[string][2]string{
		"a long field": {"cause", strings.Repeat("x", schemas.MaxDocument+1)}, "a long text": {"paragraphs/0", strings.Repeat("une phrase. ", 100_000)},
	} {
		for _, place := range []string{formOf(id), formOf(id) + "/copie", "/notes/" + id + "/apercu"} {
			if v := r1.post(place, with(form, pair[0], pair[1])); v.status < 400 || v.status >= 500 {
				t.Errorf("%s to %s: %d", what, place, v.status)
			}
		}
	}
	many := maps.Clone(form)
	for i := range 5000 {
		many.Set("scope/0/windows/"+strings.Repeat("1", 1+i%5)+"/x"+string(rune('a'+i%26))+strings.Repeat("y", i/26), "z")
	}
	began := time.Now()
	if v := r1.post(formOf(id), many); v.status != http.StatusUnprocessableEntity {
		t.Errorf("5,000 fields: %d", v.status)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("5,000 fields took %s", took)
	}
	if d := o.held(id); len(d.Entries) != 1 {
		t.Errorf("%d entries", len(d.Entries))
	}
}

// TestWhoMayWrite asks every route of drafting in every role.
func TestWhoMayWrite(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	other := publisher.Account{ID: "x1", Roles: []notice.Role{notice.Drafter}, Bureau: "other"}
	o.p.Bureaus = maps.Clone(o.p.Bureaus)
	o.p.Bureaus["other"] = o.p.Bureaus["comint1"]
	if err := o.p.AddAccount(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]bool{"r1": true, "s1": true, "p1": true, "a1": false, "x1": false} {
		p := o.as(who)
		key := p.get("/").fields(t, "/deconnexion").Get("jeton")
		for _, place := range []string{"/nouvelle", formOf(id), "/notes/" + id + "/apercu/courriel"} {
			if v := p.get(place); (v.status == http.StatusOK) != want && (place != "/nouvelle" || who != "x1") {
				t.Errorf("GET %s by %s: %d", place, who, v.status)
			}
		}
		for _, place := range []string{formOf(id), formOf(id) + "/copie", "/notes/" + id + "/presence", "/notes/" + id + "/apercu", "/notes/" + id + "/apercu/courriel", "/notes/" + id + "/apercu/lettre.pdf"} {
			v := p.post(place, url.Values{"jeton": {key}, "ordre": {stream.NewID()}, "vu": {"1"}})
			if (v.status == http.StatusOK) != want || !want && v.status != http.StatusForbidden {
				t.Errorf("POST %s by %s: %d\n%s", place, who, v.status, v.text)
			}
			if v := p.post(place, url.Values{"vu": {"1"}}); v.status != http.StatusForbidden {
				t.Errorf("POST %s by %s from elsewhere: %d", place, who, v.status)
			}
		}
	}
}

// BenchmarkPreview is what the desk does at each key, beside the network.
func BenchmarkPreview(b *testing.B) {
	o := open(b)
	id := o.drafted(example(b, "2023-08-08/notice.yaml"))
	r1 := o.as("r1")
	form := with(r1.writing(id), "voir", "lettre")
	for b.Loop() {
		r1.live(id, form)
	}
}
