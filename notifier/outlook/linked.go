package outlook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"

	"douane.gouv.fr/crieur/schemas/notice"
)

// linked is a notice as linked data of schema.org (JSON-LD 1.1), for the page
// that shows it: an announcement, and an event a window. It may stand in a
// script element: encoding/json writes < > and & by their numbers.
func (s *Site) linked(st notice.State) template.JS {
	page := s.Public + "/notices/" + st.ID
	publisher := map[string]any{"@type": "GovernmentOrganization", "name": "Direction générale des douanes et droits indirects"}
	announcement := map[string]any{
		"@type": "SpecialAnnouncement", "@id": page, "url": page, "name": s.title(st), "text": s.title(st), "inLanguage": "fr",
		"identifier": st.ID, "datePosted": notice.At(st.Published), "datePublished": notice.At(st.Published), "dateModified": notice.At(lastPublic(st).Time),
		"publisher": publisher, "spatialCoverage": map[string]any{"@type": "Country", "name": "France"},
		"newsUpdatesAndGuidelines": page, "about": s.linkedServices(st),
	}
	graph := []any{announcement}
	windows := st.Notice.Occurrences()
	for i, w := range windows[:min(len(windows), linkedMost)] {
		graph = append(graph, s.linkedWindow(st, page, i+1, w, publisher))
	}
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(map[string]any{"@context": "https://schema.org", "@graph": graph}); err != nil {
		panic(err) // our own values
	}
	return template.JS(text.String())
}

// linkedMost is how many windows of a notice are told, of those that recur for
// years.
const linkedMost = 12

// linkedServices are what a notice is about.
func (s *Site) linkedServices(st notice.State) []any {
	var codes []string
	for _, line := range st.Scope {
		codes = append(codes, line.Services...)
	}
	slices.Sort(codes)
	about := []any{}
	for _, code := range slices.Compact(codes) {
		about = append(about, map[string]any{"@type": "GovernmentService", "name": s.Catalogue.Services[code].Label, "url": s.Public + "/services/" + code})
	}
	return about
}

// linkedWindow is one window as an event.
func (s *Site) linkedWindow(st notice.State, page string, occurrence int, w notice.Window, publisher any) any {
	event := map[string]any{
		"@type": "Event", "@id": fmt.Sprintf("%s#plage-%d", page, occurrence), "name": s.title(st), "url": page, "startDate": w.Start,
		"eventStatus": "https://schema.org/EventScheduled", "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
		"location": map[string]any{"@type": "VirtualLocation", "url": s.Public + "/"}, "organizer": publisher,
	}
	if end := linkedEnd(st, occurrence, w); !end.IsZero() {
		event["endDate"] = end
	}
	switch {
	case st.Cancelled:
		event["eventStatus"] = "https://schema.org/EventCancelled"
	case st.Postponed:
		event["eventStatus"] = "https://schema.org/EventPostponed"
	default:
		if before, ok := movedFrom(st, occurrence); ok {
			event["eventStatus"], event["previousStartDate"] = "https://schema.org/EventRescheduled", before
		}
	}
	return event
}

// linkedEnd is when a window was over or, before that, its end as planned.
func linkedEnd(st notice.State, occurrence int, w notice.Window) notice.Time {
	end := notice.Time{}
	for _, span := range st.Spans {
		switch {
		case span.Occurrence != occurrence:
		case span.Over.IsZero():
			return w.End
		case span.Over.After(end.Time):
			end = span.Over
		}
	}
	if end.IsZero() {
		return w.End
	}
	return end
}

// movedFrom is the start that a window had before the last postponement.
func movedFrom(st notice.State, occurrence int) (notice.Time, bool) {
	for _, e := range slices.Backward(st.Events) {
		if act, ok := e.Act.(notice.Postponed); ok && len(act.Windows) > 0 && occurrence <= len(act.Previous) {
			return act.Previous[occurrence-1].Start, true
		}
	}
	return notice.Time{}, false
}
