package notifier

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// TestLetterThatIsNoArchive: a letter that does not pass is not kept, nobody is
// sent anything, and a person must act.
func TestLetterThatIsNoArchive(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(3)
	h.clock.set(start.Add(-24 * time.Hour))
	worse := h.other(h.channel)
	worse.Letters = &Letters{Compose: compose, Draw: draw, Verify: func([]byte) error { return errors.New("no structure tree") }}
	stop := worse.run()
	e := h.append("n1", h.published())
	dead := worse.dead(1)
	stop()
	if _, err := h.Store.Letters.Get(t.Context(), letterName(e)); !errors.Is(err, stream.ErrNotFound) || len(h.channel.got(e)) != 0 {
		t.Errorf("a letter is stored, or told: %v", err)
	}
	if len(dead) != 1 || !strings.Contains(dead[0].Reason, "no structure tree") ||
		h.journal.has("level=ERROR", "given up") != 1 || h.journal.has("will retry") != 0 {
		t.Errorf("dead: %+v", dead)
	}
	h.run()
	h.revive(dead[0], ids, e)
}

// TestSealIsAskedForAgain: where the seal is not to be had, the letter waits
// for it. It is not given up, and what is verified and kept is what was sealed.
func TestSealIsAskedForAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(2)
	h.clock.set(start.Add(-24 * time.Hour))
	var asked atomic.Int32
	const sealed = "%PDF under seal"
	h.Letters.Seal = func(context.Context, templates.Document, Tale) ([]byte, error) {
		if asked.Add(1) < 3 {
			return nil, errors.New("the time-stamp authority is busy")
		}
		return []byte(sealed), nil
	}
	h.Letters.Verify = func(pdf []byte) error {
		if string(pdf) != sealed {
			return errors.New("not what is kept")
		}
		return nil
	}
	h.run()
	e := h.append("n1", h.published())
	h.settle()
	h.once(ids, e)
	b, err := open(t.Context(), h.Store.Ledger, pageKey(letterChannel, e.ID, letterSpan), h.Now)
	if err != nil || b.page.stored != hash([]byte(sealed)) || b.page.failures != 0 || h.journal.has("will retry", "is busy") != 2 {
		t.Errorf("stored %s after %d failures, %v", b.page.stored, b.page.failures, err)
	}
}
