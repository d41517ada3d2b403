package bureau

import (
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Reference is the body of "referentiel": what notices may speak of.
type Reference struct {
	Catalogue, Words string // versions, as a signature binds them
	Groups           []ServiceGroup
	Modes            []ModeLine
	Keeps            bool // the reader prepares changes
	Bureaus          []Pick
	Wrong            []Flaw
}

// A ServiceGroup is some services that are said in one phrase, or those that
// are said alone.
type ServiceGroup struct {
	Label    string // "" for those alone
	Services []ServiceLine
}

// A ServiceLine is one service of the catalogue.
type ServiceLine struct {
	Code, Label     string
	Aliases, Modes  []string
	Needs           []string // labels of the services without which it does not work
	Sheet, Fallback string
	Notices         int // that speak of it
	Now             int // of these, in hand, announced or under way
}

// A ModeLine is one mode.
type ModeLine struct{ Code, Label, Under string }

// A Service is the body of "referentiel-service".
type Service struct {
	ServiceLine
	Group, Parent string
	Parts, Needed []Pick // services that are parts of it; that need it
	Hits          []Hit
	More          int
}

// A BureauCard is one bureau, in the body of "referentiel-bureaux".
type BureauCard struct {
	Code string
	notice.Bureau
	Days int
}

// Heads are the letterhead's lines, Lines the sender's.
func (b BureauCard) Heads() string { return strings.Join(b.Authority, " – ") }

// Lines are those of the sender's address.
func (b BureauCard) Lines() string { return strings.Join(b.Sender, ", ") }

// A Wordbook is the body of "referentiel-clauses".
type Wordbook struct {
	Version string
	Files   []WordFile
	Own     int // words that are the deployment's own
}

// A WordFile is a file of words.
type WordFile struct {
	Title string
	Words []WordLine
}

// A WordLine is some words by name, when they are said, and a deployment's own.
type WordLine struct {
	Name, When, Text string
	Own              []OwnWord
}

// An OwnWord is what a deployment says instead.
type OwnWord struct{ For, Text string }

// WordTitle says where the words of a file are said.
func WordTitle(file string) string {
	switch file {
	case "letter.txt":
		return "Dans la lettre"
	case "messages.txt":
		return "Dans les messages d’alerte"
	}
	return "Dans les courriels"
}

// ForAll names all bureaus, where a deployment's own words are for all.
const ForAll = "tous les bureaux"

// whens say when words are said, by the beginning of their name; the longest
// counts.
var whens = map[string]string{
	"subject": "objet de la lettre, selon la nature et l’effet", "announce": "premier paragraphe, selon la nature de la note",
	"effect": "effet sur les services, selon la nature et la fin prévue", "exceptions": "si des messages restent possibles",
	"instead": "si d’autres services remplacent ceux de la note", "documents": "si la note renvoie à des documents",
	"origin": "si la cause est dans un autre service", "advice": "si la note invite à anticiper, à reporter ou à ne pas renvoyer",
	"messages": "si des messages sont interdits, déconseillés ou autorisés", "sent": "si le sort des messages déjà envoyés est précisé",
	"workaround": "si une solution de contournement est donnée", "fallback": "si la procédure de secours est autorisée",
	"reinjection": "si des déclarations sont à réinjecter ensuite", "follow": "toujours", "trouble": "toujours, selon la nature",
	"contact": "en tête, selon ce que la note précise", "signature": "au-dessus du nom du signataire, selon son pouvoir",
	"banner": "sur un exercice ou pour l’environnement de test", "replaces": "sur un rectificatif ou un changement", "reason": "sur un rectificatif ou un changement",
	"postponed": "sur un report", "reinstated": "si l’annulation est rapportée", "cancelled": "sur une annulation", "title": "titre", "running": "en haut des pages suivantes",
	"place_date": "lieu et date", "table": "si les consignes diffèrent selon les services", "ended": "à la fin d’alerte", "started": "au début d’alerte", "extended": "à la prolongation",
	"recovered": "à la reprise partielle", "reminder": "au rappel avant une plage", "reminded": "au rappel avant une plage", "overdue": "quand la fin prévue est dépassée",
	"resumed": "quand la fin d’alerte est rapportée", "progressed": "au point d’étape",
}

// WhenSaid says when some words are said; "" where nothing is known of it.
func WhenSaid(name string) string {
	for name != "" {
		if when, ok := whens[name]; ok {
			return when
		}
		i := strings.LastIndexByte(name, '.')
		name = name[:max(i, 0)]
	}
	return ""
}

// A Proposal is the body of "referentiel-controle": a changed file, checked.
type Proposal struct {
	File, Flag string // its name; the flag by which a start reads it
	Problems   notice.Problems
	Changes    []Change
	Drafts     []Naming // that would read otherwise
	Public     []Naming // announced or under way, whose letter would
	Signed     []Naming // that would have to be signed again
	Broken     []Naming // that would have faults
}

// A Touched is some notices that a change would touch.
type Touched struct {
	Title   string
	Notices []Naming
}

// Touched are the notices that the change would touch, the gravest first.
func (p Proposal) Touched() []Touched {
	return []Touched{
		{"Notes signées qui devraient l’être de nouveau", p.Signed},
		{"Projets qui comporteraient une erreur", p.Broken},
		{"Projets qui se liraient autrement", p.Drafts},
		{"Notes annoncées ou en cours dont les prochains messages se liraient autrement", p.Public},
	}
}

// A Change is one thing that a changed file would change.
type Change struct {
	What     string // "ajouté", "retiré", "modifié"
	Where    string
	Was, Now string
}

// Same is whether nothing would change.
func (p Proposal) Same() bool { return len(p.Changes) == 0 && len(p.Problems) == 0 }

// The kinds of change.
const (
	Added   = "ajouté"
	Removed = "retiré"
	Altered = "modifié"
)
