package templates

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// subjectMost is how many characters the subject of a mail has at most: what
// follows is seen by nobody.
const subjectMost = 120

// head says in a few words what the event is: "Interruption en cours".
func (g *glance) head() string {
	words := func(name string, low string) string {
		return g.tongue.words(g.texts, name, map[string]string{"head_low": low})
	}
	name := "mail." + string(g.act.Type())
	switch act := g.act.(type) {
	case notice.Published:
		return g.whatHead()
	case notice.Started:
		return words("head.now."+string(g.effect), "")
	case notice.Nudged:
		return words(name+"."+string(act.Reason), "")
	case notice.Ended:
		if len(g.elsewhere()) > 0 {
			name += ".elsewhere"
		}
	case notice.Postponed:
		if len(act.Windows) == 0 {
			name += ".open"
		}
	}
	what := g.whatHead()
	return words(name, strings.ToLower(what[:1])+what[1:])
}

// whatHead says what the notice announces: an interruption that is planned, one
// that is there, one that has been.
func (g *glance) whatHead() string {
	kind, effect := string(g.notice.Kind), string(g.effect)
	names := []string{"head." + kind + "." + effect, "head." + kind}
	switch {
	case g.notice.Retroactive:
		names = []string{"head.past." + effect}
	case g.notice.Kind != notice.Maintenance || g.ahead():
	case g.on():
		names = []string{"head.now." + effect}
	case len(g.notice.Windows) > 0:
		names = []string{"head.past." + effect}
	}
	for _, name := range names {
		if said := g.tongue.words(g.texts, name, nil); said != "" {
			return said
		}
	}
	return g.texts[g.prefix+"published.title"]
}

// ahead is whether the event speaks of a window that is still to come.
func (g *glance) ahead() bool {
	if g.act.Type() == notice.TypeReminded {
		return true
	}
	return !g.on() && slices.ContainsFunc(g.notice.Occurrences(), func(w notice.Window) bool { return w.Start.After(g.event.Time) })
}

// on is whether the notice holds something at the event.
func (g *glance) on() bool {
	return slices.ContainsFunc(g.state.Spans, func(s notice.Span) bool { return s.On(g.event.Time) })
}

// subject is that of a mail: what, which services, when, in the space that
// lists of mails have. Of many services the first are named.
func (g *glance) subject() (string, error) {
	services := g.named()
	if len(services) == 0 {
		return "", nil
	}
	modes := ""
	if g.act.Type() == notice.TypeRecovered {
		modes = " (" + g.joined(ModeNames(g.Catalogue, unique(g.modesOfParts()))) + ")"
	}
	most := len(nameSizes(g.Catalogue, services))
	if most > 4 {
		most = 3
	}
	var subject string
	for _, when := range []string{g.when(g.beside), g.when(Zone{})} {
		for n := most; n > 0; n-- {
			subject = g.line(g.shortNames(services, n)+modes, when)
			staged, err := g.stagedIn(subject)
			if err != nil || len([]rune(staged)) <= subjectMost {
				return staged, err
			}
		}
	}
	staged, err := g.stagedIn(subject)
	return cut(staged, subjectMost), err
}

// stagedIn is a subject that says what is not the real thing.
func (g *glance) stagedIn(subject string) (string, error) {
	if g.prefix == "" {
		return g.staged(subject)
	}
	name := ""
	switch {
	case g.notice.Exercise:
		name = "mail.subject.exercise"
	case !g.notice.Production():
		name = "mail.subject.test"
	default:
		return subject, nil
	}
	return g.tongue.words(g.texts, name, map[string]string{"subject": subject}), nil
}

func (g *glance) line(names, when string) string {
	words := "mail.subject"
	if when == "" {
		words += ".bare"
	}
	line := g.tongue.words(g.texts, words, map[string]string{"head": g.head(), "names": names, "when": when})
	return Plain(g.set(text(line)))
}

// named are the services of which the event speaks, or all of the notice's
// where it speaks of none by itself.
func (g *glance) named() []string {
	var services []string
	for _, p := range g.parts {
		services = append(services, p.services...)
	}
	if len(services) == 0 {
		services, _ = named(g.notice)
	}
	return unique(services)
}

func (g *glance) modesOfParts() []string {
	var modes []string
	for _, p := range g.parts {
		modes = append(modes, p.modes...)
	}
	return modes
}

// shortNames are the first names of some services, and how many more there are:
// "Delta T, Delta G et 5 autres".
func (g *glance) shortNames(services []string, most int) string {
	sizes := nameSizes(g.Catalogue, services)
	names := Names(g.Catalogue, services)
	if len(names) <= most {
		return g.joined(names)
	}
	more := len(services)
	for _, size := range sizes[:most] {
		more -= size
	}
	words := "mail.names.more"
	if more == 1 {
		words = "mail.names.one"
	}
	first := strings.ReplaceAll(strings.Join(names[:most], ", "), french.and, g.and)
	return g.tongue.words(g.texts, words, map[string]string{"names": first, "count": strconv.Itoa(more)})
}

// when is the instant or the window that the event is about, short, with
// another zone's clocks in brackets.
func (g *glance) when(zone Zone) string {
	instant := func(words string, t notice.Time) string {
		if t.IsZero() {
			return ""
		}
		if notice.DateOf(t.Time) == notice.DateOf(g.event.Time) {
			words += ".today"
		}
		return g.tongue.words(g.texts, "mail."+words, map[string]string{"time": g.shortMoment(t.Time, zone)})
	}
	now := notice.At(g.event.Time)
	switch act := g.act.(type) {
	case notice.Started:
		return instant("since", act.Planned)
	case notice.Overdue:
		return instant("at", act.Planned)
	case notice.Extended:
		if act.Until.IsZero() {
			return g.tongue.words(g.texts, "mail.until.open", nil)
		}
		return instant("until", act.Until)
	case notice.Progressed:
		return instant("at", now)
	case notice.FallbackOpened:
		return instant("from", orNow(act.Fallback.From, now))
	case notice.FallbackClosed:
		return instant("from", orNow(act.At, now))
	case notice.Recovered:
		return instant("since", act.At)
	case notice.Ended:
		return instant("at", act.At)
	case notice.Nudged, notice.Resumed:
		return ""
	case notice.Reminded:
		return g.shortWindows([]notice.Window{g.windowAt(act.Start)}, zone)
	}
	return g.shortWindows(g.notice.Occurrences(), zone)
}

func orNow(t, now notice.Time) notice.Time {
	if t.IsZero() {
		return now
	}
	return t
}

// windowAt is the window that begins at an instant.
func (g *glance) windowAt(start notice.Time) notice.Window {
	for _, w := range g.notice.Occurrences() {
		if w.Start.Equal(start.Time) {
			return w
		}
	}
	return notice.Window{Start: start}
}

// shortMoment is an instant in a subject; its day goes without saying where it
// is that of the event.
func (g *glance) shortMoment(t time.Time, zone Zone) string {
	said := g.clock(t, notice.Legal)
	if notice.DateOf(t) != notice.DateOf(g.event.Time) {
		said = g.day(t, notice.Legal) + ", " + said
	}
	return said + g.besides(zone, t)
}

// besides are some instants by another zone's clocks, in brackets: the day is
// said where it is another there.
func (g *glance) besides(zone Zone, instants ...time.Time) string {
	legal := ""
	if g.exact {
		legal = " Paris time"
	}
	if zone.Code == "" {
		return legal
	}
	var all []string
	for _, t := range instants {
		said := g.clock(t, zone.location)
		if dateIn(t, zone.location) != notice.DateOf(t) {
			said = g.date(t, zone.location) + ", " + said
		}
		all = append(all, said)
	}
	return legal + " (" + strings.Join(all, "-") + " " + g.zone(zone) + ")"
}

// shortDay is "16 août 2023, 9h00".
func (g *glance) shortDay(t time.Time) string {
	return g.date(t, notice.Legal) + " " + strconv.Itoa(notice.DateOf(t).Year()) + ", " + g.clock(t, notice.Legal)
}

// shortWindows is the first of some windows, and how many more there are.
func (g *glance) shortWindows(windows []notice.Window, zone Zone) string {
	if len(windows) == 0 {
		return ""
	}
	w := windows[0]
	said := g.day(w.Start.Time, notice.Legal) + ", " + g.clock(w.Start.Time, notice.Legal)
	switch {
	case w.End.IsZero():
		said = g.open(said) + g.besides(zone, w.Start.Time)
	case notice.DateOf(w.Start.Time) == notice.DateOf(w.End.Time):
		said += "-" + g.clock(w.End.Time, notice.Legal) + g.besides(zone, w.Start.Time, w.End.Time)
	default:
		said = g.across(g.shortDay(w.Start.Time), g.shortDay(w.End.Time)) + g.besides(zone, w.Start.Time, w.End.Time)
	}
	words := "mail.windows.more"
	switch len(windows) {
	case 1:
		return said
	case 2:
		words = "mail.windows.one"
	}
	return g.tongue.words(g.texts, words, map[string]string{"when": said, "count": strconv.Itoa(len(windows) - 1)})
}
