package outlook

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// An archive is all notices in the form in which they are searched. An entry is
// made once for each event of a notice, not for each question.
type archive struct {
	mu          sync.Mutex
	seq         uint64            // of the last event that is in it; guarded by mu
	entries     []*entry          // newest first; replaced, never changed; guarded by mu
	byReference map[string]string // ids; replaced, never changed; guarded by mu
}

// An entry is one notice in the archive. It never changes.
type entry struct {
	state    notice.State
	words    string          // all that is searched, folded
	year     int             // of its publication, in legal time
	services []string        // that it has ever concerned, by their codes
	settled  pages.Situation // where it stands for good, unless something befalls it; "" where time may tell
}

// The fields of the archive's form.
const (
	fieldWords     = "q"
	fieldService   = "service"
	fieldKind      = "nature"
	fieldYear      = "annee"
	fieldSituation = "situation"
)

// all are the archive's entries and the notices by their references, up to
// date with the record.
func (s *Site) all() ([]*entry, map[string]string) {
	a := &s.archive
	a.mu.Lock()
	defer a.mu.Unlock()
	if seq, _ := s.Record.Changed(); seq != a.seq {
		changed := map[string]bool{}
		for _, p := range s.Record.After(a.seq) {
			changed[p.Notice] = true
		}
		var states []notice.State
		for id := range changed {
			if st, ok := s.Record.State(id); ok {
				states = append(states, st)
			}
		}
		a.take(seq, states, s.entry)
	}
	return a.entries, a.byReference
}

// take brings some notices up to date; mu is held.
func (a *archive) take(seq uint64, states []notice.State, make func(notice.State) *entry) {
	again := map[string]bool{}
	for _, st := range states {
		again[st.ID] = true
	}
	entries := slices.DeleteFunc(slices.Clone(a.entries), func(e *entry) bool { return again[e.state.ID] })
	references := maps.Clone(a.byReference)
	if references == nil {
		references = map[string]string{}
	}
	for _, st := range states {
		entries = append(entries, make(st))
		if st.Notice.Reference != "" {
			references[st.Notice.Reference] = st.ID
		}
	}
	slices.SortFunc(entries, func(a, b *entry) int {
		return cmp.Or(b.state.Published.Compare(a.state.Published), cmp.Compare(a.state.ID, b.state.ID))
	})
	a.seq, a.entries, a.byReference = seq, entries, references
}

// entry is a notice as the archive keeps it: found by its title, its numbers,
// its cause, and every name of the services it concerns.
func (s *Site) entry(st notice.State) *entry {
	e := &entry{state: st, year: st.Published.In(notice.Legal).Year(), services: concerned(st)}
	words := []string{s.title(st), st.Notice.Reference, st.Notice.OutageID, st.Notice.Cause.Text, templates.KindName(st.Notice.Kind)}
	for _, code := range e.services {
		service := s.Catalogue.Services[code]
		group := s.Catalogue.Groups[service.Group]
		words = append(append(words, code, service.Label, group.Label), append(service.Aliases, group.Aliases...)...)
	}
	e.words = folded(strings.Join(words, "\n"))
	switch now := situationOf(st, s.now()); now {
	case pages.SituationOver, pages.SituationCalledOff, pages.SituationAdjourned, pages.SituationTold:
		e.settled = now
	}
	return e
}

// concerned are the services that a notice speaks of or has spoken of.
func concerned(st notice.State) []string {
	seen := map[string]bool{}
	for _, line := range st.Scope {
		for _, code := range line.Services {
			seen[code] = true
		}
	}
	for _, span := range st.Spans {
		seen[span.Service] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// folded is a text without accents, capitals and signs: as it is searched.
func folded(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'œ' || r == 'Œ':
			b.WriteString("oe")
		case r == '@': // Delt@
			b.WriteByte('a')
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '+':
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// A search is what is looked for; zero values look for everything.
type search struct {
	words     []string // folded; each must be found
	services  []string // any of them
	kind      notice.Kind
	year      int
	situation pages.Situation
}

// searchOf reads a search from an address, and what is wrong with it.
func (s *Site) searchOf(values url.Values) (q search, wrong []pages.WrongChoice) {
	refuse := func(field string) {
		wrong = append(wrong, pages.WrongChoice{Field: field, Text: values.Get(field)})
	}
	q.words = strings.Fields(folded(values.Get(fieldWords)))
	if name := values.Get(fieldService); name != "" {
		_, services, err := s.Catalogue.Choose(name)
		if err != nil {
			refuse(fieldService)
		}
		q.services = services
	}
	if text := values.Get(fieldKind); text != "" && q.kind.UnmarshalText([]byte(text)) != nil {
		q.kind = ""
		refuse(fieldKind)
	}
	if text := values.Get(fieldYear); text != "" {
		year, err := strconv.Atoi(text)
		if err != nil || len(text) != len("2023") {
			refuse(fieldYear)
		} else {
			q.year = year
		}
	}
	if text := pages.Situation(values.Get(fieldSituation)); text != "" {
		if !slices.Contains(pages.Situations, text) {
			refuse(fieldSituation)
		} else {
			q.situation = text
		}
	}
	return q, wrong
}

// find are the entries that are looked for, newest first, and how many there
// would be of each year.
func (q search) find(entries []*entry, at time.Time) (found []*entry, years map[int]int) {
	years = map[int]int{}
	for _, e := range entries {
		if !q.fits(e, at) {
			continue
		}
		years[e.year]++
		if q.year == 0 || q.year == e.year {
			found = append(found, e)
		}
	}
	return found, years
}

// fits is whether an entry is looked for, whatever its year.
func (q search) fits(e *entry, at time.Time) bool {
	if q.kind != "" && e.state.Notice.Kind != q.kind || len(q.services) > 0 && !e.about(q.services) {
		return false
	}
	for _, word := range q.words {
		if !strings.Contains(e.words, word) {
			return false
		}
	}
	if q.situation == "" || e.settled != "" {
		return q.situation == "" || q.situation == e.settled
	}
	now := situationOf(e.state, at)
	return q.situation == now || q.situation == pages.SituationRunning && now == pages.SituationOverdue
}

// about is whether an entry concerns any of some services.
func (e *entry) about(services []string) bool {
	return slices.ContainsFunc(services, func(code string) bool { return slices.Contains(e.services, code) })
}

// situationOf is where a notice stands.
func situationOf(st notice.State, at time.Time) pages.Situation {
	phase := st.Phase(at)
	late := phase == notice.Running && slices.ContainsFunc(st.Spans, func(span notice.Span) bool { return span.Overdue(at) })
	return pages.SituationOf(phase, late, len(st.Spans) > 0)
}

// list is the archive: all notices or those looked for, newest first.
func (s *Site) list(r *http.Request) answer {
	values := r.URL.Query()
	q, wrong := s.searchOf(values)
	entries, _ := s.all()
	found, years := q.find(entries, s.now())
	page, count, ok := sheetOf(len(found), values.Get("page"))
	if !ok {
		return s.notFound()
	}
	v := pages.List{Total: len(found), All: len(entries), Page: page, Pages: count, Wrong: wrong, Zone: zoneOf(values)}
	for _, e := range found[(page-1)*perPage : min(page*perPage, len(found))] {
		b := s.brief(e.state, s.now())
		b.Lines = s.lines(e.state.Spans, s.now(), func(notice.Span) bool { return true })
		v.Notices = append(v.Notices, b)
	}
	v.Search = s.searchForm(values, q, years)
	v.Newer, v.Older = archiveAddress(values, "page", strconv.Itoa(page-1)), archiveAddress(values, "page", strconv.Itoa(page+1))
	status := http.StatusOK
	if len(wrong) > 0 {
		status = http.StatusBadRequest
	}
	return s.page(pages.Page{Name: "notices", Status: status, Title: "Notes aux opérateurs", Here: "/notices", Body: v})
}

// searchForm is the archive's form as it was filled in.
func (s *Site) searchForm(values url.Values, q search, years map[int]int) pages.Search {
	f := pages.Search{Words: values.Get(fieldWords), Kind: q.kind, Situation: q.situation, Year: q.year}
	chosen, _, _ := s.Catalogue.Choose(values.Get(fieldService)) // an unknown one is none
	for code, g := range s.Catalogue.Groups {
		f.Services = append(f.Services, pages.Option{Field: fieldService, Value: code, Label: g.Label, On: code == chosen})
	}
	for code, service := range s.Catalogue.Services {
		f.Services = append(f.Services, pages.Option{Field: fieldService, Value: code, Label: service.Label, On: code == chosen})
	}
	slices.SortFunc(f.Services, func(a, b pages.Option) int {
		return cmp.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label))
	})
	for _, year := range slices.Backward(slices.Sorted(maps.Keys(years))) {
		f.Years = append(f.Years, pages.Year{Year: year, Count: years[year], Here: year == q.year, Address: archiveAddress(values, fieldYear, strconv.Itoa(year))})
	}
	if q.year != 0 {
		f.EveryYear = archiveAddress(values, fieldYear, "")
	}
	return f
}

// archiveAddress is the same search with one field changed, from its first page.
func archiveAddress(values url.Values, field, value string) string {
	kept := url.Values{}
	for _, f := range []string{fieldWords, fieldService, fieldKind, fieldYear, fieldSituation} {
		if values.Get(f) != "" {
			kept.Set(f, values.Get(f))
		}
	}
	kept.Set(field, value)
	if value == "" {
		kept.Del(field)
	}
	if len(kept) == 0 {
		return "/notices"
	}
	return "/notices?" + kept.Encode()
}
