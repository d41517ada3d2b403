package templates

import (
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// fallbackRow says what holds of the fallback procedure, from the event on.
func (g *glance) fallbackRow() {
	switch act := g.act.(type) {
	case notice.Cancelled:
	case notice.Ended:
		g.row("fallback", g.after(act.Fallback, act.At)...)
	case notice.Recovered:
		g.row("fallback", g.after(act.Fallback, act.At)...)
	case notice.FallbackClosed:
		closed := act.At
		if closed.IsZero() {
			closed = notice.At(g.event.Time)
		}
		g.row("fallback", g.timed(closed, "closed")...)
	case notice.FallbackOpened:
		g.row("fallback", g.opened(act.Fallback)...)
	default:
		if !g.off() {
			g.row("fallback", append(append(g.each(g.standing), g.own()...), g.how()...)...)
		}
	}
}

// timed is what some words say of one instant, and that instant by the other
// zone's clocks.
func (g *glance) timed(t notice.Time, words string) []string {
	lines := []string{g.say(words, "time", g.legalMoment(t.Time))}
	return append(lines, g.abroad(t)...)
}

// abroad are some instants by the clocks of the zone that a reader asked for.
func (g *glance) abroad(instants ...notice.Time) []string {
	var lines []string
	for _, t := range instants {
		if !t.IsZero() && g.beside.Code != "" {
			lines = append(lines, g.say("zone", "zone", g.zone(g.beside), "time", g.moment(t.Time, g.beside.location)))
		}
	}
	return lines
}

// abroadBetween is a stretch of time by those clocks; an instant, where the
// other is not there.
func (g *glance) abroadBetween(from, until notice.Time) []string {
	if from.IsZero() || until.IsZero() || g.beside.Code == "" {
		return g.abroad(from, until)
	}
	period := g.period(notice.Window{Start: from, End: until}, g.beside.location)
	return []string{g.say("zone", "zone", g.zone(g.beside), "time", period)}
}

// after is what becomes of the fallback when services are back.
func (g *glance) after(f notice.FallbackAfter, back notice.Time) []string {
	switch f.Closes {
	case notice.ClosesNow:
		if len(g.elsewhere()) > 0 {
			return g.timed(back, "after.now.elsewhere")
		}
		return g.timed(back, "after.now")
	case notice.ClosesAt:
		return g.timed(f.At, "after.at")
	}
	return []string{g.say("after." + string(f.Closes))} // "" where there was none
}

// opened is the fallback as it has just been opened.
func (g *glance) opened(f notice.Fallback) []string {
	from := f.From
	if from.IsZero() {
		from = notice.At(g.event.Time)
	}
	until := g.say("opened.open")
	if !f.Until.IsZero() {
		until = g.say("opened.until", "time", g.legalMoment(f.Until.Time))
	}
	words := "opened"
	if f.Condition == "" {
		words += ".bare"
	}
	line := g.say(words, "condition", g.condition(f.Condition), "from", g.legalMoment(from.Time), "until", until)
	return append([]string{line}, g.abroadBetween(from, f.Until)...)
}

// standing is what holds of the fallback for one part.
func (g *glance) standing(p part) string {
	switch {
	case !p.fallback && slices.ContainsFunc(g.parts, func(p part) bool { return p.fallback }):
		return g.say("fallback.no")
	case !p.fallback:
		return ""
	case g.notice.Retroactive:
		return g.say("fallback.was")
	}
	until := g.say("fallback.alert")
	if !p.until.IsZero() {
		until = g.say("fallback.until", "time", g.legalMoment(p.until.Time))
	}
	words, from := "fallback", ""
	if !p.from.IsZero() {
		words, from = words+".from", g.legalMoment(p.from.Time)
	}
	if p.condition == "" {
		words += ".bare"
	}
	return g.say(words, "condition", g.condition(p.condition), "from", from, "until", until)
}

// own are the fallback's own times, where it has any, by the clocks of the zone
// that a reader asked for.
func (g *glance) own() []string {
	if g.notice.Retroactive || len(g.parts) == 0 {
		return nil
	}
	return g.abroadBetween(g.parts[0].from, g.parts[0].until)
}

// how are the service that stands in, and the fallback's sheet.
func (g *glance) how() []string {
	var lines []string
	for _, p := range g.parts {
		if p.by != "" {
			lines = append(lines, g.say("fallback.service", "service", g.names(g.Catalogue, []string{p.by})))
		}
		if p.sheet != "" {
			lines = append(lines, g.say("fallback.sheet", "sheet", p.sheet))
		}
	}
	return unique(lines)
}

// backAt is when what the event gives back was back; zero where another notice
// holds all of it.
func (g *glance) backAt() time.Time {
	if len(g.parts) == 0 {
		return time.Time{}
	}
	switch act := g.act.(type) {
	case notice.Ended:
		return act.At.Time
	case notice.Recovered:
		return act.At.Time
	}
	return time.Time{}
}
