package templates

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A DigestItem is one event of a digest.
type DigestItem struct {
	State notice.State // of its notice, with the event as the last one
	Event notice.Event
	Page  string // the notice's public page
}

// Digest is what happened since the day before, in one document: a section a
// notice, an item an event. Items of one notice stand together.
func (w Words) Digest(at time.Time, items []DigestItem, t Telling) (Document, error) {
	lang := langOf(t.Lang)
	words := asking()[lang]
	d := Document{Lang: lang, Authority: []string{words["authority"]}, Date: at, Title: words["digest.title"]}
	say := func(clause string, pairs ...string) string {
		said := strings.NewReplacer(pairs...).Replace(words[clause])
		if lang == "fr" {
			said = Typeset(said)
		}
		return said
	}
	count := "digest.subject"
	if len(items) == 1 {
		count += ".one"
	}
	d.Subject = say(count, "{day}", dayOf(lang, at), "{n}", strconv.Itoa(len(items)))
	d.Headline = d.Subject
	d.Blocks = append(d.Blocks, Block{Kind: Paragraph, Runs: text(say("digest.intro"))})
	for first := 0; first < len(items); {
		n := 1
		for first+n < len(items) && items[first+n].Event.Notice == items[first].Event.Notice {
			n++
		}
		section, err := w.digestSection(items[first:first+n], t, say)
		if err != nil {
			return d, err
		}
		d.Blocks = append(d.Blocks, section...)
		first += n
	}
	return d, nil
}

// digestSection is what happened to one notice: the last of it is the heading.
func (w Words) digestSection(items []DigestItem, t Telling, say func(string, ...string) string) ([]Block, error) {
	list := Block{Kind: List}
	for _, item := range items {
		doc, err := w.Message(item.State, item.Event, t)
		if err != nil {
			return nil, fmt.Errorf("say %s in a digest: %w", item.Event.ID, err)
		}
		when := Run{Text: say("digest.when", "{at}", momentOf(langOf(t.Lang), item.Event.Time)) + " ", Bold: true}
		list.Items = append(list.Items, []Run{when, {Text: doc.Mail}})
	}
	last := items[len(items)-1]
	heading, err := w.Message(last.State, last.State.Events[0], t)
	if err != nil {
		return nil, fmt.Errorf("name notice %s in a digest: %w", last.Event.Notice, err)
	}
	title := heading.Mail
	link := []Run{{Text: say("digest.link"), Link: last.Page}}
	return []Block{{Kind: Heading, Runs: text(title)}, list, {Kind: Paragraph, Runs: link}}, nil
}

// dayOf is a date in words of a language: "mardi 8 août 2023".
func dayOf(lang string, t time.Time) string {
	if lang == "en" {
		return t.In(notice.Legal).Format("Monday 2 January 2006")
	}
	return Day(notice.DateOf(t))
}
