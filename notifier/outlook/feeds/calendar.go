package feeds

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

const (
	// lookBack is how long a calendar shows what is over: half a year, for who
	// counts the interruptions of a quarter.
	lookBack = 183 * 24 * time.Hour
	// refresh is how often calendars are asked to look again.
	refresh = 15 * time.Minute
	// calendarType is what calendars are sent as.
	calendarType = "text/calendar; charset=utf-8; method=PUBLISH"
)

// calendar is one to subscribe to: what was, is and will be, in production
// unless something else is asked for.
func (f *Feeds) calendar(r *http.Request) answer {
	c, refusal := f.choose(r)
	if refusal != nil {
		return *refusal
	}
	if len(c.stages) == 0 {
		c.stages = stages[:1]
	}
	at := f.now()
	entries, err := f.calendarEntries(f.Record.States(), c, at)
	if err != nil {
		return f.failed("the calendar", err)
	}
	w := templates.FormatsIn(c.lang)
	d := templates.Diary{
		Name: w.Calendar, About: w.CalendarAbout, Lang: w.Lang, Refresh: refresh,
		Page: f.Public + "/", Source: f.url("/calendrier.ics", f.without(c)), Entries: entries,
	}
	d.Name += f.chosen(choice{services: c.services, kinds: c.kinds}, w)
	return answer{mediaType: calendarType, body: d.ICalendar()}
}

// without is a choice's query, without what goes without saying.
func (f *Feeds) without(c choice) url.Values {
	if slices.Equal(c.stages, stages[:1]) {
		c.stages = nil
	}
	return c.query()
}

// calendarEntries are those of the notices that a choice wants, in the order of
// their ids: the order in which they were drafted.
func (f *Feeds) calendarEntries(states []notice.State, c choice, at time.Time) ([]byte, error) {
	var all []byte
	for _, st := range states {
		if stale(st, at.Add(-lookBack)) || !c.wants(st.Notice.Kind, st.Stage(), servicesOf(st.Scope)) {
			continue
		}
		entries, err := f.entriesOf(st, c.lang, at)
		if err != nil {
			return nil, fmt.Errorf("notice %s: %w", st.ID, err)
		}
		all = append(all, entries...)
	}
	return all, nil
}

// stale is whether all there was to a notice lies before an instant: of years
// of them there is no need to look closer.
func stale(st notice.State, since time.Time) bool {
	return st.Updated.Before(since) && !slices.ContainsFunc(st.Spans, func(span notice.Span) bool {
		return span.Start.After(since) || span.On(since) && (span.Over.IsZero() || span.Over.After(since))
	})
}

// entriesOf are a notice's entries at an instant. They are made once for all
// instants that show the same.
func (f *Feeds) entriesOf(st notice.State, lang string, at time.Time) ([]byte, error) {
	day := notice.DateOf(at).Start()
	key := strings.Join([]string{lang, st.ID, fmt.Sprint(st.Number), day.Format(time.DateOnly), shows(st, at)}, "/")
	return f.entries.get(key, func() ([]byte, error) {
		return f.Words.Entries(st, templates.Sight{
			Telling: templates.Telling{Lang: lang}, At: at, Since: day.Add(-lookBack), Page: f.Public + "/notices/" + st.ID,
		})
	})
}

// shows is what the clock makes of a notice's spans.
func shows(st notice.State, at time.Time) string {
	on, late := 0, 0
	for _, span := range st.Spans {
		if span.On(at) {
			on++
		}
		if span.Overdue(at) {
			late++
		}
	}
	return fmt.Sprintf("%d-%d", on, late)
}

// noticeCalendar is one notice as a file: what its last mail had with it.
func (f *Feeds) noticeCalendar(r *http.Request) answer {
	st, ok := f.Record.State(r.PathValue("id"))
	if !ok {
		return unknownNotice()
	}
	lang := ""
	if r.URL.Query().Get(paramLang) == "en" {
		lang = "en"
	}
	entries, err := f.Words.Entries(st, templates.Sight{
		Telling: templates.Telling{Lang: lang}, At: f.now(), Page: f.Public + "/notices/" + st.ID,
	})
	if err != nil {
		return f.failed("the calendar", err)
	}
	if len(entries) == 0 {
		return problem(http.StatusNotFound, "this notice has no window, and so nothing that a calendar could show", "read it at /notices/"+st.ID)
	}
	name := strings.ReplaceAll(cmp.Or(st.Notice.Reference, st.ID), "/", "-")
	return answer{mediaType: calendarType, body: templates.Diary{Entries: entries}.ICalendar(), name: "note-" + name + ".ics"}
}

func unknownNotice() answer {
	return problem(http.StatusNotFound, "no notice of this id has been published", "GET /api/notices lists them")
}

// Calendar is the calendar of everything, as a file.
func (f *Feeds) Calendar() ([]byte, error) { return f.file("/calendrier.ics", f.calendar) }
