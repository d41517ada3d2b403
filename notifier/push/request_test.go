package push

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
)

func TestResume(t *testing.T) {
	t.Parallel()
	s := newStudio(t, nil)
	for i := range 3 {
		s.append(start.Add(time.Duration(i)*time.Minute), fmt.Sprint("n", i+1), s.about("ecs"))
	}
	ears := map[string]*ear{
		"2 3 4": s.listen("?depuis=1", ""),
		"3 4":   s.listen("?depuis=1", "2"), // it has heard 2 since its page was made
		"4":     s.listen("", ""),
		"4 ":    s.listen("?depuis=999", ""), // of another numbering
		" 4":    s.listen("", "3"),
	}
	all := s.listen("?depuis=0", "")
	s.append(start, "n1", endNow(start))
	for ids, e := range ears {
		e.hears(fmt.Sprintf("%q", ids), strings.Fields(ids)...)
	}
	all.hears("all", "1", "2", "3", "4")
}

// TestOldEventsAreNotNew: a process that has just begun reads the record from
// its start; who comes meanwhile hears nothing of that.
func TestOldEventsAreNotNew(t *testing.T) {
	t.Parallel()
	s := newStudio(t, func(s *studio) {
		s.Live.Record = &notifier.Record{Store: s.store, Log: s.log} // not followed yet
	})
	s.append(start, "n1", s.seed())
	heard := make(chan *ear)
	go func() { heard <- s.listen("", "") }()
	until(t, "somebody waits", func() bool { return s.Listening() == 1 })
	s.run(s.Live.Record.Follow)
	e := <-heard
	s.append(start, "n1", notice.Started{Occurrence: 1, Planned: notice.At(start)})
	e.hears("after a start", "2")
}

// TestAheadOfThisProcess: a listener comes over from a process that knows more,
// and does not hear again what it has heard there.
func TestAheadOfThisProcess(t *testing.T) {
	t.Parallel()
	s := newStudio(t, func(s *studio) {
		s.Live.Record = &notifier.Record{Store: s.store, Log: s.log} // not followed yet
		s.current.Store(true)                                        // it lost the broker later
	})
	s.append(start, "n1", s.about("ecs"))
	s.append(start, "n2", s.about("ecs"))
	heard := make(chan *ear)
	go func() { heard <- s.listen("", "2") }()
	until(t, "somebody waits", func() bool { return s.Listening() == 1 })
	s.run(s.Live.Record.Follow)
	e := <-heard
	s.append(start, "n3", s.about("ecs"))
	e.hears("who had heard two", "3")
}

func TestFilters(t *testing.T) {
	t.Parallel()
	s := newStudio(t, nil)
	at := start.Add(time.Hour)
	drill, test := s.about("ecs"), s.about("ecs")
	drill.Notice.Exercise = true
	test.Notice.Environment = notice.EnvTest
	s.append(start, "n1", s.seed())         // 1
	s.append(start, "n2", s.about("gamma")) // 2
	s.append(start, "n3", drill)            // 3
	s.append(start, "n4", test)             // 4
	s.append(at, "n1", back(at, "delta-g")) // 5
	s.append(at, "n1", notice.Cancelled{})  // 6
	for query, ids := range map[string]string{
		"":                                  "1 2 5 6",
		"&service=gamma":                    "2",
		"&service=GAMMA&mode=DTI":           "2",
		"&service=delta-t":                  "1 6",
		"&service=delta-g&service=gamma":    "1 2 5 6",
		"&service=DELTA-G&mode=dti":         "1 6",
		"&mode=edi":                         "1 2 5 6",
		"&mode=dti":                         "1 2 6",
		"&service=delta-x":                  "1 6", // a group
		"&environnement=production":         "1 2 5 6",
		"&environnement=exercise":           "3",
		"&environnement=test":               "4",
		"&environnement=test&service=gamma": "",
	} {
		e := s.listen("?depuis=0"+query, "")
		e.hears(query, strings.Fields(ids)...)
		e.leave()
		if block := e.next(); block != "" {
			t.Errorf("%s: heard besides: %s", query, block)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newStudio(t, nil)
	for query, want := range map[string]string{
		"?service=delta-q":             `"delta-q" is not in the catalogue`,
		"?mode=fax":                    `"fax" is not known`,
		"?environnement=preproduction": "one of [production test exercise]",
		"?depuis=hier":                 `"hier" is not the id`,
		"?environment=test":            `"environment" is not known here`,
		"?battement=1":                 `battement="1" is not known: oui or non`,
	} {
		resp := s.get(t.Context(), http.MethodGet, query, "")
		body := make([]byte, 500)
		n, _ := resp.Body.Read(body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body[:n]), want) {
			t.Errorf("%s: %s, %s", query, resp.Status, body[:n])
		}
	}
	resp := s.get(t.Context(), http.MethodHead, "", "")
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("HEAD: %s, %v", resp.Status, resp.Header)
	}
	w := httptest.NewRecorder() // as a server, or what is between, that cannot stream
	s.Live.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusInternalServerError {
		t.Errorf("through a server that cannot stream: %d", w.Code)
	}
	if got := s.Listening(); got != 0 {
		t.Errorf("%d listen", got)
	}
}
