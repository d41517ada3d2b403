package office

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
)

func (o *Office) searchRoutes() []route {
	return []route{{"GET /recherche", nil, o.search}}
}

// hitPage is how many notices a page of results shows.
const hitPage = 20

// A passage is a piece of what a notice says, for finding it again.
type passage struct {
	of    string // where it stands: "cause"
	text  string
	plain string // the text in lower case, without accents
}

// passagesOf are the pieces of a notice's text, what it is known by first.
func (o *Office) passagesOf(x publisher.Dossier, c card) []passage {
	n, cat := c.notice, o.Publisher.Catalogue
	var all []passage
	add := func(of string, texts ...string) {
		for _, text := range texts {
			if text = strings.TrimSpace(text); text != "" {
				all = append(all, passage{of, text, unaccented(text)})
			}
		}
	}
	add(bureau.InNumber, c.reference, x.Numbers.OutageID, n.OutageID, x.ID)
	add(bureau.InServices, templates.Enumerate(templates.Names(cat, n.Named())), strings.Join(n.Named(), " "))
	add(bureau.InKind, templates.KindName(n.Kind), string(n.Kind))
	add(bureau.InCause, n.Cause.Text)
	if n.Origin != "" {
		add(bureau.InOrigin, o.serviceName(n.Origin))
	}
	add(bureau.InText, n.Paragraphs...)
	add(bureau.InText, n.Workaround.Text)
	for _, clause := range n.Clauses {
		add(bureau.InText, clause.Text, clause.Omit)
	}
	for _, d := range n.Documents {
		add(bureau.InDocuments, d.Title)
	}
	add(bureau.InSignatory, n.Signatory.Name)
	for _, e := range x.Entries {
		add(bureau.InReason, e.Reason, e.Emergency)
	}
	add(bureau.InIssuer, n.Issuer, o.Publisher.Bureaus[n.Issuer].Label)
	return all
}

// A searchQuestion is what is asked, understood.
type searchQuestion struct {
	words       []string
	service     []string // codes; any of them
	kind, state string
	author      string
	from, until time.Time
}

func (o *Office) asksSearch(q url.Values) (searchQuestion, []bureau.Flaw) {
	ask := searchQuestion{words: strings.Fields(unaccented(q.Get("mots"))), kind: q.Get("nature"), state: q.Get("etat"),
		author: strings.ToLower(strings.TrimSpace(q.Get("auteur")))}
	if code := q.Get("service"); code != "" {
		ask.service = o.members(code)
	}
	var wrong []bureau.Flaw
	ask.from, ask.until, wrong = o.period(q)
	return ask, wrong
}

// members are the services that a code of a service or a group stands for.
func (o *Office) members(code string) []string {
	if members := o.Publisher.Catalogue.Members(code); len(members) > 0 {
		return members
	}
	return []string{code}
}

// fits is whether a notice is one that is asked for, its words aside.
func (q searchQuestion) fits(o *Office, x publisher.Dossier, now time.Time) bool {
	switch phase := string(x.State.Phase(now)); {
	case q.state == "":
	case q.state == string(x.Status), q.state == phase && x.State.Number > 0:
	default:
		return false
	}
	if q.author != "" && !slices.ContainsFunc(x.Entries, func(e publisher.Entry) bool { return e.Account == q.author }) {
		return false
	}
	if q.kind == "" && q.service == nil && q.from.IsZero() && q.until.IsZero() {
		return true
	}
	c := o.shelf.card(o, x)
	if q.kind != "" && string(c.notice.Kind) != q.kind {
		return false
	}
	if q.service != nil && !slices.ContainsFunc(c.notice.Named(), func(s string) bool { return slices.Contains(q.service, s) }) {
		return false
	}
	return q.during(c.notice, x)
}

// during is whether a notice was issued, or something of it happens, in the
// period that is asked for.
func (q searchQuestion) during(n notice.Notice, x publisher.Dossier) bool {
	if q.from.IsZero() && q.until.IsZero() {
		return true
	}
	in := func(start, end time.Time) bool {
		return (q.until.IsZero() || start.Before(q.until)) && (q.from.IsZero() || !end.Before(q.from))
	}
	day := n.Issued.Date
	if !day.IsZero() && in(day.Start(), day.Start()) {
		return true
	}
	for _, s := range x.State.Spans {
		if in(s.Start.Time, cmp.Or(s.Over, s.PlannedEnd, s.Start).Time) {
			return true
		}
	}
	return slices.ContainsFunc(n.Windows, func(w notice.Window) bool { return in(w.Start.Time, cmp.Or(w.End, w.Start).Time) })
}

// found is where the words of a question stand: all must. ok is false where
// one is missing; first is the passage that shows most of them.
func found(passages []passage, words []string) (first passage, ok bool) {
	if len(words) == 0 {
		return passage{}, true
	}
	best := 0
	var seen uint64 // by word; more than 64 are not told apart
	for _, p := range passages {
		here := 0
		for i, w := range words {
			if strings.Contains(p.plain, w) {
				here, seen = here+1, seen|1<<(i%64)
			}
		}
		if here > best {
			best, first = here, p
		}
	}
	for i := range words {
		if seen&(1<<(i%64)) == 0 {
			return passage{}, false
		}
	}
	return first, true
}

// A match is a notice that fits, and where.
type match struct {
	of      publisher.Dossier
	passage passage
}

// matches are the notices that fit what is asked, the newest first.
func (o *Office) matches(v visit, ask searchQuestion) []match {
	now := o.Publisher.Now()
	var all []match
	for _, x := range slices.Backward(o.Publisher.Dossiers()) { // ids begin with their time
		if !concerns(v, x) || !ask.fits(o, x, now) {
			continue
		}
		p, ok := passage{}, true
		if len(ask.words) > 0 {
			p, ok = found(o.shelf.texts(o, x), ask.words)
		}
		if ok {
			all = append(all, match{x, p})
		}
	}
	return all
}

// search finds notices.
func (o *Office) search(v visit) (answer, error) {
	q := v.URL.Query()
	ask, wrong := o.asksSearch(q)
	body := bureau.Search{Wrong: wrong, Words: q.Get("mots"), Author: q.Get("auteur"), From: q.Get("du"), To: q.Get("au"),
		Services: o.serviceChoices(q.Get("service")), Asked: len(only(q, "mots", "service", "nature", "etat", "auteur", "du", "au")) > 0}
	for _, k := range notice.Kind("").Values() {
		body.Kinds = append(body.Kinds, bureau.Pick{Code: k, Label: templates.Capitalised(templates.KindName(notice.Kind(k))), Chosen: k == ask.kind})
	}
	body.States = bureau.SearchStates(ask.state)
	if body.Asked && len(wrong) == 0 {
		all := o.matches(v, ask)
		body.All = len(all)
		shown, pages := paged(all, hitPage, q, "/recherche")
		body.Pages = pages
		for _, m := range shown {
			body.Hits = append(body.Hits, o.hit(m, ask.words))
		}
	}
	p := bureau.Page{Name: "recherche", Title: "Recherche", Here: "/recherche", Body: body}
	if len(wrong) > 0 {
		p.Status = 422
	}
	return show(p), nil
}

func (o *Office) hit(m match, words []string) bureau.Hit {
	h := bureau.Hit{Naming: o.naming(m.of), Status: string(m.of.Status), Phase: m.of.State.Phase(o.Publisher.Now()), Published: m.of.State.Published,
		Issuer: m.of.Bureau}
	h.Heading = marked(h.Title, words)
	if m.passage.text != "" {
		h.In, h.Passage = m.passage.of, marked(excerpt(m.passage.text, words), words)
	}
	return h
}

// serviceChoices are groups and services by their labels.
func (o *Office) serviceChoices(chosen string) []bureau.Pick {
	c := o.Publisher.Catalogue
	var all []bureau.Pick
	for code, g := range c.Groups {
		all = append(all, bureau.Pick{Code: code, Label: g.Label + bureau.WholeGroup, Chosen: code == chosen})
	}
	for code, s := range c.Services {
		all = append(all, bureau.Pick{Code: code, Label: s.Label, Chosen: code == chosen})
	}
	slices.SortFunc(all, func(a, b bureau.Pick) int {
		return cmp.Or(strings.Compare(unaccented(a.Label), unaccented(b.Label)), strings.Compare(a.Code, b.Code))
	})
	return all
}
