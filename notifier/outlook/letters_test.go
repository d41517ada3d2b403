package outlook

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// TestLettersAtHand: the letters of what matters now are there before anybody
// asks, each fetched once, also those that were not made yet when they were
// first asked for.
func TestLettersAtHand(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const old = "018a0000-0000-7000-8000-000000000002"
	var asked, gone atomic.Int32
	h.Letter = func(_ context.Context, id string, version int) ([]byte, error) {
		switch {
		case gone.Load() > 0:
			return nil, errors.New("the broker is gone")
		case asked.Add(1) == 1:
			return nil, stream.ErrNotFound // it is still being made
		}
		return []byte("%PDF of " + id), nil
	}
	h.follow()
	h.tell("2023-06-01T15:00", old, h.note(nil))
	h.tell("2023-06-02T15:00", old, notice.Cancelled{})
	h.tell("2023-08-01T15:00", seed, h.note(nil))
	h.get("/")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	deadline := time.After(20 * time.Second)
	for tick := time.Tick(5 * time.Millisecond); h.letters.Used() == 0; {
		select {
		case <-tick:
		case <-deadline:
			t.Fatal("the letter is not fetched")
		}
	}
	gone.Store(1)
	if w := h.get("/notices/" + seed + "/1.pdf"); w.Code != http.StatusOK || w.Body.String() != "%PDF of "+seed {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.get("/notices/" + old + "/1.pdf"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a letter of a notice that is long over: %d", w.Code)
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) || asked.Load() != 2 {
		t.Errorf("%v; asked %d times", err, asked.Load())
	}
}
