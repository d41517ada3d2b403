package email

import (
	"context"
	"net"
	"sync"
	"time"
)

// An alarm ends what a connection waits for when its time is over, or with a
// context. One mail after the other comes with the same context, which is told
// once to ring.
type alarm struct {
	mu     sync.Mutex
	waits  net.Conn        // while it waits; nil between two mails; guarded by mu
	heeded context.Context // that rings; nil before the first
	unheed func() bool
}

// set sets the alarm. The error says that nobody need begin to wait.
func (a *alarm) set(ctx context.Context, conn net.Conn, within time.Duration) error {
	a.heed(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := conn.SetDeadline(time.Now().Add(within)); err != nil {
		return errClosed
	}
	a.waits = conn
	return ctx.Err()
}

// unset ends the waiting: what rings from now on is not heard.
func (a *alarm) unset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waits = nil
}

func (a *alarm) ring() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waits != nil {
		_ = a.waits.SetDeadline(time.Unix(1, 0)) // wakes a waiting read
	}
}

// heed has one context ring in place of another.
func (a *alarm) heed(ctx context.Context) {
	if a.heeded == ctx {
		return
	}
	if a.unheed != nil {
		a.unheed()
	}
	a.heeded, a.unheed = ctx, context.AfterFunc(ctx, a.ring)
}
