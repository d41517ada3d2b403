package notice

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	// ReminderHours are how long before each window a reminder goes out, where
	// the notice says nothing of it. None if absent.
	ReminderHours []int `json:"reminder_hours,omitzero"`
	NoticeDays    int   `json:"notice_days,omitzero"` // how long before a maintenance traders hear of it; two days if absent
}

// Check says what is wrong with the bureaus.
func (b Bureaus) Check() Problems {
	var ps Problems
	for _, code := range slices.Sorted(maps.Keys(b)) {
		for i, hours := range b[code].ReminderHours {
			if hours < 1 || hours > MaxReminder {
				ps = append(ps, problem(fmt.Sprintf("a reminder %d hours before", hours), reminderRemedy, code, "reminder_hours", strconv.Itoa(i)))
			}
		}
		if b[code].NoticeDays < 0 {
			ps = append(ps, problem("a notice period is a number of days", "give 0 or more", code, "notice_days"))
		}
	}
	return ps
}

// MaxReminder is the earliest that a reminder may go out before a window, in
// hours: four weeks.
const MaxReminder = 4 * 7 * 24

var reminderRemedy = fmt.Sprintf("give hours from 1 to %d, or an empty list for none", MaxReminder)

// noticeDays is the bureau's notice period.
func (b Bureau) noticeDays() int { return cmp.Or(b.NoticeDays, 2) }

// Find gives the bureau of a code; the error is a *ValueError.
func (b Bureaus) Find(code string) (Bureau, error) {
	if bureau, ok := b[code]; ok {
		return bureau, nil
	}
	codes := slices.Sorted(maps.Keys(b))
	return Bureau{}, &ValueError{fmt.Sprintf("bureau %q is not known", code), suggest(code, codes, "see bureaus.yaml")}
}
