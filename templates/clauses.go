package templates

import (
	"fmt"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A said is one paragraph to write: the name of its words, and facts of its
// own.
type said struct {
	text  string
	facts facts
	then  []said // goes on in the same paragraph
}

// A clause is a part of a letter that follows from the facts.
type clause struct {
	id string // by which a notice omits, rewords or moves it
	// says gives the paragraphs that the facts ask for; none where they ask
	// for nothing.
	says func(c *composer) []said
}

// clauses are those of a letter, in their order. Free paragraphs go where
// "paragraphs" stands.
var clauses = []clause{
	{"announce", (*composer).announce},
	{"effect", (*composer).effectClause},
	{"exceptions", (*composer).exceptions},
	{"instead", (*composer).instead},
	{"origin", (*composer).originClause},
	{"advice", (*composer).advice},
	{"messages", (*composer).messages},
	{"sent", (*composer).sent},
	{"workaround", (*composer).workaround},
	{"fallback", (*composer).fallback},
	{"reinjection", (*composer).reinjection},
	{"paragraphs", nil},
	{"documents", (*composer).documents},
	{"follow", func(*composer) []said { return []said{{text: "follow"}} }},
	{"trouble", (*composer).trouble},
}

// ClauseIDs are the names by which a notice may speak of its clauses.
func ClauseIDs() []string {
	var ids []string
	for _, cl := range clauses {
		ids = append(ids, cl.id)
	}
	return ids
}

func one(name string) []said { return []said{{text: name}} }

func (c *composer) announce() []said {
	n := c.notice
	cause, window := n.Cause.Text != "", len(n.Windows) > 0
	switch {
	case n.Kind == notice.Degradation && !cause && window:
		return one("announce.degradation.bare")
	case n.Kind == notice.Closure && window:
		return one("announce.closure")
	case !cause || !window:
		return nil
	case n.Retroactive:
		return one("announce.retroactive")
	}
	return one("announce." + string(n.Kind))
}

func (c *composer) effectClause() []said {
	n := c.notice
	open := len(n.Windows) == 0 || n.Windows[len(n.Windows)-1].End.IsZero()
	switch {
	case len(n.Scope) > 1:
		return one("effect.table")
	case len(n.Lines()) == 0 || c.effect == notice.Unaffected || len(n.Windows) == 0:
		return nil
	case n.Retroactive:
		return one("effect.retroactive")
	case n.Kind == notice.Closure:
		return one("effect.closure")
	case n.Kind == notice.Maintenance && open:
		return one("effect.open")
	case n.Kind == notice.Maintenance:
		return one("effect.planned")
	case open:
		return one("effect.now.open")
	}
	return one("effect.now")
}

func (c *composer) originClause() []said {
	if c.notice.Origin == "" {
		return nil
	}
	return one("origin")
}

// advice is what traders are invited to do; what belongs together is said in
// one sentence.
func (c *composer) advice() []said {
	given := c.notice.Advice
	var all []said
	if slices.Contains(given, notice.Anticipate) && slices.Contains(given, notice.Defer) {
		all = one("advice.anticipate.defer")
		given = slices.DeleteFunc(slices.Clone(given), func(a notice.Advice) bool { return a == notice.Anticipate || a == notice.Defer })
	}
	for _, a := range given {
		all = append(all, said{text: "advice." + string(a)})
	}
	return all
}

func (c *composer) messages() []said {
	if len(c.notice.Scope) > 1 || c.notice.Retroactive {
		return nil // the table says so; what is over needs no rule
	}
	var all []said
	for _, name := range []string{"forbidden", "discouraged", "allowed"} {
		if _, ok := c.facts[name]; !ok {
			continue
		}
		words := "messages." + name
		if name == "forbidden" && c.effect == notice.Degraded {
			words += ".degraded"
		}
		all = append(all, said{text: words})
	}
	return all
}

func (c *composer) sent() []said {
	var all []said
	for _, s := range c.notice.Sent {
		kinds := "électroniques"
		if len(s.Kinds) > 0 {
			kinds = "de " + join(MessageKindNames(s.Kinds), " ou de ")
		}
		when := fmt.Sprintf("%s transmis entre le %s et le %s", kinds, Moment(s.From.Time), Moment(s.To.Time))
		if day := notice.DateOf(s.From.Time); day == notice.DateOf(s.To.Time) {
			when = fmt.Sprintf("%s transmis le %s entre %s et %s", kinds, Day(day), Clock(s.From.Time), Clock(s.To.Time))
		}
		all = append(all, said{text: fateWords(s), facts: facts{"sent": text(when)}})
	}
	return all
}

// fateWords is the name of the words for what became of some messages.
func fateWords(s notice.Sent) string {
	name := "sent." + string(s.Fate)
	if s.Resend {
		name += ".resend"
	}
	return name
}

func (c *composer) workaround() []said {
	switch w := c.notice.Workaround; {
	case w == (notice.Workaround{}):
		return nil
	case w.Text == "":
		return one("workaround.code")
	case w.Code != "":
		return one("workaround.both")
	}
	return one("workaround")
}

func (c *composer) exceptions() []said {
	var all []said
	for _, x := range c.notice.Exceptions {
		s := said{text: "exceptions", facts: facts{"exceptions": text(join(MessageKindNames(x.Kinds), " et de ")), "exceptions_end": text(moment(x.Until))}}
		if !x.Until.IsZero() {
			s.text += ".until"
		}
		all = append(all, s)
	}
	return all
}

func (c *composer) instead() []said {
	if len(c.notice.Instead) == 0 {
		return nil
	}
	return one("instead")
}

func (c *composer) documents() []said {
	if len(c.notice.Documents) == 0 {
		return nil
	}
	return one("documents")
}

func (c *composer) fallback() []said {
	lines := c.notice.Lines()
	if len(lines) == 0 || len(c.notice.Scope) > 1 || !lines[0].Fallback.Authorised {
		return nil
	}
	f := lines[0].Fallback
	if c.notice.Retroactive {
		return one("fallback.retroactive")
	}
	words := "fallback"
	if f.Condition != "" {
		words += "." + string(f.Condition)
	}
	all := one(words)
	if f.Service != "" {
		all = append(all, said{text: "fallback.service"})
	}
	if f.Sheet != "" {
		all = append(all, said{text: "fallback.sheet"})
	}
	return all
}

func (c *composer) reinjection() []said {
	r := c.notice.Reinjection
	if r.Of == "" {
		return nil
	}
	all := one("reinjection.immediate")
	if r.Pace == notice.Progressive {
		all = one("reinjection.progressive")
	}
	if r.Slots > 0 {
		words := "reinjection.slots"
		if r.Binding {
			words += ".binding"
		}
		all = append(all, said{text: words})
	}
	return all
}

func (c *composer) trouble() []said {
	switch {
	case c.bureau.Helpdesk == "" || c.notice.Kind == notice.Information:
		return nil
	case c.notice.Kind == notice.Maintenance:
		return one("trouble.maintenance")
	}
	return one("trouble")
}

// body is the letter's blocks: its clauses in their order, as the notice
// rearranges them.
func (c *composer) body() ([]Block, error) {
	order, err := c.order()
	if err != nil {
		return nil, err
	}
	var blocks []Block
	for _, cl := range order {
		more, err := c.clauseBlocks(cl)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, more...)
	}
	if len(blocks) == 0 {
		return nil, &notice.ValueError{What: "the letter says nothing", Remedy: "give a cause and windows, or paragraphs"}
	}
	return blocks, nil
}

// clauseBlocks are the paragraphs of a clause, in the notice's words where it
// has its own.
func (c *composer) clauseBlocks(cl clause) ([]Block, error) {
	own, _ := c.override(cl.id)
	switch {
	case own.Omit != "":
		return nil, nil
	case own.Text != "":
		return c.reworded(cl, own.Text)
	case cl.id == "paragraphs":
		return c.free(), nil
	}
	blocks, err := c.paragraphs(cl.says(c))
	switch {
	case err != nil || len(blocks) == 0:
	case cl.id == "effect" && len(c.notice.Scope) > 1:
		blocks = append(blocks, c.scopeTable())
	case cl.id == "documents":
		blocks = append(blocks, c.documentList())
	}
	return blocks, err
}

// reworded is a clause in a notice's own words. They keep every fact that the
// clause gives: words and facts cannot part.
func (c *composer) reworded(cl clause, words string) ([]Block, error) {
	if cl.says == nil {
		return nil, &notice.ValueError{What: "clause paragraphs is the notice's own text", Remedy: "write it in paragraphs"}
	}
	has := placeholders(words)
	for _, s := range cl.says(c) {
		for _, name := range placeholders(c.texts[s.text]) {
			if !slices.Contains(has, name) && !strings.HasPrefix(name, "outlook") {
				return nil, &notice.ValueError{What: fmt.Sprintf("clause %s says nothing of {%s}", cl.id, name), Remedy: "its own words are: " + c.texts[s.text]}
			}
		}
	}
	runs, err := c.write(cl.id, words)
	return []Block{{Kind: Paragraph, Runs: runs}}, err
}

// order is the clauses in their order. Those that the notice names stand, in
// the places they had, in the order in which it names them.
func (c *composer) order() ([]clause, error) {
	order := slices.Clone(clauses)
	var places []int
	var moved []clause
	for _, own := range c.notice.Clauses {
		i := slices.IndexFunc(clauses, func(cl clause) bool { return cl.id == own.ID })
		if i < 0 {
			return nil, &notice.ValueError{What: fmt.Sprintf("there is no clause %q", own.ID), Remedy: "known: " + strings.Join(ClauseIDs(), ", ")}
		}
		places, moved = append(places, i), append(moved, clauses[i])
	}
	slices.Sort(places)
	for i, place := range places {
		order[place] = moved[i]
	}
	return order, nil
}

func (c *composer) override(id string) (notice.Clause, bool) {
	i := slices.IndexFunc(c.notice.Clauses, func(own notice.Clause) bool { return own.ID == id })
	if i < 0 {
		return notice.Clause{}, false
	}
	return c.notice.Clauses[i], true
}

// has is whether the facts that some words name all say something.
func (c *composer) has(name string) bool {
	for _, fact := range placeholders(c.texts[name]) {
		if fact != "outlook_note" && Plain(c.facts[fact]) == "" {
			return false
		}
	}
	return true
}

// paragraphs writes what is to be said.
func (c *composer) paragraphs(all []said) ([]Block, error) {
	var blocks []Block
	for _, s := range all {
		runs, err := c.paragraph(s)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, Block{Kind: Paragraph, Runs: runs})
	}
	return blocks, nil
}

// paragraph writes one paragraph.
func (c *composer) paragraph(s said) ([]Run, error) {
	runs, err := c.with(s.facts).words(s.text)
	for _, more := range s.then {
		if err != nil {
			return nil, err
		}
		var next []Run
		next, err = c.paragraph(more)
		runs = append(append(runs, Run{Text: " "}), next...)
	}
	return joined(runs), err
}

// documentList are the documents that the notice refers to.
func (c *composer) documentList() Block {
	list := Block{Kind: List}
	for _, d := range c.notice.Documents {
		list.Items = append(list.Items, sentence([]Run{{Text: d.Title, Link: d.URL}}))
	}
	return list
}

// free are the notice's own paragraphs. Lines that begin with a hyphen are the
// items of a list.
func (c *composer) free() []Block {
	var blocks []Block
	for _, p := range c.notice.Paragraphs {
		var said []string
		list := Block{Kind: List}
		for _, line := range strings.Split(p, "\n") {
			if item, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok {
				list.Items = append(list.Items, typeset(text(item)))
			} else if line = strings.TrimSpace(line); line != "" {
				said = append(said, line)
			}
		}
		if len(said) > 0 {
			blocks = append(blocks, Block{Kind: Paragraph, Runs: sentence(text(strings.Join(said, " ")))})
		}
		if len(list.Items) > 0 {
			blocks = append(blocks, list)
		}
	}
	return blocks
}
