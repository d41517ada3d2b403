package office

import (
	"cmp"
	"strings"
	"sync"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A shelf keeps what has been made out of each notice's text, until there is
// something new on one of its records: reading and composing ten thousand
// texts for every page would take seconds.
type shelf struct {
	mu    sync.Mutex
	cards map[string]card // by notice; guarded by mu
}

// A card is what lists, search and calendar need of a notice.
type card struct {
	entries, events int // how far the records had come

	notice    notice.Notice // the text in hand where there is one, else as published
	draft     bool          // it is a text in hand
	spans     []notice.Span // of the text in hand
	reference string
	title     string    // "" until somebody asks
	passages  []passage // nil until somebody asks
}

// card is the one of a notice, made anew where there is news.
func (s *shelf) card(o *Office, x publisher.Dossier) card {
	s.mu.Lock()
	c, ok := s.cards[x.ID]
	s.mu.Unlock()
	if ok && c.entries == len(x.Entries) && c.events == x.State.Number {
		return c
	}
	c = o.cardOf(x)
	s.put(x.ID, c)
	return c
}

func (s *shelf) put(id string, c card) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cards == nil {
		s.cards = map[string]card{}
	}
	s.cards[id] = c
}

// title is what a notice is called, composed when it is first shown.
func (s *shelf) title(o *Office, x publisher.Dossier) string {
	c := s.card(o, x)
	if c.title == "" {
		c.title = o.composedTitle(c.notice)
		s.put(x.ID, c)
	}
	return c.title
}

// texts are the passages by which a notice is found.
func (s *shelf) texts(o *Office, x publisher.Dossier) []passage {
	c := s.card(o, x)
	if c.passages == nil {
		c.passages = o.passagesOf(x, c)
		s.put(x.ID, c)
	}
	return c.passages
}

// inWork is whether a notice has a text that is not on the public record.
func inWork(x publisher.Dossier) bool {
	switch x.Status {
	case publisher.StatusPublished, publisher.StatusWithdrawn, publisher.StatusNew:
		return false
	}
	return true
}

func (o *Office) cardOf(x publisher.Dossier) card {
	c := card{entries: len(x.Entries), events: x.State.Number, notice: x.State.Notice, draft: inWork(x)}
	if c.draft || x.State.Number == 0 {
		// What is wrong with it is the dossier's to say. Publisher.CheckDraft would
		// hold each text against every notice: minutes, for ten thousand.
		c.notice, _ = schemas.Check([]byte(x.Text), o.Publisher.Catalogue, o.Publisher.Bureaus)
	}
	if c.draft {
		c.spans = notice.Fold([]notice.Event{{Act: notice.Published{Notice: c.notice, Scope: o.Publisher.Catalogue.Resolve(c.notice)}}}).Spans
		if len(c.spans) == 0 { // it is not said yet of what
			for _, w := range c.notice.Occurrences() {
				c.spans = append(c.spans, notice.Span{Kind: c.notice.Kind, Effect: c.notice.Effect, Start: w.Start, PlannedEnd: w.End})
			}
		}
	}
	c.reference = cmp.Or(x.Numbers.Reference, x.State.Notice.Reference, c.notice.Reference)
	return c
}

// composedTitle is the subject of a notice's letter, or what it speaks of where it
// cannot be composed yet.
func (o *Office) composedTitle(n notice.Notice) string {
	if n.Kind != "" && n.Issuer != "" {
		if d, err := o.wording().Letter(n); err == nil && d.Subject != "" {
			return strings.TrimSuffix(d.Subject, ".")
		}
	}
	names := templates.Names(o.Publisher.Catalogue, n.Named())
	switch {
	case len(names) > 0:
		return templates.Capitalised(templates.Enumerate(names))
	case n.Kind != "":
		return templates.Capitalised(templates.KindName(n.Kind))
	}
	return untitled
}

// untitled is what a notice is called of which nothing is known yet.
const untitled = "Note sans titre"
