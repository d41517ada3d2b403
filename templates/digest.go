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
// notice, an item an event. Items of one notice stand together. Lists of mails
// show the headings behind the subject, which only counts.
func (w Words) Digest(at time.Time, items []DigestItem, t Telling) (Document, error) {
	lang := langOf(t.Lang)
	d := Document{Lang: lang, Authority: []string{phrase(lang, "authority")}, Date: at, Title: phrase(lang, "digest.title")}
	count := "digest.subject"
	if len(items) == 1 {
		count += ".one"
	}
	d.Subject = phrase(lang, count, "{day}", tongueOf(lang).day(at, notice.Legal), "{n}", strconv.Itoa(len(items)))
	d.Headline = d.Subject
	d.Blocks = append(d.Blocks, Block{Kind: Paragraph, Runs: text(phrase(lang, "digest.intro"))})
	var gist []string
	for first := 0; first < len(items); {
		n := 1
		for first+n < len(items) && items[first+n].Event.Notice == items[first].Event.Notice {
			n++
		}
		section, err := w.digestSection(items[first:first+n], t)
		if err != nil {
			return d, err
		}
		d.Blocks, gist = append(d.Blocks, section...), append(gist, Plain(section[0].Runs))
		first += n
	}
	d.Gist = cut(strings.Join(gist, " · "), 180)
	return d, nil
}

// digestSection is what happened to one notice. The last of it is the heading:
// what was announced first may be off by now, or over.
func (w Words) digestSection(items []DigestItem, t Telling) ([]Block, error) {
	lang := langOf(t.Lang)
	list := Block{Kind: List}
	heading := ""
	for _, item := range items {
		doc, err := w.Message(item.State, item.Event, t)
		if err != nil {
			return nil, fmt.Errorf("say %s in a digest: %w", item.Event.ID, err)
		}
		when := Run{Text: phrase(lang, "digest.when", "{at}", momentOf(lang, item.Event.Time)) + " ", Bold: true}
		heading = doc.Mail
		list.Items = append(list.Items, []Run{when, {Text: doc.Mail}})
	}
	link := []Run{{Text: phrase(lang, "digest.link"), Link: items[len(items)-1].Page}}
	return []Block{{Kind: Heading, Runs: text(heading)}, list, {Kind: Paragraph, Runs: link}}, nil
}
