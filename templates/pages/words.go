package pages

import (
	"html/template"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// words are what the templates say themselves with.
var words = template.FuncMap{
	"moment": templates.Moment, "period": templates.Period, "enumerate": templates.Enumerate,
	"effect": templates.EffectName, "kind": templates.KindName, "act": templates.ActName, "condition": templates.ConditionName,
	"phase": phaseName, "kinds": kindNames, "sending": sending, "capital": templates.Capitalised, "noun": noun, "until": until,
	"available": func() notice.Effect { return notice.Unaffected },
	"day":       func(t time.Time) string { return templates.Day(notice.DateOf(t)) },
	"iso":       func(t time.Time) string { return notice.At(t).String() },
	"field":     fieldOf,
	"level":     level,
	"add":       func(a, b int) int { return a + b },
	"elsewhere": elsewhere,
	"addresses": addresses,
	"zones":     func() []templates.Zone { return templates.Zones },
	"lasting":   lasting, "inHours": inHours, "ahead": ahead, "percentage": percentage, "outcome": outcome,
	"eve":        func(t time.Time) time.Time { return t.Add(-1) }, // the last instant before an end
	"date":       func(t time.Time) string { return templates.Date(notice.DateOf(t)) },
	"own":        ownMoment,
	"situations": func() []Situation { return Situations },
	"notKinds":   func() []string { return notice.Kind("").Values() },
	"kindOf":     func(code string) notice.Kind { return notice.Kind(code) },
	"hash":       inFours,
	"shown":      shownOf,

	"extractField": extractFieldOf,
	"criterion":    criterionStatus,
	"foreign":      func() template.HTMLAttr { return "" },
	"said":         func(phrase string) string { return phrase },
	"lang":         func() string { return "fr" },
	"local":        func(address string) string { return address },
	"conformity":   sync.OnceValue(func() string { return RGAA().State() }),
	"acts":         acts,
	"script":       func() string { return Version("live.js") },
	"pushScript":   func() string { return Version("push.js") },
	"pushPath":     func() string { return PushPath },
}

// phaseName says where a note stands.
func phaseName(n Notice) string { return SituationOf(n.Phase, n.Overdue, len(n.Lines) > 0).Name() }

// noun names what happens, where EffectName says how things are.
func noun(e notice.Effect) string {
	switch e {
	case notice.Interrupted:
		return "interruption"
	case notice.Degraded:
		return "fonctionnement dégradé"
	case notice.Closed:
		return "fermeture"
	}
	return "information"
}

// until is an end, in as few words as its start allows: "à 17h00" on the same
// day.
func until(start, end time.Time) string {
	if notice.DateOf(start) == notice.DateOf(end) {
		return "à " + templates.Clock(end)
	}
	return "le " + templates.Moment(end)
}

// level is how grave an effect is, in the design system's words.
func level(e notice.Effect) string {
	switch e {
	case notice.Unaffected:
		return "success"
	case notice.Degraded:
		return "warning"
	}
	return "error"
}

// sending says what to do about some kinds of message.
func sending(s notice.Send) string {
	switch s {
	case notice.Forbidden:
		return "à ne pas envoyer"
	case notice.Discouraged:
		return "envoi déconseillé"
	case notice.Allowed:
		return "envoi autorisé"
	}
	return templates.SendName(s)
}

func kindNames(kinds []notice.MessageKind) string {
	return templates.Enumerate(templates.MessageKindNames(kinds))
}

// A field is one of the form's, with what is wrong with it.
type field struct {
	Name, Label, Hint string
	Value             string
	Wrong             *Wrong
}

// fieldOf is a field of the form that asks for another instant.
func fieldOf(o Outlook, name, label, hint string) field {
	f := field{Name: name, Label: label, Hint: templates.Typeset(hint)}
	switch {
	case name == "le":
		f.Value = local(o.At)
	case !o.Known.IsZero():
		f.Value = local(o.Known)
	}
	for i := range o.Wrong {
		if o.Wrong[i].Field == name {
			f.Wrong, f.Value = &o.Wrong[i], o.Wrong[i].Text
		}
	}
	return f
}

// local writes an instant as a form's field does.
func local(t time.Time) string { return t.In(notice.Legal).Format("2006-01-02T15:04") }

// elsewhere says a line's times by the clocks of a zone; "" for none.
func elsewhere(l Line, z templates.Zone) string {
	switch {
	case z.Code == "":
		return ""
	case l.On && l.End.IsZero():
		return z.Label + nbsp + ": depuis le " + z.Moment(l.Start) + " (heure locale)"
	case l.On:
		return z.Label + nbsp + ": depuis le " + z.Moment(l.Start) + ", fin prévue le " + z.Moment(l.End) + " (heure locale)"
	}
	return z.Label + nbsp + ": " + z.Period(l.Start, l.End) + " (heure locale)"
}

// ownMoment says an instant by the clocks of a zone; "" for none.
func ownMoment(t time.Time, z templates.Zone) string {
	if z.Code == "" || t.IsZero() {
		return ""
	}
	return z.Label + nbsp + ": " + z.Moment(t) + " (heure locale)"
}

// inFours writes a hash in groups of characters, that one can compare by eye.
func inFours(sum string) []string {
	var groups []string
	for ; len(sum) > 8; sum = sum[8:] {
		groups = append(groups, sum[:8])
	}
	return append(groups, sum)
}

// A shown row is one with the zone whose times stand beside legal time.
type shown struct {
	Row
	Zone templates.Zone
}

func shownOf(r Row, z templates.Zone) shown { return shown{r, z} }

// nbsp is the no-break space that goes before a colon.
const nbsp = "\u00a0"
