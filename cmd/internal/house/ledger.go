package house

import (
	"context"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/publisher/desk"
)

func (p public) Deliveries(ctx context.Context, event string) ([]desk.Delivery, error) {
	all, err := p.Notifier.Deliveries(ctx, event)
	told := make([]desk.Delivery, len(all))
	for i, of := range all {
		told[i] = desk.Delivery{Event: event, Channel: of.Channel, Lane: string(of.Lane), Planned: of.Planned, Done: of.Over == of.Spans,
			Spans: of.Spans, Over: of.Over, Counts: map[string]int{}, Next: of.Next,
			First: of.First, Last: of.Last, Median: of.Median.Seconds(), P99: of.P99.Seconds()}
		for status, n := range of.Counts {
			told[i].Counts[string(status)] = n
		}
	}
	return told, err
}

func (p public) Account(ctx context.Context, event string) (desk.Account, error) {
	a, err := p.Notifier.Account(ctx, event)
	return accountOf(a), err
}

func accountOf(a notifier.Account) desk.Account {
	of := desk.Account{Event: a.Event.ID, Notice: a.Event.Notice, Reference: a.State.Notice.Reference, Number: a.Event.Number,
		Time: a.Event.Time, Letter: a.Letter}
	if a.Event.Act != nil {
		of.Act = a.Event.Act.Type()
	}
	return of
}

func (p public) Attempts(ctx context.Context, event string, q desk.Question, f func(desk.Attempt) error) error {
	return p.Notifier.Attempts(ctx, event, q.Last, func(of notifier.Attempts) error {
		addresses := map[string]string{}
		if q.Addresses {
			err := p.Notifier.Subscribers.Walk(ctx, of.Span, func(s notifier.Subscriber) error {
				addresses[s.ID] = s.Address
				return nil
			})
			if err != nil {
				return err
			}
		}
		for _, d := range of.All {
			if q.Amiss && (d.Status == notifier.Sent || d.Status == notifier.Delivered) {
				continue
			}
			a := attemptOf(of.Channel, d)
			a.Address = addresses[d.To]
			if err := f(a); err != nil {
				return err
			}
		}
		return nil
	})
}

func attemptOf(channel string, d notifier.Delivery) desk.Attempt {
	return desk.Attempt{Channel: channel, Subscriber: d.To, Attempt: d.Attempt, At: d.At, Status: string(d.Status),
		Code: d.Code, Reply: d.Reply, Next: d.Next, Started: d.Started}
}

func (p public) History(ctx context.Context, address string) ([]desk.Attempt, error) {
	memos, err := p.Notifier.History(ctx, p.Notifier.Subscribers.IDOf(address))
	if err != nil {
		return nil, err
	}
	var all []desk.Attempt
	for _, m := range memos {
		a, account := attemptOf(m.Channel, m.Delivery), accountOf(m.Account)
		a.Account = &account
		all = append(all, a)
	}
	return all, nil
}
