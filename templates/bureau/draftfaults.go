package bureau

import (
	"fmt"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/reading"
)

// A FaultKind is why a field of the form cannot be understood.
type FaultKind string

// The faults of fields, besides those of days and hours.
const (
	NotNumber   FaultKind = "number"
	NotChoice   FaultKind = "choice"
	NotService  FaultKind = "service" // with the label of the nearest, if any
	NotMode     FaultKind = "mode"
	NotHours    FaultKind = "hours"
	NoReason    FaultKind = "reason"
	NoLastTime  FaultKind = "no last time"
	TwoLastTime FaultKind = "two last times"
	NotForm     FaultKind = "form"
	TooMuch     FaultKind = "too long"
)

// faults are what is wrong, of what was written, and how to mend it.
var faults = map[FaultKind][2]string{
	NotNumber:   {"« %s » n’est pas un nombre entier", "écrivez-le en chiffres"},
	NotChoice:   {"ce choix n’existe pas", "choisissez dans la liste"},
	NotService:  {"« %s » n’est pas un service connu", "choisissez dans la liste des services"},
	NotMode:     {"ce mode n’existe pas", "choisissez dans la liste"},
	NotHours:    {"« %s » n’est pas un nombre d’heures", "écrivez par exemple 24, 48"},
	NoReason:    {"la raison de l’omission manque", "dites pourquoi cette clause n’est pas dans la note"},
	NoLastTime:  {"la fin de la répétition manque", "donnez le nombre de fois, ou le dernier jour"},
	TwoLastTime: {"deux fins sont données", "gardez le nombre de fois, ou le dernier jour"},
	NotForm:     {"le formulaire n’a pas pu être lu en entier", "rechargez la page et recommencez"},
	TooMuch:     {"le texte est trop long", "256 Ko au plus"},
}

// FieldFault is what is wrong with what was written, and how to mend it; near is
// what may have been meant, or "".
func FieldFault(kind FaultKind, written, near string) (what, remedy string) {
	f := faults[kind]
	what, remedy = f[0], f[1]
	if strings.Contains(what, "%s") {
		what = fmt.Sprintf(what, written)
	}
	if near != "" {
		remedy = fmt.Sprintf("vouliez-vous dire « %s » ?", near)
	}
	return templates.Typeset(what), templates.Typeset(remedy)
}

// Lasts is an instant in full and, where a window ends at it, how long that is.
func Lasts(w notice.Window) string {
	said := templates.Capitalised(reading.Told(w.End))
	if span := reading.Span(w.Start, w.End); span != "" {
		said += templates.Typeset(" – durée : " + span)
	}
	return said
}

// Agrees is what a cause is taken for.
func Agrees(c notice.Cause) string {
	if c.Text == "" {
		return ""
	}
	gender, number := templates.Agreement(c)
	said := map[notice.Gender]string{"feminine": "Féminin", "masculine": "Masculin"}[gender] + " " +
		map[notice.Number]string{"singular": "singulier", "plural": "pluriel"}[number]
	if c.Gender != "" || c.Number != "" {
		return said
	}
	return said + ", d’après l’article"
}

// shownDays is how many windows that recur the form names.
const shownDays = 5

// Days are those of a window that recurs.
func Days(n notice.Notice) string {
	if n.Recurs.IsZero() || len(n.Windows) != 1 || n.Windows[0].Start.IsZero() {
		return ""
	}
	all := n.Occurrences()
	var days []string
	for _, w := range all[:min(len(all), shownDays)] {
		days = append(days, templates.Day(notice.DateOf(w.Start.Time)))
	}
	said := templates.Capitalised(strings.Join(days, ", "))
	if len(all) > shownDays {
		said += fmt.Sprintf("… (%d plages en tout)", len(all))
	}
	return said
}

// KeptAt says that a form was saved, or what was typed kept, at an hour.
func KeptAt(saved bool, at string) string {
	if saved {
		return "Enregistré à " + at
	}
	return "Saisie gardée à " + at
}

// Elsewhere says that somebody else has saved the notice meanwhile.
func Elsewhere(by, at string) string {
	return templates.Typeset(by + " a enregistré ce projet à " + at + " : votre saisie est gardée ; enregistrez pour réunir les deux.")
}

// Specimen is what stands on every page of a letter that is none yet, with
// what it says by itself.
func Specimen(banner string) string {
	if banner == "" {
		return "PROJET – SPÉCIMEN"
	}
	return "PROJET – SPÉCIMEN – " + banner
}
