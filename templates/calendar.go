package templates

import (
	"fmt"
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
	entries := entriesOf(s)
	if !rule.Amends || len(entries) == 0 {
		return nil, nil
	}
	m, err := w.message(s, e)
	if err != nil {
		return nil, err
	}
	c := calendar{state: s, glance: m.glance(e, t), page: page}
	c.line("BEGIN:VCALENDAR")
	c.line("VERSION:2.0")
	c.line("PRODID:-//DGDDI//crieur//FR")
	c.line("CALSCALE:GREGORIAN")
	c.line("METHOD:PUBLISH")
	for i, entry := range entries {
		if err := c.entry(i+1, entry, len(entries) <= wordy); err != nil {
			return nil, err
		}
	}
	c.line("END:VCALENDAR")
	return []byte(c.String()), nil
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

// A calendar writes an iCalendar file.
type calendar struct {
	strings.Builder
	state  notice.State
	glance *glance
	page   string
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

// standing is an entry's status, and its summary, which says what became of it.
func (c *calendar) standing(w entry, over notice.Time) (status, summary string, err error) {
	status, summary = "CONFIRMED", c.about()
	prefix := ""
	switch {
	case !over.IsZero(): // it took place, whatever befell the others
	case c.state.Postponed:
		status, prefix = "CANCELLED", "postponed"
	case c.state.Cancelled, w.gone:
		status, prefix = "CANCELLED", "cancelled"
	case w.End.IsZero() && c.glance.effect != notice.Closed:
		prefix = "open"
	}
	if prefix != "" {
		summary = c.glance.tongue.words(c.glance.texts, "calendar."+prefix, map[string]string{"summary": summary})
	}
	summary, err = c.glance.stagedIn(summary)
	return status, summary, err
}

func (c *calendar) entry(occurrence int, w entry, whole bool) error {
	over := overAt(c.state, occurrence, w.Window)
	status, summary, err := c.standing(w, over)
	if err != nil {
		return err
	}
	c.line("BEGIN:VEVENT")
	c.line(fmt.Sprintf("UID:%s-%d@crieur.douane.gouv.fr", c.state.ID, occurrence))
	c.line(fmt.Sprintf("SEQUENCE:%d", max(0, c.state.Version-1)))
	c.line("DTSTAMP:" + utc(c.state.Updated))
	c.line("CREATED:" + utc(c.state.Published))
	c.line("LAST-MODIFIED:" + utc(c.state.Updated))
	c.line("DTSTART:" + utc(w.Start.Time))
	if end := c.end(w.Window, over); end.After(w.Start.Time) { // DTEND lies behind DTSTART (section 3.8.2.2)
		c.line("DTEND:" + utc(end))
	}
	c.line("SUMMARY:" + escaped(summary))
	c.line("DESCRIPTION:" + escaped(c.description(whole)))
	c.line("URL:" + c.page)
	c.line("CATEGORIES:" + escaped(c.glance.tongue.words(c.glance.texts, "calendar.category", nil)))
	c.line("STATUS:" + status)
	c.line("CLASS:PUBLIC")
	c.line("TRANSP:TRANSPARENT")
	c.line("END:VEVENT")
	return nil
}

// end is when an entry ends: when a person said so, as planned or, where nobody
// knows, with the day on which that was last said. Without an end it would be
// over in calendars the moment it begins.
func (c *calendar) end(w notice.Window, over notice.Time) time.Time {
	switch {
	case !over.IsZero():
		return over.Time
	case !w.End.IsZero():
		return w.End.Time
	}
	last := w.Start.Time
	if c.state.Updated.After(last) {
		last = c.state.Updated
	}
	y, m, d := last.In(notice.Legal).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, notice.Legal)
}

// description is the facts at a glance, a line each, and where to read more.
func (c *calendar) description(whole bool) string {
	var lines []string
	for _, f := range c.glance.rows {
		if !whole {
			break
		}
		said := make([]string, len(f.Lines))
		for i, line := range f.Lines {
			said[i] = Plain(line)
		}
		lines = append(lines, f.Name+c.glance.colon()+strings.Join(said, " ; "))
	}
	return strings.Join(append(lines, c.page), "\n")
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

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// escaped is a text value (section 3.3.11), with plain spaces, by which people
// search.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r", "", "\n", `\n`).Replace(searchable.Replace(text))
}

// line folds a content line at 75 octets, never inside a character
// (section 3.1).
func (c *calendar) line(text string) {
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
