package templates_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

var update = flag.Bool("update", false, "write what is said anew, to be read in review")

func legal(at string) notice.Time {
	var t notice.Time
	if err := t.UnmarshalText([]byte(at)); err != nil {
		panic(err)
	}
	return t
}

// A life is the events of one notice, as a test tells them.
type life struct {
	t      *testing.T
	w      templates.Words
	events []notice.Event
}

// published begins a life with a notice, on its day of issue.
func published(t *testing.T, n notice.Notice) *life {
	t.Helper()
	l := &life{t: t, w: words(t)}
	at := notice.At(n.Issued.Date.Start().Add(15 * time.Hour))
	l.then(at.String(), notice.Published{Notice: n, Scope: l.w.Catalogue.Resolve(n)})
	return l
}

func (l *life) then(at string, act notice.Act) *life {
	e := notice.Event{ID: fmt.Sprint("e", len(l.events)+1), Notice: "n1", Number: len(l.events) + 1, Time: legal(at).Time, Act: act}
	if n := len(l.events); n > 0 {
		e.Version = l.events[n-1].Version
	}
	if rule, _ := notice.RuleOf(act.Type()); rule.Amends {
		e.Version++
	}
	l.events = append(l.events, e)
	return l
}

// last is the last event, and the state with it.
func (l *life) last() (notice.State, notice.Event) {
	return notice.Fold(l.events), l.events[len(l.events)-1]
}

// document is what the last event says.
func (l *life) document(t templates.Telling) templates.Document {
	l.t.Helper()
	s, e := l.last()
	d, err := l.w.Message(s, e, t)
	if err != nil {
		l.t.Fatal(err)
	}
	return d
}

// told is what the last event says, as its readers see it: the subject, what
// lists of mails show behind it, the text.
func (l *life) told(t templates.Telling) string {
	l.t.Helper()
	d := l.document(t)
	return fmt.Sprintf("Subject: %s\nPreview: %s\n\n%s", d.Mail, d.Gist, templates.MailText(d, foot))
}

// foot is that of every mail of the tests.
var foot = templates.Foot{Leave: "https://leave.example/x", Page: "https://meteo.example/notices/n1"}

// A told is one event of a life, by a name.
type told struct {
	name string
	life *life
}

// TestMessages compares what every act says with testdata/messages.txt, and
// what it says to who asked for English and for British time with
// testdata/english.txt, which people read in review.
func TestMessages(t *testing.T) {
	t.Parallel()
	var french, english strings.Builder
	for _, c := range lives(t) {
		s, e := c.life.last()
		title, brief, err := c.life.w.Brief(s, e)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		fmt.Fprintf(&french, "-- %s --\n[%s] %s\n\n%s\n", c.name, title, brief, c.life.told(templates.Telling{}))
		if c.name == "ended" {
			fmt.Fprintf(&french, "-- ended, start not told --\n%s", c.life.told(templates.Telling{Started: true}))
		}
		fmt.Fprintf(&english, "-- %s --\n%s\n", c.name, c.life.told(templates.Telling{Lang: "en", Zone: "Europe/London"}))
	}
	golden(t, "testdata/messages.txt", french.String())
	golden(t, "testdata/english.txt", english.String())
}

// lives are lives of the seed's notice, each up to another act.
func lives(t *testing.T) []told {
	n := seed(t)
	later := seed(t, "windows: [{start: 2023-08-08T10:00, end: 2023-08-08T18:00}]", "services: [delta-t, delta-g]")
	now := notice.FallbackAfter{Closes: notice.ClosesNow}
	started := func() *life {
		return published(t, n).then("2023-08-08T09:00", notice.Started{Occurrence: 1, Planned: legal("2023-08-08T09:00")})
	}
	ended := started().then("2023-08-08T14:30", notice.Ended{At: legal("2023-08-08T14:30"), Fallback: now})
	return []told{
		{"published", published(t, n)},
		{"corrected", published(t, n).then("2023-08-02T10:00", notice.Corrected{Notice: later, Scope: words(t).Catalogue.Resolve(later), Reason: "horaire erroné", Previous: n})},
		{"postponed", published(t, n).then("2023-08-03T10:00", notice.Postponed{Windows: []notice.Window{{Start: legal("2023-08-16T09:00"), End: legal("2023-08-17T07:00")}}, Reason: "raisons techniques"})},
		{"postponed sine die", published(t, n).then("2023-08-03T10:00", notice.Postponed{})},
		{"cancelled", published(t, n).then("2023-08-03T10:00", notice.Cancelled{Reason: "l’opération n’est plus nécessaire"})},
		{"reinstated", published(t, n).then("2023-08-03T10:00", notice.Cancelled{}).then("2023-08-04T10:00", notice.Reinstated{})},
		{"reminded", published(t, n).then("2023-08-07T09:00", notice.Reminded{Occurrence: 1, Start: legal("2023-08-08T09:00")})},
		{"started", started()},
		{"started late", published(t, n).then("2023-08-08T09:20", notice.Started{Occurrence: 1, Planned: legal("2023-08-08T09:00"), LateS: 1200})},
		{"progressed", started().then("2023-08-08T11:00", notice.Progressed{Text: "Les travaux se déroulent comme prévu.", Next: legal("2023-08-08T13:00")})},
		{"extended", started().then("2023-08-08T16:00", notice.Extended{Until: legal("2023-08-08T20:00"), MayExtendUntil: legal("2023-08-08T22:00"), Reason: "contrôles supplémentaires"})},
		{"extended until further notice", started().then("2023-08-08T16:00", notice.Extended{})},
		{"overdue", started().then("2023-08-08T17:00", notice.Overdue{Occurrence: 1, Planned: legal("2023-08-08T17:00")})},
		{"nudged, overdue", started().then("2023-08-08T17:15", notice.Nudged{Reason: notice.WaitsForEnd, Occurrence: 1, Since: legal("2023-08-08T17:00"), Count: 1})},
		{"nudged, no end", started().then("2023-08-08T13:00", notice.Nudged{Reason: notice.WaitsForPlan, Occurrence: 1, Since: legal("2023-08-08T09:00"), Count: 1})},
		{"nudged, progress due", started().then("2023-08-08T13:05", notice.Nudged{Reason: notice.WaitsForProgress, Occurrence: 1, Since: legal("2023-08-08T13:00"), Count: 1})},
		{"fallback closed", started().then("2023-08-08T12:00", notice.FallbackClosed{Services: []string{"delta-g"}, Modes: []string{"edi"}})},
		{"fallback opened", started().then("2023-08-08T12:00", notice.FallbackOpened{Services: []string{"ecs"}, Fallback: notice.Fallback{Authorised: true, Condition: notice.StrictlyNecessary}})},
		{"recovered", started().then("2023-08-08T12:00", notice.Recovered{At: legal("2023-08-08T12:00"), Modes: []string{"edi"}, Fallback: now})},
		{"ended", ended},
		{"ended, fallback kept", started().then("2023-08-08T14:30", notice.Ended{At: legal("2023-08-08T14:30"), Fallback: notice.FallbackAfter{Closes: notice.ClosesAt, At: legal("2023-08-09T10:00")}})},
		{"ended, others go on", started().then("2023-08-08T14:30", notice.Ended{At: legal("2023-08-08T14:30"), Fallback: now, Elsewhere: []notice.Elsewhere{
			{Reference: "20000180", Services: []string{"delta-t", "ecs"}, Modes: []string{"edi"}, Effect: notice.Interrupted},
			{Reference: "20000181", Services: []string{"delta-g"}, Modes: []string{"edi", "dti", "dti-plus"}, Effect: notice.Degraded}}})},
		{"ended, all goes on", started().then("2023-08-08T14:30", notice.Ended{At: legal("2023-08-08T14:30"), Fallback: now, Elsewhere: []notice.Elsewhere{
			{Reference: "20000180", Services: n.Services, Modes: []string{"edi", "dti", "dti-plus"}, Effect: notice.Interrupted}}})},
		{"recovered, another goes on", started().then("2023-08-08T12:00", notice.Recovered{At: legal("2023-08-08T12:00"), Modes: []string{"edi"}, Fallback: now, Elsewhere: []notice.Elsewhere{
			{Reference: "20000180", Services: []string{"delta-t"}, Modes: []string{"edi"}, Effect: notice.Interrupted}}})},
		{"resumed", started().then("2023-08-08T14:30", notice.Ended{At: legal("2023-08-08T14:30"), Fallback: now}).then("2023-08-08T14:50", notice.Resumed{Reason: "nouveaux dysfonctionnements"})},
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s is not what is said now (%v): read the difference after go test ./templates -update", path, err)
	}
}
