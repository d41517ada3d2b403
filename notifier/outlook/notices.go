package outlook

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
	"douane.gouv.fr/crieur/templates/pages/kept"
)

// perPage is how many notices a list shows at once.
const perPage = 50

// newest are all notices, newest first.
func (s *Site) newest() []notice.State {
	states := s.Record.States()
	slices.SortStableFunc(states, func(a, b notice.State) int { return b.Published.Compare(a.Published) })
	return states
}

// sheet is the page of a list that was asked for, its number, and of how many;
// false where there is no such page.
func sheet(states []notice.State, r *http.Request) (shown []notice.State, page, count int, ok bool) {
	page, count, ok = sheetOf(len(states), r.URL.Query().Get("page"))
	if !ok {
		return nil, 0, 0, false
	}
	from := (page - 1) * perPage
	return states[from:min(from+perPage, len(states))], page, count, true
}

// sheetOf is the number of the page that was asked for, of a list so long, and
// of how many; false where there is no such page.
func sheetOf(length int, asked string) (page, count int, ok bool) {
	page, count = 1, max(1, (length+perPage-1)/perPage)
	if asked != "" {
		n, err := strconv.Atoi(asked)
		if err != nil || n < 1 || n > count {
			return 0, 0, false
		}
		page = n
	}
	return page, count, true
}

// lastPublic is the last of a notice's events that is not for the bureau alone.
func lastPublic(st notice.State) notice.Event {
	for _, e := range slices.Backward(st.Events) {
		if rule, _ := notice.RuleOf(e.Act.Type()); !rule.Private() {
			return e
		}
	}
	return notice.Event{}
}

// brief is a notice in brief, at an instant, without its lines.
func (s *Site) brief(st notice.State, at time.Time) pages.Notice {
	last := lastPublic(st)
	return pages.Notice{
		ID: st.ID, Title: s.title(st), Reference: st.Notice.Reference, Kind: st.Notice.Kind, Phase: st.Phase(at),
		Exercise: st.Notice.Exercise, Test: !st.Notice.Production(), Published: st.Published,
		Overdue: slices.ContainsFunc(st.Spans, func(span notice.Span) bool { return span.Overdue(at) }),
		Last:    last.Act.Type(), Updated: last.Time,
	}
}

// title is what a notice is about, as its letter says; it is composed once for
// each text. A page does not fail for want of words.
func (s *Site) title(st notice.State) string {
	key := titled{st.ID, st.Version}
	if title, ok := s.titles.Load(key); ok {
		return title.(string)
	}
	title := "Note aux opérateurs"
	subject, err := s.Words.Subject(st.Notice)
	if err != nil {
		s.Log.Error("cannot say what a notice is about", "notice", st.ID, "err", err)
	} else {
		title = strings.TrimSuffix(subject, ".")
	}
	s.titles.Store(key, title)
	return title
}

// titled names one text of a notice.
type titled struct {
	id      string
	version int
}

// story is the page of one notice.
func (s *Site) story(r *http.Request) answer {
	st, ok := s.Record.State(r.PathValue("id"))
	if !ok {
		return s.notFound()
	}
	now := s.now()
	v := pages.Story{Notice: s.brief(st, now), Events: s.events(st), Zone: zoneOf(r.URL.Query()), Others: s.named(st), OutageID: s.quoted(st), Dated: templates.Dated(st)}
	s.prove(r.Context(), st.ID, v.Events)
	present := s.present()
	for _, code := range concerned(st) {
		if _, ok := s.Catalogue.Services[code]; ok {
			v.Services = append(v.Services, s.related(present, code))
		}
	}
	v.Lines = s.lines(st.Spans, now, func(notice.Span) bool { return true })
	p := pages.Page{Name: "notice", Title: v.Title, Data: s.linked(st), Live: &pages.Live{Stage: st.Stage(), Notice: st.ID}}
	v.Text, p.Banner = s.text(st)
	p.Body = v
	return s.page(p)
}

// text is the notice's text as its last letter has it, and what is said before
// all else: what a later act changed stands in the chain of events.
func (s *Site) text(st notice.State) (pages.Text, string) {
	as, last := notice.State{}, notice.State{}
	for _, e := range st.Events {
		as = as.With(e)
		if lettered(e) {
			last = as
		}
	}
	doc, err := s.Words.EventLetter(last, last.Events[len(last.Events)-1])
	if err != nil {
		s.Log.Error("cannot say a notice", "notice", st.ID, "err", err)
		return pages.Text{}, ""
	}
	return pages.Text{
		PlaceDate: templates.Plain(doc.PlaceDate), Blocks: templates.HTML(doc, 3),
		Role: doc.Signature.Role, Name: doc.Signature.Name,
	}, doc.Banner
}

// events are what befell a notice, newest first, each in the words in which it
// was told.
func (s *Site) events(st notice.State) []pages.Event {
	var told []pages.Event
	as := notice.State{}
	for _, e := range st.Events {
		before := as
		as = as.With(e)
		if rule, _ := notice.RuleOf(e.Act.Type()); rule.Private() {
			continue // for the bureau alone
		}
		event := pages.Event{ID: e.ID, Act: e.Act.Type(), Time: e.Time, Version: e.Version, OnDemand: s.ends(e)}
		doc, err := s.Words.Message(as, e, templates.Telling{})
		if err != nil {
			s.Log.Error("cannot say an event", "notice", st.ID, "event", e.ID, "err", err)
		} else {
			if e.Number < lastPublic(st).Number {
				doc.Summary = nil // once, with the newest
			}
			event.Changes, doc = s.changes(before, as, e, doc)
			event.Words = templates.HTML(inChain(doc, lettered(e)), 4)
		}
		if lettered(e) || s.ends(e) {
			event.Letter = fmt.Sprintf("/notices/%s/%d.pdf", e.Notice, e.Version)
		}
		told = append(told, event)
	}
	slices.Reverse(told)
	return told
}

// inChain is a message as the chain of events shows it. An announcement ends
// with the facts at a glance, since the page and the letter have the text that
// follows; notes would be there twice. An act of an alert says it all in words.
func inChain(doc templates.Document, announced bool) templates.Document {
	if !announced {
		doc.Facts = nil
	}
	blocks := slices.Clone(doc.Blocks)
	for i := range blocks {
		blocks[i].Runs = slices.DeleteFunc(slices.Clone(blocks[i].Runs), func(r templates.Run) bool { return r.Note > 0 })
	}
	doc.Blocks, doc.Text, doc.Notes = blocks, nil, nil
	return doc
}

// ends is whether an event is an end of alert, of which a letter is made when
// it is asked for.
func (s *Site) ends(e notice.Event) bool {
	return s.EndLetter != nil && e.Act.Type() == notice.TypeEnded
}

// lettered is whether an event has a letter.
func lettered(e notice.Event) bool {
	rule, _ := notice.RuleOf(e.Act.Type())
	return rule.Letter
}

// letter is a stored letter, or that of an end, shown in the browser.
func (s *Site) letter(w http.ResponseWriter, r *http.Request) {
	if !s.ready(r.Context()) {
		s.notReady(w, r)
		return
	}
	st, ok := s.Record.State(r.PathValue("id"))
	number, isPDF := strings.CutSuffix(r.PathValue("file"), ".pdf")
	version, err := strconv.Atoi(number)
	i := slices.IndexFunc(st.Events, func(e notice.Event) bool { return e.Version == version && (lettered(e) || s.ends(e)) })
	if !ok || !isPDF || err != nil || number != strconv.Itoa(version) || i < 0 {
		s.lost(w, r)
		return
	}
	var pdf []byte
	if e := st.Events[i]; s.ends(e) {
		pdf, err = s.EndLetter(r.Context(), notice.Fold(st.Events[:i+1]), e)
	} else {
		pdf, err = s.stored(r.Context(), st.ID, version)
	}
	switch {
	case errors.Is(err, stream.ErrNotFound):
		w.Header().Set("Retry-After", "2") // seconds
		s.house().Write(w, r, pages.Page{Name: "not-yet", Status: http.StatusServiceUnavailable, Title: "Lettre en préparation"})
		return
	case err != nil:
		s.Log.Error("cannot get a letter", "notice", st.ID, "err", err)
		s.house().Write(w, r, pages.Page{Name: "trouble", Status: http.StatusServiceUnavailable, Title: "Un instant"})
		return
	}
	sendLetter(w, r, fmt.Sprintf("note-%s-v%d.pdf", nameOf(st), version), pdf)
}

// sendLetter shows a letter, whole or the range that was asked for.
func sendLetter(w http.ResponseWriter, r *http.Request, name string, pdf []byte) {
	head := w.Header()
	head.Set("Content-Type", "application/pdf")
	head.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": name}))
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", kept.Freshness)
	head.Set("ETag", pages.Tag(pdf))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(pdf))
}

// nameOf is how files of a notice are called: by its reference, or its id.
func nameOf(st notice.State) string {
	if ref := st.Notice.Reference; ref != "" {
		return strings.ReplaceAll(ref, "/", "-")
	}
	return st.ID
}
