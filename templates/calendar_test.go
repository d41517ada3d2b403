package templates_test

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A shelf is a reader's calendar: an entry of the same UID replaces the one
// before, if its SEQUENCE is higher.
type shelf map[string]*ics.VEvent

// take reads the calendar that goes with a life's last event into the shelf.
func (s shelf) take(t *testing.T, l *life, telling templates.Telling) {
	t.Helper()
	state, e := l.last()
	file, err := l.w.Calendar(state, e, telling, foot.Page)
	if err != nil {
		t.Fatal(err)
	}
	if file == nil {
		t.Fatalf("%s has no calendar", e.Act.Type())
	}
	wellFormed(t, file)
	cal, err := ics.ParseCalendar(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("%s: %v\n%s", e.Act.Type(), err, file)
	}
	for _, entry := range cal.Events() {
		uid := property(entry, ics.ComponentPropertyUniqueId)
		if old := s[uid]; old != nil && sequence(t, entry) <= sequence(t, old) {
			t.Errorf("%s: entry %s has SEQUENCE %d after %d", e.Act.Type(), uid, sequence(t, entry), sequence(t, old))
		}
		s[uid] = entry
	}
}

// TestCalendarByTheClock: what the clock alone brings moves the end of an entry
// whose end nobody has confirmed, and says no new version.
func TestCalendarByTheClock(t *testing.T) {
	t.Parallel()
	l := published(t, seed(t))
	state, _ := l.last()
	for _, c := range []struct{ at, want, maintenance string }{
		{"2023-08-08T08:59", "CONFIRMED 08 09:00–08 17:00 Interruption – Delta T, ICS-Delta P, Delta G et 4 autres", "CONFIRMED"},
		{"2023-08-08T16:59", "CONFIRMED 08 09:00–08 17:00 Interruption – Delta T, ICS-Delta P, Delta G et 4 autres", "IN-PROCESS"},
		{"2023-08-08T17:00", "CONFIRMED 08 09:00–09 00:00 Interruption – Delta T, ICS-Delta P, Delta G et 4 autres (fin prévue dépassée, alerte en cours)", "IN-PROCESS"},
		{"2023-08-10T08:00", "CONFIRMED 08 09:00–11 00:00 Interruption – Delta T, ICS-Delta P, Delta G et 4 autres (fin prévue dépassée, alerte en cours)", "IN-PROCESS"},
	} {
		entries, err := l.w.Entries(state, templates.Sight{At: legal(c.at).Time, Page: foot.Page})
		if err != nil {
			t.Fatal(err)
		}
		file := templates.Diary{Name: "Interruptions", Refresh: time.Hour, Entries: entries}.ICalendar()
		wellFormed(t, file)
		cal, err := ics.ParseCalendar(bytes.NewReader(file))
		if err != nil || len(cal.Events()) != 1 {
			t.Fatalf("%d entries, %v", len(cal.Events()), err)
		}
		s := shelf{"": cal.Events()[0]}
		if got := s.entry(t, ""); got != c.want {
			t.Errorf("at %s: %s, want %s", c.at, got, c.want)
		}
		if got := property(s[""], "X-MAINTNOTE-STATUS"); got != c.maintenance || sequence(t, s[""]) != 0 {
			t.Errorf("at %s: MAINTNOTE says %s, SEQUENCE is %d", c.at, got, sequence(t, s[""]))
		}
	}
	if entries, err := l.w.Entries(state, templates.Sight{At: legal("2023-09-01T00:00").Time, Since: legal("2023-08-20T00:00").Time}); err != nil || len(entries) == 0 {
		t.Errorf("what nobody has ended is left out: %v", err)
	}
}

// TestCalendarTwice: of two hours that the clocks call the same, the second is
// told in UTC.
func TestCalendarTwice(t *testing.T) {
	t.Parallel()
	l := published(t, seed(t, "windows: [{start: \"2023-10-29T02:30:00+02:00\", end: \"2023-10-29T02:30:00+01:00\"}]", "issued: {date: 2023-10-20}"))
	state, _ := l.last()
	entries, err := l.w.Entries(state, templates.Sight{At: state.Updated, Page: foot.Page})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"DTSTART;TZID=Europe/Paris:20231029T023000\r\n", "DTEND:20231029T013000Z\r\n"} {
		if !strings.Contains(string(entries), want) {
			t.Errorf("no %q in\n%s", want, entries)
		}
	}
}

// wellFormed wants lines of at most 75 octets that end in CRLF and cut no
// character, and the properties that must be there once.
func wellFormed(t *testing.T, file []byte) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(string(file), "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	for entry := range strings.SplitSeq(strings.TrimPrefix(string(file), "BEGIN:VCALENDAR"), "BEGIN:VEVENT") {
		for _, name := range []string{"UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE", "STATUS", "DESCRIPTION", "URL", "CATEGORIES", "LAST-MODIFIED"} {
			if n := strings.Count(entry, "\r\n"+name+":") + strings.Count(entry, "\r\n"+name+";"); strings.Contains(entry, "END:VEVENT") && n != 1 {
				t.Errorf("an entry has %d times %s", n, name)
			}
		}
	}
}

func property(e *ics.VEvent, name ics.ComponentProperty) string {
	if p := e.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

func sequence(t *testing.T, e *ics.VEvent) int {
	t.Helper()
	n, err := strconv.Atoi(property(e, ics.ComponentPropertySequence))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// entry is one entry in the words of a test: its status, its times, what it is.
func (s shelf) entry(t *testing.T, uid string) string {
	t.Helper()
	e := s[uid]
	if e == nil {
		t.Fatalf("no entry %s among %v", uid, slices.Sorted(maps.Keys(s)))
	}
	at := func(when time.Time, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return when.In(notice.Legal).Format("02 15:04")
	}
	return property(e, ics.ComponentPropertyStatus) + " " + at(e.GetStartAt()) + "–" + at(e.GetEndAt()) + " " + property(e, ics.ComponentPropertySummary)
}

// TestCalendarFollows: what befalls a notice changes the entry that is in its
// readers' calendars, and adds none.
func TestCalendarFollows(t *testing.T) {
	t.Parallel()
	const uid, about = "n1-1@crieur.douane.gouv.fr", "Interruption – Delta T, ICS-Delta P, Delta G et 4 autres"
	now := notice.FallbackAfter{Closes: notice.ClosesNow}
	type step struct {
		at   string
		act  notice.Act
		want string
	}
	for name, steps := range map[string][]step{
		"extended, then ended, then taken back": {
			{"2023-08-08T16:00", notice.Extended{Until: legal("2023-08-08T20:00")}, "CONFIRMED 08 09:00–08 20:00 " + about},
			{"2023-08-08T16:30", notice.Extended{}, "CONFIRMED 08 09:00–09 00:00 " + about + " (heure de fin non connue)"},
			{"2023-08-08T17:30", notice.Recovered{At: legal("2023-08-08T17:30"), Modes: []string{"edi"}, Fallback: now}, "CONFIRMED 08 09:00–09 00:00 " + about + " (heure de fin non connue)"},
			{"2023-08-08T19:00", notice.Ended{At: legal("2023-08-08T18:45"), Fallback: now}, "CONFIRMED 08 09:00–08 18:45 " + about},
			{"2023-08-08T19:20", notice.Resumed{}, "CONFIRMED 08 09:00–09 00:00 " + about + " (heure de fin non connue)"},
		},
		"postponed, then sine die, then cancelled, then not": {
			{"2023-08-03T10:00", notice.Postponed{Windows: []notice.Window{{Start: legal("2023-08-16T09:00"), End: legal("2023-08-17T07:00")}}}, "CONFIRMED 16 09:00–17 07:00 " + about},
			{"2023-08-04T10:00", notice.Postponed{}, "CANCELLED 16 09:00–17 07:00 Reporté : " + about},
			{"2023-08-05T10:00", notice.Reinstated{Windows: []notice.Window{{Start: legal("2023-08-18T09:00"), End: legal("2023-08-18T10:00")}}}, "CONFIRMED 18 09:00–18 10:00 " + about},
			{"2023-08-06T10:00", notice.Cancelled{}, "CANCELLED 18 09:00–18 10:00 Annulé : " + about},
			{"2023-08-07T10:00", notice.Reinstated{}, "CONFIRMED 18 09:00–18 10:00 " + about},
		},
	} {
		l, s := published(t, seed(t)), shelf{}
		s.take(t, l, templates.Telling{})
		if got, want := s.entry(t, uid), "CONFIRMED 08 09:00–08 17:00 "+about; got != want {
			t.Errorf("%s, published: %s, want %s", name, got, want)
		}
		for _, step := range steps {
			l.then(step.at, step.act)
			s.take(t, l, templates.Telling{})
			if got := s.entry(t, uid); got != step.want {
				t.Errorf("%s, %s: %s, want %s", name, step.act.Type(), got, step.want)
			}
		}
		if len(s) != 1 {
			t.Errorf("%s: there are %d entries", name, len(s))
		}
	}
}

// TestCalendarText compares a calendar with testdata/calendar.ics, which people
// read in review.
func TestCalendarText(t *testing.T) {
	t.Parallel()
	l := published(t, seed(t)).then("2023-08-08T16:00", notice.Extended{Until: legal("2023-08-08T20:00"), Reason: "contrôles supplémentaires"})
	s, e := l.last()
	file, err := l.w.Calendar(s, e, templates.Telling{Zone: "Europe/London"}, foot.Page)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/calendar.ics", string(file))
}

// TestCalendarOfLostWindows: a window that is no longer announced is struck.
func TestCalendarOfLostWindows(t *testing.T) {
	t.Parallel()
	n := seed(t, "windows: [{start: 2023-08-08T09:00, end: 2023-08-08T17:00}, {start: 2023-08-10T09:00, end: 2023-08-10T17:00}]")
	l, s := published(t, n), shelf{}
	s.take(t, l, templates.Telling{Lang: "en"})
	l.then("2023-08-03T10:00", notice.Postponed{Windows: []notice.Window{{Start: legal("2023-08-16T09:00"), End: legal("2023-08-16T17:00")}}})
	s.take(t, l, templates.Telling{Lang: "en"})
	const about = "Interruption – Delta T, ICS-Delta P, Delta G and 4 others"
	for uid, want := range map[string]string{
		"n1-1@crieur.douane.gouv.fr": "CONFIRMED 16 09:00–16 17:00 " + about,
		"n1-2@crieur.douane.gouv.fr": "CANCELLED 10 09:00–10 17:00 Cancelled: " + about,
	} {
		if got := s.entry(t, uid); got != want {
			t.Errorf("%s is %s, want %s", uid, got, want)
		}
	}
	if d := property(s["n1-1@crieur.douane.gouv.fr"], ics.ComponentPropertyDescription); !strings.Contains(d, "Fallback procedure: Authorised") || !strings.HasSuffix(d, foot.Page) {
		t.Errorf("described as %q", d)
	}
}

// TestCalendarOfExercise says first what is none of the real thing, also of what
// is struck.
func TestCalendarOfExercise(t *testing.T) {
	t.Parallel()
	l, s := published(t, seed(t, "exercise: true")).then("2023-08-03T10:00", notice.Cancelled{}), shelf{}
	s.take(t, l, templates.Telling{})
	if got := s.entry(t, "n1-1@crieur.douane.gouv.fr"); !strings.HasPrefix(got, "CANCELLED 08 09:00–08 17:00 EXERCICE – Annulé : Interruption – ") {
		t.Errorf("the entry is %s", got)
	}
}

// TestCalendarActs: a mail has a calendar where its act changes what calendars
// show, and none where there is nothing to show.
func TestCalendarActs(t *testing.T) {
	t.Parallel()
	for _, c := range lives(t) {
		s, e := c.life.last()
		file, err := c.life.w.Calendar(s, e, templates.Telling{}, foot.Page)
		rule, _ := notice.RuleOf(e.Act.Type())
		if err != nil || (file != nil) != rule.Amends {
			t.Errorf("%s: a calendar of %d bytes, %v", c.name, len(file), err)
		}
	}
	l := published(t, seed(t, "windows: []", "kind: information", "effect: unaffected", "messages: {}", "fallback: {authorised: false}", "reinjection: {}", "advice: []", "paragraphs: [Une information.]"))
	s, e := l.last()
	if file, err := l.w.Calendar(s, e, templates.Telling{}, foot.Page); file != nil || err != nil {
		t.Errorf("what has no window has a calendar of %d bytes, %v", len(file), err)
	}
}
