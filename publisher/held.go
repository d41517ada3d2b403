package publisher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// grace is how long a held act can be taken back, where Publisher.Grace does
// not say.
const grace = 10 * time.Second

// A Holding is how an act is held back.
type Holding struct {
	// Seen is the number of the last event that its author has seen
	// (notice.State.Number). Where people have said something since, the act is
	// refused with ErrConflict. 0 for not known.
	Seen int
	For  time.Duration // Publisher.Grace if 0
}

// Hold decides on an act as Act does, and writes it down to leave a little
// later: until then Retract takes it back, and nobody has heard anything. The
// clock of whichever desk is alive lets it leave (Tick), also after a crash.
// Then it is decided again, on what has been said meanwhile; what is no longer
// possible is Missed. A time that is absent is that of the holding, not of the
// leaving. Of a notice one act is held at a time.
func (p *Publisher) Hold(ctx context.Context, o Order, act notice.Act, h Holding) (Dossier, error) {
	if err := p.actable(act); err != nil {
		return Dossier{}, err
	}
	if act.Type() == notice.TypeChanged {
		return Dossier{}, &notice.ValueError{What: "a change binds its letter and is not held", Remedy: "draft it and have it approved, or let it leave at once"}
	}
	asked := struct {
		Held notice.Type
		Act  notice.Act
	}{act.Type(), act}
	return p.enter(ctx, o, asked, func(d Dossier) (Entry, error) {
		if err := holdable(d, h); err != nil {
			return Entry{}, err
		}
		e, err := p.actEntry(d, o, act)
		e.Type, e.Leaves = Held, p.after(d).Add(cmp.Or(h.For, p.GraceTime()))
		return e, err
	})
}

// GraceTime is how long a held act can be taken back, where its holding does
// not say.
func (p *Publisher) GraceTime() time.Duration { return cmp.Or(p.Grace, grace) }

// holdable refuses to hold a second act, and one that rests on what is no
// longer the last word.
func holdable(d Dossier, h Holding) error {
	if held, ok := d.Waiting(); ok {
		return fmt.Errorf("%w: %s already has an act of this notice in hand (%s), which leaves at %s; retract it or wait",
			notice.ErrConflict, held.Account, held.As, notice.At(held.Leaves))
	}
	if since := d.Said(h.Seen); h.Seen > 0 && len(since) > 0 {
		last := since[len(since)-1]
		return fmt.Errorf("%w: %s was said at %s, after what you saw; look at it and decide again",
			notice.ErrConflict, last.Act.Type(), notice.At(last.Time))
	}
	return nil
}

// Said is what people, not the clock, have said since an event of the notice.
func (d Dossier) Said(since int) []notice.Event {
	return slices.DeleteFunc(slices.Clone(d.State.Events), func(e notice.Event) bool {
		return e.Number <= since || notice.Moment(e.Act) != ""
	})
}

// Retract takes a held act back; held is the id of its entry. Whoever may do
// such an act may. It is ErrConflict once the act has left.
func (p *Publisher) Retract(ctx context.Context, o Order, held string) (Dossier, error) {
	asked := struct{ Retract string }{held}
	return p.enter(ctx, o, asked, func(d Dossier) (Entry, error) {
		if d.Held.ID != held || held == "" {
			return Entry{}, fmt.Errorf("%w: no such act is held; another may be: load the page again", notice.ErrConflict)
		}
		if err := retractable(d); err != nil {
			return Entry{}, err
		}
		rule, _ := notice.RuleOf(d.Held.As)
		roles := slices.DeleteFunc(slices.Clone(o.Who.Roles), func(r notice.Role) bool { return !slices.Contains(rule.By, r) })
		if len(roles) == 0 {
			return Entry{}, fmt.Errorf("%w: %s is retracted by %s", notice.ErrForbidden, d.Held.As, join(rule.By))
		}
		return Entry{Type: Retracted, As: d.Held.As, Of: held, Roles: roles}, o.Who.mine(d.State.Notice.Issuer)
	})
}

// retractable is nil while a held act has not left.
func retractable(d Dossier) error {
	switch d.Settled.Type {
	case "":
		return nil
	case Left:
		return fmt.Errorf("%w: %s has already left, at %s; say the opposite", notice.ErrConflict, d.Held.As, notice.At(d.Settled.Time))
	}
	return fmt.Errorf("%w: %s does not leave any more: it was %s at %s", notice.ErrConflict, d.Held.As, d.Settled.Type, notice.At(d.Settled.Time))
}

// Waiting is the act that is held and that can still be taken back.
func (d Dossier) Waiting() (Entry, bool) { return d.Held, d.Held.Type != "" && d.Settled.Type == "" }

// leaving is whether a held act is to go on the public record now: its moment
// has come, or somebody was stopped between saying so and doing it.
func (d Dossier) leaving(now time.Time) bool {
	if _, waits := d.Waiting(); waits {
		return !d.Held.Leaves.After(now)
	}
	_, done := d.Event(d.Held.Command)
	return d.Settled.Type == Left && !done
}

// leave lets a held act go whose moment has come: it says so on DESK, where it
// can no longer be taken back then, and commits.
func (p *Publisher) leave(ctx context.Context, d Dossier) (Dossier, error) {
	if !d.leaving(p.Now()) {
		return d, nil
	}
	held := d.Held
	d, err := p.conclude(ctx, d, Entry{Type: Left}, func(d Dossier) bool { return d.Settled.Type == "" })
	if err != nil || !d.leaving(p.Now()) || d.Held.ID != held.ID {
		return d, err // taken back in the last instant, or gone
	}
	act, err := held.Act.act()
	if err != nil {
		return d, err
	}
	if act, err = p.complete(d, act); err == nil { // what other notices say may have changed
		d, err = p.commit(ctx, d, notice.Command{ID: held.Command, Roles: held.Roles, Act: act})
	} else {
		err = refusal{err}
	}
	if refused := (refusal{}); errors.As(err, &refused) {
		p.Log.Warn("held act missed", "notice", d.ID, "err", err)
		return p.conclude(ctx, d, Entry{Type: Missed, Reason: err.Error()}, func(d Dossier) bool { return d.Settled.Type == Left })
	}
	return d, err
}

// conclude writes down what becomes of the held act of a dossier, while it is
// still that one and open says that nothing else has become of it.
func (p *Publisher) conclude(ctx context.Context, d Dossier, e Entry, open func(Dossier) bool) (Dossier, error) {
	held := d.Held
	o := Order{Who: clockAccount, Notice: d.ID, Command: string(e.Type) + "." + held.ID}
	after, err := p.enter(ctx, o, e.Type, func(d Dossier) (Entry, error) {
		if d.Held.ID != held.ID || !open(d) {
			return Entry{}, errSettled
		}
		e.As, e.Of = held.As, held.ID
		return allow(d, e, clockAccount)
	})
	if errors.Is(err, errSettled) {
		return p.load(ctx, d.ID)
	}
	return after, err
}

// Foresee is an act as it would be told if it left now, with the state of its
// notice after it: what the record would say. It is refused as Act would.
func (p *Publisher) Foresee(d Dossier, who Account, act notice.Act) (notice.State, notice.Event, error) {
	if err := p.actable(act); err != nil {
		return notice.State{}, notice.Event{}, err
	}
	if err := who.mine(d.State.Notice.Issuer); err != nil {
		return notice.State{}, notice.Event{}, err
	}
	act, err := p.complete(d, act)
	if err != nil {
		return notice.State{}, notice.Event{}, err
	}
	e, err := notice.Decide(d.State, notice.Command{ID: "foreseen", Roles: who.Roles, Act: act}, p.after(d))
	if err != nil {
		return notice.State{}, notice.Event{}, err
	}
	e.Notice = d.ID
	return d.State.With(e), e, nil
}
