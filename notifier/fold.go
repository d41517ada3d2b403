package notifier

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
)

// foldEvery is how often the ledger is looked through for what can be folded;
// the first time is soon after the start, not at once for all processes.
const (
	foldEvery = time.Hour
	foldFirst = time.Minute
)

// foldOld folds events that are long over, until ctx ends. Several processes
// may do so at once: the first object stored stays.
func (n *Notifier) foldOld(ctx context.Context) {
	for wait := foldFirst + time.Duration(rand.Int64N(int64(foldFirst))); ; wait = foldEvery {
		if pause(ctx, wait); ctx.Err() != nil {
			return
		}
		if err := n.FoldOld(ctx); err != nil && ctx.Err() == nil {
			n.Log.Error("events not folded, will retry", "wait", foldEvery, "err", err)
		}
	}
}

// FoldOld folds every event that is over and old enough, once.
func (n *Notifier) FoldOld(ctx context.Context) error {
	plans, err := n.plans(ctx, "*")
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range plans {
		if p.count == 0 || p.ask != "" || p.slip != nil || n.Now().Sub(p.at) < cmp.Or(n.Fold, stream.FoldAfter) {
			continue
		}
		if err := n.fold(ctx, p); err != nil {
			errs = append(errs, fmt.Errorf("fold %s: %w", p.page(planSpan), err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// fold puts the pages of a plan into one object and takes them off the ledger.
// Killed between two of its steps it goes on where it was: the object is
// written once, compared with the ledger before the plan says that it counts,
// and nothing is purged before that, nor anything that it does not hold.
func (n *Notifier) fold(ctx context.Context, p plan) error {
	if p.folded == nil {
		sum, err := n.progress(ctx, p)
		if err != nil || sum.Over < sum.Spans {
			return err
		}
		if err := n.storeProof(ctx, p); err != nil {
			return err
		}
		if err := n.compareProof(ctx, p); err != nil {
			if _, moved, _ := n.movedMeanwhile(ctx, p); moved {
				return nil // another process was faster
			}
			return err
		}
		if err := n.markFolded(ctx, p); err != nil {
			return err
		}
		n.Log.Info("folded", "channel", p.channel, "event", p.event, "notice", p.notice, "spans", p.count)
	}
	return n.clearFolded(ctx, p)
}

// proofName is the object of a plan in PROOFS.
func (p plan) proofName() string { return p.channel + "/" + p.event + ".json.gz" }

// A foldedLine is a line of the ledger in an object.
type foldedLine struct {
	Seq  uint64          `json:"seq"`
	Type string          `json:"type"`
	Line json.RawMessage `json:"line"`
}

// storeProof writes the object, a piece a page: each is a gzip file by itself,
// and so are all of them in a row.
func (n *Notifier) storeProof(ctx context.Context, p plan) error {
	left := p.spans()
	return n.Store.Proofs.PutPieces(ctx, p.proofName(), func() ([]byte, stream.Piece, error) {
		if len(left) == 0 {
			return nil, stream.Piece{}, io.EOF
		}
		span := left[0]
		left = left[1:]
		records, err := n.Store.Ledger.Read(ctx, p.page(span))
		if err != nil {
			return nil, stream.Piece{}, err
		}
		data, last, err := packLines(records)
		return data, stream.Piece{Name: span, Note: strconv.FormatUint(last, 10)}, err
	})
}

// compareProof is nil where the object holds what the ledger does: all of it,
// but what has come since.
func (n *Notifier) compareProof(ctx context.Context, p plan) error {
	o, err := n.Store.Proofs.Open(ctx, p.proofName())
	if err != nil {
		return err
	}
	for _, span := range p.spans() {
		packed, _, err := unpack(ctx, o, p, span)
		if err != nil {
			return err
		}
		records, err := n.Store.Ledger.Read(ctx, p.page(span))
		if err != nil {
			return err
		}
		if len(records) < len(packed) {
			return fmt.Errorf("page %s has %d lines, its proof %d: nothing is purged", span, len(records), len(packed))
		}
		for i, r := range packed {
			if r.Seq != records[i].Seq || r.Type != records[i].Type || !bytes.Equal(r.Data, records[i].Data) {
				return fmt.Errorf("line %d of page %s is another in its proof: nothing is purged", records[i].Seq, span)
			}
		}
	}
	return nil
}

// markFolded writes behind the plan that its object counts, and what it comes
// to. A plan that another process has marked is no error.
func (n *Notifier) markFolded(ctx context.Context, p plan) error {
	packed := p
	packed.folded = &Progress{} // its pages are still there as well, so that it is added up
	sum, err := n.progress(ctx, packed)
	if err != nil {
		return err
	}
	key := p.page(planSpan)
	data, err := json.Marshal(line{At: p.at, Notice: p.notice, Digest: p.digest, Lane: p.lane, Spans: p.count, Sum: &sum})
	if err != nil {
		return err
	}
	_, err = n.Store.Ledger.Append(ctx, stream.Entry{Key: key, ID: "folded/" + key, Type: string(lineFolded), Data: data}, p.seq)
	if errors.Is(err, stream.ErrConflict) {
		return nil
	}
	return err
}

// clearFolded takes off the ledger what the object holds. What has come since
// stays, and is read behind it.
func (n *Notifier) clearFolded(ctx context.Context, p plan) error {
	pages, err := n.Store.Ledger.Keys(ctx, pageKey(p.channel, p.event, "*"))
	if err != nil || len(pages) < 2 { // the plan is one
		return err
	}
	o, err := n.Store.Proofs.Open(ctx, p.proofName())
	if errors.Is(err, stream.ErrNotFound) {
		return nil // it has reached its age
	}
	if err != nil {
		return err
	}
	for _, piece := range o.Pieces {
		last, err := strconv.ParseUint(piece.Note, 10, 64)
		if err == nil && last > 0 {
			err = n.Store.Ledger.PurgeTo(ctx, p.page(piece.Name), last)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// foldedSum is the sum of a plan that was folded, unless more has been written
// since.
func (n *Notifier) foldedSum(ctx context.Context, p plan) (Progress, bool, error) {
	if p.folded == nil {
		return Progress{}, false, nil
	}
	pages, err := n.Store.Ledger.Keys(ctx, pageKey(p.channel, p.event, ">"))
	return *p.folded, err == nil && len(pages) == 1, err
}

// linesOf are the lines of a page, wherever they lie.
func (n *Notifier) linesOf(ctx context.Context, p plan, span string) ([]stream.Record, error) {
	var packed []stream.Record
	var last uint64
	if p.folded != nil {
		o, err := n.Store.Proofs.Open(ctx, p.proofName())
		if err == nil {
			packed, last, err = unpack(ctx, o, p, span)
		}
		if err != nil && !errors.Is(err, stream.ErrNotFound) { // that one has reached its age
			return nil, err
		}
	}
	records, err := n.Store.Ledger.Read(ctx, p.page(span))
	if err != nil {
		return nil, err
	}
	if now, moved, err := n.movedMeanwhile(ctx, p); moved || err != nil {
		if err != nil {
			return nil, err
		}
		return n.linesOf(ctx, now, span)
	}
	for _, r := range records {
		if r.Seq > last {
			packed = append(packed, r)
		}
	}
	return packed, nil
}

// movedMeanwhile is whether a plan was folded while one of its pages was being
// read, which may then have been half purged.
func (n *Notifier) movedMeanwhile(ctx context.Context, p plan) (plan, bool, error) {
	if p.folded != nil {
		return p, false, nil
	}
	now, err := n.planOf(ctx, p.page(planSpan))
	if errors.Is(err, stream.ErrNotFound) {
		return p, false, nil
	}
	return now, now.folded != nil, err
}

// openPage opens a page for writing, wherever its lines lie.
func (n *Notifier) openPage(ctx context.Context, channel, event, span string) (*book, error) {
	p, err := n.planOf(ctx, pageKey(channel, event, planSpan))
	if errors.Is(err, stream.ErrNotFound) {
		p, err = plan{channel: channel, event: event}, nil
	}
	if err != nil {
		return nil, err
	}
	return n.openOf(ctx, p, span)
}

// openOf opens a page of a plan for writing.
func (n *Notifier) openOf(ctx context.Context, p plan, span string) (*book, error) {
	b := &book{ledger: n.Store.Ledger, key: p.page(span), now: n.Now, folded: p.folded != nil}
	if b.folded {
		o, err := n.Store.Proofs.Open(ctx, p.proofName())
		var packed []stream.Record
		if err == nil {
			packed, _, err = unpack(ctx, o, p, span)
		}
		if err == nil {
			err = b.page.read(packed)
		}
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", b.key, err)
		}
	}
	if _, err := b.catchUp(ctx); err != nil {
		return nil, err
	}
	if now, moved, err := n.movedMeanwhile(ctx, p); moved || err != nil {
		if err != nil {
			return nil, err
		}
		return n.openOf(ctx, now, span)
	}
	return b, nil
}

// packLines makes a piece of a page's lines, and gives the last sequence.
func packLines(records []stream.Record) ([]byte, uint64, error) {
	var lines []foldedLine
	var last uint64
	for _, r := range records {
		lines = append(lines, foldedLine{r.Seq, r.Type, r.Data})
		last = r.Seq
	}
	data, err := pack(lines)
	return data, last, err
}

// unpack reads a page out of an object.
func unpack(ctx context.Context, o stream.Opened, p plan, span string) (records []stream.Record, last uint64, err error) {
	data, piece, err := o.Read(ctx, span)
	if err != nil {
		return nil, 0, err
	}
	if last, err = strconv.ParseUint(piece.Note, 10, 64); err != nil {
		return nil, 0, fmt.Errorf("piece %s of %s: %w", span, p.proofName(), err)
	}
	err = unpackLines(data, func(l foldedLine) {
		records = append(records, stream.Record{Entry: stream.Entry{Key: p.page(span), Type: l.Type, Data: l.Line}, Seq: l.Seq})
	})
	return records, last, err
}
