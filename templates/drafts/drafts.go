// Package drafts gives notices to begin with: one of each nature, as a bureau
// says most of them, and one like an earlier one.
//
// The desk offers them in place of a blank page. What they hold is complete
// enough to be looked at and says nothing that must be found and taken out
// again: services and signatory are left to whoever drafts. It is pure; the day
// comes in as an argument.
package drafts

import (
	"maps"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// A Template is a nature of notice to begin with.
type Template struct {
	ID   string // a kind of notice, or "exercise"
	Name string // as staff read it
	Hint string // what it is for
}

// Exercise is the template of a drill.
const Exercise = "exercise"

// Templates are those that there are, in the order in which they are offered.
func Templates() []Template {
	all := []Template{
		{string(notice.Maintenance), "Maintenance", "Interruption prévue de services en ligne, avec procédure de secours."},
		{string(notice.Incident), "Incident", "Interruption non prévue, qui commence maintenant ; la fin n’est pas connue."},
		{string(notice.Degradation), "Fonctionnement dégradé", "Les services fonctionnent, mal ; depuis maintenant."},
		{string(notice.Information), "Information", "Texte libre, sans effet sur la météo des services."},
		{string(notice.Closure), "Fermeture définitive", "Un service ferme pour de bon, à une date annoncée un mois à l’avance."},
		{Exercise, "Exercice", "Mention EXERCICE partout ; la météo des services ne change pas."},
	}
	for i := range all {
		all[i].Hint = templates.Typeset(all[i].Hint)
	}
	return all
}

// Start is a notice of a template to begin with, for a bureau and at an
// instant. The error is a *notice.ValueError: the bureau or the template is not
// known.
func Start(id, issuer string, b notice.Bureaus, now time.Time) (notice.Notice, error) {
	bureau, err := b.Find(issuer)
	if err != nil {
		return notice.Notice{}, err
	}
	n := notice.Notice{Kind: notice.Kind(id), Issuer: issuer, Contact: contact(bureau), Issued: notice.Issued{Place: bureau.Place, Date: notice.DateOf(now)}}
	switch id {
	case string(notice.Maintenance):
		maintenance(&n, bureau, now)
	case string(notice.Incident):
		n.Cause.Text = "un incident technique"
		n.Windows = []notice.Window{{Start: minute(now)}}
		n.Effect = notice.Interrupted
		n.Messages = notice.Messages{notice.Create: notice.Discouraged}
	case string(notice.Degradation):
		n.Cause.Text = "un dysfonctionnement"
		n.Windows = []notice.Window{{Start: minute(now)}}
		n.Effect = notice.Degraded
	case string(notice.Information):
	case string(notice.Closure):
		n.Windows = []notice.Window{{Start: hour(tuesday(now, 30), 0)}}
	case Exercise:
		n.Kind, n.Exercise = notice.Maintenance, true
		n.Cause.Text = "un exercice de bascule en procédure de secours"
		day := tuesday(now, noticeDays(bureau))
		n.Windows = []notice.Window{{Start: hour(day, 9), End: hour(day, 11)}}
		n.Fallback = notice.Fallback{Authorised: true}
	default:
		return notice.Notice{}, unknown(id)
	}
	return n, nil
}

// maintenance is what most planned interruptions have in common.
func maintenance(n *notice.Notice, b notice.Bureau, now time.Time) {
	day := tuesday(now, noticeDays(b))
	n.Cause.Text = "une opération technique de maintenance"
	n.Windows = []notice.Window{{Start: hour(day, 9), End: hour(day, 17)}}
	n.Effect = notice.Interrupted
	n.Messages = notice.Messages{notice.Create: notice.Forbidden, notice.ValidateAnticipated: notice.Forbidden}
	n.Fallback = notice.Fallback{Authorised: true, Condition: notice.NotDeferrable}
	n.Reinjection = notice.Reinjection{Of: notice.FallbackDeclarations, Pace: notice.Progressive}
	n.Advice = []notice.Advice{notice.Defer}
}

func unknown(id string) error {
	var ids []string
	for _, t := range Templates() {
		ids = append(ids, t.ID)
	}
	e := notice.ValueError{What: templates.Typeset("« " + id + " » n’est pas un modèle de note"), Remedy: "choisir parmi " + strings.Join(ids, ", ")}
	return &e
}

// contact is the bureau's, where it has one; of several somebody chooses.
func contact(b notice.Bureau) string {
	if names := slices.Collect(maps.Keys(b.Contacts)); len(names) == 1 {
		return names[0]
	}
	return ""
}

// noticeDays are how long before a maintenance traders hear of it.
func noticeDays(b notice.Bureau) int {
	if b.NoticeDays > 0 {
		return b.NoticeDays
	}
	return 2
}

// tuesday is the first Tuesday that is some days ahead and no public holiday:
// the day on which a breakdown of the day before is mended, and of the day
// after can be.
func tuesday(now time.Time, ahead int) notice.Date {
	for day := ahead; ; day++ {
		at := now.In(notice.Legal)
		d := notice.DateOf(time.Date(at.Year(), at.Month(), at.Day()+day, 12, 0, 0, 0, notice.Legal))
		if d.Weekday() == time.Tuesday && d.Holiday() == "" {
			return d
		}
	}
}

func hour(d notice.Date, h int) notice.Time {
	return notice.At(time.Date(d.Year(), d.Month(), d.Day(), h, 0, 0, 0, notice.Legal))
}

func minute(now time.Time) notice.Time { return notice.At(now.Truncate(time.Minute)) }
