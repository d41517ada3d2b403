package reading

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A day is what somebody says of a day; what is not said is 0.
type day struct {
	words   string // as it was written
	weekday int    // 1 is Sunday
	day     int
	month   int
	year    int
	ahead   int  // days from today, where relative
	today   bool // relative: today, tomorrow
}

// A clock is what somebody says of a time of day.
type clock struct {
	words     string
	hour, min int
	midnight  bool   // said so, which may be the day's beginning or its end
	now       bool   // min is then how many minutes from now
	offset    string // "+02:00", or "" where it is not said
	season    bool   // offset was said as summer or winter time
}

// A piece is one thing said: a day, a time of day, or a word between them.
type piece struct {
	day   *day
	clock *clock
	link  link
	pm    bool // in the afternoon, in the evening
}

// A link is a word between days and times.
type link int

const (
	glue  link = iota // says nothing: le, du, de
	at                // à: of an hour, or up to it
	upTo              // jusqu’à, au
	since             // à compter de: no end is said
	and               // et
	next              // le lendemain
	past              // depuis: it has begun
	never             // jusqu’à nouvel ordre
)

const (
	weekdayWords = `(dimanche|lundi|mardi|mercredi|jeudi|vendredi|samedi|dim|lun|mar|merc|mer|jeu|vend|ven|sam)`
	monthWords   = `(janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|janv|fevr|fev|avr|juil|sept|oct|nov|dec)`
)

// tokens are what may stand at a place, the longest first.
var tokens = []struct {
	find *regexp.Regexp
	read func(m []string) (piece, bool)
}{
	{regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:t|\b)`), func(m []string) (piece, bool) {
		return piece{day: &day{words: m[0], year: number(m[1]), month: number(m[2]), day: number(m[3])}}, true
	}},
	{regexp.MustCompile(`^` + weekdayWords + `?\.? ?(?:le )?(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?\b`), numericDay},
	{regexp.MustCompile(`^()(\d{1,2})-(\d{1,2})-(\d{4})\b`), numericDay},
	{regexp.MustCompile(`^(?:` + weekdayWords + `\.?,? )?(?:le )?(\d{1,2})(?:er|e|eme)? ?` + monthWords + `\b\.?(?:,? (\d{4})\b)?`), func(m []string) (piece, bool) {
		return piece{day: &day{words: m[0], weekday: weekdayOf(m[1]), day: number(m[2]), month: monthOf(m[3]), year: number(m[4])}}, true
	}},
	{regexp.MustCompile(`^(apres[- ]demain|aujourd'? ?hui|avant[- ]hier|demain|hier|ce jour|ce matin|ce soir|cet apres[- ]midi)\b`), relativeDay},
	{regexp.MustCompile(`^(?:le )?lendemain\b`), func([]string) (piece, bool) { return piece{link: next}, true }},
	{regexp.MustCompile(`^(\d{1,2})(?:( ?: ?)(\d{2})(?::\d{2})?|( ?)(?:heures?|h)(?:( ?)(\d{1,2}))?(?: ?(?:minutes?|min|mn|m))?)\b`), nil}, // readClock
	{regexp.MustCompile(`^(midi|minuit)(?: (et demie?|trente))?\b`), namedHour},
	{regexp.MustCompile(`^(maintenant|immediatement|tout de suite|des a present)\b`), func(m []string) (piece, bool) {
		return piece{clock: &clock{words: m[0], now: true}}, true
	}},
	{regexp.MustCompile(`^` + weekdayWords + `\b\.?(?: (?:prochain|suivant)\b)?(?: (?:le )?(\d{1,2})(?:er)?\b)?`), nil}, // readWeekday
	{regexp.MustCompile(`^\(?(?:heure )?(?:d')?(ete|hiver)\b\)?`), zone},
	{regexp.MustCompile(`^(?:utc|gmt)?([+-]\d{2}):?(\d{2})\b`), zone},
	{regexp.MustCompile(`^\(?,? ?heure (?:legale|locale|de paris|de la metropole|de metropole)(?: francaise)?\b\)?`), glued},
	{regexp.MustCompile(`^dans (?:(\d{1,2}) ?(?:heures?|h)(?: ?(?:et )?(\d{1,2})\b(?: ?(?:minutes?|min|mn)\b)?)?|(\d{1,3}) ?(?:minutes?|min|mn)\b)`), func(m []string) (piece, bool) {
		return piece{clock: &clock{words: m[0], now: true, min: 60*number(m[1]) + number(m[2]) + number(m[3])}}, true
	}},
	{regexp.MustCompile(`^(?:du |de l'|dans l'|au |en )?(?:fin de )?(matin|matinee|soir|soiree|apres[- ]midi)\b`), func(m []string) (piece, bool) {
		return piece{pm: !strings.HasPrefix(m[1], "matin")}, !strings.Contains(m[0], "fin de")
	}},
	{regexp.MustCompile(`^(?:jusqu'? ?a )?nouvel (?:ordre|avis)\b`), linked(never)},
	{regexp.MustCompile(`^depuis(?: le)?\b`), linked(past)},
	{regexp.MustCompile(`^(?:a compter|a partir|des)(?: (?:de|du|le))?\b`), linked(since)},
	{regexp.MustCompile(`^(?:jusqu'? ?(?:au|a)|jusque|au)\b`), linked(upTo)},
	{regexp.MustCompile(`^(?:->|-|>|/)`), linked(upTo)},
	{regexp.MustCompile(`^a\b`), linked(at)},
	{regexp.MustCompile(`^et\b`), linked(and)},
	{regexp.MustCompile(`^(?:le|la|du|de|d'|entre|vers|heures?|inclus|soit|precises?|pile)\b|^[,.;:()]`), glued},
	{regexp.MustCompile(`^(\d{1,2})(?:er)?\b`), func(m []string) (piece, bool) {
		return piece{day: &day{words: m[0], day: number(m[1])}}, true
	}},
}

func linked(l link) func([]string) (piece, bool) {
	return func([]string) (piece, bool) { return piece{link: l}, true }
}

func glued([]string) (piece, bool) { return piece{}, true }

func number(s string) int {
	n, _ := strconv.Atoi(s) // digits, or nothing
	return n
}

func weekdayOf(word string) int {
	if word == "" {
		return 0
	}
	return 1 + slices.IndexFunc([]string{"dim", "lun", "mar", "mer", "jeu", "ven", "sam"}, func(short string) bool { return strings.HasPrefix(word, short) })
}

func monthOf(word string) int {
	return 1 + slices.IndexFunc([]string{"janv", "fev", "mars", "avr", "mai", "juin", "juil", "aout", "sept", "oct", "nov", "dec"}, func(short string) bool { return strings.HasPrefix(word, short) })
}

func numericDay(m []string) (piece, bool) {
	d := day{words: m[0], weekday: weekdayOf(m[1]), day: number(m[2]), month: number(m[3]), year: number(m[4])}
	if len(m[4]) == 2 {
		d.year += 2000
	}
	return piece{day: &d}, true
}

func relativeDay(m []string) (piece, bool) {
	ahead := map[string]int{"demain": 1, "hier": -1, "apres demain": 2, "avant hier": -2}[strings.ReplaceAll(m[1], "-", " ")]
	pm := strings.HasSuffix(m[1], "soir") || strings.HasSuffix(m[1], "midi")
	return piece{day: &day{words: m[0], ahead: ahead, today: true}, pm: pm}, true
}

func namedHour(m []string) (piece, bool) {
	c := clock{words: m[0], hour: 12, midnight: m[1] == "minuit"}
	if c.midnight {
		c.hour = 0
	}
	if m[2] != "" {
		c.min = 30
	}
	return piece{clock: &c}, true
}

func zone(m []string) (piece, bool) {
	switch m[1] {
	case "ete":
		return piece{clock: &clock{words: m[0], offset: "+02:00", season: true, hour: -1}}, true
	case "hiver":
		return piece{clock: &clock{words: m[0], offset: "+01:00", season: true, hour: -1}}, true
	}
	return piece{clock: &clock{words: m[0], offset: m[1] + ":" + m[2], hour: -1}}, true
}

// lex takes a folded text apart; what is left is where it is not understood.
func lex(text string) (pieces []piece, left string) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeft(text, " ") {
		p, size := token(text)
		if size == 0 {
			return pieces, text
		}
		text = text[size:]
		if last := len(pieces) - 1; p.clock != nil && p.clock.hour < 0 { // of the hour before
			if last < 0 || pieces[last].clock == nil {
				return pieces, p.clock.words
			}
			pieces[last].clock.offset, pieces[last].clock.season = p.clock.offset, p.clock.season
			continue
		}
		pieces = append(pieces, p)
	}
	return afternoons(pieces), ""
}

// afternoons are pieces with the hours of an afternoon or an evening counted
// from midnight: "8h du soir", "ce soir 8h".
func afternoons(pieces []piece) []piece {
	pm := false
	for i, p := range pieces {
		pm = pm || p.pm
		if c := p.clock; c != nil && c.hour > 0 && c.hour < 12 && !c.now && (pm || i+1 < len(pieces) && pieces[i+1].pm) {
			c.hour += 12
		}
	}
	return pieces
}

// token is what stands first in a text, and its size; 0 where nothing is known.
func token(text string) (piece, int) {
	for _, t := range tokens {
		m := t.find.FindStringSubmatch(text)
		switch {
		case m == nil:
		case t.read != nil:
			if p, ok := t.read(m); ok {
				return p, len(m[0])
			}
		case len(m) == 7:
			return readClock(m, text)
		default:
			return readWeekday(m, text)
		}
	}
	return piece{}, 0
}

var monthNext = regexp.MustCompile(`^ ?` + monthWords + `\b`)

// readClock reads "9h", "9 h 30", "09:00". Digits behind the h that begin a
// date are not its minutes.
func readClock(m []string, text string) (piece, int) {
	c := clock{words: m[0], hour: number(m[1]), min: number(m[3] + m[6])}
	size := len(m[0])
	if m[6] != "" && (m[5] == " " && m[4] != " " && len(m[6]) < 2 || monthNext.MatchString(text[size:])) {
		size = strings.IndexByte(m[0], 'h') + 1
		c.words, c.min = m[0][:size], 0
	}
	return piece{clock: &c}, size
}

var hourNext = regexp.MustCompile(`^ ?(?:h|:)`)

// readWeekday reads "mardi", "mardi prochain", "mardi 8"; the number of an hour
// is no day's.
func readWeekday(m []string, text string) (piece, int) {
	d, size := day{words: m[0], weekday: weekdayOf(m[1])}, len(m[0])
	if m[2] != "" && !hourNext.MatchString(text[size:]) {
		d.day = number(m[2])
	} else if m[2] != "" {
		size = strings.LastIndex(m[0], m[2])
		d.words = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(m[0][:size]), " le"))
	}
	return piece{day: &d}, size
}
