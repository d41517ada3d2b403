package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Work hands every record of the stream to f, one at a time and in order,
// among all processes that work under this name, until ctx ends. What f
// returned nil for is not given again; after an error the same record comes
// again, later and later, and nothing overtakes it. f may see a record twice
// (a killed process, a lost answer) and must know what it has done. While f
// runs the record is kept from others.
func (l *Log) Work(ctx context.Context, name string, f func(context.Context, Record) error) error {
	for ctx.Err() == nil {
		err := l.work(ctx, name, f)
		if ctx.Err() == nil {
			l.store.log.Warn("work interrupted, will retry", "stream", l.name, "consumer", name, "err", err)
		}
		_ = pause(ctx, retryGap) // the loop looks at ctx
	}
	return ctx.Err()
}

func (l *Log) work(ctx context.Context, name string, f func(context.Context, Record) error) error {
	consumer, err := l.store.js.CreateOrUpdateConsumer(ctx, l.name, jetstream.ConsumerConfig{
		Durable:       name,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       l.store.ackWait,
		MaxAckPending: 1, // this is what keeps the order
		MaxDeliver:    -1,
	})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(1))
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
		if err := l.handle(ctx, m, f); err != nil {
			return err
		}
	}
}

// handle lets f work on one record and answers for it, also when ctx has ended
// meanwhile: what was done must not be done again.
func (l *Log) handle(ctx context.Context, m jetstream.Msg, f func(context.Context, Record) error) error {
	meta, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("read the position of a record: %w", err)
	}
	r := l.record(m, meta)
	done := hold(m, l.store.ackWait)
	err = f(ctx, r)
	done()
	if err != nil {
		wait := rising(meta.NumDelivered)
		if ctx.Err() == nil {
			l.store.log.Warn("will retry", "stream", l.name, "seq", r.Seq, "attempt", meta.NumDelivered, "wait", wait, "err", err)
		} else {
			wait = retryGap // we are leaving; somebody else may go on
		}
		return m.NakWithDelay(wait)
	}
	if err := acknowledge(ctx, m); err != nil {
		return fmt.Errorf("acknowledge record %d: %w", r.Seq, err)
	}
	return nil
}

// acknowledge waits until the broker has noted that a message is done with. It
// goes on when ctx has ended, for a while.
func acknowledge(ctx context.Context, m jetstream.Msg) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*tryFor)
	defer cancel()
	err := persist(ctx, m.DoubleAck)
	if errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
		return nil
	}
	return err
}

// hold tells the broker again and again that a message is being worked on,
// until the function it returns is called.
func hold(m jetstream.Msg, ackWait time.Duration) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(ackWait / 3)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				_ = m.InProgress() // if it does not arrive the message comes again
			}
		}
	}()
	return func() { close(end); <-ended }
}

// rising is the wait before a record is given again: 0.1 s, doubled each time,
// 30 s at most.
func rising(attempt uint64) time.Duration {
	return min(retryGap<<min(attempt-1, 10), 30*time.Second)
}

// Worked is how far the workers of this name have come: every record up to
// this sequence is acknowledged. 0 if there has never been one.
func (l *Log) Worked(ctx context.Context, name string) (seq uint64, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		consumer, err := l.store.js.Consumer(ctx, l.name, name)
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			return nil
		}
		if err == nil {
			seq = consumer.CachedInfo().AckFloor.Stream
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("ask how far %s is with %s: %w", name, l.name, err)
	}
	return seq, nil
}
