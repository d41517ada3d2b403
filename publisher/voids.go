package publisher

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// voidAfter is how long a number may be open before somebody looks whether its
// approval ever came. An approval that is still under way then is not harmed:
// both write to the notice's DESK subject, and the later one decides again.
const voidAfter = time.Minute

// A Void is a number that was taken and will never be used.
type Void struct {
	Number string `json:"number"`
	Notice string `json:"notice"`
}

// Voids are all numbers that were taken and will never be used, in order.
func (p *Publisher) Voids() []Void {
	var all []Void
	for _, d := range p.view.all() {
		for _, n := range d.Voids() {
			all = append(all, Void{n, d.ID})
		}
	}
	slices.SortFunc(all, func(a, b Void) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

// seekVoids looks, now and then, for numbers that were allocated and have not
// been seen in an approval, and records as void those that have none.
func (p *Publisher) seekVoids(ctx context.Context, now time.Time) error {
	p.mu.Lock()
	soon := now.Sub(p.sought).Abs() < voidAfter
	if !soon {
		p.sought = now
	}
	p.mu.Unlock()
	if soon {
		return nil
	}
	open := map[string][]openNumber{} // by the counter's key
	err := p.Store.Numbers.Scan(ctx, nil, func(pair stream.Pair) error {
		var c counter
		if err := json.Unmarshal(pair.Value, &c); err != nil {
			return fmt.Errorf("decode counter %s: %w", pair.Key, err)
		}
		open[pair.Key] = c.Open
		return nil
	})
	if err != nil {
		return failed("look for numbers without use", err)
	}
	var failures []error
	for key, numbers := range open {
		failures = append(failures, p.seekVoidsOf(ctx, key, numbers, now))
	}
	return errors.Join(failures...)
}

// seekVoidsOf looks for the approvals of a series' open numbers, and closes
// them.
func (p *Publisher) seekVoidsOf(ctx context.Context, key string, open []openNumber, now time.Time) error {
	var done []string
	var failures []error
	for _, o := range open {
		if now.Sub(o.Since) < voidAfter {
			continue
		}
		if err := p.void(ctx, o); err != nil {
			failures = append(failures, err)
			continue
		}
		done = append(done, o.Number)
	}
	if len(done) > 0 {
		failures = append(failures, p.close(ctx, key, done))
	}
	return errors.Join(failures...)
}

// void records an open number as void, unless an approval carries it.
func (p *Publisher) void(ctx context.Context, o openNumber) error {
	order := Order{Who: clockAccount, Notice: o.Notice, Command: "void." + o.Number}
	_, err := p.enter(ctx, order, Voided, func(d Dossier) (Entry, error) {
		if slices.Contains(d.Numbers.list(), o.Number) {
			return Entry{}, errSettled
		}
		return allow(d, Entry{Type: Voided, Numbers: []string{o.Number}}, clockAccount)
	})
	if errors.Is(err, errSettled) || errors.Is(err, notice.ErrNotFound) {
		return nil
	}
	return err
}
