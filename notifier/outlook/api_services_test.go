package outlook

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"douane.gouv.fr/crieur/schemas/notice"
)

func TestServicesJSON(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-01T15:10", another, h.note(func(n *notice.Notice) { n.Services, n.Reference = []string{"gamma"}, "20000172" }))
	h.set("2023-08-08T17:01")
	var list []Service
	h.ask("/api/services", &list)
	if len(list) != 25 {
		t.Fatalf("%d services", len(list))
	}
	for _, s := range list {
		if s.Code == "delta-g" && (s.Label != "Delta G" || s.Modes[0].Effect != notice.Interrupted || !s.Modes[0].Overdue || s.Badge != "https://meteo.example/services/delta-g/badge.svg") {
			t.Errorf("%+v", s)
		}
		if s.Code == "soprano" && s.Modes[0].Effect != notice.Unaffected {
			t.Errorf("%+v", s)
		}
	}
	var one ServiceState
	h.ask("/api/services/delta-g", &one)
	if one.Code != "delta-g" || len(one.State) != 3 || len(one.State[0].Reasons) != 1 || len(one.Notices) != 1 || one.Notices[0].ID != seed || one.At.String() != "2023-08-08T17:01:00+02:00" {
		t.Errorf("%+v", one)
	}
	h.ask("/api/services/soprano", &one)
	if len(one.Notices) != 0 || one.Notices == nil {
		t.Errorf("a service that nothing concerns: %+v", one.Notices)
	}
	for path, remedy := range map[string]string{"/api/services/DELTA-G": "GET /api/services/delta-g", "/api/services/delta-gg": `did you mean "delta-g"?`} {
		w := h.get(path)
		var p Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusNotFound || p.Remedy != remedy {
			t.Errorf("%s: %d %+v", path, w.Code, p)
		}
	}
}

// TestContractServed: the description and the schemas that it names are there,
// and nothing else of the program's files.
func TestContractServed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for path, mediaType := range map[string]string{
		"/api/openapi.yaml": "application/yaml", "/api/schemas/notice.schema.json": "application/schema+json", "/api/schemas/ended.schema.json": "application/schema+json",
	} {
		if w := h.get(path); w.Code != http.StatusOK || w.Header().Get("Content-Type") != mediaType || w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Body.Len() < 100 {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	for _, path := range []string{"/api/schemas/bureaus.yaml", "/api/schemas/x", "/api/schemas/..%2fbureaus.yaml", "/api/schemas/events"} {
		if w := h.get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, httptest.NewRequest(http.MethodOptions, "/api/outlook", nil))
	if w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "If-None-Match") {
		t.Errorf("a preflight: %d %v", w.Code, w.Header())
	}
}

// TestLinkedData: a notice's page says to programs what it says to people, and
// nothing in a notice gets out of the script element.
func TestLinkedData(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(func(n *notice.Notice) { n.OutageID = "</script><b>" }))
	type thing struct {
		Type, Name, Status, Start, Before, End string
	}
	read := func() []thing {
		root, err := html.Parse(bytes.NewReader(h.get("/notices/" + seed).Body.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode || n.Data != "script" || attr(n, "type") != "application/ld+json" {
				continue
			}
			var doc struct {
				Context string `json:"@context"`
				Graph   []struct {
					Type   string `json:"@type"`
					Name   string `json:"name"`
					Status string `json:"eventStatus"`
					Start  string `json:"startDate"`
					Before string `json:"previousStartDate"`
					End    string `json:"endDate"`
				} `json:"@graph"`
			}
			if err := json.Unmarshal([]byte(n.FirstChild.Data), &doc); err != nil || doc.Context != "https://schema.org" {
				t.Fatalf("%v\n%s", err, n.FirstChild.Data)
			}
			var all []thing
			for _, g := range doc.Graph {
				all = append(all, thing(g))
			}
			return all
		}
		t.Fatal("no data in the page")
		return nil
	}
	check := func(want thing) {
		t.Helper()
		got := read()
		if len(got) != 2 || got[0].Type != "SpecialAnnouncement" || !strings.HasPrefix(got[1].Name, "Interruption temporaire") {
			t.Fatalf("%+v", got)
		}
		got[1].Name = ""
		if want.Type = "Event"; got[1] != want {
			t.Errorf("%+v, want %+v", got[1], want)
		}
	}
	const scheduled, rescheduled, cancelled = "https://schema.org/EventScheduled", "https://schema.org/EventRescheduled", "https://schema.org/EventCancelled"
	check(thing{Status: scheduled, Start: "2023-08-08T09:00:00+02:00", End: "2023-08-08T17:00:00+02:00"})
	before := h.note(nil).Notice.Windows
	h.tell("2023-08-02T10:00", seed, notice.Postponed{Previous: before, Windows: []notice.Window{{Start: notice.At(moment(t, "2023-08-16T09:00")), End: notice.At(moment(t, "2023-08-16T17:00"))}}})
	check(thing{Status: rescheduled, Start: "2023-08-16T09:00:00+02:00", End: "2023-08-16T17:00:00+02:00", Before: "2023-08-08T09:00:00+02:00"})
	h.tell("2023-08-03T10:00", seed, notice.Cancelled{})
	check(thing{Status: cancelled, Start: "2023-08-16T09:00:00+02:00", End: "2023-08-16T17:00:00+02:00"})
}
