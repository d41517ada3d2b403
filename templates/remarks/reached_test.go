package remarks

import (
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
)

// spoilt are lines that replace those of the example, by their first word; a
// word alone takes its line out. Together they bring forth whatever Check says.
var spoilt = [][]string{
	{"kind"}, {"issuer: comint2"}, {"issuer: comint9"}, {"issuer: zzz"}, {"signatory: {name: \" \"}"}, {"contact: standard"},
	{"contact: cellule e-comerce"}, {"reference: n°7"}, {"cause"}, {"issued: {place: Montreuil}"},
	{"issued: {date: 2023-08-05}"}, {"issued: {date: 2023-07-14}"}, {"issued: {date: 2023-08-08}"}, {"issued: {date: 2022-01-04}"},
	{"issued: {date: 2023-08-09}"}, {"issued: {date: 2023-08-07}"}, {"issued: {date: hier}"}, {"issued: {date: 0023-08-01}"},
	{"scope: [{services: [gamma]}]"},
	{"services"}, {"services: [ecs, ecs]"}, {"services: [ecss]"}, {"services: [zzzzzzzzz]"}, {"services: [Delta X]"},
	{"modes: [fax]"}, {"services: [si-brexit]", "modes: [dti-plus]"}, {"services: [ecs]", "modes: [dti-plus]"},
	{"services", "modes", "effect", "messages", "fallback", "scope: [{services: [ecs], modes: [dti]}, {services: [gamma, ecs]}, {services: []}]"},
	{"services: [gamma]", "modes: [dti]"}, {"services: [trigo]"}, {"services: [trigo]", "modes: [dti-plus]"},
	{"kind: degradation"}, {"kind: degradation", "windows"}, {"kind: information"}, {"effect: unaffected"},
	{"fallback: {authorised: false, condition: not_deferrable}"},
	{"fallback: {authorised: true, until: 2023-08-08T08:00}"}, {"fallback: {authorised: true, from: 2023-08-08T08:00}"},
	{"fallback: {authorised: true, service: ecs}"},
	{"fallback: {authorised: true, until: 2023-08-08T20:00}", "windows: [{start: 2023-08-08T09:00, end: 2023-08-08T17:00}, {start: 2023-08-09T09:00, end: 2023-08-09T17:00}]"},
	{"windows: [{end: 2023-08-08T17:00}]"}, {"windows: [{start: 2023-08-08T09:00}]"}, {"windows: [{start: 2023-08-08T09:00, end: 2023-08-08T08:00}]"},
	{"windows: [{start: 2023-08-08T09:00, end: 2023-08-08T17:00, may_extend_until: 2023-08-08T16:00}]"},
	{"windows: [{start: 2023-08-08T09:00, end: 2023-09-08T09:00}]"}, {"windows: [{start: 2032-08-09T09:00, end: 2032-08-09T10:00}]"},
	{"windows: [{start: 2023-08-15T09:00, end: 2023-08-15T10:00}]"}, {"windows: [{start: 2023-08-13T09:00, end: 2023-08-13T10:00}]"},
	{"windows: [{start: 2023-08-08T09:00, end: 2023-08-08T17:00}, {start: 2023-08-08T08:00, end: 2023-08-08T10:00}]"},
	{"windows: [{start: le 8 août}]"}, {"windows: [{start: 1023-08-08T09:00}]"}, {"windows: [{start: 2023-03-26T02:30}]"}, {"windows: [{start: 2023-10-29T02:30}]"},
	{"recurs: {except: [2023-08-15]}"}, {"recurs: {rule: FREQ=DAILY;COUNT=2}", "windows: [{start: 2023-08-08T09:00}]"},
	{"recurs: {rule: FREQ=DAILY;COUNT=2}", "windows"},
	{"recurs: {rule: FREQ=DAILY;UNTIL=20230101}"}, {"recurs: {rule: FREQ=WEEKLY;BYDAY=SU;COUNT=2}"}, {"recurs: {rule: FREQ=DAILY;UNTIL=20990101}"},
	{"recurs: {rule: FREQ=DAILY;COUNT=2}", "windows: [{start: 2023-08-08T09:00, end: 2023-08-10T09:00}]"}, {"recurs: {rule: FREQ=WEEKLY;COUNT=3}"},
	{"recurs: {rule: FREQ=WEEKLY;COUNT=3, except: [2023-08-08, 2023-08-16, 2023-08-15, 2023-08-15]}"},
	{"recurs: {rule: \"jamais\"}"}, {"recurs: {rule: FREQ=DAILY;FREQ=DAILY;COUNT=1}"}, {"recurs: {rule: COUNT=2}"}, {"recurs: {rule: FREQ=DAILY}"},
	{"recurs: {rule: FREQ=WEEKLY;BYDAY=1SU;COUNT=2}"}, {"recurs: {rule: FREQ=WEEKLY;BYMONTHDAY=1;COUNT=2}"}, {"recurs: {rule: FREQ=YEARLY;COUNT=2}"}, {"recurs: {rule: FREQ=DAYLY;COUNT=2}"},
	{"recurs: {rule: FREQ=DAILY;COUNT=0}"}, {"recurs: {rule: FREQ=DAILY;UNTIL=demain}"}, {"recurs: {rule: FREQ=WEEKLY;BYDAY=XX;COUNT=2}"}, {"recurs: {rule: FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2}"},
	{"reminders: [0, 24]"}, {"reminders: [24, x]"}, {"exercise: oui"},
	{"paragraphs: [Le lundi 8 août 2023.]"}, {"paragraphs: [Le lundi 8 août.]"}, {"paragraphs: [Le 31/09/2023.]"}, {"paragraphs: [Le 9 août 2023.]"}, {"paragraphs: [Cet exercice.]"},
	{"paragraphs: [\"a\u200bb\"]"}, {"paragraphs:"}, {"paragraphs: {a: b}"}, {"paragraphs: [[a]]"}, {"signatory: x", "windows: [x]"}, {"contact: &a x\norigin: *a"}, {"contact: *a"}, {"reference: "},
	{"sent: [{}]"}, {"sent: [{from: 2023-08-08T09:00, to: 2023-08-08T08:00, fate: processed, resend: true}]"}, {"sent: [{fate: perdu}]"},
	{"reinjection: {of: both, slots: 4}"}, {"reinjection: {of: both, hours: -1}"}, {"reinjection: {of: both, binding: true}"}, {"reinjection: {pace: progressive}"},
	{"exceptions: [{}]"}, {"exceptions: [{kinds: [create], until: 2023-08-08T09:00}]"}, {"instead: [gamma, ecs]"}, {"documents: [{url: www.douane.gouv.fr}]"},
	{"sigantory: x"}, {"x"}, {"foo: bar"}, {"kind: maintenance\nkind: incident"}, {"effect: !!foo interrupted\n---\na: b"},
}

// edited is the example with some lines replaced.
func edited(t *testing.T, changes []string) string {
	lines := strings.Split(strings.TrimSpace(example(t)), "\n")
	for _, change := range changes {
		key, _, _ := strings.Cut(change, ":")
		lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, key+":") })
		if change != key {
			lines = append(lines, change)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// A reader says what it is given and notes which messages it has met.
type reader struct {
	*testing.T
	words   Words
	reached map[string]bool
}

func (r *reader) say(text string) {
	r.Helper()
	if text == "" {
		return
	}
	wantFrench(r.T, text, r.words.Say(text))
	t := known()
	if _, ok := t.exact[text]; ok {
		r.reached[text] = true
	}
	for _, p := range t.patterns {
		if p.match[strict].MatchString(text) {
			r.reached[p.english] = true
			return
		}
	}
}

func (r *reader) problems(ps notice.Problems) {
	r.Helper()
	for _, p := range ps {
		r.say(p.What)
		r.say(p.Remedy)
	}
}

func (r *reader) err(err error) {
	r.Helper()
	switch err := err.(type) {
	case nil:
		r.Error("nothing is wrong")
	case notice.Problems:
		r.problems(err)
	case *notice.ValueError:
		r.say(err.What)
		r.say(err.Remedy)
	default:
		_, text, _ := strings.Cut(err.Error(), ": ")
		r.say(text)
	}
}

// unreached are messages that no input of this test brings forth.
var unreached = []string{
	"%s is not a time",               // of JSON that is no document of ours
	`write it as "2023-08-08T09:00"`, //
	"write the notice: %w",           // our own types: it never fails
	"invalid", "not found", "conflict", "forbidden",
}

// TestReached brings forth whatever schemas and schemas/notice say, with real
// input, and reads it.
func TestReached(t *testing.T) {
	t.Parallel()
	w, h := house(t)
	r := &reader{t, w, map[string]bool{}}
	for _, changes := range spoilt {
		_, ps := schemas.Check([]byte(edited(t, changes)), h.Catalogue, h.Bureaus)
		r.problems(ps)
	}
	for _, text := range []string{"", "a: \xff", strings.Repeat("x", schemas.MaxDocument+1), "a\x00", "a: b\n---\na: b"} {
		_, ps := schemas.Check([]byte(text), h.Catalogue, h.Bureaus)
		r.problems(ps)
	}
	r.refusedActs(t, h)
	r.wrongHouse(h)
	all := map[string]bool{}
	for _, pkg := range []string{"schemas", "schemas/notice"} {
		for _, m := range messages(t, pkg) {
			format := m.format
			if whole := wholes[format]; whole != "" {
				format = whole
			}
			skip := slices.Contains(unreached, format)
			for start := range unsaid {
				skip = skip || strings.HasPrefix(format, start)
			}
			if !skip && !r.reached[format] && !all[format] {
				all[format] = true
				t.Errorf("%s: nothing here brings forth %q", m.at, format)
			}
		}
	}
}

// refusedActs asks for every act that cannot be.
func (r *reader) refusedActs(t *testing.T, h schemas.House) {
	n, ps := schemas.Check([]byte(example(t)), h.Catalogue, h.Bureaus)
	if err := ps.Err(); err != nil {
		t.Fatal(err)
	}
	at := func(clock string) notice.Time {
		var at notice.Time
		if err := at.UnmarshalText([]byte(clock)); err != nil {
			t.Fatal(err)
		}
		return at
	}
	signer := []notice.Role{notice.Signer}
	life := func(now notice.Time, acts ...notice.Act) notice.State {
		events := []notice.Event{{Number: 1, Version: 1, Act: notice.Published{Notice: n, Scope: h.Catalogue.Resolve(n)}}}
		s := notice.Fold(events)
		for _, act := range acts {
			e, err := notice.Decide(s, notice.Command{Roles: signer, Act: act}, now.Time)
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
			s = notice.Fold(events)
		}
		return s
	}
	ten, early := at("2023-08-08T10:00"), at("2023-08-01T10:00")
	refuse := func(s notice.State, now notice.Time, act notice.Act) {
		_, err := notice.Decide(s, notice.Command{Roles: signer, Act: act}, now.Time)
		r.err(err)
	}
	over := notice.Ended{At: ten, Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}
	running, ended := life(ten), life(ten, over)
	other := n
	other.Contact = "autre"
	for _, act := range []notice.Act{
		strange{}, notice.Progressed{}, notice.Cancelled{}, notice.Resumed{}, notice.Corrected{Previous: other},
		notice.Extended{Until: at("2023-08-08T18:00"), MayExtendUntil: ten}, notice.Extended{Until: early}, notice.Extended{Until: at("2023-08-08T16:00")},
		notice.FallbackOpened{}, notice.FallbackOpened{Fallback: notice.Fallback{Authorised: true, From: ten, Until: early}},
		notice.FallbackOpened{Services: []string{"gamma"}, Fallback: notice.Fallback{Authorised: true}}, notice.FallbackClosed{Services: []string{"gamma"}},
		notice.Ended{At: at("2023-08-08T11:00")}, notice.Ended{At: ten}, notice.Ended{At: ten, Fallback: notice.FallbackAfter{Closes: notice.ClosesAt}},
		notice.Ended{At: ten, Fallback: notice.FallbackAfter{Closes: notice.ClosesAt, At: early}}, notice.Ended{At: early, Fallback: over.Fallback},
		notice.Ended{At: ten, Fallback: notice.FallbackAfter{Closes: notice.ClosesNone}},
		notice.Recovered{At: ten, Services: []string{"gamma"}, Fallback: over.Fallback},
	} {
		refuse(running, ten, act)
	}
	refuse(life(early), early, notice.Postponed{Windows: []notice.Window{{Start: at("2023-07-31T09:00")}}})
	refuse(life(early, notice.Cancelled{}), at("2023-08-09T10:00"), notice.Reinstated{})
	_, err := notice.Decide(ended, notice.Command{Act: notice.Resumed{}}, ten.Time)
	r.err(err)
	r.twoWindows(t, h, n, at)
	_, err = notice.DecodeAct("finished", nil)
	r.err(err)
	_, err = notice.DecodeAct("endet", nil)
	r.err(err)
}

// twoWindows takes back the end of a window while the next is on.
func (r *reader) twoWindows(t *testing.T, h schemas.House, n notice.Notice, at func(string) notice.Time) {
	n.Windows = append(slices.Clone(n.Windows), notice.Window{Start: at("2023-08-09T09:00"), End: at("2023-08-09T17:00")})
	events := []notice.Event{{Number: 1, Version: 1, Act: notice.Published{Notice: n, Scope: h.Catalogue.Resolve(n)}}}
	first := at("2023-08-08T10:00")
	e, err := notice.Decide(notice.Fold(events), notice.Command{Roles: []notice.Role{notice.Signer},
		Act: notice.Ended{At: first, Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}}, first.Time)
	if err != nil {
		t.Fatal(err)
	}
	_, err = notice.Decide(notice.Fold(append(events, e)), notice.Command{Roles: []notice.Role{notice.Signer}, Act: notice.Resumed{}}, first.Add(24*time.Hour))
	r.err(err)
}

type strange struct{}

func (strange) Type() notice.Type { return "strange" }

// wrongHouse asks what is wrong with a catalogue and bureaus.
func (r *reader) wrongHouse(h schemas.House) {
	r.problems(notice.Catalogue{
		Modes: map[string]notice.Mode{"E D I": {}, "dti": {Label: "DTI", Under: "nil"}},
		Services: map[string]notice.Service{
			"a": {Label: "A", Modes: []string{"fax"}, Aliases: []string{"B"}, Group: "g", Parent: "a", DependsOn: []string{"zzz"}},
			"b": {Label: "B", Modes: []string{"dti"}, Parent: "a", Fallback: "A"}, "C C": {}, "d": {Label: "D", Modes: []string{"dti"}, Parent: "b"},
		},
	}.Check())
	r.problems(notice.Bureaus{"x": {ReminderHours: []int{0}, NoticeDays: -1}}.Check())
}
