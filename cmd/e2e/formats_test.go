package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/mmcdole/gofeed"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier/outlook"
	"douane.gouv.fr/crieur/notifier/outlook/feeds"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// described is what the OpenAPI file says, read by others.
var described = sync.OnceValues(func() (*openapi3.T, error) {
	text, err := schemas.Files.ReadFile("openapi-public.yaml")
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(text)
})

// TestOpenAPI: the description is valid OpenAPI 3.1, and describes what is
// there, no more and no less.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	doc, err := described()
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil || !doc.IsOpenAPI31OrLater() {
		t.Errorf("OpenAPI %s: %v", doc.OpenAPI, err)
	}
	var paths []string
	for path, item := range doc.Paths.Map() {
		paths = append(paths, path)
		if item.Get == nil || len(item.Operations()) != 1 {
			t.Errorf("%s is not read alone", path)
		}
	}
	routes := append(append(outlook.APIPaths(), feeds.Paths()...), "/api/events")
	others := []string{"/robots.txt", "/sitemap.xml", "/formats"} // for crawlers, and for people
	routes = slices.DeleteFunc(routes, func(path string) bool { return slices.Contains(others, path) })
	slices.Sort(paths)
	slices.Sort(routes)
	if !slices.Equal(paths, routes) {
		t.Errorf("described:\n%s\nthere:\n%s", strings.Join(paths, "\n"), strings.Join(routes, "\n"))
	}
}

// obeys holds an answer against the OpenAPI file.
func obeys(res *http.Response, body []byte) error {
	doc, err := described()
	if err != nil {
		return err
	}
	mux := http.NewServeMux() // finds the path that an address is of
	for path := range doc.Paths.Map() {
		mux.Handle("GET "+path, http.NotFoundHandler())
	}
	_, pattern := mux.Handler(res.Request)
	path := strings.TrimPrefix(pattern, "GET ")
	item := doc.Paths.Value(path)
	if item == nil {
		return fmt.Errorf("%s is not described", res.Request.URL.Path)
	}
	q := &openapi3filter.RequestValidationInput{Request: res.Request, PathParams: params(path, res.Request.URL.Path),
		Route: &routers.Route{Spec: doc, Path: path, PathItem: item, Method: http.MethodGet, Operation: item.Get}}
	if res.StatusCode == http.StatusOK {
		if err := openapi3filter.ValidateRequest(context.Background(), q); err != nil {
			return err
		}
	}
	a := &openapi3filter.ResponseValidationInput{RequestValidationInput: q, Status: res.StatusCode, Header: res.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true}}
	return openapi3filter.ValidateResponse(context.Background(), a.SetBodyBytes(body))
}

// params are what an address says in the places that a path leaves open.
func params(path, address string) map[string]string {
	said := map[string]string{}
	values := strings.Split(address, "/")
	for i, part := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			said[strings.TrimSuffix(name, "}")] = values[i]
		}
	}
	return said
}

// TestFormatsOfStories plays every example story and asks, each time that
// something has happened, for every format. Each is held against its standard
// by somebody else's reader, and what people would see of it against testdata.
func TestFormatsOfStories(t *testing.T) {
	t.Parallel()
	eachStory(t, func(t *testing.T, name, path string) {
		story, c := storyHouse(t, path)
		c.Public, c.Clock, c.Secret = "127.0.0.1:0", house.StoppedAt(story.Start.Time), []byte("of a story that is replayed")
		h, err := house.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		r := &reader{T: t, house: h}
		if err := house.Play(t.Context(), &house.Player{House: h, Story: story, Told: r.told}); err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/formats/"+name+".txt", r.seen.String())
	})
}

// A reader reads all formats of a house, as programs do.
type reader struct {
	*testing.T
	house *house.House
	seen  strings.Builder // what people see of it
	asked bool            // what is asked once
}

// get asks at an address, and wants a status.
func (r *reader) get(path string, status int) (*http.Response, []byte) {
	r.Helper()
	res, err := http.Get(r.house.URL(house.RoleOutlook) + path)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status || res.Header.Get("Access-Control-Allow-Origin") != "*" {
		r.Fatalf("GET %s: %s %v, %v\n%s", path, res.Status, res.Header, err, body)
	}
	return res, body
}

func (r *reader) told(_ context.Context, t house.Told) error {
	if len(t.Events) == 0 {
		return nil
	}
	fmt.Fprintf(&r.seen, "%s\n", t.At.In(notice.Legal).Format("2006-01-02 15:04"))
	for _, e := range t.Events {
		if rule, _ := notice.RuleOf(e.Act.Type()); rule.Private() {
			fmt.Fprintf(&r.seen, "  %s, for the bureau alone\n", e.Act.Type())
			r.get("/cap/"+e.ID+".xml", http.StatusNotFound)
			continue
		}
		r.alert(e.Event)
	}
	r.feeds()
	r.calendars(t.Events[0].Notice)
	r.apis(t)
	r.pictures(t.Events[0].Notice)
	return nil
}

// alert reads the alert message of an event.
func (r *reader) alert(e notice.Event) {
	r.Helper()
	_, text := r.get("/cap/"+e.ID+".xml", http.StatusOK)
	alert, err := readXML(bytes.NewReader(text))
	if err != nil {
		r.Fatal(err)
	}
	for _, fault := range capFaults(alert) {
		r.Errorf("%s: %s\n%s", e.Act.Type(), fault, text)
	}
	if _, last := r.get("/notices/"+e.Notice+"/cap.xml", http.StatusOK); !bytes.Contains(last, []byte("<incidents>"+e.Notice)) {
		r.Errorf("the last message of the notice is another's:\n%s", last)
	}
	info := alert.all("info")
	if len(info) != 2 || info[0].get("language") != "fr-FR" || info[1].get("language") != "en-GB" {
		r.Fatalf("%d infos\n%s", len(info), text)
	}
	var responses []string
	for _, one := range info[0].all("responseType") {
		responses = append(responses, one.text)
	}
	fmt.Fprintf(&r.seen, "  %s: CAP %s %s, %d references, %s, %s %s %s", e.Act.Type(), alert.get("status"), alert.get("msgType"),
		len(strings.Fields(alert.get("references"))), strings.Join(responses, " "), info[0].get("urgency"), info[0].get("severity"), info[0].get("certainty"))
	for _, name := range []string{"onset", "expires"} {
		if at := info[0].get(name); at != "" {
			fmt.Fprintf(&r.seen, ", %s %s", name, at)
		}
	}
	fmt.Fprintf(&r.seen, "\n    %s\n    %s\n", info[0].get("headline"), info[1].get("headline"))
}

// feeds reads them all.
func (r *reader) feeds() {
	r.Helper()
	for _, path := range []string{"/feed.atom", "/feed.atom?lang=en", "/feed.atom?nature=maintenance", "/services/delta-g/feed.atom", "/cap.atom"} {
		res, text := r.get(path, http.StatusOK)
		for _, fault := range atomFaults(text) {
			r.Errorf("%s: %s\n%s", path, fault, text)
		}
		again, err := http.NewRequest(http.MethodGet, res.Request.URL.String(), nil)
		if err != nil {
			r.Fatal(err)
		}
		again.Header.Set("If-None-Match", res.Header.Get("ETag"))
		if res, err := http.DefaultClient.Do(again); err != nil || res.StatusCode != http.StatusNotModified {
			r.Errorf("%s is sent again: %v, %v", path, res, err)
		}
	}
	_, text := r.get("/feed.atom", http.StatusOK)
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(text))
	if err != nil || len(feed.Items) == 0 {
		r.Fatalf("%v, %+v", err, feed)
	}
	fmt.Fprintf(&r.seen, "  Atom, %d: %s\n", len(feed.Items), feed.Items[0].Title)
}

// calendars reads them all, and a notice's own.
func (r *reader) calendars(id string) {
	r.Helper()
	for _, path := range []string{"/calendrier.ics", "/calendrier.ics?lang=en&environnement=exercise&environnement=test", "/services/delta-g/calendrier.ics"} {
		_, text := r.get(path, http.StatusOK)
		entries := calendar(r.T, text)
		if path == "/calendrier.ics" {
			for _, e := range entries {
				fmt.Fprintf(&r.seen, "  iCalendar %s\n", e)
			}
		}
	}
	st, _ := r.house.Record.State(id)
	page, offered := r.page("/notices/"+id), "/notices/"+id+"/calendrier.ics"
	if link := `href="` + offered + `"`; strings.Contains(page, link) != templates.Dated(st) {
		r.Errorf("the notice's page links its calendar: %v, and there is one: %v", strings.Contains(page, link), templates.Dated(st))
	}
	if !templates.Dated(st) {
		r.get(offered, http.StatusNotFound)
		return
	}
	if _, text := r.get("/notices/"+id+"/calendrier.ics", http.StatusOK); len(calendar(r.T, text)) == 0 {
		r.Errorf("the notice's own calendar is empty")
	}
}

// page is what stands at an address for people.
func (r *reader) page(path string) string {
	r.Helper()
	res, err := http.Get(r.house.URL(house.RoleOutlook) + path)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		r.Fatalf("GET %s: %s, %v", path, res.Status, err)
	}
	return string(body)
}

// calendar reads one, by somebody else's reader, and says each entry in a line.
func calendar(t *testing.T, text []byte) []string {
	t.Helper()
	cal, err := ics.ParseCalendar(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var entries []string
	for _, e := range cal.Events() {
		value := func(name ics.ComponentProperty) string {
			if p := e.GetProperty(name); p != nil {
				return p.Value
			}
			return ""
		}
		start, err := e.GetStartAt()
		end, err2 := e.GetEndAt()
		if err != nil || err2 != nil && value(ics.ComponentPropertyDtEnd) != "" {
			t.Fatalf("%v, %v\n%s", err, err2, text)
		}
		ends := "without end"
		if err2 == nil {
			ends = end.In(notice.Legal).Format("2006-01-02 15:04")
		}
		for _, name := range []ics.ComponentProperty{"UID", "DTSTAMP", "SUMMARY", "STATUS", "SEQUENCE", "URL", "LAST-MODIFIED", "CATEGORIES"} {
			if value(name) == "" {
				t.Errorf("an entry without %s:\n%s", name, text)
			}
		}
		_, number, _ := strings.Cut(strings.TrimSuffix(value("UID"), "@crieur.douane.gouv.fr"), "-")
		number = number[strings.LastIndex(number, "-")+1:]
		entries = append(entries, fmt.Sprintf("%s, sequence %s, %s (%s %s), %s to %s: %s", number, value("SEQUENCE"), value("STATUS"),
			value("X-MAINTNOTE-STATUS"), value("X-MAINTNOTE-IMPACT"), start.In(notice.Legal).Format("2006-01-02 15:04"), ends, value("SUMMARY")))
	}
	if len(entries) > 6 {
		entries = append(entries[:6], fmt.Sprintf("and %d more", len(entries)-6))
	}
	return entries
}

// apis asks all that the OpenAPI file describes in JSON.
func (r *reader) apis(t house.Told) {
	r.Helper()
	at := t.At.UTC().Add(-time.Minute).Format(time.RFC3339)
	paths := map[string]int{"/api/outlook": 200, "/api/services/delta-g": 200, "/api/notices": 200,
		"/api/extract?service=delta-g&mode=edi": 200, "/api/extract?service=delta-g&mode=edi&le=2010-01-08T14:12": 200, "/api/extract": 400,
		"/api/extract?service=delta-g&mode=edi&du=2010-01-08T00:00&au=2010-01-09": 200}
	if !r.asked { // what does not change with a story's steps
		r.asked = true
		maps.Copy(paths, map[string]int{
			"/api/outlook?at=" + at: 200, "/api/outlook?environment=test": 200, "/api/outlook?at=soon": 400, "/api/services": 200,
			"/api/services/DELTA-G": 404, "/api/services/delt": 404, "/api/notices?page=9": 404, "/api/notices/x": 404,
		})
	}
	for _, st := range r.house.Record.States() {
		paths["/api/notices/"+st.ID] = 200
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		res, body := r.get(path, paths[path])
		if err := obeys(res, body); err != nil {
			r.Errorf("%s: %v\n%.2000s", path, err, body)
		}
		if !json.Valid(body) {
			r.Errorf("%s is not JSON", path)
		}
	}
}

// pictures looks at the badge and the frame of a service of the notice.
func (r *reader) pictures(id string) {
	r.Helper()
	st, _ := r.house.Record.State(id)
	code := "delta-g"
	if len(st.Scope) > 0 {
		code = st.Scope[0].Services[0]
	}
	for _, lang := range []string{"", "?lang=en"} {
		_, svg := r.get("/services/"+code+"/badge.svg"+lang, http.StatusOK)
		badge, err := readXML(bytes.NewReader(svg))
		if err != nil || badge.name.Local != "svg" || badge.get("title") == "" || badge.get("desc") == "" {
			r.Fatalf("%v\n%s", err, svg)
		}
		fmt.Fprintf(&r.seen, "  badge: %s\n", badge.get("title"))
		res, page := r.get("/services/"+code+"/cadre"+lang, http.StatusOK)
		if !strings.Contains(res.Header.Get("Content-Security-Policy"), "frame-ancestors *") || res.Header.Get("Set-Cookie") != "" || bytes.Contains(page, []byte("<script")) {
			r.Errorf("a frame that nobody can show: %v\n%s", res.Header, page)
		}
	}
	_, text := r.get("/sitemap.xml", http.StatusOK)
	var m struct {
		URLs []struct {
			Loc string `xml:"loc"`
		} `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 url"`
	}
	if err := xml.Unmarshal(text, &m); err != nil || len(m.URLs) < 5 {
		r.Errorf("a sitemap of %d addresses, %v", len(m.URLs), err)
	}
}

// fileText is one of the files that a replay writes at its end, as a person
// reads it.
func fileText(t *testing.T, name string, data []byte) (string, error) {
	t.Helper()
	switch name {
	case "calendar.ics":
		return strings.Join(calendar(t, data), "\n"), nil
	case "feed.atom":
		feed, err := gofeed.NewParser().Parse(bytes.NewReader(data))
		if err != nil {
			return "", err
		}
		var b strings.Builder
		for _, item := range feed.Items {
			fmt.Fprintf(&b, "%s %s\n", notice.At(*item.UpdatedParsed), item.Title)
		}
		return b.String(), nil
	}
	return linesText(name, data)
}
