package templates

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Calendar is a notice's windows as an iCalendar file (RFC 5545), one event a
// window; nil where there are none. An event keeps its UID, and its SEQUENCE
// grows with the notice's versions, so that calendars move it instead of
// adding another.
func Calendar(s notice.State, subject string) []byte {
	windows := s.Notice.Occurrences()
	if len(windows) == 0 {
		return nil
	}
	var c calendar
	c.line("BEGIN:VCALENDAR")
	c.line("VERSION:2.0")
	c.line("PRODID:-//DGDDI//crieur//FR")
	c.line("METHOD:PUBLISH")
	for i, w := range windows {
		c.event(s, i+1, w, subject)
	}
	c.line("END:VCALENDAR")
	return []byte(c.String())
}

type calendar struct{ strings.Builder }

func (c *calendar) event(s notice.State, occurrence int, w notice.Window, subject string) {
	end := w.End
	if over := overAt(s, occurrence); !over.IsZero() {
		end = over
	}
	status := "CONFIRMED"
	if s.Cancelled || s.Postponed {
		status = "CANCELLED"
	}
	c.line("BEGIN:VEVENT")
	c.line(fmt.Sprintf("UID:%s-%d@crieur.douane.gouv.fr", s.ID, occurrence))
	c.line(fmt.Sprintf("SEQUENCE:%d", max(0, s.Version-1)))
	c.line("DTSTAMP:" + utc(s.Updated))
	c.line("DTSTART:" + utc(w.Start.Time))
	if end.After(w.Start.Time) { // DTEND lies behind DTSTART (section 3.8.2.2)
		c.line("DTEND:" + utc(end.Time))
	}
	c.line("SUMMARY:" + escaped(subject))
	c.line("STATUS:" + status)
	c.line("TRANSP:TRANSPARENT")
	c.line("END:VEVENT")
}

// overAt is when a window was over, once all of it is.
func overAt(s notice.State, occurrence int) notice.Time {
	var last notice.Time
	for _, span := range s.Spans {
		if span.Occurrence != occurrence {
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

// escaped is a text value (section 3.3.11).
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(text)
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
