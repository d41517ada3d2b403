package notifier

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Record is what has been published, as one process knows it: NOTICES,
// followed and folded. The public pages and the push channel read it. It may
// run behind by the time a message travels; Wait waits for that.
type Record struct {
	Store *stream.Store
	Log   *slog.Logger

	mu      sync.Mutex
	events  []Published             // in the order of the stream; guarded by mu
	states  map[string]notice.State // by notice; guarded by mu
	seq     uint64                  // last sequence followed; guarded by mu
	changed chan struct{}           // closed at the next change; guarded by mu
}

// A Published event is one on the record, with its place there.
type Published struct {
	notice.Event
	Seq uint64 // in NOTICES
}

// Follow feeds the record until ctx ends. An event that this program does not
// understand is logged and passed over: those after it still count.
func (r *Record) Follow(ctx context.Context) error {
	return r.Store.Notices.Follow(ctx, 0, "", func(rec stream.Record) error {
		var e notice.Event
		err := json.Unmarshal(rec.Data, &e)
		if err != nil {
			r.Log.Error("an event that this program does not understand", "notice", rec.Key, "seq", rec.Seq, "err", err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seq = rec.Seq
		if err == nil {
			r.add(Published{e, rec.Seq})
		}
		if r.changed != nil {
			close(r.changed)
			r.changed = nil
		}
		return nil
	})
}

// add takes an event in; mu is held.
func (r *Record) add(p Published) {
	if r.states == nil {
		r.states = map[string]notice.State{}
	}
	r.events = append(r.events, p)
	r.states[p.Notice] = r.states[p.Notice].With(p.Event)
}

// States are all notices as they stand, in the order of their ids.
func (r *Record) States() []notice.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]notice.State, 0, len(r.states))
	for _, s := range r.states {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b notice.State) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Known are all notices as they stood by what had been published at an
// instant: the answer to "what did we say at 10h".
func (r *Record) Known(at time.Time) []notice.State {
	var known []notice.State
	for _, s := range r.States() {
		if s.Updated.After(at) {
			s = notice.Fold(notice.Known(s.Events, at))
		}
		if s.Number > 0 {
			known = append(known, s)
		}
	}
	return known
}

// AsOf are all notices as they stood after the event at a sequence, in the
// order of their ids, and that event. It is zero where this program did not
// understand what stands there.
func (r *Record) AsOf(seq uint64) ([]notice.State, Published) {
	var last Published
	events := map[string][]notice.Event{}
	for _, p := range r.After(0) {
		if p.Seq > seq {
			break
		}
		if p.Seq == seq {
			last = p
		}
		events[p.Notice] = append(events[p.Notice], p.Event)
	}
	var states []notice.State
	for _, s := range r.States() {
		if before := events[s.ID]; len(before) == s.Number {
			states = append(states, s)
		} else if len(before) > 0 {
			states = append(states, notice.Fold(before))
		}
	}
	return states, last
}

// State is one notice as it stands.
func (r *Record) State(id string) (notice.State, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.states[id]
	return s, ok
}

// After are the events behind a sequence, in the order of the stream. The
// slice is not to be changed.
func (r *Record) After(seq uint64) []Published {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, _ := slices.BinarySearchFunc(r.events, seq+1, func(p Published, seq uint64) int { return cmp.Compare(p.Seq, seq) })
	return slices.Clip(r.events[i:])
}

// Changed gives how far the stream has been followed, and a channel that is
// closed when it has been followed further.
func (r *Record) Changed() (seq uint64, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.seq, r.changed
}

// Wait returns when the stream has been followed up to a sequence, or when ctx
// ends.
func (r *Record) Wait(ctx context.Context, seq uint64) error {
	for {
		have, changed := r.Changed()
		if have >= seq {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("follow the record (%d of %d): %w", have, seq, ctx.Err())
		}
	}
}

// Letter is the stored letter of a notice's version; stream.ErrNotFound where
// none has been made.
func (r *Record) Letter(ctx context.Context, id string, version int) ([]byte, error) {
	return r.Store.Letters.Get(ctx, letterName(notice.Event{Notice: id, Version: version}))
}
