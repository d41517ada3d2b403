package remarks

import (
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// glossed is a code that somebody is to write, with what it means where that is
// not the same word: "interrupted (interrompu)".
func glossed(code string) string {
	if french := glosses[code]; french != "" && french != code {
		return code + " (" + french + ")"
	}
	return code
}

// glosses are the codes of the closed vocabularies, of rules that recur and of
// lists of subscribers.
var glosses = func() map[string]string {
	all := map[string]string{
		"DAILY": "chaque jour", "WEEKLY": "chaque semaine", "MONTHLY": "chaque mois",
		"MO": "lundi", "TU": "mardi", "WE": "mercredi", "TH": "jeudi", "FR": "vendredi", "SA": "samedi", "SU": "dimanche",
		"masculine": "masculin", "feminine": "féminin", "singular": "singulier", "plural": "pluriel",
	}
	gloss(all, templates.KindName)
	gloss(all, templates.EnvironmentName)
	gloss(all, templates.EffectName)
	gloss(all, templates.MessageKindName)
	gloss(all, templates.SendName)
	gloss(all, templates.FateName)
	gloss(all, templates.ConditionName)
	gloss(all, templates.ReturningName)
	gloss(all, templates.PaceName)
	gloss(all, templates.AdviceName)
	gloss(all, templates.ByName)
	gloss(all, templates.RoleName)
	gloss(all, templates.ClosesName)
	return all
}()

// gloss adds the words of one vocabulary.
func gloss[W interface {
	~string
	Values() []string
}](all map[string]string, name func(W) string) {
	for _, code := range W("").Values() {
		all[code] = name(W(code))
	}
}

// actName is what befell a notice, or what was done with its paper.
func actName(code string) string {
	if name := templates.ActName(notice.Type(code)); name != code {
		return name
	}
	return templates.EntryName(code)
}

// stateName is where a notice, its paper or its text stands.
func stateName(code string) string {
	switch code {
	case "corrected":
		return "rectifiée"
	case "changed":
		return "modifiée"
	}
	if name := templates.PhaseName(notice.Phase(code)); name != code {
		return name
	}
	return templates.StatusName(code)
}

// rights are what the desk reserves to some roles.
var rights = map[string]string{
	"see how many were told, and when":                "voir combien d’abonnés ont été prévenus, et quand",
	"see what became of each subscriber, by id":       "voir ce qu’il en est de chaque abonné, par identifiant",
	"see addresses, and what one subscriber was told": "voir les adresses et ce qu’un abonné a reçu",
	"keep accounts and subscribers":                   "tenir les comptes et les abonnés",
}
