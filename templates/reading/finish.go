package reading

import (
	"regexp"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// finish looks over the whole: what is missing, what goes without saying.
func (l *letter) finish() {
	n := &l.reading.Notice
	l.free()
	if n.Kind == "" {
		n.Kind = notice.Maintenance
		l.doubt("/kind", "", "kind", templates.KindName(n.Kind))
	}
	if len(n.Services) == 0 && n.Kind != notice.Information {
		l.doubt("/services", "", "no services")
	}
	if len(n.Windows) == 0 && n.Kind != notice.Information {
		l.doubt("/windows", "", "no windows")
	}
	if n.Cause.Text == "" && (n.Kind == notice.Maintenance || n.Kind == notice.Incident) {
		l.doubt("/cause", "", "cause")
	}
	if n.Signatory.Name == "" {
		l.doubt("/signatory/name", "", "signatory")
	}
	if f := &n.Fallback; len(n.Windows) > 0 && f.From.Equal(n.Windows[0].Start.Time) {
		f.From = notice.Time{} // it goes without saying
	}
	l.scope()
	if n.Kind == notice.Closure && n.Effect == notice.Closed || n.Kind == notice.Degradation && n.Effect == notice.Degraded || n.Kind == notice.Information {
		n.Effect = "" // the kind says so
	}
	l.adds()
}

// scope is what a table says or, where there is none, nothing.
func (l *letter) scope() {
	n := &l.reading.Notice
	if len(n.Scope) == 0 {
		n.Scope = nil
		return
	}
	n.Services, n.Modes, n.Effect, n.Messages, n.Fallback = nil, nil, "", nil, notice.Fallback{}
}

// free makes paragraphs of what an information says, which has words of its
// own.
func (l *letter) free() {
	n := &l.reading.Notice
	if n.Kind != notice.Information {
		return
	}
	for _, words := range l.reading.Unread {
		last := len(n.Paragraphs) - 1
		if strings.HasPrefix(words, "- ") && last >= 0 {
			n.Paragraphs[last] += "\n" + typed(words)
		} else {
			n.Paragraphs = append(n.Paragraphs, typed(words))
		}
		l.recognised(words, "/paragraphs")
	}
	l.reading.Unread = nil
}

// adds are the sentences of the notice's own letter that are not in this one.
func (l *letter) adds() {
	d, err := l.words.Letter(l.reading.Notice)
	if err != nil {
		return // it lacks something, which has been said
	}
	said := key(strings.Join(l.said(), " "))
	for _, b := range d.Blocks {
		for _, sentence := range sentencesOf(templates.Plain(b.Runs)) {
			m, ok := l.understood(sentence)
			same := func(c string) bool { return ok && strings.HasPrefix(c, strings.SplitN(m.clause, ".", 2)[0]) }
			if b.Kind == templates.Paragraph && !strings.Contains(said, key(strings.TrimRight(sentence, "."))) && !slices.ContainsFunc(l.clauses, same) {
				l.reading.Adds = append(l.reading.Adds, sentence)
			}
		}
	}
}

// said are the paragraphs of the letter's body.
func (l *letter) said() []string {
	var all []string
	for _, p := range l.body.all {
		all = append(all, p.text)
	}
	return all
}

// Keep is the notice with passages that were not understood as paragraphs of
// its own, by their places in Unread; the others are left out.
func (r Reading) Keep(places ...int) notice.Notice {
	n := r.Notice
	n.Paragraphs = slices.Clone(n.Paragraphs)
	for i, words := range r.Unread {
		if slices.Contains(places, i) {
			n.Paragraphs = append(n.Paragraphs, typed(words))
		}
	}
	return n
}

var (
	planned   = regexp.MustCompile(`\b(?:maintenance|operation technique|mise (?:a jour|a niveau|en production)|migration|travaux|programmee?|prevue?)\b`)
	unplanned = regexp.MustCompile(`\b(?:incident|panne|dysfonctionnement|indisponible depuis|actuellement)\b`)
	badly     = regexp.MustCompile(`\b(?:ralentissements?|lenteurs?|perturbations?|degrade)\b`)
	forGood   = regexp.MustCompile(`\b(?:definitive(?:ment)?|definitif)\b`)
	timeWords = regexp.MustCompile(`\b(?:le|du|a compter d[ue]|a partir d[ue]|depuis le|de|entre) (?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) )?\d{1,2}(?:er)?(?: ?h| ?/|\.| [a-z]{3,9}).{0,120}?\d{1,2} ?(?:h|:) ?(?:\d\d)?\b(?: ?(?:a|et|-|au .{3,40}? a) ?\d{1,2} ?(?:h|:)(?: ?\d\d)?)?`)
)

// guess takes from sentences that are not known what single words say, where
// nothing surer has: services, a window, the kind. They stay not understood.
func (l *letter) guess(sentences []string) {
	n := &l.reading.Notice
	for _, sentence := range sentences {
		if len(sentence) > maxSentence {
			continue
		}
		plain := plainly(sentence)
		if len(n.Services) == 0 && n.Scope == nil {
			if found := servicesIn(plain, l.words.Catalogue, l.names); len(found.codes) > 0 {
				n.Services = found.codes
				l.recognised(sentence, "/services")
				l.doubt("/services", sentence, "guess")
			}
		}
		if len(n.Windows) == 0 {
			for _, words := range timeWords.FindAllString(plain, 4) {
				if w, err := l.periodsIn(words); err == nil {
					n.Windows, l.exact["guess"] = w, true
					l.recognised(sentence, "/windows")
					l.doubt("/windows", sentence, "guess")
					break
				}
			}
		}
		l.guessRules(sentence, plain)
		if kind := kindIn(plain); n.Kind == "" && kind != "" {
			n.Kind = kind
			l.recognised(sentence, "/kind")
			l.doubt("/kind", sentence, "guess")
		}
	}
}

var (
	invites   = regexp.MustCompile(`\b(?:invit|recommand|conseill|demand|pri(?:e|on))`)
	secours   = regexp.MustCompile(`\bprocedures? de secours\b.{0,60}\b(?:autoris|ouvert|mises? en oeuvre|activ|possible|applicable|utilis)|\b(?:passer|recour\w*|basculer|utiliser)\b.{0,40}\bprocedures? de secours\b`)
	noSecours = regexp.MustCompile(`\b(?:aucune?|sans|pas|non|ni)\b`)
)

// guessRules takes from a sentence what single words say of the fallback and of
// what traders should do.
func (l *letter) guessRules(sentence, plain string) {
	n := &l.reading.Notice
	if n.Kind == notice.Information {
		return
	}
	guessed := func(field string) {
		l.recognised(sentence, field)
		l.doubt(field, sentence, "guess")
	}
	if secours.MatchString(plain) && !noSecours.MatchString(plain) && n.Fallback == (notice.Fallback{}) {
		n.Fallback.Authorised = true
		guessed("/fallback")
	}
	if !invites.MatchString(plain) {
		return
	}
	for word, advice := range map[string]notice.Advice{"anticip": notice.Anticipate, "report": notice.Defer, "differ": notice.Defer} {
		if strings.Contains(plain, word) && !slices.Contains(n.Advice, advice) {
			n.Advice = append(n.Advice, advice)
			slices.Sort(n.Advice)
			guessed("/advice")
		}
	}
}

// kindIn is the kind that single words suggest; "" for none.
func kindIn(plain string) notice.Kind {
	for _, k := range []struct {
		words *regexp.Regexp
		kind  notice.Kind
	}{{forGood, notice.Closure}, {planned, notice.Maintenance}, {badly, notice.Degradation}, {unplanned, notice.Incident}} {
		if k.words.MatchString(plain) {
			return k.kind
		}
	}
	return ""
}
