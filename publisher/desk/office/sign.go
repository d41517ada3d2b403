package office

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/reading"
	"douane.gouv.fr/crieur/templates/remarks"
)

// signRoutes are those of sign-off, and of the dossier beside it.
func (o *Office) signRoutes() []route {
	return append(o.paperRoutes(),
		route{"GET /notes/{id}/signature", signers, o.signature},
		route{"POST /notes/{id}/signer", signers, o.sign},
		route{"POST /notes/{id}/retourner", signers, o.giveBack},
	)
}

// A look is one showing of what is to be signed.
type look struct {
	x      publisher.Dossier
	at     time.Time // of the publication that is thought of
	base   string    // what it is compared with; "" for the nearest
	since  int       // with base "page": the edition that was seen
	alert  string    // why it is shown again
	warned []string  // the warnings that were shown before; nil for the first time
	typed  bureau.Typed
	wrong  []bureau.Slip
	status int
	remark bool // the form to return it is open
}

// signature shows what is to be signed. What is not to be signed any more has
// its dossier.
func (o *Office) signature(v visit) (answer, error) {
	x, err := o.dossier(v)
	if err != nil {
		return nil, err
	}
	if !signable(x) {
		return send("/notes/"+x.ID, ""), nil
	}
	return o.looked(v, look{x: x, at: o.Publisher.Now(), base: v.URL.Query().Get("depuis")})
}

func signable(x publisher.Dossier) bool {
	return slices.Contains([]publisher.Status{publisher.StatusDraft, publisher.StatusSubmitted, publisher.StatusReturned}, x.Status)
}

// looked is the page of a look.
func (o *Office) looked(v visit, l look) (answer, error) {
	x := l.x
	pr, err := o.Publisher.Proof(x, l.at)
	if err != nil && pr.Problems.Err() == nil {
		return nil, err
	}
	s := bureau.Signature{Brief: o.brief(v, x), Facts: o.facts(x, pr.Notice, pr.Problems), Reason: x.Drafted().Reason, Authors: x.Authors(),
		Under: bureau.InPlace(string(v.Account.Under.By), v.Account.Under.Of), Signs: bureau.Signs(pr.Notice.Signatory), Own: mayOf(v, x).Own, Unasked: x.Status != publisher.StatusSubmitted,
		Alert: l.alert, Troubles: o.troubles(pr.Problems, l.warned), Letter: o.letter(pr, err, "/notes/"+x.ID+"/lettre.pdf"),
		Spots: spots(pr.Notice), Order: stream.NewID(), Give: stream.NewID(), Seen: x.Edition, Hash: pr.Hash, Warned: warnings(pr.Problems),
		Token: v.Token, Typed: l.typed, Wrong: l.wrong, Remarking: l.remark}
	if s.Changes, err = o.sinceThen(v, l, pr.Notice); err != nil {
		return nil, err
	}
	if s.Letter != nil {
		if err := o.willSay(v, x, pr.Notice, &s); err != nil {
			return nil, err
		}
	}
	page := bureau.Page{Name: "signature", Title: bureau.SignTitle(s.Title), Status: l.status, Body: s}
	if s.Exercise {
		page.Banner = "EXERCICE"
	}
	return show(page), nil
}

// willSay fills in the mail, and how many it will reach.
func (o *Office) willSay(v visit, x publisher.Dossier, n notice.Notice, s *bureau.Signature) error {
	after, e := o.Publisher.Preview(x, n)
	mail, err := o.Words.Mail(after, e, templates.Telling{}, templates.Foot{})
	if err != nil {
		return err
	}
	doc, err := o.Words.Message(after, e, templates.Telling{})
	if err != nil {
		return err
	}
	s.Subject, s.Words = mail.Subject, templates.HTML(doc, 3)
	if s.Push[0], s.Push[1], err = o.Words.Brief(after, e); err != nil {
		return err
	}
	if s.Reach, err = o.Audience.Reached(v.Context(), after, e); err != nil {
		o.Log.Warn("cannot say how many will be told", "notice", x.ID, "err", err) // which keeps nobody from telling them
	}
	return nil
}

// warnings name the warnings that a page shows, so that none is signed unseen.
func warnings(ps notice.Problems) []string {
	var all []string
	for _, p := range ps {
		if p.Severity == notice.SeverityWarning {
			all = append(all, warning(p))
		}
	}
	return all
}

func warning(p notice.Problem) string {
	sum := sha256.Sum256([]byte(p.Pointer + "\n" + p.What))
	return hex.EncodeToString(sum[:8])
}

// sinceThen is what has changed since what a look is compared with: what its
// reader saw last, what came back, what is published. None where there is
// nothing to compare with.
func (o *Office) sinceThen(v visit, l look, now notice.Notice) (*bureau.Changes, error) {
	x, seen := l.x, l.since
	if l.base != "page" {
		had, err := o.Publisher.LookAt(v.Context(), v.Account.ID, x)
		if err != nil {
			return nil, err
		}
		seen = had.Edition
	}
	all := basesOf(l, seen)
	if len(all) == 0 {
		return nil, nil
	}
	chosen := all[max(slices.IndexFunc(all, func(b base) bool { return b.name == l.base }), 0)]
	var c *bureau.Changes
	if chosen.entry == 0 {
		c = o.changesOf(chosen.name, x.State.Notice, now)
		c.At = x.State.Updated
	} else {
		e := x.Entries[chosen.entry-1]
		c = o.changes(chosen.name, e.Text, x.Text)
		c.Who, c.At = account(e.Account), e.Time
	}
	for _, b := range all {
		if b != chosen {
			c.Others = append(c.Others, bureau.Step{Place: "/notes/" + x.ID + "/signature?depuis=" + b.name, Label: bureau.Compare(b.name)})
		}
	}
	return c, nil
}

// A base is an earlier text to compare with.
type base struct {
	name  string
	entry int // that holds it; 0 for what is published
}

// basesOf are the texts that a look may be compared with, the nearest first:
// none of them is the one in hand.
func basesOf(l look, seen int) []base {
	x := l.x
	if l.base == "page" {
		return slices.DeleteFunc([]base{{"page", textAt(x, seen)}}, func(b base) bool { return b.entry == 0 || b.entry == x.Draft })
	}
	returned := 0
	for _, e := range x.Entries {
		if e.Type == publisher.Returned {
			returned = e.Number
		}
	}
	all := slices.DeleteFunc([]base{{"vu", textAt(x, seen)}, {"retour", textAt(x, returned)}},
		func(b base) bool { return b.entry == 0 || b.entry == x.Draft })
	if x.State.Number > 0 {
		all = append(all, base{name: "publie"})
	}
	return all
}

// textAt is the number of the entry whose text was in hand at an edition; 0 for
// none.
func textAt(x publisher.Dossier, edition int) int {
	if edition < 1 || edition > len(x.Entries) {
		return 0
	}
	if x.Entries[edition-1].Type == publisher.Drafted {
		return edition
	}
	return textBefore(x, edition)
}

// spots are the fields to which a remark can be made: all of the note, then
// those that it has.
func spots(n notice.Notice) []bureau.Spot {
	pointers := []string{"/kind", "/signatory/name", "/contact", "/issued/date", "/cause", "/services", "/modes", "/effect"}
	for i := range n.Windows {
		at := "/windows/" + strconv.Itoa(i)
		pointers = append(pointers, at+"/start", at+"/end", at+"/may_extend_until")
	}
	for i := range n.Scope {
		pointers = append(pointers, "/scope/"+strconv.Itoa(i))
	}
	pointers = append(pointers, "/messages", "/fallback", "/reinjection", "/advice", "/workaround", "/sent", "/instead", "/documents")
	for i := range n.Paragraphs {
		pointers = append(pointers, "/paragraphs/"+strconv.Itoa(i))
	}
	pointers = append(pointers, "/clauses", "/distribution")
	all := []bureau.Spot{{Pointer: "", Field: bureau.WholeNote}}
	for _, p := range pointers {
		all = append(all, bureau.Spot{Pointer: p, Field: remarks.FieldName(p)})
	}
	return all
}

// sign signs what was shown, and nothing else: where the letter, the paper or
// the warnings are others by now, the page is shown again with what differs.
func (o *Office) sign(v visit) (answer, error) {
	order, x, done, err := o.paperOrder(v)
	switch {
	case err != nil:
		return nil, err
	case done:
		return o.signed(x), nil
	}
	l, off := o.signOff(v, x)
	if !signable(x) || len(l.wrong) > 0 {
		return o.notSigned(v, l, nil)
	}
	pr, err := o.Publisher.Proof(x, l.at)
	switch {
	case err != nil:
		return o.notSigned(v, l, err)
	case order.Seen != x.Edition:
		l.base, l.since, l.alert = "page", order.Seen, bureau.LetterOther
		l.status = http.StatusConflict
		return o.looked(v, l)
	case off.Shown != pr.Hash:
		l.alert, l.status = bureau.WordsOther, http.StatusConflict
		return o.looked(v, l)
	case slices.ContainsFunc(warnings(pr.Problems), func(w string) bool { return !slices.Contains(l.warned, w) }):
		l.alert, l.status = bureau.WarningOther, http.StatusConflict
		return o.looked(v, l)
	}
	x, err = o.Publisher.Approve(v.Context(), order, off)
	if err != nil {
		return o.notSigned(v, l, err)
	}
	return o.signed(x), nil
}

// signOff reads the form of a signature.
func (o *Office) signOff(v visit, x publisher.Dossier) (look, publisher.SignOff) {
	now := o.Publisher.Now()
	l := look{x: x, at: now, typed: typedIn(v, "quand", "quand-a", "urgence"), warned: append([]string{}, v.PostForm["averti"]...), status: http.StatusUnprocessableEntity}
	off := publisher.SignOff{Shown: v.PostFormValue("lettre"), Emergency: strings.TrimSpace(v.PostFormValue("urgence"))}
	if off.Shown == "" {
		off.Shown = "none" // a signature rests on what was shown
	}
	fault := func(field, text string) { l.wrong = append(l.wrong, bureau.Slip{Field: field, Text: text}) }
	written := strings.TrimSpace(v.PostFormValue("quand-a"))
	switch {
	case v.PostFormValue("quand") != "a" && written != "":
		fault("quand-a", bureau.SlipEitherOr)
	case v.PostFormValue("quand") != "a":
	case written == "":
		fault("quand-a", bureau.SayWhen)
	default:
		at, _, err := reading.Moment(written, now)
		switch {
		case err != nil:
			fault("quand-a", bureau.Remedied(err.What, err.Remedy))
		case !at.After(now):
			fault("quand-a", bureau.WhenGone)
		default:
			l.at, off.At = at.Time, at.Time
		}
	}
	if (mayOf(v, x).Own || x.Status != publisher.StatusSubmitted) && off.Emergency == "" && signable(x) {
		fault("urgence", bureau.SayUrgency)
	}
	return l, off
}

// signed leads on from a signature.
func (o *Office) signed(x publisher.Dossier) answer {
	said := "publie"
	if x.Status == publisher.StatusApproved {
		said = "programme"
	}
	return send("/notes/"+x.ID, said)
}

// notSigned shows why a signature was not taken: on the page where there is
// still something to sign, else on the dossier, which says who was faster.
func (o *Office) notSigned(v visit, l look, err error) (answer, error) {
	if _, told := refusedAs(err); err != nil && !told && !errors.Is(err, notice.ErrForbidden) {
		return nil, err
	}
	if x, failed := o.dossier(v); failed == nil {
		l.x = x
	}
	if status, told := refusedAs(err); told {
		l.status = status
	} else if err != nil {
		l.status = http.StatusForbidden
	}
	if err != nil {
		l.wrong = append(l.wrong, o.faults(err, "")...)
	}
	if signable(l.x) {
		return o.looked(v, l)
	}
	if err == nil || len(l.wrong) == 0 {
		l.wrong = []bureau.Slip{{Text: o.settledBy(l.x)}}
	}
	return o.paperPage(v, l.x, nil, l.wrong, http.StatusConflict), nil
}

// settledBy says who did what that leaves nothing to sign.
func (o *Office) settledBy(x publisher.Dossier) string {
	e := x.Entries[max(x.Edition, 1)-1]
	return bureau.Settled(account(e.Account), string(e.Type), e.Time)
}

// giveBack returns what was submitted with remarks, or takes a signature back
// whose moment has not come.
func (o *Office) giveBack(v visit) (answer, error) {
	reason := func(order publisher.Order) (publisher.Dossier, error) {
		return o.Publisher.ReturnWith(v.Context(), order, v.PostFormValue("motif"), remarksIn(v))
	}
	if v.PostFormValue("reprise") != "" {
		return o.onPaper(v, deedOnPaper{fields: []string{"motif"}, needs: "motif", field: "motif-reprise", said: "repris", do: reason})
	}
	order, x, done, err := o.paperOrder(v)
	switch {
	case err != nil:
		return nil, err
	case done:
		return send("/notes/"+x.ID, "retourne"), nil
	}
	l := look{x: x, at: o.Publisher.Now(), typed: typedIn(v, "motif", "champ", "remarque"), remark: true, status: http.StatusUnprocessableEntity}
	if strings.TrimSpace(v.PostFormValue("motif")) == "" && len(remarksIn(v)) == 0 {
		l.wrong = []bureau.Slip{{Field: "motif", Text: bureau.SayRemark}}
		return o.notSigned(v, l, nil)
	}
	if _, err = reason(order); err != nil {
		return o.notSigned(v, l, err)
	}
	return send("/notes/"+x.ID, "retourne"), nil
}

// remarksIn are the remarks of a form, each with its field.
func remarksIn(v visit) []publisher.Remark {
	var all []publisher.Remark
	for i, text := range v.PostForm["remarque"] {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		r := publisher.Remark{Text: text}
		if i < len(v.PostForm["champ"]) {
			r.Pointer = v.PostForm["champ"][i]
		}
		all = append(all, r)
	}
	return all
}
