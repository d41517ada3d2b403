package stream

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A write is one message on its way into a stream, known by its id.
type write struct {
	stream string
	msg    *nats.Msg
	id     string
	// after, with checked, is the last sequence of this very subject as the
	// writer knows it; 0 says that there is none.
	after   uint64
	checked bool
}

// publish stores the write once and returns its sequence. The same bytes go
// again while nobody answers. One node and three nodes answer a repeated write
// differently, and an answer may be lost, so a refusal is looked into: a
// record with our id behind `after` is our own.
func (s *Store) publish(ctx context.Context, w write) (uint64, error) {
	w.msg.Header.Set(jetstream.MsgIDHeader, w.id)
	w.msg.Header.Set(jetstream.ExpectedStreamHeader, w.stream)
	if w.checked {
		w.msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(w.after, 10))
	}
	var seq uint64
	err := persist(ctx, func(ctx context.Context) error {
		ack, err := s.js.PublishMsg(ctx, w.msg, jetstream.WithRetryAttempts(0))
		if err == nil {
			seq = ack.Sequence
			return nil
		}
		if !errors.Is(meant(err), ErrConflict) {
			return err
		}
		found, lookErr := s.look(ctx, w)
		if lookErr != nil || found == 0 {
			return errors.Join(lookErr, err)
		}
		seq = found
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("write to %s: %w", w.stream, meant(err))
	}
	return seq, nil
}

// look finds a write by its id among what came after the sequence it expected;
// 0 if it is not there.
func (s *Store) look(ctx context.Context, w write) (seq uint64, err error) {
	err = s.each(ctx, w.stream, w.msg.Subject, w.after, func(m *jetstream.RawStreamMsg) error {
		if m.Header.Get(jetstream.MsgIDHeader) == w.id {
			seq = m.Sequence
			return errStop
		}
		return nil
	})
	return seq, err
}

// errStop ends a walk early; it never leaves this package.
var errStop = errors.New("stop")

// each asks the stream's leader for one record of a subject after the other.
func (s *Store) each(ctx context.Context, stream, subject string, after uint64, f func(*jetstream.RawStreamMsg) error) error {
	for {
		m, err := s.streams[stream].GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(m); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
		after = m.Sequence
	}
}
