package templates

import "douane.gouv.fr/crieur/schemas/notice"

// The words of those who work on notices. Where a notice is spoken of, they
// agree with "la note".

// PhaseName says where a notice stands in its life: "en cours".
func PhaseName(p notice.Phase) string {
	return say(map[notice.Phase]string{
		notice.Unpublished: "non publiée", notice.Announced: "annoncée", notice.Running: "en cours",
		notice.Over: "terminée", notice.Adjourned: "reportée sans date", notice.CalledOff: "annulée",
	}, p)
}

// StatusName says where the paper in hand stands: "soumise à la signature".
func StatusName[S ~string](status S) string {
	return say(map[S]string{
		"new": "à rédiger", "draft": "en cours de rédaction", "submitted": "soumise à la signature",
		"returned": "renvoyée au rédacteur", "approved": "signée, en attente de publication",
		"published": "publiée", "withdrawn": "retirée",
	}, status)
}

// EntryName says what an entry of the private record tells: "renvoi".
func EntryName[E ~string](entry E) string {
	return say(map[E]string{
		"drafted": "rédaction", "submitted": "soumission à la signature", "returned": "renvoi au rédacteur",
		"approved": "signature", "released": "publication différée", "lapsed": "signature devenue sans effet",
		"withdrawn": "retrait", "acted": "acte sur la note publiée", "reviewed": "relecture après urgence",
		"voided": "numéro abandonné", "held": "acte en attente", "left": "départ", "retracted": "rétractation",
		"missed": "acte devenu sans effet",
	}, entry)
}

// RoleName says in what capacity somebody acts: "rédacteur".
func RoleName(r notice.Role) string {
	return say(map[notice.Role]string{
		notice.Clock: "horloge", notice.Drafter: "rédacteur", notice.Signer: "signataire",
		notice.DutyOfficer: "permanence", notice.Administrator: "administrateur",
	}, r)
}

// RoleNames says several.
func RoleNames(roles []notice.Role) []string {
	var names []string
	for _, r := range roles {
		names = append(names, RoleName(r))
	}
	return names
}

// EnvironmentName says where services live.
func EnvironmentName(e notice.Environment) string {
	return say(map[notice.Environment]string{
		"": "production", notice.EnvProduction: "production", notice.EnvTest: "environnement de test",
	}, e)
}

// FateName says what became of messages that were sent: "mis en attente".
func FateName(f notice.Fate) string {
	return say(map[notice.Fate]string{"processed": "traités", "queued": "mis en attente", "rejected": "rejetés", "lost": "perdus"}, f)
}

// ReturningName says which declarations come back.
func ReturningName(r notice.Returning) string { return returningName(r) }

// PaceName says how declarations come back: "progressive".
func PaceName(p notice.Pace) string {
	return say(map[notice.Pace]string{notice.Progressive: "progressive", "immediate": "immédiate"}, p)
}

// AdviceName says what traders are invited to do.
func AdviceName(a notice.Advice) string {
	return say(map[notice.Advice]string{
		notice.Defer: "reporter les opérations", notice.Anticipate: "anticiper les opérations",
		notice.DoNotSend: "ne pas renvoyer les messages",
	}, a)
}

// ByName says under which power a signatory signs: "par délégation".
func ByName(b notice.By) string {
	return say(map[notice.By]string{"delegation": "par délégation", "interim": "par intérim"}, b)
}

// ClosesName says when the fallback closes.
func ClosesName(c notice.Closes) string {
	return say(map[notice.Closes]string{
		notice.ClosesNow: "fermée dès maintenant", notice.ClosesAt: "fermée à une heure donnée",
		notice.ClosesLater: "maintenue jusqu’à nouvel ordre", notice.ClosesNone: "sans objet",
	}, c)
}
