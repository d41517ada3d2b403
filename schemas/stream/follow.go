package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Follow hands every record behind the sequence after to f, in order, each
// once, over restarts of the broker, until f returns an error or ctx ends;
// either is returned. filter is a pattern of keys, "" for all. A reader has
// caught up when a record has Pending 0; one that starts at the end of the
// stream (see Last) has nothing to wait for.
func (l *Log) Follow(ctx context.Context, after uint64, filter string, f func(Record) error) error {
	for wait := retryGap; ; wait = min(2*wait, 5*time.Second) {
		var told error
		err := l.follow(ctx, after, filter, func(r Record) error {
			if told = f(r); told == nil {
				after, wait = r.Seq, retryGap
			}
			return told
		})
		if told != nil {
			return told
		}
		if ctx.Err() == nil {
			l.store.log.Warn("reading interrupted, will retry", "stream", l.name, "err", err)
		}
		if pause(ctx, wait) != nil {
			return ctx.Err()
		}
	}
}

func (l *Log) follow(ctx context.Context, after uint64, filter string, f func(Record) error) error {
	consumer, err := l.store.js.OrderedConsumer(ctx, l.name, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{l.filter(filter)},
		DeliverPolicy:  jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:    after + 1,
	})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(pageSize))
	if err != nil {
		return err
	}
	defer messages.Stop()
	defer context.AfterFunc(ctx, messages.Stop)()
	for {
		m, err := messages.Next()
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("read the position of a record: %w", err)
		}
		if meta.Sequence.Stream <= after {
			continue // the client started over
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := f(l.record(m, meta)); err != nil {
			return err
		}
		after = meta.Sequence.Stream
	}
}

// pageSize is how many messages are asked for at once: enough to hide the
// round trip, few enough to hold in memory at the largest size.
const pageSize = 256

// A visit is called with each message of a walk.
type visit func(jetstream.Msg, *jetstream.MsgMetadata) error

// walk hands to f every message behind a sequence that the subjects match,
// until nothing is pending. What is changed meanwhile comes again, later.
func (s *Store) walk(ctx context.Context, stream string, subjects []string, after uint64, f visit) error {
	for {
		consumer, err := s.walker(ctx, stream, subjects, after)
		if err != nil {
			return err
		}
		pending := consumer.CachedInfo().NumPending
		for pending > 0 && err == nil {
			err = s.page(ctx, consumer, func(m jetstream.Msg, meta *jetstream.MsgMetadata) error {
				after, pending = meta.Sequence.Stream, meta.NumPending
				return f(m, meta)
			})
		}
		s.forget(stream, consumer.CachedInfo().Name)
		if !errors.Is(err, errInterrupted) {
			return err
		}
		s.log.Warn("reading interrupted, will retry", "stream", stream, "err", err)
		if err := pause(ctx, retryGap); err != nil {
			return err
		}
	}
}

// walker is a consumer for one walk.
func (s *Store) walker(ctx context.Context, stream string, subjects []string, after uint64) (consumer jetstream.Consumer, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		consumer, err = s.js.CreateConsumer(ctx, stream, jetstream.ConsumerConfig{
			FilterSubjects: subjects,
			DeliverPolicy:  jetstream.DeliverByStartSequencePolicy,
			OptStartSeq:    after + 1,
			AckPolicy:      jetstream.AckNonePolicy,
			MemoryStorage:  true,
			Replicas:       1,
			// A reader that sends mail between two pages may be slow.
			InactiveThreshold: 10 * time.Minute,
		})
		return err
	})
	return consumer, err
}

// errInterrupted: a page ended before its time, with the consumer or its
// server; another consumer goes on.
var errInterrupted = errors.New("interrupted")

// page hands what is there to f, pageSize messages at most.
func (s *Store) page(ctx context.Context, consumer jetstream.Consumer, f visit) error {
	batch, err := consumer.FetchNoWait(pageSize)
	if err != nil {
		return fmt.Errorf("%w: %w", errInterrupted, err)
	}
	seen := 0
	for m := range batch.Messages() {
		meta, err := m.Metadata()
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = f(m, meta)
		}
		if err != nil {
			return err
		}
		seen++
	}
	if err := batch.Error(); err != nil || seen == 0 {
		return fmt.Errorf("%w: %w", errInterrupted, cmp.Or[error](err, jetstream.ErrNoMessages))
	}
	return nil
}

// forget deletes a consumer that has served; left alone, the broker would do
// it after a while.
func (s *Store) forget(stream, consumer string) {
	ctx, cancel := context.WithTimeout(context.Background(), tryFor)
	defer cancel()
	if err := s.js.DeleteConsumer(ctx, stream, consumer); err != nil {
		s.log.Debug("consumer left behind", "stream", stream, "err", err)
	}
}
