package templates

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Slip is a word to the bureau's own staff: what waits for them, or what does
// not go out.
type Slip struct {
	Kind string // of staff.txt: "submitted", "returned", ..., "dead", "flowing"
	At   time.Time
	By   string // who did it, as pages call them; "" for nobody

	// State is that of the notice with Event as its last one: as it would be
	// told to readers. Event has no act where there is no notice, or none that
	// can be told.
	State notice.State
	Event notice.Event

	Reason   string      // in the words of whoever did it
	Remarks  []string    // what is to be changed
	Act      notice.Type // missed: the act
	Awaited  string      // withdrawn: its status before, "submitted" or "approved"
	From     time.Time   // flowing: since when nothing went
	Until    time.Time   // and until when
	OfLetter bool        // dead: the letter was given up
	Link     string      // the page of the desk; "" where that is not known
}

// about is the message of a slip's notice to readers; false where there is none.
func (w Words) about(s Slip) (Document, bool) {
	if s.Event.Act == nil {
		return Document{}, false
	}
	d, err := w.Message(s.State, s.Event, Telling{})
	return d, err == nil
}

// Slip is a slip as a mail says it: what to do about which notice, who did it
// and why, then the facts of the notice at a glance.
func (w Words) Slip(s Slip) (Document, error) {
	head := staffPhrase(s.clause("head"))
	if head == "" {
		return Document{}, fmt.Errorf("there are no words for staff about %q", s.Kind)
	}
	about, told := w.about(s)
	d := Document{Lang: "fr", Banner: about.Banner, Authority: []string{phrase("fr", "authority")}, Date: s.At,
		Title: staffPhrase("staff.title"), Headline: head, Contact: [][]Run{text(staffPhrase("staff.foot"))}}
	name := ""
	switch {
	case told:
		name = about.Mail
	case s.Event.Notice != "":
		name = staffPhrase("staff.untitled")
	}
	if name != "" {
		head += " – " + name
	}
	d.Subject, d.Mail = head, cut(head, subjectMost)
	what := staffPhrase(s.clause("what"), "{by}", s.who(), "{act}", ActName(s.Act), "{from}", Moment(s.From), "{until}", Moment(s.Until),
		"{awaited}", staffPhrase("withdrawn.awaited."+s.Awaited))
	d.Gist = what
	d.Facts = append(s.facts(), about.Facts...)
	d.Lead = []Block{{Kind: Callout, Runs: text(what)}}
	if s.Link != "" {
		d.Lead = append(d.Lead, Block{Kind: Paragraph, Runs: []Run{{Text: staffPhrase(s.Kind + ".link"), Bold: true, Link: s.Link}}})
	}
	if len(s.Remarks) > 0 {
		d.Blocks = []Block{{Kind: Heading, Runs: text(staffPhrase("staff.remarks"))}, remarkList(s.Remarks)}
	}
	return d, nil
}

func remarkList(remarks []string) Block {
	list := Block{Kind: List}
	for _, r := range remarks {
		list.Items = append(list.Items, text(Typeset(r)))
	}
	return list
}

// who is who did it; where nobody is known, nobody in particular.
func (s Slip) who() string { return cmp.Or(s.By, "quelqu’un") }

// clause is the name of one of a slip's own words.
func (s Slip) clause(name string) string {
	if s.OfLetter {
		return s.Kind + ".letter." + name
	}
	return s.Kind + "." + name
}

// facts are what is known of the deed, before the facts of the notice.
func (s Slip) facts() []Fact {
	var all []Fact
	add := func(name, what string) {
		if what != "" {
			all = append(all, Fact{Name: staffPhrase(name), Lines: [][]Run{text(what)}})
		}
	}
	add("staff.act", Capitalised(ActName(s.Act)))
	add("staff.by", s.By)
	add("staff.at", Moment(s.At))
	add("staff.reason."+s.Kind, Typeset(strings.Join(strings.Fields(s.Reason), " ")))
	switch act := s.Event.Act.(type) {
	case notice.Corrected:
		add("staff.why", Typeset(act.Reason))
	case notice.Changed:
		add("staff.why", Typeset(act.Reason))
	}
	if s.Event.Act != nil && s.Kind == "submitted" {
		add("staff.dated", dated(s.State.Notice.Issued.Date))
	}
	return all
}

func dated(d notice.Date) string {
	if d == (notice.Date{}) {
		return ""
	}
	return Date(d)
}

// staffPhrase is one of the words for staff, with what stands for its facts.
func staffPhrase(clause string, facts ...string) string {
	return Typeset(strings.NewReplacer(facts...).Replace(asking()["fr"][clause]))
}

// A Trouble is something that keeps readers from being told.
type Trouble struct {
	Kind    string    // "stalled", "dead", "alarm"
	Letters bool      // it is about letters, not mails
	Since   time.Time // stalled
	Count   int       // dead: how many
}

// TroubleLine says a trouble on the desk's pages, at an instant.
func TroubleLine(t Trouble, now time.Time) string {
	clause := "trouble." + t.Kind
	if t.Letters {
		clause += ".letters"
	}
	if t.Count > 1 {
		clause += ".many"
	}
	at := Clock(t.Since)
	if notice.DateOf(t.Since) != notice.DateOf(now) {
		at = "le " + Moment(t.Since)
	}
	return staffPhrase(clause, "{at}", at, "{n}", strconv.Itoa(t.Count)) + " " + staffPhrase("trouble.act")
}
