package outlook

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// What may be asked of the bureau's seal: so many extracts at once, then one
// each pause. Those that were made are kept, so that who asks again costs
// nothing.
const (
	sealBurst = 30
	sealPause = 2 * time.Second
	sealsKept = 200
)

// errTooMany says that the seal is asked for too often.
var errTooMany = errors.New("too many extracts are asked for")

// A sealedStore keeps sealed extracts by what they say, and spares the signer.
type sealedStore struct {
	mu    sync.Mutex // held while a file is made: the signer is asked one thing at a time
	files map[[32]byte][]byte
	order [][32]byte // of files, the oldest first
	spent int        // of sealBurst
	since time.Time  // when spent was right
}

// get is the file of an extract, made if need be. An extract that says the same
// as an earlier one is that one, with its date.
func (s *sealedStore) get(ctx context.Context, x templates.Extract, now time.Time, seal extractor) ([]byte, error) {
	said := x
	said.Asked = notice.Time{}
	data, err := json.Marshal(said)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256(data)
	s.mu.Lock()
	defer s.mu.Unlock()
	if pdf, ok := s.files[key]; ok {
		return pdf, nil
	}
	if !s.allow(now) {
		return nil, errTooMany
	}
	pdf, err := seal(ctx, x)
	if err != nil {
		return nil, err
	}
	if s.files == nil {
		s.files = map[[32]byte][]byte{}
	}
	s.files[key], s.order = pdf, append(s.order, key)
	if len(s.order) > sealsKept {
		delete(s.files, s.order[0])
		s.order = slices.Delete(s.order, 0, 1)
	}
	return pdf, nil
}

// allow is whether one more may be made.
func (s *sealedStore) allow(now time.Time) bool {
	if earned := int(now.Sub(s.since) / sealPause); earned > 0 {
		s.spent, s.since = max(0, s.spent-earned), now
	}
	if s.spent >= sealBurst {
		return false
	}
	s.spent++
	return true
}
