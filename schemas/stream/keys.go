package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Keys is a bucket of values by key; only the last value of a key is kept. A
// key is tokens with dots between them, of letters, digits and - _ = /.
type Keys struct {
	store  *Store
	stream string
	prefix string
}

// Pair is a key with its value as it was last written.
type Pair struct {
	Key      string
	Value    []byte
	Revision uint64 // rises with every write to the bucket
	Created  time.Time
}

// Get reads a key from the leader. ErrNotFound if it is not there or expired.
func (k *Keys) Get(ctx context.Context, key string) (Pair, error) {
	name, err := subject(k.prefix, key)
	if err != nil {
		return Pair{}, err
	}
	m, err := k.store.last(ctx, k.stream, name)
	if err == nil && gone(m.Header) {
		err = ErrNotFound
	}
	if err != nil {
		return Pair{}, fmt.Errorf("read key of %s: %w", k.stream, err)
	}
	return Pair{Key: key, Value: m.Data, Revision: m.Sequence, Created: m.Time}, nil
}

// gone is whether a message says that its key was deleted. Delete leaves no
// such mark; the broker's own tools and an expired time to live do.
func gone(h nats.Header) bool {
	return h.Get("KV-Operation") != "" || h.Get(jetstream.MarkerReasonHeader) != ""
}

// Create writes a key that must not exist; ErrConflict if it does. It vanishes
// after ttl, in whole seconds, if that is not 0; an Update ends that.
func (k *Keys) Create(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	w := write{checked: true}
	rev, err := k.write(ctx, key, value, ttl, w)
	if !errors.Is(err, ErrConflict) {
		return rev, err
	}
	// A mark of deletion may stand where the key was.
	name, _ := subject(k.prefix, key)
	m, lastErr := k.store.last(ctx, k.stream, name)
	if lastErr != nil || !gone(m.Header) {
		return 0, err
	}
	w.after = m.Sequence
	return k.write(ctx, key, value, ttl, w)
}

// Update writes over the revision that was read; ErrConflict if there is
// another.
func (k *Keys) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	return k.write(ctx, key, value, 0, write{after: revision, checked: true})
}

// Renew is Update, and the key vanishes after ttl, in whole seconds.
func (k *Keys) Renew(ctx context.Context, key string, value []byte, revision uint64, ttl time.Duration) (uint64, error) {
	return k.write(ctx, key, value, ttl, write{after: revision, checked: true})
}

// Put writes whatever was there.
func (k *Keys) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	return k.write(ctx, key, value, 0, write{})
}

func (k *Keys) write(ctx context.Context, key string, value []byte, ttl time.Duration, w write) (uint64, error) {
	name, err := subject(k.prefix, key)
	if err != nil {
		return 0, err
	}
	w.stream, w.id, w.msg = k.stream, uuid.NewString(), nats.NewMsg(name)
	w.msg.Data = value
	if ttl > 0 {
		w.msg.Header.Set(jetstream.MsgTTLHeader, max(ttl, time.Second).Round(time.Second).String())
	}
	return k.store.publish(ctx, w)
}

// Delete erases a key: what the disk held of its value is overwritten, nothing
// says that it was there. Deleting what is not there is no error.
func (k *Keys) Delete(ctx context.Context, key string) error {
	name, err := subject(k.prefix, key)
	if err != nil {
		return err
	}
	for {
		m, err := k.store.last(ctx, k.stream, name)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err == nil {
			err = persist(ctx, func(ctx context.Context) error {
				return k.store.streams[k.stream].SecureDeleteMsg(ctx, m.Sequence)
			})
		}
		// Unsuccessful: deleted or replaced by somebody else. Look again.
		if err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
			return fmt.Errorf("erase key of %s: %w", k.stream, err)
		}
		if err := pause(ctx, 0); err != nil {
			return fmt.Errorf("erase key of %s: %w", k.stream, err)
		}
	}
}

// Erase is Delete where the key still has the revision that was read; nothing
// is done, and nothing said, where it has another or none.
func (k *Keys) Erase(ctx context.Context, key string, revision uint64) error {
	err := persist(ctx, func(ctx context.Context) error {
		return k.store.streams[k.stream].SecureDeleteMsg(ctx, revision)
	})
	if err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
		return fmt.Errorf("erase key %s of %s: %w", key, k.stream, err)
	}
	return nil
}

// Scan hands to f every pair that one of the filters matches (patterns with *
// and >; none: all), in the order of their last writing, until nothing is
// pending. A key that changes meanwhile comes again. f may take its time.
func (k *Keys) Scan(ctx context.Context, filters []string, f func(Pair) error) error {
	subjects := []string{k.prefix + ">"}
	if len(filters) > 0 {
		subjects = nil
	}
	for _, filter := range filters {
		subjects = append(subjects, k.prefix+filter)
	}
	return k.store.walk(ctx, k.stream, subjects, 0, func(m jetstream.Msg, meta *jetstream.MsgMetadata) error {
		if gone(m.Headers()) {
			return nil
		}
		return f(Pair{
			Key: strings.TrimPrefix(m.Subject(), k.prefix), Value: m.Data(),
			Revision: meta.Sequence.Stream, Created: meta.Timestamp,
		})
	})
}
