package office

import (
	"fmt"
	"net/http"

	"douane.gouv.fr/crieur/publisher/desk/form"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
)

// Weather shows the météo as it would be at an instant if a notice were
// published; cmd fills it.
type Weather interface {
	// Foresee is the page, whole.
	Foresee(s notice.State, at notice.Time) ([]byte, error)
}

// would is what is said if what stands in the form is published now.
func (o *Office) would(p paper) (notice.State, notice.Event) {
	return o.Publisher.Preview(p.dossier, p.notice)
}

// preview is the letter of what stands in the form and, if they are wanted, the
// mails.
func (o *Office) preview(p paper, mails bool) bureau.Preview {
	s, e := o.would(p)
	doc, err := o.Words.EventLetter(s, e)
	if err != nil {
		return bureau.Preview{Missing: o.remarks().FrenchError(err)}
	}
	v := bureau.Preview{Letter: templates.HTML(doc, 4), Place: templates.Plain(doc.PlaceDate), Subject: doc.Subject,
		Role: doc.Signature.Role, Name: doc.Signature.Name, Banner: doc.Banner}
	if mails {
		v.Mail, v.English = o.mail(s, e, ""), o.mail(s, e, "en")
	}
	return v
}

// mail is one of the mails; nothing where it cannot be composed.
func (o *Office) mail(s notice.State, e notice.Event, lang string) bureau.Mail {
	m, err := o.Words.Mail(s, e, templates.Telling{Lang: lang}, templates.Foot{Page: o.House.Public + "/notices/" + s.ID, Outlook: o.House.Public + "/"})
	if err != nil {
		return bureau.Mail{}
	}
	return bureau.Mail{Subject: m.Subject, HTML: m.HTML, Text: m.Text}
}

// A live is what the form's script is told at each key: what would leave, and
// what is said at each field.
type live struct {
	Letter  string            `json:"lettre"`
	Subject string            `json:"objet"`
	Mail    string            `json:"courriel"`
	Text    string            `json:"texte"`
	English [2]string         `json:"anglais"` // subject, HTML
	Outlook string            `json:"meteo"`
	Said    map[string]string `json:"champs"` // HTML by field
	Wrong   []string          `json:"fautes"` // fields
	Summary string            `json:"resume"`
	Depend  string            `json:"dependances"`
}

// previewAll answers the form's script.
func (o *Office) previewAll(v visit) (answer, error) {
	p, err := o.sent(v)
	if err != nil {
		return nil, err
	}
	view := v.PostFormValue("voir") // composing what nobody looks at would take half of the time
	body := o.body(draftSheet{paper: p, view: view})
	m := body.Preview
	l := live{Subject: m.Mail.Subject, Mail: m.Mail.HTML, Text: m.Mail.Text, English: [2]string{m.English.Subject, m.English.HTML}, Said: map[string]string{}}
	for _, part := range []struct {
		to   *string
		name string
		of   any
	}{{&l.Letter, "draft-letter", m}, {&l.Summary, "draft-summary", body}, {&l.Depend, "draft-depend", body.Depend}} {
		if *part.to, err = o.House.Part(part.name, part.of); err != nil {
			return nil, err
		}
	}
	for _, name := range body.Places() {
		f := body.F(name)
		if l.Said[name], err = o.House.Part("draft-said", f); err != nil {
			return nil, err
		}
		if len(f.Errors) > 0 {
			l.Wrong = append(l.Wrong, name)
		}
	}
	if view == "" || view == "meteo" {
		page, err := o.foresee(p)
		if err != nil {
			return nil, err
		}
		l.Outlook = string(page)
	}
	return o.tell(l, nil), nil
}

// foresee is the météo at the start of the first window.
func (o *Office) foresee(p paper) ([]byte, error) {
	if o.Weather == nil {
		return nil, nil
	}
	s, _ := o.would(p)
	at := notice.At(o.Publisher.Now())
	if w := s.Notice.Occurrences(); len(w) > 0 && w[0].Start.After(at.Time) {
		at = w[0].Start
	}
	return o.Weather.Foresee(s, at)
}

// framed is what a frame of our own pages may do: show what is in it.
const framed = "default-src 'none'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; style-src "

// previewPart gives one part of the preview by itself: of what was sent or, if
// nothing was, of what is saved.
func (o *Office) previewPart(v visit) (answer, error) {
	p, err := o.shown(v)
	if err != nil {
		return nil, err
	}
	switch v.PathValue("part") {
	case "courriel":
		s, e := o.would(p)
		lang := v.URL.Query().Get("langue")
		page := []byte(o.mail(s, e, lang).HTML)
		if len(page) == 0 {
			return o.notYet(p)
		}
		return frame("'unsafe-inline'", page), nil
	case "meteo":
		page, err := o.foresee(p)
		if err != nil || len(page) == 0 {
			return o.notYet(p)
		}
		return frame("'self'", page), nil
	case "lettre.pdf":
		return o.draftLetter(p)
	}
	return nil, notice.ErrNotFound
}

// shown is the paper that a preview is of.
func (o *Office) shown(v visit) (paper, error) {
	if v.Method == http.MethodPost {
		return o.sent(v)
	}
	d, err := o.hand(v)
	p := paper{dossier: d, base: d.Edition, seen: d.Edition, from: o.read(d.Text)}
	p.understand(form.Values(p.from, o.known()), o.known())
	return p, err
}

// notYet says in a frame why there is nothing to see yet.
func (o *Office) notYet(p paper) (answer, error) {
	page, err := o.House.Part("draft-missing", o.preview(p, false).Missing)
	return frame("'self'", []byte(page)), err
}

// frame answers with a page for one of our frames.
func frame(styles string, page []byte) answer {
	return func(o *Office, v visit) {
		o.House.Guard(v.w)
		v.w.Header().Set("Content-Security-Policy", framed+styles)
		v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = v.w.Write(page) // who left is nobody's fault
	}
}

// draftLetter is the letter as it would be drawn, with a mark on every page
// that says it is none yet.
func (o *Office) draftLetter(p paper) (answer, error) {
	s, e := o.would(p)
	doc, err := o.Words.EventLetter(s, e)
	if err != nil {
		return o.notYet(p)
	}
	doc.Banner = bureau.Specimen(doc.Banner)
	pdf, err := o.Publisher.Letter(doc, e.Act)
	if err != nil {
		return nil, fmt.Errorf("draw the letter: %w", err)
	}
	return give("application/pdf", pdf), nil
}
