package templates

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"sync"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Words compose what is said, in French, of the services and bureaus of a
// house. The same facts give the same Document.
type Words struct {
	Catalogue notice.Catalogue
	Bureaus   notice.Bureaus
}

//go:embed fr en
var files embed.FS

// edition changes with what this package's code makes of the words.
const edition = "1"

// wording is what fr/ and en/ hold, and its version.
var wording = sync.OnceValues(func() (texts, string) {
	all, sum := texts{}, sha256.New()
	fmt.Fprintln(sum, edition)
	for _, name := range []string{"fr/letter.txt", "fr/messages.txt", "en/summary.txt"} {
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
	return version
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

// LetterOf is the letter of an event: the notice's as it then stood, or what
// the event itself has to say.
func (w Words) LetterOf(s notice.State, e notice.Event) (Document, error) {
	c, err := w.composer(s.Notice)
	if err != nil {
		return Document{}, err
	}
	var first []said
	switch act := e.Act.(type) {
	case notice.Postponed:
		first = c.movedTo("postponed", "postponed.open", act.Windows, act.Reason)
	case notice.Reinstated:
		first = c.movedTo("reinstated", "reinstated", s.Notice.Windows, act.Reason)
	case notice.Cancelled:
		first = append([]said{{text: "cancelled"}}, c.because(act.Reason)...)
	default:
		return w.Letter(s.Notice)
	}
	d, err := c.frame()
	if err != nil {
		return d, err
	}
	d.Date = e.Time
	if d.PlaceDate, err = c.with(facts{"issued": text(Date(notice.DateOf(e.Time)))}).words("place_date"); err != nil {
		return d, err
	}
	first = append(first, said{text: "replaces"}, said{text: "follow"})
	d.Blocks, err = c.paragraphs(first)
	d.Notes = *c.notes
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
