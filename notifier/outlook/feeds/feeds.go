// Package feeds gives what is published in the formats that programs read:
// Atom, iCalendar, CAP, a badge and a frame for other people's pages, and what
// search engines ask for.
//
// cmd gives it the record and an address, and lets Register add its addresses
// to the public's. Everything follows from the record, and calendars, badges
// and frames from the clock besides; nothing is kept of who reads. It tells no
// more than the pages do: what is for the bureau alone is in none of it. Until
// the record has been followed to its end it says nothing, since silence would
// be read as "all is well".
package feeds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// Feeds are the public's formats. Its exported fields are needed, and do not
// change once it answers.
type Feeds struct {
	Record *notifier.Record
	Words  templates.Words
	// Letter gives the stored letter of a notice's version, for its size and
	// its hash; an error while there is none.
	Letter func(ctx context.Context, id string, version int) ([]byte, error)
	Ready  func(context.Context) bool // the record has been followed to its end
	House  pages.House
	Public string // the pages' own address, without a slash at its end

	album   album
	table   table
	said    memo[said]    // an event in words, by language and event
	entries memo[[]byte]  // a notice in calendars, by all that it says there
	letters memo[*letter] // by notice and version
}

// A route is one address, and what answers there.
type route struct {
	path   string
	answer func(*Feeds, *http.Request) answer
}

// routes are all addresses of this package.
var routes = []route{
	{"/feed.atom", (*Feeds).atom},
	{"/services/{code}/feed.atom", (*Feeds).atom},
	{"/calendrier.ics", (*Feeds).calendar},
	{"/services/{code}/calendrier.ics", (*Feeds).calendar},
	{"/notices/{id}/calendrier.ics", (*Feeds).noticeCalendar},
	{"/cap.atom", (*Feeds).capIndex},
	{"/cap/{file}", (*Feeds).capEvent},
	{"/notices/{id}/cap.xml", (*Feeds).capNotice},
	{"/services/{code}/badge.svg", (*Feeds).badge},
	{"/services/{code}/cadre", (*Feeds).frame},
	{"/sitemap.xml", (*Feeds).sitemap},
	{"/robots.txt", (*Feeds).robots},
	{"/formats", (*Feeds).formats},
}

// Paths are the addresses of this package, as patterns of net/http.
func Paths() []string {
	paths := make([]string, len(routes))
	for i, r := range routes {
		paths[i] = r.path
	}
	return paths
}

// Register adds the addresses of this package to the public's.
func (f *Feeds) Register(mux *http.ServeMux) {
	for _, r := range routes {
		mux.HandleFunc("GET "+r.path, f.fresh(r.answer))
	}
}

// An answer is what a question gets, whole, before anything of it is sent.
type answer struct {
	status    int    // 200 if 0
	page      bool   // one of ours, for people
	mediaType string // of body
	body      []byte
	name      string // under which a browser keeps it; "" for showing it
	policy    string // what a browser may do with it; "" for nothing at all
}

// fresh answers with what make makes of a question, from the record as it is
// now.
func (f *Feeds) fresh(make func(*Feeds, *http.Request) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !f.Ready(r.Context()) {
			w.Header().Set("Retry-After", "2") // seconds
			problem(http.StatusServiceUnavailable, "the record is still being read", "ask again in a moment").send(w, r)
			return
		}
		second := f.now()
		seq, _ := f.Record.Changed() // before looking: what comes meanwhile is not missed
		f.album.get(r.URL.RequestURI(), second, seq, func() answer { return make(f, r) }).send(w, r)
	}
}

// shut is what a browser may do with a document that is none of ours to show:
// nothing.
const shut = "default-src 'none'; frame-ancestors 'none'"

func (a answer) send(w http.ResponseWriter, r *http.Request) {
	if a.page {
		pages.Send(w, r, a.status, a.body)
		return
	}
	head := w.Header()
	head.Set("Content-Type", a.mediaType)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Access-Control-Allow-Origin", "*") // it is public: any page may read it
	head.Set("Cross-Origin-Resource-Policy", "cross-origin")
	head.Set("Content-Security-Policy", shut)
	if a.policy != "" {
		head.Set("Content-Security-Policy", a.policy)
	}
	if a.name != "" {
		head.Set("Content-Disposition", `attachment; filename="`+a.name+`"`)
	}
	pages.Fresh(w, r, a.status, a.body)
}

// problem says what is wrong (RFC 9457).
func problem(status int, detail, remedy string) answer {
	body, err := json.Marshal(struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Remedy string `json:"remedy,omitzero"`
	}{http.StatusText(status), status, detail, remedy})
	if err != nil {
		panic(err) // our own type
	}
	return answer{status: status, mediaType: "application/problem+json", body: append(body, '\n')}
}

// failed is for what cannot be composed: our own trouble.
func (f *Feeds) failed(what string, err error) answer {
	f.House.Log.Error("cannot make "+what, "err", err)
	return problem(http.StatusInternalServerError, what+" could not be made", "ask again later; the pages say the same")
}

// refuse says what is wrong with a part of an address.
func refuse(status int, field string, err error) answer {
	var value *notice.ValueError
	if errors.As(err, &value) {
		return problem(status, field+": "+value.What, value.Remedy)
	}
	return problem(status, field+": "+err.Error(), "")
}

// now is the instant of a question, to the second as notices are.
func (f *Feeds) now() time.Time { return f.House.Now().Truncate(time.Second) }

// service is the one that an address names by its code.
func (f *Feeds) service(r *http.Request) (code string, refusal *answer) {
	code = r.PathValue("code")
	found, err := f.Words.Catalogue.Find(code)
	if err == nil && found != code {
		err = &notice.ValueError{What: fmt.Sprintf("%q is not a code", code), Remedy: "the service meant is " + found}
	}
	if err != nil {
		a := refuse(http.StatusNotFound, "code", err)
		return "", &a
	}
	return code, nil
}

// A choice is what of all that is published somebody wants.
type choice struct {
	lang     string // "en", or "" for French
	services []string
	kinds    []notice.Kind
	stages   []string // production, test, exercise; all if empty
}

// choose reads a choice from an address: ?service=, ?nature=, ?environnement=,
// each again for several, and ?lang=en.
func (f *Feeds) choose(r *http.Request) (c choice, refusal *answer) {
	values := r.URL.Query()
	if values.Get("lang") == "en" {
		c.lang = "en"
	}
	if r.PathValue("code") != "" {
		code, refusal := f.service(r)
		if refusal != nil {
			return c, refusal
		}
		values["service"] = append(values["service"], code)
	}
	read := func(field string, take func(text string) error) {
		for _, text := range values[field] {
			if text == "" { // a form's field that was left empty
				continue
			}
			if err := take(text); err != nil && refusal == nil {
				a := refuse(http.StatusBadRequest, field, err)
				refusal = &a
			}
		}
	}
	read("service", func(text string) error {
		code, err := f.Words.Catalogue.Find(text)
		c.services = append(c.services, code)
		return err
	})
	read("nature", func(text string) error {
		var kind notice.Kind
		err := kind.UnmarshalText([]byte(text))
		c.kinds = append(c.kinds, kind)
		return err
	})
	read("environnement", func(text string) error {
		c.stages = append(c.stages, text)
		if !slices.Contains(stages, text) {
			return &notice.ValueError{What: fmt.Sprintf("%q is not known", text), Remedy: "one of " + strings.Join(stages, ", ")}
		}
		return nil
	})
	return c, refusal
}

// stages are where alerts run: for real, on test environments, as exercises.
var stages = []string{string(notice.EnvProduction), string(notice.EnvTest), "exercise"}

// query is a choice as it stands in an address.
func (c choice) query() url.Values {
	v := url.Values{}
	for _, s := range c.services {
		v.Add("service", s)
	}
	for _, k := range c.kinds {
		v.Add("nature", string(k))
	}
	for _, s := range c.stages {
		v.Add("environnement", s)
	}
	if c.lang != "" {
		v.Set("lang", c.lang)
	}
	return v
}

// wants is whether a notice is among what was chosen.
func (c choice) wants(kind notice.Kind, stage string, services []string) bool {
	among := func(service string) bool { return slices.Contains(c.services, service) }
	return (len(c.kinds) == 0 || slices.Contains(c.kinds, kind)) &&
		(len(c.stages) == 0 || slices.Contains(c.stages, stage)) &&
		(len(c.services) == 0 || slices.ContainsFunc(services, among))
}

// url is an address of ours, with a query where there is one.
func (f *Feeds) url(path string, query url.Values) string {
	if len(query) == 0 {
		return f.Public + path
	}
	return f.Public + path + "?" + query.Encode()
}

// publicly are those events of a notice that are not for the bureau alone.
func publicly(events []notice.Event) []notice.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e notice.Event) bool { return private(e) })
}

func private(e notice.Event) bool {
	rule, _ := notice.RuleOf(e.Act.Type())
	return rule.Private()
}

// lettered is whether an event has a letter.
func lettered(e notice.Event) bool {
	rule, _ := notice.RuleOf(e.Act.Type())
	return rule.Letter
}

// asOf is a notice as it stood at one of its events.
func asOf(st notice.State, id string) notice.State {
	i := slices.IndexFunc(st.Events, func(e notice.Event) bool { return e.ID == id })
	return notice.Fold(st.Events[:i+1])
}

// servicesOf are all services of which a notice speaks.
func servicesOf(scope []notice.Scope) []string {
	var all []string
	for _, line := range scope {
		all = append(all, line.Services...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
