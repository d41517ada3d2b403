package templates

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// marks are what a clause's words may hold beside text: **bold**,
// __underlined__ and {a fact}.
var marks = regexp.MustCompile(`\*\*|__|\{[a-z_]*\}`)

// write makes runs of a clause's words and sets them in type. A fact takes the
// style of the place where it stands; its own text is never read as marks.
func write(words string, fact func(name string) ([]Run, error), set func([]Run) []Run) ([]Run, error) {
	var runs []Run
	var style Run
	for words != "" {
		at := marks.FindStringIndex(words)
		if at == nil {
			at = []int{len(words), len(words)}
		}
		runs = appendText(runs, style, words[:at[0]])
		switch mark := words[at[0]:at[1]]; {
		case mark == "**":
			style.Bold = !style.Bold
		case mark == "__":
			style.Underline = !style.Underline
		case mark != "":
			value, err := fact(strings.Trim(mark, "{}"))
			if err != nil {
				return nil, err
			}
			runs = appendFact(runs, style, value)
		}
		words = words[at[1]:]
	}
	if style != (Run{}) {
		return nil, &notice.ValueError{What: "a ** or __ is opened and not closed", Remedy: "write it at both ends"}
	}
	return set(runs), nil
}

func appendText(runs []Run, style Run, text string) []Run {
	if text == "" {
		return runs
	}
	style.Text = text
	return append(runs, style)
}

func appendFact(runs []Run, style Run, value []Run) []Run {
	for i, r := range value {
		if i == 0 && len(runs) > 0 && strings.HasSuffix(runs[len(runs)-1].Text, ". ") {
			r.Text = Capitalised(r.Text) // it begins a sentence
		}
		r.Bold, r.Underline = r.Bold || style.Bold, r.Underline || style.Underline
		runs = append(runs, r)
	}
	return runs
}

// sentence sets runs in type, with a capital at their beginning.
func sentence(runs []Run) []Run {
	if len(runs) > 0 && runs[0].Link == "" {
		runs = slices.Clone(runs)
		runs[0].Text = Capitalised(runs[0].Text)
	}
	return typeset(runs)
}

// typeset sets runs in type: French typography over the whole, ordinals
// raised, neighbours of one style joined.
func typeset(runs []Run) []Run {
	var set []Run
	for _, r := range runs {
		if r.Note == 0 {
			r.Text = Typeset(r.Text)
		}
		for _, r := range raised(r) {
			last := len(set) - 1
			if last >= 0 && sameStyle(set[last], r) {
				set[last].Text = Typeset(set[last].Text + r.Text)
				continue
			}
			set = append(set, r)
		}
	}
	return set
}

// plainly sets runs in English type, which has nothing of the French.
func plainly(runs []Run) []Run {
	for i := range runs {
		if i == 0 {
			runs[i].Text = Capitalised(runs[i].Text)
		}
	}
	return runs
}

// joined makes one run of neighbours of one style.
func joined(runs []Run) []Run {
	var fewer []Run
	for _, r := range runs {
		if last := len(fewer) - 1; last >= 0 && sameStyle(fewer[last], r) {
			fewer[last].Text += r.Text
			continue
		}
		fewer = append(fewer, r)
	}
	return fewer
}

func sameStyle(a, b Run) bool {
	a.Text, b.Text = "", ""
	return a == b && a.Note == 0 && !a.Raised
}

// texts are the words by name, as fr/*.txt hold them.
type texts map[string]string

// readTexts reads lines of "name: words"; a line that begins with a space goes
// on with the one before. A name stands once.
func readTexts(into texts, file string) error {
	name := ""
	for i, l := range strings.Split(file, "\n") {
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case strings.HasPrefix(l, " ") && name != "":
			into[name] += " " + strings.TrimSpace(l)
		default:
			var words string
			var ok bool
			name, words, ok = strings.Cut(l, ":")
			if _, twice := into[name]; !ok || twice {
				return fmt.Errorf("line %d: %q is no new name with a colon", i+1, name)
			}
			into[name] = strings.TrimSpace(words)
		}
	}
	return nil
}

// placeholders are the facts that some words name, each once, in order.
func placeholders(words string) []string {
	var names []string
	for _, mark := range marks.FindAllString(words, -1) {
		if mark[0] == '{' {
			names = append(names, strings.Trim(mark, "{}"))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
