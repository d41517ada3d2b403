package stream

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
)

// A Piece is a part of an object that can be read by itself.
type Piece struct {
	Name   string `json:"name"`
	Seq    uint64 `json:"seq"`    // of its first chunk in the bucket's stream
	Chunks int    `json:"chunks"` // whole messages: no chunk holds two pieces
	SHA256 string `json:"sha256"`
	Note   string `json:"note,omitzero"` // the writer's own
}

// metaPieces is where an object's metadata say of its pieces.
const metaPieces = "pieces"

// PutPieces stores an object that comes a piece at a time and never lies in
// memory as a whole: next gives the next piece, its name and the writer's note,
// and io.EOF behind the last. Where an object of that name is already there it
// stays, and nothing is written.
func (o *Objects) PutPieces(ctx context.Context, name string, next func() (data []byte, piece Piece, err error)) error {
	info := objectInfo{Name: name, Bucket: o.bucket, ID: uuid.NewString()}
	if _, err := o.info(ctx, name); !errors.Is(err, ErrNotFound) {
		return err
	}
	info.Options.ChunkSize = chunkSize
	sum := sha256.New()
	var pieces []Piece
	for {
		data, piece, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			_, _ = sum.Write(data) // it never fails
			piece, err = o.putPiece(ctx, &info, data, piece)
		}
		if err != nil {
			return fmt.Errorf("store object %s: %w", name, err)
		}
		pieces = append(pieces, piece)
	}
	info.Digest = "SHA-256=" + base64.URLEncoding.EncodeToString(sum.Sum(nil))
	places, err := json.Marshal(pieces)
	if err != nil {
		return err
	}
	info.Metadata = map[string]string{metaPieces: string(places)}
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	// It is there when this is. If another was faster, its object is the one;
	// our chunks stay behind unread and age.
	err = o.write(ctx, o.meta(name), text, write{id: info.ID, checked: true})
	if err != nil && !errors.Is(err, ErrConflict) {
		return fmt.Errorf("store object %s: %w", name, err)
	}
	return nil
}

// putPiece writes a piece's chunks and says where they are.
func (o *Objects) putPiece(ctx context.Context, info *objectInfo, data []byte, piece Piece) (Piece, error) {
	sum := sha256.Sum256(data)
	piece.Seq, piece.Chunks, piece.SHA256 = 0, 0, hex.EncodeToString(sum[:])
	for chunk := range slices.Chunk(data, chunkSize) {
		seq, err := o.put(ctx, o.chunks(info.ID), chunk, write{id: fmt.Sprint(info.ID, "/", info.Chunks)})
		if err != nil {
			return piece, err
		}
		if piece.Chunks == 0 {
			piece.Seq = seq
		}
		piece.Chunks++
		info.Chunks++
	}
	info.Size += len(data)
	return piece, nil
}

// An Opened object is one whose pieces can be read.
type Opened struct {
	Pieces  []Piece
	objects *Objects
	info    objectInfo
}

// Open finds an object that PutPieces has stored. ErrNotFound if there is none.
func (o *Objects) Open(ctx context.Context, name string) (Opened, error) {
	opened := Opened{objects: o}
	var err error
	if opened.info, err = o.info(ctx, name); err != nil {
		return opened, err
	}
	if err := json.Unmarshal([]byte(opened.info.Metadata[metaPieces]), &opened.Pieces); err != nil {
		return opened, fmt.Errorf("read the pieces of object %s: %w", name, err)
	}
	return opened, nil
}

// Read reads a piece and checks its hash. ErrNotFound if the object has none of
// that name.
func (o Opened) Read(ctx context.Context, name string) ([]byte, Piece, error) {
	i := slices.IndexFunc(o.Pieces, func(p Piece) bool { return p.Name == name })
	if i < 0 {
		return nil, Piece{}, fmt.Errorf("piece %s of object %s: %w", name, o.info.Name, ErrNotFound)
	}
	piece := o.Pieces[i]
	var data []byte
	err := persist(ctx, func(ctx context.Context) error {
		data = nil
		left := piece.Chunks
		if left == 0 {
			return nil
		}
		return o.objects.store.each(ctx, o.objects.stream(), o.objects.chunks(o.info.ID), piece.Seq-1, func(m *jetstream.RawStreamMsg) error {
			data = append(data, m.Data...)
			if left--; left == 0 {
				return errStop
			}
			return nil
		})
	})
	if err != nil {
		return nil, piece, fmt.Errorf("read piece %s of object %s: %w", name, o.info.Name, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != piece.SHA256 {
		return nil, piece, fmt.Errorf("piece %s of object %s is damaged: %d bytes, SHA-256 %x instead of %s", name, o.info.Name, len(data), sum, piece.SHA256)
	}
	return data, piece, nil
}
