package outlook

import (
	"io/fs"
	"net/http"
	"slices"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages/kept"
)

// An apiRoute is one address of the JSON API, and what answers there.
type apiRoute struct {
	path   string
	answer func(*Site, *http.Request) answer
	params []string // of its query, on which the answer depends
}

// apiRoutes are all of them; schemas/openapi-public.yaml describes each.
var apiRoutes = []apiRoute{
	{"/api/outlook", (*Site).apiOutlook, []string{"at", "known_at", "environment"}},
	{"/api/extract", (*Site).apiExtract, extractFields},
	{"/api/notices", (*Site).apiNotices, []string{"page"}},
	{"/api/notices/{id}", (*Site).apiNotice, []string{kept.Nothing}},
	{"/api/services", (*Site).apiServices, []string{kept.Nothing}},
	{"/api/services/{code}", (*Site).apiService, []string{kept.Nothing}},
}

// APIPaths are the addresses of the JSON API, as patterns of net/http, and
// those of what describes it.
func APIPaths() []string {
	paths := []string{"/api/openapi.yaml", "/api/schemas/{name}"}
	for _, r := range apiRoutes {
		paths = append(paths, r.path)
	}
	return paths
}

// registerAPI adds the JSON API to the public's addresses.
func (s *Site) registerAPI(mux *http.ServeMux) {
	for _, r := range apiRoutes {
		mux.HandleFunc("GET "+r.path, exposed(s.kept(func(q *http.Request) answer { return r.answer(s, q) }, r.params...)))
	}
	mux.HandleFunc("GET /api/openapi.yaml", exposed(contract("openapi-public.yaml", "application/yaml")))
	mux.HandleFunc("GET /api/schemas/{name}", exposed(s.schema))
	mux.HandleFunc("OPTIONS /api/", preflight)
}

// exposed lets other people's pages read also where there is more, and by what
// to ask whether anything is new.
func exposed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Expose-Headers", "ETag, Link, Retry-After")
		next(w, r)
	}
}

// preflight lets browsers ask us from other people's pages (Fetch Standard,
// section 3.3): anybody may read, nobody can write.
func preflight(w http.ResponseWriter, _ *http.Request) {
	head := w.Header()
	head.Set("Access-Control-Allow-Origin", "*")
	head.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	head.Set("Access-Control-Allow-Headers", "If-None-Match, Last-Event-ID")
	head.Set("Access-Control-Max-Age", "86400") // seconds
	head.Set("Allow", "GET, HEAD, OPTIONS")
	w.WriteHeader(http.StatusNoContent)
}

// contract answers with one of the published files.
func contract(name, mediaType string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeFileFS(w, r, schemas.Files, name)
	}
}

// schema answers with the schema of a notice or of an event's data.
func (s *Site) schema(w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{r.PathValue("name"), "events/" + r.PathValue("name")} {
		if _, err := fs.Stat(schemas.Files, name); err == nil && slices.Contains(schemaFiles(), name) {
			contract(name, "application/schema+json")(w, r)
			return
		}
	}
	s.send(w, r, problem(http.StatusNotFound, "there is no such schema", "see /api/openapi.yaml"))
}

// schemaFiles are the published JSON Schemas.
func schemaFiles() []string {
	events, err := fs.Glob(schemas.Files, "events/*.schema.json")
	if err != nil {
		panic(err) // the pattern is ours
	}
	return append(events, "notice.schema.json")
}

// A Service is one of the catalogue in the answer of GET /api/services.
type Service struct {
	Code      string   `json:"code"`
	Label     string   `json:"label"`
	Aliases   []string `json:"aliases,omitzero"`
	Group     string   `json:"group,omitzero"`
	Parent    string   `json:"parent,omitzero"`     // the service it is a part of
	DependsOn []string `json:"depends_on,omitzero"` // services without which it does not work, or not as it should
	Sheet     string   `json:"sheet,omitzero"`      // its fallback sheet, by its number
	Fallback  string   `json:"fallback,omitzero"`   // the online service that stands in
	Modes     []Mode   `json:"modes"`
	URL       string   `json:"url"`   // of its page
	Badge     string   `json:"badge"` // of its state as a picture
}

// A Mode is how a service is in one mode.
type Mode struct {
	Mode    string        `json:"mode"`
	Label   string        `json:"label"`
	Effect  notice.Effect `json:"effect"`
	Overdue bool          `json:"overdue,omitzero"`
}

// A ServiceState is the answer of GET /api/services/{code}: the service, its
// state now in every mode, with the reasons, and the notices that concern it.
type ServiceState struct {
	Service
	At      notice.Time          `json:"at"`
	State   []notice.ModeOutlook `json:"state"`
	Notices []Brief              `json:"notices"` // running or announced, newest first
}

// apiServices lists the catalogue's services, each with its state.
func (s *Site) apiServices(*http.Request) answer {
	list := []Service{}
	now := s.now()
	states := s.states(question{at: now, now: true})
	for _, so := range notice.OutlookAt(s.Catalogue, notice.EnvProduction, states, now).Services {
		list = append(list, s.apiCatalogued(so))
	}
	return reply(list)
}

// apiCatalogued is a service of the catalogue with its state.
func (s *Site) apiCatalogued(so notice.ServiceOutlook) Service {
	known := s.Catalogue.Services[so.Service]
	one := Service{
		Code: so.Service, Label: known.Label, Aliases: known.Aliases, Group: known.Group, Parent: known.Parent, DependsOn: known.DependsOn,
		Sheet: known.Sheet, Fallback: known.Fallback, URL: s.Public + "/services/" + so.Service, Badge: s.Public + "/services/" + so.Service + "/badge.svg",
	}
	for _, m := range so.Modes {
		one.Modes = append(one.Modes, Mode{m.Mode, m.Label, m.Effect, m.Overdue})
	}
	return one
}

// apiService is one service, now.
func (s *Site) apiService(r *http.Request) answer {
	code := r.PathValue("code")
	switch found, err := s.Catalogue.Find(code); {
	case err != nil:
		return refuseWith(http.StatusNotFound, "code", err)
	case found != code:
		return problem(http.StatusNotFound, "services are asked for by their code", "GET /api/services/"+found)
	}
	now := s.now()
	states := s.states(question{at: now, now: true})
	for _, so := range notice.OutlookAt(s.Catalogue, notice.EnvProduction, states, now).Services {
		if so.Service == code {
			return reply(ServiceState{s.apiCatalogued(so), notice.At(now), so.Modes, s.concerning(so)})
		}
	}
	panic("a service of the catalogue is not in the outlook")
}

// concerning are the notices that run or are announced for a service.
func (s *Site) concerning(so notice.ServiceOutlook) []Brief {
	ids := map[string]bool{}
	for _, m := range so.Modes {
		for _, span := range slices.Concat(m.Reasons, m.Next) {
			ids[span.Notice] = true
		}
	}
	list := []Brief{}
	for _, st := range s.newest() {
		if ids[st.ID] {
			list = append(list, s.apiBrief(st, s.now()))
		}
	}
	return list
}
