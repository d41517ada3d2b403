package schemas_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"testing"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// addSeeds gives a fuzz test the published examples, and small documents that
// reach the corners. The examples are embedded: they cannot vanish.
func addSeeds(f *testing.F) {
	examples, err := fs.Glob(schemas.Files, "examples/*/notice.yaml")
	if err != nil || len(examples) == 0 {
		f.Fatalf("no examples: %v", err)
	}
	for _, path := range examples {
		text, err := schemas.Files.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		var n notice.Notice
		if _, ps := schemas.Decode(text, &n); len(ps) > 0 {
			f.Fatal(ps)
		}
		if text, err = json.Marshal(n); err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{
		"", "a: &b [*b]", "kind: incident\nwindows: [{start: 2023-10-29T02:30+02:00, end: 0001-01-01T00:00:00Z}]",
		`{"cause": {"text": "\u00e9\/\ud83d\ude00", "gender": "feminine"}, "messages": {"create": "allowed"}}`,
		"kind: degradation\nissuer: comint1\nsignatory: {name: x}\nissued: {date: 2023-08-01}\nscope:\n  - services: [Delta X, ecs]\n    modes: [DTI+]\n    windows: [{start: 2023-08-08T09:00}]\n    fallback: {authorised: true, until: 2023-08-08T08:00, service: gamma}\nsent: [{from: 2023-08-08T09:00, to: 2023-08-08T10:00, fate: lost, kinds: [create]}]\nclauses: [{id: advice, omit: x}]\n",
		"kind: maintenance\nissuer: comint1\nsignatory: {name: x}\nissued: {date: 2023-07-31}\ncause: une panne\nservices: [gamma]\nfallback: {authorised: true}\nwindows: [{start: 2023-09-24T02:30, end: 2023-09-24T03:30}]\nrecurs: {rule: FREQ=MONTHLY;BYDAY=-1SU;COUNT=9, except: [2023-10-29]}\nreminders: [48, 2]\nparagraphs: [\"Le dimanche 24 septembre 2023, puis le 29/10/2023 : ceci est un exercice.\"]\n",
		"kind: closure\nissuer: comint1\nsignatory: {name: x}\nissued: {date: 2023-07-31}\nservices: [delta-ie-import, trigo]\nwindows: [{start: 2023-08-08T09:00, end: 2023-08-08T10:00, may_extend_until: 2023-08-08T11:00}]\nrecurs: {rule: FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20231231T120000Z}\nreminders: []\n",
		"kind: information\nissuer: comint1\nsignatory: {name: x, by: interim}\nissued: {date: 2023-08-01}\nreinjection: {of: both, hours: 2, slots: 4, binding: true, from: 2023-08-08T18:00:30}\nparagraphs: [\"a\\nb\", 'c']\n",
	} {
		f.Add([]byte(text))
	}
}

// FuzzDecode: whatever is read without a problem reads the same once it has
// been written, by us and by others.
func FuzzDecode(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		var n notice.Notice
		d, ps := schemas.Decode(text, &n)
		d.Place(ps)
		lines := 1 + bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r"))
		for _, p := range ps {
			if p.What == "" || p.Line < 0 || p.Line > lines {
				t.Errorf("a problem without words, or beyond the text: %+v", p)
			}
		}
		if len(ps) > 0 {
			return
		}
		sayRequired(&n)
		first := encode(t, n)
		var again, others notice.Notice
		if _, ps := schemas.Decode(first, &again); len(ps) > 0 {
			t.Fatalf("%s\nis not read: %v", first, ps)
		}
		if err := json.Unmarshal(first, &others); err != nil {
			t.Fatalf("%s\nis not read by others: %v", first, err)
		}
		for _, n := range []notice.Notice{again, others} {
			if second := encode(t, n); !bytes.Equal(first, second) {
				t.Errorf("%s\nis written again as\n%s", first, second)
			}
		}
	})
}

// sayRequired fills in the words that a notice must have, as Check sees to.
func sayRequired(n *notice.Notice) {
	if n.Kind == "" {
		n.Kind = notice.Incident
	}
	if n.Reinjection != (notice.Reinjection{}) && n.Reinjection.Of == "" {
		n.Reinjection.Of = notice.BothDeclarations
	}
	for i := range n.Sent {
		if n.Sent[i].Fate == "" {
			n.Sent[i].Fate = "lost"
		}
	}
	for i := range n.Scope {
		if n.Scope[i].Services == nil {
			n.Scope[i].Services = []string{}
		}
	}
}

func encode(t *testing.T, n notice.Notice) []byte {
	text, err := json.Marshal(n)
	if err != nil {
		t.Fatalf("%+v cannot be written: %v", n, err)
	}
	return text
}

// FuzzCheck: no document makes the checks fail, and what they find sound can be
// resolved, published, written, read by others, and folded.
func FuzzCheck(f *testing.F) {
	addSeeds(f)
	h, err := schemas.Default()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n, ps := schemas.Check(text, h.Catalogue, h.Bureaus)
		for _, p := range ps {
			if p.What == "" || p.String() == "" || p.Severity != notice.SeverityError && p.Severity != notice.SeverityWarning {
				t.Errorf("a problem without words: %+v", p)
			}
		}
		if ps.Err() != nil {
			return
		}
		command := notice.Command{ID: "c", Roles: []notice.Role{notice.Signer}, Act: notice.Published{Notice: n, Scope: h.Catalogue.Resolve(n)}}
		e, err := notice.Decide(notice.State{ID: "n"}, command, n.Issued.Date.Start())
		if err != nil {
			t.Fatal(err)
		}
		written, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back notice.Event
		if err := json.Unmarshal(written, &back); err != nil {
			t.Fatalf("%s\nis not read: %v", written, err)
		}
		if again, err := json.Marshal(back); err != nil || !bytes.Equal(again, written) {
			t.Errorf("%s\nis written again as\n%s", written, again)
		}
		s := notice.Fold([]notice.Event{back})
		windows := n.Occurrences()
		if len(windows) > notice.MaxOccurrences && len(n.Windows) == 1 {
			t.Errorf("%d windows", len(windows))
		}
		for i, w := range windows {
			if i > 0 && w.Start.Before(windows[i-1].End.Time) {
				t.Errorf("the window of %s begins before that of %s ends", w.Start, windows[i-1].Start)
			}
			if i > 3 { // each is as the others are
				continue
			}
			notice.Due(s, w.Start.Time)
			if next := notice.Next(s, w.Start.Time); !next.IsZero() && !next.After(w.Start.Time) {
				t.Errorf("at %s the clock is next due at %s", w.Start, next)
			}
			notice.OutlookAt(h.Catalogue, notice.EnvProduction, []notice.State{s}, w.Start.Time)
			struck := len(n.Scope) == 0 && len(s.Spans) > 0 && s.Spans[0].Effect != notice.Unaffected
			if p := s.Phase(w.Start.Time); struck && p != notice.Running {
				t.Errorf("at the start of its window the notice is %s", p)
			}
		}
	})
}
