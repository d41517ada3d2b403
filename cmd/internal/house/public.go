package house

import (
	"context"
	"errors"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/stream"
)

// public shows the desk the other side: it is where the two meet besides the
// stream.
type public struct{ *House }

func (p public) Subscribe(ctx context.Context, s desk.Subscription) (string, error) {
	sub := notifier.Subscriber{Channel: email.Name, Address: s.Address, Lang: s.Lang, Zone: s.Zone, Services: s.Services, Modes: s.Modes, Since: p.Clock.Now()}
	for _, want := range s.Wants {
		sub.Wants = append(sub.Wants, notifier.Want(want))
	}
	sub, err := p.Notifier.Subscribers.Add(ctx, sub)
	return sub.ID, err
}

func (p public) Unsubscribe(ctx context.Context, address string) (known bool, err error) {
	id := p.Notifier.Subscribers.IDOf(address)
	_, err = p.Notifier.Subscribers.Get(ctx, id)
	known = err == nil
	if err != nil && !errors.Is(err, stream.ErrNotFound) {
		return false, err
	}
	return known, p.Notifier.Subscribers.Remove(ctx, id) // also what nobody has confirmed yet
}

func (p public) Subscribers(ctx context.Context) (uint64, error) {
	return p.Notifier.Subscribers.Count(ctx)
}
