package feeds

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

const (
	capType = "application/cap+xml"
	// capSender names us in every alert message, as a domain does: its
	// identifiers are unique within it.
	capSender = "crieur.douane.gouv.fr"
)

// A capAlert is an alert message (OASIS Common Alerting Protocol 1.2,
// section 3.2.1); the order of its elements is the standard's.
type capAlert struct {
	XMLName    xml.Name  `xml:"urn:oasis:names:tc:emergency:cap:1.2 alert"`
	Identifier string    `xml:"identifier"`
	Sender     string    `xml:"sender"`
	Sent       string    `xml:"sent"`
	Status     string    `xml:"status"`
	MsgType    string    `xml:"msgType"`
	Source     string    `xml:"source,omitempty"`
	Scope      string    `xml:"scope"`
	Note       string    `xml:"note,omitempty"`
	References string    `xml:"references,omitempty"`
	Incidents  string    `xml:"incidents,omitempty"`
	Info       []capInfo `xml:"info"`
}

type capInfo struct {
	Language     string         `xml:"language"`
	Category     []string       `xml:"category"`
	Event        string         `xml:"event"`
	ResponseType []string       `xml:"responseType"`
	Urgency      string         `xml:"urgency"`
	Severity     string         `xml:"severity"`
	Certainty    string         `xml:"certainty"`
	Audience     string         `xml:"audience,omitempty"`
	EventCode    []capValue     `xml:"eventCode"`
	Effective    string         `xml:"effective,omitempty"`
	Onset        string         `xml:"onset,omitempty"`
	Expires      string         `xml:"expires,omitempty"`
	SenderName   string         `xml:"senderName,omitempty"`
	Headline     string         `xml:"headline,omitempty"`
	Description  string         `xml:"description,omitempty"`
	Instruction  string         `xml:"instruction,omitempty"`
	Web          string         `xml:"web,omitempty"`
	Parameter    []capValue     `xml:"parameter"`
	Resource     []capResource  `xml:"resource"`
	Area         capAreaElement `xml:"area"`
}

type capValue struct {
	Name  string `xml:"valueName"`
	Value string `xml:"value"`
}

type capResource struct {
	Description string `xml:"resourceDesc"`
	MimeType    string `xml:"mimeType"`
	Size        int    `xml:"size,omitempty"`
	URI         string `xml:"uri"`
	Digest      string `xml:"digest,omitempty"` // SHA-1, which the standard wants
}

type capAreaElement struct {
	Description string   `xml:"areaDesc"`
	Geocode     capValue `xml:"geocode"`
}

// capURL is where the alert message of an event lies.
func (f *Feeds) capURL(e notice.Event) string { return f.Public + "/cap/" + e.ID + ".xml" }

// capEvent is the alert message of one event.
func (f *Feeds) capEvent(r *http.Request) answer {
	id, isXML := strings.CutSuffix(r.PathValue("file"), ".xml")
	all := f.Record.After(0)
	for i := len(all) - 1; isXML && i >= 0; i-- {
		if e := all[i].Event; e.ID == id && !private(e) {
			return f.cap(r.Context(), e)
		}
	}
	return problem(http.StatusNotFound, "no event of this id has been published", "GET /cap.atom lists the last ones")
}

// capNotice is the alert message of a notice's last event.
func (f *Feeds) capNotice(r *http.Request) answer {
	st, ok := f.Record.State(r.PathValue("id"))
	events := publicly(st.Events)
	if !ok || len(events) == 0 {
		return unknownNotice()
	}
	return f.cap(r.Context(), events[len(events)-1])
}

// cap is an event as an alert message.
func (f *Feeds) cap(ctx context.Context, e notice.Event) answer {
	st, _ := f.Record.State(e.Notice)
	alert, err := f.alert(ctx, asOf(st, e.ID))
	if err != nil {
		return f.failed("the alert message", fmt.Errorf("%s of notice %s: %w", e.Act.Type(), e.Notice, err))
	}
	a := document(capType, alert)
	if lettered(e) && f.letterOf(ctx, e.Notice, e.Version) == nil { // no event tells that it is stored
		a.each = time.Second
	}
	return a
}

// alert is the alert message of the last event of a state.
func (f *Feeds) alert(ctx context.Context, st notice.State) (capAlert, error) {
	e := st.Events[len(st.Events)-1]
	a := capAlert{
		Identifier: e.ID, Sender: capSender, Sent: capTime(e.Time), Status: capStatus(st), MsgType: msgType(e),
		Source: f.Words.Bureaus[st.Notice.Issuer].Label, Scope: "Public", Incidents: st.ID,
	}
	if st.Notice.OutageID != "" {
		a.Incidents += " " + st.Notice.OutageID
	}
	if a.MsgType != "Alert" {
		a.References = references(st.Events)
	}
	j, letters := judge(st, e), f.resources(ctx, e)
	for _, lang := range []string{"", "en"} {
		b, err := f.Words.Bulletin(st, e, lang)
		if err != nil {
			return a, err
		}
		if a.Status != "Actual" && a.Note == "" {
			a.Note, _, _ = strings.Cut(b.Description, "\n")
		}
		i := f.info(st, j, b, lang)
		for _, letter := range letters {
			letter.Description = templates.FormatsIn(lang).CAPLetter
			i.Resource = append(i.Resource, letter)
		}
		a.Info = append(a.Info, i)
	}
	return a, nil
}

// capTime is an instant as the standard wants it (section 3.3.2): never with a
// Z for its zone. Legal time is never UTC.
func capTime(t time.Time) string { return notice.At(t).String() }

// capStatus is whether it is the real thing.
func capStatus(st notice.State) string {
	switch st.Stage() {
	case "exercise":
		return "Exercise"
	case string(notice.EnvProduction):
		return "Actual"
	}
	return "Test"
}

// msgType is what a message does to those before it. A cancellation takes them
// back, so that what follows one is an alert anew. An end updates: what it
// refers to was right in its time.
func msgType(e notice.Event) string {
	switch e.Act.Type() {
	case notice.TypePublished, notice.TypeReinstated:
		return "Alert"
	case notice.TypeCancelled:
		return "Cancel"
	}
	return "Update"
}

// references are the messages that the last of some events updates or cancels:
// all since the last alert.
func references(events []notice.Event) string {
	var all []string
	for _, e := range slices.Backward(publicly(events[:len(events)-1])) {
		all = append(all, strings.Join([]string{capSender, e.ID, capTime(e.Time)}, ","))
		if msgType(e) == "Alert" {
			break
		}
	}
	slices.Reverse(all)
	return strings.Join(all, " ")
}

// info is what a message says in one language.
func (f *Feeds) info(st notice.State, j judgement, b templates.Bulletin, lang string) capInfo {
	e := st.Events[len(st.Events)-1]
	language, w := "fr-FR", templates.FormatsIn(lang)
	if lang == "en" {
		language = "en-GB"
	}
	i := capInfo{
		Language: language, Category: []string{"Infra", "Transport"}, Event: b.Event, ResponseType: j.response,
		Urgency: j.urgency, Severity: j.severity, Certainty: j.certainty,
		EventCode:  []capValue{{"urn:fr:gouv:douane:crieur:act", string(e.Act.Type())}, {"urn:fr:gouv:douane:crieur:kind", string(st.Notice.Kind)}},
		Effective:  capTime(e.Time),
		SenderName: w.Sender + ", " + b.Bureau, Headline: b.Headline, Description: b.Description, Instruction: b.Instruction,
		Web: f.Public + "/notices/" + st.ID, Parameter: f.parameters(st, j),
		Area: capAreaElement{"France", capValue{"ISO 3166-1", "FR"}},
	}
	if !j.onset.IsZero() {
		i.Onset = capTime(j.onset)
	}
	if !j.expires.IsZero() {
		i.Expires = capTime(j.expires)
	}
	return i
}

// resources are the letter of an event, if it has one: its size and hash are
// told where the store answers at once.
func (f *Feeds) resources(ctx context.Context, e notice.Event) []capResource {
	if !lettered(e) {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	r := capResource{MimeType: "application/pdf", URI: fmt.Sprintf("%s/notices/%s/%d.pdf", f.Public, e.Notice, e.Version)}
	if l := f.letterOf(ctx, e.Notice, e.Version); l != nil {
		r.Size, r.Digest = l.size, l.sha1
	}
	return []capResource{r}
}

// capIndex is a feed of alert messages, newest first.
func (f *Feeds) capIndex(r *http.Request) answer {
	c, refusal := f.choose(r)
	if refusal != nil {
		return *refusal
	}
	all := f.stories(c)
	shown := all[max(0, len(all)-perFeed):]
	w := templates.FormatsIn(c.lang)
	feed := atomFeed{
		Lang: w.Lang, ID: authority + "cap", Title: w.Alerts + f.chosen(c, w), Updated: stamp(time.Unix(0, 0)), Author: f.publisher(w),
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: f.url("/cap.atom", c.query())}, {Rel: "alternate", Type: "text/html", Lang: "fr", Href: f.Public + "/notices"}},
	}
	if q := c.query(); len(q) > 0 {
		feed.ID += "?" + q.Encode()
	}
	for _, s := range slices.Backward(shown) {
		entry, err := f.entry(s, c.lang)
		if err != nil {
			return f.failed("an entry of the feed", err)
		}
		entry.ID, entry.Content = authority+"cap/"+s.ID, nil
		entry.Links = []atomLink{{Rel: "alternate", Type: capType, Href: f.capURL(s.Event)}, {Rel: "related", Type: "text/html", Lang: "fr", Href: f.Public + "/notices/" + s.Notice}}
		if entry.Summary == nil {
			entry.Summary = &atomText{"text", entry.Title.Text}
		}
		feed.Entries = append(feed.Entries, entry)
	}
	if len(shown) > 0 {
		feed.Updated = stamp(shown[len(shown)-1].Time)
	}
	return document("application/atom+xml; charset=utf-8", feed)
}
