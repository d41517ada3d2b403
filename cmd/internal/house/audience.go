package house

import (
	"context"
	"slices"
	"strings"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/bureau"
)

// counted is up to how many subscribers are counted one by one: above, some of
// the shards stand for all. Whoever ends an alert is not to wait for a figure.
const counted = 20_000

// Reached counts those who will be told of an event. Shards are filled by a
// hash of the address, so that a part of them is a fair sample.
func (p public) Reached(ctx context.Context, s notice.State, e notice.Event) ([]bureau.Reach, error) {
	return p.reached(ctx, s, e, counted)
}

// reached counts up to about so many subscribers one by one.
func (p public) reached(ctx context.Context, s notice.State, e notice.Event, most uint64) ([]bureau.Reach, error) {
	all, err := p.Notifier.Subscribers.Count(ctx)
	if err != nil {
		return nil, err
	}
	span := notifier.Span{First: 0, Last: notifier.Shards - 1}
	if all > most {
		span.Last = max(0, int(most*notifier.Shards/all)-1)
	}
	audience, now := notifier.AudienceOf(p.Words.Catalogue, notifier.Tale{State: s, Event: e}), p.Clock.Now()
	counts := map[string]int{}
	err = p.Notifier.Subscribers.Walk(ctx, span, func(sub notifier.Subscriber) error {
		if audience.Concerns(sub) && !sub.Suppressed.On(now) {
			counts[sub.Channel]++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	sample := span.Last + 1
	var reach []bureau.Reach
	for channel, n := range counts {
		reach = append(reach, bureau.Reach{Channel: channel, Count: rounded(n*notifier.Shards/sample, sample < notifier.Shards), About: sample < notifier.Shards})
	}
	if len(reach) == 0 {
		reach = []bureau.Reach{{Channel: "email"}}
	}
	slices.SortFunc(reach, func(a, b bureau.Reach) int { return strings.Compare(a.Channel, b.Channel) })
	return reach, nil
}

// rounded is an estimate to two figures: more would not be true.
func rounded(n int, estimate bool) int {
	if !estimate {
		return n
	}
	step := 1
	for n/step >= 100 {
		step *= 10
	}
	return (n + step/2) / step * step
}
