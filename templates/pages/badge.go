package pages

import (
	"bytes"
	"fmt"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Badge is a service's state as a small picture for other people's pages.
type Badge struct {
	templates.Formats
	Service string
	Effect  notice.Effect // the worst of its modes
	Modes   []string      // in which it is so; none: in all
	Late    bool          // its planned end has passed
	Open    bool          // the fallback is authorised
	Stale   bool          // nothing is heard of what is published
}

// Said is the state in words: "interrompu (EDI), fin prévue dépassée".
func (b Badge) Said() string {
	text := b.Formats.Effect(b.Effect)
	if len(b.Modes) > 0 {
		text += " (" + b.Joined(b.Modes) + ")"
	}
	if b.Late {
		text += ", " + b.Formats.Late
	}
	if b.Stale {
		text += ", " + b.Formats.Stale
	}
	return text
}

// Title is the whole badge in a phrase, for who does not see it.
func (b Badge) Title() string {
	text := b.Service + b.Colon() + b.Said()
	if b.Open {
		text += ", " + b.Formats.Fallback
	}
	return text
}

// Measures of a badge, in its own units.
const (
	badgeHeight = 24
	badgeFont   = 12
	badgeGap    = 8
	signRoom    = 20 // for the sign and the gap behind it
)

// A drawnBadge is a badge with where everything goes.
type drawnBadge struct {
	Badge
	Height, Font                      int
	LabelX, LabelWidth                int // of the service's name
	StateX, StateWidth                int // of the state's words
	Split, Width                      int // where the second field begins, and the end of it
	SignX                             int
	Colour                            string
	LabelText, StateText, Description string
}

// SVG draws a badge. Each text is given as much room as it takes, and told how
// long it is: whatever the reader's typeface, it stays in its field.
func (b Badge) SVG() ([]byte, error) {
	d := drawnBadge{Badge: b, Height: badgeHeight, Font: badgeFont, LabelText: plain(b.Service), StateText: plain(b.Said()), LabelX: badgeGap}
	d.LabelWidth, d.StateWidth = textWidth(d.LabelText), textWidth(d.StateText)
	d.Split = d.LabelX + d.LabelWidth + badgeGap
	d.SignX = d.Split + badgeGap
	d.StateX = d.SignX + signRoom
	d.Width = d.StateX + d.StateWidth + badgeGap
	d.Colour = map[string]string{"success": "#0b5d2e", "warning": "#8a3b00", "error": "#a1080d"}[level(b.Effect)]
	var svg bytes.Buffer
	if err := layout().ExecuteTemplate(&svg, "badge", d); err != nil {
		return nil, fmt.Errorf("draw the badge of %s: %w", b.Service, err)
	}
	return svg.Bytes(), nil
}

// plain is a text with plain spaces, which all typefaces have.
func plain(text string) string { return templates.Searchable(text) }

// textWidth is about as wide as a text is in a common sans serif.
func textWidth(text string) int {
	thousandths := 0
	for _, r := range norm.NFD.String(text) {
		thousandths += runeWidth(r)
	}
	return (thousandths*badgeFont + 999) / 1000
}

// runeWidth is about that of a character in Helvetica, in thousandths of the
// type size; a mark above a letter has none.
func runeWidth(r rune) int {
	switch {
	case r >= 0x300 && r < 0x370:
		return 0
	case r == 'i' || r == 'l' || r == 'j' || r == ' ' || r == ',' || r == '.' || r == '\'' || r == '’' || r == ':' || r == 'I':
		return 280
	case r == 'f' || r == 't' || r == 'r' || r == '(' || r == ')' || r == '-':
		return 330
	case r == 'm' || r == 'M' || r == 'W' || r == 'w' || r == '+':
		return 830
	case r >= 'A' && r <= 'Z':
		return 720
	case r >= utf8.RuneSelf:
		return 800
	}
	return 556
}

// A Frame is a service's state as a small page within another.
type Frame struct {
	templates.Formats
	Service string
	Page    string // the whole story
	At      time.Time
	Clock   string // what a shifted clock shows; "" for the real one
	Stale   string // that nothing is heard of what is published; "" where it is
	Style   string // the style sheet's version
	Rows    []FrameRow
}

// A FrameRow is what holds of a service in the modes that share it.
type FrameRow struct {
	Modes    []string
	Effect   notice.Effect
	Late     bool
	Since    time.Time
	Until    time.Time
	Fallback bool
}

// Heading is what the frame is called: "Delta G – état des services en ligne".
func (f Frame) Heading() string { return f.Service + " – " + f.State }

// Seen says when all this is so.
func (f Frame) Seen() string { return f.StateAt(f.At) }

// Times say since when a row is so, and until when as planned.
func (f Frame) Times(r FrameRow) string {
	if r.Effect == notice.Unaffected || r.Since.IsZero() {
		return ""
	}
	if r.Effect == notice.Closed {
		return f.Since(r.Since)
	}
	return f.Lasting(r.Since, r.Until)
}

// FramePolicy is what a browser may do with a Frame: show it, in whosever page.
const FramePolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"

// Render composes a frame.
func (f Frame) Render() ([]byte, error) {
	f.Style = cut(assets["cadre.css"].tag)
	var page bytes.Buffer
	if err := layout().ExecuteTemplate(&page, "cadre", f); err != nil {
		return nil, fmt.Errorf("compose the frame of %s: %w", f.Service, err)
	}
	return page.Bytes(), nil
}

// cut is an entity tag without its quotation marks.
func cut(tag string) string { return tag[1 : len(tag)-1] }
