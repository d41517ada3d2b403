package office

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
)

// paperOrder is the command that a form carries about the paper in hand, and whether
// it has been carried out: a double click, or a form sent again by the back
// button.
func (o *Office) paperOrder(v visit) (order publisher.Order, x publisher.Dossier, done bool, err error) {
	if order, err = v.order(); err != nil {
		return order, x, false, err
	}
	x, err = o.dossier(v)
	return order, x, slices.ContainsFunc(x.Entries, func(e publisher.Entry) bool { return e.Command == order.Command }), err
}

// typedIn are some fields of a form as they were sent.
func typedIn(v visit, names ...string) bureau.Typed {
	typed := bureau.Typed{}
	for _, name := range names {
		typed[name] = v.PostForm[name]
	}
	return typed
}

// A deedOnPaper is something done to the paper in hand from its dossier.
type deedOnPaper struct {
	fields []string // of its form
	needs  string   // the field that must not be empty; "" for none
	field  string   // the id of its place on the page
	said   string   // what the page says then
	do     func(publisher.Order) (publisher.Dossier, error)
}

// onPaper does something to the paper in hand and leads back to the dossier.
// Where that cannot be, the dossier says why, with all that was typed.
func (o *Office) onPaper(v visit, d deedOnPaper) (answer, error) {
	order, x, done, err := o.paperOrder(v)
	switch {
	case err != nil:
		return nil, err
	case done:
		return send("/notes/"+x.ID, d.said), nil
	}
	typed := typedIn(v, d.fields...)
	if d.needs != "" && strings.TrimSpace(v.PostFormValue(d.needs)) == "" {
		return o.paperPage(v, x, typed, []bureau.Slip{{Field: d.field, Text: bureau.SayReason}}, http.StatusUnprocessableEntity), nil
	}
	_, err = d.do(order)
	if status, told := refusedAs(err); told {
		if x, failed := o.dossier(v); failed == nil {
			return o.paperPage(v, x, typed, o.faults(err, d.field), status), nil
		}
	}
	return send("/notes/"+x.ID, d.said), err
}

// refusedAs is the status of a refusal that the page itself tells.
func refusedAs(err error) (int, bool) {
	switch {
	case errors.Is(err, notice.ErrConflict):
		return http.StatusConflict, true
	case errors.Is(err, notice.ErrInvalid):
		return http.StatusUnprocessableEntity, true
	}
	return 0, false
}

// faults are what was wrong with a deed, in French. Who comes late is told who
// was faster.
func (o *Office) faults(err error, field string) []bureau.Slip {
	if errors.Is(err, notice.ErrConflict) {
		field = ""
	}
	var all []bureau.Slip
	for _, p := range o.remarks().FrenchProblems(err) {
		all = append(all, bureau.Slip{Field: field, Text: strings.TrimSpace(p.What + " " + p.Remedy)})
	}
	return all
}

// submit asks for a signature, with a word.
func (o *Office) submit(v visit) (answer, error) {
	return o.onPaper(v, deedOnPaper{fields: []string{"mot"}, field: "mot", said: "soumis", do: func(order publisher.Order) (publisher.Dossier, error) {
		return o.Publisher.SubmitWith(v.Context(), order, v.PostFormValue("mot"))
	}})
}

// withdraw gives up what is in hand.
func (o *Office) withdraw(v visit) (answer, error) {
	return o.onPaper(v, deedOnPaper{fields: []string{"motif"}, needs: "motif", field: "motif-retrait", said: "retire", do: func(order publisher.Order) (publisher.Dossier, error) {
		return o.Publisher.Withdraw(v.Context(), order, v.PostFormValue("motif"))
	}})
}

// review says that a second signatory has looked at what was published in an
// emergency.
func (o *Office) review(v visit) (answer, error) {
	return o.onPaper(v, deedOnPaper{fields: []string{"remarque"}, field: "remarque-relecture", said: "relu", do: func(order publisher.Order) (publisher.Dossier, error) {
		order.Seen = 0 // the paper in hand is another matter
		return o.Publisher.Review(v.Context(), order, v.PostFormValue("remarque"))
	}})
}

// amend begins the text that corrects or changes what is published, and leads
// to its form.
func (o *Office) amend(v visit) (answer, error) {
	order, x, done, err := o.paperOrder(v)
	form := "/notes/" + x.ID + "/redaction"
	switch {
	case err != nil:
		return nil, err
	case done:
		return send(form, "amende"), nil
	}
	as, reason := notice.Type(v.PostFormValue("comme")), strings.TrimSpace(v.PostFormValue("motif"))
	var wrong []bureau.Slip
	if as != notice.TypeCorrected && as != notice.TypeChanged {
		wrong = append(wrong, bureau.Slip{Field: "comme", Text: bureau.SayAs})
	}
	if reason == "" {
		wrong = append(wrong, bureau.Slip{Field: "motif-suite", Text: bureau.SayReason})
	}
	typed := typedIn(v, "comme", "motif")
	if len(wrong) > 0 {
		return o.paperPage(v, x, typed, wrong, http.StatusUnprocessableEntity), nil
	}
	text, err := schemas.Write(x.State.Notice)
	if err != nil {
		return nil, err
	}
	_, err = o.Publisher.Draft(v.Context(), order, publisher.Draft{Text: string(text), As: as, Reason: reason})
	if status, told := refusedAs(err); told {
		if x, failed := o.dossier(v); failed == nil {
			return o.paperPage(v, x, typed, o.faults(err, "motif-suite"), status), nil
		}
	}
	return send(form, "amende"), err
}
