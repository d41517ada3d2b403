package pages

import (
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Live page keeps itself up to date where the browser runs its script: it
// listens to what is published and shows anew what has changed. Without the
// script it is as complete, and stays as it was.
type Live struct {
	Stage    string   // whose events matter to the page; production if empty
	Services []string // of which its reader is told in words; all if empty
	Notice   string   // of which alone its reader is told in words; "" for any
}

// acts are the names of all events that the public is told of, for the script
// to listen for, those about which nobody waits a moment longer in front.
func acts() string {
	var names []string
	for _, r := range notice.Rules() {
		if !r.Private() {
			names = append(names, string(r.Act))
		}
	}
	return strings.Join(names, " ")
}
