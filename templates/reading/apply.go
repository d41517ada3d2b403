package reading

import (
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
	if inner := m.values["subject"]; inner != "" {
		l.stage(rest, words)
		if again, ok := l.understood(inner); ok {
			l.apply(again, words)
		} else {
			l.unread(inner)
		}
		return
	}
	l.clause(name, rest, m, words)
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

// clause fills in what a clause says beside its facts: the rest of its name
// says which of its kind it is.
func (l *letter) clause(name, rest string, m match, words string) {
	switch name {
	case "subject":
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
	"period_said":    func(l *letter, m match, words string) { l.period(m.values["period_said"], words) },
	"start_said":     func(l *letter, m match, words string) { l.start(m.values["start_said"], words) },
	"end_free":       func(l *letter, m match, words string) { l.end(m.values["end_free"], words) },
	"in_modes_said":  func(l *letter, m match, words string) { l.modes(m.values["in_modes_said"], words) },
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
	if article, _, _ := strings.Cut(plainly(text), " "); !articles[article] && !strings.HasPrefix(article, "l'") {
		l.doubt("/cause", words, "article")
	}
	l.reading.Notice.Cause.Text = text
	l.recognised(words, "/cause")
}

// articles are words with which a cause begins, so that it follows "nous vous
// informons que".
var articles = map[string]bool{"un": true, "une": true, "des": true, "de": true, "le": true, "la": true, "les": true, "plusieurs": true, "ce": true, "cette": true, "deux": true, "trois": true}

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
