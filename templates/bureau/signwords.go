package bureau

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// signWords are what the pages of the paper in hand say themselves with.
var signWords = template.FuncMap{
	"paper": paperName,
	"did":   did,
	"stage": stageLevel,
	"roles": func(all []notice.Role) string { return strings.Join(templates.RoleNames(all), ", ") },
	"runs":  templates.Plain,
}

// What may be wrong with the forms of sign-off, and why a page is shown again.
const (
	SayWhen      = "L’heure de publication manque. Écrivez par exemple «\u00a0demain 9h\u00a0» ou «\u00a0mardi 8 août 8h\u00a0»."
	WhenGone     = "Cette heure est déjà passée. Donnez une heure à venir, ou publiez maintenant."
	SayUrgency   = "Le motif de l’urgence manque. Dites pourquoi personne d’autre ne peut signer."
	SayReason    = "Le motif manque."
	SayRemark    = "Dites ce qui est à reprendre\u00a0: un motif, ou une remarque sur un champ."
	SayAs        = "Dites s’il s’agit d’un rectificatif ou d’un changement."
	LetterOther  = "La note n’est plus celle qui vous avait été montrée. Ce qui a changé est marqué ci-dessous\u00a0: relisez, puis signez."
	WordsOther   = "Les formules ou le référentiel ont changé depuis que cette page vous a été montrée, et la note avec eux. Relisez-la, puis signez."
	WarningOther = "De nouveaux avertissements sont à lire avant de signer."
	TextBroken   = "Le texte comporte des erreurs\u00a0: il ne peut pas être signé."
	FirstLook    = "depuis la version précédente"
)

// Since says since when something has changed, by what it is compared with.
func Since(base string) string {
	switch base {
	case "vu":
		return "depuis que vous l’avez lue"
	case "retour":
		return "depuis qu’elle a été retournée"
	case "publie":
		return "par rapport à ce qui est publié"
	case "page":
		return "depuis que la page vous a été montrée"
	}
	return FirstLook
}

// Compare is the link to a comparison.
func Compare(base string) string {
	switch base {
	case "vu":
		return "Depuis ma dernière lecture"
	case "retour":
		return "Depuis le retour"
	case "publie":
		return "Par rapport à la note publiée"
	}
	return ""
}

// The groups of the home page.
const (
	GroupToSign   = "À signer"
	GroupToReview = "À relire\u00a0: publiées en urgence par une seule personne"
	GroupReturned = "Retournées, à reprendre"
	GroupMine     = "Mes projets"
	GroupWaiting  = "Signées, publiées plus tard"
	GroupAsked    = "Soumises à signature"
	GroupOthers   = "Projets des autres"
	GroupBack     = "Retournées aux autres"
	GroupLately   = "Publiées ces trente derniers jours"
)

// The steps that pages offer.
const (
	StepSign   = "Relire et signer"
	StepRead   = "Ouvrir le dossier"
	StepMend   = "Reprendre le texte"
	StepWrite  = "Continuer la rédaction"
	StepReview = "Relire"
	StepAlert  = "Conduire l’alerte"
	StepTold   = "Suivre la diffusion"
)

// StateTitle is the heading of a list of one state.
func StateTitle(status string) string {
	switch status {
	case "draft":
		return "En rédaction"
	case "submitted":
		return "À signer"
	case "returned":
		return "Retournées"
	case "approved":
		return "Signées, en attente"
	case "published":
		return "Publiées"
	case "withdrawn":
		return "Retirées"
	}
	return ""
}

// Untitled is what a text is called that does not yet say what it is about.
func Untitled(kind notice.Kind) string {
	if kind == "" {
		return "Note sans titre"
	}
	return templates.Capitalised(templates.KindName(kind)) + " (projet)"
}

// WholeNote is what a remark is on that is on no one field.
const WholeNote = "ensemble de la note"

// VersionTitle is the heading of a text as it was.
func VersionTitle(entry int) string { return "Version de l’entrée " + strconv.Itoa(entry) }

// Duration is the name of the fact that says how long a window is.
const Duration = "Durée"

// stageLevel is the level of a badge, by publisher.Status.
func stageLevel(status string) string {
	switch status {
	case "submitted", "returned":
		return "warning"
	case "published":
		return "success"
	}
	return "info"
}

// paperName is what a text in hand is to be, by the act that it will make.
func paperName(as notice.Type) string {
	switch as {
	case notice.TypeCorrected:
		return "projet de rectificatif"
	case notice.TypeChanged:
		return "projet de changement"
	}
	return ""
}

// did says what somebody did, by publisher.EntryType.
func did(entry string) string {
	switch entry {
	case "drafted":
		return "a rédigé le texte"
	case "submitted":
		return "a soumis la note à signature"
	case "returned":
		return "a retourné la note"
	case "approved":
		return "a signé la note"
	case "released":
		return "l’heure de publication est venue"
	case "lapsed":
		return "la signature est devenue sans effet"
	case "withdrawn":
		return "a retiré la note"
	case "acted":
		return "a publié un message"
	case "held":
		return "a préparé un message"
	case "retracted":
		return "a annulé l’envoi du message"
	case "left":
		return "le message est parti"
	case "missed":
		return "le message n’a pas pu partir"
	case "reviewed":
		return "a relu la publication en urgence"
	case "voided":
		return "numéro abandonné"
	case "told":
		return "message de l’horloge"
	}
	return templates.EntryName(entry)
}

// Signs is who a letter says signs it: "Anne DURAND, le chef de bureau, par
// délégation".
func Signs(s notice.Signatory) string {
	said := s.Name
	for _, more := range []string{s.Role, templates.ByName(s.By)} {
		if more != "" {
			said += ", " + more
		}
	}
	return said
}

// InPlace says in whose place somebody signs: "par délégation de chef-bureau".
func InPlace(by, of string) string {
	said := templates.ByName(notice.By(by))
	if said != "" && of != "" {
		said += " de " + of
	}
	return said
}

// SignTitle is the heading of the page on which a notice is signed.
func SignTitle(title string) string { return "Signer\u00a0: " + title }

// Settled says who did what that leaves nothing to sign.
func Settled(who, entry string, at time.Time) string {
	said := templates.Capitalised(did(entry))
	if who != "" {
		said = who + " " + did(entry)
	}
	return said + " le " + templates.Moment(at) + "\u00a0: il n’y a plus rien à signer. Rien n’a été fait deux fois."
}
