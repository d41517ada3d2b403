package notifier

import (
	"context"
	"encoding/json"
	"fmt"

	"douane.gouv.fr/crieur/schemas/stream"
)

// A sheet is a page as somebody reads it who does not write on it, both sides:
// what its lines add up to, and every attempt that they tell of, in order.
type sheet struct {
	page
	span     Span
	attempts []Delivery
}

// eachSheet reads the pages of a plan, one at a time.
func (n *Notifier) eachSheet(ctx context.Context, p plan, f func(sheet) error) error {
	for _, span := range p.spans() {
		s, err := n.readSheet(ctx, p, span)
		if err == nil {
			err = f(s)
		}
		if err != nil {
			return fmt.Errorf("add up %s: %w", p.page(span), err)
		}
	}
	return nil
}

// readSheet reads one page of a plan.
func (n *Notifier) readSheet(ctx context.Context, p plan, span string) (sheet, error) {
	s := sheet{span: whole}
	if p.channel != letterChannel {
		var err error
		if s.span, err = parseSpan(span); err != nil {
			return s, err
		}
	}
	records, err := n.linesOf(ctx, p, span)
	if err != nil {
		return s, err
	}
	if err := s.read(records); err != nil {
		return s, err
	}
	back, err := n.back(ctx, backOf(p.page(span), "*"))
	if err == nil {
		s.turn(back)
	}
	return s, err
}

// read adds up lines, and keeps every attempt.
func (s *sheet) read(records []stream.Record) error {
	for _, r := range records {
		var l line
		if err := json.Unmarshal(r.Data, &l); err != nil {
			return fmt.Errorf("decode line %d of ledger %s: %w", r.Seq, r.Key, err)
		}
		s.add(lineType(r.Type), l)
		s.seq = r.Seq
		for _, d := range l.Told {
			d.At, d.Attempt = l.At, s.told[d.To].Attempt
			s.attempts = append(s.attempts, d)
		}
	}
	return nil
}
