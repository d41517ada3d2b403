package reading

import (
	"regexp"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// Window reads when something takes place as people write it: "mardi 8 août de
// 9h à 17h", "du 8 à 9h au 9 à 17h", "de 9h à 17h demain", "à partir de 9h". A
// last hour that comes before the first is the next day's. It is told in full
// what was understood; the error is in French.
func Window(text string, now time.Time) (w notice.Window, said string, err *notice.ValueError) {
	if w, err = (frame{now: now, text: text}).window(); err != nil {
		return notice.Window{}, "", err
	}
	return w, ToldWindow(w), nil
}

// ToldWindow is a window in full: "le mardi 8 août 2023 de 9h00 à 17h00".
func ToldWindow(w notice.Window) string {
	told := templates.Period(w.Start.Time, w.End.Time)
	if w.MayExtendUntil.After(w.End.Time) {
		told += ", une prolongation étant possible jusqu’au " + templates.Moment(w.MayExtendUntil.Time)
	}
	return told
}

// longer is what says that a window may last longer.
var longer = regexp.MustCompile(`[, (]*(?:avec |sous reserve d')?(?:une )?(?:eventuelle )?(?:prolongation (?:etant )?(?:eventuelle )?(?:possible )?|prolongeable |(?:et )?pouvant (?:etre |se )?prolong\w+ |susceptible d'etre prolong\w+ )`)

func (f frame) window() (w notice.Window, err *notice.ValueError) {
	text := f.text
	when := plainly(text)
	more := ""
	if at := longer.FindStringIndex(when); at != nil {
		when, more = when[:at[0]], strings.Trim(when[at[1]:], " )")
	}
	when = night.ReplaceAllString(when, "du $1 a $3 au $2 a $4")
	if m := during.FindStringSubmatch(when); m != nil {
		return f.lasting(when[:len(when)-len(m[0])], m[1])
	}
	parts, open, err := partsOf(when)
	if err != nil {
		return w, &notice.ValueError{What: strings.ReplaceAll(err.What, templates.Typeset(when), templates.Typeset(text)), Remedy: err.Remedy}
	}
	f.over, f.past = f.over || strings.Contains(when, "depuis"), f.past || strings.Contains(when, "depuis")
	switch {
	case open:
		w.Start, err = f.moment(parts[0], nil)
	case len(parts) > 2:
		err = wrong("days", text)
	case parts[0] == (part{}):
		err = wrong("no start", text)
	case len(parts) == 1 && parts[0].clock == nil:
		err = wrong("no window", text)
	case len(parts) == 1:
		err = wrong("no end", text)
	case parts[1] == (part{}):
		err = wrong("no end", text)
	default:
		w, err = f.between(parts[0], parts[1])
	}
	if err == nil && more != "" {
		w.MayExtendUntil, err = f.extended(w, more)
	}
	return w, err
}

var (
	// night is one window over two days.
	night = regexp.MustCompile(`^(?:dans )?(?:la )?nuit du (.+?) au (.+?),? (?:de|entre) (.+?) (?:a|et) (.+)$`)
	// during is a length in place of an end.
	during = regexp.MustCompile(`,? (?:pendant|(?:pour |d')?(?:une )?duree:? ?(?:estimee )?(?:de )?(?:a )?)\s*(\d.*)$`)
)

// lasting is a window that begins at a moment and has a length.
func (f frame) lasting(from, length string) (w notice.Window, err *notice.ValueError) {
	parts, _, err := partsOf(from)
	m := duration.FindStringSubmatch(length)
	switch {
	case err != nil:
		return w, err
	case m == nil || minutesOf(m) == 0:
		return w, wrong("unknown", length)
	case len(parts) != 1:
		return w, wrong("two", f.text)
	}
	if w.Start, err = f.moment(parts[0], nil); err == nil {
		w.End = notice.At(w.Start.Add(minutesOf(m)))
	}
	return w, err
}

// extended is until when a window may last.
func (f frame) extended(w notice.Window, text string) (notice.Time, *notice.ValueError) {
	parts, _, err := partsOf(text)
	if err != nil {
		return notice.Time{}, err
	}
	day := notice.DateOf(w.End.Time)
	at, err := f.moment(parts[len(parts)-1], &day)
	if err == nil && !at.After(w.End.Time) {
		err = wrong("backwards", Told(at), Told(w.End))
	}
	return at, err
}

// between is the window from one moment to another, either of which may leave
// out what the other says.
func (f frame) between(from, to part) (w notice.Window, err *notice.ValueError) {
	if from.clock == nil || to.clock == nil {
		return w, wrong("no hour", f.text, f.text)
	}
	after := from.clock.hour*60+from.clock.min < to.clock.hour*60+to.clock.min
	if from.day == nil && to.day != nil && !to.dayFirst { // "de 9h à 17h demain": of both
		if !after && !to.clock.midnight {
			return w, wrong("which day", f.text)
		}
		from.day, to.day = to.day, nil
	}
	if from.day != nil && to.day != nil {
		shareDay(from.day, to.day)
	}
	from.clock = startOf(from.clock)
	if w.Start, err = f.moment(from, nil); err != nil {
		return w, err
	}
	w.End, err = f.endOf(to, w.Start)
	return w, err
}

// endOf is the moment at which ends what has begun: what it leaves out is what
// comes next from there.
func (f frame) endOf(to part, start notice.Time) (at notice.Time, err *notice.ValueError) {
	day := notice.DateOf(start.Time)
	switch {
	case to.clock == nil:
		return at, wrong("no hour", f.text, f.text)
	case to.clock.now, to.day != nil && to.day.today:
		at, err = f.moment(to, nil)
	case to.day != nil && to.day.day == 0: // a weekday alone: the next one
		at, err = frame{now: day.Start(), text: f.text}.moment(to, nil)
	case to.day != nil:
		at, err = f.last(to, day)
	default:
		at, err = f.moment(to, &day)
		if next := plus(day, 1); to.next || err == nil && !at.After(start.Time) {
			at, err = f.moment(to, &next)
		}
	}
	if err == nil && !at.After(start.Time) {
		err = wrong("backwards", Told(at), Told(start))
	}
	return at, err
}

// startOf is midnight as the beginning of something: that of its day.
func startOf(c *clock) *clock {
	begins := *c
	begins.midnight = false
	return &begins
}

// last is the last moment of what begins on a day: a number alone is a day of
// the same month or of the next.
func (f frame) last(to part, first notice.Date) (notice.Time, *notice.ValueError) {
	if to.clock.midnight && to.clock.min == 0 {
		return notice.Time{}, wrong("midnight", f.text)
	}
	if d := *to.day; d.month == 0 && d.day < first.Day() {
		next := plus(calendar(first.Year(), int(first.Month()), 1), 31)
		d.month, d.year = int(next.Month()), next.Year()
		to.day = &d
	}
	return f.moment(to, &first)
}

// shareDay gives the first of two days the month and year that only the second
// says.
func shareDay(from, to *day) {
	if from.month == 0 && from.day > 0 && to.month > 0 {
		from.month = to.month
		if from.day > to.day {
			from.month = (to.month+10)%12 + 1
		}
	}
	if from.year == 0 && from.month > 0 && to.year > 0 {
		from.year = to.year
		if from.month > to.month {
			from.year--
		}
	}
}

// End reads when what begins at a moment ends, as people write it: "17h", which
// is of the same day or of the next, "9 août 17h", "+8h", "jusqu’à nouvel
// ordre", for which there is no time. It is told in full what was understood;
// the error is in French.
func End(text string, start notice.Time, now time.Time) (at notice.Time, said string, err *notice.ValueError) {
	words := strings.TrimSuffix(plainly(text), ".")
	if len(text) <= maxWhen && openEnd.MatchString(words) {
		return at, "jusqu’à nouvel ordre", nil
	}
	if m := duration.FindStringSubmatch(words); m != nil && (m[1] != "" || m[2]+m[5] != "") && minutesOf(m) > 0 {
		at = notice.At(start.Add(minutesOf(m)))
		return at, Told(at), nil
	}
	parts, _, err := partsOf(text)
	if err == nil && (len(parts) > 2 || len(parts) == 2 && parts[0] != (part{})) {
		err = wrong("two", text)
	}
	if err == nil {
		at, err = (frame{now: now, text: text}).endOf(parts[len(parts)-1], start)
	}
	if err != nil {
		return notice.Time{}, "", err
	}
	return at, Told(at), nil
}

var (
	openEnd  = regexp.MustCompile(`^(?:jusqu'? ?a )?(?:nouvel ordre|nouvel avis)$|^(?:fin )?(?:in)?(?:determinee|connue)$|^sans (?:fin|limite|echeance)\b`)
	duration = regexp.MustCompile(`^(\+ ?|de |encore |pendant )?(?:(\d{1,2}) ?(?:j|jours?)\b ?)?(?:et )?(?:(\d{1,3}) ?(?:h|heures?)(?: ?(\d{2})\b)?)? ?(?:et )?(?:(\d{1,3}) ?(?:min|mn|minutes?|m|')| ?(demie?|quart))?$`)
)

// Extension reads how long something goes on, as people write it: "+30 min",
// "1h30", "jusqu’à 18h", "jusqu’à nouvel ordre", for which there is no time. A
// duration counts from the planned end or, where that is over or not known,
// from now. It is told in full what was understood; the error is in French.
func Extension(text string, end notice.Time, now time.Time) (until notice.Time, said string, err *notice.ValueError) {
	if len(text) > maxWhen {
		return until, "", wrong("long")
	}
	words := strings.TrimSuffix(plainly(text), ".")
	if openEnd.MatchString(words) {
		return until, "jusqu’à nouvel ordre", nil
	}
	from := now
	if end.After(now) {
		from = end.Time
	}
	m := duration.FindStringSubmatch(words)
	switch {
	case m != nil && m[2]+m[3]+m[5] != "" && m[1] == "" && m[2]+m[5] == "" && hourMeant(m, from):
		return until, "", wrong("which", text, text, text)
	case m != nil && m[2]+m[3]+m[5] != "" && (m[1] != "" || m[2]+m[5] != "" || number(m[3]) <= 12):
		if until = notice.At(from.Add(minutesOf(m)).Truncate(time.Minute)); !until.After(from) {
			return notice.Time{}, "", wrong("none", text)
		}
	default:
		if until, err = untilMoment(text, from, now); err != nil {
			return notice.Time{}, "", err
		}
	}
	switch {
	case !until.After(now):
		return notice.Time{}, "", wrong("past", Told(until))
	case !end.IsZero() && !until.After(end.Time):
		return notice.Time{}, "", wrong("earlier", Told(end))
	}
	return until, "jusqu’au " + Told(until), nil
}

// minutesOf is the length of a duration's parts.
func minutesOf(m []string) time.Duration {
	minutes := number(m[2])*24*60 + number(m[3])*60 + number(m[4]) + number(m[5])
	if strings.HasPrefix(m[6], "demi") {
		minutes += 30
	} else if m[6] != "" {
		minutes += 15
	}
	return time.Duration(minutes) * time.Minute
}

// hourMeant is whether "10h", which is no more than that, may also be the hour
// of a clock that is soon to come.
func hourMeant(m []string, from time.Time) bool {
	at, err := frame{now: from}.nextHour(part{clock: &clock{hour: number(m[3]), min: number(m[4])}})
	return err == nil && number(m[3]) <= 12 && at.Sub(from) <= 6*time.Hour
}

// untilMoment reads "jusqu’à 18h", "18h", "demain 9h": an hour alone is the
// next one from the end on.
func untilMoment(text string, from, now time.Time) (notice.Time, *notice.ValueError) {
	parts, _, err := partsOf(text)
	if err != nil {
		return notice.Time{}, err
	}
	p := parts[len(parts)-1]
	if len(parts) > 2 || len(parts) == 2 && parts[0] != (part{}) {
		return notice.Time{}, wrong("two", text)
	}
	if p.day == nil {
		now = from
	}
	return frame{now: now, text: text}.moment(p, nil)
}
