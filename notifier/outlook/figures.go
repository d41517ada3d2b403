package outlook

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/pages"
)

const fieldPeriod = "periode"

// A period is what figures are asked for.
type period struct {
	code     string // as it stands in an address
	from, to time.Time
	first    time.Time // when the record begins; figures say nothing of before
}

// periodOf reads a period; one that is not known is the first of those offered.
func (s *Site) periodOf(text string, now time.Time) (p period, ok bool) {
	now = now.Truncate(time.Minute)
	first := s.first(now)
	today := notice.DateOf(now).Start()
	year := now.In(notice.Legal).Year()
	switch n, err := strconv.Atoi(text); {
	case text == pages.LastYear:
		p = period{code: text, from: today.AddDate(-1, 0, 0), to: now}
	case err == nil && len(text) == 4 && n <= year && n >= first.In(notice.Legal).Year():
		start := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, notice.Legal) }
		p = period{code: text, from: start(n), to: start(n + 1)}
	default:
		p = period{code: pages.LastMonth, from: today.AddDate(0, 0, -30), to: now}
		ok = text == "" || text == pages.LastMonth
	}
	if p.from.Before(first) {
		p.from = first
	}
	if p.to.After(now) {
		p.to = now
	}
	p.first = first
	return p, ok || p.code == text
}

// first is the start of the day on which the record begins; of today where
// nothing has been published.
func (s *Site) first(now time.Time) time.Time {
	entries, _ := s.all()
	if len(entries) > 0 {
		now = entries[len(entries)-1].state.Published
	}
	return notice.DateOf(now).Start()
}

// availabilities are a service's figures, mode by mode.
func (s *Site) availabilities(code string, p period) []notice.Availability {
	entries, _ := s.all()
	var states []notice.State
	for _, e := range entries {
		if slices.Contains(e.services, code) {
			states = append(states, e.state)
		}
	}
	var all []notice.Availability
	for _, mode := range s.Catalogue.Services[code].Modes {
		all = append(all, notice.AvailabilityOf(states, code, mode, p.from, p.to))
	}
	return all
}

// figures are what a service's page says of its availability.
func (s *Site) figures(code string, p period, now time.Time) pages.Figures {
	address := func(period string) string { return "/services/" + code + "?" + fieldPeriod + "=" + period }
	f := pages.Figures{From: p.from, To: p.to, Since: p.first, File: "/services/" + code + "/disponibilite.csv?" + fieldPeriod + "=" + p.code}
	for _, of := range []string{pages.LastMonth, pages.LastYear} {
		f.Periods = append(f.Periods, pages.PeriodLink{Period: of, Address: address(of) + "#disponibilite", Here: of == p.code})
	}
	for year := now.In(notice.Legal).Year(); year >= p.first.In(notice.Legal).Year(); year-- {
		of := strconv.Itoa(year)
		f.Periods = append(f.Periods, pages.PeriodLink{Period: of, Address: address(of) + "#disponibilite", Here: of == p.code})
	}
	var all []notice.Saying[notice.Availability]
	for _, a := range s.availabilities(code, p) {
		mode := a.Mode
		a.Mode = "" // those of the same figures share a row
		all = append(all, notice.Saying[notice.Availability]{Service: code, Mode: mode, What: a})
	}
	for _, g := range notice.Gather(all, same) {
		f.Modes = append(f.Modes, pages.ModeFigures{Modes: s.modeNames(code, g.Modes), Availability: g.What})
	}
	return f
}

// figuresFile is the same for a spreadsheet: a row a mode, as France's read
// it, with semicolons and decimal commas.
func (s *Site) figuresFile(w http.ResponseWriter, r *http.Request) {
	if !s.ready(r.Context()) {
		s.notReady(w, r)
		return
	}
	code, asked := r.PathValue("code"), r.URL.Query().Get(fieldPeriod)
	p, ok := s.periodOf(asked, s.now())
	if !ok {
		s.lost(w, r)
		return
	}
	var text strings.Builder
	text.WriteString("\ufeff") // without it, spreadsheets do not see that it is UTF-8
	file := csv.NewWriter(&text)
	file.Comma, file.UseCRLF = ';', true
	_ = file.Write(pages.FigureColumns()) // a Builder does not fail
	for _, a := range s.availabilities(code, p) {
		_ = file.Write(pages.FigureRow(code, a))
	}
	file.Flush()
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=disponibilite-%s-%s.csv", code, p.code))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	pages.Fresh(w, r, http.StatusOK, []byte(text.String()))
}
