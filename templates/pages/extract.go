package pages

import (
	"html/template"

	"douane.gouv.fr/crieur/templates"
)

// An Extract is the body of page "extract": what is asked of the record, and
// the answer.
type Extract struct {
	Services, Modes []templates.Choice
	Values          map[string]string // of the form's fields, by name
	Wrong           map[string]string // what is wrong with them
	Order           []string          // those that are wrong, in the form's order

	Subject   string        // what the answer is about; "" for none
	Answer    template.HTML // the answer, its headings below the second level
	Reference string
	Query     string // the question, as an address has it
	Sealed    bool   // there is a sealed file of it
}

// What may be wrong with a question.
const (
	ExtractAhead     = "Cette heure n’est pas encore venue" + nbsp + ": un extrait dit ce qui a été. Demandez une heure passée."
	ExtractNoStart   = "Une période a un début. Indiquez-le, ou effacez la fin."
	ExtractPeriod    = "Une période se termine après son début, un an plus tard au plus. Corrigez l’une des deux dates."
	ExtractNoService = "Choisissez un service de la liste."
	ExtractNoMode    = "Choisissez un mode de la liste."
)

// ExtractOtherModes says which modes a service has.
func ExtractOtherModes(modes []string) string {
	return "Ce service n’existe pas dans ce mode. Choisissez parmi" + nbsp + ": " + templates.Enumerate(modes) + "."
}

// An extractField is one field of its form.
type extractField struct{ Name, Label, Value, Wrong string }

func extractFieldOf(x Extract, name, label string) extractField {
	return extractField{name, label, x.Values[name], x.Wrong[name]}
}
