package notice

import (
	"fmt"
	"maps"
	"slices"
)

// Bureaus are those that issue notices, by code (bureaus.yaml).
type Bureaus map[string]Bureau

// A Bureau is what every letter of a bureau has in common.
type Bureau struct {
	Label      string            `json:"label"`     // "Bureau COMINT1"
	Authority  []string          `json:"authority"` // the letterhead, a line each
	Sender     []string          `json:"sender"`    // the address block, a line each
	Place      string            `json:"place"`
	Role       string            `json:"role"`              // the default signatory's: "Le chef de bureau"
	Contacts   map[string]string `json:"contacts"`          // e-mail address by name: "cellule e-commerce"
	Mailbox    string            `json:"mailbox"`           // where staff messages go
	Owner      string            `json:"owner"`             // as in "le site internet de la douane": "la douane"
	OutlookURL string            `json:"outlook_url"`       // the météo's public address
	Helpdesk   string            `json:"helpdesk,omitzero"` // where trouble is reported: "OLGA"
	QuoteID    bool              `json:"quote_outage_id,omitzero"`
}

// Find gives the bureau of a code; the error is a *ValueError.
func (b Bureaus) Find(code string) (Bureau, error) {
	if bureau, ok := b[code]; ok {
		return bureau, nil
	}
	codes := slices.Sorted(maps.Keys(b))
	return Bureau{}, &ValueError{fmt.Sprintf("bureau %q is not known", code), suggest(code, codes, "see bureaus.yaml")}
}
