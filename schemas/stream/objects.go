package stream

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Objects keeps files under names, for good: the first one stored under a name
// stays. On the wire it is an object store of NATS (ADR-20), so that its tools
// read it; it is written by checked appends, which theirs is not.
type Objects struct {
	store  *Store
	bucket string
}

// chunkSize is ADR-20's; the letters fit into one.
const chunkSize = 128 * kib

// objectInfo is the meta message of ADR-20.
type objectInfo struct {
	Name    string `json:"name"`
	Options struct {
		ChunkSize int `json:"max_chunk_size"`
	} `json:"options"`
	Bucket string `json:"bucket"`
	ID     string `json:"nuid"` // names the chunks' subject
	Size   int    `json:"size"`
	Chunks int    `json:"chunks"`
	Digest string `json:"digest"`
	// Metadata is for whoever stored it: the places of the pieces, where there are any.
	Metadata map[string]string `json:"metadata,omitempty"`
}

func (o *Objects) stream() string          { return "OBJ_" + o.bucket }
func (o *Objects) chunks(id string) string { return "$O." + o.bucket + ".C." + id }
func (o *Objects) meta(name string) string {
	return o.metas() + base64.URLEncoding.EncodeToString([]byte(name))
}
func (o *Objects) metas() string { return "$O." + o.bucket + ".M." }

// Put stores data under a name. The same data again is a success; other data
// under a name that is taken is ErrConflict, and what was there stays.
func (o *Objects) Put(ctx context.Context, name string, data []byte) error {
	info := objectInfo{Name: name, Bucket: o.bucket, Size: len(data), Digest: digest(data)}
	if there, err := o.info(ctx, name); !errors.Is(err, ErrNotFound) {
		return same(there, info, err)
	}
	info.ID = uuid.NewString()
	info.Options.ChunkSize = chunkSize
	for chunk := range slices.Chunk(data, chunkSize) {
		if err := o.write(ctx, o.chunks(info.ID), chunk, write{id: fmt.Sprint(info.ID, "/", info.Chunks)}); err != nil {
			return fmt.Errorf("store object %s: %w", name, err)
		}
		info.Chunks++
	}
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	// The object is there when its meta message is; if somebody else's is, our
	// chunks stay behind, unread.
	err = o.write(ctx, o.meta(name), text, write{id: info.ID, checked: true})
	if errors.Is(err, ErrConflict) {
		there, err := o.info(ctx, name)
		return same(there, info, err)
	}
	if err != nil {
		return fmt.Errorf("store object %s: %w", name, err)
	}
	return nil
}

func (o *Objects) write(ctx context.Context, subject string, data []byte, w write) error {
	_, err := o.put(ctx, subject, data, w)
	return err
}

// put writes one message and gives its sequence.
func (o *Objects) put(ctx context.Context, subject string, data []byte, w write) (uint64, error) {
	w.stream, w.msg = o.stream(), nats.NewMsg(subject)
	w.msg.Data = data
	return o.store.publish(ctx, w)
}

func same(there, info objectInfo, err error) error {
	if err == nil && there.Digest != info.Digest {
		return fmt.Errorf("object %s is there with other bytes: %w", info.Name, ErrConflict)
	}
	return err
}

// Get reads an object and checks its digest. ErrNotFound if there is none.
func (o *Objects) Get(ctx context.Context, name string) ([]byte, error) {
	info, err := o.info(ctx, name)
	if err != nil {
		return nil, err
	}
	var data []byte
	err = persist(ctx, func(ctx context.Context) error {
		data = make([]byte, 0, info.Size)
		return o.store.each(ctx, o.stream(), o.chunks(info.ID), 0, func(m *jetstream.RawStreamMsg) error {
			data = append(data, m.Data...)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read object %s: %w", name, err)
	}
	if digest(data) != info.Digest {
		return nil, fmt.Errorf("object %s is damaged: %d of %d bytes, digest %s instead of %s", name, len(data), info.Size, digest(data), info.Digest)
	}
	return data, nil
}

// List is the sorted names that begin with prefix.
func (o *Objects) List(ctx context.Context, prefix string) ([]string, error) {
	var info *jetstream.StreamInfo
	err := persist(ctx, func(ctx context.Context) (err error) {
		info, err = o.store.streams[o.stream()].Info(ctx, jetstream.WithSubjectFilter(o.metas()+">"))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list objects: %w", err)
	}
	var names []string
	for subject := range info.State.Subjects {
		name, err := base64.URLEncoding.DecodeString(strings.TrimPrefix(subject, o.metas()))
		if err == nil && strings.HasPrefix(string(name), prefix) {
			names = append(names, string(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

func (o *Objects) info(ctx context.Context, name string) (objectInfo, error) {
	var info objectInfo
	m, err := o.store.last(ctx, o.stream(), o.meta(name))
	if err == nil {
		err = json.Unmarshal(m.Data, &info)
	}
	if err != nil {
		return info, fmt.Errorf("read object %s: %w", name, err)
	}
	return info, nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "SHA-256=" + base64.URLEncoding.EncodeToString(sum[:])
}
