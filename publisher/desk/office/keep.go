package office

import (
	"context"
	"slices"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
)

// A Roll is what the bureau looks up on the public's side besides desk.Public.
// cmd fills it.
type Roll interface {
	// Subscriber is the subscriber of an id; notice.ErrNotFound if there is none.
	Subscriber(ctx context.Context, id string) (desk.Listed, error)
	// Troubles are what is wrong with telling: a standstill, work given up.
	Troubles(ctx context.Context) ([]bureau.Mishap, error)
}

// keepRoutes are those of what is kept: calendar, subscribers, catalogue, people, trail.
func (o *Office) keepRoutes() []route {
	return slices.Concat(o.diffusionRoutes(), o.rollRoutes(), o.calendarRoutes(), o.trailRoutes(), o.searchRoutes(), o.referenceRoutes())
}

// overseers are those who see what became of each message.
var overseers = []notice.Role{notice.Signer, notice.DutyOfficer, notice.Administrator}

// noteOf is the notice of a path, where the visitor may read it.
func (o *Office) noteOf(v visit) (publisher.Dossier, error) {
	id, err := o.Publisher.Find(v.PathValue("id"))
	if err != nil {
		return publisher.Dossier{}, err
	}
	x, err := o.Publisher.Dossier(v.Context(), id)
	if err == nil && !concerns(v, x) {
		err = notice.ErrNotFound
	}
	return x, err
}

// naming is what a list or a heading calls a notice.
func (o *Office) naming(x publisher.Dossier) bureau.Naming {
	c := o.shelf.card(o, x)
	return bureau.Naming{ID: x.ID, Title: o.shelf.title(o, x), Reference: c.reference, Exercise: c.notice.Exercise, Test: !c.notice.Production()}
}
