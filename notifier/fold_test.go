package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// everything is all that can be asked of an event and of a subscriber, as text.
func (h *house) everything(event string, ids []string) string {
	h.t.Helper()
	var text strings.Builder
	say := func(v any, err error) {
		data, encodeErr := json.Marshal(v)
		fmt.Fprintln(&text, string(data), err, encodeErr)
	}
	say(h.Deliveries(h.t.Context(), event))
	for _, last := range []bool{true, false} {
		say(nil, h.Attempts(h.t.Context(), event, last, func(a Attempts) error {
			for _, d := range a.All {
				fmt.Fprintf(&text, "%s %v %+v %s\n", a.Channel, a.Span, d, d.At)
			}
			return nil
		}))
	}
	say(nil, h.Told(h.t.Context(), "mail", event, func(d Delivery) error { say(d, nil); return nil }))
	for _, id := range ids {
		memos, err := h.History(h.t.Context(), id)
		for _, m := range memos {
			fmt.Fprintf(&text, "%s %+v %s\n", m.Account.Event.Act.Type(), m.Delivery, m.At)
		}
		say(nil, err)
	}
	return text.String()
}

// over is a house with a start that everybody has an outcome of, in several
// spans; one mailbox is dead, one was put off once.
func over(t *testing.T) (h *house, e notice.Event, ids []string) {
	t.Helper()
	h = newHouse(t)
	ids = h.subscribe(30)
	h.alert("n1")
	h.settleBy(h.other(h.channel))
	e = h.started("n1")
	if err := h.planInto(t.Context(), "mail", e, 5); err != nil {
		t.Fatal(err)
	}
	h.channel.play(script{send: func(_ context.Context, m telling) (Outcome, error) {
		switch {
		case m.ID == ids[0]:
			return Outcome{Status: Bounced, Code: "550 5.1.1", Reply: "<no> such \"user\""}, nil
		case m.ID == ids[1] && m.Attempt == 1:
			return Outcome{Status: Deferred, Code: "451"}, nil
		}
		return Outcome{Status: Sent, Code: "250"}, nil
	}})
	stop := h.run()
	h.settle()
	h.clock.set(start.Add(time.Hour))
	h.settle()
	stop()
	return h, e, ids
}

// pages are the pages of an event that stand on the ledger.
func (h *house) pages(e notice.Event) int {
	h.t.Helper()
	keys, err := h.Store.Ledger.Keys(h.t.Context(), pageKey("mail", e.ID, "*"))
	if err != nil {
		h.t.Fatal(err)
	}
	return len(keys) - 1
}

// TestFold folds an event, kills the folding after each of its steps, and asks
// everything before and after.
func TestFold(t *testing.T) {
	t.Parallel()
	h, e, ids := over(t)
	ctx := t.Context()
	before := h.everything(e.ID, ids)
	if strings.Count(before, "bounced") < 4 || strings.Count(before, "deferred") < 2 {
		t.Fatalf("everything:\n%s", before)
	}
	same := func(when string) {
		t.Helper()
		if after := h.everything(e.ID, ids); after != before {
			t.Fatalf("%s it reads:\n%s\nwant:\n%s", when, after, before)
		}
	}
	fold := func() {
		t.Helper()
		if err := h.FoldOld(ctx); err != nil {
			t.Fatal(err)
		}
	}
	h.clock.set(start.Add(stream.FoldAfter - time.Minute))
	fold()
	if h.pages(e) != 5 {
		t.Fatal("folded too early")
	}
	h.clock.set(start.Add(stream.FoldAfter))
	plans := func() plan {
		t.Helper()
		p, err := h.planOf(ctx, pageKey("mail", e.ID, planSpan))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := plans()
	if err := h.storeProof(ctx, p); err != nil { // killed here
		t.Fatal(err)
	}
	same("stored")
	if err := h.storeProof(ctx, p); err != nil {
		t.Fatal(err)
	}
	if err := h.markFolded(ctx, p); err != nil { // and here
		t.Fatal(err)
	}
	same("marked")
	if err := h.markFolded(ctx, p); err != nil {
		t.Fatal("another process marks it too:", err)
	}
	if err := h.Store.Ledger.Purge(ctx, p.page(p.spans()[2])); err != nil { // and here
		t.Fatal(err)
	}
	same("half purged")
	fold()
	fold()
	if h.pages(e) != 0 || plans().folded == nil {
		t.Errorf("%d pages are left", h.pages(e))
	}
	same("folded")

	// Whatever comes to an old event finds it finished.
	h.channel.play(script{})
	told := len(h.channel.got(e))
	h.run()
	if err := h.planInto(ctx, "mail", e, 3); err != nil {
		t.Fatal(err)
	}
	for i, span := range p.spans() {
		if err := h.push(ctx, plans(), span, fmt.Sprint("late ", i)); err != nil {
			t.Fatal(err)
		}
	}
	h.settle()
	if got := len(h.channel.got(e)); got != told || h.pages(e) != 0 {
		t.Errorf("%d were told of it again, %d pages", got-told, h.pages(e))
	}
	same("after late jobs")
}

// TestFoldedPageGrows: what comes to be known later stands behind what was
// folded.
func TestFoldedPageGrows(t *testing.T) {
	t.Parallel()
	h, e, ids := over(t)
	ctx := t.Context()
	h.clock.set(start.Add(stream.FoldAfter))
	if err := h.FoldOld(ctx); err != nil || h.pages(e) != 0 {
		t.Fatalf("%d pages, %v", h.pages(e), err)
	}
	p, err := h.planOf(ctx, pageKey("mail", e.ID, planSpan))
	if err != nil {
		t.Fatal(err)
	}
	late := func(i int, status Status) {
		t.Helper()
		for _, span := range split(p.count) {
			if shard := shardOf(ids[i]); shard < span.First || shard > span.Last {
				continue
			}
			b, err := h.openPage(ctx, "mail", e.ID, span.String())
			if err == nil {
				err = b.tell(ctx, Delivery{To: ids[i], Status: status, Code: "later"})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	late(5, Bounced)
	late(5, Bounced) // behind it
	late(6, Delivered)
	for range 2 {
		all, err := h.Deliveries(ctx, e.ID)
		if err != nil || all[0].Counts[Bounced] != 2 || all[0].Counts[Delivered] != 1 || all[0].Counts[Sent] != 27 || all[0].Over != 5 {
			t.Errorf("%+v, %v", all, err)
		}
		if memos, err := h.History(ctx, ids[5]); err != nil || memos[0].Status != Bounced || memos[0].Attempt != 3 || memos[2].Status != Sent {
			t.Errorf("%+v, %v", memos, err)
		}
		if err := h.FoldOld(ctx); err != nil { // it lets them stand
			t.Fatal(err)
		}
	}
}

// TestFoldedByTwo: two processes fold at once, a third reads all the while.
func TestFoldedByTwo(t *testing.T) {
	t.Parallel()
	h, e, ids := over(t)
	h.clock.set(start.Add(stream.FoldAfter))
	before, reader := h.everything(e.ID, ids[:3]), h.other(h.channel)
	var folding sync.WaitGroup
	for range 2 {
		p := h.other(h.channel)
		folding.Go(func() {
			if err := p.FoldOld(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	done := make(chan struct{})
	go func() { folding.Wait(); close(done) }()
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true // and once more
		default:
		}
		if after := reader.everything(e.ID, ids[:3]); after != before {
			t.Fatalf("while it is folded it reads:\n%s\nwant:\n%s", after, before)
		}
	}
	if h.pages(e) != 0 {
		t.Errorf("%d pages are left", h.pages(e))
	}
}

// TestFoldedStart: an outage that lasts longer than its start stays unfolded
// ends, and who heard of the start is told of the end alone.
func TestFoldedStart(t *testing.T) {
	t.Parallel()
	h, e, ids := over(t)
	h.clock.set(start.Add(10 * 24 * time.Hour))
	if err := h.FoldOld(t.Context()); err != nil || h.pages(e) != 0 {
		t.Fatalf("%d pages, %v", h.pages(e), err)
	}
	h.channel.play(script{})
	h.run()
	ended := h.ended("n1")
	h.settle()
	h.once(ids, ended)
	both := 0
	err := h.Told(t.Context(), "mail", ended.ID, func(d Delivery) error {
		if d.Started {
			both++
		}
		if d.Started != (d.To == ids[0]) {
			t.Errorf("told both in one: %+v", d)
		}
		return nil
	})
	if err != nil || both != 1 || h.pages(e) != 0 {
		t.Errorf("%d told both in one, %d pages of the start, %v", both, h.pages(e), err)
	}
}

// TestNotFolded: what is not over, and what differs from its object, stays.
func TestNotFolded(t *testing.T) {
	t.Parallel()
	h, e, ids := over(t)
	ctx := t.Context()
	h.channel.play(script{send: func(_ context.Context, m telling) (Outcome, error) {
		return Outcome{Status: Deferred, Next: h.Now().Add(365 * 24 * time.Hour)}, nil
	}})
	stop := h.run()
	waiting := h.append("n1", notice.Progressed{Text: "Les travaux avancent."})
	h.settle()
	stop()
	h.clock.set(start.Add(2 * stream.FoldAfter))
	other, _, err := packLines(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := plan{channel: "mail", event: e.ID, count: 5}
	left := p.spans()
	err = h.Store.Proofs.PutPieces(ctx, p.proofName(), func() ([]byte, stream.Piece, error) {
		if len(left) == 0 {
			return nil, stream.Piece{}, io.EOF
		}
		data, span := other, left[0]
		left = left[1:]
		if span == p.spans()[4] { // a line that the ledger never held
			data, _, _ = packLines([]stream.Record{{Seq: 1, Entry: stream.Entry{Type: "told", Data: []byte(`{}`)}}})
		}
		return data, stream.Piece{Name: span, Note: "99999"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.FoldOld(ctx); err == nil || !strings.Contains(err.Error(), "nothing is purged") {
		t.Errorf("another object: %v", err)
	}
	if h.pages(e) != 5 || h.pages(waiting) != 1 {
		t.Errorf("pages %d and %d", h.pages(e), h.pages(waiting))
	}
	if got := h.counts(waiting)[Deferred]; got != len(ids) {
		t.Errorf("%d wait", got)
	}
}

// TestFoldedIsNotRevived: a dead job of an event that was folded stays dead.
func TestFoldedIsNotRevived(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subscribe(3)
	h.alert("n1")
	h.channel.play(script{compose: func(Tale) error { return ErrPermanent }})
	h.run()
	e := h.started("n1")
	dead := h.dead(2)
	h.clock.set(start.Add(stream.FoldAfter))
	if err := h.FoldOld(t.Context()); err != nil || h.pages(e) != 0 {
		t.Fatalf("%d pages, %v", h.pages(e), err)
	}
	for _, d := range dead {
		if err := h.Revive(t.Context(), d.Key); d.Event == e.ID && (!errors.Is(err, ErrPermanent) || !strings.Contains(err.Error(), "PROOFS")) {
			t.Errorf("revived: %v", err)
		}
	}
}
