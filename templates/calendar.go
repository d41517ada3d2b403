package templates

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Calendar is a notice's windows as an iCalendar file (RFC 5545), one entry a
// window, for the mail of an event; nil where the event changes nothing that
// calendars show, or where there never was a window. page is the notice's
// public page.
//
// An entry keeps its UID, and its SEQUENCE grows with the notice's versions, so
// that calendars change it instead of adding another: an extension and an end
// move its end, a cancellation strikes it. So does a window that is no longer
// there, which would else stay in calendars for ever. The method is PUBLISH in
// every case: what is cancelled says so itself, since programs that read a file
// let CANCEL pass unseen.
func (w Words) Calendar(s notice.State, e notice.Event, t Telling, page string) ([]byte, error) {
	rule, _ := notice.RuleOf(e.Act.Type())
	if !rule.Amends {
		return nil, nil
	}
	entries, err := w.Entries(s, Sight{Telling: t, At: e.Time, Page: page})
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	return Diary{Entries: entries}.ICalendar(), nil
}

// A Sight is how a calendar sees a notice.
type Sight struct {
	Telling
	At    time.Time // what is on at this instant is under way
	Since time.Time // what was over before is left out; zero: nothing is
	Page  string    // the notice's public page
}

// Entries are the windows of a notice as the components of a calendar, with
// those that it has had and has no longer; nil where there never was one. They
// are the very ones of the mails: a calendar that has read both holds each
// once. What the clock alone brings (an end that has passed and that nobody has
// confirmed, or that nobody knows) moves an entry's end and its DTSTAMP; its
// SEQUENCE is left to what people say.
func (w Words) Entries(s notice.State, sight Sight) ([]byte, error) {
	s = amended(s)
	entries := entriesOf(s)
	if len(entries) == 0 {
		return nil, nil
	}
	e := s.Events[len(s.Events)-1]
	m, err := w.message(s, e)
	if err != nil {
		return nil, err
	}
	c := calendar{state: s, glance: m.glance(e, sight.Telling), sight: sight}
	for i, entry := range entries {
		if err := c.entry(i+1, entry, len(entries) <= wordy); err != nil {
			return nil, err
		}
	}
	return []byte(c.String()), nil
}

// Dated is whether a notice has, or ever had, anything that a calendar can show.
func Dated(s notice.State) bool { return len(entriesOf(amended(s))) > 0 }

// amended is a notice as it stood after the last event that made a new version
// of it: what came since is told, and changes nothing.
func amended(s notice.State) notice.State {
	for i, e := range slices.Backward(s.Events) {
		if rule, _ := notice.RuleOf(e.Act.Type()); rule.Amends {
			if i == len(s.Events)-1 {
				return s
			}
			return notice.Fold(s.Events[:i+1])
		}
	}
	return notice.State{}
}

// wordy is up to how many entries each has all facts in it: a window that
// recurs for years must not make a mail of hundreds of kilobytes.
const wordy = 12

// An entry is one window as calendars show it.
type entry struct {
	notice.Window
	gone bool // it is no longer among the notice's
}

// entriesOf are a notice's windows by their number, with those that it has had
// and has no longer.
func entriesOf(s notice.State) []entry {
	var entries []entry
	keep := func(of notice.State) {
		windows := of.Notice.Occurrences()
		for i, w := range windows {
			if i == len(entries) {
				entries = append(entries, entry{})
			}
			entries[i] = entry{Window: w}
		}
		for i := len(windows); i < len(entries); i++ {
			entries[i].gone = true
		}
	}
	then := notice.State{}
	for _, e := range s.Events {
		then = then.With(e)
		if rule, _ := notice.RuleOf(e.Act.Type()); rule.Amends {
			keep(then)
		}
	}
	keep(s)
	return entries
}

// A calendar writes the components of one notice.
type calendar struct {
	content
	state  notice.State
	glance *glance
	sight  Sight
}

// about is what the entries are about: the effect and the services.
func (c *calendar) about() string {
	g := c.glance
	services, _ := named(g.notice)
	about := g.tongue.words(g.texts, "calendar.head."+string(g.effect), nil)
	if len(services) > 0 {
		most := len(nameSizes(g.Catalogue, services))
		if most > 4 {
			most = 3
		}
		about = g.tongue.words(g.texts, "calendar.summary", map[string]string{"head": about, "names": g.shortNames(services, most)})
	}
	return about
}

// A stand is where one window stands, as its entry says.
type stand struct {
	over    notice.Time // when all of it was over, as a person said
	late    bool        // its end has passed, and nobody has said so
	on      bool
	status  string // of iCalendar
	summary string // what it is about, and what became of it
}

// standing is where a window stands.
func (c *calendar) standing(occurrence int, w entry) (stand, error) {
	st := stand{over: overAt(c.state, occurrence, w.Window), status: "CONFIRMED", summary: c.about()}
	for _, span := range c.state.Spans {
		if span.Occurrence == occurrence {
			st.on, st.late = st.on || span.On(c.sight.At), st.late || span.Overdue(c.sight.At)
		}
	}
	prefix := ""
	switch {
	case !st.over.IsZero(): // it took place, whatever befell the others
	case c.state.Postponed:
		st.status, prefix = "CANCELLED", "postponed"
	case c.state.Cancelled, w.gone:
		st.status, prefix = "CANCELLED", "cancelled"
	case st.late:
		prefix = "late"
	case w.End.IsZero() && c.glance.effect != notice.Closed:
		prefix = "open"
	}
	if prefix != "" {
		st.summary = c.glance.tongue.words(c.glance.texts, "calendar."+prefix, map[string]string{"summary": st.summary})
	}
	var err error
	st.summary, err = c.glance.stagedIn(st.summary)
	return st, err
}

func (c *calendar) entry(occurrence int, w entry, whole bool) error {
	st, err := c.standing(occurrence, w)
	end, stamp := c.end(w.Window, st)
	if err != nil || !c.sight.Since.IsZero() && end.Before(c.sight.Since) {
		return err
	}
	c.line("BEGIN:VEVENT")
	c.line(fmt.Sprintf("UID:%s-%d@crieur.douane.gouv.fr", c.state.ID, occurrence))
	c.line(fmt.Sprintf("SEQUENCE:%d", max(0, c.state.Version-1)))
	c.line("DTSTAMP:" + utc(stamp))
	c.line("CREATED:" + utc(c.state.Published))
	c.line("LAST-MODIFIED:" + utc(stamp))
	c.line("DTSTART" + local(w.Start.Time))
	if end.After(w.Start.Time) { // DTEND lies behind DTSTART (section 3.8.2.2)
		c.line("DTEND" + local(end))
	}
	c.line("SUMMARY:" + escaped(st.summary))
	c.line("DESCRIPTION:" + escaped(c.description(whole)))
	c.line("URL:" + c.sight.Page)
	c.line("CATEGORIES:" + escaped(c.word("category")) + "," + escaped(c.word("kind."+string(c.state.Notice.Kind))))
	c.organizer()
	c.line("STATUS:" + st.status)
	c.line("CLASS:PUBLIC")
	c.line("TRANSP:TRANSPARENT")
	c.maintenance(st, whole)
	c.line("END:VEVENT")
	return nil
}

// word is one of the calendar's own, in its language.
func (c *calendar) word(name string) string {
	return c.glance.tongue.words(c.glance.texts, "calendar."+name, nil)
}

// organizer is who asks to be asked, which RFC 5546 (section 3.2.1) wants of
// what is published: the address that the letter gives.
func (c *calendar) organizer() {
	bureau := c.glance.bureau
	if mail := bureau.Contacts[c.state.Notice.Contact]; mail != "" {
		c.line(`ORGANIZER;CN="` + strings.ReplaceAll(bureau.Label, `"`, "") + `":mailto:` + mail)
	}
}

// end is when an entry ends, and when that was last so: when a person said so,
// as planned or, where nobody knows, with the day of whoever looks. Without an
// end it would be over in calendars the moment it begins; with one that has
// passed, before anybody has said that it is.
func (c *calendar) end(w notice.Window, st stand) (end, stamp time.Time) {
	stamp = c.state.Updated
	switch {
	case !st.over.IsZero():
		return st.over.Time, stamp
	case !w.End.IsZero() && !st.late:
		return w.End.Time, stamp
	}
	last := w.Start.Time
	if c.sight.At.After(last) && st.on && c.glance.effect != notice.Closed { // what is closed for good is no news any more
		last = c.sight.At
	}
	y, m, d := last.In(notice.Legal).Date()
	midnight := func(day int) time.Time { return time.Date(y, m, day, 0, 0, 0, 0, notice.Legal) }
	for _, moved := range []time.Time{w.End.Time, midnight(d)} {
		if moved.After(stamp) && !moved.After(c.sight.At) {
			stamp = moved
		}
	}
	return midnight(d + 1), stamp
}

// description is the facts at a glance, a line each, and where to read more.
func (c *calendar) description(whole bool) string {
	var lines []string
	if whole {
		lines = factLines(c.glance.rows, c.glance.colon())
	}
	return strings.Join(append(lines, c.sight.Page), "\n")
}

// factLines are facts as plain text, a line each.
func factLines(facts []Fact, colon string) []string {
	var lines []string
	for _, f := range facts {
		said := make([]string, len(f.Lines))
		for i, line := range f.Lines {
			said[i] = Plain(line)
		}
		lines = append(lines, f.Name+colon+strings.Join(said, strings.Replace(colon, ":", ";", 1)))
	}
	return lines
}

// overAt is when a window was over, once all of it is.
func overAt(s notice.State, occurrence int, w notice.Window) notice.Time {
	var last notice.Time
	for _, span := range s.Spans {
		if span.Occurrence != occurrence || span.Start.Before(w.Start.Time) { // of a window that has been moved since
			continue
		}
		if span.Over.IsZero() {
			return notice.Time{}
		}
		if span.Over.After(last.Time) {
			last = span.Over
		}
	}
	return last
}

// A content is written in lines as iCalendar has them.
type content struct{ strings.Builder }

// line folds a content line at 75 octets, never inside a character
// (section 3.1).
func (c *content) line(text string) {
	const most = 75
	for room := most; len(text) > room; room = most - 1 {
		cut := room
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		c.WriteString(text[:cut] + "\r\n ")
		text = text[cut:]
	}
	c.WriteString(text + "\r\n")
}
