package office

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// account is who somebody is to the publisher.
func (o *place) account(id string) publisher.Account {
	o.t.Helper()
	all, err := o.p.Accounts(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	for _, a := range all {
		if a.ID == id {
			return a
		}
	}
	o.t.Fatalf("there is nobody called %s", id)
	return publisher.Account{}
}

// draft writes a text as somebody, the next one of a notice where it is given.
func (o *place) draft(who, id, text string) string {
	o.t.Helper()
	order := publisher.Order{Who: o.account(who), Notice: id, Command: stream.NewID()}
	if id == "" {
		order.Notice = stream.NewID()
	} else {
		order.Seen = o.dossier(id).Edition
	}
	if _, err := o.p.Draft(o.t.Context(), order, publisher.Draft{Text: text, As: o.actOf(id), Reason: o.dossier(order.Notice).Reason}); err != nil {
		o.t.Fatal(err)
	}
	return order.Notice
}

func (o *place) actOf(id string) notice.Type {
	if id == "" {
		return ""
	}
	return o.dossier(id).As
}

func (o *place) dossier(id string) publisher.Dossier {
	o.t.Helper()
	d, err := o.p.Dossier(o.t.Context(), id)
	if err != nil {
		return publisher.Dossier{}
	}
	return d
}

// submit fills a form of a page in and sends it.
func (p *person) submit(page, action string, in filled) view {
	p.t.Helper()
	form := p.get(page).hiddens(p.t, action)
	return p.resend(action, form, in)
}

func (p *person) resend(action string, form url.Values, in filled) view {
	p.t.Helper()
	for field, values := range in {
		form[field] = values
	}
	return p.post(action, form)
}

// submitted is a text of r1's that waits for a signature.
func (o *place) submitted(lines ...string) string {
	o.t.Helper()
	id := o.draft("r1", "", signExample(o.t, lines...))
	if _, err := o.p.SubmitWith(o.t.Context(), publisher.Order{Who: o.account("r1"), Notice: id, Command: stream.NewID()}, "Urgent : avant 17h."); err != nil {
		o.t.Fatal(err)
	}
	return id
}

// signExample is the example notice without its number, with some lines changed
// as "old=>new".
func signExample(t testing.TB, changes ...string) string {
	t.Helper()
	text := strings.Replace(alertExample(t), "reference:", "# reference:", 1)
	for _, c := range changes {
		old, with, _ := strings.Cut(c, "=>")
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in the example", old)
		}
		text = strings.ReplaceAll(text, old, with)
	}
	return text
}

// TestWholeLife goes from a draft to a correction, on the pages alone but for
// the text itself.
func TestWholeLife(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1, s1 := o.as("r1"), o.as("s1")
	id := o.draft("r1", "", signExample(t))
	place := "/notes/" + id
	r1.get("/").says(t, "Mes projets (1)", "Delta T", "Continuer la rédaction")
	s1.get("/").says(t, "Rien ne vous attend", "Projets des autres (1)")

	// Submitted with a word, returned with remarks, mended, submitted again.
	v := r1.submit(place, place+"/soumettre", filled{"mot": {"À publier avant 17h."}})
	v.says(t, "La note est soumise à signature", "À publier avant 17h.")
	s1.get("/").says(t, "À signer (1)", "r1 a soumis la note à signature", "À publier avant 17h.", "Relire et signer")
	page := s1.get(place + "/signature")
	page.says(t, "Ce que vous signez", "À publier avant 17h.", "mardi 8 août 2023 de 9h00 à 17h00", "8 heures", "Delta T", "r1", "environ 1 238 abonnés par courriel",
		"opération technique de maintenance", "Objet :", "Michel BARON")
	if strings.Contains(page.text, "Ce qui a changé") {
		t.Error("the first look shows changes")
	}
	form := page.hiddens(t, place+"/retourner")
	v = s1.resend(place+"/retourner", form, filled{"motif": {"L’heure de fin est fausse."}, "champ": {"/windows/0/end", "", ""}, "remarque": {"18h30, pas 17h.", "", "Relire le tout."}})
	v.says(t, "La note est retournée", "Retournée par s1", "L’heure de fin est fausse.", "Fin de la plage 1", "18h30, pas 17h.", "Relire le tout.")
	if got := fieldRemarks(o.dossier(id)); fmt.Sprint(got["/windows/0/end"]) != "[18h30, pas 17h.]" {
		t.Errorf("remarks %v", got)
	}
	r1.get("/").says(t, "Retournées, à reprendre (1)", "Reprendre le texte")
	o.draft("r1", id, signExample(t, "2023-08-08T17:00=>2023-08-08T18:30"))
	r1.submit(place, place+"/soumettre", nil)
	if len(fieldRemarks(o.dossier(id))) != 0 {
		t.Error("remarks outlive the next submission")
	}

	// The second look marks what has changed since the first.
	page = s1.get(place + "/signature")
	page.says(t, "Ce qui a changé depuis que vous l’avez lue", "prolongation", "[ajouté : ", "18h30")
	if !strings.Contains(page.text, "<ins>") || !strings.Contains(page.text, "<del>") {
		t.Error("nothing is marked in the letter")
	}
	if again := s1.get(place + "/signature"); !strings.Contains(again.text, "Ce qui a changé depuis que vous l’avez lue") {
		t.Error("a second look at the same text forgets what has changed")
	}
	form = page.hiddens(t, place+"/signer")
	v = s1.resend(place+"/signer", form, filled{"quand": {"maintenant"}})
	v.says(t, "La note est publiée", "La lettre", "1 234 abonnés prévenus", "s1 (signataire) a signé la note", "Chaîne vérifiée (6 entrées)")
	if got := o.told(id); got != "published" {
		t.Errorf("told: %s", got)
	}

	// The same click twice, or the page of before: once, and a clear word.
	if v := s1.post(place+"/signer", form); v.status != http.StatusOK || o.told(id) != "published" {
		t.Errorf("a second click: %d %s", v.status, o.told(id))
	}
	v = s1.get(place + "/signature")
	if v.place != place {
		t.Errorf("what is signed is still shown to be signed: %s", v.place)
	}

	// A correction is compared with what is published.
	v = r1.submit(place, place+"/amender", filled{"comme": {"corrected"}, "motif": {"Le nom est faux."}})
	if v.place != place+"/redaction?dit=amende" {
		t.Errorf("an amendment leads to %s (%d)\n%s", v.place, v.status, plain(v.text))
	}
	d := o.dossier(id)
	o.draft("r1", id, strings.Replace(d.Text, "Michel BARON", "Anne DURAND", 1))
	r1.submit(place, place+"/soumettre", nil)
	page = s1.get(place + "/signature?depuis=publie")
	page.says(t, "Ce qui a changé par rapport à ce qui est publié", "Michel", "Anne", "projet de rectificatif", "Le nom est faux.")
	s1.resend(place+"/signer", page.hiddens(t, place+"/signer"), filled{"quand": {"maintenant"}}).says(t, "La note est publiée")
	if got := o.told(id); got != "published corrected" {
		t.Errorf("told: %s", got)
	}
}

// TestTwoChiefs: of two who sign at once one does, and the other is told who.
func TestTwoChiefs(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.submitted()
	place := "/notes/" + id
	var chiefs [2]*person
	var forms [2]url.Values
	for i, who := range []string{"s1", "s2"} {
		chiefs[i] = o.as(who)
		forms[i] = chiefs[i].get(place+"/signature").hiddens(t, place+"/signer")
	}
	var views [2]view
	var wg sync.WaitGroup
	for i, p := range chiefs {
		wg.Go(func() { views[i] = p.post(place+"/signer", forms[i]) })
	}
	wg.Wait()
	won, late := views[0], views[1]
	if won.status != http.StatusOK {
		won, late = late, won
	}
	if won.status != http.StatusOK || late.status != http.StatusConflict {
		t.Fatalf("%d and %d", won.status, late.status)
	}
	if text := plain(late.text); !strings.Contains(text, "a signé la note") {
		t.Errorf("who was late is told:\n%s", text)
	}
	if got := o.told(id); got != "published" {
		t.Errorf("told: %s", got)
	}
}

// TestStaleTab: what has changed since the page was shown is shown, not signed.
func TestStaleTab(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.submitted()
	place := "/notes/" + id
	s1, r1 := o.as("s1"), o.as("r1")
	form := s1.get(place+"/signature").hiddens(t, place+"/signer")
	returning := s1.get(place+"/signature").hiddens(t, place+"/retourner")
	o.draft("r1", id, signExample(t, "2023-08-08T17:00=>2023-08-08T18:30"))
	r1.submit(place, place+"/soumettre", nil)

	v := s1.resend(place+"/signer", form, filled{"quand": {"a"}, "quand-a": {"demain 9h"}})
	if v.status != http.StatusConflict {
		t.Errorf("status %d", v.status)
	}
	v.says(t, "La note n’est plus celle qui vous avait été montrée", "Ce qui a changé depuis que la page vous a été montrée", "18h30")
	if !strings.Contains(v.text, `value="demain 9h"`) || o.told(id) != "" {
		t.Errorf("what was typed is lost, or it was signed (%q)", o.told(id))
	}
	v = s1.resend(place+"/retourner", returning, filled{"motif": {"Trop tard, mais gardé"}})
	if v.status != http.StatusConflict || !strings.Contains(v.text, "Trop tard, mais gardé") {
		t.Errorf("a stale return: %d", v.status)
	}
}

// TestLetterChanges: where the words have changed between the look and the
// click, the letter is shown again; the same click then signs it.
func TestLetterChanges(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.submitted()
	place := "/notes/" + id
	s1 := o.as("s1")
	form := s1.get(place+"/signature").hiddens(t, place+"/signer")
	o.p.Letter = func(d templates.Document, _ notice.Act) ([]byte, error) { return fmt.Append(nil, "other ", d), nil }
	v := s1.post(place+"/signer", form)
	if v.status != http.StatusConflict || o.told(id) != "" {
		t.Fatalf("%d, told %q", v.status, o.told(id))
	}
	v.says(t, "Les formules ou le référentiel ont changé", "Relisez-la, puis signez")
	if v := s1.post(place+"/signer", v.hiddens(t, place+"/signer")); v.status != http.StatusOK || o.told(id) != "published" {
		t.Errorf("after a second look: %d, told %q", v.status, o.told(id))
	}
}

// TestNoHash: a signature that does not say what was shown signs nothing.
func TestNoHash(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.submitted()
	place := "/notes/" + id
	s1 := o.as("s1")
	form := s1.get(place+"/signature").hiddens(t, place+"/signer")
	form.Del("lettre")
	if v := s1.post(place+"/signer", form); v.status != http.StatusConflict || o.told(id) != "" {
		t.Errorf("%d, told %q", v.status, o.told(id))
	}
}

// TestLater: a publication at a time, with the warning that it brings, taken
// back before its moment.
func TestLater(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.submitted()
	place := "/notes/" + id
	s1 := o.as("s1")
	for written, want := range map[string]string{"": "L’heure de publication manque", "hier 9h": "", "31 juin 9h": "31 juin", "12": ""} {
		v := s1.submit(place+"/signature", place+"/signer", filled{"quand": {"a"}, "quand-a": {written}})
		if v.status != http.StatusUnprocessableEntity || !strings.Contains(plain(v.text), want) || !strings.Contains(v.text, `aria-invalid="true"`) {
			t.Errorf("at %q: %d\n%s", written, v.status, plain(v.text))
		}
	}
	v := s1.submit(place+"/signature", place+"/signer", filled{"quand": {"a"}, "quand-a": {"jeudi 3 août 8h"}})
	v.says(t, "De nouveaux avertissements sont à lire avant de signer", "nouveau", "datée du")
	v = s1.resend(place+"/signer", v.hiddens(t, place+"/signer"), filled{"quand": {"a"}, "quand-a": {"jeudi 3 août 8h"}})
	v.says(t, "Elle sera publiée à l’heure dite", "jeudi 3 août 2023 à 8h00", "Signé malgré 2 avertissements")
	s1.get("/").says(t, "Signées, publiées plus tard (1)", "jeudi 3 août 2023 à 8h00")

	v = s1.submit(place, place+"/retourner", filled{"motif": {""}})
	if v.status != http.StatusUnprocessableEntity {
		t.Errorf("taken back without a reason: %d", v.status)
	}
	s1.submit(place, place+"/retourner", filled{"motif": {"Date à revoir"}}).says(t, "La signature est reprise", "Date à revoir")
	o.set("2023-08-03T08:01")
	if got := o.told(id); got != "" {
		t.Errorf("told: %s", got)
	}
}

// TestLapsed: what was signed for later and would be another letter by then
// goes back, and says so.
func TestLapsed(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.submitted()
	place := "/notes/" + id
	s1 := o.as("s1")
	v := s1.submit(place+"/signature", place+"/signer", filled{"quand": {"a"}, "quand-a": {"jeudi 3 août 8h"}})
	s1.resend(place+"/signer", v.hiddens(t, place+"/signer"), filled{"quand": {"a"}, "quand-a": {"jeudi 3 août 8h"}}).says(t, "Elle sera publiée")
	o.p.Words = otherWords{o.p.Words}
	o.p.Letter = func(d templates.Document, _ notice.Act) ([]byte, error) { return fmt.Append(nil, "other ", d), nil }
	o.set("2023-08-03T08:00")
	if got := o.told(id); got != "" {
		t.Errorf("told: %s", got)
	}
	s1.get(place).says(t, "La signature est devenue sans effet", "Les formules ou le référentiel ont changé depuis la signature")
	o.as("r1").get("/").says(t, "Retournées, à reprendre (1)", "la signature est devenue sans effet")
}

type otherWords struct{ publisher.Words }

func (otherWords) Version() string { return "other" }

// TestOwnDraft: who wrote it does not sign it, but in an emergency, which a
// second one reviews.
func TestOwnDraft(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.draft("s1", "", signExample(t))
	place := "/notes/" + id
	s1, s2, r1 := o.as("s1"), o.as("s2"), o.as("r1")
	s1.submit(place, place+"/soumettre", nil)
	page := s1.get(place + "/signature")
	page.says(t, "Vous avez écrit ce texte : un autre signataire le signe", "Publier en urgence, seul", "(vous)")
	form := page.hiddens(t, place+"/signer")
	if v := s1.post(place+"/signer", form); v.status != http.StatusUnprocessableEntity || o.told(id) != "" {
		t.Fatalf("own text signed: %d %q", v.status, o.told(id))
	}
	v := s1.resend(place+"/signer", form, filled{"urgence": {"Personne d’autre avant 17h."}})
	v.says(t, "La note est publiée", "Publiée en urgence par une seule personne", "Personne d’autre avant 17h.", "Seul, en urgence")
	if strings.Contains(v.text, place+"/relire") {
		t.Error("who published alone may review it")
	}
	s2.get("/").says(t, "À relire : publiées en urgence par une seule personne (1)")
	if v := r1.get(place); strings.Contains(v.text, place+"/relire") {
		t.Error("a drafter may review")
	}
	s2.submit(place, place+"/relire", filled{"remarque": {"Rien à redire."}}).says(t, "La relecture est enregistrée", "Rien à redire.", "a relu la publication en urgence")
	if _, open := o.dossier(id).Unreviewed(); open {
		t.Error("still to be reviewed")
	}
}

// TestErrorsBlock: a text with errors is neither submitted nor signed.
func TestErrorsBlock(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.draft("r1", "", signExample(t, "cause:=>#cause:"))
	place := "/notes/" + id
	r1 := o.as("r1")
	v := r1.get(place)
	v.says(t, "Le texte comporte 1 erreur", "Erreur", "La cause n’est pas indiquée")
	if strings.Contains(v.text, place+"/soumettre") {
		t.Error("a text with errors can be submitted")
	}
	o.as("s1").get(place+"/signature").says(t, "il ne peut pas être signé")
	form := r1.get(place).hiddens(t, place+"/retirer")
	if v := r1.post(place+"/soumettre", form); v.status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", v.status)
	}
	if v := r1.submit(place, place+"/retirer", filled{"motif": {"  "}}); v.status != http.StatusUnprocessableEntity {
		t.Errorf("withdrawn without a reason: %d", v.status)
	}
	r1.submit(place, place+"/retirer", filled{"motif": {"Sans objet"}}).says(t, "La note est retirée", "Sans objet")
	r1.get("/?etat=withdrawn").says(t, "Retirées (1)")
}

const evil = `"><script>alert(1)</script>{{.}}'`

// TestNothingRuns: what anybody writes is shown, never run.
func TestNothingRuns(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1, s1 := o.as("r1"), o.as("s1")
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(evil)
	id := o.draft("r1", "", signExample(t, "Michel BARON=>\""+quoted+"\"", "cellule e-commerce=>\""+quoted+"\""))
	other := o.submitted()
	place := "/notes/" + other
	page := s1.get(place + "/signature")
	form := page.hiddens(t, place+"/retourner")
	returned := s1.resend(place+"/retourner", form, filled{"motif": {evil}, "champ": {evil, "/cause", "/kind"}, "remarque": {evil, evil, evil}})
	r1.submit(place, place+"/soumettre", filled{"mot": {evil}})
	bad := s1.submit(place+"/signature", place+"/signer", filled{"quand": {"a"}, "quand-a": {evil}})
	kept := s1.resend(place+"/retourner", page.hiddens(t, place+"/retourner"), filled{"motif": {evil}, "champ": {evil}, "remarque": {evil}})
	for _, v := range []view{returned, bad, kept, r1.get("/"), s1.get("/"), r1.get(place), s1.get(place + "/signature"), r1.get("/notes/" + id), s1.get("/notes/" + id + "/signature"),
		r1.get("/notes/" + id + "/versions/1"), r1.get("/?etat=" + url.QueryEscape(evil)), s1.get(place + "/signature?depuis=" + url.QueryEscape(evil))} {
		if strings.Contains(v.text, "<script>alert") || !strings.Contains(v.text, "</html>") {
			t.Errorf("%s (%d) runs it:\n%s", v.place, v.status, v.text)
		}
	}
}

// TestVersions: every text of a notice is read, with what it changed.
func TestVersions(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.draft("r1", "", signExample(t))
	o.draft("r2", id, signExample(t, "2023-08-08T17:00=>2023-08-08T18:30"))
	place := "/notes/" + id
	r1 := o.as("r1")
	r1.get(place).says(t, "r1 et r2", "entrée 2", "Texte de cette version")
	r1.get(place+"/versions/2").says(t, "Ce qui a changé depuis la version précédente", "18h30", "r2")
	for _, letter := range []string{"/lettre.pdf", "/versions/1/lettre.pdf"} {
		if v := r1.get(place + letter); v.status != http.StatusOK || v.text == "" {
			t.Errorf("%s: %d", letter, v.status)
		}
	}
	for _, none := range []string{"/versions/3", "/versions/0", "/versions/x", "/versions/-1/lettre.pdf", "/versions/..%2f1"} {
		if v := r1.get(place + none); v.status != http.StatusNotFound {
			t.Errorf("%s: %d", none, v.status)
		}
	}
}

// TestWhoMay tries every form of sign-off in every role.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.submitted()
	may := map[string]string{"soumettre": "r1 s1 p1", "retirer": "r1 s1 p1", "amender": "r1 s1 p1", "relire": "s1", "signer": "s1", "retourner": "s1"}
	for _, who := range []string{"r1", "s1", "p1", "a1"} {
		p := o.as(who)
		token := p.get("/").hiddens(t, "/deconnexion").Get("jeton")
		for act, roles := range may {
			// Without the id of a command nothing is done; a role is looked at before.
			v := p.post("/notes/"+id+"/"+act, url.Values{"jeton": {token}})
			if forbidden := v.status == http.StatusForbidden; forbidden == strings.Contains(roles, who) {
				t.Errorf("%s, %s: %d", who, act, v.status)
			}
		}
		if v := p.get("/notes/" + id + "/signature"); (v.status == http.StatusForbidden) != (who != "s1") {
			t.Errorf("%s sees what is to be signed: %d", who, v.status)
		}
		if v := p.get("/notes/" + id); v.status != http.StatusOK {
			t.Errorf("%s sees the dossier: %d", who, v.status)
		}
	}
	if got := o.dossier(id).Status; got != publisher.StatusSubmitted {
		t.Errorf("the notice is %s", got)
	}
	o.p.Bureaus = maps.Clone(o.p.Bureaus)
	o.p.Bureaus["comint2"] = o.p.Bureaus["comint1"]
	if err := o.p.AddAccount(context.Background(), publisher.Account{ID: "x1", Roles: []notice.Role{notice.Signer, notice.Drafter}, Bureau: "comint2"}); err != nil {
		t.Fatal(err)
	}
	if v := o.as("x1").get("/notes/" + id); v.status != http.StatusForbidden {
		t.Errorf("another bureau reads what is not published: %d", v.status)
	}
}
