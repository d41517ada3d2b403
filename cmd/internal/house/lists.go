package house

import (
	"context"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/publisher/desk"
)

func (p public) ID(address string) string { return p.Notifier.Subscribers.IDOf(address) }

func (p public) Lift(ctx context.Context, id string) error {
	return p.Notifier.Subscribers.Lift(ctx, id)
}

func (p public) Take(ctx context.Context, entries []desk.Entry, terms desk.Terms) []desk.Taken {
	wishes := make([]notifier.Wish, len(entries))
	for i, e := range entries {
		wishes[i].Subscriber = notifier.Subscriber{Channel: email.Name, Address: e.Address, Lang: e.Lang, Zone: e.Zone,
			Services: e.Services, Modes: e.Modes, Wants: wordsOf[notifier.Want](e.Wants), Daily: wordsOf[notifier.Want](e.Daily)}
		wishes[i].Unsaid = wordsOf[notifier.Part](e.Unsaid)
	}
	taken := make([]desk.Taken, len(entries))
	for i, c := range p.Notifier.Subscribers.Take(ctx, wishes, notifier.Terms{Consent: terms.Consent, Lift: terms.Lift, Dry: terms.DryRun, At: p.Clock.Now()}) {
		taken[i] = desk.Taken(c)
	}
	return taken
}

func (p public) Each(ctx context.Context, f func(desk.Listed) error) error {
	return p.Notifier.Subscribers.Each(ctx, func(s notifier.Subscriber) error {
		if s.Channel != email.Name {
			return nil // a machine
		}
		return f(p.listed(s))
	})
}

// listed is a subscriber as the desk sees it.
func (p public) listed(s notifier.Subscriber) desk.Listed {
	l := desk.Listed{ID: s.ID, Bureau: s.Bureau, Since: s.Since, Choice: desk.Choice{Address: s.Address, Lang: s.Lang, Zone: s.Zone, Services: s.Services,
		Modes: s.Modes, Wants: wordsOf[string](s.Wants), Daily: wordsOf[string](s.Daily)}}
	if s.Suppressed.On(p.Clock.Now()) {
		l.Suppressed = &desk.Suppressed{Since: s.Suppressed.At, Code: s.Suppressed.Code, Until: s.Suppressed.Until}
	}
	return l
}

// wordsOf are words as another package calls them.
func wordsOf[To, From ~string](words []From) []To {
	var all []To
	for _, w := range words {
		all = append(all, To(w))
	}
	return all
}
