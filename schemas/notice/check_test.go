package notice_test

import (
	"errors"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas"
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
	{"fallback until between two windows", func(t *testing.T, n *notice.Notice) {
		n.Windows, n.Fallback.Until = append(n.Windows, window(t, "2023-08-09T09:00", "2023-08-09T17:00")), instant(t, "20:00")
	}, "the fallback ends before the last window begins", "/fallback/until", true},
	{"fallback until between two occurrences", func(t *testing.T, n *notice.Notice) {
		n.Recurs.Rule, n.Fallback.Until = "FREQ=DAILY;COUNT=2", instant(t, "20:00")
	}, "the fallback ends before the last window begins", "/fallback/until", true},
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
		n.Windows[0] = window(t, "2032-08-09T09:00", "2032-08-09T17:00")
	}, "the window is 3296 days away", "/windows/0/start", true},
	{"short notice", func(_ *testing.T, n *notice.Notice) { n.Issued.Date = date("2023-08-07") }, "traders hear of this maintenance 1 day before, and the bureau's rule is 2", "/windows/0/start", true},
	{"a window on a public holiday", func(t *testing.T, n *notice.Notice) {
		n.Windows[0] = window(t, "2023-08-15T09:00", "2023-08-15T17:00")
	}, "the window starts on 2023-08-15, a public holiday (Assomption)", "/windows/0/start", true},
	{"a line's window on a Sunday", func(t *testing.T, n *notice.Notice) {
		lines(n, notice.Scope{Services: []string{"ecs"}, Windows: []notice.Window{window(t, "2023-08-13T09:00", "2023-08-13T17:00")}})
	}, "the window starts on 2023-08-13, a Sunday", "/scope/0/windows/0/start", true},
	{"issued on a Saturday", func(_ *testing.T, n *notice.Notice) { n.Issued.Date = date("2023-08-05") }, "the date of issue, 2023-08-05, is a Saturday", "/issued/date", true},
	{"issued on a public holiday", func(_ *testing.T, n *notice.Notice) { n.Issued.Date = date("2023-07-14") }, "the date of issue, 2023-07-14, is a public holiday (14 juillet)", "/issued/date", true},
	{"a rule that falls on a public holiday", func(_ *testing.T, n *notice.Notice) { n.Recurs.Rule = "FREQ=WEEKLY;COUNT=3" }, "the rule falls on 2023-08-15, a public holiday (Assomption)", "/recurs/rule", true},
	{"another day of the week", say("Le lundi 8 août 2023, rien."), `"lundi 8 août 2023" is a mardi`, "/paragraphs/0", false},
	{"another day of the week, blanks and capitals", say("Rien.", "LUNDI\u00a08\u202fAOUT 2023."), `"LUNDI\u00a08\u202fAOUT 2023" is a mardi`, "/paragraphs/1", false},
	{"another day of the week, of some year", say("Le lundi 8 août, rien."), `"lundi 8 août" is a mardi in 2023`, "/paragraphs/0", true},
	{"a day that is not", say("Le 31 septembre 2023."), `there is no "31 septembre 2023"`, "/paragraphs/0", false},
	{"a day in digits that is not", say("Le 31/09/2023."), `there is no "31/09/2023"`, "/paragraphs/0", false},
	{"a day of another week", say("Le mercredi 9 août 2023 à 17h00."), `"mercredi 9 août 2023" lies outside every window`, "/paragraphs/0", true},
	{"a day of another month, in the cause", func(_ *testing.T, n *notice.Notice) { n.Cause.Text = "une opération prévue le 1er septembre" }, `"1er septembre" lies outside every window`, "/cause", true},
	{"a clause with another day", func(_ *testing.T, n *notice.Notice) {
		n.Clauses = []notice.Clause{{ID: "advice", Text: "Jusqu'au 09/08/2023."}}
	}, `"09/08/2023" lies outside every window`, "/clauses/0/text", true},
	{"a drill", say("Cette Simulation porte sur tout."), `the text speaks of "Simulation"`, "/paragraphs/0", true},
	{"a drill in the cause", func(_ *testing.T, n *notice.Notice) { n.Cause.Text = "un exercice de crise" }, `the text speaks of "exercice"`, "/cause", true},
	{"a fallback that is out", func(_ *testing.T, n *notice.Notice) { n.Fallback.Service = "ecs" }, "the fallback ecs is out itself", "/fallback/service", false},
	{"a fallback of the catalogue that is out", func(_ *testing.T, n *notice.Notice) { n.Services = []string{"gamma", "gamma-secours"} }, "the fallback gamma-secours is out itself", "/fallback", false},
	{"a line's fallback that is out", func(_ *testing.T, n *notice.Notice) {
		lines(n, notice.Scope{Services: []string{"gamma"}, Fallback: notice.Fallback{Authorised: true, Service: "gamma-secours"}}, notice.Scope{Services: []string{"gamma-secours"}})
	}, "the fallback gamma-secours is out itself", "/scope/0/fallback/service", false},
	{"an information that interrupts", func(_ *testing.T, n *notice.Notice) {
		n.Kind, n.Fallback = notice.Information, notice.Fallback{}
	}, "an information has no effect on a service", "/effect", false},
	{"a fallback for what is not affected", func(_ *testing.T, n *notice.Notice) { n.Effect = notice.Unaffected }, "what is not affected has no fallback", "/fallback", false},
	{"an exception of nothing", func(_ *testing.T, n *notice.Notice) { n.Exceptions = []notice.Exception{{}} }, "it is not said what stays possible", "/exceptions/0/kinds", false},
	{"an exception that is over", func(t *testing.T, n *notice.Notice) {
		n.Exceptions = []notice.Exception{{Kinds: []notice.MessageKind{notice.Create}, Until: n.Windows[0].Start}}
	}, "the exception ends before the window begins", "/exceptions/0/until", false},
	{"another service that is out", func(_ *testing.T, n *notice.Notice) {
		n.Services, n.Instead = []string{"ecs"}, []string{"gamma", "ecs"}
	}, "ecs is affected itself", "/instead/1", false},
	{"a document without a title", func(_ *testing.T, n *notice.Notice) {
		n.Documents = []notice.Document{{URL: "https://www.douane.gouv.fr/"}}
	}, "the document has no title", "/documents/0/title", false},
	{"a document nowhere", func(_ *testing.T, n *notice.Notice) {
		n.Documents = []notice.Document{{Title: "Fiche", URL: "www.douane.gouv.fr"}}
	}, `"www.douane.gouv.fr" is no address`, "/documents/0/url", false},
	{"sent backwards", sent(func(t *testing.T, s *notice.Sent) { s.To = instant(t, "08:00") }), "the interval ends before it begins", "/sent/0/to", false},
	{"sent from nowhere", sent(func(_ *testing.T, s *notice.Sent) { s.From = notice.Time{} }), "the interval has no beginning", "/sent/0/from", false},
	{"sent without a fate", sent(func(_ *testing.T, s *notice.Sent) { s.Fate = "" }), "what became of the messages is not said", "/sent/0/fate", false},
	{"processed and sent again", sent(func(_ *testing.T, s *notice.Sent) { s.Fate, s.Resend = "processed", true }), "what was processed is not sent again", "/sent/0/resend", false},
	{"slots without hours", func(_ *testing.T, n *notice.Notice) { n.Reinjection.Slots = 4 }, "slots and hours go together", "/reinjection/slots", false},
	{"negative hours", func(_ *testing.T, n *notice.Notice) { n.Reinjection.Hours = -1 }, "slots and hours are counts", "/reinjection", false},
	{"nothing to bind", func(_ *testing.T, n *notice.Notice) { n.Reinjection.Binding = true }, "there are no slots to bind", "/reinjection/binding", false},
	{"nothing to re-inject", func(_ *testing.T, n *notice.Notice) { n.Reinjection.Of = "" }, "it is not said what is to be re-injected", "/reinjection/of", false},
}

// say adds paragraphs of free text.
func say(paragraphs ...string) func(*testing.T, *notice.Notice) {
	return func(_ *testing.T, n *notice.Notice) { n.Paragraphs = paragraphs }
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

// loose is the house with a catalogue in which nothing hangs on anything: what
// does is spoken of in TestDependentsNamed.
func loose(t *testing.T) schemas.House {
	h := house(t)
	services := map[string]notice.Service{}
	for code, s := range h.Catalogue.Services {
		s.DependsOn = nil
		services[code] = s
	}
	h.Catalogue.Services = services
	return h
}

// TestCheck: each thing that is wrong is said once, with its place and a
// remedy, and nothing else is said.
func TestCheck(t *testing.T) {
	t.Parallel()
	h := loose(t)
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
	h := loose(t)
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
		"dates of its own in free text": func(n *notice.Notice) {
			n.Fallback.Until = instant(t, "2023-08-09T12:00")
			n.Sent = []notice.Sent{{From: instant(t, "2023-08-07T09:00"), To: instant(t, "2023-08-07T10:00"), Fate: "lost"}}
			n.Paragraphs = []string{"Le mardi 8 août 2023, comme dit le 1er août, et jusqu’au mercredi 9 août.", "Le 07/08/2023, 3 ordinateurs et 12 maisons."}
		},
		"any date where the end is not known": func(n *notice.Notice) {
			n.Kind, n.Windows[0].End, n.Paragraphs = notice.Incident, notice.Time{}, []string{"Le 20 septembre 2023."}
		},
		"any date where there is no window": func(n *notice.Notice) {
			lines(n)
			n.Kind, n.Windows, n.Paragraphs = notice.Information, nil, []string{"Le 20 septembre 2023."}
		},
		"a drill that is said to be one": func(n *notice.Notice) { n.Exercise, n.Paragraphs = true, []string{"Cet exercice."} },
		"an incident on a Sunday": func(n *notice.Notice) {
			n.Kind, n.Issued.Date, n.Windows[0] = notice.Incident, date("2023-08-13"), window(t, "2023-08-13T09:00", "2023-08-13T17:00")
		},
		"a fallback that is degraded, or out at another time": func(n *notice.Notice) {
			f := notice.Fallback{Authorised: true}
			lines(n, notice.Scope{Services: []string{"gamma"}, Windows: []notice.Window{window(t, "09:00", "10:00")}, Fallback: f},
				notice.Scope{Services: []string{"gamma-secours"}, Windows: []notice.Window{window(t, "10:00", "11:00")}},
				notice.Scope{Services: []string{"ecs"}, Windows: n.Windows, Fallback: notice.Fallback{Authorised: true, Service: "delta-t"}},
				notice.Scope{Services: []string{"delta-t"}, Effect: notice.Degraded, Windows: n.Windows})
			n.Windows = nil
		},
		"a weekly rule on Sundays": func(n *notice.Notice) {
			n.Kind, n.Recurs.Rule, n.Windows[0] = notice.Incident, "FREQ=WEEKLY;COUNT=3", window(t, "2023-08-13T09:00", "2023-08-13T17:00")
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

// TestDependentsNamed: what hangs on what is struck, or on what is at fault, is
// proposed; what the notice speaks of is not.
func TestDependentsNamed(t *testing.T) {
	t.Parallel()
	h := house(t)
	for _, c := range []struct {
		name  string
		spoil func(*notice.Notice)
		want  string
	}{
		{"the seed", func(*notice.Notice) {}, "/services: si-brexit depends on delta-g, delta-t, ics-delta-p, and nothing is said of it; "},
		{"at fault", func(n *notice.Notice) { n.Services, n.Origin = []string{"delta-ie-import"}, "trigo" },
			"/services: delta-ie-export depends on trigo, and nothing is said of it; /services: gamma depends on delta-ie-export, and nothing is said of it; "},
		{"in lines, two of them unaffected", func(n *notice.Notice) {
			lines(n, notice.Scope{Services: []string{"trigo"}}, notice.Scope{Services: []string{"delta-ie-import", "delta-ie-export"}, Effect: notice.Unaffected})
		}, ""},
		{"in lines, one of them", func(n *notice.Notice) {
			lines(n, notice.Scope{Services: []string{"trigo"}}, notice.Scope{Services: []string{"delta-ie-import"}, Effect: notice.Unaffected})
		}, "/scope: delta-ie-export depends on trigo, and nothing is said of it; /scope: gamma depends on delta-ie-export, and nothing is said of it; "},
		{"nothing struck", func(n *notice.Notice) {
			n.Services, n.Effect, n.Fallback = []string{"trigo"}, notice.Unaffected, notice.Fallback{}
		}, ""},
	} {
		n := sound(t)
		c.spoil(&n)
		got := ""
		for _, p := range notice.Check(n, h.Catalogue, h.Bureaus) {
			got += p.Pointer + ": " + p.What + "; "
			if p.Severity != notice.SeverityWarning || p.Remedy == "" {
				t.Errorf("%s: %+v", c.name, p)
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestNoticeDays: the notice period is the bureau's.
func TestNoticeDays(t *testing.T) {
	t.Parallel()
	h := loose(t)
	bureau := h.Bureaus["comint1"]
	for days, warns := range map[int]bool{0: false, 1: false, 7: false, 8: true} {
		bureau.NoticeDays = days
		ps := notice.Check(sound(t), h.Catalogue, notice.Bureaus{"comint1": bureau})
		if (len(ps) > 0) != warns {
			t.Errorf("a period of %d days, a week before: %v", days, ps)
		}
	}
}

// TestHolidays: those that do not move, and those of years whose Easter is
// known to be hard to compute.
func TestHolidays(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]string{
		"2023-01-01": "1er janvier", "2023-05-01": "1er mai", "2023-05-08": "8 mai", "2023-07-14": "14 juillet", "2023-08-15": "Assomption",
		"2023-11-01": "Toussaint", "2023-11-11": "11 novembre", "2023-12-25": "Noël", "2023-12-26": "", "2023-04-09": "",
		"2023-04-10": "lundi de Pâques", "2023-05-18": "Ascension", "2023-05-29": "lundi de Pentecôte",
		"2024-04-01": "lundi de Pâques", "2024-05-09": "Ascension", "2024-05-20": "lundi de Pentecôte",
		"2025-04-21": "lundi de Pâques", "2026-04-06": "lundi de Pâques", "2027-03-29": "lundi de Pâques",
		"2008-03-24": "lundi de Pâques",                                                                   // the earliest of two centuries: 23 March
		"2038-04-26": "lundi de Pâques",                                                                   // the latest that can be: 25 April
		"1981-04-20": "lundi de Pâques", "2049-04-19": "lundi de Pâques", "2076-04-20": "lundi de Pâques", // 19 and 18 April, not 26 and 25
		"2008-05-01": "1er mai", // and Ascension
	} {
		if got := date(day).Holiday(); got != want {
			t.Errorf("%s: %q, want %q", day, got, want)
		}
	}
}

// TestProblems: errors come first, and only they stop anybody.
func TestProblems(t *testing.T) {
	t.Parallel()
	h := loose(t)
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
