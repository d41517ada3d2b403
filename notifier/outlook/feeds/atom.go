package feeds

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// perFeed is how many entries a feed document has at most, and how many an
// archive has (RFC 5005, section 4): the record never changes, so that each
// block of so many events is an archive for ever.
const perFeed = 50

// authority begins every tag (RFC 4151) of ours: who gives the names, and since
// when.
const authority = "tag:crieur.douane.gouv.fr,2026:"

// An atomFeed is a feed document (RFC 4287, section 4.1.1).
type atomFeed struct {
	XMLName  xml.Name     `xml:"http://www.w3.org/2005/Atom feed"`
	Lang     string       `xml:"xml:lang,attr"`
	ID       string       `xml:"id"`
	Title    string       `xml:"title"`
	Subtitle string       `xml:"subtitle,omitempty"`
	Updated  string       `xml:"updated"`
	Author   *atomPerson  `xml:"author"`
	Icon     string       `xml:"icon,omitempty"`
	Rights   string       `xml:"rights,omitempty"`
	Archive  *archiveMark `xml:",omitempty"`
	Links    []atomLink   `xml:"link"`
	Entries  []atomEntry  `xml:"entry"`
}

// An archiveMark says that a document is an archive, which never changes.
type archiveMark struct {
	XMLName xml.Name `xml:"http://purl.org/syndication/history/1.0 archive"`
}

type atomPerson struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type atomLink struct {
	Rel   string `xml:"rel,attr"`
	Type  string `xml:"type,attr,omitempty"`
	Lang  string `xml:"hreflang,attr,omitempty"`
	Title string `xml:"title,attr,omitempty"`
	Href  string `xml:"href,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomCategory struct {
	Scheme string `xml:"scheme,attr"`
	Term   string `xml:"term,attr"`
	Label  string `xml:"label,attr,omitempty"`
}

type atomEntry struct {
	ID         string         `xml:"id"`
	Title      atomText       `xml:"title"`
	Published  string         `xml:"published"`
	Updated    string         `xml:"updated"`
	Author     *atomPerson    `xml:"author"`
	Links      []atomLink     `xml:"link"`
	Categories []atomCategory `xml:"category"`
	Summary    *atomText      `xml:"summary"`
	Content    *atomText      `xml:"content"`
}

// A story is an event on the record with what its notice then was about.
type story struct {
	notice.Event
	kind     notice.Kind
	stage    string
	services []string
}

// stories are all events that the public may know and that a choice wants, in
// the order of the record.
func (f *Feeds) stories(c choice) []story {
	var all []story
	about := map[string]story{} // the last word on each notice
	for _, p := range f.Record.After(0) {
		a := about[p.Notice]
		if text, ok := notice.TextOf(p.Act); ok {
			a = story{kind: text.Notice.Kind, stage: notice.State{Notice: text.Notice}.Stage(), services: servicesOf(text.Scope)}
		}
		about[p.Notice] = a
		if a.Event = p.Event; !private(p.Event) && c.wants(a.kind, a.stage, a.services) {
			all = append(all, a)
		}
	}
	return all
}

// atom is a feed of what is published, newest first: the last events, or an
// archive of them.
func (f *Feeds) atom(r *http.Request) answer {
	c, refusal := f.choose(r)
	if refusal != nil {
		return *refusal
	}
	all := f.stories(c)
	shown, archive, err := block(all, r.URL.Query().Get(paramArchive))
	if err != nil {
		return refuse(http.StatusNotFound, "archive", err)
	}
	feed := f.feed(c, len(all), archive)
	for _, s := range slices.Backward(shown) {
		entry, err := f.entry(s, c.lang)
		if err != nil {
			return f.failed("an entry of the feed", err)
		}
		feed.Entries = append(feed.Entries, entry)
	}
	if len(shown) > 0 {
		feed.Updated = stamp(shown[len(shown)-1].Time)
	}
	return document("application/atom+xml; charset=utf-8", feed)
}

// block is the part of all stories that a document has: an archive's, counted
// from 1, or the last ones.
func block(all []story, asked string) (shown []story, archive int, err error) {
	if asked == "" {
		return all[max(0, len(all)-perFeed):], 0, nil
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < 1 || n > len(all)/perFeed || asked != strconv.Itoa(n) {
		return nil, 0, &notice.ValueError{What: fmt.Sprintf("there is no archive %q", asked), Remedy: "follow the links of the feed (prev-archive)"}
	}
	return all[(n-1)*perFeed : n*perFeed], n, nil
}

// feed is a document without entries.
func (f *Feeds) feed(c choice, total, archive int) atomFeed {
	words := templates.FormatsIn(c.lang)
	query := c.query()
	self := f.url("/feed.atom", query)
	feed := atomFeed{
		Lang: words.Lang, ID: authority + "feed", Title: words.Feed, Subtitle: words.FeedAbout, Updated: stamp(time.Unix(0, 0)),
		Author: f.publisher(words), Icon: f.Public + "/icon.svg",
		Links: []atomLink{{Rel: "alternate", Type: "text/html", Lang: "fr", Href: f.Public + "/notices"}},
	}
	if len(query) > 0 {
		feed.ID += "?" + query.Encode()
		feed.Title += f.chosen(c, words)
	}
	link := func(rel string, n int) {
		q := c.query()
		q.Set(paramArchive, strconv.Itoa(n))
		feed.Links = append(feed.Links, atomLink{Rel: rel, Type: "application/atom+xml", Href: f.url("/feed.atom", q)})
	}
	before := archive - 1
	if archive == 0 {
		before = (total - 1) / perFeed
		feed.Links = append(feed.Links, atomLink{Rel: "self", Type: "application/atom+xml", Href: self})
	} else {
		link("self", archive)
		feed.Links = append(feed.Links, atomLink{Rel: "current", Type: "application/atom+xml", Href: self})
		feed.ID += "#archive-" + strconv.Itoa(archive)
		feed.Archive = &archiveMark{}
	}
	if before > 0 {
		link("prev-archive", before)
	}
	return feed
}

// publisher is who speaks where no bureau does.
func (f *Feeds) publisher(w templates.Formats) *atomPerson {
	return &atomPerson{Name: w.Sender, URI: f.Public + "/"}
}

// chosen says what was chosen: " – Delta T, maintenance".
func (f *Feeds) chosen(c choice, w templates.Formats) string {
	var all []string
	if len(c.services) > 0 {
		all = append(all, w.Joined(templates.Names(f.Words.Catalogue, c.services)))
	}
	for _, k := range c.kinds {
		all = append(all, w.Kind(k))
	}
	for _, s := range c.stages {
		all = append(all, w.Stage(s))
	}
	text := ""
	for _, a := range all {
		text += " – " + a
	}
	return text
}

// said is an event in the words of one language.
type said struct {
	title, summary, content, bureau string
}

// say is an event in words; the record does not change, nor do they.
func (f *Feeds) say(e notice.Event, lang string) (said, error) {
	return f.said.get(lang+"/"+e.ID, func() (said, error) {
		st, _ := f.Record.State(e.Notice)
		as := asOf(st, e.ID)
		d, err := f.Words.Message(as, e, templates.Telling{Lang: lang})
		if err != nil {
			return said{}, err
		}
		d = templates.Freestanding(d)
		return said{d.Mail, d.Gist, banner(d) + string(templates.HTML(d, 2)), f.Words.Bureaus[as.Notice.Issuer].Label}, nil
	})
}

// banner is what is said before all else of what is not the real thing.
func banner(d templates.Document) string {
	if d.Banner == "" {
		return ""
	}
	return string(templates.HTML(templates.Document{Blocks: []templates.Block{{Runs: []templates.Run{{Text: d.Banner, Bold: true}}}}}, 2))
}

// entry is an event as an entry of a feed.
func (f *Feeds) entry(s story, lang string) (atomEntry, error) {
	t, err := f.say(s.Event, lang)
	if err != nil {
		return atomEntry{}, fmt.Errorf("%s of notice %s: %w", s.Act.Type(), s.Notice, err)
	}
	w := templates.FormatsIn(lang)
	page := f.Public + "/notices/" + s.Notice
	e := atomEntry{
		ID: authority + "events/" + s.ID, Title: atomText{"text", t.title}, Published: stamp(s.Time), Updated: stamp(s.Time),
		Author:     &atomPerson{Name: cmp.Or(t.bureau, w.Sender)},
		Links:      []atomLink{{Rel: "alternate", Type: "text/html", Lang: "fr", Href: page + "#" + s.ID}},
		Categories: f.categories(s, w),
		Content:    &atomText{"html", t.content},
	}
	if t.summary != "" {
		e.Summary = &atomText{"text", t.summary}
	}
	if lettered(s.Event) {
		e.Links = append(e.Links, atomLink{Rel: "enclosure", Type: "application/pdf", Lang: "fr", Title: w.Letter, Href: fmt.Sprintf("%s/%d.pdf", page, s.Version)})
	}
	e.Links = append(e.Links, atomLink{Rel: "related", Type: capType, Title: "CAP 1.2", Href: f.capURL(s.Event)})
	return e, nil
}

// categories are by what programs sort entries: the act, the nature, the
// services, and whether it is the real thing.
func (f *Feeds) categories(s story, w templates.Formats) []atomCategory {
	all := []atomCategory{
		{authority + "acte", string(s.Act.Type()), w.Act(s.Act.Type())},
		{authority + "nature", string(s.kind), w.Kind(s.kind)},
		{authority + "environnement", s.stage, w.Stage(s.stage)},
	}
	for _, code := range s.services {
		all = append(all, atomCategory{authority + "service", code, f.Words.Catalogue.Services[code].Label})
	}
	return all
}

// stamp is an instant as Atom wants it (RFC 3339).
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// document is a value as an XML document.
func document(mediaType string, v any) answer {
	body, err := xml.MarshalIndent(v, "", " ")
	if err != nil {
		panic(err) // our own types
	}
	return answer{mediaType: mediaType, body: append([]byte(xml.Header), append(body, '\n')...)}
}

// Atom is the feed of everything, as a file.
func (f *Feeds) Atom() ([]byte, error) { return f.file("/feed.atom", f.atom) }

// file is what answers at an address, as a file.
func (f *Feeds) file(path string, make func(*http.Request) answer) ([]byte, error) {
	a := make(&http.Request{URL: &url.URL{Path: path}})
	if a.status >= http.StatusBadRequest {
		return nil, fmt.Errorf("make %s: %s", path, a.body)
	}
	return a.body, nil
}
