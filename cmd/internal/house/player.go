package house

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Player plays a story over a house whose clock it holds. The clock moves on
// only when everything that an instant brings is done: planned, mailed,
// pushed, shown. So a story gives the same bytes every time.
type Player struct {
	House *House
	Story Story
	// Told is called after each thing that happened, in the order of time.
	Told func(context.Context, Told) error

	ids  map[string]string // of the story's notices, by name
	told uint64            // last sequence of NOTICES that Told has had
}

// Told is what came of one instant of a story.
type Told struct {
	At     time.Time            // by the house's clock
	Step   *Step                // nil where the clock itself acted
	Events []notifier.Published // in order
}

// Play runs a house for as long as a story takes.
func Play(ctx context.Context, p *Player) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	playing, fail := context.WithCancelCause(ctx)
	done := make(chan error, 1)
	go func() {
		err := p.House.RunHeld(running)
		fail(err)
		done <- err
	}()
	err := p.Play(playing)
	stop()
	return errors.Join(<-done, err)
}

// Play plays the whole story over a house that runs (RunHeld).
func (p *Player) Play(ctx context.Context) error {
	p.ids = map[string]string{}
	p.House.Clock.Stop(p.Story.Start.Time)
	for _, s := range p.Story.Subscribers {
		if _, err := (public{p.House}).Subscribe(ctx, s); err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
	}
	for i := range p.Story.Steps {
		step := &p.Story.Steps[i]
		if err := p.until(ctx, step.At.Time); err != nil {
			return err
		}
		if err := p.do(ctx, i, step); err != nil {
			return fmt.Errorf("step %d of the story, %s: %w", i+1, step.At, err)
		}
		if err := p.settle(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// until lets time pass up to an instant, stopping wherever the clock owes
// something.
func (p *Player) until(ctx context.Context, at time.Time) error {
	for {
		next, err := p.House.Publisher.Tick(ctx)
		if err != nil {
			return err
		}
		if err := p.settle(ctx, nil); err != nil {
			return err
		}
		if next.IsZero() || next.After(at) {
			p.House.Clock.Stop(at)
			return nil
		}
		p.House.Clock.Stop(next)
	}
}

// settle waits until everything that follows from what happened is done, and
// tells it.
func (p *Player) settle(ctx context.Context, step *Step) error {
	if err := p.House.Settle(ctx); err != nil {
		return err
	}
	events := p.House.Record.After(p.told)
	if n := len(events); n > 0 {
		p.told = events[n-1].Seq
	}
	if p.Told == nil || step == nil && len(events) == 0 {
		return nil
	}
	return p.Told(ctx, Told{p.House.Clock.Now(), step, events})
}

// do does what a step says.
func (p *Player) do(ctx context.Context, i int, s *Step) error {
	if s.Outlook != "" {
		return nil // Told writes it
	}
	pub := p.House.Publisher
	o := publisher.Order{
		Who:     publisher.Account{ID: s.By, Roles: p.Story.People[s.By]},
		Command: fmt.Sprintf("story.%d", i+1),
		Notice:  p.ids[s.Of],
	}
	var err error
	switch act := s.act(); {
	case s.Draft != "":
		err = p.draft(ctx, o, s)
	case s.Submit != nil:
		_, err = pub.Submit(ctx, o)
	case s.Return != nil:
		_, err = pub.Return(ctx, o, s.Return.Reason)
	case s.Approve != nil:
		_, err = pub.Approve(ctx, o, publisher.SignOff{At: s.Approve.PublishAt.Time, Emergency: s.Approve.Emergency})
	case s.Review != nil:
		_, err = pub.Review(ctx, o, s.Review.Reason)
	default:
		_, err = pub.Act(ctx, o, act)
	}
	return err
}

// draft puts a step's text on the record: of a new notice, or of one that the
// story has begun.
func (p *Player) draft(ctx context.Context, o publisher.Order, s *Step) error {
	text, err := os.ReadFile(filepath.Join(p.Story.Dir, s.Draft))
	if err != nil {
		return fmt.Errorf("%w: %w", notice.ErrNotFound, err)
	}
	if o.Notice == "" {
		o.Notice = stream.ID(s.At.Time, "story/"+s.Of)
		p.ids[s.Of] = o.Notice
	} else {
		d, err := p.House.Publisher.Dossier(ctx, o.Notice)
		if err != nil {
			return err
		}
		o.Seen = d.Edition
	}
	_, err = p.House.Publisher.Draft(ctx, o, publisher.Draft{Text: string(text), As: s.As, Reason: s.Reason})
	return err
}
