package outlook

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

// historySize is how many outages a service's page tells of; the archive has
// the rest.
const historySize = 20

// alias sends those to the météo who ask for it by its name.
func (s *Site) alias(w http.ResponseWriter, r *http.Request) {
	to := url.URL{Path: "/", RawQuery: r.URL.RawQuery}
	http.Redirect(w, r, to.String(), http.StatusMovedPermanently)
}

// canonical leads from a service's other names to its code, and from a group's
// to its place in the index.
func (s *Site) canonical(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("code")
		code, services, err := s.Catalogue.Choose(name)
		if err != nil {
			s.noService(w, r, name)
			return
		}
		if code == name && len(services) == 1 && services[0] == code {
			next(w, r)
			return
		}
		to := url.URL{Path: "/services/" + code + strings.TrimPrefix(inFrench(r.URL.Path), "/services/"+name), RawQuery: r.URL.RawQuery}
		if _, service := s.Catalogue.Services[code]; !service {
			to = url.URL{Path: "/services", Fragment: code}
		}
		to.Path = local(r, to.Path)
		w.Header().Set("Cache-Control", "no-cache") // names may be given to others
		http.Redirect(w, r, to.String(), http.StatusMovedPermanently)
	}
}

// noService says which services have a name like the one that none has.
func (s *Site) noService(w http.ResponseWriter, r *http.Request, name string) {
	v := pages.NoService{Name: name}
	for _, code := range s.Catalogue.Near(name) {
		v.Near = append(v.Near, pages.Shortcut{Label: s.Catalogue.Services[code].Label, Address: "/services/" + code})
	}
	s.house().Write(w, r, pages.Page{Name: "no-service", Status: http.StatusNotFound, Title: "Service inconnu", Body: v})
}

// A now is the state of all services at this instant.
type nowState struct {
	at       time.Time
	states   []notice.State
	services map[string]notice.ServiceOutlook
}

func (s *Site) present() nowState {
	q := question{at: s.now(), now: true}
	n := nowState{at: q.at, states: s.states(q), services: map[string]notice.ServiceOutlook{}}
	for _, so := range notice.OutlookAt(s.Catalogue, notice.EnvProduction, n.states, q.at).Services {
		n.services[so.Service] = so
	}
	return n
}

// index is all services, group by group.
func (s *Site) index(*http.Request) answer {
	present := s.present()
	rest := pages.ServiceGroup{ID: "autres"}
	groups := map[string]*pages.ServiceGroup{}
	for _, code := range s.Catalogue.Codes() {
		in := &rest
		if group := s.Catalogue.Services[code].Group; group != "" {
			if groups[group] == nil {
				groups[group] = &pages.ServiceGroup{ID: group, Label: s.Catalogue.Groups[group].Label}
			}
			in = groups[group]
		}
		in.Rows = append(in.Rows, s.rows(present.services[code], present.states, present.at)...)
	}
	v := pages.Index{At: present.at}
	for _, g := range groups {
		v.Groups = append(v.Groups, *g)
	}
	slices.SortFunc(v.Groups, func(a, b pages.ServiceGroup) int {
		return cmp.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label))
	})
	if len(rest.Rows) > 0 {
		v.Groups = append(v.Groups, rest)
	}
	return s.page(pages.Page{Name: "services", Title: "Services en ligne", Here: "/services", Body: v})
}

// service is the page of one service.
func (s *Site) service(r *http.Request) answer {
	code := r.PathValue("code")
	present, known := s.present(), s.Catalogue.Services[code]
	so := present.services[code]
	values := r.URL.Query()
	v := pages.Service{
		Code: code, Label: known.Label, Aliases: known.Aliases, At: present.at, Zone: zoneOf(values), Sheet: known.Sheet,
		Modes: s.modeNames(code, known.Modes), Rows: s.rows(so, present.states, present.at),
	}
	if known.Fallback != "" {
		stand := s.related(present, known.Fallback)
		v.Fallback = &stand
	}
	for _, other := range s.Catalogue.Codes() {
		switch o := s.Catalogue.Services[other]; {
		case slices.Contains(known.DependsOn, other):
			v.DependsOn = append(v.DependsOn, s.related(present, other))
		case slices.Contains(o.DependsOn, code):
			v.Dependents = append(v.Dependents, s.related(present, other))
		case o.Parent == code || known.Parent == other && other != "":
			v.Parts = append(v.Parts, s.related(present, other))
		}
	}
	s.tell(&v, code, present.at)
	status := http.StatusOK
	period, ok := s.periodOf(values.Get(fieldPeriod), present.at)
	if !ok {
		v.WrongPeriod, status = values.Get(fieldPeriod), http.StatusBadRequest
	}
	v.Figures = s.figures(code, period, present.at)
	return s.page(pages.Page{Name: "service", Status: status, Title: known.Label, Here: "/services", Body: v,
		Live: &pages.Live{Services: []string{code}}})
}

// related is another service and how it is now, at its worst.
func (s *Site) related(present nowState, code string) pages.Related {
	o := pages.Related{Code: code, Label: s.Catalogue.Services[code].Label, Effect: notice.Unaffected}
	order := notice.Effect("").Values()
	for _, m := range present.services[code].Modes {
		if slices.Index(order, string(m.Effect)) > slices.Index(order, string(o.Effect)) {
			o.Effect = m.Effect
		}
		o.Overdue = o.Overdue || m.Overdue
	}
	return o
}

// tell says what comes and what has been, of one service.
func (s *Site) tell(v *pages.Service, code string, at time.Time) {
	var past []outage
	entries, _ := s.all()
	for _, e := range entries {
		if !slices.Contains(e.services, code) || e.state.Stage() != string(notice.EnvProduction) {
			continue
		}
		spans := slices.DeleteFunc(slices.Clone(e.state.Spans), func(span notice.Span) bool { return span.Service != code })
		if coming, more := s.coming(spans, at); len(coming) > 0 {
			b := s.brief(e.state, at)
			b.Lines, b.More = coming, more
			v.Announced = append(v.Announced, b)
		}
		past = append(past, outages(e, spans, at)...)
	}
	slices.SortStableFunc(v.Announced, func(a, b pages.Notice) int { return a.Lines[0].Start.Compare(b.Lines[0].Start) })
	slices.SortStableFunc(past, func(a, b outage) int { return b.What.Start.Compare(a.What.Start) })
	v.More = len(past) > historySize
	for _, o := range past[:min(len(past), historySize)] {
		o.What.Modes, o.What.Notice = s.modeNames(code, o.Modes), s.brief(o.of.state, at)
		_, first := o.of.state.Announced(notice.Span{Service: code, Mode: o.Modes[0], Start: notice.At(o.What.Start)})
		o.What.Planned = first.Time
		v.History = append(v.History, o.What)
	}
}

// An outage is what a notice did to one service in some modes.
type outage struct {
	notice.Gathered[pages.Outage]
	of *entry
}

// outages are what a notice has done to one service so far, an entry a window,
// as far as its last word goes.
func outages(e *entry, spans []notice.Span, at time.Time) []outage {
	var all []notice.Saying[pages.Outage]
	for _, span := range spans {
		if span.Start.After(at) || span.Effect == notice.Unaffected {
			continue
		}
		all = append(all, notice.Saying[pages.Outage]{Service: span.Service, Mode: span.Mode, What: pages.Outage{
			Effect: span.Effect, Start: span.Start.Time, Last: span.PlannedEnd.Time, Over: span.Over.Time,
			Running: span.On(at), Overdue: span.Overdue(at), Resumed: span.Episode > 1,
		}})
	}
	var told []outage
	for _, g := range notice.Gather(all, same) {
		told = append(told, outage{g, e})
	}
	return told
}
