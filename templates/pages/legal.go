package pages

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"time"
)

// An Operator is who answers for a deployment's public pages, as the law wants
// it told (loi n° 2004-575 du 21 juin 2004; règlement (UE) 2016/679). What is
// not given is shown as missing.
type Operator struct {
	Publisher            string `json:"publisher"`             // who publishes: name, address and telephone
	Director             string `json:"director"`              // of the publication: name or office
	Host                 string `json:"host"`                  // who runs the machines: name, address and telephone
	DataOfficer          string `json:"data_officer"`          // whom to ask about personal data: an address
	AccessibilityContact string `json:"accessibility_contact"` // whom to tell of an obstacle: an address
}

// Missing are the fields that are not given.
func (o Operator) Missing() []string {
	var missing []string
	for _, f := range []struct{ name, value string }{
		{"publisher", o.Publisher}, {"director", o.Director}, {"host", o.Host},
		{"data_officer", o.DataOfficer}, {"accessibility_contact", o.AccessibilityContact},
	} {
		if f.value == "" {
			missing = append(missing, f.name)
		}
	}
	return missing
}

// A Legal is the body of the pages on the site itself.
type Legal struct {
	Operator Operator
	Public   string // the site's own address
	Grid     Grid
	Seals    []SealCertificate // the bureau's own first; none: letters are not sealed
	Groups   []Section         // of the glossary, or of the plan
}

// A SealCertificate is one that letters are sealed with, or one that vouches
// for it.
type SealCertificate struct {
	Subject, Issuer string
	Serial          string
	From, Until     time.Time
	SHA256          string
	Specimen        bool // it vouches for nothing
}

// A Section is a group of the plan's links.
type Section struct {
	Title string
	Links []Shortcut
}

// A Criterion is one of the 106 of the RGAA 4.1, with what was found.
type Criterion struct {
	Number, Subject, Status, Evidence string
}

// A Grid is an evaluation by the RGAA 4.1.
type Grid struct {
	Criteria []Criterion
	// How many conform, do not, do not apply, and have not been tested.
	Conform, Not, Idle, Untested int
}

// Rate is the share of what conforms in what was tested and applies, in whole
// per cents, rounded down.
func (g Grid) Rate() int {
	if g.Conform+g.Not == 0 {
		return 0
	}
	return 100 * g.Conform / (g.Conform + g.Not)
}

// State is how the law calls it: nothing is wholly conform before all of it
// was tested.
func (g Grid) State() string {
	switch {
	case g.Not == 0 && g.Untested == 0:
		return "totalement conforme"
	case 2*g.Conform >= g.Conform+g.Not+g.Untested:
		return "partiellement conforme"
	}
	return "non conforme"
}

// Failing are the criteria of a status.
func (g Grid) Failing(status string) []Criterion {
	return slices.DeleteFunc(slices.Clone(g.Criteria), func(c Criterion) bool { return c.Status != status })
}

// RGAA is our own evaluation, as rgaa.csv has it.
func RGAA() Grid {
	text, err := files.ReadFile("rgaa.csv")
	if err != nil {
		panic(err) // it is embedded
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("rgaa.csv: %v", err))
	}
	var g Grid
	for _, row := range rows[1:] {
		g.Criteria = append(g.Criteria, Criterion{row[0], row[1], row[2], row[3]})
		switch row[2] {
		case "C":
			g.Conform++
		case "NC":
			g.Not++
		case "NA":
			g.Idle++
		default:
			g.Untested++
		}
	}
	return g
}

// GridFile is the same as a file.
func GridFile() []byte {
	text, err := files.ReadFile("rgaa.csv")
	if err != nil {
		panic(err) // it is embedded
	}
	return text
}

// criterionStatus says a status in words.
func criterionStatus(status string) string {
	switch status {
	case "C":
		return "conforme"
	case "NC":
		return "non conforme"
	case "NA":
		return "non applicable"
	}
	return "non testé"
}
