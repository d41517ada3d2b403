package office

import (
	"slices"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/templates/bureau"
)

func (o *Office) homeRoutes() []route {
	return []route{{"GET /{$}", nil, o.home}}
}

// groups are the states of the paper in hand, in the order of urgency.
var groups = []struct {
	title string
	of    []publisher.Status
}{
	{"À signer", []publisher.Status{publisher.StatusSubmitted}},
	{"Retournées", []publisher.Status{publisher.StatusReturned}},
	{"En rédaction", []publisher.Status{publisher.StatusDraft}},
	{"Signées, en attente", []publisher.Status{publisher.StatusApproved}},
	{"Publiées", []publisher.Status{publisher.StatusPublished}},
}

// home shows the notices in hand.
func (o *Office) home(visit) (answer, error) {
	var body bureau.Home
	all := o.Publisher.Dossiers()
	slices.Reverse(all) // ids begin with their time
	for _, g := range groups {
		group := bureau.Group{Title: g.title}
		for _, x := range all {
			if slices.Contains(g.of, x.Status) {
				group.Notices = append(group.Notices, o.brief(x))
			}
		}
		body.Groups = append(body.Groups, group)
	}
	return show(bureau.Page{Name: "home", Title: "Notes en cours", Here: "/", Body: body}), nil
}

// brief is a notice as a list names it.
func (o *Office) brief(x publisher.Dossier) bureau.Brief {
	b := bureau.Brief{ID: x.ID, Title: "Note sans titre", Reference: x.Numbers.Reference, Status: string(x.Status), Updated: x.State.Updated}
	if n := len(x.Entries); n > 0 && x.Entries[n-1].Time.After(b.Updated) {
		b.Updated = x.Entries[n-1].Time
	}
	return b
}
