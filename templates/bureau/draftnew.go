package bureau

import "douane.gouv.fr/crieur/schemas/notice"

// A New is the body of "new": from what a notice may begin.
type New struct {
	Order       string
	Query       string
	Earlier     []Earlier
	More        bool   // there are more than are shown
	Text        string // as it was given
	Lines       []Line // what is wrong with it
	Letter      string // as it was pasted
	LetterWrong string
}

// An Earlier is a notice to begin from.
type Earlier struct {
	ID, Title, Reference string
	Status               string // publisher.Status
	Date                 notice.Date
}

// A Start is a kind of notice to begin with.
type Start struct{ Value, Label, What string }

// Starts are the kinds to begin with.
func (New) Starts() []Start {
	return []Start{
		{"maintenance", "Maintenance", "Prévue : une plage horaire, des services interrompus, la procédure de secours."},
		{"incident", "Incident", "Non prévu, depuis maintenant, sans heure de retour connue."},
		{"degradation", "Fonctionnement dégradé", "Le service répond, mais mal."},
		{"information", "Information", "Un texte, sans effet sur la météo."},
		{"closure", "Fermeture", "Un service cesse définitivement."},
		{"exercice", "Exercice", "Comme une maintenance ; « EXERCICE » est dit partout."},
	}
}

// A Read is the body of "new-letter": what a letter was understood to say.
type Read struct {
	Order      string
	Letter     string
	Text       string // the notice, as YAML
	Recognised []Said // fields by their French names
	Doubts     []Said
	Unread     []string
	Adds       []string // what the notice's own letter says besides
}
