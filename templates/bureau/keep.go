package bureau

import (
	"fmt"
	"strconv"
	"time"

	"douane.gouv.fr/crieur/templates"
)

// A Naming is what a list or a heading calls a notice.
type Naming struct {
	ID, Title, Reference string
	Exercise, Test       bool
}

// Called is the notice in one line: its number where it has one, else its title.
func (n Naming) Called() string {
	if n.Reference != "" {
		return "note n° " + n.Reference
	}
	return n.Title
}

// A Mishap is something wrong with telling the public that a person must see
// to.
type Mishap struct {
	Event   string // "" for the house as a whole
	Channel string
	Kind    string // standstill, dead, or an alarm's name
	Detail  string // as the house says it, for whoever mends it
	Since   time.Time
}

// Says is what is wrong, in words.
func (t Mishap) Says() string {
	switch t.Kind {
	case "dead":
		return templates.Typeset("Un lot d’envois a été abandonné : ces destinataires n’ont pas été prévenus")
	case "standstill":
		return "La diffusion n’est pas confirmée"
	case "clock":
		return templates.Typeset("L’horloge de la machine est fausse : rien n’est publié tant qu’elle n’est pas remise à l’heure")
	case "chain":
		return "Le registre interne d’une note n’est pas intact"
	}
	return "Une anomalie est signalée"
}

// A Pager is one page of a long list.
type Pager struct {
	Before, After string // addresses of the pages beside it; "" for none
	Page, Pages   int
}

// Count writes a figure as French readers do: "12 345".
func Count(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		if digits[i-1] == '-' {
			break
		}
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return digits
}

// Counted is a figure with what it counts, in its number: "1 entrée",
// "3 entrées".
func Counted(n int, one, many string) string {
	if n >= 2 {
		one = many
	}
	return Count(n) + "\u00a0" + one
}

// lasting says how long something takes, in the unit that a person would use.
func lasting(d time.Duration) string {
	switch {
	case d < time.Second:
		return "moins d’une seconde"
	case d < 90*time.Second:
		return Counted(int(d.Round(time.Second)/time.Second), "seconde", "secondes")
	case d < 90*time.Minute:
		return Counted(int(d.Round(time.Minute)/time.Minute), "minute", "minutes")
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%d\u00a0h\u00a0%02d", int(d.Hours()), int(d.Minutes())%60)
}

// mediumName says by what somebody is told.
func mediumName(channel string) string {
	switch channel {
	case "email":
		return "courriel"
	case "push":
		return "message d’alerte"
	case "webhook":
		return "appel d’un système (webhook)"
	case "letter":
		return "lettre officielle"
	}
	return templates.Typeset(channel)
}
