package office

import (
	"net/http"
	"slices"
	"strconv"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/reading"
	"douane.gouv.fr/crieur/templates/remarks"
)

// paperRoutes are those of a notice's dossier and of what is done to the paper
// in hand, but for writing it.
func (o *Office) paperRoutes() []route {
	return []route{
		{"GET /notes/{id}", nil, o.paper},
		{"GET /notes/{id}/lettre.pdf", nil, o.letterInHand},
		{"GET /notes/{id}/versions/{entree}", nil, o.version},
		{"GET /notes/{id}/versions/{entree}/lettre.pdf", nil, o.versionLetter},
		{"POST /notes/{id}/soumettre", staff, o.submit},
		{"POST /notes/{id}/retirer", staff, o.withdraw},
		{"POST /notes/{id}/relire", signers, o.review},
		{"POST /notes/{id}/amender", staff, o.amend},
	}
}

// dossier is the notice of a visit's address, as it stands now.
func (o *Office) dossier(v visit) (publisher.Dossier, error) {
	x, err := o.Publisher.Dossier(v.Context(), v.PathValue("id"))
	if err == nil && !concerns(v, x) {
		err = notice.ErrForbidden
	}
	return x, err
}

// mayOf says what somebody may do with the paper in hand now. The publisher
// decides; this is what the page offers.
func mayOf(v visit, x publisher.Dossier) bureau.May {
	var m bureau.May
	if v.Account.Bureau != "" && x.Bureau != "" && v.Account.Bureau != x.Bureau {
		return m
	}
	is := func(all ...publisher.Status) bool { return slices.Contains(all, x.Status) }
	writes, signs := v.Who().Is(staff...), v.Who().Is(notice.Signer)
	m.Edit = writes && is(publisher.StatusDraft, publisher.StatusSubmitted, publisher.StatusReturned)
	m.Submit = writes && is(publisher.StatusDraft, publisher.StatusReturned)
	m.Withdraw = writes && is(publisher.StatusDraft, publisher.StatusSubmitted, publisher.StatusReturned, publisher.StatusApproved)
	m.Own = signs && is(publisher.StatusDraft, publisher.StatusSubmitted, publisher.StatusReturned) && slices.Contains(x.Authors(), v.Account.ID)
	m.Sign = signs && is(publisher.StatusSubmitted) && !m.Own
	m.TakeBack = signs && is(publisher.StatusApproved)
	m.Review = signs && reviewable(v, x)
	m.Amend = writes && is(publisher.StatusPublished) && x.State.Number > 0
	return m
}

// paper shows the dossier.
func (o *Office) paper(v visit) (answer, error) {
	x, err := o.dossier(v)
	if err != nil {
		return nil, err
	}
	return o.paperPage(v, x, nil, nil, http.StatusOK), nil
}

// paperPage is the dossier with what its reader has typed and what was wrong
// with it.
func (o *Office) paperPage(v visit, x publisher.Dossier, typed bureau.Typed, wrong []bureau.Slip, status int) answer {
	p := bureau.Paper{Brief: o.brief(v, x), Bureau: x.Bureau, Entries: len(x.Entries), Broken: x.Broken, May: mayOf(v, x), Order: stream.NewID(), Seen: x.Edition, Typed: typed, Wrong: wrong}
	open := x.Status != publisher.StatusPublished && x.Status != publisher.StatusWithdrawn
	if open {
		p.Authors = x.Authors()
		p.Reason = x.Drafted().Reason
		at := o.Publisher.Now()
		if x.Approval != nil {
			at = latest(at, x.Approval.At)
		}
		pr, err := o.Publisher.Proof(x, at)
		p.Troubles = o.troubles(pr.Problems, nil)
		p.Letter = o.letter(pr, err, "/notes/"+x.ID+"/lettre.pdf")
		p.Facts = o.facts(x, pr.Notice, pr.Problems)
		p.May.Submit = p.May.Submit && pr.Problems.Err() == nil
	} else if x.State.Number > 0 {
		p.Facts = o.facts(x, x.State.Notice, nil)
		p.Letter = o.lastLetter(x)
	}
	p.Remarks = fields(x.Remarks())
	p.History = o.history(x)
	if x.State.Number > 0 {
		told := o.toldOf(v.Context(), x.State, lastPublic(x.State))
		p.Told = &told
		if o.House.Public != "" {
			p.Public = o.House.Public + "/notices/" + x.ID
		}
	}
	p.Steps = paperSteps(v, x, p)
	page := bureau.Page{Name: "paper", Status: status, Title: p.Title, Body: p}
	if p.Exercise {
		page.Banner = "EXERCICE"
	}
	return show(page)
}

// paperSteps are the buttons of the dossier: those of a list, without what the
// page does itself.
func paperSteps(v visit, x publisher.Dossier, p bureau.Paper) []bureau.Step {
	all := slices.DeleteFunc(p.Steps, func(s bureau.Step) bool { return s.Place == "/notes/"+x.ID })
	if !p.May.Sign && v.Who().Is(notice.Signer) && p.May.Edit {
		all = append(all, bureau.Step{Place: "/notes/" + x.ID + "/signature", Label: bureau.StepSign})
	}
	if x.Status == publisher.StatusSubmitted && p.May.Edit {
		all = append(all, bureau.Step{Place: "/notes/" + x.ID + "/redaction", Label: bureau.StepMend})
	}
	for i := range all {
		all[i].First = i == 0 && (!p.May.Submit || p.Errors > 0)
	}
	return all
}

// facts are what a notice comes to, at a glance, with how long it lasts.
func (o *Office) facts(x publisher.Dossier, n notice.Notice, ps notice.Problems) []bureau.Glance {
	if ps.Err() != nil {
		return nil
	}
	s, e := o.Publisher.Preview(x, n)
	if x.Status == publisher.StatusPublished && x.State.Number > 0 {
		s, e = x.State, x.State.Events[0]
	}
	doc, err := o.Words.Message(s, e, templates.Telling{})
	if err != nil {
		o.Log.Error("cannot say what a notice comes to", "notice", x.ID, "err", err)
		return nil
	}
	var all []bureau.Glance
	for _, f := range doc.Facts {
		g := bureau.Glance{Name: f.Name}
		for _, line := range f.Lines {
			g.Lines = append(g.Lines, templates.Plain(line))
		}
		all = append(all, g)
	}
	if windows := n.Occurrences(); len(windows) == 1 {
		if lasts := reading.Span(windows[0].Start, windows[0].End); lasts != "" {
			all = append(all, bureau.Glance{Name: bureau.Duration, Lines: []string{lasts}})
		}
	}
	return all
}

// troubles are problems in French; those that known does not name are new,
// where it is given.
func (o *Office) troubles(ps notice.Problems, known []string) []bureau.Trouble {
	var all []bureau.Trouble
	french := o.remarks().FrenchAll(ps)
	for i, p := range french {
		t := bureau.Trouble{Error: p.Severity == notice.SeverityError, What: p.What, Remedy: p.Remedy}
		if p.Pointer != "" {
			t.Field = remarks.FieldName(p.Pointer)
		}
		t.New = known != nil && !slices.Contains(known, warning(ps[i]))
		all = append(all, t)
	}
	slices.SortStableFunc(all, func(a, b bureau.Trouble) int { return rank(a) - rank(b) })
	return all
}

func rank(t bureau.Trouble) int {
	if t.Error {
		return 0
	}
	return 1
}

// letter is a proof's letter for a page; none where it cannot be composed.
func (o *Office) letter(pr publisher.Proof, err error, place string) *bureau.Letter {
	if err != nil || pr.Letter == nil {
		return nil
	}
	return &bureau.Letter{Document: pr.Document, PDF: place}
}

// lastLetter is the last letter that left.
func (o *Office) lastLetter(x publisher.Dossier) *bureau.Letter {
	for _, e := range slices.Backward(x.Entries) {
		if e.Type != publisher.Approved {
			continue
		}
		if _, out := x.Event(e.Command); out {
			pr, err := o.Publisher.Bound(e)
			return o.letter(pr, err, versionPlace(x.ID, e.Number)+"/lettre.pdf")
		}
	}
	return nil
}

func versionPlace(id string, entry int) string {
	return "/notes/" + id + "/versions/" + strconv.Itoa(entry)
}

// fields are remarks with what people call their fields.
func fields(all []publisher.Remark) []bureau.Remark {
	var named []bureau.Remark
	for _, r := range all {
		name := bureau.WholeNote
		if r.Pointer != "" {
			name = remarks.FieldName(r.Pointer)
		}
		named = append(named, bureau.Remark{Field: name, Text: r.Text})
	}
	return named
}

// fieldRemarks are the remarks with which a text came back, by the pointer of
// their field: a form shows them beside it until the text is submitted again.
func fieldRemarks(x publisher.Dossier) map[string][]string {
	all := map[string][]string{}
	for _, r := range x.Remarks() {
		all[r.Pointer] = append(all[r.Pointer], r.Text)
	}
	return all
}
