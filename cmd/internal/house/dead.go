package house

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/notice"
)

func (p public) Dead(ctx context.Context) ([]desk.DeadJob, error) {
	jobs, err := p.Notifier.DeadJobs(ctx)
	var all []desk.DeadJob
	for _, d := range jobs {
		all = append(all, desk.DeadJob{Key: d.Key, Channel: d.Channel, Event: d.Event, Notice: d.Notice, Letter: d.Letter, Reason: d.Reason, Time: d.Time})
	}
	return all, err
}

func (p public) Revive(ctx context.Context, key string) error {
	dead, err := p.Notifier.DeadJobs(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(dead, func(d notifier.DeadJob) bool { return d.Key == key }) {
		return fmt.Errorf("%w: nothing that was given up is called %q: crieur dead list names what is", notice.ErrNotFound, key)
	}
	if err = p.Notifier.Revive(ctx, key); errors.Is(err, notifier.ErrPermanent) {
		return fmt.Errorf("%w: %w", notice.ErrConflict, err)
	}
	return err
}
