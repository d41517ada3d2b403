package reading

import (
	_ "embed"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/templates"
)

//go:embed habits.txt
var habits string

// A pattern is a sentence of a clause, as a letter says it.
type pattern struct {
	clause  string // its name
	habit   bool   // of people, not of the clauses that compose letters
	facts   []string
	find    *regexp.Regexp
	words   int      // of its own, beside the facts: more of them are surer
	first   string   // word, where that is its own
	own     []string // words
	opening string   // of the sentence, where that is its own words
}

// maxSentence is the length in bytes above which nothing is one sentence of a
// letter. It keeps the time that reading takes in proportion to the text.
const maxSentence = 3000

// patterns are the sentences of the clauses that a reader may meet, the surest
// first.
func patterns(p templates.Phrases) []pattern {
	var all []pattern
	for _, name := range slices.Sorted(maps.Keys(p.Clauses)) {
		group, _, _ := strings.Cut(name, ".")
		if bodyClauses[group] {
			all = append(all, clausePatterns(name, p.Clauses[name], p, false)...)
		}
	}
	for _, h := range habitLines() {
		if name, words := h[0], h[1]; !strings.HasPrefix(name, "form.") {
			all = append(all, clausePatterns(name, words, p, true)...)
		}
	}
	slices.SortStableFunc(all, func(a, b pattern) int { return b.words - a.words })
	return all
}

// habitLines are the names and words of habits.txt.
func habitLines() [][2]string {
	var all [][2]string
	for line := range strings.Lines(habits) {
		if name, words, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(name, "#") {
			all = append(all, [2]string{name, words})
		}
	}
	return all
}

// withHabits are phrases with the forms that people use besides.
func withHabits(p templates.Phrases) templates.Phrases {
	for _, h := range habitLines() {
		if parts := strings.Split(h[0], "."); len(parts) == 3 && parts[0] == "form" {
			p.Forms[parts[1]][h[1]] = parts[2]
		}
	}
	return p
}

// bodyClauses are the groups of clauses whose sentences stand in a letter's
// body, or are its subject.
var bodyClauses = map[string]bool{
	"subject": true, "announce": true, "effect": true, "exceptions": true, "instead": true, "documents": true, "origin": true,
	"advice": true, "messages": true, "sent": true, "workaround": true, "fallback": true, "reinjection": true, "follow": true,
	"trouble": true, "replaces": true, "courtesy": true, "label": true,
}

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

// clausePatterns are those of a clause's sentences. A sentence that is all
// facts, or next to it, would fit anything.
func clausePatterns(name, words string, p templates.Phrases, habit bool) []pattern {
	words = strings.NewReplacer("**", "", "__", "").Replace(words)
	var all []pattern
	for _, sentence := range sentencesOf(words) {
		if one := compile(name, sentence, p, habit); one.words >= 1 {
			all = append(all, one)
		}
	}
	return all
}

// compile makes a pattern of a sentence with {facts}.
func compile(name, sentence string, p templates.Phrases, habit bool) pattern {
	one := pattern{clause: name, habit: habit}
	marked := placeholder.ReplaceAllStringFunc(sentence, func(fact string) string {
		one.facts = append(one.facts, strings.Trim(fact, "{}"))
		return string(mark)
	})
	var expr strings.Builder
	expr.WriteString(`^`)
	for i, literal := range strings.Split(plainly(marked), string(mark)) {
		if i > 0 {
			longest := 0
			for form := range p.Forms[one.facts[i-1]] {
				longest = max(longest, len(strings.Fields(form)))
			}
			one.words += longest
			expr.WriteString("(" + factPattern(one.facts[i-1], p) + ")")
		} else {
			one.first, _, _ = strings.Cut(strings.TrimLeft(literal, " "), " ")
			one.first = strings.Trim(one.first, punctuation)
			if !strings.HasPrefix(name, "subject") {
				one.opening = opening(literal)
			}
		}
		one.own = append(one.own, wordIn.FindAllString(literal, -1)...)
		one.words += len(strings.FieldsFunc(literal, func(r rune) bool { return strings.ContainsRune(punctuation+" -\"'", r) }))
		words := lenient(literal)
		if habit { // a label is none without its colon
			words = strings.ReplaceAll(words, `\:?`, `:`)
		}
		expr.WriteString(words)
	}
	if habit && one.words < minOpening {
		one.opening = "" // which may begin anything
	}
	expr.WriteString(`[ .:;,]*$`)
	one.find = regexp.MustCompile(`(?s)` + expr.String())
	return one
}

// minOpening is how many words of its own a habit needs for its beginning to be
// that of a paragraph.
const minOpening = 8

// mark stands for a fact while a sentence is folded.
const mark = '\uE000'

const punctuation = `,;:.!?()`

// lenient is a folded literal as an expression that does without punctuation.
func lenient(literal string) string {
	var b strings.Builder
	for _, r := range literal {
		switch {
		case r == ' ':
			b.WriteString(`[,;]? `)
		case r == ',':
			b.WriteString(`[,;]?`)
		case strings.ContainsRune(punctuation+`"`, r):
			b.WriteString(`\` + string(r) + `?`)
		case r == '-':
			b.WriteString(`[- ]?`)
		case r == '\'':
			b.WriteString(`' ?`)
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return b.String()
}

// factPattern is what a fact may look like in a folded sentence.
func factPattern(fact string, p templates.Phrases) string {
	if forms := p.Forms[fact]; forms != nil && fact != "returning" {
		var all []string
		for form := range forms {
			all = append(all, lenient(plainly(form)))
		}
		slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
		return strings.Join(all, "|")
	}
	switch fact {
	case "that_cause":
		return `qu(?:e |').+?`
	case "of_cause":
		return `(?:du |de |des |d').+?`
	case "of_services":
		return `(?:du |des |de |d').+?`
	case "to_services":
		return `(?:au |aux |a ).+?`
	case "period", "since":
		return `(?:le|du|de|a|la|les|tous|toutes|chaque|dans|entre|depuis|des|jusqu|ce|demain|aujourd)\b.+?`
	case "in_modes":
		return `(?:en|dans|tant|pour|quel|tous|aussi)\b.+?`
	case "outlook":
		return `meteo des services en ligne`
	case "outlook_note":
		return ` ?[\[(]?\d{0,2}[\])]?`
	case "end_said", "until_said":
		return `(?:a|au|le|pour|vers)\b.+?`
	}
	return `.+?`
}

// sentenceEnd is where a sentence ends and another one begins.
var sentenceEnd = regexp.MustCompile(`[.!?…][\])»"]?[\d¹²³]{0,2}\s+(?:[\p{Lu}«"{*]|\d)`)

// notEnd are abbreviations, whose stop is no end.
var notEnd = regexp.MustCompile(`(?i)(?:^|[\s(])(?:M|Mme|MM|art|n|nos|p|cf|réf|ref|tél|tel|env|st|ste|bd|av|vol|etc|dim|lun|mar|mer|jeu|ven|sam|janv|févr|avr|juil|sept|oct|nov|déc)\.$`)

// sentencesOf are the sentences of a paragraph.
func sentencesOf(paragraph string) []string {
	var all []string
	start := 0
	for _, at := range sentenceEnd.FindAllStringIndex(paragraph, -1) {
		stop := at[0] + 1
		if at[0] < start || notEnd.MatchString(paragraph[max(start, at[0]-8):stop]) {
			continue
		}
		end := at[0] + strings.IndexAny(paragraph[at[0]:], " \n\t\u00a0\u202f")
		if strings.ContainsRune("0123456789", rune(paragraph[at[1]-1])) && end == at[0]+1 && at[0] > 0 && isDigit(paragraph[at[0]-1]) {
			continue // 12. 5
		}
		all = append(all, strings.TrimSpace(paragraph[start:end]))
		start = end
	}
	if rest := strings.TrimSpace(paragraph[start:]); rest != "" {
		all = append(all, rest)
	}
	return all
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// A match is a sentence that is known, with its facts where the text gives
// them.
type match struct {
	pattern
	text   string            // the folded sentence
	values map[string]string // by fact: as it was written
	folded map[string]string
}

// understood is the pattern that fits a sentence, and its facts; where none
// does, one that fits it without what a scanner has misread. Free text is then
// taken as it was written, and all else as it is mended.
func (l *letter) understood(sentence string) (match, bool) {
	if len(sentence) > maxSentence {
		return match{}, false
	}
	f := foldText(sentence)
	asIs, ok := l.known(f)
	f = l.speller.mend(f)
	if f.text == asIs.text && ok {
		return asIs, true
	}
	m, mended := l.known(f)
	if !mended || ok && m.words <= asIs.words {
		return asIs, ok
	}
	for fact := range m.values {
		if !freeFacts[fact] {
			m.values[fact] = m.folded[fact]
		}
	}
	return m, true
}

// freeFacts are those that may be any text.
var freeFacts = map[string]bool{"that_cause": true, "of_cause": true, "cause": true, "workaround": true, "subject": true}

// makesSense is whether the facts of a habit are what they should be: its words
// are so few that they fit much else.
func (l *letter) makesSense(m match) bool {
	if !m.habit {
		return true
	}
	for _, fact := range []string{"period", "since", "end_said", "until_said", "period_said", "start_said"} {
		if text := m.folded[fact]; text != "" {
			if _, _, err := partsOf(text); err != nil && !everyDay.MatchString(text) && !another.MatchString(text) {
				return false
			}
		}
	}
	for _, fact := range []string{"services", "of_services", "to_services"} {
		if text := m.folded[fact]; text != "" && len(servicesIn(text, l.words.Catalogue, l.names).codes) == 0 {
			return false
		}
	}
	return true
}

// known is the pattern that fits a sentence, and its facts.
func (l *letter) known(sentence folded) (match, bool) {
	for _, p := range l.patterns[l.code] {
		if p.first != "" && !strings.HasPrefix(sentence.text, p.first) {
			continue
		}
		at := p.find.FindStringSubmatchIndex(sentence.text)
		if at == nil {
			continue
		}
		m := match{pattern: p, text: sentence.text, values: map[string]string{}, folded: map[string]string{}}
		group := 1
		for _, fact := range p.facts {
			m.values[fact] = sentence.original(at[2*group], at[2*group+1])
			m.folded[fact] = sentence.text[at[2*group]:at[2*group+1]]
			group++
		}
		if l.makesSense(m) {
			return m, true
		}
	}
	return match{}, false
}

// count is the whole number that a text begins with; 0 for none.
func count(text string) int {
	digits, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	n, _ := strconv.Atoi(digits) // 0 where there is none
	return n
}
