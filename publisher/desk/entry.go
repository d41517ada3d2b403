package desk

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// columns are those of a list of subscribers; address must be there.
var columns = []string{"address", "lang", "services", "modes", "wants", "daily", "zone"}

// Columns are the columns of a list of subscribers.
func Columns() []string { return slices.Clone(columns) }

// CheckColumns says what is wrong with the head of a list.
func CheckColumns(head []string) error {
	for i, name := range head {
		switch {
		case slices.Contains(head[:i], name):
			return fmt.Errorf("%w: the column %q stands there twice: leave one out", notice.ErrInvalid, name)
		case !slices.Contains(columns, name):
			remedy := "known: " + strings.Join(columns, ", ")
			if near := notice.Nearest(name, columns); near != "" {
				remedy = fmt.Sprintf("did you mean %q?", near)
			}
			return fmt.Errorf("%w: there is no column %q: %s", notice.ErrInvalid, name, remedy)
		}
	}
	if !slices.Contains(head, "address") {
		return fmt.Errorf("%w: the column \"address\" is missing: the first line names the columns (%s)", notice.ErrInvalid, strings.Join(columns, ", "))
	}
	return nil
}

// entry reads a row. The first thing that is wrong with it is told.
func entry(c notice.Catalogue, head []string, row Row) (Entry, *Refusal) {
	var e Entry
	refuse := func(column, what, remedy string) (Entry, *Refusal) {
		return e, &Refusal{row.Line, column, what, remedy}
	}
	if len(row.Cells) != len(head) {
		return refuse("", fmt.Sprintf("%d cells, the first line has %d", len(row.Cells), len(head)), "give every column a cell, empty where nothing is chosen")
	}
	cells := map[string]string{}
	for i, name := range head {
		cells[name] = trim(row.Cells[i])
	}
	for _, column := range columns {
		cell, said := cells[column]
		if !said {
			e.Unsaid = append(e.Unsaid, column)
			continue
		}
		if err := e.set(c, column, cell); err != nil {
			var v *notice.ValueError
			errors.As(err, &v) // set gives no other
			return refuse(column, v.What, v.Remedy)
		}
	}
	for _, want := range e.Daily {
		if len(e.Wants) > 0 && !slices.Contains(e.Wants, want) {
			return refuse("daily", fmt.Sprintf("%q is to come once a day and is not among the wants", want), "add it to wants, or leave it out here")
		}
	}
	return e, nil
}

// set reads one cell. Its error is a *notice.ValueError.
func (e *Entry) set(c notice.Catalogue, column, cell string) (err error) {
	switch column {
	case "address":
		e.Address = cell
		return CheckAddress(cell)
	case "lang":
		e.Lang, err = langOf(cell)
	case "services":
		e.Services, err = each(cell, c.FindAny)
	case "modes":
		e.Modes, err = each(cell, c.FindMode)
	case "wants":
		e.Wants, err = each(cell, wantOf)
	case "daily":
		e.Daily, err = each(cell, wantOf)
	case "zone":
		e.Zone, err = zoneOf(cell)
	}
	return err
}

// trim takes away what spreadsheets leave around a cell.
func trim(cell string) string {
	return strings.TrimFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' })
}

// each reads names with spaces between them, or with semicolons where a name
// has spaces in it.
func each(cell string, find func(string) (string, error)) ([]string, error) {
	names := strings.Fields(cell)
	if strings.ContainsAny(cell, ";,|") {
		names = strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";,|", r) })
	} else if len(names) > 1 {
		if code, err := find(cell); err == nil {
			return []string{code}, nil
		}
	}
	var codes []string
	for _, name := range names {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		code, err := find(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes, nil
}

func wantOf(name string) (string, error) {
	known := []string{"notices", "alerts"}
	if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, name) }); i >= 0 {
		return known[i], nil
	}
	return "", &notice.ValueError{What: fmt.Sprintf("%q cannot be asked for", name), Remedy: "notices, alerts, or both"}
}

func langOf(cell string) (string, error) {
	switch strings.ToLower(cell) {
	case "", "fr":
		return "", nil
	case "en":
		return "en", nil
	}
	return "", &notice.ValueError{What: fmt.Sprintf("there are no mails in %q", cell), Remedy: "fr or en"}
}

func zoneOf(cell string) (string, error) {
	if cell == "" || cell == "Europe/Paris" {
		return "", nil
	}
	var codes []string
	for _, z := range templates.Zones {
		if strings.EqualFold(z.Code, cell) {
			return z.Code, nil
		}
		codes = append(codes, z.Code)
	}
	remedy := "known: " + strings.Join(codes, ", ")
	if near := notice.Nearest(cell, codes); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
	}
	return "", &notice.ValueError{What: fmt.Sprintf("the time zone %q is not known", cell), Remedy: remedy}
}

const (
	longestAddress = 254 // RFC 5321 section 4.5.3.1.3, without the brackets
	longestLocal   = 64  // its section 4.5.3.1.1
	longestLabel   = 63  // RFC 1035 section 2.3.4
)

// CheckAddress is nil for an address that a mail can be sent to: one mailbox
// at a domain with a dot. It asks nobody. What it says does not repeat the
// address. The error is a *notice.ValueError.
func CheckAddress(address string) error {
	wrong := func(what, remedy string) error { return &notice.ValueError{What: what, Remedy: remedy} }
	local, domain, _ := cutLast(address, "@")
	switch a, err := mail.ParseAddress(address); {
	case address == "":
		return wrong("there is no address", "write name@domain")
	case len(address) > longestAddress:
		return wrong(fmt.Sprintf("the address has %d bytes", len(address)), fmt.Sprintf("%d are the most", longestAddress))
	case err != nil || a.Address != address || strings.ContainsFunc(address, unicode.IsControl):
		return wrong("this is not a mail address", "write name@domain, one to a line, without a name beside it")
	case len(local) > longestLocal:
		return wrong(fmt.Sprintf("what stands before the @ has %d bytes", len(local)), fmt.Sprintf("%d are the most", longestLocal))
	case !strings.Contains(domain, "."):
		return wrong(fmt.Sprintf("%q is not a domain of the Internet", domain), "write the whole domain, with its dot")
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > longestLabel || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") || strings.ContainsFunc(label, notInLabel) {
			return wrong(fmt.Sprintf("%q is not a domain of the Internet", domain), "write the domain as mails name it")
		}
	}
	return nil
}

func notInLabel(r rune) bool {
	return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// cutLast cuts at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
