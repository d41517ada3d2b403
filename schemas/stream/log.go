package stream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Log is one stream of entries, in order, each under a key.
type Log struct {
	store       *Store
	name        string // of the stream
	prefix      string // of its subjects, with the dot
	contentType string // of its messages; CloudEvents' structured mode is told by it
}

// Entry is what a writer hands in.
type Entry struct {
	Key  string // the subject without the stream's prefix
	ID   string // the command's: the same id is never stored twice
	Type string // of the event, for readers that choose before they decode
	Data []byte
	// TTL is after how long it vanishes, in whole seconds, from a stream that
	// lets it (LEDGER); 0: with all others.
	TTL time.Duration
}

// Record is an entry as it was stored.
type Record struct {
	Entry
	Seq     uint64    // in the stream
	Time    time.Time // the broker's
	Pending uint64    // records that were behind this one when Follow, Work or Read met it
}

// typeHeader is not one of the ce- headers: those say binary mode.
const typeHeader = "Crieur-Type"

// Append writes e behind the record of e.Key whose sequence is after (0: e is
// the first) and returns its sequence. ErrConflict: there is another record
// behind `after`; read, decide again. ErrFull: the stream is at its size. An
// entry whose ID is there already is a success with the sequence it has. Any
// other error leaves open whether e was written: the same call finds out.
func (l *Log) Append(ctx context.Context, e Entry, after uint64) (uint64, error) {
	name, err := subject(l.prefix, e.Key)
	if err != nil {
		return 0, err
	}
	msg := nats.NewMsg(name)
	msg.Data = e.Data
	msg.Header.Set("content-type", l.contentType)
	msg.Header.Set(typeHeader, e.Type)
	if e.TTL > 0 {
		msg.Header.Set(jetstream.MsgTTLHeader, max(e.TTL, time.Second).Round(time.Second).String())
	}
	return l.store.publish(ctx, write{stream: l.name, msg: msg, id: e.ID, after: after, checked: true})
}

// readOneByOne is how many records are asked for singly, at 50 µs each, before
// a consumer, which costs ten times that to set up, is the cheaper way.
const readOneByOne = 16

// Read is all of a key, or of all keys that a pattern with * and > matches, in
// order, as the stream's leader has it.
func (l *Log) Read(ctx context.Context, key string) ([]Record, error) {
	var all []Record
	err := persist(ctx, func(ctx context.Context) error {
		all = nil
		return l.store.each(ctx, l.name, l.prefix+key, 0, func(m *jetstream.RawStreamMsg) error {
			all = append(all, l.raw(m))
			if len(all) == readOneByOne {
				return errStop
			}
			return nil
		})
	})
	if err == nil && len(all) == readOneByOne {
		all, err = l.readOn(ctx, key, all)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", key, l.name, err)
	}
	return all, nil
}

// readOn reads what comes behind the records so far. A consumer may live on a
// node that is behind, so the leader says each time how far there is to go: not
// further than before the key was purged.
func (l *Log) readOn(ctx context.Context, key string, all []Record) ([]Record, error) {
	for {
		last, err := l.Latest(ctx, key)
		after := all[len(all)-1].Seq
		if errors.Is(err, ErrNotFound) || err == nil && last.Seq <= after {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		err = l.store.walk(ctx, l.name, []string{l.prefix + key}, after, func(m jetstream.Msg, meta *jetstream.MsgMetadata) error {
			all = append(all, l.record(m, meta))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
}

// Between hands to f every record behind one sequence, up to another one
// included, in order.
func (l *Log) Between(ctx context.Context, after, until uint64, f func(Record) error) error {
	if after >= until {
		return nil
	}
	err := l.store.walk(ctx, l.name, []string{l.filter("")}, after, func(m jetstream.Msg, meta *jetstream.MsgMetadata) error {
		if meta.Sequence.Stream > until {
			return errStop
		}
		return f(l.record(m, meta))
	})
	if err != nil && !errors.Is(err, errStop) {
		return fmt.Errorf("read %s from %d to %d: %w", l.name, after, until, err)
	}
	return nil
}

// Last is the sequence of the stream's last record, 0 if there was never one.
func (l *Log) Last(ctx context.Context) (uint64, error) {
	info, err := l.info(ctx)
	if err != nil {
		return 0, err
	}
	return info.State.LastSeq, nil
}

func (l *Log) info(ctx context.Context, opts ...jetstream.StreamInfoOpt) (info *jetstream.StreamInfo, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		info, err = l.store.streams[l.name].Info(ctx, opts...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", l.name, err)
	}
	return info, nil
}

// Latest is the last record of a key or pattern, as the leader has it.
// ErrNotFound if there is none.
func (l *Log) Latest(ctx context.Context, key string) (Record, error) {
	m, err := l.store.last(ctx, l.name, l.prefix+key)
	if err != nil {
		return Record{}, fmt.Errorf("read the last of %s of %s: %w", key, l.name, err)
	}
	return l.raw(m), nil
}

// last is the last message of a subject, from the leader.
func (s *Store) last(ctx context.Context, stream, subject string) (m *jetstream.RawStreamMsg, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		m, err = s.streams[stream].GetLastMsgForSubject(ctx, subject)
		return err
	})
	return m, meant(err)
}

// Keys are the keys that a pattern matches; "" and ">" match all.
func (l *Log) Keys(ctx context.Context, filter string) ([]string, error) {
	info, err := l.info(ctx, jetstream.WithSubjectFilter(l.filter(filter)))
	if err != nil {
		return nil, err
	}
	keys := slices.Sorted(maps.Keys(info.State.Subjects))
	for i := range keys {
		keys[i] = strings.TrimPrefix(keys[i], l.prefix)
	}
	return keys, nil
}

// Purge forgets all of a key or pattern. Streams other than LEDGER refuse.
func (l *Log) Purge(ctx context.Context, key string) error {
	err := persist(ctx, func(ctx context.Context) error {
		return l.store.streams[l.name].Purge(ctx, jetstream.WithPurgeSubject(l.prefix+key))
	})
	if err != nil {
		return fmt.Errorf("purge %s of %s: %w", key, l.name, err)
	}
	return nil
}

// PurgeTo forgets the records of a key up to a sequence, that one included.
func (l *Log) PurgeTo(ctx context.Context, key string, seq uint64) error {
	name, err := subject(l.prefix, key)
	if err != nil {
		return err
	}
	err = persist(ctx, func(ctx context.Context) error {
		return l.store.streams[l.name].Purge(ctx, jetstream.WithPurgeSubject(name), jetstream.WithPurgeSequence(seq+1))
	})
	if err != nil {
		return fmt.Errorf("purge %s of %s up to %d: %w", key, l.name, seq, err)
	}
	return nil
}

func (l *Log) filter(f string) string {
	if f == "" {
		f = ">"
	}
	return l.prefix + f
}

func (l *Log) raw(m *jetstream.RawStreamMsg) Record {
	return Record{Entry: l.entry(m.Subject, m.Header, m.Data), Seq: m.Sequence, Time: m.Time}
}

func (l *Log) record(m jetstream.Msg, meta *jetstream.MsgMetadata) Record {
	return Record{
		Entry: l.entry(m.Subject(), m.Headers(), m.Data()),
		Seq:   meta.Sequence.Stream, Time: meta.Timestamp, Pending: meta.NumPending,
	}
}

func (l *Log) entry(subject string, h nats.Header, data []byte) Entry {
	ttl, _ := time.ParseDuration(h.Get(jetstream.MsgTTLHeader)) // absent from most: 0
	return Entry{
		Key: strings.TrimPrefix(subject, l.prefix), ID: h.Get(jetstream.MsgIDHeader),
		Type: h.Get(typeHeader), Data: data, TTL: ttl,
	}
}
