package bureau

import (
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Diffusion is the body of "diffusion" and of "diffusion-suivi": how far
// telling of a notice's events has come.
type Diffusion struct {
	Naming
	At       time.Time
	Events   []ToldEvent // the newest first
	Troubles []Mishap
	Outcomes bool // the reader may take what became of each message away
	People   bool // with the addresses
}

// Running is whether somebody still is to be told, and no deferral is waited
// for.
func (d Diffusion) Running() bool {
	for _, e := range d.Events {
		for _, c := range e.Channels {
			if c.Running() {
				return true
			}
		}
	}
	return false
}

// Says is the whole in one sentence.
func (d Diffusion) Says() string {
	told, amiss, waiting := 0, 0, 0
	for _, e := range d.Events {
		for _, c := range e.Channels {
			told, amiss, waiting = told+c.Told(), amiss+c.Amiss(), waiting+c.Of("deferred")
		}
	}
	state := "Diffusion terminée"
	switch {
	case len(d.Events) == 0:
		return templates.Typeset("La note n’est pas publiée : rien n’a encore été diffusé.")
	case d.Running():
		state = "Diffusion en cours"
	case d.amiss():
		state = "Diffusion incomplète"
	case waiting > 0:
		state = "Diffusion terminée, sauf envois reportés"
	}
	state += " : " + Counted(told, "envoi remis", "envois remis")
	if waiting > 0 {
		state += ", " + Counted(waiting, "reporté", "reportés")
	}
	if amiss > 0 {
		state += ", " + Counted(amiss, "en échec", "en échec")
	}
	return templates.Typeset(state + ".")
}

// amiss is whether some who were to be told have been given up.
func (d Diffusion) amiss() bool {
	return slices.ContainsFunc(d.Troubles, func(m Mishap) bool { return m.Kind == "dead" })
}

// A ToldEvent is one event of the notice, and how far each channel is.
type ToldEvent struct {
	ID       string
	Number   int
	Act      notice.Type
	Time     time.Time
	Letter   string // SHA-256 of the letter that went with it
	Known    bool   // the ledger has it: it is not older than what is kept
	Channels []Telling
}

// A Telling is how far a channel is with an event.
type Telling struct {
	Channel, Lane string
	Planned       time.Time
	Done          bool
	Spans, Over   int            // of the subscribers, by equal shares; of these, for good
	Counts        map[string]int // of subscribers, by status
	Next          time.Time      // when the first of the deferred is tried again
	First, Last   time.Time      // told
	Median, P99   float64        // seconds until half, and 99 of 100, were told
	Now           time.Time
}

// By names the channel.
func (t Telling) By() string { return mediumName(t.Channel) }

// Of is how many have a status.
func (t Telling) Of(status string) int { return t.Counts[status] }

// Sum is how many the ledger has an answer of.
func (t Telling) Sum() (n int) {
	for _, count := range t.Counts {
		n += count
	}
	return n
}

// Told is how many were told, as far as is known.
func (t Telling) Told() int { return t.Of("sent") + t.Of("delivered") }

// Amiss is how many will not be told.
func (t Telling) Amiss() int {
	return t.Of("bounced") + t.Of("suppressed") + t.Of("refused") + t.Of("expired") + t.Of("unknown")
}

// Running is whether something is left to do at present.
func (t Telling) Running() bool { return !t.Done && t.ToGo() != 0 }

// All is how many there are to tell: counted where all shares have been gone
// through, else estimated from those that have, which are equal. -1: not known.
func (t Telling) All() int {
	switch {
	case t.Done || t.Spans == 0 || t.Over >= t.Spans:
		return t.Sum()
	case t.Over == 0 && t.Of("deferred") == t.Sum() && t.Sum() > 0: // all that is left is deferred
		return t.Sum()
	case t.Over == 0:
		return -1
	}
	return max(t.Sum(), t.Sum()*t.Spans/t.Over)
}

// ToGo is how many are left to tell; -1: not known.
func (t Telling) ToGo() int {
	if t.All() < 0 {
		return -1
	}
	return t.All() - t.Sum()
}

// Share is what has been gone through, in hundredths.
func (t Telling) Share() int {
	if all := t.All(); all > 0 {
		return 100 * t.Sum() / all
	}
	if t.Done {
		return 100
	}
	return 0
}

// Progress says how far the channel is.
func (t Telling) Progress() string {
	switch togo := t.ToGo(); {
	case t.Done && t.Sum() == 0:
		return "personne à prévenir"
	case t.Done:
		return "terminé"
	case togo < 0:
		return "en cours"
	case togo > 0:
		return fmt.Sprintf("en cours, environ %s à faire", Counted(togo, "envoi", "envois"))
	}
	return "terminé, sauf envois reportés"
}

// Rate says how fast the channel is, and how long it still takes; "" where it
// is not under way.
func (t Telling) Rate() string {
	took := t.Last.Sub(t.First)
	if !t.Running() || took <= 0 || t.Told() < 2 {
		return ""
	}
	rate := float64(t.Told()) / took.Seconds()
	text := Count(max(1, int(rate))) + " envois par seconde"
	if togo := t.ToGo(); togo > 0 {
		text += ", encore " + lasting(time.Duration(float64(togo)/rate*float64(time.Second))) + " environ"
	}
	return text
}

// Took says after how long people were told; "" where nobody was.
func (t Telling) Took() string {
	if t.Median <= 0 && t.P99 <= 0 {
		return ""
	}
	span := func(seconds float64) string { return lasting(time.Duration(seconds * float64(time.Second))) }
	return "la moitié en " + span(t.Median) + ", 99\u00a0% en " + span(t.P99)
}

// An outcome is one line of what became of messages.
type outcome struct {
	Status, Label, Means string
	Count                int
}

// outcomes are the statuses in the order in which they matter.
var outcomes = []outcome{
	{"delivered", "Remis au destinataire", "la boîte l’a reçu, elle l’a confirmé", 0},
	{"sent", "Remis au relais", "le relais l’a accepté ; rien n’est revenu depuis", 0},
	{"deferred", "Reportés", "le destinataire ne répond pas, un nouvel essai est prévu", 0},
	{"bounced", "Rejetés", "l’adresse n’existe pas ou plus", 0},
	{"suppressed", "Écartés", "l’adresse avait déjà rejeté des envois, rien ne lui est envoyé", 0},
	{"refused", "Refusés", "le destinataire refuse ce que nous envoyons", 0},
	{"unknown", "Sans réponse", "envoyé sans que le relais ait répondu : peut-être reçu", 0},
	{"expired", "Périmés", "reportés jusqu’à ne plus avoir d’utilité", 0},
}

// Outcomes are what became of messages; those that do not occur are left out,
// but for what was told.
func (t Telling) Outcomes() []outcome {
	var all []outcome
	for _, o := range outcomes {
		if o.Count = t.Of(o.Status); o.Count > 0 || o.Status == "sent" {
			o.Means = templates.Typeset(o.Means)
			all = append(all, o)
		}
	}
	return all
}

// outcomeName says what became of one message.
func outcomeName(status string) string {
	switch status {
	case "delivered":
		return "remis au destinataire"
	case "sent":
		return "remis au relais"
	case "deferred":
		return "reporté"
	case "bounced":
		return "rejeté"
	case "suppressed":
		return "écarté"
	case "refused":
		return "refusé"
	case "unknown":
		return "sans réponse"
	case "expired":
		return "périmé"
	}
	return status
}
