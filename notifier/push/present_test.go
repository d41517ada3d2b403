package push

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// TestStateOnConnect: who has heard nothing is told how things are, with the
// id to come back by.
func TestStateOnConnect(t *testing.T) {
	t.Parallel()
	s := newStudio(t, nil)
	at := start.Add(time.Minute)
	s.Now = func() time.Time { return at }
	s.append(start, "n1", s.seed())
	until(t, "the record has it", func() bool { seq, _ := s.record.Changed(); return seq == 1 })
	for query, want := range map[string]string{
		"":                                "delta-t delta-g gamma",
		"?service=delta-x":                "delta-x-import delta-x-export",
		"?service=DELTA+T&mode=edi":       "delta-t",
		"?environnement=exercise":         "",
		"?service=gamma&battement=oui":    "gamma",
		"?service=gamma&battement=non":    "gamma",
		"?service=delta-g&service=ecs":    "delta-g ecs",
		"?environnement=test&mode=edi":    "delta-t",
		"?environnement=test&mode=dti":    "gamma",
		"?service=ecs&environnement=test": "ecs",
	} {
		e := s.listen(query, "")
		id, rest, _ := strings.Cut(e.state, "\n")
		_, data, _ := strings.Cut(rest, "\ndata: ")
		var p Present
		if err := json.Unmarshal([]byte(data), &p); err != nil || id != "id: 1" || p.Seq != 1 || !p.Time.Equal(at) {
			t.Fatalf("%s: %v: %s", query, err, e.state)
		}
		got := map[string]notice.ServiceOutlook{}
		for _, so := range p.Services {
			got[so.Service] = so
		}
		for _, code := range strings.Fields(want) {
			so, ok := got[code]
			if !ok || strings.Contains(query, "mode=edi") && (len(so.Modes) != 1 || so.Modes[0].Mode != "edi") {
				t.Errorf("%s: %s is %+v", query, code, so)
			}
		}
		if named := strings.Contains(query, "service=") || want == ""; named && len(got) != len(strings.Fields(want)) {
			t.Errorf("%s: %d services are told of", query, len(got))
		}
		if so, ok := got["delta-t"]; ok && (so.Modes[0].Effect == notice.Interrupted) == strings.Contains(query, "test") {
			t.Errorf("%s: Delta T is %s", query, so.Modes[0].Effect)
		}
		if strings.Contains(query, "battement=oui") {
			if block := e.next(); !strings.HasPrefix(block, `event: beat`+"\n"+`data: {"time":"2023-08-08T09:01:00+02:00","known":1}`) {
				t.Errorf("%s: then %q", query, block)
			}
		}
		e.leave()
	}
}

// TestBeat: a page sees signs of life, and what the server does not know.
func TestBeat(t *testing.T) {
	t.Parallel()
	s := newStudio(t, func(s *studio) {
		s.Heartbeat = 50 * time.Millisecond
		s.Lost = func() (time.Time, bool) { return start, true }
	})
	e := s.listen("?depuis=0&battement=oui", "")
	for range 2 {
		if block := e.next(); !strings.HasPrefix(block, "event: beat\ndata: {") || !strings.HasSuffix(block, `"known":0,"stale_since":"2023-08-08T09:00:00+02:00"}`) {
			t.Errorf("a sign of life: %q", block)
		}
	}
}
