package templates

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Foot is what stands below every mail.
type Foot struct {
	Leave       string // the reader's own link to leave
	Preferences string // the reader's own link to what it asked for; "" for none
	Page        string // the notice's public page
	Letter      string // the letter's file; "" where the event has none
	Outlook     string // the state of every service; "" for none
}

// A Mail is what a mail says, to all who asked for it in the same way.
type Mail struct {
	Lang     string // BCP 47: its Content-Language
	Subject  string // with plain spaces, by which people search and sort their mail
	Text     string
	HTML     string
	Calendar []byte // iCalendar, method PUBLISH; nil where there is none
}

// Mail is the mail of an event, with the state of its notice at that event. It
// differs between readers by their Telling's canonical form and by the foot
// alone.
func (w Words) Mail(s notice.State, e notice.Event, t Telling, f Foot) (Mail, error) {
	d, err := w.Message(s, e, t)
	if err != nil {
		return Mail{}, err
	}
	m := Mail{Lang: d.Lang, Subject: searchable.Replace(d.Mail), Text: MailText(d, f)}
	if m.HTML, err = MailHTML(d, f); err != nil {
		return Mail{}, err
	}
	m.Calendar, err = w.Calendar(s, e, t, f.Page)
	return m, err
}

// searchable takes no-break spaces out of what people search for as they type
// it.
var searchable = strings.NewReplacer(nbsp, " ", nnbsp, " ")

// Searchable is a text with plain spaces, by which people and programs search.
func Searchable(text string) string { return searchable.Replace(text) }

// A link is one of those at a mail's foot.
type link struct{ Words, URL string }

// links are those of the foot that are there, in the words of a language.
func (f Foot) links(t tongue) []link {
	all, _ := wording()
	var links []link
	for _, l := range []struct{ name, url string }{
		{"letter", f.Letter}, {"page", f.Page}, {"outlook", f.Outlook}, {"preferences", f.Preferences}, {"leave", f.Leave},
	} {
		if l.url != "" {
			links = append(links, link{all[t.prefix+"mail."+l.name], l.url})
		}
	}
	return links
}

// heading is a heading of the mail's own, in the language of a Document.
func heading(d Document, name string) string {
	all, _ := wording()
	return all[tongueOf(d.Lang).prefix+"mail."+name]
}

// over is what a mail says above its headline: what the message is, unless the
// headline begins with it.
func over(d Document) string {
	if strings.HasPrefix(headline(d), d.Title) {
		return ""
	}
	return d.Title
}

// headline is the one of a Document that was not made for a mail too.
func headline(d Document) string {
	if d.Headline == "" {
		return d.Title
	}
	return d.Headline
}

//go:embed mail.html
var mailPage string

var mailTemplate = template.Must(template.New("mail").Parse(mailPage))

// MailHTML is a Document as the HTML part of a mail: everything in place, no
// image, nothing loaded. It fits the narrowest telephone, and follows the
// reader's choice of light or dark.
func MailHTML(d Document, f Foot) (string, error) {
	part := func(blocks []Block) template.HTML {
		w := mailWriter{}
		for _, b := range blocks {
			w.block(b)
		}
		return template.HTML(w.String())
	}
	var contact []template.HTML
	for _, line := range d.Contact {
		contact = append(contact, mailRuns(line))
	}
	var notes []template.HTML
	for _, n := range d.Notes {
		notes = append(notes, mailRuns(n.Runs))
	}
	authority := "" // as the mail
	if d.Lang != "fr" && strings.Join(d.Authority, "") != phrase(d.Lang, "authority") {
		authority = "fr" // a bureau's letterhead
	}
	facts := mailWriter{}
	facts.facts(d)
	var out bytes.Buffer
	err := mailTemplate.Execute(&out, struct {
		Document
		AuthorityLang                    string
		Over, Head, TextHead             string
		First, Facts, Body, Own, English template.HTML
		Contact, Notes                   []template.HTML
		Links                            []link
	}{d, authority, over(d), headline(d), heading(d, "text"), part(d.Lead), template.HTML(facts.String()), part(d.Blocks), part(d.Text), part(d.Summary), contact, notes, f.links(tongueOf(d.Lang))})
	return strings.ReplaceAll(out.String(), "\n\n", "\n"), err
}
