package reading

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// table reads what a table says by service and mode: what is left of the
// paragraph that announces it, and those that follow until a sentence is known.
// Cells may stand in any order, as pages give them. It says how many paragraphs
// it has read.
func (l *letter) table(text string, from int) int {
	n := 0
	for _, p := range l.body.all[from:] {
		if first := sentencesOf(p.text); len(first) > 0 {
			if _, ok := l.understood(first[0]); ok {
				break
			}
		}
		text += " " + p.text
		n++
	}
	before, rows := rowsOf(text, l.names)
	for _, row := range rows {
		if !l.row(row) {
			l.unread(row)
		}
	}
	if head := key(before); len(rows) == 0 || len(head) > 60 { // longer than column headings
		l.unread(before)
	}
	return n
}

// rowsOf takes a table's text apart where services are named, and gives what
// stands before the first row.
func rowsOf(text string, names []name) (before string, rows []string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\t", " "), "|", " ")
	words := listWord.FindAllStringIndex(text, -1)
	var starts []int
	named := false // the word before belongs to a row's services
	for i := 0; i < len(words); {
		var keys []string
		for _, w := range words[i:min(len(words), i+maxNameWords)] {
			keys = append(keys, text[w[0]:w[1]])
		}
		_, size := nameAt(keys, names)
		switch {
		case size > 0 && !named:
			starts, named = append(starts, words[i][0]), true
		case size == 0 && !namesGoOn.MatchString(plainly(keys[0])):
			named = false
		}
		i += max(size, 1)
	}
	for i, start := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		rows = append(rows, strings.TrimSpace(text[start:end]))
	}
	if len(starts) == 0 {
		return text, nil
	}
	return text[:starts[0]], rows
}

var (
	namesGoOn = regexp.MustCompile(`^(?:,|/|et|&|import|export)$`)
	fallbacks = regexp.MustCompile(`\b(non )?autorisee?s?\b`)
)

// row reads one row of a table.
func (l *letter) row(row string) bool {
	c := l.words.Catalogue
	plain := plainly(row)
	line := notice.Scope{Services: servicesOnly(row, c, l.names), Modes: modesIn(plain, c), Messages: notice.Messages{}}
	for _, form := range slices.Sorted(maps.Keys(l.phrases.Forms["effect"])) {
		if strings.Contains(" "+plain+" ", " "+plainly(form)+" ") {
			line.Effect = notice.Effect(l.phrases.Forms["effect"][form])
		}
	}
	if line.Effect == "" || len(line.Services) == 0 {
		return false
	}
	rest := l.rules(&line, plain)
	if at := fallbacks.FindStringSubmatchIndex(rest); at != nil {
		line.Fallback.Authorised = at[2] < 0
		rest = l.condition(&line.Fallback, rest[at[1]:])
	}
	if strings.Contains(rest, "interdit") || strings.Contains(rest, "deconseill") || len(key(rest)) > 25 {
		l.shuffled(&line, plain)
		l.doubt("/scope", row, "guess")
	}
	if len(line.Messages) == 0 {
		line.Messages = nil
	}
	l.reading.Notice.Scope = append(l.reading.Notice.Scope, line)
	l.recognised(row, "/scope")
	return true
}

// condition reads when the fallback may be used, and gives what is left.
func (l *letter) condition(f *notice.Fallback, plain string) string {
	for form, condition := range l.phrases.Forms["condition"] {
		if before, after, ok := strings.Cut(plain, plainly(form)); ok && f.Authorised {
			f.Condition = notice.Condition(condition)
			plain = before + after
		}
	}
	return plain
}

// shuffled reads a row whose cells lie across each other, by its single words.
// What may be read in two ways is left out.
func (l *letter) shuffled(line *notice.Scope, plain string) {
	line.Messages, line.Fallback = notice.Messages{}, notice.Fallback{}
	forbids, discourages := strings.Contains(plain, "interdit"), strings.Contains(plain, "deconseill")
	for _, kind := range l.kindsIn(plain) {
		if forbids && !discourages {
			line.Messages[kind] = notice.Forbidden
		} else if discourages && !forbids {
			line.Messages[kind] = notice.Discouraged
		}
	}
	if strings.Count(plain, "autorisee") != 1 || strings.Contains(plain, "non autorisee") || !forbids && !discourages {
		return
	}
	line.Fallback.Authorised = true
	for _, c := range []struct {
		word string
		is   notice.Condition
	}{{"formalites", notice.NotDeferrable}, {"necessaire", notice.StrictlyNecessary}, {"accord", notice.BureauAgreement}} {
		if strings.Contains(plain, c.word) {
			line.Fallback.Condition = c.is
		}
	}
}

// servicesOnly are the services that a row begins with.
func servicesOnly(row string, c notice.Catalogue, names []name) []string {
	return servicesIn(row, c, names).codes
}

// rules reads what may be sent, and gives the row without it.
func (l *letter) rules(line *notice.Scope, plain string) string {
	for form, send := range l.phrases.Forms["send"] {
		rule := ": " + plainly(form)
		for at := strings.Index(plain, rule); at >= 0; at = strings.Index(plain, rule) {
			start := max(strings.LastIndexAny(plain[:at], ";:"), 0)
			for _, kind := range l.kindsIn(plain[start:at]) {
				line.Messages[kind] = notice.Send(send)
			}
			plain = plain[:at] + ";" + plain[at+len(rule):]
		}
	}
	return plain
}
