package stream

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Count is how many keys there are, as the broker counts them: without reading
// one. Keys that the broker's own tools deleted count until their mark expires.
func (k *Keys) Count(ctx context.Context) (count uint64, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		info, err := k.store.streams[k.stream].Info(ctx)
		if err == nil {
			count = info.State.Msgs
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count keys of %s: %w", k.stream, err)
	}
	return count, nil
}

// CountOf is how many keys a pattern matches. The broker names each of them in
// its answer: it is for few.
func (k *Keys) CountOf(ctx context.Context, filter string) (count uint64, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		info, err := k.store.streams[k.stream].Info(ctx, jetstream.WithSubjectFilter(k.prefix+filter))
		if err == nil {
			count = uint64(len(info.State.Subjects))
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count keys of %s: %w", k.stream, err)
	}
	return count, nil
}
