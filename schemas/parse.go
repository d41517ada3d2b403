package schemas

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"douane.gouv.fr/crieur/schemas/notice"
)

// parse reads the text into nodes, or says why it cannot.
func (d *Document) parse(text []byte) *notice.Problem {
	if len(text) > MaxDocument {
		return fault(0, fmt.Sprintf("the document has %d bytes", len(text)), fmt.Sprintf("%d are the most", MaxDocument))
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	if problem := legible(text); problem != nil {
		return problem
	}
	if t := bytes.TrimLeft(text, " \t\r\n"); len(t) > 0 && t[0] == '{' {
		text = yamlOfJSON(text)
	}
	var node yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	err := dec.Decode(&node)
	if err == nil {
		d.root = node.Content[0]
	}
	if errors.Is(err, io.EOF) || err == nil && d.root.Tag == "!!null" {
		return fault(0, "the document is empty", "write one field a line")
	}
	if err != nil {
		line, what := yamlError(err, lineOf(bytes.TrimRight(text, "\n")))
		return fault(line, what, "check the indentation, colons and quotes there")
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return fault(0, "there are several documents in the file", "keep one")
	}
	return nil
}

// fault is a problem of the text as a whole, or of a line of it.
func fault(line int, what, remedy string) *notice.Problem {
	return &notice.Problem{Severity: notice.SeverityError, Line: line, What: what, Remedy: remedy}
}

// lineOf is the line that comes after a text.
func lineOf(before []byte) int { return 1 + bytes.Count(before, []byte("\n")) }

// legible refuses what is no text.
func legible(text []byte) *notice.Problem {
	if i := invalidAt(text); i < len(text) {
		return fault(lineOf(text[:i]), "the text is not UTF-8", "save the file as UTF-8")
	}
	if i := bytes.IndexFunc(text, unprintable); i >= 0 {
		r, _ := utf8.DecodeRune(text[i:])
		return fault(lineOf(text[:i]), fmt.Sprintf("the text has the character %U", r), "take it out")
	}
	return nil
}

// unprintable is whether a character may not stand in any text file. YAML would
// take some of them for the end of a line.
func unprintable(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) && r != '\n' && r != '\t'
}

// jsonEscapes are those that YAML does not know: a character beyond the first
// 65536 in two halves, and a slash; and the backslash, behind which a u is a
// letter.
var jsonEscapes = regexp.MustCompile(`\\[\\/]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)

// yamlOfJSON is a JSON text without what YAML does not take: tabs between
// values, and some escapes.
func yamlOfJSON(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("\t"), []byte(" "))
	return jsonEscapes.ReplaceAllFunc(text, func(found []byte) []byte {
		switch string(found) {
		case `\\`:
			return found
		case `\/`:
			return found[1:]
		}
		var half [2]rune
		for i := range half {
			n, _ := strconv.ParseUint(string(found[6*i+2:6*i+6]), 16, 16) // as the expression says
			half[i] = rune(n)
		}
		return fmt.Appendf(nil, `\U%08x`, utf16.DecodeRune(half[0], half[1]))
	})
}

func invalidAt(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(text)
}

// yamlError takes the line out of the parser's "yaml: line 3: …". What its
// grammar finds, unlike what its scanner does, it counts from 0, and it says
// nothing of the first line.
func yamlError(err error, lines int) (line int, what string) {
	what = strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(what, "line "); ok {
		number, text, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			line, what = n, text
		}
	}
	if line == 0 || grammar.MatchString(what) {
		line++
	}
	return min(line, lines), what
}

var grammar = regexp.MustCompile(`^did not find expected ([',<]|key|node)`)
