package stream

import (
	"context"

	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// A Depth is how many jobs of a lane and channel are neither done nor dropped.
type Depth struct {
	Lane, Channel string
	Jobs          uint64
}

// Depths are the lanes that hold jobs, in no order.
func (q *Queue) Depths(ctx context.Context) ([]Depth, error) {
	var info *jetstream.StreamInfo
	err := persist(ctx, func(ctx context.Context) (err error) {
		info, err = q.store.streams["JOBS"].Info(ctx, jetstream.WithSubjectFilter("job.>"))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	sums := map[[2]string]uint64{}
	for subject, jobs := range info.State.Subjects {
		if tokens := strings.Split(subject, "."); len(tokens) == 5 { // job.<lane>.<channel>.<event>.<span>
			sums[[2]string{tokens[1], tokens[2]}] += jobs
		}
	}
	var all []Depth
	for of, jobs := range sums {
		all = append(all, Depth{of[0], of[1], jobs})
	}
	return all, nil
}

// After is the first record behind a sequence, as the leader has it.
// ErrNotFound if there is none.
func (l *Log) After(ctx context.Context, seq uint64) (Record, error) {
	var found []Record
	err := persist(ctx, func(ctx context.Context) error {
		found = nil
		return l.store.each(ctx, l.name, l.prefix+">", seq, func(m *jetstream.RawStreamMsg) error {
			found = append(found, l.raw(m))
			return errStop
		})
	})
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Record{}, fmt.Errorf("read %s after %d: %w", l.name, seq, err)
	}
	return found[0], nil
}
