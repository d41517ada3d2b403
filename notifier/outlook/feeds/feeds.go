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
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
	"douane.gouv.fr/crieur/templates/pages/kept"
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
	Album  *kept.Album                // where answers are kept
	House  pages.House
	Public string // the pages' own address, without a slash at its end

	table   table
	said    memo[said]    // an event in words, by language and event
	entries memo[[]byte]  // a notice in calendars, by all that it says there
	letters memo[*letter] // by notice and version
}

// A route is one address, what answers there, and the parameters that the
// answer depends on.
type route struct {
	path   string
	answer func(*Feeds, *http.Request) answer
	params []string
}

// Parameters of our addresses.
const (
	paramService = "service"
	paramKind    = "nature"
	paramStage   = "environnement"
	paramLang    = "lang"
	paramArchive = "archive"
)

// routes are all addresses of this package.
var routes = []route{
	{"/feed.atom", (*Feeds).atom, []string{paramService, paramKind, paramStage, paramLang, paramArchive}},
	{"/services/{code}/feed.atom", (*Feeds).atom, []string{paramService, paramKind, paramStage, paramLang, paramArchive}},
	{"/calendrier.ics", (*Feeds).calendar, []string{paramService, paramKind, paramStage, paramLang}},
	{"/services/{code}/calendrier.ics", (*Feeds).calendar, []string{paramService, paramKind, paramStage, paramLang}},
	{"/notices/{id}/calendrier.ics", (*Feeds).noticeCalendar, []string{paramLang}},
	{"/cap.atom", (*Feeds).capIndex, []string{paramService, paramKind, paramStage, paramLang}},
	{"/cap/{file}", (*Feeds).capEvent, []string{kept.Nothing}},
	{"/notices/{id}/cap.xml", (*Feeds).capNotice, []string{kept.Nothing}},
	{"/services/{code}/badge.svg", (*Feeds).badge, []string{paramLang}},
	{"/services/{code}/cadre", (*Feeds).frame, []string{paramLang}},
	{"/sitemap.xml", (*Feeds).sitemap, []string{kept.Nothing}},
	{"/robots.txt", (*Feeds).robots, []string{kept.Nothing}},
	{"/formats", (*Feeds).formats, []string{paramService}},
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
		mux.HandleFunc("GET "+r.path, f.kept(r))
	}
}

// An answer is what a question gets, whole, before anything of it is sent.
type answer struct {
	status    int    // 200 if 0
	page      bool   // one of ours, for people
	mediaType string // of body
	body      []byte
	name      string        // under which a browser keeps it; "" for showing it
	policy    string        // what a browser may do with it; "" for nothing at all
	each      time.Duration // how exactly it tells the time: to the minute if 0
}

// kept answers at an address from the album, or else with what its route makes
// of a question.
func (f *Feeds) kept(to route) http.HandlerFunc {
	answers := f.Album.Handler(kept.Asking{Params: to.params}, func(r *http.Request) kept.Answer { return f.whole(to.answer(f, r)) })
	return func(w http.ResponseWriter, r *http.Request) {
		if f.Ready(r.Context()) {
			answers(w, r)
			return
		}
		a := f.whole(problem(http.StatusServiceUnavailable, "the record is still being read", "ask again in a moment"))
		maps.Copy(w.Header(), a.Head)
		w.Header().Set("Retry-After", "2") // seconds
		w.Header().Set("Cache-Control", "no-store")
		kept.New(a.Body).Send(w, r, a.Status)
	}
}

// shut is what a browser may do with a document that is none of ours to show:
// nothing.
const shut = "default-src 'none'; frame-ancestors 'none'"

// staleSince is the field of a header that says since when this server hears
// nothing of what is published, if that is so: formats that others have laid
// down have no word for it.
const staleSince = "Stale-Since"

// whole is an answer with all that is sent with it.
func (f *Feeds) whole(a answer) kept.Answer {
	head := http.Header{}
	whole := kept.Answer{Status: a.status, Head: head, Body: a.body, Each: a.each}
	if since, stale := f.stale(); stale {
		head.Set(staleSince, notice.At(since).String())
	}
	if a.page {
		f.House.Introduce(head)
		return whole
	}
	head.Set("Content-Type", a.mediaType)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Access-Control-Allow-Origin", "*") // it is public: any page may read it
	head.Set("Access-Control-Expose-Headers", staleSince)
	head.Set("Cross-Origin-Resource-Policy", "cross-origin")
	head.Set("Content-Security-Policy", cmp.Or(a.policy, shut))
	if a.name != "" {
		head.Set("Content-Disposition", `attachment; filename="`+a.name+`"`)
	}
	return whole
}

// stale is since when nothing is heard of what is published, if that is so.
func (f *Feeds) stale() (since time.Time, stale bool) {
	if f.House.Stale == nil {
		return time.Time{}, false
	}
	return f.House.Stale()
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
	if values.Get(paramLang) == "en" {
		c.lang = "en"
	}
	if r.PathValue("code") != "" {
		code, refusal := f.service(r)
		if refusal != nil {
			return c, refusal
		}
		values[paramService] = append(values[paramService], code)
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
	read(paramService, func(text string) error {
		code, err := f.Words.Catalogue.Find(text)
		c.services = append(c.services, code)
		return err
	})
	read(paramKind, func(text string) error {
		var kind notice.Kind
		err := kind.UnmarshalText([]byte(text))
		c.kinds = append(c.kinds, kind)
		return err
	})
	read(paramStage, func(text string) error {
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
		v.Add(paramService, s)
	}
	for _, k := range c.kinds {
		v.Add(paramKind, string(k))
	}
	for _, s := range c.stages {
		v.Add(paramStage, s)
	}
	if c.lang != "" {
		v.Set(paramLang, c.lang)
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
