package reading

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// timeFrame is where something is said of time in a letter: what is left out
// is what is nearest to its day of issue.
func (l *letter) timeFrame(text string) frame { return frame{now: l.now, past: true, text: text} }

// moment reads an instant of the letter.
func (l *letter) moment(field, text, words string) notice.Time {
	parts, _, err := partsOf(text)
	if err == nil {
		p := parts[len(parts)-1]
		var on *notice.Date
		if w := l.reading.Notice.Windows; len(w) > 0 && p.day == nil {
			day := notice.DateOf(w[len(w)-1].Start.Time)
			on = &day
		}
		var at notice.Time
		if at, err = l.timeFrame(text).moment(p, on); err == nil {
			l.recognised(words, field)
			return at
		}
	}
	l.doubt(field, words, "time", err.What)
	return notice.Time{}
}

// another is where a period follows another one.
var another = regexp.MustCompile(`,? (?:puis|et|ainsi que) (?:le |du |de |a compter )`)

// periodsIn are the windows that a phrase gives.
func (l *letter) periodsIn(phrase string) ([]notice.Window, *notice.ValueError) {
	w, err := l.timeFrame(phrase).window()
	if err == nil {
		return []notice.Window{w}, nil
	}
	plain := plainly(phrase)
	cuts := another.FindAllStringIndex(plain, -1)
	if len(cuts) == 0 || len(cuts) > 60 {
		return nil, err
	}
	var all []notice.Window
	from := 0
	for _, at := range append(cuts, []int{len(plain), len(plain)}) {
		w, err := l.timeFrame(strings.Trim(plain[from:at[0]], " ,")).window()
		if err != nil {
			return nil, err
		}
		all = append(all, w)
		from = at[0] + strings.Index(plain[at[0]:]+" ", " ") // the comma, if any
		from += len(conjunction.FindString(plain[from:]))
	}
	return all, nil
}

var conjunction = regexp.MustCompile(`^ ?(?:puis|et|ainsi que) `)

// period reads when it takes place.
func (l *letter) period(phrase, words string) {
	if m := everyDay.FindStringSubmatch(plainly(phrase)); m != nil {
		l.recurring(m, words)
		return
	}
	all, err := l.periodsIn(phrase)
	n := &l.reading.Notice
	switch {
	case err != nil:
		l.doubt("/windows", words, "window", err.What+" : "+err.Remedy)
		return
	case len(n.Windows) > 0 && !l.exact["guess"] && !slices.Equal(all, n.Windows):
		if all[0].Start == n.Windows[0].Start && all[0].End.IsZero() {
			break // it is said again when it begins
		}
		l.doubt("/windows", words, "windows", ToldWindow(n.Windows[0]))
		return
	default:
		n.Windows = all
		delete(l.exact, "guess")
	}
	l.recognised(words, "/windows")
}

// start reads when it begins, where no end is said beside it.
func (l *letter) start(phrase, words string) {
	if at := l.moment("/windows", phrase, words); !at.IsZero() && len(l.reading.Notice.Windows) == 0 {
		l.reading.Notice.Windows = []notice.Window{{Start: at}}
	}
}

// unknownEnd is an end that is said not to be known.
var unknownEnd = regexp.MustCompile(`inconnue?|pas connue?|indeterminee?|nouvel ordre|non communiquee?|non precisee?`)

// end reads when the last window ends.
func (l *letter) end(phrase, words string) {
	n := &l.reading.Notice
	if len(n.Windows) == 0 {
		l.doubt("/windows", words, "no windows")
		return
	}
	w := &n.Windows[len(n.Windows)-1]
	if unknownEnd.MatchString(plainly(phrase)) {
		l.recognised(words, "/windows")
		return
	}
	at := l.moment("/windows", phrase, words)
	switch {
	case at.IsZero():
	case !at.After(w.Start.Time):
		l.doubt("/windows", words, "end", wrong("backwards", Told(at), Told(w.Start)).What)
	case !w.End.IsZero() && !w.End.Equal(at.Time):
		l.doubt("/windows", words, "windows", ToldWindow(*w))
	default:
		w.End = at
	}
}

// extend reads until when the last window may last.
func (l *letter) extend(phrase, words string) {
	n := &l.reading.Notice
	if len(n.Windows) == 0 || n.Windows[len(n.Windows)-1].End.IsZero() {
		l.doubt("/windows", words, "no windows")
		return
	}
	w := &n.Windows[len(n.Windows)-1]
	at, err := l.timeFrame(phrase).extended(*w, phrase)
	if err != nil {
		l.doubt("/windows", words, "end", err.What)
		return
	}
	w.MayExtendUntil = at
	l.recognised(words, "/windows")
}

// everyDay is a window that comes again, as a letter says it.
var everyDay = regexp.MustCompile(`^tous les (jour|dimanche|lundi|mardi|mercredi|jeudi|vendredi|samedi)s?,? (de .+? a [0-9a-z: ]+?)( le lendemain)?,? du (.+?) au (.+?)(?:,? sauf (.+))?$`)

// recurring reads a window that comes again.
func (l *letter) recurring(m []string, words string) {
	days, err := l.daysIn(m[4], m[5])
	w, werr := l.timeFrame(m[4] + " " + m[2] + m[3]).window()
	if err != nil || werr != nil {
		l.doubt("/recurs", words, "recurrence")
		return
	}
	freq, step := "DAILY", 1
	if m[1] != "jour" {
		freq, step = "WEEKLY", 7
	}
	n := &l.reading.Notice
	n.Windows = []notice.Window{w}
	n.Recurs.Rule = fmt.Sprintf("FREQ=%s;COUNT=%d", freq, days[0].Days(days[1])/step+1)
	for _, except := range strings.FieldsFunc(strings.NewReplacer(" et ", ",", "le ", "").Replace(m[6]), func(r rune) bool { return r == ',' }) {
		day, err := l.timeFrame(except).dayOf(except)
		if err != nil {
			l.doubt("/recurs/except", words, "time", err.What)
			continue
		}
		n.Recurs.Except = append(n.Recurs.Except, day)
	}
	l.recognised(words, "/windows", "/recurs")
}

// daysIn are the first and the last day of something.
func (l *letter) daysIn(first, last string) (days [2]notice.Date, err *notice.ValueError) {
	for i, text := range []string{first, last} {
		if days[i], err = l.timeFrame(text).dayOf(text); err != nil {
			return days, err
		}
	}
	if days[0].Days(days[1]) < 0 {
		err = wrong("backwards", last, first)
	}
	return days, err
}
