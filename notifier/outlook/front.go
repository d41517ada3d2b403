package outlook

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

// lately is how long the front page tells that a notice is over or called off.
const lately = 48 * time.Hour

// front is the météo.
func (s *Site) front(r *http.Request) answer {
	values := r.URL.Query()
	if !values.Has("le") && values.Has("at") { // as the JSON has it
		values.Set("le", values.Get("at"))
	}
	q, wrong := ask(values, "le", "connu", s.now())
	view := s.outlook(q, values)
	if q.now {
		view.At = q.at.Truncate(time.Minute) // as exactly as the page is kept
	}
	view.Zone = zoneOf(values)
	status := http.StatusOK
	for _, field := range []string{"le", "connu"} {
		if wrong[field] != nil {
			view.Wrong = append(view.Wrong, fault(field, values.Get(field)))
			status = http.StatusBadRequest
		}
	}
	if len(view.Choice.Unknown) > 0 {
		status = http.StatusBadRequest
	}
	p := pages.Page{Name: "outlook", Status: status, Title: "Météo des services en ligne", Here: "/", Body: view}
	if q.now && status == http.StatusOK {
		p.Live = &pages.Live{Services: s.wantedIn(values).services}
	}
	a := s.page(p)
	if !q.now {
		a.each = q.each()
	}
	return a
}

// states are the notices that concern the instant of a question, by what it
// takes as known.
func (s *Site) states(q question) []notice.State {
	states := s.Record.States
	if !q.known.IsZero() {
		states = func() []notice.State { return s.Record.Known(q.known) }
	}
	return slices.DeleteFunc(states(), func(st notice.State) bool { return !concerns(st, q.at) })
}

// outlook is the météo's view of an instant, for who wants to see what an
// address says.
func (s *Site) outlook(q question, values url.Values) pages.Outlook {
	return s.outlookOf(q, s.states(q), values)
}

// outlookOf is the same of some notices, in the order of their ids.
func (s *Site) outlookOf(q question, states []notice.State, values url.Values) pages.Outlook {
	want := s.wantedIn(values)
	v := pages.Outlook{At: q.at, Known: q.known, Now: q.now, Ahead: q.ahead}
	var ill []string
	var rest []pages.Row
	for _, so := range notice.OutlookAt(s.Catalogue, notice.EnvProduction, states, q.at).Services {
		to := &rest
		if slices.ContainsFunc(so.Modes, disturbed) {
			ill, to = append(ill, so.Service), &v.Rows
		}
		if want.shows(so.Service) {
			v.Services++
			*to = append(*to, s.rows(so, states, q.at)...)
		}
	}
	v.Rows = append(v.Rows, rest...) // what is disturbed comes first
	v.Choice = s.choice(values, want, ill)
	v.Disturbed = len(ill) - v.Choice.HiddenDisturbed
	for _, st := range states {
		if st.Stage() == string(notice.EnvProduction) && want.tells(concerned(st)) {
			s.place(&v, st)
		}
	}
	byStart := func(a, b pages.Notice) int { return a.Lines[0].Start.Compare(b.Lines[0].Start) }
	slices.SortStableFunc(v.Running, byStart)
	slices.SortStableFunc(v.Announced, byStart)
	slices.SortStableFunc(v.Lately, func(a, b pages.Notice) int { return b.Updated.Compare(a.Updated) })
	if q.ahead {
		forecast(&v)
	}
	v.Well = len(v.Running) == 0 && !slices.ContainsFunc(v.Rows, func(r pages.Row) bool { return r.Effect != notice.Unaffected })
	return v
}

// concerns is whether a notice can matter to an instant: years of them are
// over and done with.
func concerns(st notice.State, at time.Time) bool {
	return at.Sub(st.Updated) < lately || slices.ContainsFunc(st.Spans, func(span notice.Span) bool {
		_, fallback := span.Authorised(at)
		return fallback || span.Over.IsZero() || at.Before(span.Over.Time)
	})
}

// forecast takes back what only time can tell: that an end is overdue.
func forecast(v *pages.Outlook) {
	for i := range v.Rows {
		v.Rows[i].Overdue = false
	}
	for i := range v.Running {
		v.Running[i].Overdue = false
		for j := range v.Running[i].Lines {
			v.Running[i].Lines[j].Overdue = false
		}
	}
}

// disturbed is whether a service does not work in a mode as it should. What is
// closed for good is nothing to wait for.
func disturbed(m notice.ModeOutlook) bool {
	return m.Effect == notice.Interrupted || m.Effect == notice.Degraded
}

// place puts a notice where it belongs on the page, if anywhere; it may run in
// one window and be announced for another.
func (s *Site) place(v *pages.Outlook, st notice.State) {
	on := s.lines(st.Spans, v.At, func(span notice.Span) bool {
		return span.On(v.At) && telling(span) && !settled(span, v.At)
	})
	coming, more := s.coming(st.Spans, v.At)
	add := func(to *[]pages.Notice, lines []pages.Line, more bool) {
		b := s.brief(st, v.At)
		b.Lines, b.More = lines, more
		*to = append(*to, b)
	}
	if len(on) > 0 {
		add(&v.Running, on, false)
	}
	if len(coming) > 0 {
		add(&v.Announced, coming, more)
	}
	if v.At.Sub(st.Updated) < lately && done(st.Phase(v.At)) {
		add(&v.Lately, nil, false)
	}
}

// done is whether there is nothing to expect of a notice for now.
func done(p notice.Phase) bool {
	return p == notice.Over || p == notice.CalledOff || p == notice.Adjourned
}

// coming are the lines of what is announced: the first window of each service
// and mode, and whether others follow.
func (s *Site) coming(spans []notice.Span, at time.Time) (lines []pages.Line, more bool) {
	seen := map[string]bool{}
	lines = s.lines(spans, at, func(span notice.Span) bool {
		if !span.Over.IsZero() || !span.Start.After(at) || !telling(span) {
			return false
		}
		key := span.Service + "/" + span.Mode
		first := !seen[key]
		seen[key], more = true, more || !first
		return first
	})
	return lines, more
}

// telling is whether a span says anything to a reader of the météo.
func telling(s notice.Span) bool {
	return s.Effect != notice.Unaffected || len(s.Messages) > 0 || len(s.Fallbacks) > 0
}

// settled is whether a service has been closed for so long that it is no news
// any more; the table still says it.
func settled(s notice.Span, at time.Time) bool {
	return s.Effect == notice.Closed && at.Sub(s.Start.Time) > notice.AlertMemory
}

// rows are the state of one service, in as few rows as it takes.
func (s *Site) rows(so notice.ServiceOutlook, states []notice.State, at time.Time) []pages.Row {
	var all []notice.Saying[pages.Row]
	for _, m := range so.Modes {
		all = append(all, notice.Saying[pages.Row]{Service: so.Service, Mode: m.Mode, What: s.row(m, states, at)})
	}
	parts := notice.Gather(all, same)
	order := s.Catalogue.Services[so.Service].Modes
	slices.SortStableFunc(parts, func(a, b notice.Gathered[pages.Row]) int {
		return slices.Index(order, a.Modes[0]) - slices.Index(order, b.Modes[0])
	})
	rows := make([]pages.Row, len(parts))
	for i, p := range parts {
		rows[i] = p.What
		rows[i].Code = so.Service
		rows[i].Service, rows[i].Modes = s.names(p.Services)[0], s.modeNames(p.Services[0], p.Modes)
	}
	rows[0].ID = so.Service
	return rows
}

// row is the state of one service in one mode, without their names.
func (s *Site) row(m notice.ModeOutlook, states []notice.State, at time.Time) pages.Row {
	row := pages.Row{
		Effect: m.Effect, Overdue: m.Overdue, Since: m.Since.Time, Until: m.Until.Time, Messages: sendings(m.Messages),
	}
	if m.Fallback != nil {
		row.Fallback = s.fallback(*m.Fallback, at)
		row.Fallback.Open = len(m.Reasons) == 0
	}
	for _, span := range m.Reasons {
		row.Notices = append(row.Notices, s.mention(states, span.Notice))
	}
	for _, span := range m.Next {
		row.Next = append(row.Next, pages.Coming{
			Notice: s.mention(states, span.Notice), Effect: span.Effect, Start: span.Start.Time, End: span.PlannedEnd.Time,
		})
	}
	row.Notices = once(row.Notices, func(n pages.Notice) string { return n.ID })
	row.Next = once(row.Next, func(c pages.Coming) string { return c.Notice.ID })
	return row
}

// once keeps the first of those with one key.
func once[T any](all []T, key func(T) string) []T {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(one T) bool {
		again := seen[key(one)]
		seen[key(one)] = true
		return again
	})
}

// mention is as much of a notice as its name needs.
func (s *Site) mention(states []notice.State, id string) pages.Notice {
	i, _ := slices.BinarySearchFunc(states, id, func(st notice.State, id string) int { return cmp.Compare(st.ID, id) })
	return pages.Notice{ID: id, Reference: states[i].Notice.Reference, Published: states[i].Published}
}
