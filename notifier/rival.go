package notifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
)

// A rival is the ledger page of an event that another one makes moot, as far
// as it concerns the same subscribers.
type rival struct {
	book     *book
	back     *page // what came back of it
	span     Span
	start    bool
	audience Audience
	until    time.Time // by the machine's clock: its holder is given up then
}

// rivals are the pages that one job has made moot.
type rivals []rival

// supersede makes what an event makes moot stop, within a span: it writes so
// into each page, checked, so that a worker on it cannot miss it and none can
// take it any more.
func (w *worker) supersede(ctx context.Context, t Tale, span Span) (rivals, error) {
	var all rivals
	for _, e := range mooted(t.State) {
		// One that was not planned yet is planned here, for nobody: its planner
		// finds that.
		p, err := w.planned(ctx, w.name, e, 0)
		if err != nil {
			return nil, err
		}
		audience := AudienceOf(w.Catalogue, taleOf(t.State.Events, e.ID))
		for _, s := range split(p.count) {
			if !s.overlaps(span) {
				continue
			}
			b, err := w.openOf(ctx, p, s.String())
			if err != nil {
				return nil, err
			}
			if err := b.supersede(ctx, t.Event.ID); err != nil {
				return nil, err
			}
			back, err := w.back(ctx, backOf(b.key, "*"))
			if err != nil {
				return nil, err
			}
			all = append(all, rival{b, back, s, isStart(e.Act.Type()), audience, time.Now().Add(w.lease())})
		}
	}
	return all, nil
}

// supersede writes that an event makes this page moot, unless it says so
// already. A page that is over is no exception: it might be revived. One that
// was folded is not.
func (b *book) supersede(ctx context.Context, by string) error {
	b.io.Lock()
	defer b.io.Unlock()
	for {
		if page := b.view(); b.folded || slices.Contains(page.superseded, by) {
			return nil
		}
		err := b.try(ctx, lineSuperseded, line{At: b.now(), By: by}, "superseded/"+b.key+"/"+by)
		if errors.Is(err, stream.ErrConflict) {
			_, err = b.catchUp(ctx)
			if err == nil {
				continue
			}
		}
		return err
	}
}

// of are the rivals that share a subscriber's shard.
func (all rivals) of(s Subscriber) rivals {
	return slices.DeleteFunc(slices.Clone(all), func(r rival) bool {
		shard := shardOf(s.ID)
		return shard < r.span.First || shard > r.span.Last
	})
}

// heard is whether a subscriber has been told of every start that concerns it.
func (all rivals) heard(s Subscriber) bool {
	heard := false
	for _, r := range all.of(s) {
		if !r.start || !r.audience.Concerns(s) {
			continue
		}
		if page := r.book.view(); !page.heard(s.ID) || came(r.back.told[s.ID].Status) {
			return false
		}
		heard = true
	}
	return heard
}

// busy is whether a message to the subscriber may be in flight that is moot by
// now: somebody holds the page and has no outcome for it.
func (all rivals) busy(s Subscriber) bool {
	return slices.ContainsFunc(all.of(s), func(r rival) bool {
		page := r.book.view()
		d, told := page.told[s.ID]
		return page.holder != "" && !(told && d.settled())
	})
}

// quiet waits until nobody has anything in flight on these pages: each holder
// has said so, or was silent for as long as a job is lent.
func (all rivals) quiet(ctx context.Context) error {
	for _, r := range all {
		if err := r.quiet(ctx); err != nil {
			return fmt.Errorf("wait for %s to stop: %w", r.book.key, err)
		}
	}
	return nil
}

func (r rival) quiet(ctx context.Context) error {
	const step = 20 * time.Millisecond
	for {
		r.book.io.Lock()
		_, err := r.book.catchUp(ctx)
		r.book.io.Unlock()
		page := r.book.view()
		if err != nil || page.holder == "" || !time.Now().Before(r.until) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(step):
		}
	}
}
