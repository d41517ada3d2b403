package notifier

import (
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

func TestNoticeIsToldToEverybodyOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(30)
	h.run()

	h.clock.set(start.Add(-7 * 24 * time.Hour))
	published := h.append("n1", h.published())
	h.settle()
	h.once(ids, published)
	for _, m := range h.channel.all() {
		if string(m.Letter) != "%PDF of 20000171" {
			t.Fatalf("the letter that goes with it is %q", m.Letter)
		}
	}
	h.clock.set(start)
	started := h.append("n1", notice.Started{Occurrence: 1, Planned: notice.At(start)})
	h.settle()
	h.once(ids, started)
	h.clock.set(start.Add(5 * time.Hour))
	ended := h.append("n1", notice.Ended{At: notice.At(h.Now()), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	h.settle()
	h.once(ids, ended)
	for _, m := range h.channel.all() {
		if m.Started {
			t.Errorf("%s, although the start was told", m)
		}
	}
	if got := h.counts(ended); got[Sent] != 30 || len(got) != 1 {
		t.Errorf("the ledger counts %v", got)
	}
}
