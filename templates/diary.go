package templates

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Diary is a whole calendar. What has a Name is one to subscribe to; what has
// none is a file that is read once.
type Diary struct {
	Name    string
	About   string // what it shows
	Source  string // its own address
	Page    string // for people
	Refresh time.Duration
	Lang    string // BCP 47, of its name
	Entries []byte // as Words.Entries makes them
}

// ICalendar writes it, method PUBLISH, with legal time's own rules in it.
func (d Diary) ICalendar() []byte {
	var c content
	for _, line := range []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//DGDDI//crieur//FR", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"} {
		c.line(line)
	}
	if d.Name != "" {
		every := fmt.Sprintf("PT%dM", int(d.Refresh.Minutes()))
		for _, line := range []string{
			"NAME:" + escaped(d.Name), "X-WR-CALNAME:" + escaped(d.Name),
			"DESCRIPTION:" + escaped(d.About), "X-WR-CALDESC:" + escaped(d.About), "X-WR-TIMEZONE:Europe/Paris",
			"SOURCE;VALUE=URI:" + d.Source, "URL:" + d.Page,
			"REFRESH-INTERVAL;VALUE=DURATION:" + every, "X-PUBLISHED-TTL:" + every,
		} {
			c.line(line)
		}
	}
	for line := range strings.SplitSeq(legalTime, "\n") {
		c.line(line)
	}
	c.Write(d.Entries)
	c.line("END:VCALENDAR")
	return []byte(c.String())
}

// legalTime is legal time as calendars know it: since 1996 the clocks of the
// Union are put forward on the last Sunday of March, and back on the last of
// October (Directive 2000/84/EC).
const legalTime = `BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE`

// local is the value of a property in legal time. The second of two hours of
// one name cannot be said so (section 3.3.5: the first is meant), and is said
// in UTC.
func local(t time.Time) string {
	const wall = "20060102T150405"
	there := t.In(notice.Legal).Format(wall)
	if t.Add(-time.Hour).In(notice.Legal).Format(wall) == there {
		return ":" + utc(t)
	}
	return ";TZID=Europe/Paris:" + there
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// escaped is a text value (section 3.3.11), with plain spaces, by which people
// search.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r", "", "\n", `\n`).Replace(searchable.Replace(text))
}

// maintenance are the fields by which operators' programs read a maintenance
// (MAINTNOTE, "Best Current Operational Practice for Maintenance
// Notifications"). Nobody in particular is told: the account is everybody's.
func (c *calendar) maintenance(st stand, whole bool) {
	services := c.impacts()
	if len(services) == 0 {
		return
	}
	n := c.state.Notice
	id := n.OutageID
	if id == "" {
		id = c.state.ID
	}
	worst := "NO-IMPACT"
	for _, of := range services {
		if slices.Index(impacts, of.impact) > slices.Index(impacts, worst) {
			worst = of.impact
		}
	}
	c.line("X-MAINTNOTE-PROVIDER:douane.gouv.fr")
	c.line("X-MAINTNOTE-ACCOUNT:public")
	c.line("X-MAINTNOTE-MAINTENANCE-ID:" + escaped(id))
	for _, of := range services {
		if whole {
			c.line("X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT=" + of.impact + ":" + of.service)
		}
	}
	c.line("X-MAINTNOTE-IMPACT:" + worst)
	c.line("X-MAINTNOTE-STATUS:" + st.maintenance())
}

// maintenance is a window's status as MAINTNOTE says it. What a signed notice
// announces is never tentative.
func (st stand) maintenance() string {
	switch {
	case st.status == "CANCELLED":
		return "CANCELLED"
	case !st.over.IsZero():
		return "COMPLETED"
	case st.on:
		return "IN-PROCESS"
	}
	return "CONFIRMED"
}

// impacts are MAINTNOTE's, from none to worst, without that on what stands in
// reserve.
var impacts = []string{"NO-IMPACT", "DEGRADED", "OUTAGE"}

// An impacted service is one of a notice's, with the worst of what befalls it.
type impacted struct{ service, impact string }

func (c *calendar) impacts() []impacted {
	of := map[notice.Effect]string{notice.Unaffected: "NO-IMPACT", notice.Degraded: "DEGRADED", notice.Interrupted: "OUTAGE", notice.Closed: "OUTAGE"}
	var all []impacted
	for _, line := range c.state.Scope {
		for _, service := range line.Services {
			i := slices.IndexFunc(all, func(known impacted) bool { return known.service == service })
			if i < 0 {
				all = append(all, impacted{service, of[line.Effect]})
			} else if slices.Index(impacts, of[line.Effect]) > slices.Index(impacts, all[i].impact) {
				all[i].impact = of[line.Effect]
			}
		}
	}
	return all
}
