package office

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk/form"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// begun is the one notice that there is.
func (o *place) begun(v view) (publisher.Dossier, notice.Notice) {
	o.t.Helper()
	id, _, ok := strings.Cut(strings.TrimPrefix(v.place, "/notes/"), "/redaction")
	if !ok || v.status != http.StatusOK {
		o.t.Fatalf("nothing was begun: %d %s\n%s", v.status, v.place, v.text)
	}
	d := o.held(id)
	return d, o.office.read(d.Text)
}

func TestBeginWithAKind(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1 := o.as("r1")
	for _, kind := range []string{"maintenance", "incident", "degradation", "information", "closure", "exercise"} {
		form := with(r1.get("/nouvelle").fields(t, "/nouvelle"), "depuis", "nature", "nature", kind)
		v := r1.post("/nouvelle", form)
		d, n := o.begun(v)
		v.tells(t, "Le projet est créé")
		if n.Issuer != "comint1" || n.Issued.Date.String() != "2023-08-01" || n.Exercise != (kind == "exercise") || kind != "exercise" && string(n.Kind) != kind {
			t.Errorf("%s begins with\n%s", kind, d.Text)
		}
		r1.live(d.ID, r1.writing(d.ID))
		// A double click begins no other one.
		if again, _ := o.begun(r1.post("/nouvelle", form)); again.ID != d.ID || len(again.Entries) != 1 {
			t.Errorf("twice: %s and %s", d.ID, again.ID)
		}
		// The page from the browser's memory, used for another one.
		v = r1.post("/nouvelle", with(form, "nature", map[bool]string{true: "incident", false: "closure"}[kind != "incident"]))
		v.tells(t, "avait déjà servi")
	}
	if v := r1.post("/nouvelle", with(r1.get("/nouvelle").fields(t, "/nouvelle"), "depuis", "nature", "nature", "rumeur")); v.status != http.StatusUnprocessableEntity {
		t.Errorf("a rumour: %d", v.status)
	}
}

// TestFewTouches counts what is to be changed from the kind's beginning to the
// note of August 2023: each box that is ticked, each field.
func TestFewTouches(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1 := o.as("r1")
	_, begun := o.begun(r1.post("/nouvelle", with(r1.get("/nouvelle").fields(t, "/nouvelle"), "depuis", "nature", "nature", "maintenance")))
	seed := o.office.read(example(t, "2023-08-08/notice.yaml"))
	have, want := form.Values(begun, o.office.known()), form.Values(seed, o.office.known())
	names := slices.Sorted(maps.Keys(want))
	for name := range have {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var touched []string
	for _, name := range names {
		for _, text := range slices.Concat(have[name], want[name]) {
			if slices.Contains(have[name], text) != slices.Contains(want[name], text) && (name == "services" || name == "modes" || !slices.Contains(touched, name)) {
				touched = append(touched, name)
			}
		}
	}
	t.Logf("%d touched: %s", len(touched), strings.Join(touched, " "))
	if len(touched) > 12 {
		t.Errorf("%d fields to touch", len(touched))
	}
}

// TestFromBlankToSeed is the same by way of the page: what is typed makes the
// example's letter.
func TestFromBlankToSeed(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1 := o.as("r1")
	v := r1.post("/nouvelle", with(r1.get("/nouvelle").fields(t, "/nouvelle"), "depuis", "nature", "nature", "maintenance"))
	d, _ := o.begun(v)
	typed := v.fields(t, formOf(d.ID))
	typed["modes"] = []string{"", "edi", "dti"}
	r1.post(formOf(d.ID), with(typed,
		"cause", "une importante opération technique de maintenance sur le réseau informatique de la DGDDI",
		"services/add", "Delta T, ICS-Delta P, Delta G, Delta X Import et Export, Delta H7, ECS",
		"windows/0/start", "mardi 8 août de 9h à 17h", "windows/0/end", "",
		"reference", "20000171", "signatory/name", "Michel BARON"))
	_, got := o.begun(r1.get(formOf(d.ID)))
	if want := o.office.read(example(t, "2023-08-08/notice.yaml")); !reflect.DeepEqual(got, want) {
		t.Errorf("changed: %v\n got %+v\nwant %+v", form.Changed(got, want), got, want)
	}
}

// TestPastedSeed pastes the letter of August 2023: one paste and one look.
func TestPastedSeed(t *testing.T) {
	t.Parallel()
	letter, err := os.ReadFile("../../../templates/reading/testdata/2023-08-08.layout.txt")
	if err != nil {
		t.Fatal(err)
	}
	o := open(t)
	r1 := o.as("r1")
	v := r1.post("/nouvelle", with(r1.get("/nouvelle").fields(t, "/nouvelle"), "depuis", "lettre", "lettre", string(letter)))
	v.tells(t, "Toute la lettre a été comprise", "Ce qui a été compris")
	v = r1.post("/nouvelle", v.fields(t, "/nouvelle"))
	_, got := o.begun(v)
	if want := o.office.read(example(t, "2023-08-08/notice.yaml")); !reflect.DeepEqual(got, want) {
		t.Errorf("changed: %v", form.Changed(got, want))
	}
	v = r1.post("/nouvelle", with(r1.get("/nouvelle").fields(t, "/nouvelle"), "depuis", "lettre", "lettre", "Bonjour.\n\nLe chat dort sur la table."))
	v.tells(t, "Ce qui n’a pas été compris", "Le chat dort sur la table.")
	v = r1.post("/nouvelle", with(r1.get("/nouvelle").fields(t, "/nouvelle"), "depuis", "lettre", "lettre", " "))
	if v.status != http.StatusUnprocessableEntity {
		t.Errorf("an empty letter: %d", v.status)
	}
}

func TestBeginWithAnother(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1 := o.as("r1")
	seed := o.drafted(example(t, "2023-08-08/notice.yaml"))
	o.drafted(example(t, "degradation/notice.yaml"))
	if err := o.p.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := r1.get("/nouvelle?q=" + url.QueryEscape("Delta-G réseau"))
	v.tells(t, "Interruption temporaire des services en ligne")
	if strings.Contains(v.text, "GUN</a>") {
		t.Error("a search finds what is about something else")
	}
	_, n := o.begun(r1.post("/nouvelle", with(v.fields(t, "/nouvelle"), "depuis", "note", "note", seed)))
	if n.Reference != "" || n.Cause.Text == "" || n.Issued.Date.String() != "2023-08-01" {
		t.Errorf("%+v", n)
	}
	r1.get("/nouvelle?q=chaussette").tells(t, "Aucune note ne correspond à « chaussette ».")
}

func TestBeginWithAText(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1 := o.as("r1")
	send := func(name, text, file string) view {
		t.Helper()
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for field, value := range map[string]string{"jeton": r1.get("/").fields(t, "/deconnexion").Get("jeton"), "ordre": stream.NewID(), "depuis": "texte", "texte": text} {
			_ = w.WriteField(field, value)
		}
		if name != "" {
			part, _ := w.CreateFormFile("fichier", name)
			_, _ = part.Write([]byte(file))
		}
		_ = w.Close()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.server.URL+"/nouvelle", &body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", w.FormDataContentType())
		return r1.ask(r)
	}
	text := example(t, "2023-08-08/notice.yaml")
	if d, _ := o.begun(send("", text, "")); d.Text != text {
		t.Errorf("pasted:\n%s", d.Text)
	}
	if d, _ := o.begun(send("note.yaml", "", text)); d.Text != text {
		t.Errorf("uploaded:\n%s", d.Text)
	}
	if _, n := o.begun(send("", `{"kind": "information", "issuer": "comint1", "paragraphs": ["Un texte."]}`, "")); n.Kind != notice.Information {
		t.Errorf("JSON: %+v", n)
	}
	v := send("", "kind: maintenance\nwindos: []\n", "")
	if v.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", v.status)
	}
	v.tells(t, "Ligne 2", "windos: []")
	if v := send("note.yaml", "", strings.Repeat("x", schemas.MaxDocument+1)); v.status < 400 || v.status >= 500 {
		t.Errorf("a long file: %d", v.status)
	}
	if v := send("", "", ""); v.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing: %d", v.status)
	}
}

// TestTextView writes the text itself.
func TestTextView(t *testing.T) {
	t.Parallel()
	o := open(t)
	r1 := o.as("r1")
	text := example(t, "2023-08-08/notice.yaml")
	id := o.drafted(text)
	place := formOf(id) + "?vue=texte"
	form := r1.get(place).fields(t, place)
	if strings.TrimSpace(form.Get("texte")) != strings.TrimSpace(text) {
		t.Errorf("%s", form.Get("texte"))
	}
	v := r1.post(place, with(form, "texte", "# un mot\n"+strings.Replace(text, "end: 2023-08-08T17:00", "end: 2023-08-08T08:00", 1)))
	if !strings.Contains(v.place, "dit=enregistre") || !strings.Contains(o.held(id).Text, "# un mot") {
		t.Errorf("%d %s", v.status, v.place)
	}
	r1.get(place).tells(t, "Ligne 12 : ")
	form = r1.get(place).fields(t, place)
	v = r1.post(place, with(form, "texte", "kind: [\n"))
	if v.status != http.StatusUnprocessableEntity || len(o.held(id).Entries) != 2 {
		t.Errorf("%d", v.status)
	}
	v.tells(t, "kind: [", "Ligne ")
	// Over what somebody else has saved, it is brought together field by field.
	r2 := o.as("r2")
	r2.post(formOf(id), with(r2.writing(id), "signatory/name", "Anne"))
	v = r1.post(place, with(form, "texte", strings.Replace(form.Get("texte"), "T08:00", "T16:00", 1)))
	n := o.office.read(o.held(id).Text)
	if n.Signatory.Name != "Anne" || n.Windows[0].End.Hour() != 16 {
		t.Errorf("%d\n%s", v.status, o.held(id).Text)
	}
}
