package outlook

import (
	"context"
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// lettersSize bounds the letters at hand, in bytes: a thousand or so.
const lettersSize = 32 << 20

// fetchAgain is how long a letter that was not to be had is waited for before
// it is asked for again: one that was just published is still being made.
const fetchAgain = 2 * time.Second

// unheard is how long a letter may take where nothing is heard of the broker:
// it may come, but nobody waits long for it.
const unheard = time.Second

// Run keeps at hand the letters of the notices that matter now, which readers
// want even where the broker is gone, until ctx ends.
func (s *Site) Run(ctx context.Context) error {
	s.open()
	for {
		_, changed := s.Record.Changed()
		again := (<-chan time.Time)(nil)
		if !s.fetch(ctx) {
			again = time.After(fetchAgain)
		}
		select {
		case <-changed:
		case <-again:
		case <-time.After(time.Hour): // what was far off matters now
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// fetch fetches the letters that matter now, those of the newest notices first,
// while there is room; false where one was not to be had.
func (s *Site) fetch(ctx context.Context) bool {
	states, all := s.Record.States(), true
	slices.SortFunc(states, func(a, b notice.State) int { return b.Updated.Compare(a.Updated) })
	for _, st := range states {
		if !concerns(st, s.now()) {
			continue
		}
		for _, e := range slices.Backward(st.Events) {
			if !lettered(e) || s.letters.Used() > lettersSize/2 {
				continue
			}
			if _, err := s.stored(ctx, st.ID, e.Version); err != nil {
				all = false
			}
		}
	}
	return all
}

// stored is a stored letter, from the shelf where it is there: a letter does
// not change.
func (s *Site) stored(ctx context.Context, id string, version int) ([]byte, error) {
	name := fmt.Sprintf("%s/%d", id, version)
	if pdf, ok := s.letters.Get(name); ok {
		return pdf, nil
	}
	if _, stale := s.stale(); stale {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, unheard)
		defer stop()
	}
	pdf, err := s.Letter(ctx, id, version)
	if err == nil {
		s.letters.Put(name, len(pdf), pdf)
	}
	return pdf, err
}
