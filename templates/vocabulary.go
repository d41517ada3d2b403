package templates

import "douane.gouv.fr/crieur/schemas/notice"

// A word of the closed vocabularies, in French. What a later version may have
// added is shown as it is written: better a code than nothing.
func say[W ~string](words map[W]string, word W) string {
	if french, ok := words[word]; ok {
		return french
	}
	return string(word)
}

// EffectName says an effect: "interrompu".
func EffectName(e notice.Effect) string {
	return say(map[notice.Effect]string{
		notice.Unaffected: "disponible", notice.Degraded: "dégradé", notice.Interrupted: "interrompu", notice.Closed: "fermé",
	}, e)
}

// SendName says whether a kind of message may be sent.
func SendName(s notice.Send) string {
	return say(map[notice.Send]string{
		notice.NotStated: "non précisé", notice.Allowed: "autorisé", notice.Discouraged: "déconseillé", notice.Forbidden: "interdit",
	}, s)
}

// MessageKindName says a kind of message: "création d’une déclaration".
func MessageKindName(k notice.MessageKind) string {
	return say(map[notice.MessageKind]string{
		notice.Create:              "création d’une déclaration",
		notice.ValidateAnticipated: "validation d’une déclaration anticipée",
		notice.Amend:               "rectification d’une déclaration",
		notice.Invalidate:          "invalidation d’une déclaration",
		notice.Present:             "présentation des marchandises",
		notice.Query:               "consultation",
	}, k)
}

// MessageKindNames says several.
func MessageKindNames(kinds []notice.MessageKind) []string {
	var names []string
	for _, k := range kinds {
		names = append(names, MessageKindName(k))
	}
	return names
}

// ConditionName says when the fallback may be used, as follows "procédure de
// secours autorisée".
func ConditionName(c notice.Condition) string {
	return say(map[notice.Condition]string{
		notice.NotDeferrable:     "pour les formalités qui ne peuvent pas être reportées",
		notice.StrictlyNecessary: "si absolument nécessaire",
		notice.BureauAgreement:   "sur accord du bureau de douane",
	}, c)
}

// returningName says which declarations come back.
func returningName(r notice.Returning) string {
	return say(map[notice.Returning]string{
		notice.FallbackDeclarations: "les déclarations déposées dans le cadre de la procédure de secours",
		notice.DeferredDeclarations: "les déclarations reportées",
		notice.BothDeclarations:     "les déclarations reportées et celles déposées dans le cadre de la procédure de secours",
	}, r)
}

// KindName says the nature of a notice.
func KindName(k notice.Kind) string {
	return say(map[notice.Kind]string{
		notice.Maintenance: "maintenance", notice.Incident: "incident", notice.Degradation: "fonctionnement dégradé",
		notice.Information: "information", notice.Closure: "fermeture",
	}, k)
}

// ActName says what befell a notice.
func ActName(t notice.Type) string {
	return say(map[notice.Type]string{
		notice.TypePublished: "publication", notice.TypeCorrected: "rectificatif", notice.TypeChanged: "changement",
		notice.TypePostponed: "report", notice.TypeExtended: "prolongation", notice.TypeProgressed: "point d’étape",
		notice.TypeReminded: "rappel", notice.TypeStarted: "début d’alerte", notice.TypeOverdue: "fin prévue dépassée",
		notice.TypeFallbackOpened: "ouverture de la procédure de secours",
		notice.TypeFallbackClosed: "fermeture de la procédure de secours",
		notice.TypeRecovered:      "reprise partielle", notice.TypeEnded: "fin d’alerte",
		notice.TypeResumed: "fin d’alerte rapportée", notice.TypeCancelled: "annulation",
		notice.TypeReinstated: "annulation rapportée", notice.TypeNudged: "rappel au bureau",
	}, t)
}
