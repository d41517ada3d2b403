package office

import (
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// starting is the notice that a kind begins with, for the visitor's bureau.
func (o *Office) starting(v visit, kind string) (notice.Notice, bool) {
	today := notice.DateOf(o.Publisher.Now())
	n := notice.Notice{Kind: notice.Kind(kind), Issuer: v.Account.Bureau, Issued: notice.Issued{Date: today}}
	next := today.Start().AddDate(0, 0, 1)
	for next.Weekday() != time.Tuesday || today.Days(notice.DateOf(next)) < 2 {
		next = next.AddDate(0, 0, 1)
	}
	planned := []notice.Window{{Start: notice.At(next.Add(9 * time.Hour)), End: notice.At(next.Add(17 * time.Hour))}}
	switch kind {
	case "maintenance", "exercice":
		n.Kind, n.Windows, n.Effect = notice.Maintenance, planned, notice.Interrupted
		n.Exercise = kind == "exercice"
		n.Modes = []string{"edi", "dti"}
		n.Messages = notice.Messages{notice.Create: notice.Forbidden, notice.ValidateAnticipated: notice.Forbidden}
		n.Fallback = notice.Fallback{Authorised: true, Condition: notice.NotDeferrable}
		n.Reinjection = notice.Reinjection{Of: notice.FallbackDeclarations, Pace: notice.Progressive}
		n.Advice = []notice.Advice{notice.Defer}
	case "incident", "degradation":
		n.Windows = []notice.Window{{Start: notice.At(o.Publisher.Now().Truncate(time.Minute))}}
	case "closure":
		n.Windows = []notice.Window{{Start: planned[0].Start}}
	case "information":
	default:
		return n, false
	}
	if contacts := o.Publisher.Bureaus[n.Issuer].Contacts; len(contacts) == 1 {
		for name := range contacts {
			n.Contact = name
		}
	}
	return n, true
}

// renewed is a notice to begin another one from.
func (o *Office) renewed(n notice.Notice) notice.Notice {
	n.Reference, n.OutageID, n.Issued.Date = "", "", notice.DateOf(o.Publisher.Now())
	return n
}
