package templates

import (
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Telling is what differs between two readers of one event.
type Telling struct {
	// Started says that the reader has not been told of the start that this
	// event ends: it is told both in one.
	Started bool
	Lang    string // "en" for English; French otherwise
	Zone    string // of Zones, told beside legal time; "" for none
}

// Canonical is the form that all Tellings have which say the same: a language
// or a zone that there is not counts as none.
func (t Telling) Canonical() Telling {
	if t.Lang != "en" {
		t.Lang = ""
	}
	if _, ok := ZoneOf(t.Zone); !ok {
		t.Zone = ""
	}
	return t
}

// Message is what is said of one event, with the state of its notice at that
// event: in a mail, on a page, in one line. The facts that hold from then on
// come first, then what happened; an announcement holds the letter's own text.
func (w Words) Message(s notice.State, e notice.Event, t Telling) (Document, error) {
	m, err := w.message(s, e)
	if err != nil {
		return Document{}, err
	}
	act := string(e.Act.Type())
	d := Document{Lang: "fr", Banner: m.banner(), Authority: typesetAll(m.bureau.Authority), Date: e.Time, Title: m.texts[m.form(act)+".title"]}
	if d.Subject, err = m.subject(m.form(act)); err != nil {
		return d, err
	}
	if d.Blocks, d.Text, err = m.blocks(e, t); err != nil {
		return d, err
	}
	if d.Summary, err = m.english(e); err != nil {
		return d, err
	}
	if d.Contact, err = m.contact(); err != nil {
		return d, err
	}
	if rule, _ := notice.RuleOf(e.Act.Type()); rule.Letter {
		d.Signature, err = m.signature()
	}
	d.Notes = *m.notes
	if err != nil {
		return d, err
	}
	if t.Lang == "en" && act != string(notice.TypeNudged) {
		return m.inEnglish(d, e, t)
	}
	t.Lang = ""
	return d, m.glance(e, t).into(&d)
}

// Brief is an event in two lines: what it is, and what it says.
func (w Words) Brief(s notice.State, e notice.Event) (title, text string, err error) {
	d, err := w.Message(s, e, Telling{})
	if err != nil || len(d.Blocks) == 0 {
		return d.Title, d.Subject, err
	}
	return d.Title, d.Subject, nil
}

// A message is a composer that knows the event.
type message struct {
	*composer
	state notice.State
	act   notice.Act
	spans []notice.Span // of which the event speaks
}

// message is a composer with the facts of an event: those of the notice, as far
// as the event speaks of them.
func (w Words) message(s notice.State, e notice.Event) (*message, error) {
	c, err := w.composer(s.Notice)
	if err != nil {
		return nil, err
	}
	m := &message{c, s, e.Act, spoken(s, e)}
	if len(m.spans) > 0 {
		m.spanFacts()
	}
	m.whatFacts()
	m.actFacts(e)
	return m, nil
}

// spoken are the spans of which an event speaks.
func spoken(s notice.State, e notice.Event) []notice.Span {
	of := func(is func(notice.Span) bool) []notice.Span {
		return slices.DeleteFunc(slices.Clone(s.Spans), func(span notice.Span) bool { return !is(span) })
	}
	on := of(func(span notice.Span) bool { return span.On(e.Time) })
	switch act := e.Act.(type) {
	case notice.Started:
		return of(func(span notice.Span) bool { return span.Start.Equal(act.Planned.Time) })
	case notice.Overdue:
		return of(func(span notice.Span) bool { return span.Overdue(e.Time) })
	case notice.Ended:
		return of(func(span notice.Span) bool { return span.Over.Equal(act.At.Time) })
	case notice.Recovered:
		return of(func(span notice.Span) bool {
			return span.Over.Equal(act.At.Time) && among(act.Services, span.Service) && among(act.Modes, span.Mode)
		})
	case notice.FallbackOpened:
		return of(func(span notice.Span) bool { return among(act.Services, span.Service) && among(act.Modes, span.Mode) })
	case notice.FallbackClosed:
		return of(func(span notice.Span) bool { return among(act.Services, span.Service) && among(act.Modes, span.Mode) })
	case notice.Extended, notice.Progressed, notice.Resumed, notice.Nudged:
		return on
	}
	return nil
}

// among is whether a list names something; an empty one names everything.
func among(list []string, item string) bool { return len(list) == 0 || slices.Contains(list, item) }

// spanFacts are those of the services and modes of which the event speaks.
func (m *message) spanFacts() {
	services, modes := spanNames(m.Catalogue, m.spans)
	effects := make([]notice.Scope, len(m.spans))
	for i, span := range m.spans {
		effects[i].Effect = span.Effect
	}
	m.serviceFacts(services, modes, worstOf(effects))
	first := m.spans[0]
	m.facts["start"] = text(Moment(first.Start.Time))
	m.facts["end"] = text(moment(first.PlannedEnd))
	m.messageFacts(first.Messages)
}

// spanNames are the services and modes of some spans, services in the order of
// the notice, modes in that of the catalogue.
func spanNames(c notice.Catalogue, spans []notice.Span) (services, modes []string) {
	for _, span := range spans {
		services, modes = append(services, span.Service), append(modes, span.Mode)
	}
	services, modes = unique(services), unique(modes)
	var all []string
	for _, service := range services {
		all = append(all, c.Services[service].Modes...)
	}
	rank := unique(all)
	slices.SortStableFunc(modes, func(a, b string) int { return slices.Index(rank, a) - slices.Index(rank, b) })
	return services, modes
}

// whatFacts are the short forms that subjects use.
func (m *message) whatFacts() {
	m.facts["what"] = text(m.texts["what."+string(m.effect)])
	m.facts["when"] = text(Plain(when(m.notice)))
}

// actFacts are those that an act brings.
func (m *message) actFacts(e notice.Event) {
	set := func(name, value string) { m.facts[name] = text(value) }
	switch act := e.Act.(type) {
	case notice.Corrected:
		set("reason", act.Reason)
	case notice.Changed:
		set("reason", act.Reason)
	case notice.Postponed:
		m.facts["previous"] = periods(act.Previous)
	case notice.Reminded:
		m.oneWindow(act.Start)
	case notice.Started:
		set("planned_clock", Clock(act.Planned.Time))
		if len(m.spans) > 0 {
			set("may_extend", moment(m.spans[0].MayExtendUntil))
		}
	case notice.Overdue:
		set("planned", moment(act.Planned))
	case notice.Nudged:
		set("waiting_since", moment(act.Since))
	case notice.Extended:
		set("until", moment(act.Until))
		set("previous", moment(act.Previous))
		set("may_extend", moment(act.MayExtendUntil))
	case notice.Progressed:
		set("text", act.Text)
		set("next", moment(act.Next))
	case notice.FallbackOpened:
		m.openedFacts(act, e.Time)
	case notice.FallbackClosed:
		closed := act.At
		if closed.IsZero() {
			closed = notice.At(e.Time)
		}
		set("closed", moment(closed))
	case notice.Recovered:
		m.backFacts(act.At, act.Fallback)
		set("rest", m.rest(french, e.Time))
	case notice.Ended:
		m.backFacts(act.At, act.Fallback)
		set("text", act.Text)
		if act.Reinjection.Of != "" {
			m.notice.Reinjection = act.Reinjection
			m.returnFacts(act.Reinjection)
		}
	}
}

// oneWindow lets the message speak of the window that begins at an instant
// alone.
func (m *message) oneWindow(start notice.Time) {
	for _, w := range m.notice.Occurrences() {
		if w.Start.Equal(start.Time) {
			m.facts["period"] = periods([]notice.Window{w})
			m.facts["when"] = text(Plain(m.facts["period"]))
			if lines := m.notice.Lines(); len(lines) > 0 && lines[0].Fallback.From.IsZero() {
				m.facts["fallback_from"] = m.sinceOf(start.Time)
			}
		}
	}
}

func (m *message) openedFacts(act notice.FallbackOpened, at time.Time) {
	from := act.Fallback.From
	if from.IsZero() {
		from = notice.At(at)
	}
	m.facts["fallback_start"] = text(moment(from))
	m.facts["fallback_end"] = text(moment(act.Fallback.Until))
	delete(m.facts, "condition")
	if act.Fallback.Condition != "" {
		m.facts["condition"] = text(ConditionName(act.Fallback.Condition))
	}
}

func (m *message) backFacts(at notice.Time, after notice.FallbackAfter) {
	m.facts["back"] = text(moment(at))
	m.facts["fallback_end"] = text(moment(after.At))
}

// rest is what is still out at an instant: "Delta T (EDI), Delta G (EDI et DTI)".
func (m *message) rest(t tongue, at time.Time) string {
	on := slices.DeleteFunc(slices.Clone(m.state.Spans), func(s notice.Span) bool { return !s.On(at) })
	var parts []string
	for _, g := range notice.Gather(notice.Sayings(on), func(_, _ notice.Span) bool { return true }) {
		parts = append(parts, t.names(m.Catalogue, g.Services)+" ("+t.joined(ModeNames(m.Catalogue, g.Modes))+")")
	}
	return strings.Join(parts, " ; ")
}

// form is under what name an act's words stand: what closes for good does not
// begin an alert.
func (m *message) form(act string) string {
	if m.notice.Kind == notice.Closure && act == string(notice.TypeStarted) {
		return act + ".closure"
	}
	return act
}

// subject is the words of an act's subject, in the form that the facts allow.
func (m *message) subject(act string) (string, error) {
	name := act + ".subject"
	if nudged, ok := m.act.(notice.Nudged); ok {
		name += "." + string(nudged.Reason)
	}
	if _, ok := m.texts[name+".elsewhere"]; ok && len(m.elsewhere()) > 0 {
		name += ".elsewhere"
	} else if _, ok := m.texts[name+".general"]; ok && Plain(m.facts["names"]) == "" {
		name += ".general"
	} else if _, ok := m.texts[name+".open"]; ok {
		for _, fact := range placeholders(m.texts[name]) {
			if Plain(m.facts[fact]) == "" {
				name = act + ".subject.open"
			}
		}
	}
	runs, err := m.words(name)
	if err != nil {
		return "", err
	}
	return m.staged(Plain(runs))
}
