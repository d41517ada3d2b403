package notifier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// letterChannel is the name under which letters are planned and worked on; it
// tells nobody.
const letterChannel = "letter"

// Letters make the official letter of an event.
type Letters struct {
	// Compose says what the letter says. The same tale gives the same Document.
	Compose func(Tale) (templates.Document, error)
	// Draw makes the unsigned PDF: the same bytes for the same Document and act.
	Draw func(templates.Document, Tale) ([]byte, error)
	// Seal makes the same letter under the bureau's seal; nil leaves it unsigned.
	Seal func(context.Context, templates.Document, Tale) ([]byte, error)
	// Verify says what is wrong with a letter: such a one is not kept. nil looks
	// at nothing.
	Verify func(pdf []byte) error
}

// letterName is under what name LETTERS holds the letter of an event.
func letterName(e notice.Event) string { return fmt.Sprintf("%s/%d.pdf", e.Notice, e.Version) }

// planLetters plans the letter of every event that has one, in order, until
// ctx ends.
func (n *Notifier) planLetters(ctx context.Context) {
	_ = n.Store.Notices.Work(ctx, letterChannel, func(ctx context.Context, r stream.Record) error {
		return n.orBury(ctx, letterChannel, r, n.planLetter(ctx, r))
	}) // it ends with ctx alone
}

func (n *Notifier) planLetter(ctx context.Context, r stream.Record) error {
	e, rule, err := understand(r)
	if err != nil || !rule.Letter {
		return err
	}
	return n.planInto(ctx, letterChannel, e, 1)
}

// makeLetter makes an event's letter, unless it is there, and plans the
// messages that wait for it. The first letter stored is the one; the ledger
// says by its hash which that was.
func (w *worker) makeLetter(ctx context.Context, b *book, job stream.Job) error {
	o, err := orderOf(job)
	if err != nil {
		return err
	}
	events, err := w.events(ctx, o.Notice)
	if err != nil {
		return err
	}
	t := taleOf(events, job.Event)
	if t.Event.ID == "" {
		return fmt.Errorf("event %s is not on the record of its notice", job.Event)
	}
	if page := b.view(); page.stored == "" {
		pdf, err := w.storeLetter(ctx, t)
		if err != nil {
			return err
		}
		if err := b.write(ctx, lineStored, line{At: w.Now(), SHA256: hash(pdf)}); err != nil {
			return err
		}
		w.Log.Info("letter stored", "notice", t.Event.Notice, "event", t.Event.ID)
	}
	if rule, _ := notice.RuleOf(t.Event.Act.Type()); waits(rule) {
		for _, channel := range w.Bulk {
			if err := w.plan(ctx, channel, t.Event); err != nil {
				return err
			}
		}
	}
	return w.finish(ctx, b)
}

// storeLetter makes the letter and stores it. Where another worker was faster,
// its letter is the one.
func (w *worker) storeLetter(ctx context.Context, t Tale) ([]byte, error) {
	began := time.Now()
	pdf, err := w.Letters.make(ctx, t)
	if err != nil {
		return nil, err
	}
	err = w.Store.Letters.Put(ctx, letterName(t.Event), pdf)
	w.Meter.letters.observe(time.Since(began))
	if errors.Is(err, stream.ErrConflict) {
		return w.Store.Letters.Get(ctx, letterName(t.Event))
	}
	return pdf, err
}

// make composes, draws and seals the letter. What differs from what the
// signatory approved, or cannot be archived, is not made: ErrPermanent. A seal
// that is not to be had is no fault of the letter's: it is asked for again.
func (l *Letters) make(ctx context.Context, t Tale) ([]byte, error) {
	doc, err := l.Compose(t)
	if err != nil {
		return nil, fault{fmt.Errorf("compose letter of %s: %w", t.Event.ID, err)}
	}
	pdf, err := l.Draw(doc, t)
	if err != nil {
		return nil, fault{fmt.Errorf("draw letter of %s: %w", t.Event.ID, err)}
	}
	if err := bound(t, doc, pdf); err != nil {
		return nil, fault{err}
	}
	if l.Seal != nil {
		if pdf, err = l.Seal(ctx, doc, t); err != nil {
			return nil, fmt.Errorf("seal letter of %s: %w", t.Event.ID, err)
		}
	}
	if l.Verify == nil {
		return pdf, nil
	}
	if err := l.Verify(pdf); err != nil {
		return nil, fault{fmt.Errorf("%w: the letter of %s is not kept: %w", ErrPermanent, t.Event.ID, err)}
	}
	return pdf, nil
}

// bound is nil where a letter is what was approved. Acts without a binding of
// their own say nothing that has not been approved.
func bound(t Tale, doc templates.Document, unsigned []byte) error {
	text, ok := notice.TextOf(t.Event.Act)
	if !ok {
		return nil
	}
	document, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("encode document of %s: %w", t.Event.ID, err)
	}
	var differs string
	switch {
	case hash(document) != text.Binding.Document:
		differs = "document"
	case hash(unsigned) != text.Binding.Letter:
		differs = "letter"
	default:
		return nil
	}
	return fmt.Errorf("%w: the %s of event %s is not the one that was approved (with words %s, catalogue %s): nothing is sent; "+
		"run the version that was approved, or publish a correction", ErrPermanent, differs, t.Event.ID, text.Binding.Templates, text.Binding.Catalogue)
}

// hash is the SHA-256 of data in hexadecimal.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
