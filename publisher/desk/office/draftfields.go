package office

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/publisher/desk/form"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/reading"
)

// fieldAt is the form's field at a place of a notice: what fills it, or what
// holds it.
func fieldAt(n notice.Notice, pointer string) string {
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	last := len(parts) - 1
	switch {
	case parts[0] == "clauses" && last > 0:
		if i, err := strconv.Atoi(parts[1]); err == nil && i < len(n.Clauses) {
			parts[1] = n.Clauses[i].ID
		}
	case parts[0] == "reminders" && last > 0:
		return "reminders/hours"
	case parts[0] == "cause" && last > 0 && parts[1] == "text", len(parts) == 1 && parts[0] == "signatory":
		return map[string]string{"cause": "cause", "signatory": "signatory/name"}[parts[0]]
	case len(parts) == 1 && parts[0] == "issued":
		return "issued/date"
	case len(parts) == 1 && parts[0] == "reinjection":
		return "reinjection/of"
	case last > 0 && slices.Contains(inOneField, parts[last-1]):
		parts = parts[:last]
	}
	if len(n.Scope) > 0 && (parts[0] == "services" || parts[0] == "modes" || parts[0] == "effect") {
		return "scope"
	}
	if parts[0] == "scope" && parts[len(parts)-1] == "windows" {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, "/")
}

// inOneField are the lists whose items stand in one field together.
var inOneField = []string{"services", "modes", "advice", "kinds", "except", "instead", "distribution"}

// echoes are what was understood of fields, in full.
func (o *Office) echoes(p paper) map[string]string {
	n := p.notice
	all := map[string]string{}
	say := func(field, text string) {
		if text != "" && !slices.ContainsFunc(p.faults, func(f form.Fault) bool { return f.Field == field }) {
			all[field] = text
		}
	}
	moment := func(field string, t notice.Time) {
		if !t.IsZero() {
			say(field, templates.Capitalised(reading.Told(t)))
		}
	}
	windows := func(list string, windows []notice.Window) {
		for i, w := range windows {
			at := fmt.Sprint(list, "/", i)
			moment(at+"/start", w.Start)
			moment(at+"/may_extend_until", w.MayExtendUntil)
			if !w.End.IsZero() {
				say(at+"/end", bureau.Lasts(w))
			}
		}
	}
	windows("windows", n.Windows)
	moment("fallback/from", n.Fallback.From)
	moment("fallback/until", n.Fallback.Until)
	moment("reinjection/from", n.Reinjection.From)
	for i, line := range n.Scope {
		at := fmt.Sprint("scope/", i)
		windows(at+"/windows", line.Windows)
		moment(at+"/fallback/from", line.Fallback.From)
		moment(at+"/fallback/until", line.Fallback.Until)
		say(at+"/services", o.names(line.Services))
	}
	for i, s := range n.Sent {
		moment(fmt.Sprint("sent/", i, "/from"), s.From)
		moment(fmt.Sprint("sent/", i, "/to"), s.To)
	}
	for i, x := range n.Exceptions {
		moment(fmt.Sprint("exceptions/", i, "/until"), x.Until)
	}
	if !n.Issued.Date.IsZero() {
		say("issued/date", templates.Capitalised(templates.Day(n.Issued.Date)))
	}
	say("services", o.names(n.Services))
	say("instead", o.names(n.Instead))
	say("cause", bureau.Agrees(n.Cause))
	say("recurs", bureau.Days(n))
	return all
}

// names are services as people read them.
func (o *Office) names(codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	return templates.Enumerate(templates.Names(o.Publisher.Catalogue, codes))
}

// dependents are the services that hang on those of a notice and of which it
// says nothing.
func (o *Office) dependents(n notice.Notice) []bureau.Dependent {
	if len(n.Scope) > 0 {
		return nil
	}
	c := o.Publisher.Catalogue
	found := c.Dependents(c.WithParts(n.Named()), n.Named())
	var all []bureau.Dependent
	for _, code := range slices.Sorted(maps.Keys(found)) {
		all = append(all, bureau.Dependent{Code: code, Label: c.Services[code].Label, On: o.names(found[code])})
	}
	return all
}
