package feeds

import (
	"context"
	"crypto/sha1"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

// entries are the ids of a feed's entries, and where it leads.
func (w *world) entries(path string) (ids []string, links map[string]string) {
	w.t.Helper()
	text, _ := w.get(path, http.StatusOK)
	var feed struct {
		ID      string     `xml:"id"`
		Links   []atomLink `xml:"link"`
		Archive *struct{}  `xml:"http://purl.org/syndication/history/1.0 archive"`
		Entries []struct {
			ID string `xml:"id"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(text), &feed); err != nil {
		w.t.Fatal(err)
	}
	links = map[string]string{"id": feed.ID}
	for _, l := range feed.Links {
		links[l.Rel] = strings.TrimPrefix(l.Href, "https://meteo.example")
	}
	if feed.Archive != nil {
		links["archive"] = "yes"
	}
	for _, e := range feed.Entries {
		ids = append(ids, e.ID)
	}
	return ids, links
}

// TestArchives: who follows a feed and its archives has every entry, and an
// archive never changes.
func TestArchives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []string
	add := func(e notice.Event) { want = append([]string{authority + "events/" + e.ID}, want...) }
	if ids, links := w.entries("/feed.atom"); len(ids) != 0 || links["prev-archive"] != "" {
		t.Errorf("of nothing: %v, %v", ids, links)
	}
	add(w.tell("2023-08-01T15:00", seed, w.note(nil)))
	w.tell("2023-08-08T09:00", seed, notice.Nudged{Reason: "overdue", Since: legal(t, "2023-08-08T09:00")}) // for the bureau alone
	first := ""
	for i := range 2*perFeed + 10 {
		add(w.tell(fmt.Sprintf("2023-08-08T%02d:%02d", 9+i/60, i%60), seed, notice.Progressed{Text: "Travaux en cours."}))
		if i == perFeed {
			first, _ = w.get("/feed.atom?archive=1", http.StatusOK)
		}
	}
	again, _ := w.get("/feed.atom?archive=1", http.StatusOK)
	if first == "" || again != first {
		t.Error("an archive has changed")
	}
	var got []string
	seen := map[string]bool{}
	for path := "/feed.atom"; path != ""; {
		ids, links := w.entries(path)
		if isArchive := strings.Contains(path, "archive="); isArchive != (links["archive"] != "") || isArchive != (links["current"] != "") || len(ids) > perFeed || links["self"] != path {
			t.Errorf("%s has %d entries and links %v", path, len(ids), links)
		}
		for _, id := range ids {
			if !seen[id] {
				seen[id], got = true, append(got, id)
			}
		}
		path = links["prev-archive"]
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d entries of %d", len(got), len(want))
	}
	for _, path := range []string{"/feed.atom?archive=3", "/feed.atom?archive=0", "/feed.atom?archive=01", "/feed.atom?archive=x"} {
		w.get(path, http.StatusNotFound)
	}
}

// TestFilters: what is chosen is there, and nothing else.
func TestFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-01T15:00", seed, w.note(nil))
	w.tell("2023-08-01T15:10", another, w.note(func(n *notice.Notice) {
		n.Kind, n.Services, n.Exercise, n.Reference = notice.Incident, []string{"gamma"}, true, "20000172"
	}))
	for path, want := range map[string]int{
		"/feed.atom": 2, "/feed.atom?nature=maintenance": 1, "/feed.atom?nature=maintenance&nature=incident": 2, "/feed.atom?nature=closure": 0,
		"/feed.atom?service=gamma": 1, "/feed.atom?service=Delta+G&service=GAMMA": 2, "/services/delta-g/feed.atom": 1, "/services/soprano/feed.atom": 0,
		"/feed.atom?environnement=production": 1, "/feed.atom?environnement=exercise": 1, "/feed.atom?environnement=test": 0, "/feed.atom?nature=&service=": 2,
		"/cap.atom": 2, "/cap.atom?service=gamma": 1,
	} {
		ids, links := w.entries(path)
		if len(ids) != want {
			t.Errorf("%s has %d entries, want %d", path, len(ids), want)
		}
		if _, query, _ := strings.Cut(path, "?"); query != "" && links["id"] == authority+"feed" && !strings.Contains(query, "=&") {
			t.Errorf("%s is of the id of the whole", path)
		}
	}
	for path, want := range map[string]int{
		"/calendrier.ics": 1, "/calendrier.ics?environnement=exercise": 1, "/calendrier.ics?service=gamma": 0, "/services/delta-g/calendrier.ics": 1,
		"/notices/" + another + "/calendrier.ics": 1, "/calendrier.ics?nature=incident&environnement=exercise&environnement=test": 1,
	} {
		if text, head := w.get(path, http.StatusOK); strings.Count(text, "BEGIN:VEVENT") != want || !strings.HasPrefix(head.Get("Content-Type"), "text/calendar") {
			t.Errorf("%s has not %d entries:\n%s", path, want, text)
		}
	}
	for path, status := range map[string]int{
		"/feed.atom?nature=panne": 400, "/feed.atom?service=delt": 400, "/feed.atom?environnement=prod": 400, "/services/delt/feed.atom": 404,
		"/services/DELTA-G/feed.atom": 404, "/services/delt/badge.svg": 404, "/services/delt/cadre": 404, "/calendrier.ics?nature=x": 400,
		"/cap.atom?nature=x": 400, "/notices/x/calendrier.ics": 404, "/notices/x/cap.xml": 404, "/cap/x.xml": 404, "/cap/x": 404,
	} {
		text, head := w.get(path, status)
		var p struct{ Title, Detail, Remedy string }
		if err := json.Unmarshal([]byte(text), &p); err != nil || p.Detail == "" || p.Remedy == "" || head.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s", path, text)
		}
	}
}

// TestNotReady: nobody hears that all is well before the record has been read.
func TestNotReady(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mu.Lock()
	w.ready = false
	w.mu.Unlock()
	for _, r := range routes {
		path := strings.NewReplacer("{code}", "delta-g", "{id}", seed, "{file}", "x.xml").Replace(r.path)
		if _, head := w.get(path, http.StatusServiceUnavailable); head.Get("Retry-After") == "" {
			t.Errorf("%s: %v", path, head)
		}
	}
}

// TestCAPWithoutStore: an alert waits for nobody's letter.
func TestCAPWithoutStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-01T15:00", seed, w.note(nil))
	text, head := w.get("/notices/"+seed+"/cap.xml", http.StatusOK)
	if strings.Contains(text, "<digest>") || !strings.Contains(text, "<uri>https://meteo.example/notices/"+seed+"/1.pdf</uri>") || head.Get("Content-Type") != capType {
		t.Errorf("%v\n%s", head, text)
	}
	w.set("2023-08-01T15:01")
	w.Feeds.Letter = func(context.Context, string, int) ([]byte, error) { return []byte("%PDF"), nil }
	if text, _ := w.get("/notices/"+seed+"/cap.xml", http.StatusOK); !strings.Contains(text, "<size>4</size>") || strings.Count(text, fmt.Sprintf("<digest>%x</digest>", sha1.Sum([]byte("%PDF")))) != 2 {
		t.Errorf("no size, or no hash:\n%s", text)
	}
}

// TestBadge: each text has the room that it is told to take, within its field.
func TestBadge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-01T15:00", seed, w.note(nil))
	for at, want := range map[string]string{
		"2023-08-08T08:59": "Delta G\u00a0: disponible", "2023-08-08T09:00": "Delta G\u00a0: interrompu, procédure de secours autorisée",
		"2023-08-08T17:00": "Delta G\u00a0: interrompu, fin prévue dépassée, procédure de secours autorisée",
	} {
		w.set(at)
		text, _ := w.get("/services/delta-g/badge.svg", http.StatusOK)
		var svg struct {
			Width int    `xml:"width,attr"`
			Title string `xml:"title"`
			Texts []struct {
				X      int    `xml:"x,attr"`
				Length int    `xml:"textLength,attr"`
				Text   string `xml:",chardata"`
			} `xml:"g>text"`
			Paths []struct {
				D string `xml:"d,attr"`
			} `xml:"path"`
		}
		if err := xml.Unmarshal([]byte(text), &svg); err != nil || svg.Title != want || len(svg.Texts) != 2 || len(svg.Paths) != 2 {
			t.Fatalf("at %s: %v\n%s", at, err, text)
		}
		split, err := strconv.Atoi(regexp.MustCompile(`^M0 0h(\d+)v`).FindStringSubmatch(svg.Paths[0].D)[1])
		if err != nil {
			t.Fatal(err)
		}
		if l, s := svg.Texts[0], svg.Texts[1]; l.X+l.Length >= split || s.X <= split || s.X+s.Length >= svg.Width {
			t.Errorf("at %s: texts leave their fields:\n%s", at, text)
		}
	}
	w.set("2023-08-08T17:00")
	if text, _ := w.get("/services/delta-g/badge.svg?lang=en", http.StatusOK); !strings.Contains(text, "Delta G: interrupted, planned end has passed") || !strings.Contains(text, `lang="en"`) {
		t.Errorf("in English:\n%s", text)
	}
}

// TestSameAsOutlook: badges and frames follow from the same state as the météo,
// whatever the clock does between two events.
func TestSameAsOutlook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := notice.FallbackAfter{Closes: notice.ClosesNow}
	w.tell("2023-08-01T15:00", seed, w.note(nil))
	w.tell("2023-08-01T15:10", another, w.note(func(n *notice.Notice) {
		n.Services, n.Reference, n.Windows = []string{"delta-g", "gamma"}, "20000172", []notice.Window{{Start: legal(t, "2023-08-08T13:00")}}
	}))
	check := func(times ...string) {
		t.Helper()
		for _, text := range times {
			w.set(text)
			for _, so := range notice.OutlookAt(w.Words.Catalogue, notice.EnvProduction, w.Record.States(), w.clock()).Services {
				want := map[string]notice.ModeOutlook{}
				for _, m := range so.Modes {
					m.Label = ""
					want[m.Mode] = m
				}
				for _, m := range w.outlookOf(so.Service, w.clock()) {
					if !reflect.DeepEqual(m, want[m.Mode]) {
						t.Errorf("at %s, %s: %+v, want %+v", text, so.Service, m, want[m.Mode])
					}
				}
			}
		}
	}
	check("2023-08-01T16:00", "2023-08-08T09:00", "2023-08-08T12:59", "2023-08-08T13:00", "2023-08-08T17:00", "2023-08-08T09:00")
	w.tell("2023-08-08T14:00", seed, notice.Recovered{At: legal(t, "2023-08-08T14:00"), Modes: []string{"edi"}, Fallback: notice.FallbackAfter{Closes: notice.ClosesAt, At: legal(t, "2023-08-08T16:00")}})
	check("2023-08-08T16:00", "2023-08-08T14:00", "2023-08-08T15:59")
	w.tell("2023-08-08T16:30", seed, notice.Ended{At: legal(t, "2023-08-08T16:30"), Fallback: now})
	w.tell("2023-08-08T17:30", another, notice.Ended{At: legal(t, "2023-08-08T17:30"), Fallback: notice.FallbackAfter{Closes: notice.ClosesLater}})
	check("2023-08-08T17:30", "2023-09-01T00:00", "2023-08-08T18:00")
	w.tell("2023-09-01T10:00", another, notice.Resumed{})
	check("2023-09-01T10:00", "2023-09-03T00:00")
}

// TestFrame: a frame may be shown by anybody, loads nothing of others, and
// leads out of itself.
func TestFrame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-01T15:00", seed, w.note(nil))
	w.tell("2023-08-08T14:00", seed, notice.Recovered{At: legal(t, "2023-08-08T14:00"), Modes: []string{"edi"}, Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	text, head := w.get("/services/delta-g/cadre", http.StatusOK)
	text = html.UnescapeString(text)
	for _, want := range []string{"EDI\u00a0: <strong>", " disponible</strong>", "DTI et DTI+\u00a0: <strong>", " interrompu</strong>",
		"Depuis le mardi 8\u00a0août 2023 à 9h00. Fin prévue\u00a0: mardi 8\u00a0août 2023 à 17h00.", "Procédure de secours autorisée", "État le mardi 8\u00a0août 2023 à 14h00"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if policy := head.Get("Content-Security-Policy"); policy != pages.FramePolicy || head.Get("X-Frame-Options") != "" || head.Get("Set-Cookie") != "" {
		t.Errorf("%v", head)
	}
	for _, link := range regexp.MustCompile(`<a [^>]*>`).FindAllString(text, -1) {
		if !strings.Contains(link, `target="_top"`) || !strings.Contains(link, `href="https://meteo.example/services/delta-g"`) {
			t.Errorf("a link that stays in the frame: %s", link)
		}
	}
	if text, _ := w.get("/services/delta-g/cadre?lang=en", http.StatusOK); !strings.Contains(text, "Since Tuesday 8 August 2023, 09:00. Planned end: Tuesday 8 August 2023, 17:00.") || !strings.Contains(text, `<html lang="en">`) {
		t.Errorf("in English:\n%s", text)
	}
}

// TestCrawlers: what search engines are told.
func TestCrawlers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-01T15:00", seed, w.note(nil))
	w.tell("2023-08-08T09:00", seed, notice.Started{Occurrence: 1, Planned: legal(t, "2023-08-08T09:00")})
	w.tell("2023-08-08T20:00", seed, notice.Nudged{Reason: "overdue", Since: legal(t, "2023-08-08T17:00")})
	text, _ := w.get("/sitemap.xml", http.StatusOK)
	if strings.Count(text, "<loc>https://meteo.example/services/") != len(w.Words.Catalogue.Services) || !strings.Contains(text, "<loc>https://meteo.example/notices/"+seed+"</loc>\n  <lastmod>2023-08-08T07:00:00Z</lastmod>") {
		t.Errorf("%s", text)
	}
	if text, _ := w.get("/robots.txt", http.StatusOK); !strings.Contains(text, "\nSitemap: https://meteo.example/sitemap.xml\n") || !strings.HasPrefix(text, "User-agent: *\n") {
		t.Errorf("%s", text)
	}
	if text, _ := w.get("/formats?service=GAMMA", http.StatusOK); !strings.Contains(text, "webcal://meteo.example/services/gamma/calendrier.ics") || !strings.Contains(text, `<option value="gamma" selected>`) {
		t.Errorf("%s", text)
	}
}

// TestAtOnce asks from many readers while events come in.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-08T08:59", seed, w.note(nil))
	var readers sync.WaitGroup
	for range 6 {
		readers.Go(func() {
			for i := range 30 {
				path := []string{"/feed.atom", "/calendrier.ics", "/cap.atom", "/services/delta-g/cadre", "/notices/" + seed + "/cap.xml", "/sitemap.xml"}[i%6]
				answer := httptest.NewRecorder()
				if w.mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil)); answer.Code != http.StatusOK {
					t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
				}
			}
		})
	}
	for minute := range 8 {
		w.tell(fmt.Sprintf("2023-08-08T09:%02d", minute), seed, notice.Progressed{Text: "Travaux en cours."})
	}
	readers.Wait()
}

// TestCalendarForgets: a calendar does not grow for ever, and keeps what nobody
// has ended.
func TestCalendarForgets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("2023-08-01T15:00", seed, w.note(nil))
	w.tell("2023-08-01T15:10", another, w.note(func(n *notice.Notice) { n.Services, n.Reference = []string{"gamma"}, "20000172" }))
	w.tell("2023-08-08T14:30", seed, notice.Ended{At: legal(t, "2023-08-08T14:30"), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	for at, want := range map[string]int{"2023-08-08T15:00": 2, "2024-01-15T12:00": 2, "2024-08-08T12:00": 1} {
		w.set(at)
		text, _ := w.get("/calendrier.ics", http.StatusOK)
		if strings.Count(text, "BEGIN:VEVENT") != want || !strings.Contains(text, "UID:"+another) {
			t.Errorf("at %s there are not %d entries:\n%s", at, want, text)
		}
	}
}
