package office

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/reading"
)

func (o *Office) calendarRoutes() []route {
	return []route{{"GET /calendrier", nil, o.calendar}}
}

// A planned span is one that the calendar shows.
type planned struct {
	notice.Span
	end   time.Time // zero: not known
	of    *publisher.Dossier
	draft bool
	stage string
	clash []string
}

// calendar shows what is planned and drafted, by service and day.
func (o *Office) calendar(v visit) (answer, error) {
	q := v.URL.Query()
	now := o.Publisher.Now()
	day := notice.DateOf(now)
	if text := strings.TrimSpace(q.Get("jour")); text != "" {
		if d, _, err := reading.Day(text, now); err == nil {
			day = d
		}
	}
	body := bureau.Calendar{Month: q.Get("vue") == "mois", Day: day, Services: o.serviceChoices(q.Get("service")), Writes: v.Who().Is(staff...)}
	first, days := week(day)
	if body.Month {
		first, days = month(day)
	}
	o.periods(&body, q, first, days)
	until := dayAfter(first, days).Start()
	all := o.plannedIn(v, first.Start(), until, q.Get("service"))
	clashes(all)
	for i := range days {
		d := dayAfter(first, i)
		body.Days = append(body.Days, bureau.CalendarDay{Date: d, Today: d == notice.DateOf(now), Past: d.Start().Before(notice.DateOf(now).Start()), Holiday: d.Holiday()})
	}
	o.fill(&body, all)
	return show(bureau.Page{Name: "calendrier", Title: "Calendrier", Here: "/calendrier", Body: body}), nil
}

// week begins on a Monday.
func week(d notice.Date) (notice.Date, int) {
	return dayAfter(d, -(int(d.Weekday())+6)%7), 7
}

func month(d notice.Date) (notice.Date, int) {
	first := notice.DateOf(time.Date(d.Year(), d.Month(), 1, 12, 0, 0, 0, notice.Legal))
	next := notice.DateOf(time.Date(d.Year(), d.Month()+1, 1, 12, 0, 0, 0, notice.Legal))
	return first, first.Days(next)
}

// periods names the period and leads to others.
func (o *Office) periods(body *bureau.Calendar, q url.Values, first notice.Date, days int) {
	at := func(view string, d notice.Date) string {
		link := only(q, "service")
		link.Set("vue", view)
		if !d.IsZero() {
			link.Set("jour", d.String())
		}
		return "/calendrier?" + link.Encode()
	}
	view := "semaine"
	body.Period = "semaine du " + templates.Day(first)
	if body.Month {
		view = "mois"
		date := templates.Date(first) // "1er août 2023"
		body.Period = strings.TrimLeft(date[strings.IndexAny(date, " \u00a0"):], " \u00a0")
	}
	body.Before, body.Now, body.After = at(view, dayAfter(first, -1)), at(view, notice.Date{}), at(view, dayAfter(first, days))
	if !body.Month {
		body.Before = at(view, dayAfter(first, -7))
	}
	body.AsWeek, body.AsMonth = at("semaine", body.Day), at("mois", body.Day)
}

// plannedIn are the spans of a period that a visitor may see: those on the
// public record, and those that a text in hand would add.
func (o *Office) plannedIn(v visit, from, until time.Time, service string) []planned {
	var all []planned
	var services []string
	if service != "" {
		services = o.members(service)
	}
	now := o.Publisher.Now()
	add := func(x *publisher.Dossier, stage string, spans []notice.Span, draft bool) {
		for _, s := range spans {
			p := planned{Span: s, of: x, draft: draft, stage: stage, end: lasting(s, now, draft)}
			p.Notice = x.ID
			if (services != nil && !slices.Contains(services, s.Service)) || !s.Start.Before(until) || !p.end.IsZero() && !p.end.After(from) {
				continue
			}
			all = append(all, p)
		}
	}
	dossiers := o.readableOnes(v)
	for i := range dossiers {
		x := &dossiers[i]
		public := x.State.Spans
		if x.State.Cancelled || x.State.Postponed {
			public = nil
		}
		add(x, x.State.Stage(), public, false)
		if !inWork(*x) {
			continue
		}
		c := o.shelf.card(o, *x)
		fresh := slices.DeleteFunc(slices.Clone(c.spans), func(s notice.Span) bool {
			return slices.ContainsFunc(public, func(p notice.Span) bool {
				return p.Service == s.Service && p.Mode == s.Mode && p.Start.Equal(s.Start.Time) && p.PlannedEnd.Equal(s.PlannedEnd.Time)
			})
		})
		add(x, notice.State{Notice: c.notice}.Stage(), fresh, true)
	}
	return all
}

// lasting is until when a span shows: its end, or at least until now where it
// is still on.
func lasting(s notice.Span, now time.Time, draft bool) time.Time {
	switch {
	case !s.Over.IsZero():
		return s.Over.Time
	case s.PlannedEnd.IsZero() && s.Effect == notice.Unaffected:
		return s.Start.Add(time.Minute)
	case s.PlannedEnd.IsZero():
		return time.Time{}
	case !draft && s.On(now) && now.After(s.PlannedEnd.Time):
		return now
	}
	return s.PlannedEnd.Time
}

// clashes says of each span which other notices strike the same at the same
// time.
func clashes(all []planned) {
	by := map[string][]int{} // places by stage, service and mode
	for i, p := range all {
		if p.Service == "" {
			continue
		}
		key := p.stage + "/" + p.Service + "/" + p.Mode
		by[key] = append(by[key], i)
	}
	for _, places := range by {
		slices.SortFunc(places, func(a, b int) int { return all[a].Start.Compare(all[b].Start.Time) })
		for n, i := range places {
			for _, k := range places[n+1:] {
				if !all[i].end.IsZero() && !all[k].Start.Before(latest(all[i].end, all[i].MayExtendUntil.Time)) || len(all[i].clash) == mostClashes {
					break // all that follow begin later still
				}
				if publisher.Clash(all[i].Span, all[k].Span) {
					all[i].clash = append(all[i].clash, all[k].of.ID)
					if len(all[k].clash) < mostClashes {
						all[k].clash = append(all[k].clash, all[i].of.ID)
					}
				}
			}
		}
	}
}

// mostClashes is how many notices are named that a span clashes with.
const mostClashes = 5

// fill puts spans into the rows of the table and into the list.
func (o *Office) fill(body *bureau.Calendar, all []planned) {
	names := map[string]bureau.Naming{}
	name := func(x *publisher.Dossier) bureau.Naming {
		if _, ok := names[x.ID]; !ok {
			names[x.ID] = o.naming(*x)
		}
		return names[x.ID]
	}
	rows, clashing := map[string][][]planned{}, map[string]bool{}
	listed := make([][]planned, len(body.Days))
	for _, p := range all {
		if rows[p.Service] == nil {
			rows[p.Service] = make([][]planned, len(body.Days))
		}
		for i, d := range body.Days {
			start := d.Date.Start()
			if p.Start.Before(start.AddDate(0, 0, 1)) && (p.end.IsZero() || p.end.After(start)) {
				rows[p.Service][i], listed[i] = append(rows[p.Service][i], p), append(listed[i], p)
			}
		}
		if len(p.clash) > 0 {
			clashing[p.of.ID] = true
		}
	}
	called := map[string]string{}
	for i := range all {
		called[all[i].of.ID] = name(all[i].of).Called()
	}
	for code, cells := range rows {
		row := bureau.CalendarRow{Code: code, Label: cmp.Or(o.serviceName(code), bureau.NoService), Cells: make([][]bureau.Slot, len(cells))}
		for i := range cells {
			row.Cells[i] = o.slots(cells[i], body.Days[i].Date, name, called)
		}
		body.Rows = append(body.Rows, row)
	}
	slices.SortFunc(body.Rows, func(a, b bureau.CalendarRow) int { return strings.Compare(unaccented(a.Label), unaccented(b.Label)) })
	for i := range listed {
		body.Days[i].Slots = o.slots(listed[i], body.Days[i].Date, name, called)
	}
	body.Clashes = len(clashing)
}

// slots are spans of one day, those of one notice and one time in one.
func (o *Office) slots(all []planned, day notice.Date, name func(*publisher.Dossier) bureau.Naming, called map[string]string) []bureau.Slot {
	c := o.Publisher.Catalogue
	type key struct {
		id         string
		draft      bool
		start, end int64
		effect     notice.Effect
	}
	places := map[key]int{}
	var slots []bureau.Slot
	var services, modes [][]string
	for _, p := range all {
		k := key{p.of.ID, p.draft, p.Start.UnixNano(), p.end.UnixNano(), p.Effect}
		i, ok := places[k]
		if !ok {
			i = len(slots)
			places[k] = i
			slots = append(slots, bureau.Slot{Naming: name(p.of), Date: day, Start: p.Start.Time, End: p.end, Draft: p.draft, Effect: p.Effect})
			services, modes = append(services, nil), append(modes, nil)
		}
		if p.Service != "" {
			services[i], modes[i] = added(services[i], p.Service), added(modes[i], p.Mode)
		}
		for _, id := range p.clash {
			slots[i].Clash = added(slots[i].Clash, called[id])
		}
	}
	for i := range slots {
		slots[i].Services, slots[i].Modes = templates.Names(c, services[i]), templates.ModeNames(c, modes[i])
	}
	slices.SortStableFunc(slots, func(a, b bureau.Slot) int { return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.ID, b.ID)) })
	return slots
}

// added is a list with a word that was not in it.
func added(all []string, word string) []string {
	if slices.Contains(all, word) {
		return all
	}
	return append(all, word)
}

// dayAsked is the day for which a notice is begun; zero for none. What is no
// day is none: the form proposes another.
func dayAsked(v visit) notice.Date {
	var d notice.Date
	if err := d.UnmarshalText([]byte(v.FormValue("jour"))); err != nil {
		return notice.Date{}
	}
	return d
}

// plannedFor moves what is planned to a day, at the same hours. What happens
// now stays now.
func plannedFor(n notice.Notice, day notice.Date, now time.Time) notice.Notice {
	if day.IsZero() || len(n.Windows) == 0 || !n.Windows[0].Start.After(now) {
		return n
	}
	days := notice.DateOf(n.Windows[0].Start.Time).Days(day)
	moved := func(t notice.Time) notice.Time {
		if t.IsZero() {
			return t
		}
		return notice.At(t.In(notice.Legal).AddDate(0, 0, days))
	}
	n.Windows = slices.Clone(n.Windows)
	for i, w := range n.Windows {
		n.Windows[i] = notice.Window{Start: moved(w.Start), End: moved(w.End), MayExtendUntil: moved(w.MayExtendUntil)}
	}
	return n
}
