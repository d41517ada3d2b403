package templates

import (
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Push is one event as a screen shows it over everything else: a line of what
// it is, and a few of what it says.
type Push struct {
	Lang  string // of the words
	Title string
	Body  string
}

// bodyLength is how many characters of a Push are worth sending: a screen shows
// fewer.
const bodyLength = 400

// Push is what a notification says of an event.
func (w Words) Push(s notice.State, e notice.Event, t Telling) (Push, error) {
	d, err := w.Message(s, e, t)
	if err != nil {
		return Push{}, err
	}
	p := Push{Lang: d.Lang, Title: d.Subject}
	for _, b := range d.Blocks {
		if text := strings.TrimSpace(Plain(b.Runs)); text != "" {
			p.Body = shortened(text, bodyLength)
			break
		}
	}
	return p, nil
}

// shortened is a text of so many characters at most, that ends with a whole word.
func shortened(text string, most int) string {
	all := []rune(text)
	if len(all) <= most {
		return text
	}
	kept := string(all[:most-1])
	if i := strings.LastIndexAny(kept, "  "); i > 0 {
		kept = kept[:i]
	}
	return strings.TrimRight(kept, " ,;:") + "…"
}
