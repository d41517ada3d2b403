package feeds

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"sync"
)

// memoSize bounds a memo: what is asked for most, the newest, is soon there
// again.
const memoSize = 1024

// A memo keeps what has been made of what does not change.
type memo[T any] struct {
	mu   sync.Mutex
	made map[string]T // guarded by mu
}

// get is what a key stands for; it is made where it is not there. Two who come
// at once may both make it.
func (m *memo[T]) get(key string, make func() (T, error)) (T, error) {
	m.mu.Lock()
	value, ok := m.made[key]
	m.mu.Unlock()
	if ok {
		return value, nil
	}
	value, err := make()
	if err != nil {
		return value, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.made == nil || len(m.made) >= memoSize {
		m.made = map[string]T{}
	}
	m.made[key] = value
	return value, nil
}

// A letter is what formats say of a stored letter.
type letter struct {
	size int
	sha1 string // in hexadecimal; the standard wants this one
}

// letterOf is what is known of a letter; nil while there is none, or where the
// store does not answer: no format waits for it.
func (f *Feeds) letterOf(ctx context.Context, id string, version int) *letter {
	l, err := f.letters.get(fmt.Sprintf("%s/%d", id, version), func() (*letter, error) {
		pdf, err := f.Letter(ctx, id, version)
		if err != nil {
			return nil, err
		}
		sum := sha1.Sum(pdf)
		return &letter{len(pdf), hex.EncodeToString(sum[:])}, nil
	})
	if err != nil {
		return nil
	}
	return l
}
