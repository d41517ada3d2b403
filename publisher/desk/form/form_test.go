package form_test

import (
	"io/fs"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher/desk/form"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

func known(t testing.TB) form.Known {
	t.Helper()
	house, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	return form.Known{Catalogue: house.Catalogue, Now: time.Date(2023, 8, 1, 10, 0, 0, 0, notice.Legal)}
}

// full says something in every field.
const full = `
kind: maintenance
environment: production
exercise: true
retroactive: true
reference: "20000171"
outage_id: INT-2023-0001
issuer: comint1
signatory: {name: Michel BARON, role: Le chef de bureau adjoint, by: delegation}
contact: cellule e-commerce
issued: {place: Montreuil, date: 2023-08-01}
cause: {text: panne, gender: feminine, number: plural}
origin: trigo
services: [ecs, delta-t]
modes: [dti, edi]
windows: [{start: 2023-08-08T09:00:30+02:00, end: "2023-10-29T02:30:00+01:00", may_extend_until: 2023-10-29T12:00}]
recurs: {rule: "FREQ=WEEKLY;BYDAY=SU;COUNT=4", except: [2026-01-18]}
reminders: []
effect: degraded
messages: {create: forbidden, query: allowed}
fallback: {authorised: true, condition: bureau_agreement, from: 2023-08-08T10:00, until: 2023-08-09T10:00, sheet: "4", service: gamma-secours}
sent: [{from: 2023-08-08T09:00, to: 2023-08-08T10:00, kinds: [amend, create], fate: lost, resend: true}]
reinjection: {of: both, pace: immediate, from: 2023-08-09T10:00, hours: 4, slots: 8, binding: true}
advice: [anticipate, defer]
workaround: {code: "9998", text: à saisir}
exceptions: [{kinds: [query], until: 2023-08-09T10:00}, {kinds: [amend, create]}]
instead: [delta-x-import, delta-x-export, gun]
documents: [{title: Bulletin, url: "https://example.org/"}, {title: Autre}]
paragraphs:
  - |
    Une liste :
    - un ;
    - deux.
  - Deux.
clauses: [{id: follow}, {id: advice, omit: sans objet}, {id: messages, text: "Rien de {forbidden}."}, {id: trouble}]
distribution: [directions régionales, éditeurs]
`

func decoded(t testing.TB, text string) notice.Notice {
	t.Helper()
	var n notice.Notice
	if _, ps := schemas.Decode([]byte(text), &n); len(ps) > 0 {
		t.Fatal(ps)
	}
	return n
}

// examples are the notices of schemas/examples and those above.
func examples(t testing.TB) map[string]notice.Notice {
	t.Helper()
	all := map[string]notice.Notice{"full": decoded(t, full), "empty": {}}
	names, err := fs.Glob(schemas.Files, "examples/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "story.yaml") {
			continue
		}
		text, err := schemas.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = decoded(t, string(text))
	}
	if len(all) < 30 {
		t.Fatalf("only %d examples", len(all))
	}
	return all
}

// TestUntouched has every example in a form that nobody touches.
func TestUntouched(t *testing.T) {
	t.Parallel()
	k := known(t)
	for name, n := range examples(t) {
		v := form.Values(n, k)
		v.Set("clauses/order", strings.Join(orderShown(v), " ")) // which the page always sends
		for _, list := range []string{"services", "paragraphs", "advice"} {
			v.Add(list, "")
		}
		again, faults := form.Read(form.Tidy(v), n, k)
		if len(faults) > 0 || !reflect.DeepEqual(again, n) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", name, faults, again, n)
		}
		if changed := form.Changed(again, n); changed != nil {
			t.Errorf("%s: changed %v", name, changed)
		}
	}
}

func orderShown(v url.Values) []string {
	if order := v.Get("clauses/order"); order != "" {
		return strings.Fields(order)
	}
	return []string{"announce", "effect"} // not all: as good as none
}

// TestWritten has every example written into an empty form: each field says
// all that it stands for.
func TestWritten(t *testing.T) {
	t.Parallel()
	k := known(t)
	for name, n := range examples(t) {
		again, faults := form.Read(form.Tidy(form.Values(n, k)), notice.Notice{}, k)
		if name == "full" { // what only an untouched field keeps
			n.Environment = ""
			n.Windows = []notice.Window{n.Windows[0]}
			n.Windows[0].Start = again.Windows[0].Start
			n.Clauses = again.Clauses
		}
		if len(faults) > 0 || !reflect.DeepEqual(again, n) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", name, faults, again, n)
		}
	}
}

// TestTouched changes one field and looks that all others stay.
func TestTouched(t *testing.T) {
	t.Parallel()
	k := known(t)
	n := decoded(t, full)
	for field, texts := range form.Values(n, k) {
		v := form.Values(n, k)
		v[field] = []string{""}
		group := ""
		for _, g := range form.Groups() {
			if field == g || strings.HasPrefix(field, g+"/") {
				group = g
			}
		}
		again, faults := form.Read(form.Tidy(v), n, k)
		changed := form.Changed(again, n)
		if field == "clauses/order" || field == "signatory/role" && len(changed) == 1 {
			continue
		}
		if len(faults) > 0 {
			if len(changed) > 1 || len(changed) == 1 && changed[0] != group {
				t.Errorf("without %s %q: faults %v, changed %v", field, texts, faults, changed)
			}
			continue
		}
		if len(changed) != 1 || changed[0] != group {
			t.Errorf("without %s %q: changed %v, want %s", field, texts, changed, group)
		}
	}
}

func TestAsWritten(t *testing.T) {
	t.Parallel()
	k := known(t)
	seed := examples(t)["examples/2023-08-08/notice.yaml"]
	for _, c := range []struct{ field, text, at, want string }{
		{"windows/0/start", "8/8 à 10h", "windows", "2023-08-08T10:00:00+02:00"},
		{"windows/0/end", "18h30", "windows", "2023-08-08T18:30:00+02:00"},
		{"issued/date", "demain", "issued/date", "2023-08-02"},
		{"services/add", "Delta IE Import et Export; gun", "services", "ecs delta-ie-import delta-ie-export gun]"},
		{"services/add", "delta I/E", "services", "ecs delta-ie-export delta-ie-import]"},
		{"reminders/hours", "24h, 48", "reminders", "[24 48]"},
		{"origin", "Guichet unique", "origin", "gun"},
		{"instead", "DELTA-T, ics", "instead", "[delta-t ics-delta-p]"},
		{"distribution", "a ; b", "distribution", "[a b]"},
	} {
		v := form.Values(seed, k)
		v.Set(c.field, c.text)
		if strings.HasPrefix(c.field, "reminders") {
			v.Set("reminders/which", "own")
		}
		n, faults := form.Read(form.Tidy(v), seed, k)
		if len(faults) > 0 || !slices.Equal(form.Changed(seed, n), []string{c.at}) {
			t.Errorf("%s = %q: %v, changed %v", c.field, c.text, faults, form.Changed(seed, n))
			continue
		}
		back, said := form.Values(n, k), ""
		switch c.at {
		case "windows":
			said = n.Windows[0].Start.String() + " " + n.Windows[0].End.String()
		case "services":
			said = strings.Join(n.Services, " ") + "]"
		case "instead":
			said = "[" + strings.Join(n.Instead, " ") + "]"
		case "distribution":
			said = "[" + strings.Join(n.Distribution, " ") + "]"
		case "reminders":
			said = "[" + strings.ReplaceAll(back.Get("reminders/hours"), ",", "") + "]"
		case "issued/date":
			said = n.Issued.Date.String()
		case "origin":
			said = n.Origin
		}
		if !strings.Contains(said, c.want) {
			t.Errorf("%s = %q: %s, want %s", c.field, c.text, said, c.want)
		}
	}
	v := form.Values(seed, k)
	v.Set("windows/0/start", "mardi 8 août de 10h à 12h")
	v.Set("windows/0/end", "")
	n, faults := form.Read(form.Tidy(v), seed, k)
	if len(faults) > 0 || n.Windows[0].End.String() != "2023-08-08T12:00:00+02:00" || n.Windows[0].Start.String() != "2023-08-08T10:00:00+02:00" {
		t.Errorf("a whole window: %v %v", n.Windows, faults)
	}
}

// TestFaults: what cannot be understood is said, at its field, and changes
// nothing.
func TestFaults(t *testing.T) {
	t.Parallel()
	k := known(t)
	seed := examples(t)["examples/2023-08-08/notice.yaml"]
	for field, text := range map[string]string{
		"windows/0/start": "lundi 8 août 2023 9h", "windows/0/end": "31 juin 2023 9h", "windows/0/may_extend_until": "n’importe quoi",
		"issued/date": "29 février 2023", "services/add": "Delta Z", "services": "delta-z", "modes": "fax", "kind": "rumeur",
		"effect": "exploded", "messages/create": "perhaps", "fallback/from": "hier ?", "fallback/service": "Delta Z",
		"reinjection/hours": "quatre", "reinjection/of": "all", "advice": "panic", "origin": "Delta Z", "instead": "Delta T, Delta Z",
		"sent/0/from": "8h61", "exceptions/0/kinds": "bribe", "cause/gender": "neuter",
	} {
		v := form.Values(seed, k)
		v.Set(field, text)
		n, faults := form.Read(form.Tidy(v), seed, k)
		if len(faults) != 1 || faults[0].Field != field || faults[0].What == "" || faults[0].Remedy == "" {
			t.Errorf("%s = %q: %v", field, text, faults)
		}
		if strings.Contains(field, "windows") && !reflect.DeepEqual(n.Windows, seed.Windows) {
			t.Errorf("%s = %q: changed to %v", field, text, n.Windows)
		}
	}
	for _, v := range []url.Values{
		{"recurs/freq": {"WEEKLY"}}, {"recurs/freq": {"WEEKLY"}, "recurs/count": {"4"}, "recurs/until": {"1er septembre 2023"}},
		{"recurs/freq": {"WEEKLY"}, "recurs/count": {"x"}}, {"clauses/advice/leave": {"true"}},
		{"reminders/which": {"own"}, "reminders/hours": {"bientôt"}},
	} {
		n, faults := form.Read(v, seed, k)
		if len(faults) != 1 {
			t.Errorf("%v: %v, %+v", v, faults, n)
		}
	}
}

func TestRecurs(t *testing.T) {
	t.Parallel()
	k := known(t)
	for rule, v := range map[string]url.Values{
		"FREQ=WEEKLY;COUNT=4":             {"recurs/freq": {"WEEKLY"}, "recurs/count": {"4"}},
		"FREQ=DAILY;UNTIL=20230901":       {"recurs/freq": {"DAILY"}, "recurs/until": {"1er septembre 2023"}},
		"FREQ=MONTHLY;BYDAY=1SU;COUNT=12": {"recurs/freq": {"other"}, "recurs/rule": {"freq=monthly;byday=1su;count=12"}},
		"":                                {"recurs/freq": {""}, "recurs/count": {"4"}},
	} {
		n, faults := form.Read(v, notice.Notice{}, k)
		if len(faults) > 0 || n.Recurs.Rule != rule {
			t.Errorf("%v: %+v %v, want %s", v, n.Recurs, faults, rule)
		}
		again, _ := form.Read(form.Values(n, k), notice.Notice{}, k)
		if again.Recurs.Rule != rule {
			t.Errorf("%s comes back as %s", rule, again.Recurs.Rule)
		}
	}
}

// TestNotOffered: what a form does not offer is not set, and numbers that no
// form has take no memory.
func TestNotOffered(t *testing.T) {
	t.Parallel()
	k := known(t)
	seed := examples(t)["examples/2023-08-08/notice.yaml"]
	v := url.Values{
		"id": {"x"}, "status": {"approved"}, "as": {"corrected"}, "bureau": {"other"}, "Kind": {"incident"}, "kind/x": {"incident"},
		"windows/99999999/start": {"9h"}, "windows/-1/start": {"9h"}, "windows/01/start": {"9h"}, "signatory": {"x"}, "messages/bribe": {"allowed"},
	}
	n, _ := form.Read(form.Tidy(v), seed, k)
	if changed := form.Changed(seed, n); len(changed) > 0 {
		for _, name := range changed {
			if name != "kind" && name != "messages" && name != "windows" {
				t.Errorf("changed %v", changed)
			}
		}
	}
}

func TestDo(t *testing.T) {
	t.Parallel()
	k := known(t)
	seed := examples(t)["examples/2023-08-08/notice.yaml"]
	v := form.Tidy(form.Values(seed, k))
	do := func(act, want string) {
		t.Helper()
		if focus, ok := form.Do(v, act); !ok || focus != want {
			t.Errorf("%s leads to %q, %t, want %q", act, focus, ok, want)
		}
	}
	do("windows+", "windows/1/start")
	do("paragraphs+", "paragraphs/0")
	if form.Count(v, "windows") != 2 || form.Count(v, "paragraphs") != 1 {
		t.Errorf("%v", v)
	}
	v.Set("windows/1/start", "9 août 2023 9h")
	do("windows/0-", "windows")
	n, faults := form.Read(form.Tidy(v), seed, k)
	if len(n.Windows) != 1 || n.Windows[0].Start.Day() != 9 || len(faults) > 0 || n.Paragraphs != nil {
		t.Errorf("%+v %v", n.Windows, faults)
	}
	do("scope+", "scope/1/services")
	n, faults = form.Read(form.Tidy(v), seed, k)
	if len(faults) > 0 || n.Services != nil || n.Messages != nil || len(n.Scope) != 1 || !reflect.DeepEqual(n.Lines()[0], seed.Lines()[0]) {
		t.Errorf("split into %+v %v\nwant %+v", n.Scope, faults, seed.Lines())
	}
	do("scope/0/windows+", "scope/0/windows/0/start")
	v.Set("clauses/shown", "announce effect advice messages")
	do("clauses/advice^", "clauses/advice")
	n, _ = form.Read(form.Tidy(v), seed, k)
	if len(n.Clauses) == 0 {
		t.Error("no clause has moved")
	}
	v.Set("clauses/shown", "announce advice effect messages")
	do("clauses/advice_", "clauses/advice")
	n, _ = form.Read(form.Tidy(v), seed, k)
	if n.Clauses != nil {
		t.Errorf("moved back: %+v", n.Clauses)
	}
	for _, act := range []string{"", "x", "kind+", "windows/x", "clauses/nothing^", "issuer/0-"} {
		if focus, ok := form.Do(v, act); ok {
			t.Errorf("%q leads to %q", act, focus)
		}
	}
}

func TestThree(t *testing.T) {
	t.Parallel()
	seed := examples(t)["examples/2023-08-08/notice.yaml"]
	mine, theirs := seed, seed
	mine.Cause.Text, mine.Signatory.Name, mine.Effect = "une panne", "Anne", notice.Degraded
	theirs.Cause.Text, theirs.Contact, theirs.Effect = "un incident", "", notice.Degraded
	m := form.Three(seed, mine, theirs, nil)
	if !slices.Equal(m.Mine, []string{"signatory/name"}) || !slices.Equal(m.Theirs, []string{"contact"}) || !slices.Equal(m.Both, []string{"cause"}) {
		t.Errorf("%+v", m)
	}
	if n := m.Notice; n.Signatory.Name != "Anne" || n.Contact != "" || n.Cause.Text != "un incident" || n.Effect != notice.Degraded {
		t.Errorf("%+v", n)
	}
	m = form.Three(seed, mine, theirs, func(group string) bool { return group == "cause" })
	if m.Notice.Cause.Text != "une panne" {
		t.Errorf("%+v", m.Notice)
	}
	if theirs.Signatory.Name != "Michel BARON" {
		t.Error("merging changed what was merged")
	}
}

// TestGroups: every field of a notice is in one group.
func TestGroups(t *testing.T) {
	t.Parallel()
	all := form.Groups()
	for name := range schemas.Fields(reflect.TypeFor[notice.Notice]()) {
		if !slices.ContainsFunc(all, func(g string) bool { return g == name || strings.HasPrefix(g, name+"/") }) {
			t.Errorf("the form has nothing for %s", name)
		}
	}
}

// FuzzRead: nothing that a browser sends panics, and what was understood is
// understood the same again.
func FuzzRead(f *testing.F) {
	k := known(f)
	for _, n := range examples(f) {
		f.Add(form.Values(n, k).Encode(), "windows+")
	}
	f.Add("windows/0/start=%3Cscript%3E&scope/3/windows/9/end=9h&clauses/order=x", "scope+")
	f.Fuzz(func(t *testing.T, query, act string) {
		v, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		v = form.Tidy(v)
		form.Do(v, act)
		n, faults := form.Read(form.Tidy(v), notice.Notice{}, k)
		again, more := form.Read(form.Tidy(form.Values(n, k)), notice.Notice{}, k)
		if len(faults) == 0 && (len(more) > 0 || len(form.Changed(n, again)) > 0) {
			t.Errorf("%q: %v, %v\n%+v\n%+v", query, more, form.Changed(n, again), n, again)
		}
		if _, err := schemas.Write(n); err != nil && len(faults) == 0 {
			t.Errorf("%q: %v", query, err)
		}
	})
}
