package proof

import (
	"fmt"
	"strings"
)

// Text reads the words of a letter of ours as its structure tells them: a line
// a paragraph, in reading order. A table's row is a line, a tab between its
// cells. What is furniture of the page (page numbers, running heads) is not
// read.
func Text(file []byte) (string, error) {
	r, err := open(file)
	if err != nil {
		return "", fmt.Errorf("read letter: %w", err)
	}
	var b strings.Builder
	for _, e := range r.elements {
		if lineKinds[e.kind] {
			e.sayLine(&b)
		}
	}
	return b.String(), nil
}

// lineKinds are the elements that make a line of text each.
var lineKinds = map[string]bool{"P": true, "H1": true, "H2": true, "LI": true, "Note": true, "TR": true}

// sayLine is an element as one line. The blank that ends it, if any, led to a
// line that is not there.
func (e *readElement) sayLine(b *strings.Builder) {
	var line strings.Builder
	for i, k := range e.kids {
		if e.kind == "TR" && i > 0 {
			line.WriteByte('\t')
		}
		one := readElement{kids: []readKid{k}}
		one.say(&line)
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}
