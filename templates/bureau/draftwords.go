package bureau

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A label is how a field is called, and what helps to fill it in.
type label struct{ label, hint string }

// labels are those of the form's fields, by their names without numbers.
var labels = map[string]label{
	"kind":               {"Nature de la note", ""},
	"environment":        {"Environnement", ""},
	"exercise":           {"C’est un exercice", "« EXERCICE » est dit sur la lettre et sur chaque message ; la météo ne change pas."},
	"retroactive":        {"La note parle d’un temps passé", "L’interruption est finie quand la note paraît."},
	"reference":          {"Référence", "Laissée vide, elle est attribuée à la signature."},
	"outage_id":          {"Identifiant d’interruption", "Laissé vide, il est attribué à la signature."},
	"issuer":             {"Bureau émetteur", ""},
	"signatory/name":     {"Nom du signataire", "Prénom NOM, comme au bas de la lettre."},
	"signatory/role":     {"Qualité du signataire", "Laissée vide, celle du bureau."},
	"signatory/by":       {"Mention", ""},
	"contact":            {"Affaire suivie par", ""},
	"issued/place":       {"Lieu", "Laissé vide, celui du bureau."},
	"issued/date":        {"Date de la note", "Par exemple : 1er août 2023, demain."},
	"cause":              {"Cause", "Avec son article, comme après « Nous vous informons que » : « une opération technique »."},
	"cause/gender":       {"Genre de la cause", ""},
	"cause/number":       {"Nombre de la cause", ""},
	"origin":             {"Service à l’origine", "S’il n’est pas parmi ceux qui sont touchés."},
	"services":           {"Services touchés", ""},
	"services/add":       {"Chercher ou ajouter des services", "Comme vous les écrivez : « Delta X Import et Export, ECS ». Un groupe ajoute tous ses services."},
	"modes":              {"Modes", "Aucun coché : tous ceux de chaque service."},
	"windows":            {"Plages horaires", ""},
	"start":              {"Début", "Par exemple : 8 août 2023 9h, lundi 8h, demain 9h ; ou toute la plage : mardi 8 août de 9h à 17h."},
	"end":                {"Fin prévue", "Vide si elle n’est pas connue. « 17h » est l’heure qui suit le début."},
	"may_extend_until":   {"Prolongation possible jusqu’au", "Facultatif."},
	"recurs":             {"Répétition", ""},
	"recurs/freq":        {"La plage se répète", ""},
	"recurs/count":       {"Nombre de fois en tout", "La première comprise."},
	"recurs/until":       {"Ou : dernier jour", "Par exemple : 30 septembre 2023."},
	"recurs/except":      {"Sauf les jours suivants", "Séparés par des virgules."},
	"recurs/rule":        {"Autre règle (RRULE)", "Par exemple : FREQ=MONTHLY;BYDAY=1SU;COUNT=6."},
	"reminders":          {"Rappels", ""},
	"reminders/which":    {"Rappels avant chaque plage", ""},
	"reminders/hours":    {"Heures avant la plage", "Par exemple : 24, 48."},
	"effect":             {"Impact", ""},
	"messages":           {"Consignes d’envoi", ""},
	"fallback":           {"Procédure de secours", ""},
	"authorised":         {"La procédure de secours est autorisée", ""},
	"condition":          {"Condition", ""},
	"until":              {"Jusqu’au", ""},
	"fallback/from":      {"À compter du", "Vide : dès le début de la plage."},
	"fallback/until":     {"Jusqu’au", "Vide : jusqu’à la fin d’alerte."},
	"sheet":              {"Numéro de la fiche", ""},
	"service":            {"Service qui en tient lieu", ""},
	"scope":              {"Services traités différemment", ""},
	"scope/*/services":   {"Services de cette ligne", "Comme vous les écrivez, séparés par des virgules."},
	"scope/*/modes":      {"Modes", "Aucun coché : tous ceux de chaque service."},
	"scope/*/windows":    {"Plages horaires de cette ligne", "Aucune : celles de la note."},
	"reinjection":        {"Réinjection", ""},
	"reinjection/of":     {"Déclarations à réinjecter", ""},
	"reinjection/pace":   {"Rythme", ""},
	"reinjection/from":   {"À compter du", "Vide : dès la fin d’alerte."},
	"reinjection/hours":  {"Répartie sur (heures)", ""},
	"reinjection/slots":  {"Nombre de créneaux", ""},
	"binding":            {"Les créneaux sont impératifs", ""},
	"advice":             {"Conseils aux opérateurs", ""},
	"workaround":         {"Solution de contournement", ""},
	"workaround/code":    {"Code", ""},
	"workaround/text":    {"Texte", ""},
	"sent":               {"Messages déjà envoyés", ""},
	"sent/*/from":        {"Envoyés entre le", ""},
	"sent/*/to":          {"Et le", ""},
	"sent/*/kinds":       {"Messages", "Aucun coché : tous."},
	"sent/*/fate":        {"Ce qu’ils sont devenus", ""},
	"resend":             {"Ils sont à renvoyer", ""},
	"exceptions":         {"Messages qui restent possibles", ""},
	"exceptions/*/kinds": {"Messages", ""},
	"exceptions/*/until": {"Jusqu’au", "Vide : tant que la note vaut."},
	"instead":            {"Services à utiliser à la place", "Séparés par des virgules."},
	"documents":          {"Documents de référence", ""},
	"documents/*/title":  {"Titre", ""},
	"documents/*/url":    {"Adresse", "Elle commence par https://"},
	"paragraphs":         {"Paragraphes libres", ""},
	"paragraphs/*":       {"Paragraphe", "Une ligne qui commence par « - » est un point d’une liste."},
	"clauses":            {"Clauses de la lettre", ""},
	"distribution":       {"Diffusion, outre les abonnés", "Groupes séparés par des virgules."},
}

// labelOf is the label of a field: its own, or that of all fields of its last
// name.
func labelOf(name string) label {
	p := pattern(name)
	last := p[strings.LastIndexByte(p, '/')+1:]
	if kind, ok := strings.CutPrefix(p, "messages/"); ok || strings.Contains(p, "/messages/") {
		if !ok {
			kind = last
		}
		return label{templates.Capitalised(templates.MessageKindName(notice.MessageKind(kind))), ""}
	}
	if strings.HasPrefix(p, "clauses/") {
		return clauseLabel(p)
	}
	found := labels[last]
	for at := p; at != ""; { // "scope/*/fallback/from" is called as "fallback/from"
		if l, ok := labels[at]; ok {
			found = l
			break
		}
		_, at, _ = strings.Cut(at, "/")
	}
	if found == (label{}) {
		found.label = name
	}
	return label{templates.Typeset(found.label), templates.Typeset(found.hint)}
}

// clauseNames are what the clauses of a letter are about.
var clauseNames = map[string]string{
	"announce": "Annonce", "effect": "Impact", "exceptions": "Ce qui reste possible", "instead": "À utiliser à la place",
	"origin": "Origine", "advice": "Conseils", "messages": "Consignes d’envoi", "sent": "Messages déjà envoyés",
	"workaround": "Contournement", "fallback": "Procédure de secours", "reinjection": "Réinjection", "paragraphs": "Paragraphes libres",
	"documents": "Documents", "follow": "Suivre la météo", "trouble": "Signaler un dysfonctionnement",
}

// ClauseName is what a clause of a letter is about.
func ClauseName(id string) string {
	if name, ok := clauseNames[id]; ok {
		return name
	}
	return id
}

func clauseLabel(p string) label {
	parts := strings.Split(p, "/")
	name := ClauseName(parts[1])
	switch parts[len(parts)-1] {
	case "leave":
		return label{"Omettre", ""}
	case "omit":
		return label{"Raison de l’omission", ""}
	case "text":
		return label{"Autre rédaction", ""}
	}
	return label{name, ""}
}

// Label is how a field is called in a list of what is to be mended: below its
// block, if it is in one.
func Label(name string) string {
	parts := strings.Split(name, "/")
	said := labelOf(name).label
	for i := len(parts) - 2; i >= 0; i-- {
		if !numbered(parts[i+1]) {
			continue
		}
		block := map[string]string{"windows": "plage", "scope": "ligne", "sent": "messages envoyés", "exceptions": "exception", "documents": "document", "paragraphs": "paragraphe"}[parts[i]]
		if block == "" {
			continue
		}
		n := ordinal(parts[i+1])
		if i+1 == len(parts)-1 {
			said = templates.Capitalised(block) + " " + n
		} else {
			said += ", " + block + " " + n
		}
	}
	if parts[0] == "clauses" && len(parts) > 2 {
		said += " (" + ClauseName(parts[1]) + ")"
	}
	return said
}

func numbered(part string) bool { return part != "" && strings.Trim(part, "0123456789") == "" }

// options are the choices of a field that has some.
func (d Draft) options(name string, f Field) []Option {
	p := pattern(name)
	last := p[strings.LastIndexByte(p, '/')+1:]
	switch {
	case strings.HasPrefix(p, "messages/") || strings.Contains(p, "/messages/"):
		return choices(f, "non précisé", pairs(notice.NotStated.Values(), func(v string) string { return templates.SendName(notice.Send(v)) }))
	case last == "modes":
		return d.modeOptions(f)
	case last == "kinds":
		return choices(f, "", pairs(notice.MessageKind("").Values(), func(v string) string { return templates.MessageKindName(notice.MessageKind(v)) }))
	case p == "origin" || last == "service":
		return mark(f, append([]Option{{Label: "aucun"}}, d.serviceOptions()...))
	case p == "issuer":
		return d.bureauOptions(f)
	case p == "contact":
		return d.contactOptions(f)
	}
	for _, key := range []string{p, last} {
		if c, ok := selects[key]; ok {
			return choices(f, c.none, c.all)
		}
	}
	return nil
}

// A choice is what may be chosen in a field: in the place of nothing, none.
type choice struct {
	none string
	all  []Option
}

// selects are the choices of the closed vocabularies.
var selects = map[string]choice{
	"kind": {"", []Option{{Value: "maintenance", Label: "maintenance (prévue)"}, {Value: "incident", Label: "incident (non prévu, service interrompu)"},
		{Value: "degradation", Label: "fonctionnement dégradé"}, {Value: "information", Label: "information"}, {Value: "closure", Label: "fermeture définitive"}}},
	"environment":  {"production", []Option{{Value: "test", Label: "test (la météo ne change pas)"}}},
	"signatory/by": {"aucune", []Option{{Value: "delegation", Label: "par délégation"}, {Value: "interim", Label: "par intérim"}}},
	"cause/gender": {"d’après l’article", []Option{{Value: "feminine", Label: "féminin"}, {Value: "masculine", Label: "masculin"}}},
	"cause/number": {"d’après l’article", []Option{{Value: "singular", Label: "singulier"}, {Value: "plural", Label: "pluriel"}}},
	"effect": {"selon la nature de la note", []Option{{Value: "interrupted", Label: "interrompu"}, {Value: "degraded", Label: "dégradé"},
		{Value: "unaffected", Label: "disponible"}, {Value: "closed", Label: "fermé"}}},
	"condition": {"aucune", []Option{{Value: "not_deferrable", Label: "formalités qui ne peuvent pas être reportées"},
		{Value: "strictly_necessary", Label: "si absolument nécessaire"}, {Value: "bureau_agreement", Label: "sur accord du bureau de douane"}}},
	"reinjection/of": {"aucune", []Option{{Value: "fallback_declarations", Label: "celles déposées en procédure de secours"},
		{Value: "deferred_declarations", Label: "celles qui ont été reportées"}, {Value: "both", Label: "les unes et les autres"}}},
	"reinjection/pace": {"non précisé", []Option{{Value: "progressive", Label: "progressif"}, {Value: "immediate", Label: "immédiat"}}},
	"advice": {"", []Option{{Value: "defer", Label: "reporter au maximum les opérations"}, {Value: "anticipate", Label: "anticiper les opérations"},
		{Value: "do_not_resend", Label: "ne pas renvoyer les messages déjà transmis"}}},
	"fate": {"à préciser", []Option{{Value: "processed", Label: "traités"}, {Value: "queued", Label: "en attente"},
		{Value: "rejected", Label: "rejetés"}, {Value: "lost", Label: "non reçus"}}},
	"reminders/which": {"ceux du bureau", []Option{{Value: "none", Label: "aucun"}, {Value: "own", Label: "ceux-ci"}}},
	"recurs/freq": {"non", []Option{{Value: "DAILY", Label: "chaque jour"}, {Value: "WEEKLY", Label: "chaque semaine, le même jour"},
		{Value: "MONTHLY", Label: "chaque mois, le même quantième"}, {Value: "other", Label: "selon une autre règle"}}},
}

func pairs(values []string, say func(string) string) []Option {
	var all []Option
	for _, v := range values {
		all = append(all, Option{Value: v, Label: say(v)})
	}
	return all
}

// choices are options with those of the field on; none stands for nothing
// chosen.
func choices(f Field, none string, all []Option) []Option {
	all = slices.Clone(all)
	if none != "" {
		all = slices.Insert(all, 0, Option{Label: none})
	}
	return mark(f, all)
}

// mark sets those on that the field holds.
func mark(f Field, all []Option) []Option {
	for i := range all {
		all[i].On = slices.Contains(f.Values, all[i].Value) || all[i].Value == "" && f.Value == ""
	}
	return all
}

func (d Draft) modeOptions(f Field) []Option {
	return mark(f, pairs(d.Catalogue.ModeCodes(), func(code string) string { return d.Catalogue.Modes[code].Label }))
}

func (d Draft) serviceOptions() []Option {
	all := pairs(d.Catalogue.Codes(), func(code string) string { return d.Catalogue.Services[code].Label })
	slices.SortStableFunc(all, func(a, b Option) int { return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)) })
	return all
}

func (d Draft) bureauOptions(f Field) []Option {
	all := pairs(slices.Sorted(maps.Keys(d.Bureaus)), func(code string) string { return d.Bureaus[code].Label })
	if _, known := d.Bureaus[f.Value]; !known {
		all = slices.Insert(all, 0, Option{Value: f.Value, Label: "à choisir"})
	}
	return mark(f, all)
}

func (d Draft) contactOptions(f Field) []Option {
	names := slices.Sorted(maps.Keys(d.Bureaus[d.Values.Get("issuer")].Contacts))
	if f.Value != "" && !slices.Contains(names, f.Value) {
		names = append(names, f.Value)
	}
	all := pairs(names, func(name string) string { return name })
	return mark(f, slices.Insert(all, 0, Option{Label: "personne"}))
}

// Tell says what some values of a group stand for, a line a field.
func (d Draft) Tell(group string) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(d.Values)) {
		if name != group && !strings.HasPrefix(name, group+"/") {
			continue
		}
		if line := d.tell(group, name); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func (d Draft) tell(group, name string) string {
	f := d.F(name)
	var said []string
	for _, text := range f.Values {
		if text == "" {
			continue
		}
		switch i := slices.IndexFunc(f.Options, func(o Option) bool { return o.Value == text }); {
		case i >= 0:
			text = f.Options[i].Label
		case name == "services":
			text = d.Catalogue.Services[text].Label
		case text == "true":
			text = "oui"
		case name == "clauses/order":
			text = d.tellOrder(text)
		}
		said = append(said, text)
	}
	switch {
	case len(said) == 0:
		return ""
	case name == group:
		return strings.Join(said, ", ")
	}
	return templates.Typeset(Label(name) + " : " + strings.Join(said, ", "))
}

func (d Draft) tellOrder(order string) string {
	var names []string
	for _, id := range strings.Fields(order) {
		names = append(names, ClauseName(id))
	}
	return strings.Join(names, " ; ")
}

// ordinal counts from 1 what is numbered from 0.
func ordinal(part string) string {
	i, _ := strconv.Atoi(part) // digits all
	return strconv.Itoa(i + 1)
}
