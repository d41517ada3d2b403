package house

import (
	"context"
	"errors"
	"fmt"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
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
	err := p.Notifier.Revive(ctx, key)
	switch {
	case errors.Is(err, stream.ErrNotFound):
		return fmt.Errorf("%w: nothing that was given up is called %q: crieur dead list names what is", notice.ErrNotFound, key)
	case errors.Is(err, notifier.ErrPermanent):
		return fmt.Errorf("%w: %w", notice.ErrConflict, err)
	}
	return err
}
