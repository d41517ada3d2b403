// Package stream is JetStream as both sides of the house use it: what streams
// there are, the checked append, and the ways to read.
//
// cmd opens one Store a process and hands it to publisher and notifier, which
// see keys, ids and bytes: the package knows nothing of notices. What it
// guarantees: a write that returned nil is on the broker's disk, once; a write
// that was checked was alone; a reader gets every record of a key in order,
// over restarts of the broker on either side. It never decides what an event
// means and never reads a clock but the broker's.
//
// Decisions come from reads of the stream's leader (Read, Latest, Get) or end
// in a checked write; Follow, Work and Scan may run behind by the time a
// message travels.
package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Config says which broker to use: InProcess if it is there, else URL.
type Config struct {
	URL         string                     // comma separated, for a cluster
	Credentials string                     // file with the account's credentials, if the broker wants one
	InProcess   nats.InProcessConnProvider // the embedded broker
	Name        string                     // how the broker's own tools show this process
	AckWait     time.Duration              // an unanswered job or record is given again after this; 5 s if 0
	Log         *slog.Logger
}

// Store is one process's connection to everything that is kept.
type Store struct {
	Notices *Log // the record: notice.<notice>
	Desk    *Log // drafting, review, sign-off: desk.<notice>
	Alerts  *Log // last state by alert.<environment>.<service>.<mode>
	Ledger  *Log // outcomes by ledger.<channel>.<event>.<span>
	Dead    *Log // what was given up: dead.<channel>.<event>.<span>

	Letters     *Objects // signed letters: <notice>/<version>.pdf
	Proofs      *Objects // folded events: <channel>/<event>.json.gz
	Subscribers *Keys    // <shard>.<id>
	Accounts    *Keys    // user.<id>, session.<hash>, token.<hash>
	Numbers     *Keys    // <bureau>.<year>.<series>
	Jobs        *Queue   // work for the channels

	nc      *nats.Conn
	js      jetstream.JetStream
	streams map[string]jetstream.Stream // by name; not changed after Open
	log     *slog.Logger
	ackWait time.Duration
}

const (
	defaultAckWait = 5 * time.Second
	// retryFor is how long a write is sent again under one id before its
	// caller hears of it: the longest election of a cluster's leader that was
	// measured took 9 s.
	retryFor = 30 * time.Second
	// tryFor bounds one attempt, firstTry the first one: an answer that a
	// broker took with it when it was killed never comes, and the next attempt
	// is what goes on. One that comes later is not lost: the next attempt has
	// the same id.
	firstTry = 500 * time.Millisecond
	tryFor   = 2 * time.Second
	retryGap = 100 * time.Millisecond
)

// Open connects and creates what is missing. It tries until ctx ends; only
// refused credentials end it sooner. Connections are kept for ever afterwards.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.build(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// OpenReader connects as a downstream system does: it creates nothing, and of
// the Store it returns only Notices and Alerts are there, to be read.
func OpenReader(ctx context.Context, c Config) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, l := range []*Log{s.Notices, s.Alerts} {
		err = s.insist(ctx, "find stream "+l.name, func(ctx context.Context) error {
			s.streams[l.name], err = s.js.Stream(ctx, l.name)
			return err
		})
		if err != nil {
			s.Close()
			return nil, err
		}
	}
	s.Desk, s.Ledger, s.Dead, s.Letters, s.Proofs, s.Subscribers, s.Accounts, s.Numbers, s.Jobs = nil, nil, nil, nil, nil, nil, nil, nil, nil
	return s, nil
}

// Close ends the connection. Nothing waits to be written: each write has been
// answered or its caller knows that it was not.
func (s *Store) Close() { s.nc.Close() }

func connect(ctx context.Context, c Config) (*Store, error) {
	s := &Store{
		log: c.Log, ackWait: cmp.Or(c.AckWait, defaultAckWait), streams: map[string]jetstream.Stream{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for {
		var err error
		if s.nc, err = nats.Connect(c.URL, s.options(c)...); err == nil {
			break
		}
		if errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) {
			return nil, fmt.Errorf("connect to the broker: it refuses these credentials: %w", err)
		}
		s.log.Warn("no broker yet, will retry", "err", err)
		if pause(ctx, retryGap) != nil {
			return nil, fmt.Errorf("connect to the broker: %w", err)
		}
	}
	var err error
	if s.js, err = jetstream.New(s.nc); err != nil {
		s.nc.Close()
		return nil, fmt.Errorf("open jetstream: %w", err)
	}
	s.lay()
	return s, nil
}

func (s *Store) options(c Config) []nats.Option {
	o := []nats.Option{
		nats.Name(cmp.Or(c.Name, "crieur")),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(retryGap),
		nats.ReconnectJitter(retryGap, retryGap),
		// Credentials that are being replaced must not end a connection for good.
		nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				s.log.Warn("connection to the broker lost, will retry", "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { s.log.Info("connected to the broker again") }),
		// A refused permission shows nowhere else: its caller sees a timeout.
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			s.log.Error("broker", "err", err)
		}),
	}
	if c.Credentials != "" {
		o = append(o, nats.UserCredentials(c.Credentials))
	}
	if c.InProcess != nil {
		o = append(o, nats.InProcessServer(c.InProcess))
	}
	return o
}

// insist tries do until it works, ctx ends, or the broker refuses for good.
func (s *Store) insist(ctx context.Context, what string, do func(context.Context) error) error {
	for {
		err := attempt(ctx, 5*time.Second, do)
		if err == nil {
			return nil
		}
		if !passing(err) {
			return fmt.Errorf("%s: %w", what, err)
		}
		s.log.Warn("will retry: "+what, "err", err)
		if pause(ctx, 2*retryGap) != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

// persist tries do again while nobody answers, for retryFor at most. Each
// attempt is bounded, by tryFor at most, which a disconnected client would wait
// out.
func persist(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, retryFor)
	defer cancel()
	for wait := firstTry; ; wait = min(2*wait, tryFor) {
		err := attempt(ctx, wait, do)
		if err == nil || !passing(err) || pause(ctx, retryGap) != nil {
			return err
		}
	}
}

func attempt(ctx context.Context, d time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return do(ctx)
}

// pause waits, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return ctx.Err()
	}
}
