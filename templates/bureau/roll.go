package bureau

import (
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Roll is the body of "abonnes": how many there are, and what an
// administrator may do.
type Roll struct {
	Count     int
	Keeps     bool // the reader keeps subscribers
	Address   string
	Wrong     []Flaw
	Replaces  string // id of the subscriber whom adding would replace
	Services  []Pick
	Modes     []Pick
	Notices   bool // wanted
	Alerts    bool
	Consent   string
	MostBytes int
}

// A Flaw is what is wrong with a field.
type Flaw struct{ Field, What, Remedy string }

// Of is what is wrong with a field.
func (r Roll) Of(field string) *Flaw {
	for i := range r.Wrong {
		if r.Wrong[i].Field == field {
			return &r.Wrong[i]
		}
	}
	return nil
}

// A Pick is one thing that may be chosen.
type Pick struct {
	Code, Label string
	Chosen      bool
}

// A Person is the body of "abonne": one subscriber, and what they were told.
type Person struct {
	ID, Address string
	Known       bool // else it is not, or no longer, a subscriber
	Bureau      string
	Services    []string // labels; all if none
	Modes       []string
	Wants       []string // codes
	Daily       []string
	Lang, Zone  string
	Since       time.Time
	Suppressed  *Suppression
	History     []Message
	More        int // messages that are not shown
}

// A Suppression says why nothing is sent to an address.
type Suppression struct {
	Since, Until time.Time
	Code         string
}

// Asked is what the subscriber asked for.
func (p Person) Asked() string {
	all := p.Wants
	if len(all) == 0 {
		all = []string{"notices", "alerts"}
	}
	names := make([]string, len(all))
	for i, want := range all {
		names[i] = wantName(want)
		for _, daily := range p.Daily {
			if daily == want {
				names[i] += " (une fois par jour)"
			}
		}
	}
	return templates.Enumerate(names)
}

func wantName(want string) string {
	switch want {
	case "notices":
		return "les notes aux opérateurs"
	case "alerts":
		return "les alertes"
	}
	return want
}

// Language names the language of the mails.
func (p Person) Language() string {
	if p.Lang == "en" {
		return "anglais et français"
	}
	return "français"
}

// A Message is one message to a subscriber.
type Message struct {
	Act       notice.Type
	Notice    string // its id
	Reference string
	Channel   string
	Attempt   int
	At, Next  time.Time
	Status    string
	Code      string
	Reply     string
}

// An Import is the body of "import": a list, checked and perhaps taken.
type Import struct {
	ID                         string
	Lines                      int // of subscribers in the list
	Columns                    []string
	Consent                    string
	Lift                       bool
	Added, Changed, Same, Mute int // taken, or to be taken; mute: nothing is sent to them
	Twice                      int // lines whose address stands on an earlier one too
	Refused                    []Refusal
	RefusedAll                 int
	Running                    bool
	Done                       bool
	Fault                      string // why it broke off
	Took                       int    // lines, so far
}

// A Refusal says what is wrong with a line.
type Refusal struct {
	Line         int
	Column       string
	What, Remedy string
}

// Heads names the list's columns.
func (i Import) Heads() string { return strings.Join(i.Columns, ", ") }

// Megabytes is the largest list that a form takes.
func (r Roll) Megabytes() int { return r.MostBytes >> 20 }

// What the page of subscribers answers.
const (
	NobodyOfThatID    = "Aucun abonné ne porte cet identifiant."
	AlreadySubscribed = "Cette adresse est déjà abonnée\u00a0: cochez «\u00a0Remplacer ses choix\u00a0» pour les remplacer."
)
