package templates

import (
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Clause is one of a letter's, as who writes the notice sees it.
type Clause struct {
	ID    string
	Words string // its own words with {facts}; "" where it has none to reword
	Says  string // what it says of this notice, in the notice's words if it has its own; "" for nothing
	Omit  string // why the notice leaves it out
	Text  string // the notice's own words
}

// Clauses are those of a notice's letter in their order: all that the facts
// ask for, and those that the notice leaves out or rewords. A clause whose
// words cannot be composed says why (notice.ValueError's text) where the
// others say what they say.
func (w Words) Clauses(n notice.Notice) ([]Clause, error) {
	c, err := w.composer(n)
	if err != nil {
		return nil, err
	}
	order, err := c.order()
	if err != nil {
		return nil, err
	}
	var all []Clause
	for _, cl := range order {
		own, named := c.override(cl.id)
		one := Clause{ID: cl.id, Omit: own.Omit, Text: own.Text, Words: c.wordsOf(cl)}
		bare := *c
		bare.notice.Clauses = nil
		if own.Omit == "" {
			bare.notice.Clauses = n.Clauses
		}
		blocks, err := bare.clauseBlocks(cl)
		one.Says = sayings(blocks)
		if err != nil {
			one.Says = err.Error()
		}
		if one.Says != "" || named {
			all = append(all, one)
		}
	}
	return all, nil
}

// wordsOf are the words of a clause with its facts in braces.
func (c *composer) wordsOf(cl clause) string {
	if cl.says == nil {
		return ""
	}
	var words []string
	for _, s := range cl.says(c) {
		words = append(words, c.texts[s.text])
	}
	return strings.Join(words, " ")
}

// sayings are the texts of some blocks in one line.
func sayings(blocks []Block) string {
	var all []string
	for _, b := range blocks {
		switch b.Kind {
		case List:
			for _, item := range b.Items {
				all = append(all, Plain(item))
			}
		case Table:
			all = append(all, b.Caption)
		default:
			all = append(all, Plain(b.Runs))
		}
	}
	return strings.Join(all, " ")
}

// Agreement is the gender and number of a cause, as given or as its article
// shows them.
func Agreement(cause notice.Cause) (notice.Gender, notice.Number) {
	article, rest, _ := strings.Cut(strings.ToLower(cause.Text), " ")
	gender, number := cause.Gender, cause.Number
	noun, _, _ := strings.Cut(rest, " ")
	if gender == "" {
		gender = "masculine"
		if article == "une" || article == "la" || strings.HasSuffix(noun, "ions") {
			gender = "feminine"
		}
	}
	if number == "" {
		number = "singular"
		if article == "des" || article == "les" || article == "plusieurs" || article == "de" {
			number = "plural"
		}
	}
	return gender, number
}
