package templates

import (
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Bulletin is an event in the parts of which alert messages are made
// (Common Alerting Protocol 1.2, section 3.2.2), as plain text.
type Bulletin struct {
	Event       string // what it is, in a few words: "Interruption"
	Headline    string // what, which services, when
	Description string // what happened and what holds, a line each
	Instruction string // what to do, a line each; "" for nothing
	Bureau      string // who speaks
}

// todo are those of the facts at a glance that tell readers what to do.
var todo = []string{"forbidden", "discouraged", "allowed", "exceptions", "fallback", "instead", "workaround", "return"}

// Bulletin is what an alert message says of an event, with the state of its
// notice at that event.
func (w Words) Bulletin(s notice.State, e notice.Event, lang string) (Bulletin, error) {
	d, err := w.Message(s, e, Telling{Lang: lang})
	if err != nil {
		return Bulletin{}, err
	}
	m, err := w.message(s, e)
	if err != nil {
		return Bulletin{}, err
	}
	t := tongueOf(lang)
	var does []string // names of the facts
	for _, key := range todo {
		does = append(does, m.texts[t.prefix+"fact."+key])
	}
	b := Bulletin{Event: t.words(m.texts, "calendar.head."+string(m.effect), nil), Headline: d.Mail, Bureau: m.bureau.Label}
	said := plainBlocks(d.Blocks)
	var instructions []string
	for _, f := range d.Facts {
		line := factLines([]Fact{f}, t.colon())[0]
		if slices.Contains(does, f.Name) {
			instructions = append(instructions, m.narrowed(e, t, line))
		} else {
			said = append(said, line)
		}
	}
	instructions = append(instructions, m.unchanged(e, t)...)
	b.Description, b.Instruction = strings.Join(said, "\n"), strings.Join(instructions, "\n")
	if d.Banner != "" {
		b.Description = d.Banner + "\n" + b.Description
	}
	return b, nil
}

// narrowed is an instruction with whom it concerns, where an act speaks of some
// of a notice's services and modes: an alert message stands in place of those
// before it, and would else be taken to speak of all.
func (m *message) narrowed(e notice.Event, t tongue, line string) string {
	switch e.Act.(type) {
	case notice.Recovered, notice.FallbackOpened, notice.FallbackClosed:
	default:
		return line
	}
	services, modes := spanNames(m.Catalogue, m.spans)
	if len(services) == 0 {
		return line
	}
	return t.words(m.texts, "say.part", map[string]string{
		"names": t.names(m.Catalogue, services), "modes": t.joined(ModeNames(m.Catalogue, modes)), "value": line})
}

// unchanged says of whom an act does not speak that what was said before holds.
func (m *message) unchanged(e notice.Event, t tongue) []string {
	some := false
	switch act := e.Act.(type) {
	case notice.Recovered:
		return []string{t.words(m.texts, "bulletin.rest", map[string]string{"rest": m.rest(t, e.Time)})}
	case notice.FallbackOpened:
		some = len(act.Services)+len(act.Modes) > 0
	case notice.FallbackClosed:
		some = len(act.Services)+len(act.Modes) > 0
	}
	if !some {
		return nil
	}
	return []string{m.texts[t.prefix+"bulletin.others"]}
}

// plainBlocks are the paragraphs and items of some blocks as plain text, a line
// each; of a table, its rows.
func plainBlocks(blocks []Block) []string {
	var lines []string
	for _, b := range blocks {
		if text := Plain(heard(b.Runs)); text != "" {
			lines = append(lines, text)
		}
		for _, item := range b.Items {
			lines = append(lines, Plain(heard(item)))
		}
		for _, row := range b.Rows {
			var cells []string
			for _, cell := range row {
				cells = append(cells, Plain(heard(cell)))
			}
			lines = append(lines, strings.Join(cells, " | "))
		}
	}
	return lines
}

// heard are runs without the numbers of the notes that they call.
func heard(runs []Run) []Run {
	return slices.DeleteFunc(slices.Clone(runs), func(r Run) bool { return r.Note > 0 })
}

// Freestanding is a Document that may stand beside others on one page: its
// notes keep their numbers and lead nowhere.
func Freestanding(d Document) Document {
	loose := func(blocks []Block) []Block {
		blocks = slices.Clone(blocks)
		for i := range blocks {
			blocks[i].Runs = heard(blocks[i].Runs)
		}
		return blocks
	}
	d.Blocks, d.Text, d.Summary, d.Notes = loose(d.Blocks), loose(d.Text), loose(d.Summary), nil
	return d
}
