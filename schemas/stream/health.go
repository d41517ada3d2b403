package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Time is the broker's clock. The answer is as old as the way back.
func (s *Store) Time(ctx context.Context) (time.Time, error) {
	info, err := s.Notices.info(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return info.TimeStamp, nil
}

// nearlyFull is the tenth part of a stream's size that must be free for it to
// be called healthy.
const nearlyFull = 10

// Health says all that is wrong with what is kept, nil if nothing is: a broker
// that does not answer, a hole in a stream that nothing is deleted from (one
// flipped bit on a disk drops a block of messages without a word), a stream
// that is full or nearly, replicas that are missing.
func (s *Store) Health(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	var errs []error
	for _, a := range assets() {
		st := s.streams[a.name]
		if st == nil {
			continue // a reader's Store has two
		}
		info, err := st.Info(ctx)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s does not answer: %w", a.name, err))
			continue
		}
		errs = append(errs, ill(info)...)
	}
	return errors.Join(errs...)
}

func ill(info *jetstream.StreamInfo) (errs []error) {
	name, state := info.Config.Name, info.State
	if (name == "NOTICES" || name == "DESK") && (state.NumDeleted > 0 || state.FirstSeq > 1) {
		errs = append(errs, fmt.Errorf("%s has holes: it begins at %d and misses %d records; restore it from a backup",
			name, state.FirstSeq, state.NumDeleted))
	}
	if size := uint64(info.Config.MaxBytes); size > 0 && state.Bytes > size-size/nearlyFull {
		errs = append(errs, fmt.Errorf("%s is nearly full: %d of %d bytes; give the store more space", name, state.Bytes, size))
	}
	if c := info.Cluster; c != nil {
		if c.Leader == "" {
			errs = append(errs, fmt.Errorf("%s has no leader", name))
		}
		for _, r := range c.Replicas {
			if r.Offline || !r.Current {
				errs = append(errs, fmt.Errorf("%s: the replica on %s is behind or away", name, r.Name))
			}
		}
	}
	return errs
}
