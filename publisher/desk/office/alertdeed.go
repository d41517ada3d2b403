package office

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/pages"
)

// asked is the notice and the act of a visit's address: ErrNotFound where there
// is no such act, ErrForbidden where it is not the visitor's.
func (o *Office) asked(v visit) (publisher.Dossier, notice.Type, error) {
	acts := bureau.Acts()
	i := slices.IndexFunc(acts, func(l bureau.Link) bool { return l.Place == v.PathValue("act") })
	if i < 0 {
		return publisher.Dossier{}, "", notice.ErrNotFound
	}
	rule, _ := notice.RuleOf(acts[i].Act)
	if !v.Who().Is(rule.By...) {
		return publisher.Dossier{}, "", notice.ErrForbidden
	}
	x, err := o.published(v)
	return x, acts[i].Act, err
}

// deed shows the form of an act.
func (o *Office) deed(v visit) (answer, error) {
	x, act, err := o.asked(v)
	if err != nil {
		return nil, err
	}
	if _, waits := x.Waiting(); waits {
		return send(alertPlace(x.ID, "envoi"), ""), nil
	}
	return o.form(v, x, act, &filling{x: x, now: o.Publisher.Now(), typed: bureau.Typed{}}, x.State.Number), nil
}

// doDeed reads the form of an act: it is shown again where something is wrong,
// or what it comes to, or it is done.
func (o *Office) doDeed(v visit) (answer, error) {
	x, act, err := o.asked(v)
	if err != nil {
		return nil, err
	}
	command := v.PostFormValue("ordre")
	if slices.ContainsFunc(x.Entries, func(e publisher.Entry) bool { return e.Command == command && e.Type == publisher.Held }) {
		return send(alertPlace(x.ID, "envoi"), ""), nil // a double click, or a page sent again
	}
	s := o.filledIn(v, x)
	asked := s.act(act)
	if v.PostFormValue("etape") == "corriger" {
		return o.form(v, x, act, &filling{x: x, now: s.now, typed: s.typed}, seen(v)), nil
	}
	if len(s.wrong) > 0 {
		return o.form(v, x, act, s, seen(v)), nil
	}
	after, e, err := o.Publisher.Foresee(x, v.Account, asked)
	if errors.Is(err, notice.ErrForbidden) {
		return nil, err
	}
	if err != nil {
		s.fault("", o.remarks().FrenchError(err))
		return o.form(v, x, act, s, seen(v)), nil
	}
	if v.PostFormValue("etape") != "publier" {
		return o.confirm(v, s, after, e, seen(v))
	}
	return o.hold(v, s, asked)
}

// hold writes the act down, to leave in a moment. Where somebody was faster,
// what it comes to is shown again.
func (o *Office) hold(v visit, s *filling, act notice.Act) (answer, error) {
	order, err := v.order()
	if err != nil {
		return nil, err
	}
	order.Seen = 0 // the paper in hand is another matter
	_, err = o.Publisher.Hold(v.Context(), order, act, publisher.Holding{Seen: seen(v)})
	if !errors.Is(err, notice.ErrConflict) {
		return send(alertPlace(s.x.ID, "envoi"), ""), err
	}
	x, loadErr := o.published(v)
	if loadErr != nil {
		return nil, loadErr
	}
	why := bureau.SaidMeanwhile
	if held, waits := x.Waiting(); waits {
		why = bureau.AnotherIsLeaving(held.As, held.Account, held.Leaves)
	}
	s.x, s.odd = x, append([]string{why}, s.odd...)
	after, e, err := o.Publisher.Foresee(x, v.Account, act)
	if err != nil {
		s.fault("", o.remarks().FrenchError(err))
		return o.form(v, x, act.Type(), s, x.State.Number), nil
	}
	return o.confirm(v, s, after, e, seen(v))
}

// form shows the form of an act, as far as it has been filled in.
func (o *Office) form(v visit, x publisher.Dossier, act notice.Type, s *filling, number int) answer {
	c := o.Publisher.Catalogue
	a := o.card(v, x)
	a.Number = number
	d := bureau.Deed{Alert: a, Act: act, Place: actPlace(x.ID, act), Typed: s.typed, Wrong: s.wrong, Returning: x.State.Notice.Reinjection,
		Sheet: fallbackSheet(x.State), Authorised: authorised(x, s.now, out(s.now))}
	rule, _ := notice.RuleOf(act)
	d.Possible = slices.Contains(rule.In, x.State.Phase(s.now))
	switch act {
	case notice.TypeRecovered:
		d.Grid, d.Modes = grid(c, x.State, out(s.now))
	case notice.TypeFallbackClosed:
		d.Grid, d.Modes = grid(c, x.State, openFallback(s.now))
	case notice.TypeFallbackOpened:
		d.Grid, d.Modes = grid(c, x.State, ahead(s.now))
	case notice.TypeEnded:
		d.Lines = pages.Lines(c, x.State.Spans, s.now, out(s.now))
		if end, err := o.foreseeEnd(v, x); err == nil {
			d.Elsewhere = besides(c, end.Elsewhere)
		}
	case notice.TypeProgressed:
		for _, in := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
			at := s.now.Add(in + 5*time.Minute - 1).Truncate(5 * time.Minute)
			d.Soon = append(d.Soon, bureau.Choice{Value: notice.At(at).String(), Label: bureau.Lasting(in), At: at})
		}
	}
	p := bureau.Page{Name: "deed", Title: bureau.Title(act), Body: d}
	if len(s.wrong) > 0 {
		p.Status = http.StatusUnprocessableEntity
	}
	return show(o.alertPage(p, a))
}

// actPlace is the address of an act of a notice.
func actPlace(id string, act notice.Type) string {
	for _, l := range bureau.Acts() {
		if l.Act == act {
			return alertPlace(id, l.Place)
		}
	}
	return alertPlace(id, "")
}

// fallbackSheet is the fallback sheet that a notice names.
func fallbackSheet(s notice.State) string {
	for _, line := range s.Notice.Lines() {
		if line.Fallback.Sheet != "" {
			return line.Fallback.Sheet
		}
	}
	return ""
}

// foreseeEnd is the end of alert as it would be told now.
func (o *Office) foreseeEnd(v visit, x publisher.Dossier) (notice.Ended, error) {
	closes := notice.ClosesNone
	if authorised(x, o.Publisher.Now(), out(o.Publisher.Now())) {
		closes = notice.ClosesNow
	}
	_, e, err := o.Publisher.Foresee(x, v.Account, notice.Ended{Fallback: notice.FallbackAfter{Closes: closes}})
	if err != nil {
		return notice.Ended{}, err
	}
	return e.Act.(notice.Ended), nil
}

// besides are what other notices still hold, by name.
func besides(c notice.Catalogue, all []notice.Elsewhere) []bureau.Beside {
	var named []bureau.Beside
	for _, e := range all {
		named = append(named, bureau.Beside{Reference: e.Reference, Services: templates.Names(c, e.Services), Modes: templates.ModeNames(c, e.Modes), Effect: e.Effect})
	}
	return named
}

// confirm shows what an act will say, to how many, and how the météo will
// read.
func (o *Office) confirm(v visit, s *filling, after notice.State, e notice.Event, number int) (answer, error) {
	a := o.card(v, s.x)
	body := bureau.Confirm{Alert: a, Act: e.Act.Type(), Place: actPlace(s.x.ID, e.Act.Type()), Typed: s.typed, Warnings: s.odd,
		Grace: int(o.Publisher.GraceTime().Seconds()), Weather: o.weather(after, e)}
	body.Alert.Order = stream.NewID()
	for _, since := range s.x.Said(number) {
		if number > 0 {
			body.Since = append(body.Since, o.said(s.x.State, since))
		}
	}
	switch act := e.Act.(type) {
	case notice.Ended:
		body.Elsewhere = besides(o.Publisher.Catalogue, act.Elsewhere)
	case notice.Recovered:
		body.Elsewhere = besides(o.Publisher.Catalogue, act.Elsewhere)
	}
	doc, err := o.Words.Message(after, e, templates.Telling{})
	if err != nil {
		return nil, err
	}
	mail, err := o.Words.Mail(after, e, templates.Telling{}, templates.Foot{})
	if err != nil {
		return nil, err
	}
	body.Subject = mail.Subject
	body.Words, body.Rest = templates.HTML(templates.Document{Blocks: doc.Blocks, Text: doc.Text, Notes: doc.Notes}, 3),
		templates.HTML(templates.Document{Facts: doc.Facts, Blocks: doc.Summary}, 3)
	if body.Push[0], body.Push[1], err = o.Words.Brief(after, e); err != nil {
		return nil, err
	}
	if body.Reach, err = o.Audience.Reached(v.Context(), after, e); err != nil {
		o.Log.Warn("cannot say how many will be told", "notice", s.x.ID, "err", err) // which keeps nobody from telling them
	}
	return show(o.alertPage(bureau.Page{Name: "confirm", Title: bureau.Question(e.Act.Type()), Body: body}, a)), nil
}

// weather is how the météo will read for what an act touches, through all
// notices.
func (o *Office) weather(after notice.State, e notice.Event) []bureau.Weather {
	c := o.Publisher.Catalogue
	before := o.Publisher.States()
	then := slices.Clone(before)
	for i := range then {
		if then[i].ID == after.ID {
			then[i] = after
		}
	}
	env := after.Notice.Environment
	if after.Notice.Production() {
		env = notice.EnvProduction
	}
	had, will := byKey(notice.OutlookAt(c, env, before, e.Time)), byKey(notice.OutlookAt(c, env, then, e.Time))
	var all []notice.Saying[bureau.Weather]
	for _, span := range after.Spans {
		key := span.Service + "/" + span.Mode
		m, ok := will[key]
		if !ok {
			continue // said already, or not in the catalogue
		}
		delete(will, key)
		w := bureau.Weather{Effect: m.Effect, Overdue: m.Overdue, Until: m.Until.Time, Before: had[key].Effect}
		if m.Fallback != nil {
			w.Fallback = pages.FallbackOf(c, *m.Fallback, e.Time)
			w.Fallback.Open = m.Effect == notice.Unaffected
		}
		all = append(all, notice.Saying[bureau.Weather]{Service: span.Service, Mode: span.Mode, What: w})
	}
	var groups []bureau.Weather
	for _, g := range notice.Gather(all, sameWeather) {
		g.What.Services, g.What.Modes = templates.Names(c, g.Services), pages.ModeNames(c, g.Services[0], g.Modes)
		groups = append(groups, g.What)
	}
	return groups
}

func sameWeather(a, b bureau.Weather) bool {
	return a.Effect == b.Effect && a.Overdue == b.Overdue && a.Before == b.Before && a.Until.Equal(b.Until) && a.Fallback == b.Fallback
}

// byKey is an outlook by "service/mode".
func byKey(l notice.Outlook) map[string]notice.ModeOutlook {
	all := map[string]notice.ModeOutlook{}
	for _, s := range l.Services {
		for _, m := range s.Modes {
			all[s.Service+"/"+m.Mode] = m
		}
	}
	return all
}

// departure shows the act that leaves in a moment, or what has become of it.
func (o *Office) departure(v visit) (answer, error) {
	x, err := o.published(v)
	if err != nil {
		return nil, err
	}
	return o.departing(v, x, false), nil
}

func (o *Office) departing(v visit, x publisher.Dossier, tooLate bool) answer {
	a := o.card(v, x)
	if a.Held == nil {
		return send(alertPlace(x.ID, ""), "")
	}
	a.Held.TooLate, a.Order = tooLate, stream.NewID()
	p := bureau.Page{Name: "departure", Title: bureau.Leaving(a.Held.Act), Body: a}
	if tooLate {
		p.Status = http.StatusConflict
	}
	return show(o.alertPage(p, a))
}

// takeBack takes a held act back, or says that it is too late.
func (o *Office) takeBack(v visit) (answer, error) {
	order, err := v.order()
	if err != nil {
		return nil, err
	}
	order.Seen = 0
	_, err = o.Publisher.Retract(v.Context(), order, v.PostFormValue("envoi"))
	if errors.Is(err, notice.ErrConflict) {
		x, err := o.published(v)
		if err != nil {
			return nil, err
		}
		return o.departing(v, x, true), nil
	}
	return send(alertPlace(order.Notice, "envoi"), ""), err
}
