package notice_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

func TestFind(t *testing.T) {
	t.Parallel()
	c := house(t).Catalogue
	for name, want := range map[string]string{
		"delta-t": "delta-t", "Delta T": "delta-t", "DELTA T": "delta-t", "DELTA-T": "delta-t", "Delt@-T": "delta-t", "delta.t": "delta-t",
		"Delta Transit": "delta-t", "ICS-Delta P": "ics-delta-p", "ICS Delta P": "ics-delta-p", "Delta\u00a0P": "ics-delta-p", "ICS": "ics-delta-p",
		"Delta X Import": "delta-x-import", "DELTA-X EXPORT": "delta-x-export", "H7": "delta-h7", "deltah7": "delta-h7", "ecs": "ecs", "Gamma": "gamma",
		"DELTA IE import": "delta-ie-import", "STI": "ics2-ue", "gamma 2": "gamma", "GAMMA Procédure de secours": "gamma-secours",
		"si brexit": "si-brexit", "Guichet unique": "gun", "Delta G export": "delta-g",
	} {
		if got, err := c.Find(name); err != nil || got != want {
			t.Errorf("Find(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
	for name, says := range map[string]string{
		"Delta X":   "say which: delta-x-export, delta-x-import",
		"DELTA-X":   "say which: delta-x-export, delta-x-import",
		"dleta-t":   `did you mean "delta-t"?`,
		"delta-h8":  `did you mean "delta-h7"?`,
		"gama":      `did you mean "gamma"?`,
		"Delta I/E": "say which: delta-ie-export, delta-ie-import",
		"Sofi":      "known: certex, ciel, delta-g",
		"":          "known: certex, ciel, delta-g",
		"---":       "known: certex, ciel, delta-g",
		"delta-t\n": "",
	} {
		got, err := c.Find(name)
		if says == "" {
			if err != nil {
				t.Errorf("Find(%q): %v", name, err)
			}
			continue
		}
		if !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("Find(%q) = %q, %v; want %q", name, got, err, says)
		}
	}
}

func TestFindMode(t *testing.T) {
	t.Parallel()
	c := house(t).Catalogue
	for name, want := range map[string]string{"edi": "edi", "EDI": "edi", "dti": "dti", "DTI+": "dti-plus", "dti +": "dti-plus", "DTI-plus": "dti-plus"} {
		if got, err := c.FindMode(name); err != nil || got != want {
			t.Errorf("FindMode(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := c.FindMode("edit"); !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), `did you mean "edi"?`) {
		t.Errorf("edit: %v", err)
	}
	if got := c.ModeCodes(); !slices.Equal(got, []string{"dti", "dti-plus", "edi"}) {
		t.Errorf("the modes are %v", got)
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	c := house(t).Catalogue
	written := notice.Notice{Services: []string{"Delta T", "Delta X", "H7"}, Modes: []string{"DTI+", "fax"}, Origin: "DELTA-G", Fallback: notice.Fallback{Service: "Gamma"},
		Scope: []notice.Scope{{Services: []string{"ICS"}, Modes: []string{"EDI"}, Fallback: notice.Fallback{Service: "ECS"}}, {Services: []string{"delta-z"}}}}
	before := fmt.Sprint(written)
	n, ps := c.Canonical(written)
	if fmt.Sprint(written) != before {
		t.Error("the notice that was written is not what it was")
	}
	if !slices.Equal(n.Services, []string{"delta-t", "delta-h7"}) || !slices.Equal(n.Modes, []string{"dti-plus"}) || n.Origin != "delta-g" || n.Fallback.Service != "gamma" {
		t.Errorf("%v in %v, for %s, by %s", n.Services, n.Modes, n.Origin, n.Fallback.Service)
	}
	if line := n.Scope[0]; line.Services[0] != "ics-delta-p" || line.Modes[0] != "edi" || line.Fallback.Service != "ecs" {
		t.Errorf("the line is %+v", line)
	}
	var places []string
	for _, p := range ps {
		places = append(places, p.Pointer)
		if p.Remedy == "" {
			t.Errorf("%s has no remedy", p)
		}
	}
	if !slices.Equal(places, []string{"/services/1", "/modes/1", "/scope/1/services/0"}) {
		t.Errorf("the problems are at %v", places)
	}
	if _, ps := c.Canonical(notice.Notice{Origin: "sofi", Fallback: notice.Fallback{Service: "sofi"}}); len(ps) != 2 {
		t.Errorf("unknown origin and fallback: %v", ps)
	}
	if n, ps := c.Canonical(notice.Notice{}); len(ps) > 0 || !reflect.DeepEqual(n, notice.Notice{}) {
		t.Errorf("an empty notice becomes %+v, %v", n, ps)
	}
}

// TestResolve: what the record carries needs no catalogue.
func TestResolve(t *testing.T) {
	t.Parallel()
	c := house(t).Catalogue
	fewer := c.Services["ecs"]
	fewer.Modes = []string{"edi"}
	c.Services = mapWith(c.Services, "ecs", fewer)
	got := c.Resolve(notice.Notice{Kind: notice.Maintenance, Services: []string{"delta-t", "ecs", "delta-g"}, Modes: []string{"edi", "dti"}, Messages: notice.Messages{notice.Create: notice.Forbidden}})
	if len(got) != 2 || !slices.Equal(got[0].Services, []string{"delta-t", "delta-g"}) || !slices.Equal(got[0].Modes, []string{"edi", "dti", "dti-plus"}) ||
		!slices.Equal(got[1].Services, []string{"ecs"}) || !slices.Equal(got[1].Modes, []string{"edi"}) ||
		got[0].Effect != notice.Interrupted || got[1].Messages[notice.Create] != notice.Forbidden {
		t.Errorf("resolved: %+v", got)
	}
	for kind, want := range map[notice.Kind]notice.Effect{
		notice.Maintenance: notice.Interrupted, notice.Incident: notice.Interrupted, notice.Degradation: notice.Degraded,
		notice.Information: notice.Unaffected, notice.Closure: notice.Closed,
	} {
		if got := c.Resolve(notice.Notice{Kind: kind, Services: []string{"ecs"}}); got[0].Effect != want {
			t.Errorf("a notice of %s without an effect is %s, want %s", kind, got[0].Effect, want)
		}
	}
	lines := []notice.Scope{{Services: []string{"ecs"}, Effect: notice.Degraded}, {Services: []string{"gamma"}, Modes: []string{"dti-plus"}}}
	got = c.Resolve(notice.Notice{Kind: notice.Incident, Scope: lines})
	if len(got) != 2 || got[0].Effect != notice.Degraded || !slices.Equal(got[1].Modes, []string{"dti-plus"}) || got[1].Effect != notice.Interrupted {
		t.Errorf("lines resolved: %+v", got)
	}
	if got := c.Resolve(notice.Notice{Kind: notice.Information}); got != nil {
		t.Errorf("nothing resolves to %+v", got)
	}
	if got := c.WithSubmodes([]string{"dti"}); !slices.Equal(got, []string{"dti", "dti-plus"}) {
		t.Errorf("with DTI come %v", got)
	}
	if got := c.WithSubmodes(nil); got != nil {
		t.Errorf("with nothing come %v", got)
	}
}

// TestParts: what strikes a service strikes its parts, but for those of which
// the notice speaks itself.
func TestParts(t *testing.T) {
	t.Parallel()
	c := house(t).Catalogue
	part := notice.Service{Label: "Delta T Départ", Parent: "delta-t", Modes: []string{"edi"}}
	c.Services = mapWith(c.Services, "delta-t-depart", part)
	if ps := c.Check(); len(ps) > 0 {
		t.Fatal(ps)
	}
	lines := func(scope []notice.Scope) (text string) {
		for _, line := range scope {
			text += fmt.Sprintf("%v%v%s ", line.Services, line.Modes, line.Effect)
		}
		return text
	}
	for name, want := range map[string]struct {
		n    notice.Notice
		says string
	}{
		"the whole":                       {notice.Notice{Services: []string{"delta-t"}}, "[delta-t][edi dti dti-plus]interrupted [delta-t-depart][edi]interrupted "},
		"in a mode that the part has not": {notice.Notice{Services: []string{"delta-t"}, Modes: []string{"dti"}}, "[delta-t][dti dti-plus]interrupted "},
		"the part":                        {notice.Notice{Services: []string{"delta-t-depart"}}, "[delta-t-depart][edi]interrupted "},
		"both":                            {notice.Notice{Services: []string{"delta-t", "delta-t-depart"}, Modes: []string{"edi"}}, "[delta-t delta-t-depart][edi]interrupted "},
		"the part in a line of its own": {notice.Notice{Scope: []notice.Scope{{Services: []string{"delta-t"}, Modes: []string{"edi"}}, {Services: []string{"delta-t-depart"}, Effect: notice.Degraded}}},
			"[delta-t][edi]interrupted [delta-t-depart][edi]degraded "},
	} {
		if got := lines(c.Resolve(want.n)); got != want.says {
			t.Errorf("%s: %s, want %s", name, got, want.says)
		}
	}
	part.Parent = "delta-t-depart"
	c.Services = mapWith(c.Services, "delta-t-quai", part)
	if ps := c.Check(); len(ps) == 0 || !strings.Contains(ps.Error(), "delta-t-depart is itself a part") {
		t.Errorf("a part of a part: %v", ps)
	}
}

// TestDependents: what hangs on TRIGO, however far.
func TestDependents(t *testing.T) {
	t.Parallel()
	c := house(t).Catalogue
	for struck, want := range map[string]string{
		"trigo":     "map[delta-ie-export:[trigo] delta-ie-import:[trigo] gamma:[delta-ie-export]]",
		"ics2-ue":   "map[delta-t:[ics2] ics2:[ics2-ue] si-brexit:[delta-t]]",
		"si-brexit": "map[]",
	} {
		if got := fmt.Sprint(c.Dependents([]string{struck}, nil)); got != want {
			t.Errorf("on %s hang %s, want %s", struck, got, want)
		}
	}
	if got := fmt.Sprint(c.Dependents([]string{"trigo", "trigo"}, []string{"delta-ie-export"})); got != "map[delta-ie-import:[trigo]]" {
		t.Errorf("with the export settled: %s", got)
	}
	loop := notice.Catalogue{Services: map[string]notice.Service{"a": {DependsOn: []string{"b"}}, "b": {DependsOn: []string{"a"}}}}
	if got := fmt.Sprint(loop.Dependents([]string{"a"}, nil)); got != "map[b:[a]]" {
		t.Errorf("two that hang on each other: %s", got)
	}
}

func mapWith[V any](m map[string]V, key string, v V) map[string]V {
	with := map[string]V{key: v}
	for k, v := range m {
		if k != key {
			with[k] = v
		}
	}
	return with
}

func TestCatalogueCheck(t *testing.T) {
	t.Parallel()
	sound := notice.Service{Label: "Delta T", Modes: []string{"edi"}}
	for name, c := range map[string]struct {
		service notice.Service
		code    string
		says    string
	}{
		"a code with a dot":      {sound, "delta.t", "cannot be a code"},
		"a code in capitals":     {sound, "DELTA", "cannot be a code"},
		"no label":               {notice.Service{Modes: []string{"edi"}}, "x", "a service needs a label"},
		"no modes":               {notice.Service{Label: "X"}, "x", "a service needs its modes"},
		"a mode that is not":     {notice.Service{Label: "X", Modes: []string{"edit"}}, "x", `mode "edit" is not known`},
		"a group that is not":    {notice.Service{Label: "X", Modes: []string{"edi"}, Group: "g", Member: "m"}, "x", `group "g" is not known`},
		"a parent that is not":   {notice.Service{Label: "X", Modes: []string{"edi"}, Parent: "y"}, "x", `service "y" is not in the catalogue`},
		"a need that is not":     {notice.Service{Label: "X", Modes: []string{"edi"}, DependsOn: []string{"y"}}, "x", `service "y" is not in the catalogue`},
		"its own part":           {notice.Service{Label: "X", Modes: []string{"edi"}, Parent: "x"}, "x", "x refers to itself"},
		"a stand-in that is not": {notice.Service{Label: "X", Modes: []string{"edi"}, Fallback: "y"}, "x", `service "y" is not in the catalogue`},
		"the name of another":    {notice.Service{Label: "DELTA T", Modes: []string{"edi"}}, "x", `"DELTA T" is also a name of delta-t`},
		"an alias of another's":  {notice.Service{Label: "X", Aliases: []string{"Delt@ T"}, Modes: []string{"edi"}}, "x", `"Delt@ T" is also a name of delta-t`},
	} {
		catalogue := notice.Catalogue{Modes: map[string]notice.Mode{"edi": {Label: "EDI"}}, Services: map[string]notice.Service{"delta-t": sound}}
		if c.code == "delta.t" || c.code == "DELTA" {
			delete(catalogue.Services, "delta-t")
		}
		if ps := catalogue.Check(); len(ps) > 0 {
			t.Fatalf("%s: a sound catalogue: %v", name, ps)
		}
		catalogue.Services[c.code] = c.service
		ps := catalogue.Check()
		if !slices.ContainsFunc(ps, func(p notice.Problem) bool { return strings.Contains(p.What, c.says) && p.Remedy != "" }) {
			t.Errorf("%s: %v, want %q", name, ps, c.says)
		}
	}
	modes := map[string]notice.Mode{"edi": {Label: "EDI", Under: "fax"}, "A B": {Label: "AB"}}
	if ps := (notice.Catalogue{Modes: modes}).Check(); len(ps) != 2 {
		t.Errorf("a mode under none, and one with a blank: %v", ps)
	}
}

func TestBureausCheck(t *testing.T) {
	t.Parallel()
	for says, b := range map[string]notice.Bureau{
		"":                          {ReminderHours: []int{24, 2}, NoticeDays: 7},
		"a reminder 0 hours before": {ReminderHours: []int{0}},
		"a reminder 700 hours":      {ReminderHours: []int{24, 700}},
		"a notice period":           {NoticeDays: -1},
	} {
		ps := notice.Bureaus{"c1": b}.Check()
		if says == "" && len(ps) > 0 || says != "" && (len(ps) != 1 || !strings.HasPrefix(ps[0].What, says) || ps[0].Remedy == "") {
			t.Errorf("%q: %v", says, ps)
		}
	}
}

func TestBureaus(t *testing.T) {
	t.Parallel()
	b := house(t).Bureaus
	if bureau, err := b.Find("comint1"); err != nil || bureau.Place != "Montreuil" {
		t.Errorf("comint1: %+v, %v", bureau, err)
	}
	if _, err := b.Find("comint"); !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), `did you mean "comint1"?`) {
		t.Errorf("comint: %v", err)
	}
}
