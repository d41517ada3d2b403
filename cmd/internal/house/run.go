package house

import (
	"context"
	"errors"
	"sync"
)

// Run works until ctx ends; whatever it started has ended then. The clock acts
// by itself.
func (h *House) Run(ctx context.Context) error { return h.run(ctx, h.atDesk) }

// atDesk is what goes on at the desk by itself: the clock acts, and staff are
// told what waits for them.
func (h *House) atDesk(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	for _, part := range []func(context.Context) error{h.Publisher.Run, h.summon, h.watchTroubles} {
		all.Go(func() { stop(part(ctx)) })
	}
	all.Wait()
	return context.Cause(ctx)
}

// RunHeld is Run without what the desk does by itself, until Release: a Player
// lets the clock act, and nobody is told what waits for them in a story.
func (h *House) RunHeld(ctx context.Context) error {
	return h.run(ctx, func(ctx context.Context) error {
		held, stop := context.WithCancel(ctx)
		go func() {
			defer stop()
			select {
			case <-h.released:
			case <-ctx.Done():
			}
		}()
		if err := h.Publisher.Follow(held); ctx.Err() != nil || held.Err() == nil {
			return err
		}
		return h.atDesk(ctx)
	})
}

// Release lets the clock of a held house act by itself from now on.
func (h *House) Release() { close(h.released) }

// run runs every part that this process plays, until ctx ends or one fails.
func (h *House) run(ctx context.Context, bureau func(context.Context) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	start := func(part func() error) {
		all.Go(func() {
			if err := part(); err != nil && ctx.Err() == nil {
				stop(err)
			}
		})
	}
	with := func(part func(context.Context) error) { start(func() error { return part(ctx) }) }
	defer context.AfterFunc(ctx, func() { close(h.stopped) })()
	if h.plays(RoleDesk) {
		with(bureau)
	}
	if h.plays(RoleEmail) && !h.plays(RoleDesk) {
		with(h.watchTroubles) // its own probe knows best
	}
	with(h.Record.Follow)
	with(h.Liaison.Run)
	if h.at(RoleOutlook) != "" {
		with(h.site.Run)
	}
	with(h.Notifier.Run)
	if h.plays(RolePush) {
		with(h.Alerts.Run)
	}
	h.watchReturns(with)
	h.serve(ctx, start)
	all.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
