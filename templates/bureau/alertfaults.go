package bureau

import (
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// What may be wrong with the form of an act.
const (
	SlipTooLong        = "Ce texte est trop long\u00a0: 4\u202f000 caractères au plus."
	SlipNoTime         = "L’heure manque. Écrivez par exemple «\u00a018h30\u00a0» ou «\u00a0demain 9h\u00a0»."
	SlipAhead          = "Cette heure n’est pas encore passée\u00a0: dites que c’est rétabli quand c’est rétabli."
	SlipGone           = "Cette heure est déjà passée. Donnez une heure à venir."
	SlipSayFallback    = "Dites ce que devient la procédure de secours."
	SlipSayProgress    = "Le texte manque. Dites où en sont les choses, en une phrase ou deux."
	SlipTickWhatIsBack = "Rien n’est coché. Cochez ce qui est rétabli."
	SlipAllIsBack      = "Tout est coché\u00a0: si tout est rétabli, mettez fin à l’alerte."
	SlipSayWhatReturns = "Dites quelles déclarations doivent être réinjectées."
	SlipEitherOr       = "Une heure est écrite et un autre choix est coché\u00a0: ne gardez que l’un des deux."
	SlipSayUntil       = "Dites jusqu’à quand."
	SlipNotAChoice     = "Ce choix n’existe pas."
)

// NotLater says that a time must lie after another.
func NotLater(than time.Time) string {
	return "Cette heure n’est pas postérieure à l’heure de fin prévue à présent, le " + templates.Moment(than) + ". Donnez une heure plus tardive."
}

// OneAtATime says that an act says the same modes of all its services.
func OneAtATime(groups string) string {
	return "Un message annonce les mêmes modes pour tous ses services. Publiez-en un par groupe\u00a0: " + groups + "."
}

// BeyondWhatWasSaid warns of an end later than people were told to expect.
func BeyondWhatWasSaid(may time.Time) string {
	return "La nouvelle fin dépasse ce qui avait été annoncé\u00a0: une prolongation n’était possible que jusqu’au " + templates.Moment(may) + "."
}

// MissedBecause says what was said in the place of an act that was missed.
func MissedBecause(act notice.Type, at time.Time) string {
	return templates.Capitalised(wordsOf(act).the) + " a été publi" + agreed(act) + " à " + Instant(at) + "."
}

// agreed is the ending of a participle about an act.
func agreed(act notice.Type) string {
	if feminine(act) {
		return "ée"
	}
	return "é"
}

// AnotherIsLeaving says that an act of the same notice has not left yet.
func AnotherIsLeaving(act notice.Type, who string, leaves time.Time) string {
	return "Rien n’a été envoyé\u00a0: " + wordsOf(act).the + " (compte " + who + ") part déjà à " + Instant(leaves) + ". Annulez cet envoi, ou attendez qu’il soit parti."
}

// SaidMeanwhile says that the form rests on what is no longer the last word.
const SaidMeanwhile = "Rien n’a été envoyé\u00a0: la note a changé depuis l’ouverture de votre page. Relisez ce qui suit, puis confirmez."

// Remedied is what is wrong and how to mend it, in two sentences.
func Remedied(what, remedy string) string {
	if remedy == "" {
		return templates.Capitalised(what) + "."
	}
	return templates.Capitalised(what) + ". " + templates.Capitalised(remedy) + "."
}
