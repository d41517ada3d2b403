package office

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// kept is what the form's script is told of what it sends to be kept.
func (p *person) kept(id string, form url.Values) kept {
	p.t.Helper()
	v := p.post(formOf(id)+"/copie", form)
	var k kept
	if err := json.Unmarshal([]byte(v.text), &k); err != nil || v.status != http.StatusOK {
		p.t.Fatalf("%d, %v\n%s", v.status, err, v.text)
	}
	return k
}

// TestAutosave types for a minute: the record holds an entry now and then, the
// working copy each pause.
func TestAutosave(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	r1 := o.as("r1")
	form := r1.writing(id)
	cause := ""
	for i, at := range []string{"10:00:02", "10:00:05", "10:00:10", "10:00:21", "10:00:23", "10:00:38", "10:00:42", "10:00:58"} {
		o.set("2023-08-01T" + at)
		cause += "x"
		k := r1.kept(id, with(form, "cause", "une panne "+cause))
		if k.Stale || k.Said == "" {
			t.Errorf("%d: %+v", i, k)
		}
		form.Set("vu", itoa(k.Seen))
	}
	d := o.held(id)
	if len(d.Entries) != 3 {
		t.Errorf("%d entries", len(d.Entries))
	}
	if got := o.office.read(d.Text).Cause.Text; got != "une panne xxxxxxx" {
		t.Errorf("saved %q", got)
	}
	r1.get(formOf(id)).tells(t, "n’a pas été enregistrée") // the last pause
	if k := r1.kept(id, with(form, "cause", "une panne "+cause, "depart", "oui")); k.Seen != 4 {
		t.Errorf("leaving: %+v", k)
	}
	if v := r1.get(formOf(id)); strings.Contains(v.text, "n’a pas été enregistrée. Elle") {
		t.Error("what is saved is offered again")
	}
	// What cannot be understood is kept, and saves nothing.
	k := r1.kept(id, with(form, "windows/0/start", "8 ao", "vu", "4", "depart", "oui"))
	if d := o.held(id); len(d.Entries) != 4 || k.Seen != 4 {
		t.Errorf("%d entries, %+v", len(d.Entries), k)
	}
	r1.get(formOf(id)+"?reprise=oui").tells(t, `value="8 ao"`)
}

// TestAutosaveTakesNothing: it does not save over another's text, and does not
// take a notice back from its signatory.
func TestAutosaveTakesNothing(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.drafted(example(t, "2023-08-08/notice.yaml"))
	r1, r2 := o.as("r1"), o.as("r2")
	mine := r1.writing(id)
	r2.post(formOf(id), with(r2.writing(id), "cause", "un incident"))
	o.set("2023-08-01T10:05")
	k := r1.kept(id, with(mine, "signatory/name", "Anne", "depart", ""))
	if !k.Stale || !strings.Contains(k.Said, "r2 a enregistré ce projet à 10h00") || !strings.Contains(k.Others, "r2") || len(o.held(id).Entries) != 2 {
		t.Errorf("%+v", k)
	}
	v := r1.post("/notes/"+id+"/presence", url.Values{"jeton": mine["jeton"], "vu": {"1"}})
	if !strings.Contains(v.text, `"ecart":true`) {
		t.Error(v.text)
	}
	o.submit(id)
	form := r1.writing(id)
	o.set("2023-08-01T10:10")
	r1.kept(id, with(form, "signatory/name", "Anne", "depart", "oui"))
	if d := o.held(id); d.Status != "submitted" {
		t.Errorf("the notice is %s", d.Status)
	}
	r1.get(formOf(id)).tells(t, "l’enregistrer la retire de la signature", "n’a pas été enregistrée")
}
