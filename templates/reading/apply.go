package reading

import (
	"maps"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// apply fills in what a sentence says.
func (l *letter) apply(m match, words string) {
	n := &l.reading.Notice
	name, rest, _ := strings.Cut(m.clause, ".")
	before := len(l.reading.Recognised)
	l.clauses = append(l.clauses, m.clause)
	switch name {
	case "subject":
		if inner := m.values["subject"]; inner != "" {
			l.stage(rest, words)
			if again, ok := known(foldText(inner), l.patterns[l.code]); ok {
				l.apply(again, words)
			} else {
				l.unread(inner)
			}
			return
		}
		l.kind(rest, words)
	case "announce":
		l.kindOf(rest, words)
	case "advice":
		l.advice(rest, words)
	case "sent":
		l.sent(rest, m, words)
	case "fallback":
		l.fallback(rest, m, words)
	case "reinjection":
		l.reinjection(rest, m, words)
	case "exceptions":
		l.exception(m, words)
	case "effect":
		l.effectClause(rest, words)
	case "replaces":
		l.doubt("", words, "amends", strings.TrimRight(words, "."))
	}
	for _, fact := range m.facts {
		if f, ok := facts[fact]; ok {
			f(l, m, words)
		}
	}
	if strings.Contains(m.clause, "retroactive") {
		n.Retroactive = true
	}
	if len(l.reading.Recognised) == before {
		l.recognised(words)
	}
}

// facts are what is to be done with the facts of any clause.
var facts = map[string]func(l *letter, m match, words string){
	"that_cause": func(l *letter, m match, words string) { l.cause(afterThat(m.values["that_cause"]), words) },
	"of_cause":   func(l *letter, m match, words string) { l.cause(afterOf(m.values["of_cause"]), words) },
	"cause":      func(l *letter, m match, words string) { l.cause(m.values["cause"], words) },
	"services":   func(l *letter, m match, words string) { l.services(m.values["services"], words) },
	"of_services": func(l *letter, m match, words string) {
		l.services(m.values["of_services"], words)
	},
	"to_services":    func(l *letter, m match, words string) { l.services(m.values["to_services"], words) },
	"period":         func(l *letter, m match, words string) { l.period(m.values["period"], words) },
	"since":          func(l *letter, m match, words string) { l.period(m.values["since"], words) },
	"end":            func(l *letter, m match, words string) { l.end(m.values["end"], words) },
	"end_said":       func(l *letter, m match, words string) { l.end(m.values["end_said"], words) },
	"until_said":     func(l *letter, m match, words string) { l.extend(m.values["until_said"], words) },
	"in_modes":       func(l *letter, m match, words string) { l.modes(m.values["in_modes"], words) },
	"will_be_effect": func(l *letter, m match, words string) { l.effect("will_be_effect", m, words) },
	"is_effect":      func(l *letter, m match, words string) { l.effect("is_effect", m, words) },
	"was_effect":     func(l *letter, m match, words string) { l.effect("was_effect", m, words) },
	"forbidden":      func(l *letter, m match, words string) { l.messages(notice.Forbidden, m.values["forbidden"], words) },
	"discouraged":    func(l *letter, m match, words string) { l.messages(notice.Discouraged, m.values["discouraged"], words) },
	"allowed":        func(l *letter, m match, words string) { l.messages(notice.Allowed, m.values["allowed"], words) },
	"instead":        func(l *letter, m match, words string) { l.instead(m.values["instead"], words) },
	"origin": func(l *letter, m match, words string) {
		l.one(&l.reading.Notice.Origin, "/origin", m.values["origin"], words)
	},
	"workaround": func(l *letter, m match, words string) {
		l.reading.Notice.Workaround.Text = typed(m.values["workaround"])
		l.recognised(words, "/workaround")
	},
	"workaround_code": func(l *letter, m match, words string) {
		l.reading.Notice.Workaround.Code = typed(m.values["workaround_code"])
		l.recognised(words, "/workaround")
	},
	"owner": func(l *letter, m match, words string) {
		l.habit(m.values["owner"], l.words.Bureaus[l.code].Owner, words)
	},
	"helpdesk": func(l *letter, m match, words string) {
		l.habit(m.values["helpdesk"], l.words.Bureaus[l.code].Helpdesk, words)
	},
}

// habit checks what every letter of a bureau says.
func (l *letter) habit(said, own, words string) {
	if own != "" && key(said) != key(own) {
		l.doubt("", words, "owner", own)
	}
}

// afterThat is a cause behind "que": "qu’une panne" is a breakdown.
func afterThat(text string) string {
	for _, that := range []string{"que ", "qu'", "qu’", "qu´", "qu`", "qu‘"} {
		if len(text) > len(that) && strings.EqualFold(text[:len(that)], that) {
			return strings.TrimSpace(text[len(that):])
		}
	}
	return text
}

// afterOf is a cause behind "en raison de": "d’une panne", "du réseau".
func afterOf(text string) string {
	for _, of := range [][2]string{{"d'", ""}, {"d’", ""}, {"de la ", "la "}, {"de l’", "l’"}, {"de l'", "l’"}, {"du ", "le "}, {"des ", "des "}, {"de ", "des "}} {
		if rest, ok := strings.CutPrefix(text, of[0]); ok {
			return of[1] + rest
		}
	}
	return text
}

func (l *letter) cause(text, words string) {
	text = typed(strings.Trim(text, ",; "))
	if text == "" || l.reading.Notice.Cause.Text != "" {
		return
	}
	if first := []rune(text); len(first) > 1 && strings.ToUpper(string(first[1])) != string(first[1]) { // "Une", not "DGDDI"
		text = strings.ToLower(string(first[0])) + string(first[1:])
	}
	l.reading.Notice.Cause.Text = text
	l.recognised(words, "/cause")
}

// services are those that a letter names. Where it names them again, they are
// the same.
func (l *letter) services(phrase, words string) {
	found := servicesIn(phrase, l.words.Catalogue, l.names)
	n := &l.reading.Notice
	for _, unknown := range found.unknown {
		if near := nearestName(unknown, l.words.Catalogue); near != "" {
			l.doubt("/services", words, "service near", unknown, near)
		} else {
			l.doubt("/services", words, "service", unknown)
		}
	}
	for _, group := range found.vague {
		l.doubt("/services", words, "group", group)
	}
	switch {
	case len(found.codes) == 0:
		return
	case len(n.Services) == 0:
		n.Services = found.codes
	case !sameSet(n.Services, found.codes):
		l.doubt("/services", words, "services")
		for _, code := range found.codes {
			if !slices.Contains(n.Services, code) {
				n.Services = append(n.Services, code)
			}
		}
	}
	l.recognised(words, "/services")
}

func sameSet(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

func (l *letter) modes(phrase, words string) {
	found := modesIn(phrase, l.words.Catalogue)
	n := &l.reading.Notice
	switch {
	case len(found) == 0 && strings.Contains(plainly(phrase), "tous"):
	case len(found) == 0:
		l.doubt("/modes", words, "modes", phrase)
		return
	case len(n.Modes) > 0 && !sameSet(n.Modes, found):
		l.doubt("/modes", words, "modes two")
	default:
		n.Modes = found
	}
	l.recognised(words, "/modes")
}

// meaning is what a form of a fact means; "" where it is not known.
func (l *letter) meaning(fact, form string) string {
	for known, means := range l.phrases.Forms[fact] {
		if key(known) == key(form) {
			return means
		}
	}
	return ""
}

func (l *letter) effect(fact string, m match, words string) {
	effect := notice.Effect(l.meaning(fact, m.values[fact]))
	n := &l.reading.Notice
	if n.Effect != "" && effect != n.Effect && l.exact["effect"] {
		l.doubt("/effect", words, "effect")
		return
	}
	n.Effect, l.exact["effect"] = effect, true
	l.recognised(words, "/effect")
}

func (l *letter) messages(send notice.Send, phrase, words string) {
	kinds := l.kindsIn(phrase)
	if len(kinds) == 0 {
		l.doubt("/messages", words, "kinds", phrase)
		return
	}
	if l.reading.Notice.Messages == nil {
		l.reading.Notice.Messages = notice.Messages{}
	}
	for _, kind := range kinds {
		l.reading.Notice.Messages[kind] = send
	}
	l.recognised(words, "/messages")
}

// kindsIn are the kinds of message that a phrase names, in the vocabulary's
// order.
func (l *letter) kindsIn(phrase string) []notice.MessageKind {
	k := key(phrase)
	var found []notice.MessageKind
	for _, kind := range notice.MessageKind("").Values() {
		for form, means := range l.phrases.Forms["kind"] {
			if means == kind && strings.Contains(k, key(form)) {
				found = append(found, notice.MessageKind(kind))
			}
		}
	}
	return found
}

func (l *letter) instead(phrase, words string) {
	if found := servicesIn(phrase, l.words.Catalogue, l.names); len(found.codes) > 0 {
		l.reading.Notice.Instead = found.codes
		l.recognised(words, "/instead")
	}
}

// one is a single service.
func (l *letter) one(to *string, field, phrase, words string) {
	found := servicesIn(phrase, l.words.Catalogue, l.names)
	if len(found.codes) != 1 {
		l.doubt(field, words, "service", phrase)
		return
	}
	*to = found.codes[0]
	l.recognised(words, field)
}

// stage reads what is not the real thing.
func (l *letter) stage(name, words string) {
	switch name {
	case "exercise":
		l.reading.Notice.Exercise = true
		l.recognised(words, "/exercise")
	case "test":
		l.reading.Notice.Environment = notice.EnvTest
		l.recognised(words, "/environment")
	}
}

// kind reads "maintenance.interrupted", by which a subject is named.
func (l *letter) kind(name, words string) {
	kind, effect, _ := strings.Cut(name, ".")
	if l.exact["kind"] || !slices.Contains(notice.Kind("").Values(), kind) {
		return
	}
	l.reading.Notice.Kind, l.exact["kind"] = notice.Kind(kind), true
	if slices.Contains(notice.Effect("").Values(), effect) && l.reading.Notice.Effect == "" {
		l.reading.Notice.Effect = notice.Effect(effect)
	}
	l.recognised(words, "/kind")
}

// kindOf is what a clause says of the kind where no subject does.
func (l *letter) kindOf(name, words string) {
	kind, _, _ := strings.Cut(name, ".")
	if n := &l.reading.Notice; n.Kind == notice.Degradation && kind == string(notice.Maintenance) {
		n.Kind, n.Effect = notice.Maintenance, notice.Degraded // their subjects are the same
		l.recognised(words, "/kind")
	}
	if l.reading.Notice.Kind == "" && slices.Contains(notice.Kind("").Values(), kind) && kind != string(notice.Information) {
		l.reading.Notice.Kind = notice.Kind(kind)
		l.recognised(words, "/kind")
	}
}

func (l *letter) effectClause(name, words string) {
	n := &l.reading.Notice
	switch {
	case name == "closure":
		l.kindOf("closure", words)
	case strings.HasPrefix(name, "now"):
		l.kindOf("incident", words)
	case strings.HasPrefix(name, "planned"):
		l.kindOf("maintenance", words)
	case name == "table":
		n.Scope = []notice.Scope{}
		l.recognised(words, "/scope")
	}
}

func (l *letter) advice(name, words string) {
	for _, one := range strings.Split(name, ".") {
		advice := notice.Advice(one)
		if slices.Contains(advice.Values(), one) && !slices.Contains(l.reading.Notice.Advice, advice) {
			l.reading.Notice.Advice = append(l.reading.Notice.Advice, advice)
		}
	}
	l.recognised(words, "/advice")
}

func (l *letter) reinjection(name string, m match, words string) {
	r := &l.reading.Notice.Reinjection
	switch name {
	case "progressive", "immediate":
		r.Pace = notice.Pace(name)
		best := ""
		for form, of := range l.phrases.Forms["returning"] {
			if k := key(form); strings.Contains(key(m.values["returning"]), k) && len(k) > len(best) {
				best, r.Of = k, notice.Returning(of)
			}
		}
		if best == "" {
			l.doubt("/reinjection/of", words, "returning", m.values["returning"])
		}
	default:
		r.Hours, r.Slots, r.Binding = count(m.folded["hours"]), count(m.folded["slots"]), name == "slots.binding"
	}
	l.recognised(words, "/reinjection")
}

func (l *letter) sent(name string, m match, words string) {
	fate, resend, _ := strings.Cut(name, ".")
	s := notice.Sent{Fate: notice.Fate(fate), Resend: resend != "", Kinds: l.kindsIn(m.values["sent"])}
	_, when, _ := strings.Cut(m.folded["sent"], "transmis")
	w, err := l.timeFrame(when).window()
	if err != nil {
		l.doubt("/sent", words, "time", err.What)
	}
	s.From, s.To = w.Start, w.End
	l.reading.Notice.Sent = append(l.reading.Notice.Sent, s)
	l.recognised(words, "/sent")
}

func (l *letter) exception(m match, words string) {
	x := notice.Exception{Kinds: l.kindsIn(m.values["exceptions"])}
	if until := m.values["exceptions_end"]; until != "" {
		x.Until = l.moment("/exceptions", until, words)
	}
	if len(x.Kinds) == 0 {
		l.doubt("/exceptions", words, "kinds", m.values["exceptions"])
		return
	}
	l.reading.Notice.Exceptions = append(l.reading.Notice.Exceptions, x)
	l.recognised(words, "/exceptions")
}

func (l *letter) fallback(name string, m match, words string) {
	f := &l.reading.Notice.Fallback
	switch name {
	case "none":
		l.recognised(words, "/fallback")
		return
	case "service":
		l.one(&f.Service, "/fallback/service", m.values["fallback_service"], words)
	case "sheet":
		f.Sheet = strings.TrimRight(typed(m.values["fallback_sheet"]), ".")
	}
	f.Authorised = true
	condition, _, _ := strings.Cut(name, ".")
	if slices.Contains(notice.Condition("").Values(), condition) {
		f.Condition = notice.Condition(condition)
	}
	if from := m.folded["fallback_from"]; from != "" && !strings.Contains(from, "plages") {
		if from = strings.TrimPrefix(from, "et "); from != "" {
			f.From = l.moment("/fallback/from", from, words)
		}
	}
	if until := m.folded["fallback_until"]; until != "" && !strings.Contains(until, "fin d'alerte") {
		f.Until = l.moment("/fallback/until", until, words)
	}
	l.recognised(words, "/fallback")
}

// row reads a line of the table that says what holds by service and mode.
func (l *letter) row(p paragraph) bool {
	n := &l.reading.Notice
	found := servicesIn(p.cells[0], l.words.Catalogue, l.names)
	effect := notice.Effect(l.meaning("effect", p.cells[min(2, len(p.cells)-1)]))
	if key(p.cells[0]) == "services" || key(p.cells[0]) == "service" {
		return true
	}
	if n.Scope == nil || len(found.codes) == 0 || len(found.unknown) > 0 || effect == "" {
		return false
	}
	line := notice.Scope{Services: found.codes, Modes: modesIn(p.cells[1], l.words.Catalogue), Effect: effect, Messages: notice.Messages{}}
	for _, cell := range p.cells[3:] {
		l.rules(&line, cell)
	}
	if len(line.Messages) == 0 {
		line.Messages = nil
	}
	n.Scope = append(n.Scope, line)
	l.recognised(strings.Join(p.cells, " | "), "/scope")
	return true
}

// rules reads a cell that says what may be sent, or how it is with the
// fallback.
func (l *letter) rules(line *notice.Scope, cell string) {
	for _, part := range strings.Split(cell, ";") {
		kinds, rule, ok := strings.Cut(part, ":")
		send := notice.Send(l.meaning("send", rule))
		for _, kind := range l.kindsIn(kinds) {
			if ok && send != "" {
				line.Messages[kind] = send
			}
		}
	}
	k := key(cell)
	if !strings.HasPrefix(k, "autorisee") {
		return
	}
	line.Fallback.Authorised = true
	for _, form := range slices.Sorted(maps.Keys(l.phrases.Forms["condition"])) {
		if strings.Contains(k, key(form)) {
			line.Fallback.Condition = notice.Condition(l.phrases.Forms["condition"][form])
		}
	}
}
