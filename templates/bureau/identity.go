package bureau

import (
	"strconv"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A Fault is what is wrong with a field of a form about people.
type Fault struct{ Field, Text string }

// Faults are those of one form.
type Faults []Fault

// On is what is wrong with a field; "" for nothing.
func (f Faults) On(field string) string {
	for _, one := range f {
		if one.Field == field {
			return one.Text
		}
	}
	return ""
}

// A SignIn is the body of "sign-in".
type SignIn struct {
	Local  bool   // people sign in with a password of ours
	Issuer string // who else vouches for people; "" for nobody
	ID     string // as it was typed
	Back   string // where to go afterwards
	Kept   Kept   // what was sent when the session had ended
	Faults Faults
	Alert  string // what went wrong besides: one of the sayings of this file
}

// A Kept is a form that came too late: its session had ended.
type Kept struct {
	Place  string // where it goes; "" for none
	Text   string // its fields, encoded as it was sent
	Fields []KeptField
}

// A KeptField is one of them.
type KeptField struct{ Name, Value string }

// An Again is the body of "again": a form to be sent once more.
type Again struct{ Kept Kept }

// An Access is a person's key for programs, as lists show it.
type Access struct {
	No, Label     string
	Scopes        []string
	Made, Expires time.Time
	Used          time.Time // the day; zero if never
}

// A Presence is a browser that somebody has signed in with.
type Presence struct {
	No          string
	Began, Seen time.Time
	Here        bool // this very one
}

// A Standing is somebody who signs in another's place.
type Standing struct {
	No, By      string // By is notice.By
	Of, To      string // as pages show them
	Bureau      string
	From, Until time.Time
	Now         bool // it is in force
}

// A Mine is the body of "mine": one's own account.
type Mine struct {
	ID, Name string
	Roles    []notice.Role
	Bureau   string // its label; "" for every bureau
	Local    bool   // its password is ours
	Notify   string // where one is told what waits; "" for nowhere
	Sessions []Presence
	Access   []Access
	Scopes   []Choice
	Absence  *AbsenceForm // nil for who may not delegate
	Given    []Standing   // one has named
	Held     []Standing   // one has been named
	Typed    Sent
	Faults   Faults
}

// An AbsenceForm asks who signs meanwhile.
type AbsenceForm struct{ Delegates []Choice }

// Sent is what a form was sent with, by field, where it comes back.
type Sent map[string]string

// A PasswordForm is the body of "password".
type PasswordForm struct {
	Given  bool // another person has seen the present one
	ID     string
	Faults Faults
}

// A Secret is the body of "secret": what is shown this once.
type Secret struct {
	Label, Text string
	Hint        string
	Back        string
	BackLabel   string
}

// People is the body of "people".
type People struct {
	All      []PersonRow
	Standing []Standing
	Bureaus  []Choice
	Deputies []Choice // who may hold an interim
	Typed    Sent
	Faults   Faults
}

// A PersonRow is one account of the list.
type PersonRow struct {
	ID, Name, Bureau string
	Roles            []notice.Role
	Delegate         bool
	Way              string // how it signs in: "password", "given", "none", or the issuer
}

// A PersonForm is the body of "person": a new account, or one that there is.
type PersonForm struct {
	New      bool
	ID, Name string
	Issuer   string // who says what it may do; "" for us
	Way      string
	Roles    []Choice
	Bureaus  []Choice
	Delegate bool
	Access   []Access
	Scopes   []Choice
	Sessions int
	Self     bool // it is one's own
	Typed    Sent
	Faults   Faults
}

// A Removal is the body of "removal".
type Removal struct{ ID, Name string }

// Alerts of the page to sign in, by what went wrong.
const (
	AlertRefused = "L’identifiant ou le mot de passe est incorrect."
	AlertEnded   = "Votre session avait pris fin. Rien n’est perdu\u00a0: connectez-vous, votre saisie vous sera proposée à l’envoi."
	AlertFile    = "Votre session avait pris fin. Connectez-vous, puis joignez le fichier de nouveau\u00a0: un fichier n’est pas conservé."
	AlertCrowd   = "Trop d’essais depuis votre réseau. Réessayez dans une minute."
	AlertBusy    = "Le bureau ne répond pas. Réessayez dans un instant."
	AlertStale   = "La connexion a été commencée il y a trop longtemps, ou dans un autre navigateur. Recommencez."
	AlertIssuer  = "Le fournisseur d’identité ne répond pas ou refuse. Réessayez, ou adressez-vous à votre administrateur."
	AlertNoRole  = "Vous êtes reconnu, mais aucun rôle valable ne vous est donné ici. Adressez-vous à votre administrateur."
)

// What may be wrong with the fields of forms about people.
const (
	FaultNoID       = "Écrivez votre identifiant."
	FaultNoPassword = "Écrivez votre mot de passe."
	FaultOld        = "Ce n’est pas votre mot de passe actuel."
	FaultShort      = "Le mot de passe est trop court\u00a0: 12\u00a0caractères au moins. Quelques mots valent mieux que des signes."
	FaultLong       = "Le mot de passe est trop long\u00a0: 128\u00a0octets au plus."
	FaultCommon     = "Ce mot de passe est de ceux que l’on essaie en premier. Choisissez des mots sans rapport avec votre identifiant."
	FaultSame       = "C’est le mot de passe actuel. Choisissez-en un autre."
	FaultTwice      = "Les deux saisies du nouveau mot de passe diffèrent."
	FaultID         = "L’identifiant s’écrit en minuscules, chiffres et traits d’union, sans le nom de personne."
	FaultTaken      = "Un autre compte porte déjà cet identifiant."
	FaultRoles      = "Cochez au moins un rôle."
	FaultName       = "Le nom compte 60\u00a0caractères au plus, sans chevrons ni guillemets droits."
	FaultAddress    = "Ce n’est pas une adresse de courriel\u00a0: écrivez-la sous la forme nom@domaine."
	FaultBureau     = "Choisissez un bureau de la liste."
	FaultDays       = "Donnez un nombre de jours de 1 à 366."
	FaultScopes     = "Cochez au moins un droit."
	FaultFrom       = "Donnez le début, par exemple 8 août 2023 9h."
	FaultUntil      = "Donnez la fin, par exemple 16 août 2023 18h."
	FaultOrder      = "La fin n’est pas après le début."
	FaultPast       = "La fin est déjà passée."
	FaultEternal    = "Une suppléance dure six mois au plus. Donnez une fin plus proche."
	FaultDelegate   = "Choisissez une personne de la liste."
	FaultIssued     = "Les rôles de ce compte sont donnés par le fournisseur d’identité."
	FaultLast       = "C’est le dernier administrateur\u00a0: donnez d’abord ce rôle à une autre personne."
)

// Wait says for how long an account is not to be tried again.
func Wait(d time.Duration) string {
	if d <= time.Minute {
		return "Trop d’essais pour cet identifiant. Réessayez dans une minute."
	}
	return "Trop d’essais pour cet identifiant. Réessayez dans " + minutes(d) + "."
}

// minutes is a duration in whole minutes, rounded up.
func minutes(d time.Duration) string {
	n := int((d + time.Minute - 1) / time.Minute)
	return strconv.Itoa(n) + "\u00a0minutes"
}

// ScopeName says what a key opens, by publisher.Scope.
func ScopeName(scope string) string {
	switch scope {
	case "read":
		return "consulter"
	case "draft":
		return "rédiger et soumettre"
	case "sign":
		return "retourner et signer"
	case "act":
		return "conduire une alerte"
	case "people":
		return "personnes et abonnés"
	}
	return scope
}

// What the door says to a form that it does not take.
const (
	RefusedElsewhere = "Cette demande vient d’un autre site que le bureau. Rien n’a été fait."
	RefusedStale     = "Ce formulaire ne vient pas de votre session. Rien n’a été fait\u00a0: rechargez la page et recommencez."
	RefusedGarbled   = "Le formulaire reçu est illisible. Rien n’a été fait\u00a0: rechargez la page et recommencez."
	RefusedLarge     = "L’envoi dépasse 4\u00a0Mo. Rien n’a été fait\u00a0: réduisez le fichier ou le texte."
	RefusedSlow      = "L’envoi a pris trop de temps et a été coupé. Rien n’a été fait\u00a0: recommencez."
)

// What is said beside a secret that is shown this once.
const (
	HintAccess   = "Un programme l’envoie à l’API dans l’en-tête Authorization\u00a0: Bearer, ou la ligne de commande la prend par --token."
	HintPassword = "Remettez-le à son titulaire par une voie sûre\u00a0: il en choisira un autre à sa première connexion."
)
