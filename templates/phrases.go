package templates

import (
	"maps"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Phrases are what letters are known by to who reads them back.
type Phrases struct {
	Clauses map[string]string            // the words of a clause by its name, with {facts}
	Forms   map[string]map[string]string // of some facts: each form and what it means, "" for nothing
}

// Phrases are the words that a bureau's letters are made of, and the forms that
// facts take in them. They are those that compose letters: a change of wording
// reaches both.
func (w Words) Phrases(bureau string) Phrases {
	p := Phrases{Clauses: maps.Clone(w.Own.of(bureau)), Forms: map[string]map[string]string{}}
	add := func(fact, form, means string) {
		if p.Forms[fact] == nil {
			p.Forms[fact] = map[string]string{}
		}
		p.Forms[fact][form] = means
	}
	for fact, table := range map[string]map[notice.Effect][2]string{"will_be_effect": becomes, "is_effect": stands, "was_effect": stood} {
		for effect, forms := range table {
			add(fact, forms[0], string(effect))
			add(fact, forms[1], string(effect))
		}
	}
	for _, kind := range notice.MessageKind("").Values() {
		add("kind", MessageKindName(notice.MessageKind(kind)), kind)
	}
	for _, of := range notice.Returning("").Values() {
		add("returning", returningName(notice.Returning(of)), of)
	}
	for _, condition := range notice.Condition("").Values() {
		add("condition", ConditionName(notice.Condition(condition)), condition)
	}
	for _, effect := range notice.Effect("").Values() {
		add("effect", EffectName(notice.Effect(effect)), effect)
	}
	for _, send := range notice.Send("").Values() {
		add("send", SendName(notice.Send(send))+"e", send)
	}
	w.agreements(add)
	return p
}

// agreements are the forms that agree with a cause or with how many windows
// there are, as a letter makes them.
func (w Words) agreements(add func(fact, form, means string)) {
	for _, cause := range []string{"un arrêt", "une panne", "des arrêts", "des opérations"} {
		c := &composer{Words: w, notice: notice.Notice{Cause: notice.Cause{Text: cause}}, facts: facts{}}
		c.causeFacts()
		for fact, runs := range c.facts {
			if !strings.HasPrefix(fact, "that_") {
				add(fact, Plain(runs), "")
			}
		}
	}
	window := notice.Window{Start: notice.At(time.Unix(0, 0)), End: notice.At(time.Unix(3600, 0))}
	for _, windows := range [][]notice.Window{{window}, {window, window}} {
		c := &composer{Words: w, facts: facts{}}
		c.timeFacts(windows)
		add("these_windows", Plain(c.facts["these_windows"]), "")
	}
}

// Composed is a text with each letter and its accents in one (NFC).
func Composed(text string) string { return norm.NFC.String(text) }

// Decomposed is a text with accents apart from their letters, and ligatures and
// raised figures in plain letters and figures (NFKD).
func Decomposed(text string) string { return norm.NFKD.String(text) }
