package office

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/drafts"
	"douane.gouv.fr/crieur/templates/reading"
	"douane.gouv.fr/crieur/templates/remarks"
)

// earlierShown is how many notices there are to begin from without a search.
const earlierShown = 10

// beginning shows from what a notice may begin.
func (o *Office) beginning(v visit) (answer, error) {
	return o.beginAgain(v, bureau.New{Query: v.URL.Query().Get("q"), Day: dayAsked(v)}, 0), nil
}

// beginAgain shows it with what was given and what is wrong with that.
func (o *Office) beginAgain(v visit, body bureau.New, status int) answer {
	body.Order = stream.NewID()
	body.Earlier, body.More = o.earlier(v, body.Query)
	return show(bureau.Page{Name: "new", Status: status, Title: "Nouvelle note", Here: "/nouvelle", Body: body})
}

// earlier are the notices to begin from, newest first: those that a search
// finds in their text, reference or id.
func (o *Office) earlier(v visit, query string) (found []bureau.Earlier, more bool) {
	all := o.Publisher.Dossiers()
	slices.Reverse(all) // ids begin with their time
	words := strings.Fields(folded(query))
	for _, d := range all {
		n, ok := o.latest(v, d)
		if !ok || !holds(folded(d.Text+" "+n.Reference+" "+d.Numbers.Reference+" "+o.names(n.Named())), words) {
			continue
		}
		if len(found) == earlierShown {
			return found, true
		}
		found = append(found, bureau.Earlier{ID: d.ID, Title: o.draftTitle(n), Reference: n.Reference, Status: string(d.Status), Date: n.Issued.Date})
	}
	return found, false
}

// folded is a text as a search compares it.
func folded(text string) string { return strings.ReplaceAll(unaccented(text), "-", " ") }

func holds(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// latest is what a notice says, as published or else as drafted.
func (o *Office) latest(v visit, d publisher.Dossier) (notice.Notice, bool) {
	if v.Account.Bureau != "" && d.Bureau != "" && d.Bureau != v.Account.Bureau {
		return notice.Notice{}, false
	}
	if d.State.Number > 0 {
		return d.State.Notice, true
	}
	return o.read(d.Text), d.Text != ""
}

// draftTitle is what a notice is about, as its letter's subject says it.
func (o *Office) draftTitle(n notice.Notice) string {
	doc, err := o.Words.Letter(n)
	if err != nil {
		return n.Cause.Text
	}
	return strings.TrimSuffix(doc.Subject, ".")
}

// begin makes a draft of what is given, or reads a letter first.
func (o *Office) begin(v visit) (answer, error) {
	switch v.FormValue("depuis") {
	case "nature":
		return o.beginKind(v)
	case "note":
		return o.beginEarlier(v)
	case "lettre":
		return o.beginLetter(v)
	case "texte":
		text, err := o.given(v)
		if err != nil {
			return nil, err
		}
		return o.create(v, text, bureau.New{Text: text})
	}
	return nil, notice.ErrNotFound
}

func (o *Office) beginKind(v visit) (answer, error) {
	n, err := drafts.Start(v.FormValue("nature"), o.bureauOf(v), o.Publisher.Bureaus, o.Publisher.Now())
	if err != nil {
		return nil, err
	}
	return o.createOf(v, plannedFor(n, dayAsked(v), o.Publisher.Now()))
}

// bureauOf is the bureau that a visitor writes for: their own or, of those who
// are of every bureau, the first.
func (o *Office) bureauOf(v visit) string {
	if v.Account.Bureau != "" {
		return v.Account.Bureau
	}
	for _, code := range slices.Sorted(maps.Keys(o.Publisher.Bureaus)) {
		return code
	}
	return ""
}

func (o *Office) beginEarlier(v visit) (answer, error) {
	d, err := o.Publisher.Dossier(v.Context(), v.FormValue("note"))
	if err != nil {
		return nil, err
	}
	n, ok := o.latest(v, d)
	if !ok {
		return nil, notice.ErrForbidden
	}
	return o.createOf(v, drafts.FromEarlier(n, o.Publisher.Now()))
}

// createOf makes a draft of a notice.
func (o *Office) createOf(v visit, n notice.Notice) (answer, error) {
	text, err := schemas.Write(n)
	if err != nil {
		return nil, err
	}
	return o.create(v, string(text), bureau.New{Text: string(text)})
}

// given is the text that was pasted, or the file that was sent.
func (o *Office) given(v visit) (string, error) {
	if text := v.FormValue("texte"); strings.TrimSpace(text) != "" {
		return strings.ReplaceAll(text, "\r\n", "\n"), nil
	}
	file, _, err := v.FormFile("fichier")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", nil
	}
	if err != nil {
		return "", fault(bureau.NotForm)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, schemas.MaxDocument+1))
	if err != nil || len(text) > schemas.MaxDocument {
		return "", fault(bureau.TooMuch)
	}
	return string(text), nil
}

// create makes a draft and leads to its form. A text that cannot be read is
// shown with what is wrong with it.
func (o *Office) create(v visit, text string, given bureau.New) (answer, error) {
	order, err := v.order()
	if err != nil {
		return nil, err
	}
	order.Notice, order.Seen = order.Command, 0
	_, err = o.Publisher.Draft(v.Context(), order, publisher.Draft{Text: text})
	if ps := notice.Problems(nil); errors.As(err, &ps) {
		for _, p := range ps {
			f := o.remarks().French(p)
			what := sentence(f.What, f.Remedy)
			if p.Pointer != "" {
				what = templates.Capitalised(remarks.FieldName(p.Pointer)) + "\u00a0: " + what
			}
			given.Lines = append(given.Lines, bureau.Line{Number: p.Line, What: what, Error: true})
		}
		return o.beginAgain(v, given, http.StatusUnprocessableEntity), nil
	}
	place := "/notes/" + order.Notice + "/redaction"
	if errors.Is(err, notice.ErrConflict) { // the page was used for another one before
		if _, found := o.Publisher.Dossier(v.Context(), order.Notice); found == nil {
			return send(place, "dejacree"), nil
		}
	}
	if err != nil {
		return nil, err
	}
	return send(place, "cree"), nil
}

// beginLetter shows what a letter was understood to say; what its reader then
// confirms becomes a draft.
func (o *Office) beginLetter(v visit) (answer, error) {
	letter := v.FormValue("lettre")
	if v.FormValue("etape") == "creer" {
		return o.create(v, v.FormValue("texte"), bureau.New{Text: v.FormValue("texte")})
	}
	read, err := reading.New(o.Words).Letter(letter, o.Publisher.Now())
	if err != nil {
		return o.beginAgain(v, bureau.New{Letter: letter, LetterWrong: o.remarks().FrenchError(err)}, http.StatusUnprocessableEntity), nil
	}
	if read.Notice.Issuer == "" {
		read.Notice.Issuer = o.bureauOf(v)
	}
	text, err := schemas.Write(read.Notice)
	if err != nil {
		return nil, err
	}
	body := bureau.Read{Order: stream.NewID(), Letter: letter, Text: string(text), Unread: read.Unread, Adds: read.Adds}
	for _, p := range read.Recognised {
		if p.Field != "" {
			body.Recognised = append(body.Recognised, bureau.Said{Field: templates.Capitalised(remarks.FieldName(p.Field)), What: p.Words})
		}
	}
	for _, d := range read.Doubts {
		body.Doubts = append(body.Doubts, bureau.Said{Field: templates.Capitalised(remarks.FieldName(d.Field)), What: d.What})
	}
	return show(bureau.Page{Name: "new-letter", Title: "Lettre lue", Here: "/nouvelle", Body: body}), nil
}
