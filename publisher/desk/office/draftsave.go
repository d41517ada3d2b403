package office

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk/form"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/remarks"
)

// save does what the form's button says: it saves, checks, previews, or
// changes the form itself.
func (o *Office) save(v visit) (answer, error) {
	p, err := o.sent(v)
	if err != nil {
		return nil, err
	}
	if v.URL.Query().Get("vue") == "texte" {
		return o.saveText(v, p)
	}
	act := v.PostFormValue("faire")
	switch {
	case act == "verifier" || act == "apercu":
		return o.draftForm(v, draftSheet{paper: p, checked: act == "verifier"})
	case act == "services" || strings.HasPrefix(act, "services/"):
		if code := strings.TrimPrefix(act, "services/"); code != act {
			p.values.Add("services", code)
		}
		return o.draftForm(v, o.withServices(p))
	}
	if focus, ok := form.Do(p.values, act); ok {
		shown := p.values
		p.understand(form.Tidy(shown), o.known())
		p.values = shown
		if act == "scope+" && p.from.Scope == nil { // codes become names
			shown["scope/0/services"] = form.Values(p.notice, o.known())["scope/0/services"]
		}
		return o.draftForm(v, draftSheet{paper: p, focus: focus})
	}
	if len(p.faults) > 0 {
		o.keep(v, p)
		return o.draftForm(v, draftSheet{paper: p, checked: true, status: http.StatusUnprocessableEntity})
	}
	return o.store(v, p)
}

// withServices takes the services that were written into those that are
// ticked.
func (o *Office) withServices(p paper) draftSheet {
	p.understand(p.values, o.known())
	p.values["services"] = append([]string{""}, p.notice.Services...)
	if !slices.ContainsFunc(p.faults, func(f form.Fault) bool { return f.Field == "services/add" }) {
		p.values["services/add"] = []string{""}
	}
	return draftSheet{paper: p, focus: "services/add"}
}

// keep keeps what was typed; that it cannot be kept stops nobody.
func (o *Office) keep(v visit, p paper) {
	c := publisher.Copy{Form: p.values, Seen: p.base, Time: o.Publisher.Now()}
	if err := o.Publisher.KeepCopy(v.Context(), v.Account.ID, p.dossier.ID, c); err != nil {
		o.Log.Warn("cannot keep a working copy", "notice", p.dossier.ID, "err", err)
	}
}

// decisions is how often a form is held against what others have just saved.
const decisions = 4

// store saves what stands in the form, over what others have saved meanwhile.
func (o *Office) store(v visit, p paper) (answer, error) {
	order, err := v.order()
	if err != nil {
		return nil, err
	}
	for range decisions {
		if _, done := ofCommand(p.dossier, order.Command); done {
			return o.saved(v, p, nil), nil
		}
		a, err := o.settle(v, p, order)
		if !errors.Is(err, notice.ErrConflict) {
			return a, err
		}
		if p.dossier, err = o.hand(v); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: others keep changing notice %s; try again", notice.ErrConflict, p.dossier.ID)
}

// ofCommand is the entry that a command made.
func ofCommand(d publisher.Dossier, command string) (publisher.Entry, bool) {
	i := slices.IndexFunc(d.Entries, func(e publisher.Entry) bool { return e.Command == command })
	if i < 0 {
		return publisher.Entry{}, false
	}
	return d.Entries[i], true
}

// settle saves on the dossier as it is known, or asks what is to be done. An
// error that is notice.ErrConflict says that it is another by now.
func (o *Office) settle(v visit, p paper, order publisher.Order) (answer, error) {
	d := p.dossier
	if !inHand(d) {
		return o.moved(v, p, false), nil
	}
	if d.Status == publisher.StatusSubmitted && p.seen < d.Edition && v.PostFormValue("reprendre") == "" {
		return o.moved(v, p, true), nil
	}
	theirs := o.read(d.Text)
	m := form.Three(p.from, p.notice, theirs, func(group string) bool { return v.PostFormValue("choix/"+group) == "mien" })
	if len(m.Both) > 0 && !o.decided(v, p, m) {
		o.keep(v, p)
		return o.conflict(v, p, m, theirs), nil
	}
	if len(form.Changed(m.Notice, theirs)) == 0 {
		return o.saved(v, p, &m), nil
	}
	text, err := schemas.Write(m.Notice)
	if err != nil {
		return nil, err
	}
	order.Seen = d.Edition
	_, err = o.Publisher.Draft(v.Context(), order, publisher.Draft{Text: string(text), As: d.As, Reason: d.Drafted().Reason})
	if problems := notice.Problems(nil); errors.As(err, &problems) || errors.Is(err, notice.ErrInvalid) {
		return o.refused(v, p, err)
	}
	if err != nil {
		return nil, err
	}
	return o.saved(v, p, &m), nil
}

// decided is whether the form says, of each field that two people have changed,
// whose is to stand, and rests on what the other has made of it.
func (o *Office) decided(v visit, p paper, m form.Merge) bool {
	return p.seen == p.dossier.Edition && p.base < p.seen && !slices.ContainsFunc(m.Both, func(group string) bool {
		choice := v.PostFormValue("choix/" + group)
		return choice != "mien" && choice != "leur"
	})
}

// refused shows the form with why the publisher did not take it.
func (o *Office) refused(v visit, p paper, err error) (answer, error) {
	o.keep(v, p)
	ps := notice.Problems(nil)
	if !errors.As(err, &ps) {
		ps = notice.Problems{{Severity: notice.SeverityError, What: err.Error()}}
		if bad := (*notice.ValueError)(nil); errors.As(err, &bad) {
			ps[0].What, ps[0].Remedy = bad.What, bad.Remedy
		}
	}
	return o.draftForm(v, draftSheet{paper: p, refused: ps, checked: true, status: http.StatusUnprocessableEntity})
}

// saved leads on from a form that is saved.
func (o *Office) saved(v visit, p paper, m *form.Merge) answer {
	if err := o.Publisher.DropCopy(v.Context(), v.Account.ID, p.dossier.ID); err != nil {
		o.Log.Warn("cannot drop a working copy", "notice", p.dossier.ID, "err", err)
	}
	place, query := "/notes/"+p.dossier.ID, url.Values{"dit": {"enregistre"}}
	switch v.PostFormValue("faire") {
	case "soumettre":
		return send(place, "enregistre")
	case "texte":
		query.Set("vue", "texte")
	}
	if m != nil && len(m.Theirs)+len(m.Both) > 0 {
		query.Set("de", fmt.Sprint(p.base))
		query.Set("a", fmt.Sprint(p.dossier.Edition))
	}
	return send(place+"/redaction?"+query.Encode(), "")
}

// conflict shows, field by field, what two people have made of the notice.
func (o *Office) conflict(v visit, p paper, m form.Merge, theirs notice.Notice) answer {
	last := p.dossier.Drafted()
	body := bureau.Conflict{Notice: p.dossier.ID, Order: stream.NewID(), From: p.base, Seen: p.dossier.Edition, By: last.Account, At: last.Time,
		Values: p.values, Wrong: p.base < p.seen && p.seen == p.dossier.Edition}
	before, his, mine := o.blank(p.from), o.blank(theirs), o.blank(p.notice)
	for _, group := range m.Both {
		body.Fields = append(body.Fields, bureau.Difference{Group: group, Label: bureau.Label(group), Before: before.Tell(group),
			Theirs: his.Tell(group), Mine: mine.Tell(group), Choice: v.PostFormValue("choix/" + group)})
	}
	for _, group := range slices.Concat(m.Theirs, m.Mine) {
		body.Merged = append(body.Merged, bureau.Said{Field: group, What: o.tells(m.Notice, group)})
	}
	return show(bureau.Page{Name: "draft-conflict", Status: http.StatusConflict, Title: "Deux personnes ont modifié ce projet", Body: body})
}

// moved says that the notice went on its way; again offers to take it back.
func (o *Office) moved(v visit, p paper, again bool) answer {
	if len(p.values) > 0 && !again {
		o.keep(v, p)
	}
	d := p.dossier
	body := bureau.Moved{Notice: d.ID, Order: stream.NewID(), From: p.base, Seen: d.Edition, Status: string(d.Status), Again: again, Values: p.values}
	if d.Edition > 0 {
		body.By, body.At = d.Entries[d.Edition-1].Account, d.Entries[d.Edition-1].Time
	}
	return show(bureau.Page{Name: "draft-moved", Status: http.StatusConflict, Title: "La note n’est plus en rédaction", Body: body})
}

// writeText shows the text itself.
func (o *Office) writeText(v visit, p paper, text string, status int) answer {
	body := bureau.Draft{Notice: p.dossier.ID, Order: stream.NewID(), Seen: p.seen, AsText: true, Text: text,
		Submitted: p.dossier.Status == publisher.StatusSubmitted}
	if p.dossier.As != notice.TypePublished {
		body.As, body.Reason = p.dossier.As, p.dossier.Drafted().Reason
	}
	_, ps := o.Publisher.CheckText(p.dossier, text)
	for _, problem := range ps {
		f := o.remarks().French(problem)
		what := sentence(f.What, f.Remedy)
		if problem.Pointer != "" {
			what = templates.Capitalised(remarks.FieldName(problem.Pointer)) + "\u00a0: " + what
		}
		body.Lines = append(body.Lines, bureau.Line{Number: problem.Line, What: what, Error: problem.Severity == notice.SeverityError})
	}
	return show(bureau.Page{Name: "draft", Status: status, Title: "Rédaction de la note", Script: "edit.js", Body: body})
}

// saveText saves the text as it was written. Over what others have saved
// meanwhile it does not: it is shown beside it.
func (o *Office) saveText(v visit, p paper) (answer, error) {
	text := strings.ReplaceAll(v.PostFormValue("texte"), "\r\n", "\n")
	var n notice.Notice
	if _, ps := schemas.Decode([]byte(text), &n); ps.Err() != nil {
		return o.writeText(v, p, text, http.StatusUnprocessableEntity), nil
	}
	order, err := v.order()
	if err != nil {
		return nil, err
	}
	d := p.dossier
	if _, done := ofCommand(d, order.Command); done || text == d.Text && p.seen == d.Edition {
		return o.saved(v, p, nil), nil
	}
	if p.seen != d.Edition { // field by field, as the form does
		p.notice, p.values = n, form.Values(n, o.known())
		return o.store(v, p)
	}
	if !inHand(d) {
		return o.moved(v, p, false), nil
	}
	order.Seen = d.Edition
	_, err = o.Publisher.Draft(v.Context(), order, publisher.Draft{Text: text, As: d.As, Reason: d.Drafted().Reason})
	if errors.Is(err, notice.ErrConflict) {
		if p.dossier, err = o.hand(v); err != nil {
			return nil, err
		}
		p.notice, p.values = n, form.Values(n, o.known())
		return o.store(v, p)
	}
	if err != nil {
		return nil, err
	}
	return o.saved(v, p, nil), nil
}
