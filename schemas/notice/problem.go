package notice

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The four kinds of error that callers tell apart, with errors.Is.
var (
	ErrInvalid   = errors.New("invalid")   // the input is at fault
	ErrNotFound  = errors.New("not found") // there is no such thing
	ErrConflict  = errors.New("conflict")  // somebody else was faster, or the life cycle forbids it now
	ErrForbidden = errors.New("forbidden") // not this person's act
)

// A Severity tells what is impossible from what is odd.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// A Problem is one thing wrong with a document: where, what, and how to mend it.
type Problem struct {
	Severity Severity `json:"severity"`
	Pointer  string   `json:"pointer"`         // RFC 6901: /windows/0/end
	Line     int      `json:"line,omitzero"`   // in the file, from 1; 0 where there is none
	What     string   `json:"what"`            // what is wrong
	Remedy   string   `json:"remedy,omitzero"` // how to mend it
}

func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	fmt.Fprintf(&b, "%s: %s: %s", p.Severity, cmp.Or(strings.TrimPrefix(p.Pointer, "/"), "document"), p.What)
	if p.Remedy != "" {
		b.WriteString(" (" + p.Remedy + ")")
	}
	return b.String()
}

// Problems is all that is wrong with one document. As an error it is ErrInvalid.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Is makes problems an ErrInvalid.
func (ps Problems) Is(target error) bool { return target == ErrInvalid }

// Errors are those problems that make a document impossible.
func (ps Problems) Errors() Problems {
	return slices.DeleteFunc(slices.Clone(ps), func(p Problem) bool { return p.Severity != SeverityError })
}

// Err is nil where nothing is impossible: warnings do not stop anybody.
func (ps Problems) Err() error {
	if errs := ps.Errors(); len(errs) > 0 {
		return errs
	}
	return nil
}

// A ValueError says what is wrong with one value and how to mend it.
type ValueError struct{ What, Remedy string }

func (e *ValueError) Error() string {
	if e.Remedy == "" {
		return e.What
	}
	return e.What + ": " + e.Remedy
}

// Is makes a value error an ErrInvalid.
func (e *ValueError) Is(target error) bool { return target == ErrInvalid }

// suggest is "did you mean X?" where a known name is near what was written,
// else the fallback.
func suggest(got string, known []string, otherwise string) string {
	if near := Nearest(got, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return otherwise
}

// Nearest is the known name that is at most a third of its letters away from
// what was written, or "".
func Nearest(got string, known []string) string {
	best, distance := "", 1<<30
	for _, k := range known {
		if d := editDistance(strings.ToLower(got), strings.ToLower(k)); d < distance && d <= max(1, len(k)/3) {
			best, distance = k, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions and replacements between two
// words (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := diagonal
			if a[i-1] != b[j-1] {
				replaced++
			}
			diagonal = row[j]
			row[j] = min(replaced, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
