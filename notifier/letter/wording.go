package letter

// A wording is the few words that the letter itself adds, in one language.
type wording struct {
	subject string // before the subject
	link    string // before a link's text, where a link is described
}

// wordings are by the language of the Document. Two are drawn; a third needs
// nothing but a line here.
var wordings = map[string]wording{
	"fr": {subject: "Objet\u00a0: ", link: "Lien\u00a0: "},
	"en": {subject: "Subject: ", link: "Link: "},
}

// The letterhead's words are French in every letter. The State's emblem is the
// administration's to supply: it is not drawn.
var (
	republic = []string{"RÉPUBLIQUE", "FRANÇAISE"}
	motto    = []string{"Liberté", "Égalité", "Fraternité"}
)

// bullet labels the items of lists.
const bullet = "•"

// What a seal says of itself, in French like the letterhead. Each line begins
// with words by which a reader of the file knows it.
const (
	sealSaid      = "Cachet électronique"
	signedSaid    = "Signé électroniquement"
	verifySaid    = "Vérifier"
	specimenSaid  = "SPÉCIMEN"
	specimenMeans = "\u00a0: cachet de démonstration, sans valeur"
)

// What the files that go with a letter are.
const (
	noticeMeans  = "Données structurées de la note (JSON)"
	extractMeans = "Données structurées de l’extrait (JSON)"
	actMeans     = "Acte qui modifie la note (JSON)"
)
