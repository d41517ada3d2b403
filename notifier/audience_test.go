package notifier

import (
	"slices"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// parts is a catalogue with a service in two parts, a group, and a sub-mode.
var parts = notice.Catalogue{
	Modes:  map[string]notice.Mode{"edi": {Label: "EDI"}, "dti": {Label: "DTI"}, "dti-plus": {Label: "DTI+", Under: "dti"}},
	Groups: map[string]notice.Group{"delta-x": {Label: "Delta X"}},
	Services: map[string]notice.Service{
		"delta-g":        {Label: "Delta G", Modes: []string{"edi", "dti", "dti-plus"}},
		"delta-g-import": {Label: "Delta G Import", Parent: "delta-g", Modes: []string{"edi", "dti", "dti-plus"}},
		"delta-g-export": {Label: "Delta G Export", Parent: "delta-g", Modes: []string{"edi", "dti", "dti-plus"}},
		"delta-x-import": {Label: "Delta X Import", Group: "delta-x", Member: "Import", Modes: []string{"edi", "dti"}},
		"delta-x-export": {Label: "Delta X Export", Group: "delta-x", Member: "Export", Modes: []string{"edi", "dti"}},
		"delta-t":        {Label: "Delta T", Modes: []string{"edi", "dti", "dti-plus"}},
	},
}

// striking is the tale of a notice's publication.
func striking(services, modes []string) Tale {
	n := notice.Notice{
		Kind: notice.Maintenance, Issuer: "comint1", Services: services, Modes: modes,
		Windows: []notice.Window{{Start: notice.At(start), End: notice.At(start.Add(8 * time.Hour))}},
	}
	return then(Tale{}, notice.Published{Notice: n, Scope: parts.Resolve(n)})
}

// then is the tale of what befalls a notice next.
func then(t Tale, act notice.Act) Tale {
	e := notice.Event{ID: string(act.Type()), Notice: "n1", Number: t.State.Number + 1, Time: start.Add(time.Minute), Act: act}
	return Tale{Event: e, State: t.State.With(e)}
}

func TestWhoIsConcernedByService(t *testing.T) {
	t.Parallel()
	g, x, all := []string{"delta-g"}, []string{"delta-x-import"}, []string(nil)
	for _, c := range []struct {
		name            string
		services, modes []string // struck; all modes if none
		asked, in       []string // by the subscriber
		want            bool
	}{
		{"everything asked", g, all, nil, nil, true},
		{"the service itself", g, all, g, nil, true},
		{"another service", g, all, []string{"delta-t"}, nil, false},
		{"one of several", g, all, []string{"delta-t", "delta-g"}, nil, true},
		{"its group", x, all, []string{"delta-x"}, nil, true},
		{"another of its group", x, all, []string{"delta-x-export"}, nil, false},
		{"the group of no service struck", g, all, []string{"delta-x"}, nil, false},
		{"the whole of a part", []string{"delta-g-import"}, all, g, nil, true},
		{"a part of the whole", g, all, []string{"delta-g-export"}, nil, true},
		{"another part", []string{"delta-g-import"}, all, []string{"delta-g-export"}, nil, false},
		{"the mode struck", g, []string{"edi"}, g, []string{"edi"}, true},
		{"another mode", g, []string{"edi"}, g, []string{"dti"}, false},
		{"another mode of any service", g, []string{"edi"}, nil, []string{"dti"}, false},
		{"the mode struck of any service", g, []string{"edi"}, nil, []string{"edi"}, true},
		{"DTI+ when DTI is struck", g, []string{"dti"}, g, []string{"dti-plus"}, true},
		{"DTI when DTI+ alone is struck", g, []string{"dti-plus"}, g, []string{"dti"}, true},
		{"EDI when DTI+ alone is struck", g, []string{"dti-plus"}, g, []string{"edi"}, false},
		{"a mode that the service has not", x, all, x, []string{"dti-plus"}, false},
		{"no service at all", nil, nil, []string{"delta-t"}, []string{"edi"}, true},
	} {
		s := Subscriber{Services: c.asked, Modes: c.in}
		if got := AudienceOf(parts, striking(c.services, c.modes)).Concerns(s); got != c.want {
			t.Errorf("%s: concerned %v, want %v", c.name, got, c.want)
		}
	}
}

// TestModesGoByService: a mode struck at one service does not alarm those who
// asked for it at another.
func TestModesGoByService(t *testing.T) {
	t.Parallel()
	n := notice.Notice{Scope: []notice.Scope{{Services: []string{"delta-g"}, Modes: []string{"edi"}}, {Services: []string{"delta-t"}, Modes: []string{"dti"}}}}
	a := AudienceOf(parts, then(Tale{}, notice.Published{Notice: n, Scope: parts.Resolve(n)}))
	for _, c := range []struct {
		service, mode string
		want          bool
	}{{"delta-g", "edi", true}, {"delta-g", "dti", false}, {"delta-t", "edi", false}, {"delta-t", "dti", true}, {"delta-t", "dti-plus", true}} {
		if got := a.Concerns(Subscriber{Services: []string{c.service}, Modes: []string{c.mode}}); got != c.want {
			t.Errorf("%s in %s: concerned %v, want %v", c.service, c.mode, got, c.want)
		}
	}
}

// TestWhatActsTouch: an act that names services and modes concerns those who
// asked for them; one that leaves something out concerns them too.
func TestWhatActsTouch(t *testing.T) {
	t.Parallel()
	both := striking([]string{"delta-g", "delta-t"}, nil)
	less := striking([]string{"delta-t"}, nil).State
	two := []notice.Window{{Start: notice.At(start)}, {Start: notice.At(start.Add(24 * time.Hour))}}
	windows := then(Tale{}, notice.Published{Notice: notice.Notice{Windows: two}, Scope: []notice.Scope{
		{Services: []string{"delta-g"}, Modes: []string{"edi"}, Windows: two[:1]},
		{Services: []string{"delta-t"}, Modes: []string{"edi"}, Windows: two[1:]},
	}})
	for _, c := range []struct {
		name      string
		tale      Tale
		g, t, edi bool // who asked for Delta G, for Delta T, for Delta G in EDI
	}{
		{"ended", then(both, notice.Ended{At: notice.At(start)}), true, true, true},
		{"recovered, one service", then(both, notice.Recovered{At: notice.At(start), Services: []string{"delta-g"}}), true, false, true},
		{"recovered, one mode", then(both, notice.Recovered{At: notice.At(start), Modes: []string{"dti", "dti-plus"}}), true, true, false},
		{"recovered, both", then(both, notice.Recovered{At: notice.At(start), Services: []string{"delta-t"}, Modes: []string{"edi"}}), false, true, false},
		{"fallback closed", then(both, notice.FallbackClosed{Services: []string{"delta-t"}}), false, true, false},
		{"fallback opened", then(both, notice.FallbackOpened{Services: []string{"delta-t"}, Fallback: notice.Fallback{Authorised: true}}), false, true, false},
		{"corrected, a service left out", then(both, notice.Corrected{Notice: less.Notice, Scope: less.Scope}), true, true, true},
		{"reminded, one window of two", then(windows, notice.Reminded{Occurrence: 1, Start: two[1].Start}), false, true, false},
		{"started, one window of two", then(windows, notice.Started{Occurrence: 1, Planned: two[0].Start}), true, false, true},
		{"started, nobody knows which", then(windows, notice.Started{Occurrence: 3, Planned: notice.At(start.Add(time.Hour))}), true, true, true},
		{"cancelled", then(both, notice.Cancelled{}), true, true, true},
	} {
		a := AudienceOf(parts, c.tale)
		g := a.Concerns(Subscriber{Services: []string{"delta-g"}})
		d := a.Concerns(Subscriber{Services: []string{"delta-t"}})
		edi := a.Concerns(Subscriber{Services: []string{"delta-g"}, Modes: []string{"edi"}})
		if g != c.g || d != c.t || edi != c.edi {
			t.Errorf("%s: Delta G %v, Delta T %v, Delta G in EDI %v", c.name, g, d, edi)
		}
	}
}

// TestWants goes through every act: it is asked for as what has a letter, as
// what happens, or as both.
func TestWants(t *testing.T) {
	t.Parallel()
	both := []notice.Type{notice.TypeChanged}
	letters := []notice.Type{notice.TypePublished, notice.TypeCorrected, notice.TypePostponed, notice.TypeCancelled, notice.TypeReinstated, notice.TypeReminded}
	for _, rule := range notice.Rules() {
		act, err := notice.DecodeAct(rule.Act, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if rule.Private() {
			continue // see TestPrivate
		}
		a := AudienceOf(parts, then(striking([]string{"delta-g"}, nil), act))
		wantLetter := slices.Contains(letters, rule.Act) || slices.Contains(both, rule.Act)
		wantAlert := !slices.Contains(letters, rule.Act)
		if got := a.Concerns(Subscriber{Wants: []Want{WantNotices}}); got != wantLetter {
			t.Errorf("%s concerns those who want notices: %v", rule.Act, got)
		}
		if got := a.Concerns(Subscriber{Wants: []Want{WantAlerts}}); got != wantAlert {
			t.Errorf("%s concerns those who want alerts: %v", rule.Act, got)
		}
		if !a.Concerns(Subscriber{}) {
			t.Errorf("%s does not concern those who want everything", rule.Act)
		}
		ours := a.Concerns(Subscriber{Wants: []Want{WantStaff}, Bureau: "comint1"})
		theirs := a.Concerns(Subscriber{Wants: []Want{WantStaff}, Bureau: "comint2"})
		if ours != (rule.Act == notice.TypeOverdue) || theirs {
			t.Errorf("%s concerns the bureau's staff %v, another's %v", rule.Act, ours, theirs)
		}
	}
}

// TestPrivate: what the bureau alone is told, it is told, and nobody else,
// whatever they asked for.
func TestPrivate(t *testing.T) {
	t.Parallel()
	g := striking([]string{"delta-g"}, nil)
	for _, c := range []struct {
		name string
		act  notice.Act
		who  Subscriber
		want bool
	}{
		{"the bureau", notice.Nudged{}, Subscriber{Wants: []Want{WantStaff}, Bureau: "comint1"}, true},
		{"another bureau", notice.Nudged{}, Subscriber{Wants: []Want{WantStaff}, Bureau: "comint2"}, false},
		{"everything", notice.Nudged{}, Subscriber{}, false},
		{"alerts", notice.Nudged{}, Subscriber{Wants: []Want{WantAlerts}}, false},
		{"the service", notice.Nudged{}, Subscriber{Services: []string{"delta-g"}}, false},
		{"the bureau's mailbox, asking as the public does", notice.Nudged{}, Subscriber{Bureau: "comint1"}, false},
		{"everything, of what is public", notice.Overdue{}, Subscriber{}, true},
	} {
		if got := AudienceOf(parts, then(g, c.act)).Concerns(c.who); got != c.want {
			t.Errorf("%s: concerned %v, want %v", c.name, got, c.want)
		}
	}
}

func TestEnvironments(t *testing.T) {
	t.Parallel()
	production, test := striking([]string{"delta-g"}, nil), striking([]string{"delta-g"}, nil)
	test.State.Notice.Environment = notice.EnvTest
	drill := striking([]string{"delta-g"}, nil)
	drill.State.Notice.Exercise = true
	for _, c := range []struct {
		name  string
		tale  Tale
		asked []string
		want  bool
	}{
		{"production by default", production, nil, true},
		{"production by name", production, []string{"production"}, true},
		{"production for testers", production, []string{"test"}, false},
		{"tests by default", test, nil, false},
		{"tests by name", test, []string{"test"}, true},
		{"tests for both", test, []string{"production", "test"}, true},
		{"a drill says so itself", drill, nil, true},
	} {
		if got := AudienceOf(parts, c.tale).Concerns(Subscriber{Environments: c.asked}); got != c.want {
			t.Errorf("%s: concerned %v, want %v", c.name, got, c.want)
		}
	}
}

// TestAudienceIsTold: the audience decides who is told, channel by channel.
func TestAudienceIsTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	add := func(s Subscriber) string {
		s.Address += "@transitaire.example"
		s, err := h.Subscribers.Add(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return s.ID
	}
	ids := []string{
		add(Subscriber{Channel: "mail", Address: "all"}),
		add(Subscriber{Channel: "mail", Address: "h7", Services: []string{"delta-h7"}, Modes: []string{"edi"}}),
	}
	add(Subscriber{Channel: "mail", Address: "gamma", Services: []string{"gamma"}})
	add(Subscriber{Channel: "mail", Address: "letters", Wants: []Want{WantNotices}})
	add(Subscriber{Channel: "mail", Address: "test", Environments: []string{"test"}})
	add(Subscriber{Channel: "webhook", Address: "hook"})
	h.alert("n1")
	h.run()
	e := h.started("n1")
	h.settle()
	h.once(ids, e)
}
