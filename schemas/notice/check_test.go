package notice_test

import (
	"errors"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

// checks are the seed with one thing wrong, what is said of it, and where.
var checks = []struct {
	name    string
	spoil   func(*testing.T, *notice.Notice)
	says    string // the beginning of what is wrong
	pointer string
	warns   bool
}{
	{"kind", func(_ *testing.T, n *notice.Notice) { n.Kind = "" }, "the kind is missing", "/kind", false},
	{"bureau", func(_ *testing.T, n *notice.Notice) { n.Issuer = "comint2" }, `bureau "comint2" is not known`, "/issuer", false},
	{"signatory", func(_ *testing.T, n *notice.Notice) { n.Signatory.Name = " " }, "nobody signs", "/signatory/name", false},
	{"contact", func(_ *testing.T, n *notice.Notice) { n.Contact = "cellule e-comerce" }, `"cellule e-comerce" is no contact`, "/contact", false},
	{"reference", func(_ *testing.T, n *notice.Notice) { n.Reference = "n°20000171" }, `"n°20000171" cannot be a reference`, "/reference", false},
	{"reference of another year", func(_ *testing.T, n *notice.Notice) { n.Reference = "20000171" }, "reference 20000171 reads as one of 2020", "/reference", true},
	{"scope and short form", func(_ *testing.T, n *notice.Notice) {
		n.Scope = []notice.Scope{{Services: []string{"gamma"}}}
	}, "scope stands beside the short form", "/scope", false},
	{"no service", func(_ *testing.T, n *notice.Notice) { n.Services = nil }, "no service is named", "/services", false},
	{"a line without services", func(_ *testing.T, n *notice.Notice) {
		lines(n, notice.Scope{Services: []string{"ecs"}}, notice.Scope{Effect: notice.Degraded})
	}, "no service is named", "/scope/1/services", false},
	{"two lines of one service", func(_ *testing.T, n *notice.Notice) {
		lines(n, notice.Scope{Services: []string{"ecs"}, Modes: []string{"dti"}}, notice.Scope{Services: []string{"gamma", "ecs"}, Effect: notice.Degraded})
	}, "ecs in dti is in line 1 of the scope too", "/scope/1/services", false},
	{"degradation with a fallback", func(_ *testing.T, n *notice.Notice) { n.Kind = notice.Degradation }, "a degradation with a fallback is rare", "/fallback", true},
	{"cause", func(_ *testing.T, n *notice.Notice) { n.Cause.Text = "" }, "the cause is missing", "/cause", false},
	{"window", func(_ *testing.T, n *notice.Notice) { n.Windows = nil }, "no window is given", "/windows", false},
	{"window of a degradation", func(_ *testing.T, n *notice.Notice) {
		n.Kind, n.Windows, n.Fallback = notice.Degradation, nil, notice.Fallback{}
	}, "no window is given", "/windows", false},
	{"service twice", func(_ *testing.T, n *notice.Notice) { n.Services = []string{"ecs", "gamma", "ecs"} }, "ecs is named twice", "/services/2", false},
	{"service without the mode", func(_ *testing.T, n *notice.Notice) { n.Services, n.Modes = []string{"ecs"}, []string{"fax"} }, "ecs has none of these modes", "/modes", false},
	{"fallback not authorised", func(_ *testing.T, n *notice.Notice) { n.Fallback.Authorised = false }, "a fallback that is not authorised", "/fallback", false},
	{"fallback backwards", func(t *testing.T, n *notice.Notice) {
		n.Fallback.From, n.Fallback.Until = instant(t, "12:00"), instant(t, "11:00")
	}, "the fallback ends before it begins", "/fallback/until", false},
	{"fallback until before the window", func(t *testing.T, n *notice.Notice) { n.Fallback.Until = instant(t, "08:00") }, "the fallback ends before it begins", "/fallback/until", false},
	{"fallback before the window", func(t *testing.T, n *notice.Notice) { n.Fallback.From = instant(t, "08:00") }, "the fallback begins before the window", "/fallback/from", true},
	{"window backwards", func(t *testing.T, n *notice.Notice) { n.Windows[0].End = instant(t, "08:00") }, "the window ends before it starts", "/windows/0/end", false},
	{"window without a start", func(_ *testing.T, n *notice.Notice) { n.Windows[0].Start = notice.Time{} }, "the window has no start", "/windows/0/start", false},
	{"extension before the end", func(t *testing.T, n *notice.Notice) { n.Windows[0].MayExtendUntil = instant(t, "16:00") }, "an extension would end before", "/windows/0/may_extend_until", false},
	{"long window", func(t *testing.T, n *notice.Notice) { n.Windows[0].End = instant(t, "2023-09-08T09:00") }, "the window lasts 31 days", "/windows/0/end", true},
	{"maintenance without an end", func(_ *testing.T, n *notice.Notice) { n.Windows[0].End = notice.Time{} }, "a maintenance without a planned end", "/windows/0/end", true},
	{"windows overlap", func(t *testing.T, n *notice.Notice) {
		n.Windows = append(n.Windows, window(t, "16:00", "18:00"))
	}, "two windows overlap", "/windows/1/start", false},
	{"windows out of order", func(t *testing.T, n *notice.Notice) {
		n.Windows = []notice.Window{window(t, "2023-08-09T09:00", "2023-08-09T17:00"), n.Windows[0]}
	}, "windows are not in order", "/windows", false},
	{"date of issue", func(_ *testing.T, n *notice.Notice) { n.Issued.Date = notice.Date{} }, "the date of issue is missing", "/issued/date", false},
	{"before the date of issue", func(t *testing.T, n *notice.Notice) {
		n.Windows[0] = window(t, "2023-07-31T09:00", "2023-07-31T17:00")
	}, "the window starts before the date of issue", "/windows/0/start", false},
	{"a line before the date of issue", func(t *testing.T, n *notice.Notice) {
		lines(n, notice.Scope{Services: []string{"ecs"}, Windows: []notice.Window{window(t, "2023-07-31T09:00", "2023-07-31T17:00")}})
	}, "the window starts before the date of issue", "/scope/0/windows/0/start", false},
	{"far ahead", func(t *testing.T, n *notice.Notice) {
		n.Windows[0] = window(t, "2032-08-08T09:00", "2032-08-08T17:00")
	}, "the window is 3295 days away", "/windows/0/start", true},
	{"short notice", func(_ *testing.T, n *notice.Notice) { n.Issued.Date = date("2023-08-07") }, "traders hear of this maintenance less than two days before", "/windows/0/start", true},
	{"sent backwards", sent(func(t *testing.T, s *notice.Sent) { s.To = instant(t, "08:00") }), "the interval ends before it begins", "/sent/0/to", false},
	{"sent from nowhere", sent(func(_ *testing.T, s *notice.Sent) { s.From = notice.Time{} }), "the interval has no beginning", "/sent/0/from", false},
	{"sent without a fate", sent(func(_ *testing.T, s *notice.Sent) { s.Fate = "" }), "what became of the messages is not said", "/sent/0/fate", false},
	{"processed and sent again", sent(func(_ *testing.T, s *notice.Sent) { s.Fate, s.Resend = "processed", true }), "what was processed is not sent again", "/sent/0/resend", false},
	{"slots without hours", func(_ *testing.T, n *notice.Notice) { n.Reinjection.Slots = 4 }, "slots and hours go together", "/reinjection/slots", false},
	{"negative hours", func(_ *testing.T, n *notice.Notice) { n.Reinjection.Hours = -1 }, "slots and hours are counts", "/reinjection", false},
	{"nothing to bind", func(_ *testing.T, n *notice.Notice) { n.Reinjection.Binding = true }, "there are no slots to bind", "/reinjection/binding", false},
	{"nothing to re-inject", func(_ *testing.T, n *notice.Notice) { n.Reinjection.Of = "" }, "it is not said what is to be re-injected", "/reinjection/of", false},
}

// lines gives a notice a scope in place of the short form.
func lines(n *notice.Notice, scope ...notice.Scope) {
	n.Services, n.Modes, n.Effect, n.Messages, n.Fallback = nil, nil, "", nil, notice.Fallback{}
	n.Scope = scope
}

func sent(spoil func(*testing.T, *notice.Sent)) func(*testing.T, *notice.Notice) {
	return func(t *testing.T, n *notice.Notice) {
		n.Sent = []notice.Sent{{From: instant(t, "09:00"), To: instant(t, "10:00"), Fate: "lost"}}
		spoil(t, &n.Sent[0])
	}
}

func date(text string) (d notice.Date) {
	if err := d.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return d
}

// sound is the seed without what its reference is warned of.
func sound(t *testing.T) notice.Notice {
	n := seed(t)
	n.Reference = ""
	return n
}

// TestCheck: each thing that is wrong is said once, with its place and a
// remedy, and nothing else is said.
func TestCheck(t *testing.T) {
	t.Parallel()
	h := house(t)
	if ps := notice.Check(sound(t), h.Catalogue, h.Bureaus); len(ps) > 0 {
		t.Errorf("a sound notice:\n%v", ps)
	}
	for _, c := range checks {
		n := sound(t)
		c.spoil(t, &n)
		ps := notice.Check(n, h.Catalogue, h.Bureaus)
		if len(ps) != 1 {
			t.Errorf("%s: %d problems:\n%v", c.name, len(ps), ps)
			continue
		}
		p := ps[0]
		if !strings.HasPrefix(p.What, c.says) || p.Pointer != c.pointer || p.Remedy == "" || (p.Severity == notice.SeverityWarning) != c.warns {
			t.Errorf("%s: %+v, want %q at %s", c.name, p, c.says, c.pointer)
		}
		if err := ps.Err(); errors.Is(err, notice.ErrInvalid) == c.warns {
			t.Errorf("%s: the error is %v", c.name, err)
		}
	}
}

// TestCheckSilent: what is unusual and right is not spoken of.
func TestCheckSilent(t *testing.T) {
	t.Parallel()
	h := house(t)
	for name, make := range map[string]func(*notice.Notice){
		"retroactive": func(n *notice.Notice) {
			n.Retroactive, n.Windows[0] = true, window(t, "2023-07-01T09:00", "2023-07-01T17:00")
		},
		"information without services or windows": func(n *notice.Notice) {
			lines(n)
			n.Kind, n.Windows, n.Cause = notice.Information, nil, notice.Cause{}
		},
		"closure without an end": func(n *notice.Notice) {
			n.Kind, n.Effect, n.Windows[0].End = notice.Closure, notice.Closed, notice.Time{}
		},
		"one service in two lines, one after the other": func(n *notice.Notice) {
			lines(n, notice.Scope{Services: []string{"ecs"}, Windows: []notice.Window{window(t, "09:00", "12:00")}},
				notice.Scope{Services: []string{"ecs"}, Effect: notice.Degraded, Windows: []notice.Window{window(t, "12:00", "17:00")}})
			n.Windows = nil
		},
		"two modes in two lines": func(n *notice.Notice) {
			lines(n, notice.Scope{Services: []string{"ecs"}, Modes: []string{"edi"}}, notice.Scope{Services: []string{"ecs"}, Modes: []string{"dti"}})
		},
		"windows that touch": func(n *notice.Notice) { n.Windows = append(n.Windows, window(t, "17:00", "18:00")) },
		"slots":              func(n *notice.Notice) { n.Reinjection.Slots, n.Reinjection.Hours, n.Reinjection.Binding = 4, 2, true },
	} {
		n := sound(t)
		make(&n)
		if ps := notice.Check(n, h.Catalogue, h.Bureaus); len(ps) > 0 {
			t.Errorf("%s:\n%v", name, ps)
		}
	}
}

// TestProblems: errors come first, and only they stop anybody.
func TestProblems(t *testing.T) {
	t.Parallel()
	h := house(t)
	n := seed(t)
	n.Kind = ""
	ps := notice.Check(n, h.Catalogue, h.Bureaus)
	if len(ps) != 2 || ps[0].Severity != notice.SeverityError || ps[1].Severity != notice.SeverityWarning {
		t.Fatalf("an error and a warning:\n%v", ps)
	}
	if len(ps.Errors()) != 1 || !errors.Is(ps, notice.ErrInvalid) || errors.Is(ps, notice.ErrConflict) {
		t.Errorf("the errors are %v", ps.Errors())
	}
	p := notice.Problem{Severity: notice.SeverityError, Pointer: "/windows/0/end", Line: 7, What: "it is wrong", Remedy: "mend it"}
	if got := p.String(); got != "line 7: error: windows/0/end: it is wrong (mend it)" {
		t.Errorf("a problem reads %q", got)
	}
	if got := (notice.Problem{Severity: notice.SeverityWarning, What: "it is odd"}).String(); got != "warning: document: it is odd" {
		t.Errorf("a problem of the whole reads %q", got)
	}
}
