package bureau

import (
	"html/template"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// words are what the templates say themselves with, besides the public's.
var words = template.FuncMap{
	"role":   templates.RoleName,
	"status": statusName,
	"count":  Count, "counted": Counted, "outcome": outcomeName, "channel": mediumName,
	"scope": ScopeName,
	"by":    func(by string) string { return templates.ByName(notice.By(by)) },

	"access": accessOf, "standing": standingOf, "deputies": deputies,
	"label": Label,
	"id":    IDOf,
	"hour":  templates.Clock,
	"date":  templates.Date, "weekday": templates.Day,
}

// sayings are what a page says of what has just been done, by the key that the
// redirection carries.
var sayings = map[string]string{
	"enregistre": "Le projet est enregistré.",
	"oublie":     "La saisie qui n’avait pas été enregistrée est oubliée.",
	"cree":       "Le projet est créé : complétez-le.",
	"dejacree":   "Cette page avait déjà servi : voici le projet qu’elle a créé.",
	"soumis":     "La note est soumise à signature.",
	"retourne":   "La note est retournée au rédacteur.",
	"signe":      "La note est signée.",
	"publie":     "La note est publiée.",
	"retire":     "La note est retirée.",
	"fait":       "C’est fait.",
	"inscrit":    "L’adresse est abonnée.",
	"efface":     "L’abonné est effacé.",
	"leve":       "Les envois à cette adresse reprennent.",
	"parti":      "Vous êtes déconnecté.",
	"motdepasse": "Le mot de passe est changé. Vos autres sessions sont closes.",
	"compte":     "Le compte est enregistré.",
	"prevenu":    "L’adresse est enregistrée. Ce qui vous concerne y sera signalé.",
	"silence":    "Vous n’êtes plus prévenu par courriel.",
	"supprime":   "Le compte est supprimé, avec ses sessions et ses clés.",
	"revoque":    "La clé ne donne plus accès.",
	"clos":       "La session est close.",
	"absence":    "L’absence est enregistrée.",
	"interim":    "L’intérim est enregistré.",
	"rapporte":   "La suppléance a pris fin.",
	"programme":  "La note est signée. Elle sera publiée à l’heure dite.",
	"repris":     "La signature est reprise : la note ne sera pas publiée.",
	"relu":       "La relecture est enregistrée.",
	"amende":     "Le projet est ouvert : modifiez le texte, puis soumettez-le.",
}

// statusName says where the paper in hand stands, by publisher.Status.
func statusName(status string) string {
	switch status {
	case "new":
		return "à rédiger"
	case "draft":
		return "en rédaction"
	case "submitted":
		return "à signer"
	case "returned":
		return "retournée"
	case "approved":
		return "signée, en attente de publication"
	case "published":
		return "publiée"
	case "withdrawn":
		return "retirée"
	}
	return status
}
