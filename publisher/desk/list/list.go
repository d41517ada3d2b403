// Package list reads and writes lists of subscribers as spreadsheets have them.
//
// The command line and the desk's pages call it. A list holds addresses: it is
// personal data, and nothing of it is kept or logged here.
package list

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/notice"
)

// longestLine bounds what one line of a list costs: far more than any needs.
const longestLine = 64 << 10

// A Table reads a list as spreadsheets write it: UTF-8, with commas or
// semicolons, its first line naming the columns. A record is one line, so that
// a quotation mark that nobody closed spoils no line but its own.
type Table struct {
	Line    int      // of what was read last
	Comma   byte     // what stands between cells
	Columns []string // as the first line names them, in lower case
	Before  int      // the line on which the address of the last row stood before; 0 for none

	in      *bufio.Reader
	address int // place of the column
	seed    maphash.Seed
	seen    map[uint64]int // the last line of each address, by its hash
}

// Open reads the first line. The error is notice.ErrInvalid where it is none.
func Open(in io.Reader) (*Table, error) {
	t := &Table{in: bufio.NewReaderSize(in, longestLine), seed: maphash.MakeSeed(), seen: map[uint64]int{}}
	start, _ := t.in.Peek(3) // a shorter file has no mark
	switch {
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return nil, fmt.Errorf("%w: the file is UTF-16: save it as CSV UTF-8", notice.ErrInvalid)
	case bytes.HasPrefix(start, []byte("\ufeff")):
		_, _ = t.in.Discard(3) // they have been peeked at
	}
	head, err := t.text()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: the file is empty: its first line names the columns (%s)", notice.ErrInvalid, strings.Join(desk.Columns(), ", "))
	}
	if err != nil {
		return nil, err
	}
	if err := foreign(head); err != nil {
		return nil, err
	}
	t.Comma = ','
	if strings.Count(head, ";") > strings.Count(head, ",") {
		t.Comma = ';'
	}
	names, err := split(head, t.Comma)
	if err != nil {
		return nil, fmt.Errorf("%w: line 1: %w", notice.ErrInvalid, err)
	}
	for _, name := range names {
		t.Columns = append(t.Columns, strings.ToLower(strings.TrimSpace(name)))
	}
	for len(t.Columns) > 1 && t.Columns[len(t.Columns)-1] == "" { // spreadsheets leave them
		t.Columns = t.Columns[:len(t.Columns)-1]
	}
	if strings.Contains(t.Columns[0], "@") && !slices.Contains(t.Columns, "address") {
		return nil, fmt.Errorf("%w: the first line is a subscriber: put one above it that names the columns (%s)", notice.ErrInvalid, strings.Join(desk.Columns(), ", "))
	}
	if err := desk.CheckColumns(t.Columns); err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	t.address = slices.Index(t.Columns, "address")
	return t, nil
}

// foreign says what a first line is that is no line of CSV, UTF-8.
func foreign(head string) error {
	switch {
	case strings.HasPrefix(head, "PK\x03\x04"), strings.HasPrefix(head, "\xd0\xcf\x11\xe0"):
		return fmt.Errorf("%w: the file is a spreadsheet's own: save it as CSV UTF-8", notice.ErrInvalid)
	case !utf8.ValidString(head):
		return fmt.Errorf("%w: the file is not UTF-8: save it as CSV UTF-8", notice.ErrInvalid)
	case strings.Contains(head, "\r"):
		return fmt.Errorf("%w: the lines end as on an old Macintosh: save the file as CSV UTF-8", notice.ErrInvalid)
	case strings.Contains(head, "\t") && !strings.ContainsAny(head, ",;"):
		return fmt.Errorf("%w: tabs stand between the cells: save the file as CSV UTF-8", notice.ErrInvalid)
	}
	return nil
}

// Next is the next line that is not empty; io.EOF where there is none. A
// refusal says what is wrong with it as a line. The address is as it was before
// Guarded.
func (t *Table) Next() (desk.Row, *desk.Refusal, error) {
	t.Before = 0
	for {
		text, err := t.text()
		refuse := func(what, remedy string) (desk.Row, *desk.Refusal, error) {
			return desk.Row{}, &desk.Refusal{Line: t.Line, What: what, Remedy: remedy}, nil
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return refuse(fmt.Sprintf("the line has more than %d bytes", longestLine), "one subscriber to a line")
		case err != nil:
			return desk.Row{}, nil, err
		case strings.Trim(text, " \t"+string(t.Comma)) == "":
			continue
		case !utf8.ValidString(text):
			return refuse("this is not UTF-8", "save the file as CSV UTF-8")
		}
		cells, err := split(text, t.Comma)
		if err != nil {
			return refuse(err.Error(), "close it, and write one that is meant twice: \"\"")
		}
		for len(cells) > len(t.Columns) && strings.TrimSpace(cells[len(cells)-1]) == "" {
			cells = cells[:len(cells)-1]
		}
		if t.address < len(cells) {
			cells[t.address] = Unguarded(cells[t.address])
			t.meet(cells[t.address])
		}
		return desk.Row{Line: t.Line, Cells: cells}, nil, nil
	}
}

// meet notes where an address stands, and where it stood before.
func (t *Table) meet(address string) {
	t.Before = 0
	if address = strings.ToLower(strings.TrimSpace(address)); address == "" {
		return
	}
	key := maphash.String(t.seed, address)
	t.Before, t.seen[key] = t.seen[key], t.Line
}

// text is the next line without its end. Of one that is too long nothing is
// kept: bufio.ErrBufferFull.
func (t *Table) text() (string, error) {
	raw, err := t.in.ReadSlice('\n')
	if len(raw) > 0 {
		t.Line++
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = t.in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return "", bufio.ErrBufferFull
	}
	if err != nil && (len(raw) == 0 || !errors.Is(err, io.EOF)) {
		return "", err
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

var errOpenQuote = errors.New("a quotation mark is not closed")

// split cuts a line into cells. A cell in quotation marks may hold the comma,
// and the mark itself twice (RFC 4180).
func split(line string, comma byte) ([]string, error) {
	var cells []string
	for {
		rest := strings.TrimLeft(line, " \t")
		if !strings.HasPrefix(rest, `"`) {
			cell, after, more := strings.Cut(line, string(comma))
			cells = append(cells, cell)
			if !more {
				return cells, nil
			}
			line = after
			continue
		}
		var cell strings.Builder
		rest = rest[1:]
		for {
			text, after, closed := strings.Cut(rest, `"`)
			if !closed {
				return nil, errOpenQuote
			}
			cell.WriteString(text)
			if rest = after; !strings.HasPrefix(rest, `"`) {
				break
			}
			cell.WriteByte('"')
			rest = rest[1:]
		}
		behind, after, more := strings.Cut(rest, string(comma))
		if strings.TrimSpace(behind) != "" {
			return nil, errors.New("something stands behind a closing quotation mark")
		}
		cells = append(cells, cell.String())
		if !more {
			return cells, nil
		}
		line = after
	}
}

// Cells are those of one subscriber, in the order of desk.Columns.
func Cells(l desk.Listed) []string {
	words := func(all []string) string { return strings.Join(all, " ") }
	return []string{Guarded(l.Address), cmp.Or(l.Lang, "fr"), words(l.Services), words(l.Modes), words(l.Wants), words(l.Daily), l.Zone}
}

// Guarded keeps a spreadsheet from taking a cell for a formula.
func Guarded(cell string) string {
	if cell != "" && strings.IndexByte("=+-@'", cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}

// Unguarded takes away what Guarded put before a cell.
func Unguarded(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte("=+-@'", cell[1]) >= 0 {
		return cell[1:]
	}
	return cell
}
