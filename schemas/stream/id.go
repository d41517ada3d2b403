package stream

import (
	"crypto/sha256"
	"time"

	"github.com/google/uuid"
)

// ID is a UUIDv7 (RFC 9562 section 5.7) made, not drawn: its time is at, to
// the millisecond, and its random bits are the SHA-256 of the seed. The same
// instant and seed give the same ID, so that what is done twice is recognised
// and what is replayed has the same bytes.
func ID(at time.Time, seed string) string {
	sum := sha256.Sum256([]byte(seed))
	id := uuid.UUID(sum[:16])
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	id[6] = id[6]&0x0f | 0x70 // version 7
	id[8] = id[8]&0x3f | 0x80 // variant of RFC 9562
	return id.String()
}

// TimeOf is the time in a UUIDv7; zero for anything else.
func TimeOf(id string) time.Time {
	u, err := uuid.Parse(id)
	if err != nil || u.Version() != 7 {
		return time.Time{}
	}
	var ms int64
	for _, b := range u[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms)
}

// NewID is a fresh UUIDv7 for a command that a person gives now.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// IsID is whether text is a UUID in the usual form: 36 characters, lower case.
func IsID(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && id.String() == text
}
