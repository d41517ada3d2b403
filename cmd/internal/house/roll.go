package house

import (
	"context"
	"errors"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates/bureau"
)

// Subscriber is the subscriber of an id; notice.ErrNotFound if there is none.
func (p public) Subscriber(ctx context.Context, id string) (desk.Listed, error) {
	s, err := p.Notifier.Subscribers.Get(ctx, id)
	if errors.Is(err, stream.ErrNotFound) || errors.Is(err, notice.ErrNotFound) {
		return desk.Listed{}, notice.ErrNotFound
	}
	if err != nil {
		return desk.Listed{}, err
	}
	return p.listed(s), nil
}

// Troubles are what is wrong with telling: what the probe finds, and the work
// that was given up.
func (p public) Troubles(ctx context.Context) ([]bureau.Mishap, error) {
	var all []bureau.Mishap
	if p.Probe != nil {
		for _, a := range p.Probe.State().Alarms {
			all = append(all, bureau.Mishap{Event: a.Event, Channel: a.Channel, Kind: "standstill", Detail: a.Why, Since: a.Since})
		}
	}
	dead, err := p.Notifier.DeadJobs(ctx)
	for _, d := range dead {
		all = append(all, bureau.Mishap{Event: d.Event, Channel: d.Channel, Kind: "dead", Detail: d.Reason, Since: d.Time})
	}
	return all, err
}
