package outlook

import (
	"encoding/json"
	"net/http"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// ask reads a JSON answer into v.
func (h *house) ask(path string, v any) {
	h.t.Helper()
	w := h.get(path)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		h.t.Fatalf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), v); err != nil {
		h.t.Fatalf("%s: %v", path, err)
	}
}

// mode is one service and mode of an outlook.
func mode(t testing.TB, o Outlook, service, mode string) notice.ModeOutlook {
	t.Helper()
	for _, s := range o.Services {
		for _, m := range s.Modes {
			if s.Service == service && m.Mode == mode {
				return m
			}
		}
	}
	t.Fatalf("no %s/%s in the outlook", service, mode)
	return notice.ModeOutlook{}
}

func TestOutlookJSON(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-01T15:10", another, h.note(func(n *notice.Notice) { n.Environment, n.Services = notice.EnvTest, []string{"gamma"} }))
	h.set("2023-08-08T17:01")
	for _, c := range []struct {
		path, service string
		effect        notice.Effect
		overdue       bool
	}{
		{"/api/outlook", "delta-g", notice.Interrupted, true},
		{"/api/outlook", "gamma", notice.Unaffected, false},
		{"/api/outlook?environment=test", "gamma", notice.Interrupted, true},
		{"/api/outlook?environment=test", "delta-g", notice.Unaffected, false},
		{"/api/outlook?at=2023-08-08T09:00", "delta-g", notice.Interrupted, false},
		{"/api/outlook?at=2023-08-08T06:59:59Z", "delta-g", notice.Unaffected, false},
		{"/api/outlook?at=2023-08-08T12:00&known_at=2023-08-01T14:59", "delta-g", notice.Unaffected, false},
	} {
		var o Outlook
		h.ask(c.path, &o)
		m := mode(t, o, c.service, "dti-plus")
		if m.Effect != c.effect || m.Overdue != c.overdue || (m.Fallback != nil) != (c.effect == notice.Interrupted) {
			t.Errorf("%s: %s is %+v", c.path, c.service, m)
		}
	}
	var o Outlook
	h.ask("/api/outlook?at=2023-08-08T12:00&known_at=2023-08-08T11:00", &o)
	if o.At.String() != "2023-08-08T12:00:00+02:00" || o.KnownAt.String() != "2023-08-08T11:00:00+02:00" || o.Environment != notice.EnvProduction {
		t.Errorf("at %s, known at %s, in %s", o.At, o.KnownAt, o.Environment)
	}
}

func TestNoticesJSON(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	var briefs []Brief
	h.ask("/api/notices", &briefs)
	if briefs == nil || len(briefs) > 0 {
		t.Errorf("no notices: %v", briefs)
	}
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.tell("2023-08-08T17:01", seed, notice.Overdue{Occurrence: 1})
	h.ask("/api/notices", &briefs)
	want := Brief{
		ID: seed, Title: "Interruption temporaire des services en ligne Delta\u00a0T, ICS-Delta\u00a0P, Delta\u00a0G, Delta\u00a0X Import et Export, Delta\u00a0H7 et ECS",
		Reference: "20000171", Kind: notice.Maintenance, Environment: notice.EnvProduction, Phase: notice.Running, Overdue: true, Version: 1,
		Published: notice.At(moment(t, "2023-08-01T15:00")), Updated: notice.At(moment(t, "2023-08-08T17:01")), URL: "https://meteo.example/notices/" + seed,
	}
	if len(briefs) != 1 || briefs[0] != want {
		t.Errorf("notices: %+v", briefs)
	}
	var life Life
	h.ask("/api/notices/"+seed, &life)
	if life.Brief != want || len(life.Spans) != 21 || len(life.Events) != 2 || life.Events[1].Act.Type() != notice.TypeOverdue || life.Notice.Reference != "20000171" {
		t.Errorf("a notice: %+v", life)
	}
	if again := notice.Fold(life.Events); again.Phase(h.now()) != notice.Running || len(again.Spans) != 21 {
		t.Error("the events do not add up to the notice")
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	for path, want := range map[string]Problem{
		"/api/outlook?at=soon":                      {"Bad Request", 400, `at: "soon" is not a date and time`, "write local legal time as 2023-08-08T09:00"},
		"/api/outlook?at=2022-10-30T02:30":          {"Bad Request", 400, "at: 2022-10-30T02:30 exists twice in legal time: clocks are put back that night", "write 2022-10-30T02:30:00+02:00 for the first or 2022-10-30T02:30:00+01:00 for the second"},
		"/api/outlook?known_at=2024-01-01T00:00":    {"Bad Request", 400, "known_at: 2024-01-01T00:00 is still to come: nobody knows what will have been published then", "ask for a time that has passed"},
		"/api/outlook?environment=prod":             {"Bad Request", 400, `environment: "prod" is not known`, "one of production, test"},
		"/api/notices/x":                            {"Not Found", 404, "no notice of this id has been published", "GET /api/notices lists them"},
		"/api/notices?page=9":                       {"Not Found", 404, "there is no such page of the list", "pages are counted from 1; follow the Link header"},
		"/api/outlook?at=2023-01-01&known_at=never": {"Bad Request", 400, `at: "2023-01-01" is not a date and time`, "write local legal time as 2023-08-08T09:00"},
	} {
		w := h.get(path)
		var got Problem
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got != want || w.Code != want.Status || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v %+v", path, w.Code, w.Header(), got)
		}
	}
}
