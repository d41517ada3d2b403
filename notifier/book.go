package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
)

var (
	// errFenced says that another worker has taken the job: what this one
	// still knows is lost, and it neither sends nor writes nor answers.
	errFenced = errors.New("another worker has taken the job")
	// errMoot says that another event has made this one moot.
	errMoot = errors.New("superseded")
)

// A book is one page of the ledger, open for writing by the worker that holds
// the job. Outcomes that come while an append is in flight go together as the
// next one: with n connections there are at most n in a line, and none waits
// for more than two appends.
type book struct {
	ledger *stream.Log
	key    string
	now    func() time.Time
	life   time.Duration // of the lines written here; 0: the ledger's own
	folded bool          // the page lies in PROOFS; what comes later stands on the ledger
	meter  *laneMeter    // of the job; nil where nobody counts
	since  time.Time     // when the event was, for the meter

	io sync.Mutex // held while something is read or written

	mu      sync.Mutex
	page    page      // guarded by mu, and changed with io held
	err     error     // why nothing more is written; guarded by mu
	seen    time.Time // by the machine's clock: when the page was last known to be ours; guarded by mu
	next    *batch    // what the append after the one in flight will hold; guarded by mu
	writing bool      // writeOn is at work; guarded by mu
}

// A batch is what goes into one line.
type batch struct {
	told []Delivery
	done chan struct{}
	err  error // set before done is closed
}

// open reads a page.
func open(ctx context.Context, ledger *stream.Log, key string, now func() time.Time) (*book, error) {
	b := &book{ledger: ledger, key: key, now: now}
	_, err := b.catchUp(ctx)
	return b, err
}

// take fences off whoever held the job; false says that there is nothing left
// to do on the page. A worker that stopped takes its job anew.
func (b *book) take(ctx context.Context) (bool, error) {
	b.io.Lock()
	defer b.io.Unlock()
	id := stream.NewID()
	for {
		t, l := lineTaken, line{At: b.now(), Worker: id}
		switch page := b.view(); {
		case page.over():
			return false, nil
		case page.moot(): // its holder has been silent for so long that the job came to us
			t, l = lineStopped, line{At: b.now(), By: page.superseded[0]}
		}
		err := b.try(ctx, t, l, id)
		if errors.Is(err, stream.ErrConflict) {
			_, err = b.catchUp(ctx)
			if err == nil {
				continue
			}
		}
		return err == nil && t == lineTaken, err
	}
}

// view is the page as it is known; its maps are not to be changed.
func (b *book) view() page {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.page
}

// outcome is the last one of a subscriber.
func (b *book) outcome(id string) (Delivery, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, told := b.page.told[id]
	return d, told
}

// tell writes outcomes, together with those of other connections, and comes
// back when they are on the record.
func (b *book) tell(ctx context.Context, told ...Delivery) error {
	b.mu.Lock()
	if b.next == nil {
		b.next = &batch{done: make(chan struct{})}
	}
	mine := b.next
	mine.told = append(mine.told, told...)
	if !b.writing {
		b.writing = true
		go b.writeOn(context.WithoutCancel(ctx))
	}
	b.mu.Unlock()
	<-mine.done
	return mine.err
}

// writeOn writes one batch after the other, until none has gathered.
func (b *book) writeOn(ctx context.Context) {
	for {
		b.mu.Lock()
		mine := b.next
		b.next, b.writing = nil, mine != nil
		b.mu.Unlock()
		if mine == nil {
			return
		}
		mine.err = b.write(ctx, lineTold, line{At: b.now(), Told: mine.told})
		close(mine.done)
	}
}

// write appends a line as the holder of the job.
func (b *book) write(ctx context.Context, t lineType, l line) error {
	b.io.Lock()
	defer b.io.Unlock()
	id := stream.NewID()
	for {
		err := b.trouble()
		if page := b.view(); page.moot() { // nobody comes back to it
			l.Next, l.By = time.Time{}, page.superseded[0]
		}
		if err == nil {
			err = b.try(ctx, t, l, id)
		}
		if errors.Is(err, stream.ErrConflict) {
			if err = b.look(ctx); err == nil {
				continue // it was superseded: what is known is written all the same
			}
		}
		return err
	}
}

// try appends a line behind those we know; stream.ErrConflict says that there
// are more.
func (b *book) try(ctx context.Context, t lineType, l line, id string) error {
	data, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode line for ledger %s: %w", b.key, err)
	}
	asked := time.Now()
	seq, err := b.ledger.Append(ctx, stream.Entry{Key: b.key, ID: id, Type: string(t), Data: data, TTL: b.life}, b.view().seq)
	if err != nil {
		return fmt.Errorf("append to ledger %s: %w", b.key, err)
	}
	b.meter.wrote(time.Since(asked), l, b.since)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.page.add(t, l)
	b.page.seq, b.seen = seq, asked
	return nil
}

// look catches up with what others have written on the page; errFenced says
// that one of them has taken the job.
func (b *book) look(ctx context.Context) error {
	asked := time.Now()
	fresh, err := b.catchUp(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.ContainsFunc(fresh, func(r stream.Record) bool { return lineType(r.Type) == lineTaken }) {
		b.err = fmt.Errorf("ledger %s: %w", b.key, errFenced)
		return b.err
	}
	b.seen = asked
	return nil
}

// catchUp reads what has come on the page since it was last known.
func (b *book) catchUp(ctx context.Context) ([]stream.Record, error) {
	records, err := b.ledger.Read(ctx, b.key)
	if err != nil {
		return nil, fmt.Errorf("read ledger %s: %w", b.key, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	last := uint64(0) // a page that was folded begins anew
	if len(records) > 0 {
		last = records[len(records)-1].Seq
	}
	fresh := slices.DeleteFunc(records, func(r stream.Record) bool { return r.Seq <= b.page.seq })
	err = b.page.read(fresh)
	b.page.seq = last
	return fresh, err
}

// ours is nil while the job is ours to go on with. What was known a moment
// ago is taken for true, anything older is looked up.
func (b *book) ours(ctx context.Context, moment time.Duration) error {
	b.mu.Lock()
	old := time.Since(b.seen) > moment
	b.mu.Unlock()
	if old {
		b.io.Lock()
		err := b.refresh(ctx)
		b.io.Unlock()
		if err != nil {
			return err
		}
	}
	if page := b.view(); page.moot() {
		return errMoot
	}
	return b.trouble()
}

// refresh looks at the page if it has grown.
func (b *book) refresh(ctx context.Context) error {
	asked := time.Now()
	last, err := b.ledger.Latest(ctx, b.key)
	if err != nil {
		return fmt.Errorf("read ledger %s: %w", b.key, err)
	}
	if last.Seq != b.view().seq {
		return b.look(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = asked
	return nil
}

func (b *book) trouble() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}
