package templates

import (
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Formats are the words of what programs show to people: feeds, calendars,
// badges. A Document says the rest.
type Formats struct {
	Lang          string // BCP 47
	Sender        string // who publishes it all
	Feed          string // what the feed is called
	FeedAbout     string
	Alerts        string // what the feed of alert messages is called
	Calendar      string // what the calendar is called
	CalendarAbout string
	Letter        string
	CAPLetter     string // what a letter is, beside an alert message
	State         string // of services
	Page          string // "Page de ce service"
	Late          string // of an end that has passed
	Fallback      string // where it is authorised
	Stale         string // of a state, where nothing is heard of what is published
	kind          func(notice.Kind) string
	stages        map[string]string
	effect        func(notice.Effect) string
	tongue        tongue
}

var frenchFormats = Formats{
	Lang: "fr", Sender: "Direction générale des douanes et droits indirects",
	Feed:          "Notes aux opérateurs et alertes",
	FeedAbout:     "Les notes aux opérateurs de la douane et tout ce qui leur arrive : publication, report, annulation, début et fin d’alerte.",
	Alerts:        "Messages d’alerte (CAP)",
	Calendar:      "Services en ligne de la douane",
	CalendarAbout: "Interruptions prévues et en cours des services en ligne de la douane. L’heure de fin prévue n’est pas la fin : seul un message de fin d’alerte met fin à une alerte.",
	Letter:        "Lettre officielle (PDF)", CAPLetter: "Lettre officielle",
	State: "état du service en ligne", Page: "Détail et consignes", Late: "fin prévue dépassée", Fallback: "procédure de secours autorisée", Stale: "non actualisé",
	kind:   KindName,
	stages: map[string]string{"production": "production", "test": "environnement de test", "exercise": "exercice"},
	effect: EffectName,
	tongue: french,
}

var englishFormats = Formats{
	Lang: "en", Sender: "French Customs (DGDDI)",
	Feed:          "Notices to operators and alerts",
	FeedAbout:     "Notices of French Customs to operators and all that befalls them: publication, postponement, cancellation, start and end of alert. For information; the French text is the one that counts.",
	Alerts:        "Alert messages (CAP)",
	Calendar:      "French Customs online services",
	CalendarAbout: "Planned and present interruptions of the online services of French Customs. The planned end is not the end: an alert is over when an end-of-alert message says so.",
	Letter:        "Official letter (PDF, in French)", CAPLetter: "Official letter, in French",
	State: "state of the online service", Page: "Details and instructions (in French)", Late: "planned end has passed", Fallback: "fallback procedure authorised", Stale: "not up to date",
	kind: func(k notice.Kind) string {
		if k == notice.Degradation {
			return "degraded service" // a category of feeds, which readers sort by
		}
		return EnglishKind(k)
	},
	stages: map[string]string{"production": "production", "test": "test environment", "exercise": "drill"},
	effect: EffectEnglish,
	tongue: english,
}

// FormatsIn are the words of a language: "en", or French.
func FormatsIn(lang string) Formats {
	if lang == "en" {
		return englishFormats
	}
	return frenchFormats
}

// Kind says the nature of a notice.
func (f Formats) Kind(k notice.Kind) string { return f.kind(k) }

// Stage says whether it is the real thing.
func (f Formats) Stage(s string) string { return f.stages[s] }

// Effect says how a service is.
func (f Formats) Effect(e notice.Effect) string { return f.effect(e) }

// Act says what befell a notice.
func (f Formats) Act(t notice.Type) string {
	if f.Lang == "fr" {
		return ActName(t)
	}
	all, _ := wording()
	return all["en."+string(t)+".title"]
}

// Joined is "A, B et C".
func (f Formats) Joined(items []string) string { return f.tongue.joined(items) }

// Colon is what stands between a name and what it says.
func (f Formats) Colon() string { return f.tongue.colon() }

// StateAt says at what instant something is so.
func (f Formats) StateAt(t time.Time) string {
	if f.Lang == "fr" {
		return "état le " + Moment(t)
	}
	return "as of " + f.tongue.moment(t, notice.Legal) + ", French legal time"
}

// Since says since when something lasts.
func (f Formats) Since(t time.Time) string {
	if f.Lang == "fr" {
		return "Depuis le " + Moment(t) + "."
	}
	return "Since " + f.tongue.moment(t, notice.Legal) + "."
}

// Lasting says since when something lasts, and until when as planned; a zero
// end is not known.
func (f Formats) Lasting(since, until time.Time) string {
	french := f.Lang == "fr"
	switch {
	case until.IsZero() && french:
		return f.Since(since) + " Fin prévue" + nbsp + ": non connue."
	case until.IsZero():
		return f.Since(since) + " Planned end: not known."
	case french:
		return f.Since(since) + " Fin prévue" + nbsp + ": " + Moment(until) + "."
	}
	return f.Since(since) + " Planned end: " + f.tongue.moment(until, notice.Legal) + "."
}

// StaleSince says that nothing has been heard of what is published since an
// instant.
func (f Formats) StaleSince(t time.Time) string {
	if f.Lang == "fr" {
		return "Informations du " + Moment(t) + nbsp + ": l’état a pu changer depuis."
	}
	return "Information of " + f.tongue.moment(t, notice.Legal) + ": the state may have changed since."
}

// Clock says that a clock is shifted, and what it shows.
func (f Formats) Clock(t time.Time) string {
	if f.Lang == "fr" {
		return "Démonstration" + nbsp + ": l’horloge indique le " + Moment(t)
	}
	return "Demonstration: the clock shows " + f.tongue.moment(t, notice.Legal)
}
