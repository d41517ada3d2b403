package house

import (
	"context"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/publisher/desk"
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

func (p public) Unsubscribe(ctx context.Context, address string) error {
	return p.Notifier.Subscribers.Remove(ctx, p.Notifier.Subscribers.IDOf(address))
}

func (p public) Subscribers(ctx context.Context) (uint64, error) {
	return p.Notifier.Subscribers.Count(ctx)
}
