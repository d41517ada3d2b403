package office

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk/form"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates/bureau"
)

// draftRoutes are those of drafting.
func (o *Office) draftRoutes() []route {
	return []route{
		{"GET /nouvelle", staff, o.beginning},
		{"POST /nouvelle", staff, o.begin},
		{"GET /notes/{id}/redaction", staff, o.write},
		{"POST /notes/{id}/redaction", staff, o.save},
		{"POST /notes/{id}/redaction/copie", staff, o.keepCopy},
		{"POST /notes/{id}/presence", staff, o.attend},
		{"POST /notes/{id}/apercu", staff, o.previewAll},
		{"GET /notes/{id}/apercu/{part}", staff, o.previewPart},
		{"POST /notes/{id}/apercu/{part}", staff, o.previewPart},
	}
}

// A paper is a notice that is being written: what its writer started from, and
// what stands in the form.
type paper struct {
	dossier publisher.Dossier
	base    int           // the edition that the form was filled from
	seen    int           // the edition that its writer has seen
	from    notice.Notice // the text at base
	values  url.Values    // the form's
	notice  notice.Notice // what they make of it
	faults  []form.Fault
}

// ownFields are those of the pages themselves: what they begin with.
var ownFields = []string{"jeton", "ordre", "vu", "depuis", "faire", "choix", "reprendre", "depart", "texte", "voir"}

// known is what a form is understood by now.
func (o *Office) known() form.Known {
	return form.Known{Catalogue: o.Publisher.Catalogue, Now: o.Publisher.Now()}
}

// hand is the dossier of a visit, for those who may write it.
func (o *Office) hand(v visit) (publisher.Dossier, error) {
	d, err := o.Publisher.Dossier(v.Context(), v.PathValue("id"))
	if err == nil && v.Account.Bureau != "" && d.Bureau != "" && d.Bureau != v.Account.Bureau {
		err = notice.ErrForbidden
	}
	return d, err
}

// sent is what a form that was sent makes of the notice of its path.
func (o *Office) sent(v visit) (paper, error) {
	d, err := o.hand(v)
	if err != nil {
		return paper{}, err
	}
	if err := v.ParseForm(); err != nil {
		return paper{}, fault(bureau.NotForm)
	}
	p := paper{dossier: d, seen: number(v.PostFormValue("vu")), base: number(v.PostFormValue("depuis"))}
	if p.base == 0 {
		p.base = p.seen
	}
	if p.base == 0 {
		p.base, p.seen = d.Edition, d.Edition
	}
	text, err := d.TextAt(p.base)
	if err != nil {
		return p, err
	}
	values := url.Values{}
	size := 0
	for name, texts := range v.PostForm {
		own, _, _ := strings.Cut(name, "/")
		if !slices.Contains(ownFields, own) {
			values[name] = texts
		}
		for _, text := range texts {
			size += len(text)
		}
	}
	if len(values) > mostFields || size > schemas.MaxDocument {
		return p, fault(bureau.TooMuch)
	}
	p.from = o.read(text)
	p.understand(form.Tidy(values), o.known())
	return p, nil
}

// mostFields is more than any form of ours has.
const mostFields = 4000

// fault is a form that cannot be taken.
func fault(kind bureau.FaultKind) error {
	what, remedy := bureau.FieldFault(kind, "", "")
	return &notice.ValueError{What: what, Remedy: remedy}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// understand takes values for those of the form.
func (p *paper) understand(values url.Values, k form.Known) {
	p.values = values
	p.notice, p.faults = form.Read(values, p.from, k)
}

// read is the notice of a text that was drafted: by its codes, where its names
// can be found.
func (o *Office) read(text string) notice.Notice {
	var n notice.Notice
	schemas.Decode([]byte(text), &n) // what cannot be read was refused when it was drafted
	if canonical, ps := o.Publisher.Catalogue.Canonical(n); len(ps) == 0 {
		return canonical
	}
	return n
}

// write shows the form of the text in hand.
func (o *Office) write(v visit) (answer, error) {
	d, err := o.hand(v)
	if err != nil {
		return nil, err
	}
	if !inHand(d) {
		return o.moved(v, paper{dossier: d, base: d.Edition, seen: d.Edition}, false), nil
	}
	p := paper{dossier: d, base: d.Edition, seen: d.Edition, from: o.read(d.Text)}
	p.understand(form.Values(p.from, o.known()), o.known())
	if v.URL.Query().Get("vue") == "texte" {
		return o.writeText(v, p, d.Text, 0), nil
	}
	copied, kept, err := o.kept(v, d)
	if err != nil {
		return nil, err
	}
	s := draftSheet{paper: p}
	switch {
	case kept && v.URL.Query().Has("reprise"):
		if s.paper, err = o.again(d, copied); err != nil {
			return nil, err
		}
		s.checked = true
	case kept:
		s.copied = &copied.Time
	}
	s.merged = o.mergedFrom(v, d)
	return o.draftForm(v, s)
}

// inHand is whether there is a text to write.
func inHand(d publisher.Dossier) bool {
	return slices.Contains([]publisher.Status{publisher.StatusDraft, publisher.StatusReturned, publisher.StatusSubmitted}, d.Status)
}

// kept is what the visitor has typed and not saved, if that says anything that
// the text in hand does not.
func (o *Office) kept(v visit, d publisher.Dossier) (publisher.Copy, bool, error) {
	c, ok, err := o.Publisher.WorkingCopy(v.Context(), v.Account.ID, d.ID)
	if err != nil || !ok {
		return c, false, err
	}
	p, err := o.again(d, c)
	if err != nil { // it began with nothing that there is
		return c, false, nil
	}
	return c, len(p.faults) > 0 || len(form.Changed(p.notice, p.from)) > 0 && len(form.Changed(p.notice, o.read(d.Text))) > 0, nil
}

// again is the paper of a working copy.
func (o *Office) again(d publisher.Dossier, c publisher.Copy) (paper, error) {
	text, err := d.TextAt(c.Seen)
	if err != nil {
		return paper{}, err
	}
	p := paper{dossier: d, base: c.Seen, seen: c.Seen, from: o.read(text)}
	p.understand(form.Tidy(c.Form), o.known())
	return p, nil
}

// mergedFrom are the fields that somebody else had changed when a form was
// saved over them: ?de and ?a are the editions between which.
func (o *Office) mergedFrom(v visit, d publisher.Dossier) *merged {
	from, to := number(v.URL.Query().Get("de")), number(v.URL.Query().Get("a"))
	before, err := d.TextAt(from)
	if err != nil || from == 0 || to <= from || to > len(d.Entries) {
		return nil
	}
	after, err := d.TextAt(to)
	if err != nil {
		return nil
	}
	a, b := o.read(before), o.read(after)
	m := &merged{by: d.Entries[to-1].Account}
	for _, group := range form.Changed(a, b) {
		m.fields = append(m.fields, bureau.Said{Field: group, What: o.tells(b, group)})
	}
	return m
}

// tells is what a notice says in a group of fields.
func (o *Office) tells(n notice.Notice, group string) string {
	return strings.Join(o.blank(n).Tell(group), " ; ")
}

// blank is a form's body with nothing but the fields of a notice.
func (o *Office) blank(n notice.Notice) bureau.Draft {
	return bureau.Draft{Values: form.Values(n, o.known()), Catalogue: o.Publisher.Catalogue, Bureaus: o.Publisher.Bureaus}
}

// A merged is what was taken in from somebody else.
type merged struct {
	by     string
	fields []bureau.Said
}

// A draftSheet is what the form's page shows.
type draftSheet struct {
	paper
	status  int
	checked bool             // its reader has asked what is wrong
	refused []notice.Problem // why it could not be saved, besides faults
	copied  *time.Time
	merged  *merged
	focus   string
	view    string // the only one of the previews that is looked at; "" for all
}

// draftForm shows the form.
func (o *Office) draftForm(v visit, s draftSheet) (answer, error) {
	others, err := o.present(v.Context(), v)
	if err != nil {
		return nil, err
	}
	body := o.body(s)
	body.Order, body.Presences, body.Copy, body.Focus, body.Checked = stream.NewID(), others, s.copied, s.focus, s.checked
	if s.merged != nil {
		body.By, body.Merged = s.merged.by, s.merged.fields
	}
	page := bureau.Page{Name: "draft", Status: s.status, Title: "Rédaction de la note", Script: "edit.js", Body: body}
	if s.notice.Exercise {
		page.Banner = "EXERCICE"
	}
	return show(page), nil
}

// present says that the visitor has the notice open, and names the others.
func (o *Office) present(ctx context.Context, v visit) ([]bureau.CoWriter, error) {
	all, err := o.Publisher.Open(ctx, v.Account.ID, v.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var others []bureau.CoWriter
	for _, one := range all {
		others = append(others, bureau.CoWriter{Name: one.Account, Since: one.Since})
	}
	return others, nil
}

// body is what the form says of a paper, and of what is wrong with it.
func (o *Office) body(s draftSheet) bureau.Draft {
	d := s.dossier
	body := bureau.Draft{Notice: d.ID, Seen: s.seen, Values: s.values, Catalogue: o.Publisher.Catalogue, Bureaus: o.Publisher.Bureaus,
		Submitted: d.Status == publisher.StatusSubmitted, Echoes: o.echoes(s.paper), Remarks: o.remarksOf(d)}
	if s.base != s.seen {
		body.Seen = s.base // it is held against what it began with
	}
	if d.As != notice.TypePublished {
		body.As, body.Reason = d.As, d.Drafted().Reason
	}
	if d.Status == publisher.StatusReturned {
		body.Returned = d.Reason
	}
	for _, f := range s.faults {
		body.Faults = append(body.Faults, bureau.Said{Field: f.Field, What: sentence(f.What, f.Remedy)})
	}
	for _, p := range s.refused {
		body.Faults = append(body.Faults, o.saidAt(s.notice, p))
	}
	o.check(&body, s.paper)
	body.Clauses, _ = o.Words.Clauses(s.notice) // none while it does not say enough
	for _, c := range body.Clauses {
		body.Echoes["clauses/"+c.ID] = c.Says
	}
	body.Depend = o.dependents(s.notice)
	body.Preview = o.preview(s.paper, s.view == "" || s.view == "courriel")
	return body
}

// remarksOf are the signatory's remarks on fields, by the form's names for
// them; on all of the note, "".
func (o *Office) remarksOf(d publisher.Dossier) map[string][]string {
	all := map[string][]string{}
	n := o.read(d.Text)
	for pointer, texts := range fieldRemarks(d) {
		at := fieldAt(n, pointer)
		all[at] = append(all[at], texts...)
	}
	return all
}

// check says what is wrong with what stands in the form, beside its fields.
func (o *Office) check(body *bureau.Draft, p paper) {
	text, err := schemas.Write(p.notice)
	if err != nil {
		body.Faults = append(body.Faults, bureau.Said{What: o.remarks().FrenchError(err)})
		return
	}
	_, ps := o.Publisher.CheckText(p.dossier, string(text))
	for _, problem := range ps {
		said := o.saidAt(p.notice, problem)
		if slices.ContainsFunc(p.faults, func(f form.Fault) bool { return related(f.Field, said.Field) }) {
			continue // its writer sees that it was not understood
		}
		if problem.Severity == notice.SeverityError {
			body.Problems = append(body.Problems, said)
		} else {
			body.Odd = append(body.Odd, said)
		}
	}
}

// related is whether one of two fields is the other, or holds it.
func related(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

// saidAt is a problem at its field.
func (o *Office) saidAt(n notice.Notice, p notice.Problem) bureau.Said {
	p = o.remarks().French(p)
	return bureau.Said{Field: fieldAt(n, p.Pointer), What: sentence(p.What, p.Remedy)}
}

// sentence is what is wrong and how to mend it.
func sentence(what, remedy string) string {
	if remedy == "" {
		return what
	}
	if strings.HasSuffix(what, ".") || strings.HasSuffix(what, "?") {
		return what + " " + remedy
	}
	return what + "\u00a0: " + remedy
}
