// Package templates holds every word and layout a reader sees.
//
// It turns a notice or one of its events into a Document. The PDF letter, the
// two parts of a mail, the public pages and the letter preview are renderings
// of that same Document, so they cannot disagree. Wording is text under fr/ and
// en/; typography (spaces, dates, ordinals, enumerations) is code, in one place.
package templates

import (
	"strings"
	"time"
)

// A Document is what is said to a reader, once, before anyone decides how it
// is drawn. All text is NFC and already carries its typography: no-break
// spaces, typographic apostrophes, dates in words. A renderer adds nothing and
// changes nothing.
type Document struct {
	Lang      string    // BCP 47: "fr" or "en"
	Banner    string    // said on every page and first in every mail: "EXERCICE"; "" for none
	Authority []string  // letterhead, a line each: the direction that speaks
	Date      time.Time // when it is issued: the metadata's date, never drawn
	PlaceDate []Run     // "Montreuil, le 1er août 2023"
	Title     string    // "Note aux opérateurs"
	Subject   string    // without "Objet :"
	Blocks    []Block   // the body, in order
	Signature Signature // none for a message
	Sender    [][]Run   // the address block, a line each
	Contact   [][]Run   // who to ask, a line each: "Affaire suivie par : …", "Courriel : …", "Réf. : …"
	Running   string    // head of every page but the first: "Note aux opérateurs – réf. 20000171"
	Notes     []Note    // Run.Note counts from 1 in this list
	Summary   []Block   // in another language, for information, below everything

	// What follows is a message's alone: a letter is none the longer for it.

	Mail     string  `json:",omitzero"` // the subject of a mail about it: what, which services, when
	Headline string  `json:",omitzero"` // what it is, in a few words: "Interruption en cours"
	Gist     string  `json:",omitzero"` // what lists of mails show behind the subject
	Lead     []Block `json:",omitzero"` // what to do, before the facts; for staff alone
	Facts    []Fact  `json:",omitzero"` // at a glance, before all else
	Text     []Block `json:",omitzero"` // the text itself, below Blocks; always in French
}

// A Fact is one row of the facts at a glance: what it is, and what holds, in
// one line or in several.
type Fact struct {
	Name  string
	Lines [][]Run
}

// A BlockKind says how a block is laid out.
type BlockKind string

// The kinds of block.
const (
	Paragraph BlockKind = "paragraph" // Runs
	Heading   BlockKind = "heading"   // Runs, one level below the title
	List      BlockKind = "list"      // Items
	Table     BlockKind = "table"     // Head and Rows
	Callout   BlockKind = "callout"   // Runs, set apart: what changed, what to do now
)

// A Block is one paragraph, heading, list or table.
type Block struct {
	Kind    BlockKind
	Lang    string // BCP 47, where it is not the Document's
	Runs    []Run
	Items   [][]Run     // List: one item each
	Caption string      // Table: what it shows
	Head    []string    // Table: column headings
	Rows    [][]([]Run) // Table: rows of cells
}

// A Run is a stretch of text in one style.
type Run struct {
	Text      string
	Bold      bool
	Italic    bool
	Underline bool
	Struck    bool   // what no longer holds
	Raised    bool   // the "er" of "1er"
	Link      string // where it leads: https: or mailto:; "" for none
	Note      int    // the number of the footnote this run calls; Text is then that number
}

// A Note is a footnote.
type Note struct {
	Runs []Run
}

// A Signature closes a letter.
type Signature struct {
	Role string // "Le chef de bureau,"
	Name string // "Michel BARON"
}

// Plain is the text of runs, as one hears it.
func Plain(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(r.Text)
	}
	return b.String()
}
