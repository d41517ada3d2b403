package templates

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Words compose what is said of the services and bureaus of a house: in French
// and, in mails to who asks for it, in English above the French. The same facts
// give the same Document.
type Words struct {
	Catalogue notice.Catalogue
	Bureaus   notice.Bureaus
	Own       Own // a deployment's own words, which win
}

//go:embed fr en
var files embed.FS

// edition changes with what this package's code makes of the words.
const edition = "2"

// wording is what fr/ and en/ hold, and its version.
var wording = sync.OnceValues(func() (texts, string) {
	all, sum := texts{}, sha256.New()
	fmt.Fprintln(sum, edition)
	for _, name := range []string{"fr/letter.txt", "fr/messages.txt", "fr/mail.txt", "en/summary.txt", "en/mail.txt"} {
		file, err := files.ReadFile(name)
		if err == nil {
			err = readTexts(all, string(file))
		}
		if err != nil {
			panic(fmt.Sprintf("templates: %s: %v", name, err)) // the files are linked in
		}
		sum.Write(file)
	}
	return all, hex.EncodeToString(sum.Sum(nil))[:16]
})

// Version changes whenever a word may: an approval binds it.
func (w Words) Version() string {
	_, version := wording()
	return strings.TrimSuffix(version+"-"+w.Own.version, "-")
}

// Letter is what a notice's letter says.
func (w Words) Letter(n notice.Notice) (Document, error) {
	c, err := w.composer(n)
	if err != nil {
		return Document{}, err
	}
	d, err := c.frame()
	if err == nil {
		d.Blocks, err = c.body()
	}
	d.Notes = *c.notes
	return d, err
}

// LetterOf is what the letter of an act that says a text says. A text that
// replaces another shows what was said and what is said now, side by side.
func (w Words) LetterOf(act notice.Act) (Document, error) {
	switch act := act.(type) {
	case notice.Published:
		return w.Letter(act.Notice)
	case notice.Corrected:
		return w.replacement(act, act.Notice, act.Previous)
	case notice.Changed:
		return w.replacement(act, act.Notice, act.Previous)
	}
	return Document{}, fmt.Errorf("%s says no text", act.Type())
}

// replacement is the letter of a text that replaces another.
func (w Words) replacement(act notice.Act, n, before notice.Notice) (Document, error) {
	c, err := w.composer(n)
	if err != nil {
		return Document{}, err
	}
	d, err := c.amendedFrame(act, n.Issued.Date)
	if err != nil {
		return d, err
	}
	first := append([]said{{text: "replaces"}}, c.because(reasonOf(act))...)
	if d.Blocks, err = c.paragraphs(first); err != nil {
		return d, err
	}
	changes, err := w.changes(before, n)
	if err != nil {
		return d, err
	}
	if len(changes.Rows) > 0 {
		d.Blocks = append(d.Blocks, changes)
	}
	body, err := c.body()
	d.Blocks, d.Notes = append(d.Blocks, body...), *c.notes
	return d, err
}

// EventLetter is the letter of an event: of its text, or the notice as it then
// stood, below what the event itself has to say.
func (w Words) EventLetter(s notice.State, e notice.Event) (Document, error) {
	c, err := w.composer(s.Notice)
	if err != nil {
		return Document{}, err
	}
	var first []said
	called := false // it does not take place
	switch act := e.Act.(type) {
	case notice.Postponed:
		first, called = c.movedTo("postponed", "postponed.open", act.Windows, act.Reason), len(act.Windows) == 0
		if len(act.Previous) > 0 {
			first = slices.Insert(first, 1, said{text: "postponed.previous", facts: facts{"previous": periods(act.Previous)}})
		}
	case notice.Reinstated:
		first = c.movedTo("reinstated", "reinstated", s.Notice.Windows, act.Reason)
	case notice.Cancelled:
		first, called = append([]said{{text: "cancelled"}}, c.because(act.Reason)...), true
	case notice.Ended:
		return w.endLetter(s, e)
	default:
		return w.LetterOf(e.Act)
	}
	d, err := c.amendedFrame(e.Act, notice.DateOf(e.Time))
	if err != nil {
		return d, err
	}
	first = append(first, said{text: "replaces"})
	if called {
		first = append(first, said{text: "follow"})
	}
	if d.Blocks, err = c.paragraphs(first); err == nil && !called {
		var body []Block
		body, err = c.body()
		d.Blocks = append(d.Blocks, body...)
	}
	d.Notes = *c.notes
	return d, err
}

// endLetter is the letter of an end of alert, for who asks for one: what the
// message says, on paper.
func (w Words) endLetter(s notice.State, e notice.Event) (Document, error) {
	m, err := w.message(s, e)
	if err != nil {
		return Document{}, err
	}
	d, err := m.amendedFrame(e.Act, notice.DateOf(e.Time))
	if err == nil {
		d.Blocks, err = m.paragraphs(append(m.tells(e, Telling{Started: true}), one("follow")...))
	}
	d.Notes = *m.notes
	return d, err
}

// amendedFrame is a letter's frame on a day, with a subject that says what the
// act is.
func (c *composer) amendedFrame(act notice.Act, day notice.Date) (Document, error) {
	d, err := c.frame()
	if err != nil {
		return d, err
	}
	d.Date = day.Start()
	if d.PlaceDate, err = c.with(facts{"issued": text(Date(day))}).words("place_date"); err != nil {
		return d, err
	}
	subject, err := c.with(facts{"act": text(c.texts[string(act.Type())+".title"]), "subject": text(d.Subject)}).words("subject.amended")
	d.Subject = Plain(subject)
	return d, err
}

// movedTo says that an operation takes place at another time, or some time.
func (c *composer) movedTo(to, open string, windows []notice.Window, reason string) []said {
	say := said{text: open}
	if len(windows) > 0 {
		say = said{text: to, facts: facts{"period": periods(windows)}}
	}
	return append([]said{say}, c.because(reason)...)
}

func (c *composer) because(reason string) []said {
	if reason == "" {
		return nil
	}
	return []said{{text: "reason", facts: facts{"reason": text(reason)}}}
}
