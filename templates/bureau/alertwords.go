package bureau

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// alertWords are what the templates of running alerts say themselves with.
var alertWords = template.FuncMap{
	"lasting":     Lasting,
	"instant":     Instant,
	"clock":       templates.Clock,
	"publish":     func(a notice.Type) string { return wordsOf(a).publish },
	"the":         func(a notice.Type) string { return wordsOf(a).the },
	"feminine":    feminine,
	"figure":      Figure,
	"people":      people,
	"overdueFrom": func(a Alert) time.Time { return a.At.Add(-a.Late) },
	"timeField":   timeFieldOf,
	"conditions": func() []notice.Condition {
		return []notice.Condition{notice.NotDeferrable, notice.StrictlyNecessary, notice.BureauAgreement}
	},
	"channels":  channelName,
	"returning": returningWords,
	"unix":      func(t time.Time) int64 { return t.UnixMilli() },
}

// feminine is whether the name of an act is.
func feminine(a notice.Type) bool {
	return a != notice.TypeProgressed && a != notice.TypePostponed && a != notice.TypeCorrected && a != notice.TypeChanged
}

// A deedWords is how an act is called where it is done.
type deedWords struct {
	place   string // the last word of its address
	title   string // of its form
	the     string // with its article
	publish string // on the button that does it
}

// deeds are the acts that the pages of alerts offer, the most wanted first.
var deeds = []struct {
	act notice.Type
	deedWords
}{
	{notice.TypeEnded, deedWords{"fin", "Mettre fin à l’alerte", "la fin d’alerte", "Publier la fin d’alerte"}},
	{notice.TypeExtended, deedWords{"prolonger", "Prolonger l’alerte", "la prolongation", "Publier la prolongation"}},
	{notice.TypeRecovered, deedWords{"reprise", "Annoncer une reprise partielle", "la reprise partielle", "Publier la reprise partielle"}},
	{notice.TypeProgressed, deedWords{"point-etape", "Publier un point d’étape", "le point d’étape", "Publier le point d’étape"}},
	{notice.TypeResumed, deedWords{"reprendre", "Rapporter la fin d’alerte", "la fin d’alerte rapportée", "Publier : l’alerte se poursuit"}},
	{notice.TypeFallbackOpened, deedWords{"secours-ouvrir", "Ouvrir la procédure de secours", "l’ouverture de la procédure de secours", "Publier l’ouverture de la procédure de secours"}},
	{notice.TypeFallbackClosed, deedWords{"secours-fermer", "Fermer la procédure de secours", "la fermeture de la procédure de secours", "Publier la fermeture de la procédure de secours"}},
	{notice.TypePostponed, deedWords{"reporter", "Reporter l’opération", "le report", "Publier le report"}},
	{notice.TypeCancelled, deedWords{"annuler", "Annuler l’opération", "l’annulation", "Publier l’annulation"}},
	{notice.TypeReinstated, deedWords{"retablir", "Rapporter l’annulation", "l’annulation rapportée", "Publier l’annulation rapportée"}},
}

// Acts are the acts that the pages of alerts offer, the most wanted first, each
// with the last word of its address.
func Acts() []Link {
	links := make([]Link, len(deeds))
	for i, d := range deeds {
		links[i] = Link{Place: d.place, Label: templates.Typeset(d.title), Act: d.act}
	}
	return links
}

// Title is the heading of an act's form.
func Title(a notice.Type) string { return wordsOf(a).title }

// Question is the heading of the page that shows an act before it is published.
func Question(a notice.Type) string { return wordsOf(a).publish + "\u202f?" }

// TakeRecoveryBack is what the way back from a partial recovery is called.
const TakeRecoveryBack = "Rapporter la reprise partielle"

// Leaving is the heading of the page of an act that leaves in a moment.
func Leaving(a notice.Type) string { return "Envoi\u00a0: " + wordsOf(a).the }

// wordsOf are the words of an act; those of one that no page offers are its
// name.
func wordsOf(a notice.Type) deedWords {
	for _, d := range deeds {
		if d.act == a {
			d.publish = templates.Typeset(d.publish)
			return d.deedWords
		}
	}
	name := templates.ActName(a)
	return deedWords{"", templates.Capitalised(name), name, "Publier"}
}

// Lasting is a stretch of time in as many words as matter: "25 min", "5 h 30 min",
// "2 jours 3 h".
func Lasting(d time.Duration) string {
	const nbsp = "\u00a0"
	minutes := int(d.Abs() / time.Minute)
	days, hours, minutes := minutes/(24*60), minutes/60%24, minutes%60
	var parts []string
	add := func(n int, unit string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d%s%s", n, nbsp, unit))
		}
	}
	switch {
	case days == 1:
		add(days, "jour")
		add(hours, "h")
	case days > 1:
		add(days, "jours")
		add(hours, "h")
	default:
		add(hours, "h")
		add(minutes, "min")
	}
	if len(parts) == 0 {
		return "moins d’une minute"
	}
	return strings.Join(parts, nbsp)
}

// Instant is a time of day to the second: "14h30’12".
func Instant(t time.Time) string {
	return templates.Clock(t) + t.In(notice.Legal).Format("’05")
}

// Figure is a number as French writes it: "1 234 567".
func Figure(n int) string {
	digits := fmt.Sprint(n)
	var groups []string
	for len(digits) > 3 {
		groups = append(groups, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	groups = append(groups, digits)
	slices.Reverse(groups)
	return strings.Join(groups, "\u202f")
}

// people counts those who are told: "1 234 abonnés", "aucun abonné".
func people(n int) string {
	switch n {
	case 0:
		return "aucun abonné"
	case 1:
		return "1\u00a0abonné"
	}
	return Figure(n) + "\u00a0abonnés"
}

// channelName says by what way people are told.
func channelName(code string) string {
	switch code {
	case "email":
		return "par courriel"
	case "webhook":
		return "par appel à leur système"
	case "webpush":
		return "par notification"
	}
	return code
}

// returningWords say what comes back and how: "les déclarations reportées,
// progressivement".
func returningWords(r notice.Reinjection) string {
	what := map[notice.Returning]string{
		notice.FallbackDeclarations: "les déclarations déposées dans le cadre de la procédure de secours",
		notice.DeferredDeclarations: "les déclarations reportées",
		notice.BothDeclarations:     "les déclarations reportées et celles déposées dans le cadre de la procédure de secours",
	}[r.Of]
	switch {
	case r.Of == "":
		return "rien à réinjecter"
	case r.Pace == notice.Progressive:
		return what + ", progressivement"
	}
	return what + ", dès à présent"
}

// A timeField is one in which people write a time.
type timeField struct{ Name, Label, Hint, Value, Wrong string }

// timeFieldOf is a field of a form, with what has been written into it: a time
// that was understood is shown in full.
func timeFieldOf(d Deed, name, label, hint string) timeField {
	value := d.Typed.Get(name)
	var at notice.Time
	if at.UnmarshalText([]byte(value)) == nil {
		value = templates.Moment(at.Time)
	}
	return timeField{name, templates.Typeset(label), templates.Typeset(hint), value, d.Fault(name)}
}
