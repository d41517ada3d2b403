package compare

import (
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/reading"
)

// A Difference is a field that says something else than before.
type Difference struct {
	Pointer string
	Field   string // as people call it
	Was, Is string
	Pieces  []Piece // what it says now, compared with what it said
}

// A fieldText is a field of a notice and how a person reads it.
type fieldText struct {
	name string
	said func(names, notice.Notice) string
}

// names are those of services and modes.
type names struct{ notice.Catalogue }

// Fields are the fields in which two texts differ, in the order of the
// form. name gives what people call a field.
func Fields(c notice.Catalogue, name func(pointer string) string, before, after notice.Notice) []Difference {
	var all []Difference
	for _, f := range fieldTexts {
		was, is := templates.Typeset(f.said(names{c}, before)), templates.Typeset(f.said(names{c}, after))
		if was != is {
			all = append(all, Difference{"/" + f.name, name("/" + f.name), was, is, Texts(was, is)})
		}
	}
	return all
}

// fieldTexts are all fields of a notice. A test compares them with its type.
var fieldTexts = []fieldText{
	{"kind", func(_ names, n notice.Notice) string { return templates.KindName(n.Kind) }},
	{"environment", func(_ names, n notice.Notice) string { return templates.EnvironmentName(n.Environment) }},
	{"exercise", func(_ names, n notice.Notice) string { return yes(n.Exercise) }},
	{"retroactive", func(_ names, n notice.Notice) string { return yes(n.Retroactive) }},
	{"reference", func(_ names, n notice.Notice) string { return n.Reference }},
	{"outage_id", func(_ names, n notice.Notice) string { return n.OutageID }},
	{"issuer", func(_ names, n notice.Notice) string { return n.Issuer }},
	{"signatory", func(_ names, n notice.Notice) string {
		return list(n.Signatory.Name, n.Signatory.Role, templates.ByName(n.Signatory.By))
	}},
	{"contact", func(_ names, n notice.Notice) string { return n.Contact }},
	{"issued", func(_ names, n notice.Notice) string { return list(n.Issued.Place, day(n.Issued.Date)) }},
	{"cause", func(_ names, n notice.Notice) string {
		return list(n.Cause.Text, grammar[string(n.Cause.Gender)], grammar[string(n.Cause.Number)])
	}},
	{"origin", func(c names, n notice.Notice) string { return c.services([]string{n.Origin}) }},
	{"services", func(c names, n notice.Notice) string { return c.services(n.Services) }},
	{"modes", func(c names, n notice.Notice) string { return c.modes(n.Modes) }},
	{"effect", func(_ names, n notice.Notice) string { return templates.EffectName(n.Effect) }},
	{"messages", func(_ names, n notice.Notice) string { return messages(n.Messages) }},
	{"fallback", func(c names, n notice.Notice) string { return c.fallback(n.Fallback) }},
	{"scope", func(c names, n notice.Notice) string {
		return each(n.Scope, func(s notice.Scope) string {
			return list(c.services(s.Services), c.modes(s.Modes), templates.EffectName(s.Effect), messages(s.Messages), c.fallback(s.Fallback), windows(s.Windows))
		})
	}},
	{"windows", func(_ names, n notice.Notice) string { return windows(n.Windows) }},
	{"recurs", func(_ names, n notice.Notice) string {
		return list(n.Recurs.Rule, each(n.Recurs.Except, func(d notice.Date) string { return "sauf le " + day(d) }))
	}},
	{"reminders", func(_ names, n notice.Notice) string {
		return each(n.Reminders, func(h int) string { return strconv.Itoa(h) + " h avant" })
	}},
	{"sent", func(_ names, n notice.Notice) string {
		return each(n.Sent, func(s notice.Sent) string {
			return list(kinds(s.Kinds), reading.ToldWindow(notice.Window{Start: s.From, End: s.To}), templates.FateName(s.Fate), only(s.Resend, "à renvoyer"))
		})
	}},
	{"reinjection", func(_ names, n notice.Notice) string { return reinjection(n.Reinjection) }},
	{"advice", func(_ names, n notice.Notice) string { return each(n.Advice, templates.AdviceName) }},
	{"workaround", func(_ names, n notice.Notice) string { return list(n.Workaround.Code, n.Workaround.Text) }},
	{"exceptions", func(_ names, n notice.Notice) string {
		return each(n.Exceptions, func(e notice.Exception) string { return list(kinds(e.Kinds), moment("jusqu’au ", e.Until)) })
	}},
	{"instead", func(c names, n notice.Notice) string { return c.services(n.Instead) }},
	{"documents", func(_ names, n notice.Notice) string {
		return each(n.Documents, func(d notice.Document) string { return list(d.Title, d.URL) })
	}},
	{"paragraphs", func(_ names, n notice.Notice) string { return each(n.Paragraphs, func(s string) string { return s }) }},
	{"clauses", func(_ names, n notice.Notice) string {
		return each(n.Clauses, func(c notice.Clause) string { return list(c.ID, c.Text, before("omise : ", c.Omit)) })
	}},
	{"distribution", func(_ names, n notice.Notice) string { return list(n.Distribution...) }},
}

// grammar says in words what is deduced of a cause, where it is set by hand.
var grammar = map[string]string{"masculine": "masculin", "feminine": "féminin", "singular": "singulier", "plural": "pluriel"}

func (c names) services(codes []string) string {
	if len(codes) == 0 || codes[0] == "" {
		return ""
	}
	return templates.Enumerate(templates.Names(c.Catalogue, codes))
}

func (c names) modes(codes []string) string {
	return templates.Enumerate(templates.ModeNames(c.Catalogue, codes))
}

func (c names) fallback(f notice.Fallback) string {
	if f == (notice.Fallback{}) {
		return "non autorisée"
	}
	return list(only(f.Authorised, "autorisée"), only(!f.Authorised, "non autorisée"), only(f.Condition != "", templates.ConditionName(f.Condition)),
		moment("à compter du ", f.From), moment("jusqu’au ", f.Until), before("fiche ", f.Sheet), c.services([]string{f.Service}))
}

func reinjection(r notice.Reinjection) string {
	if r == (notice.Reinjection{}) {
		return ""
	}
	said := list(templates.ReturningName(r.Of), templates.PaceName(r.Pace), moment("à compter du ", r.From))
	if r.Hours > 0 {
		said = list(said, "sur "+strconv.Itoa(r.Hours)+" h")
	}
	if r.Slots > 0 {
		said = list(said, strconv.Itoa(r.Slots)+" créneaux "+only(r.Binding, "obligatoires")+only(!r.Binding, "conseillés"))
	}
	return said
}

func messages(m notice.Messages) string {
	var said []string
	for _, send := range []notice.Send{notice.Forbidden, notice.Discouraged, notice.Allowed} {
		if of := m.Kinds(send); len(of) > 0 {
			said = append(said, kinds(of)+" : "+templates.SendName(send))
		}
	}
	return strings.Join(said, " ; ")
}

func kinds(all []notice.MessageKind) string {
	return templates.Enumerate(templates.MessageKindNames(all))
}

func windows(all []notice.Window) string { return each(all, reading.ToldWindow) }

func moment(words string, t notice.Time) string {
	if t.IsZero() {
		return ""
	}
	return words + templates.Moment(t.Time)
}

func day(d notice.Date) string {
	if d.IsZero() {
		return ""
	}
	return templates.Day(d)
}

func before(words, text string) string {
	if text == "" {
		return ""
	}
	return words + text
}

func only(really bool, words string) string {
	if !really {
		return ""
	}
	return words
}

func yes(b bool) string {
	if b {
		return "oui"
	}
	return "non"
}

// each is what is said of several, with semicolons between them.
func each[T any](all []T, said func(T) string) string {
	var texts []string
	for _, one := range all {
		texts = append(texts, said(one))
	}
	return strings.Join(texts, " ; ")
}

// list puts commas between the texts that are there.
func list(texts ...string) string {
	var said []string
	for _, t := range texts {
		if t != "" {
			said = append(said, t)
		}
	}
	return strings.Join(said, ", ")
}
