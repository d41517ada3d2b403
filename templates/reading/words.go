package reading

import (
	"fmt"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// said are the sentences that staff read where something is not understood:
// what is wrong, and how to mend it.
var said = map[string][2]string{
	"nothing":     {"Rien n’est écrit", "écrire par exemple « mardi 8 août 9h »"},
	"long":        {"Le texte est trop long", "n’écrire que le jour et l’heure"},
	"unknown":     {"« %s » n’est pas compris", "écrire par exemple « mardi 8 août 9h », « 08/08/2023 9:00 » ou « demain 9h »"},
	"two":         {"« %s » donne deux moments", "n’en donner qu’un, ou remplir début et fin"},
	"no hour":     {"L’heure manque dans « %s »", "l’ajouter : « %s 9h »"},
	"number":      {"« %s » : un jour ou une heure ?", "écrire « %dh » pour l’heure, ou « le %d à 9h »"},
	"no day":      {"Le jour manque dans « %s »", "écrire par exemple « mardi 8 août »"},
	"hour":        {"L’heure « %s » n’existe pas", "les heures vont de 0h00 à 23h59, et 24h00 est la fin du jour"},
	"midnight":    {"« %s » peut être le début ou la fin du jour", "écrire « 0h00 » pour le début du jour, « 24h00 » pour sa fin"},
	"no date":     {"Le %s n’existe pas", "%s"},
	"month":       {"Il n’y a pas de mois n° %d dans « %s »", "écrire le jour, puis le mois : « 08/08/2023 »"},
	"year":        {"L’année %d ne peut pas être la bonne", "vérifier l’année"},
	"weekday":     {"« %s » : le %s est un %s", "corriger le jour de la semaine, ou la date"},
	"weekday far": {"« %s » : le %s est un %s", "corriger le jour de la semaine ou la date, ou donner l’année"},
	"skipped":     {"Le %s, %s n’existe pas : on passe à l’heure d’été cette nuit-là", "donner l’heure d’avant ou d’après le changement, par exemple %s ou %s"},
	"twice":       {"Le %s, %s existe deux fois : on passe à l’heure d’hiver cette nuit-là", "écrire « %s heure d’été » pour la première, « %s heure d’hiver » pour la seconde"},
	"season":      {"Le %s à %s, on n’est pas à l’%s", "ne pas préciser : l’heure légale suffit"},
	"no window":   {"« %s » ne donne ni début ni fin", "écrire par exemple « mardi 8 août de 9h à 17h » ou « à partir de 9h »"},
	"no end":      {"La fin manque dans « %s »", "écrire « de 9h à 17h », ou « à partir de 9h » si la fin n’est pas connue"},
	"no start":    {"Le début manque dans « %s »", "écrire « de 9h à 17h »"},
	"days":        {"« %s » : une seule plage, ou une plage chaque jour ?", "pour une seule, écrire « du 8 août à 9h au 9 août à 17h » ; pour plusieurs, une ligne pour chaque jour"},
	"which day":   {"« %s » : on ne voit pas de quel jour est la première heure", "dire les deux jours : « du 8 août à 22h au 9 août à 4h »"},
	"backwards":   {"La fin (%s) ne vient pas après le début (%s)", "corriger l’un des deux"},
	"past":        {"Cette fin (%s) est déjà passée", "donner un moment à venir"},
	"earlier":     {"Ce n’est pas une prolongation : la fin prévue est déjà fixée au %s", "donner une fin plus tardive"},
	"which":       {"« %s » : une durée ou une heure ?", "écrire « +%s » pour une durée, « jusqu’à %s » pour une heure"},
	"none":        {"« %s » n’ajoute rien", "écrire par exemple « +30 min » ou « jusqu’à 18h »"},
	"size":        {"Le texte a %d octets", "%d au plus : ne coller que la note"},
	"not text":    {"Ce qui est collé n’est pas du texte", "copier le texte de la note depuis le PDF ou le traitement de texte"},
}

// wrong is an error in the words of a name; of the arguments, as many as the
// first sentence needs are its own.
func wrong(name string, args ...any) *notice.ValueError {
	words, own := said[name], 0
	for i := 0; i+1 < len(words[0]); i++ {
		if words[0][i] == '%' {
			own++
		}
	}
	own = min(own, len(args))
	return &notice.ValueError{What: templates.Typeset(fmt.Sprintf(words[0], args[:own]...)), Remedy: templates.Typeset(fmt.Sprintf(words[1], args[own:]...))}
}

// doubts are the sentences that staff read where something was understood, and
// perhaps not as it was meant.
var doubts = map[string]string{
	"bureau":       "Le bureau émetteur n’est pas reconnu",
	"bureaus":      "Plusieurs bureaux sont nommés : %s",
	"issued":       "La date de la note n’est pas trouvée : c’est celle du jour qui est proposée",
	"issued bad":   "La date de la note n’est pas comprise : %s",
	"contact":      "« %s » n’est pas un contact du bureau : %s",
	"mail":         "L’adresse n’est pas celle du contact (%s)",
	"owner":        "La note de ce bureau dit « %s »",
	"outlook":      "L’adresse de la météo n’est pas celle du bureau (%s)",
	"signatory":    "Le signataire n’est pas trouvé",
	"service":      "« %s » n’est pas un service du catalogue",
	"service near": "« %s » n’est pas un service du catalogue : est-ce %s ?",
	"group":        "« %s » désigne plusieurs services : tous sont repris",
	"no services":  "Aucun service n’est reconnu",
	"services":     "Les services ne sont pas les mêmes qu’ailleurs dans la note",
	"modes":        "Aucun mode n’est reconnu dans « %s »",
	"modes two":    "Les modes ne sont pas les mêmes qu’ailleurs dans la note",
	"window":       "La plage horaire n’est pas comprise : %s",
	"windows":      "Cette plage horaire n’est pas celle qui est dite ailleurs (%s)",
	"no windows":   "Aucune plage horaire n’est reconnue",
	"end":          "La fin n’est pas comprise : %s",
	"time":         "Le moment n’est pas compris : %s",
	"kind":         "La nature de la note n’est pas dite : « %s » est proposé",
	"kinds":        "Aucun type de message n’est reconnu dans « %s »",
	"cause":        "Le motif n’est pas trouvé",
	"article":      "Le motif commence par un article : « une opération technique »",
	"amends":       "Cette note en modifie une autre (%s) : mieux vaut reprendre celle-ci",
	"guess":        "Compris d’après des mots épars : à vérifier",
	"effect":       "L’impact n’est pas le même qu’ailleurs dans la note",
	"recurrence":   "La récurrence n’est pas comprise",
	"returning":    "Les déclarations à réinjecter ne sont pas reconnues dans « %s »",
}
