package templates

import (
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A glance gathers the facts of an event, those that hold now first, in one
// language. They are the very ones that the letter's and the message's words
// are made of.
type glance struct {
	*message
	tongue
	event  notice.Event
	beside Zone // whose times stand beside legal time; zero for none
	parts  []part
	rows   []Fact
	gist   []string
}

func (m *message) glance(e notice.Event, t Telling) *glance {
	beside, _ := ZoneOf(t.Zone)
	g := &glance{message: m, tongue: tongueOf(t.Lang), event: e, beside: beside, parts: m.parts(e)}
	g.fill()
	return g
}

// into puts the facts, and what stands at the head of a mail, into a Document.
func (g *glance) into(d *Document) (err error) {
	d.Facts, d.Gist, d.Headline = g.rows, cut(strings.Join(g.gist, " · "), 180), g.head()
	if d.Mail, err = g.subject(); d.Mail == "" {
		d.Mail = cut(d.Subject, subjectMost)
	}
	if d.Headline == "" {
		d.Headline = d.Title
	}
	return err
}

// fill adds all rows.
func (g *glance) fill() {
	mixed := g.mixed()
	if !mixed {
		g.situation()
	}
	g.where()
	switch {
	case mixed:
	case g.over():
		g.row("back", g.times(g.backAt())...)
	case g.going():
		g.running()
	default:
		g.planned()
	}
	if !g.over() && !g.off() && !mixed {
		g.sending()
		g.means()
	}
	g.fallbackRow()
	g.afterwards()
	g.row("reference", g.notice.Reference)
}

// row adds a fact, if there is anything to say.
func (g *glance) row(key string, lines ...string) {
	f := Fact{Name: g.texts[g.prefix+"fact."+key]}
	for _, line := range lines {
		if line != "" {
			if len(f.Lines) == 0 {
				g.told(key, f.Name, line)
			}
			f.Lines = append(f.Lines, g.set(text(line)))
		}
	}
	if len(f.Lines) > 0 {
		g.rows = append(g.rows, f)
	}
}

// say is the value of a name, with some facts, each name followed by what it
// says.
func (g *glance) say(name string, given ...string) string {
	facts := map[string]string{}
	for i := 0; i+1 < len(given); i += 2 {
		facts[given[i]] = given[i+1]
	}
	return g.words(g.texts, "say."+name, facts)
}

// each is what is said of the parts: in one line where it is the same of all.
func (g *glance) each(value func(part) string) []string {
	var values []string
	for _, p := range g.parts {
		values = append(values, value(p))
	}
	if len(unique(values)) == 1 {
		return values[:1]
	}
	var lines []string
	for i, p := range g.parts {
		if values[i] != "" {
			lines = append(lines, g.say("part", "names", g.names(g.Catalogue, p.services), "modes", g.joined(ModeNames(g.Catalogue, p.modes)), "value", values[i]))
		}
	}
	return lines
}

// over is whether the event says that something is back.
func (g *glance) over() bool {
	return g.act.Type() == notice.TypeEnded || g.act.Type() == notice.TypeRecovered
}

// off is whether the event says that it does not take place, or not yet.
func (g *glance) off() bool {
	return g.act.Type() == notice.TypeCancelled || g.state.Postponed && len(g.notice.Windows) == 0
}

// going is whether an act of an alert speaks of what is out at present.
func (m *message) going(e notice.Event) bool {
	if rule, _ := notice.RuleOf(e.Act.Type()); rule.Letter || e.Act.Type() == notice.TypeReminded {
		return false
	}
	return slices.ContainsFunc(m.spans, func(s notice.Span) bool { return s.On(e.Time) })
}

func (g *glance) going() bool { return g.message.going(g.event) }

// mixed is whether an act on the fallback alone speaks of what is not all out,
// nor all to come: there is no one thing to say of it then.
func (g *glance) mixed() bool {
	if t := g.act.Type(); t != notice.TypeFallbackOpened && t != notice.TypeFallbackClosed {
		return false
	}
	type where struct{ service, mode string }
	all, on, ahead := map[where]bool{}, map[where]bool{}, map[where]bool{}
	for _, s := range g.spans {
		key := where{s.Service, s.Mode}
		all[key] = true
		if s.On(g.event.Time) {
			on[key] = true
		} else if s.Start.After(g.event.Time) {
			ahead[key] = true
		}
	}
	return len(on) < len(all) && (len(on) > 0 || len(ahead) < len(all))
}

// situation says how things stand.
func (g *glance) situation() {
	others := ""
	if len(g.elsewhere()) > 0 {
		others = ".elsewhere"
	}
	switch t := g.act.Type(); {
	case t == notice.TypeCancelled:
		g.row("situation", g.say("cancelled"))
	case g.off():
		g.row("situation", g.say("postponed"))
	case t == notice.TypeEnded:
		g.row("situation", g.say("ended"+others))
	case t == notice.TypeRecovered:
		g.row("situation", g.say("recovered"))
	case t == notice.TypeOverdue:
		g.row("situation", g.each(func(p part) string {
			return g.say("overdue", "situation", g.say("now."+string(p.effect)))
		})...)
	case g.going():
		g.row("situation", g.each(func(p part) string { return g.say("now." + string(p.effect)) })...)
	case g.notice.Kind == notice.Information: // which says of no effect
	default:
		g.row("impact", g.each(func(p part) string { return g.say("impact." + string(p.effect)) })...)
	}
}

// where are the services and the modes.
func (g *glance) where() {
	var services, modes []string
	var apart []string // the modes of each part
	for _, p := range g.parts {
		services, modes = append(services, p.services...), append(modes, p.modes...)
		apart = append(apart, g.joined(ModeNames(g.Catalogue, p.modes)))
	}
	g.row("services", g.names(g.Catalogue, unique(services)))
	if len(unique(apart)) < 2 {
		g.row("modes", g.joined(ModeNames(g.Catalogue, unique(modes))))
		return
	}
	for i, p := range g.parts {
		apart[i] = g.say("part.modes", "names", g.names(g.Catalogue, p.services), "value", apart[i])
	}
	g.row("modes", apart...)
}

// times are an instant in legal time and, for who asked for it, by the clocks
// of another zone.
func (g *glance) times(t time.Time) []string {
	if t.IsZero() {
		return nil
	}
	return g.both(func(zone *time.Location) string { return g.moment(t, zone) })
}

// both is a time as legal time has it, and as the other zone has it.
func (g *glance) both(said func(*time.Location) string) []string {
	lines := []string{g.legally(said(notice.Legal))}
	if g.beside.Code != "" {
		lines = append(lines, g.say("zone", "zone", g.zone(g.beside), "time", said(g.beside.location)))
	}
	return lines
}

// legally says that a time is legal time, to who may think of another.
func (g *glance) legally(time string) string {
	if g.exact || g.beside.Code != "" {
		return g.say("legal", "time", time)
	}
	return time
}

// legalMoment is an instant in legal time, and says so where that is needed.
func (g *glance) legalMoment(t time.Time) string { return g.legally(g.moment(t, notice.Legal)) }

// planned are the windows of an announcement.
func (g *glance) planned() {
	windows := g.notice.Occurrences()
	key := "period"
	switch act := g.act.(type) {
	case notice.Cancelled:
		key = "period_was"
	case notice.Reminded:
		windows = slices.DeleteFunc(slices.Clone(windows), func(w notice.Window) bool { return !w.Start.Equal(act.Start.Time) })
	}
	g.row(key, g.windows(windows)...)
	if act, ok := g.act.(notice.Postponed); ok {
		g.row("previous", g.windows(act.Previous)...)
	}
}

// windows are some windows, a line each; many are said in one.
func (g *glance) windows(windows []notice.Window) []string {
	var lines []string
	if len(windows) > 4 || !g.notice.Recurs.IsZero() && len(windows) > 2 {
		lines = append(lines, g.legally(g.many(g.notice)))
		if g.beside.Code != "" {
			lines = append(lines, g.say("zone", "zone", g.zone(g.beside), "time", g.period(windows[0], g.beside.location)+" …"))
		}
		return lines
	}
	for _, w := range windows {
		said := g.both(func(zone *time.Location) string { return g.period(w, zone) })
		if w.MayExtendUntil.After(w.End.Time) && !w.End.IsZero() {
			said[0] += ", " + g.say("end.may", "time", g.moment(w.MayExtendUntil.Time, notice.Legal))
		}
		lines = append(lines, said...)
	}
	return lines
}

// running is since when, and until when as planned.
func (g *glance) running() {
	first := g.spans[slices.IndexFunc(g.spans, func(s notice.Span) bool { return s.On(g.event.Time) })]
	g.row("since", g.times(first.Start.Time)...)
	if first.Effect == notice.Closed {
		return
	}
	end := first.PlannedEnd.Time
	lines := g.times(end)
	extended, prolongs := g.act.(notice.Extended)
	switch {
	case end.IsZero() && prolongs:
		lines = []string{g.say("end.further")}
	case end.IsZero():
		lines = []string{g.say("end.open")}
	case !end.After(g.event.Time):
		lines[0] = g.say("end.passed", "time", lines[0])
	}
	if prolongs && !extended.Previous.IsZero() {
		lines = append(lines, g.say("end.was", "time", g.legalMoment(extended.Previous.Time)))
	}
	if may := first.MayExtendUntil.Time; may.After(end) && may.After(g.event.Time) {
		lines = append(lines, g.say("end.may", "time", g.legalMoment(may)))
	}
	g.row("planned_end", lines...)
	if act, ok := g.act.(notice.Progressed); ok {
		g.row("next", g.times(act.Next.Time)...)
	}
}

// sending is what may be sent, and what may not; what is over needs no rule.
func (g *glance) sending() {
	if g.notice.Retroactive {
		return
	}
	for _, send := range []notice.Send{notice.Forbidden, notice.Discouraged, notice.Allowed} {
		g.row(string(send), g.each(func(p part) string { return g.kinds(p.messages.Kinds(send)) })...)
	}
	var lines []string
	for _, x := range g.notice.Exceptions {
		line := g.kinds(x.Kinds)
		if !x.Until.IsZero() {
			line = g.say("until", "value", line, "time", g.legalMoment(x.Until.Time))
		}
		lines = append(lines, line)
	}
	g.row("exceptions", lines...)
}

// means are the ways that are left.
func (g *glance) means() {
	g.row("instead", g.names(g.Catalogue, g.notice.Instead))
	if code := g.notice.Workaround.Code; code != "" {
		g.row("workaround", g.say("code", "code", code))
	}
}

// afterwards is what other notices hold, what goes on, and what comes back.
func (g *glance) afterwards() {
	if g.act.Type() == notice.TypeRecovered {
		g.row("rest", g.rest(g.tongue, g.event.Time))
	}
	var others []string
	for _, e := range g.elsewhere() {
		others = append(others, g.say("elsewhere", "names", g.names(g.Catalogue, e.Services),
			"modes", g.joined(ModeNames(g.Catalogue, e.Modes)), "other", e.Reference))
	}
	g.row("elsewhere", others...)
	if g.act.Type() != notice.TypeEnded || len(g.parts) == 0 || g.notice.Reinjection.Of == "" {
		return
	}
	g.row("return", g.say("return"+g.pace(), "returning", g.returning(g.notice.Reinjection.Of)))
}

// told keeps what a subject does not say, and the period, which a telephone
// cuts off it: the line that lists of mails show behind it.
func (g *glance) told(key, name, line string) {
	switch t := g.act.Type(); {
	case slices.Contains([]string{"services", "modes", "impact", "since", "back", "reference"}, key),
		(t == notice.TypeFallbackOpened || t == notice.TypeFallbackClosed) && key != "fallback":
		return
	}
	g.gist = append(g.gist, Plain(g.set(text(name+g.colon()+line))))
	if key != "situation" && !g.off() && strings.HasPrefix(g.gist[0], g.texts[g.prefix+"fact.situation"]) {
		g.gist = g.gist[1:] // the subject has said so
	}
}

// colon is what stands between a name and what it says.
func (t tongue) colon() string {
	if t.prefix == "" {
		return nbsp + ": "
	}
	return ": "
}

// cut is a text of at most so many characters, cut between words.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	short := string(runes[:most-1])
	if i := strings.LastIndexByte(short, ' '); i > 0 {
		short = short[:i]
	}
	return strings.TrimRight(short, " ,–·") + "…"
}
