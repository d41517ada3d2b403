package office

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/pages"
)

// alertRoutes are those of running alerts.
func (o *Office) alertRoutes() []route {
	return []route{
		{"GET /alertes", nil, o.alerts},
		{"GET /notes/{id}/alerte", nil, o.alert},
		{"GET /notes/{id}/alerte/envoi", nil, o.departure},
		{"POST /notes/{id}/alerte/envoi", staff, o.takeBack},
		{"GET /notes/{id}/alerte/{act}", staff, o.deed},
		{"POST /notes/{id}/alerte/{act}", staff, o.doDeed},
	}
}

const (
	alertSoon   = 48 * time.Hour // before its start, an alert is shown beside those that run
	alertLately = 48 * time.Hour // after its end, it can be taken back from its card
)

// alerts shows what runs, what begins soon, and what has just ended.
func (o *Office) alerts(v visit) (answer, error) {
	body := o.allAlerts(v)
	return show(bureau.Page{Name: "alerts", Title: "Alertes", Here: "/alertes", Script: "alert.js", Body: body}), nil
}

// alertCards are what runs and what begins soon, the longest out first, for
// another page that leads to them.
func (o *Office) alertCards(v visit) []bureau.Alert {
	all := o.allAlerts(v)
	return slices.Concat(all.Running, all.Coming)
}

func (o *Office) allAlerts(v visit) bureau.Alerts {
	now := o.Publisher.Now()
	body := bureau.Alerts{At: now}
	for _, x := range o.Publisher.Dossiers() {
		switch {
		case x.State.Number == 0:
		case x.State.Phase(now) == notice.Running:
			body.Running = append(body.Running, o.card(v, x))
		case x.State.Phase(now) == notice.Announced && nextStart(x.State, now).Sub(now) < alertSoon && !nextStart(x.State, now).IsZero():
			body.Coming = append(body.Coming, o.card(v, x))
		case now.Sub(lastBack(x.State).Time) < alertLately:
			body.Lately = append(body.Lately, o.card(v, x))
		}
	}
	bySince := func(a, b bureau.Alert) int { return a.Since.Compare(b.Since) }
	slices.SortStableFunc(body.Running, bySince)
	slices.SortStableFunc(body.Coming, bySince)
	slices.SortStableFunc(body.Lately, func(a, b bureau.Alert) int { return b.Over.Compare(a.Over) })
	return body
}

// alert shows one card.
func (o *Office) alert(v visit) (answer, error) {
	x, err := o.published(v)
	if err != nil {
		return nil, err
	}
	a := o.card(v, x)
	return show(o.alertPage(bureau.Page{Name: "alert", Title: a.Title, Body: a}, a)), nil
}

// alertPage is a page about one alert.
func (o *Office) alertPage(p bureau.Page, a bureau.Alert) bureau.Page {
	p.Here, p.Script = "/alertes", "alert.js"
	if a.Exercise {
		p.Banner = "EXERCICE"
	}
	return p
}

// published reads the notice of a visit's address, as it stands now.
func (o *Office) published(v visit) (publisher.Dossier, error) {
	x, err := o.Publisher.Dossier(v.Context(), v.PathValue("id"))
	if err == nil && x.State.Number == 0 {
		err = notice.ErrNotFound // nobody can be told of a draft
	}
	return x, err
}

// card is an alert as its card shows it to a visitor.
func (o *Office) card(v visit, x publisher.Dossier) bureau.Alert {
	s, now := x.State, o.Publisher.Now()
	last := lastPublic(s)
	a := bureau.Alert{
		Notice: pages.Notice{ID: s.ID, Title: o.titleOf(s), Reference: s.Notice.Reference, Kind: s.Notice.Kind, Phase: s.Phase(now),
			Exercise: s.Notice.Exercise, Test: !s.Notice.Production(), Published: s.Published, Last: last.Act.Type(), Updated: last.Time},
		At: now, Number: s.Number, Over: lastBack(s).Time, LastTold: o.toldOf(v.Context(), s, last), Held: o.heldOf(x, now),
		Token: v.Token,
	}
	a.Lines = pages.Lines(o.Publisher.Catalogue, s.Spans, now, cardSpans(s, now))
	setTimes(&a, s, now)
	if o.House.Public != "" {
		a.Public = o.House.Public + "/notices/" + s.ID
		a.Letter = fmt.Sprintf("%s/%d.pdf", a.Public, lastLetter(s))
	}
	if _, waits := x.Waiting(); waits {
		return a // one act at a time
	}
	a.Deeds = o.deedsOf(v, x)
	if slices.ContainsFunc(a.Deeds, func(l bureau.Link) bool { return l.Act == notice.TypeExtended }) {
		a.Plus = extensions(a)
	}
	return a
}

// lastLetter is the version of the last letter that a notice has.
func lastLetter(s notice.State) int {
	for _, e := range slices.Backward(s.Events) {
		if rule, ok := notice.RuleOf(e.Act.Type()); ok && rule.Letter {
			return e.Version
		}
	}
	return s.Version
}

// cardSpans says which spans a card lists: what is on with what is back already,
// or what comes next, or what was on last.
func cardSpans(s notice.State, now time.Time) func(notice.Span) bool {
	occurrence := 0
	for _, span := range s.Spans {
		if span.On(now) && span.Effect != notice.Unaffected {
			occurrence = max(occurrence, span.Occurrence)
		}
	}
	if occurrence > 0 {
		return func(span notice.Span) bool {
			return span.On(now) || span.Occurrence == occurrence && !span.Over.IsZero() && !takenBack(s, span)
		}
	}
	next := nextStart(s, now)
	if !next.IsZero() {
		return func(span notice.Span) bool { return span.Start.Equal(next) }
	}
	last := 0
	for _, span := range s.Spans {
		last = max(last, span.Occurrence)
	}
	return func(span notice.Span) bool { return span.Occurrence == last && !takenBack(s, span) }
}

// takenBack is whether the end of a span has been taken back: a later one goes on
// in its place.
func takenBack(s notice.State, span notice.Span) bool {
	return slices.ContainsFunc(s.Spans, func(other notice.Span) bool {
		return other.Service == span.Service && other.Mode == span.Mode && other.Occurrence == span.Occurrence && other.Episode > span.Episode
	})
}

// setTimes sets since when the alert runs and until when, as planned.
func setTimes(a *bureau.Alert, s notice.State, now time.Time) {
	known := true
	for _, span := range s.Spans {
		if !span.On(now) || span.Effect == notice.Unaffected {
			continue
		}
		if start := firstStart(s, span); a.Since.IsZero() || start.Before(a.Since) {
			a.Since = start
		}
		known = known && !span.PlannedEnd.IsZero()
		a.End, a.Latest = latest(a.End, span.PlannedEnd.Time), latest(a.Latest, span.MayExtendUntil.Time)
		if planned := latest(span.PlannedEnd.Time, span.MayExtendUntil.Time); span.Overdue(now) {
			a.Overdue, a.Late = true, max(a.Late, now.Sub(planned))
		}
	}
	switch {
	case a.Since.IsZero():
		a.Since = nextStart(s, now)
	case !known:
		a.End, a.Latest = time.Time{}, time.Time{}
	}
	if !a.Latest.After(a.End) {
		a.Latest = time.Time{}
	}
	if a.Phase == notice.Running {
		a.Promised = promised(s)
	}
}

// firstStart is when what a span tells of began: before its end was said and
// taken back, where that is so.
func firstStart(s notice.State, span notice.Span) time.Time {
	start := span.Start.Time
	for _, other := range s.Spans {
		if other.Service == span.Service && other.Mode == span.Mode && other.Occurrence == span.Occurrence && other.Start.Before(start) {
			start = other.Start.Time
		}
	}
	return start
}

// promised is when people were told that more would be said.
func promised(s notice.State) time.Time {
	for _, e := range slices.Backward(s.Events) {
		switch act := e.Act.(type) {
		case notice.Progressed:
			return act.Next.Time
		case notice.Ended, notice.Resumed:
			return time.Time{}
		}
	}
	return time.Time{}
}

// nextStart is when the next window begins; zero for never.
func nextStart(s notice.State, now time.Time) (next time.Time) {
	for _, span := range s.Spans {
		if span.Over.IsZero() && span.Start.After(now) && (next.IsZero() || span.Start.Before(next)) {
			next = span.Start.Time
		}
	}
	return next
}

// lastBack is the last event by which something came back; none if its time is
// zero, or where it has been taken back.
func lastBack(s notice.State) notice.Event {
	for _, e := range slices.Backward(s.Events) {
		switch e.Act.(type) {
		case notice.Ended, notice.Recovered:
			return e
		case notice.Resumed:
			return notice.Event{}
		}
	}
	return notice.Event{}
}

// lastPublic is the last event of which the public was told.
func lastPublic(s notice.State) notice.Event {
	for _, e := range slices.Backward(s.Events) {
		if rule, ok := notice.RuleOf(e.Act.Type()); ok && !rule.Private() {
			return e
		}
	}
	return s.Events[0]
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// titleOf is what a notice is about, as its letter says. A page does not fail
// for want of words.
func (o *Office) titleOf(s notice.State) string {
	doc, err := o.Words.Letter(s.Notice)
	if err != nil {
		o.Log.Error("cannot say what a notice is about", "notice", s.ID, "err", err)
		return "Note aux opérateurs"
	}
	return strings.TrimSuffix(doc.Subject, ".")
}

// toldOf is an event with what it says, and how far its telling has come.
func (o *Office) toldOf(ctx context.Context, s notice.State, e notice.Event) bureau.Told {
	t := o.said(s, e)
	sum, err := o.tallies.of(ctx, o.Public, e.ID, o.Publisher.Wall())
	if err != nil {
		o.Log.Warn("cannot say who was told", "event", e.ID, "err", err)
		return t
	}
	t.Known, t.Reach, t.Later, t.Failed, t.Done = sum.known, sum.reach, sum.later, sum.failed, sum.done
	return t
}

// said is an event with what it says first.
func (o *Office) said(s notice.State, e notice.Event) bureau.Told {
	t := bureau.Told{Act: e.Act.Type(), Time: e.Time}
	then := notice.Fold(s.Events[:min(e.Number, len(s.Events))])
	doc, err := o.Words.Message(then, e, templates.Telling{})
	if err != nil {
		o.Log.Error("cannot say an event", "event", e.ID, "err", err)
		return t
	}
	t.Words = doc.Subject
	for _, b := range doc.Blocks {
		if text := templates.Plain(b.Runs); text != "" {
			t.Words = text
			break
		}
	}
	return t
}

// heldOf is the act of a notice that has not left, or what has just become of
// it.
func (o *Office) heldOf(x publisher.Dossier, now time.Time) *bureau.Held {
	h, settled := x.Held, x.Settled
	if h.Type == "" || settled.Type != "" && now.Sub(settled.Time) > keptInView {
		return nil
	}
	held := &bureau.Held{Entry: h.ID, Act: h.As, Who: h.Account, Leaves: h.Leaves, Fate: string(settled.Type), Settled: settled.Time}
	if e, ok := x.Event(h.Command); ok {
		held.Told = e.Time
		if late := e.Time.Sub(h.Leaves); late > lateFrom {
			held.Late = late
		}
	}
	if settled.Type == publisher.Missed {
		for _, e := range x.State.Events {
			if e.Time.After(h.Time) && notice.Moment(e.Act) == "" {
				held.Why = bureau.MissedBecause(e.Act.Type(), e.Time)
			}
		}
	}
	for _, l := range bureau.Acts() {
		if l.Act == opposite[h.As] {
			held.Back = bureau.Link{Place: alertPlace(x.ID, l.Place), Label: l.Label, Act: l.Act}
		}
	}
	return held
}

const (
	keptInView = 5 * time.Minute  // for which what has become of a held act is shown
	lateFrom   = 15 * time.Second // from which it is said that an act left late
)

// opposite says by which act one comes back from another.
var opposite = map[notice.Type]notice.Type{
	notice.TypeEnded: notice.TypeResumed, notice.TypeRecovered: notice.TypeResumed, notice.TypeResumed: notice.TypeEnded,
	notice.TypeExtended: notice.TypeExtended, notice.TypeProgressed: notice.TypeProgressed, notice.TypePostponed: notice.TypePostponed,
	notice.TypeFallbackOpened: notice.TypeFallbackClosed, notice.TypeFallbackClosed: notice.TypeFallbackOpened,
	notice.TypeCancelled: notice.TypeReinstated, notice.TypeReinstated: notice.TypeCancelled,
}

// alertPlace is the address of an act of a notice; of its card for "".
func alertPlace(id, act string) string {
	return strings.TrimSuffix("/notes/"+id+"/alerte/"+act, "/")
}

// deedsOf are the acts that a visitor may do to a notice now.
func (o *Office) deedsOf(v visit, x publisher.Dossier) []bureau.Link {
	var links []bureau.Link
	for _, l := range bureau.Acts() {
		if o.may(v, x, l.Act) {
			l.Place = alertPlace(x.ID, l.Place)
			if _, part := lastBack(x.State).Act.(notice.Recovered); part && l.Act == notice.TypeResumed {
				l.Label = bureau.TakeRecoveryBack
			}
			links = append(links, l)
		}
	}
	return links
}

// may is whether a visitor may do an act to a notice now, and whether it would
// change anything.
func (o *Office) may(v visit, x publisher.Dossier, act notice.Type) bool {
	s, now := x.State, o.Publisher.Now()
	rule, _ := notice.RuleOf(act)
	if !v.Who().Is(rule.By...) || !slices.Contains(rule.In, s.Phase(now)) {
		return false
	}
	possible := func(act notice.Act) bool {
		_, _, err := o.Publisher.Foresee(x, v.Account, act)
		return err == nil
	}
	switch act {
	case notice.TypeResumed:
		return now.Sub(lastBack(s).Time) < alertLately && possible(notice.Resumed{})
	case notice.TypeFallbackClosed:
		return possible(notice.FallbackClosed{})
	case notice.TypeFallbackOpened:
		return possible(notice.FallbackOpened{Fallback: notice.Fallback{Authorised: true}})
	case notice.TypeRecovered:
		return cells(o.Publisher.Catalogue, s, out(now)) > 1
	}
	return true
}

// extensions are by how much the planned end can be moved with one tap: from
// itself or, where it has passed or is not known, from now.
func extensions(a bureau.Alert) []bureau.Choice {
	from := a.End
	if !from.After(a.At) {
		from = a.At.Add(5*time.Minute - 1).Truncate(5 * time.Minute)
	}
	var all []bureau.Choice
	for _, d := range []time.Duration{30 * time.Minute, time.Hour} {
		at := from.Add(d)
		all = append(all, bureau.Choice{Value: notice.At(at).String(), Label: "+ " + bureau.Lasting(d), At: at})
	}
	return all
}
