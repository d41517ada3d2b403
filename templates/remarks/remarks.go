// Package remarks says in French what the house says is wrong. The desk's pages
// call it on problems and errors, which are English as the command line and the
// API give them.
//
// It knows each English message by its text, as the source has it: the *.txt
// beside this file pair them with French ones, and a test fails where a message
// of the source has none. Times, services, roles and codes inside a message
// come out as a person reads them. Nothing is ever lost: what has no French is
// given as it is.
package remarks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// Words say in French what is wrong, with the names that services, modes and
// bureaus have in a house. The zero value says their codes.
type Words struct {
	Catalogue notice.Catalogue
	Bureaus   notice.Bureaus
}

// French is a problem in French: what and remedy are sentences. Its place and
// its severity stay.
func (w Words) French(p notice.Problem) notice.Problem {
	p.What, p.Remedy = w.Say(p.What), w.Say(p.Remedy)
	return p
}

// FrenchAll are several problems in French.
func (w Words) FrenchAll(ps notice.Problems) notice.Problems {
	all := make(notice.Problems, len(ps))
	for i, p := range ps {
		all[i] = w.French(p)
	}
	return all
}

// FrenchProblems are what an error says, one by one, for a page that leads to
// each field: those of a document, or the one thing that is wrong. None for nil.
func (w Words) FrenchProblems(err error) notice.Problems {
	if err == nil {
		return nil
	}
	if ps, ok := errorAs[notice.Problems](err); ok {
		return w.FrenchAll(ps)
	}
	if value, ok := errorAs[*notice.ValueError](err); ok && value.Error() == err.Error() {
		return notice.Problems{w.French(notice.Problem{Severity: notice.SeverityError, What: value.What, Remedy: value.Remedy})}
	}
	return notice.Problems{{Severity: notice.SeverityError, What: w.FrenchError(err)}}
}

// FrenchError is what an error says, in French, a line a problem; "" for nil.
func (w Words) FrenchError(err error) string {
	if err == nil {
		return ""
	}
	if ps, ok := errorAs[notice.Problems](err); ok {
		return w.around(err, ps.Error(), w.listed(ps))
	}
	return w.Say(err.Error())
}

// around is the text of an error in French, a part of which is said already.
func (w Words) around(err error, part, french string) string {
	before, after, _ := strings.Cut(err.Error(), part)
	if before = strings.TrimRight(before, ": \n"); before != "" && !isKind(before) {
		said, ok := w.known(before+": ", strict)
		if !ok {
			said = w.Say(before)
		}
		french = strings.TrimSpace(said) + "\n" + french
	}
	if after = strings.TrimSpace(after); after != "" {
		french += "\n" + w.Say(after)
	}
	return french
}

// listed is a line a problem: where, what, how to mend it.
func (w Words) listed(ps notice.Problems) string {
	lines := make([]string, len(ps))
	for i, p := range w.FrenchAll(ps) {
		where := templates.Capitalised(FieldName(p.Pointer))
		if p.Pointer == "" && p.Line > 0 {
			where = fmt.Sprintf("Ligne\u00a0%d", p.Line)
		}
		lines[i] = strings.TrimSpace(where + "\u00a0: " + p.What + " " + p.Remedy)
	}
	return strings.Join(lines, "\n")
}

// Say is an English message in French: of a problem, an error, an alarm, a
// refused line of a list. What it does not know it gives as it is.
func (w Words) Say(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i], _ = w.line(line)
	}
	return strings.Join(lines, "\n")
}

// kinds are the kinds of error with which a message may begin. Where it goes
// on, that says more.
var kinds = []string{"invalid", "not found", "conflict", "forbidden", "bad request", "media type not supported"}

func isKind(text string) bool { return slices.Contains(kinds, text) }

// line says one message. Errors are chains of messages with colons: each link
// that is known is said, and the others are kept.
func (w Words) line(text string) (french string, ok bool) {
	if kind, rest, ok := strings.Cut(text, ": "); ok && isKind(kind) {
		said, _ := w.known(kind, strict)
		return w.linked(kind, said, rest), true
	}
	if french, ok = w.known(text, strict); ok {
		return french, true
	}
	first, rest, chain := strings.Cut(text, ": ")
	chain = chain && len(text) <= longestChain
	for at := len(first); chain; {
		left, right := text[:at], text[at+2:]
		if said, ok := w.known(left, strict); ok {
			return w.linked(left, said, right), true
		}
		next := strings.Index(right, ": ")
		if next < 0 {
			break
		}
		at += 2 + next
	}
	if french, ok = w.known(text, loose); ok || !chain {
		return cmp.Or(french, text), ok
	}
	if french, ok = w.line(rest); ok {
		return first + "\u00a0: " + french, true
	}
	return text, false
}

// longestChain is the length of text, in bytes, above which it is not taken
// apart: no error is so long, and what somebody wrote may be.
const longestChain = 2000

// linked is a link that is known, said in French, and what comes after it.
func (w Words) linked(link, said, rest string) string {
	more, ok := w.line(rest)
	switch {
	case !ok:
		return strings.TrimSuffix(said, ".") + " (" + rest + ")."
	case isKind(link):
		return more
	}
	return said + " " + more
}
