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
	waits  net.Conn        // nil between two mails; guarded by mu
	heeded context.Context // the one that rings; nil before the first; guarded by mu
	unheed func() bool     // guarded by mu
}

// set sets the alarm. The error says that nobody need begin to wait.
func (a *alarm) set(ctx context.Context, conn net.Conn, within time.Duration) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.heed(ctx)
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

// done ends the alarm for good.
func (a *alarm) done() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waits = nil
	a.heed(context.Background())
}

// heed has one context ring in place of another. a.mu is held.
func (a *alarm) heed(ctx context.Context) {
	if a.heeded == ctx {
		return
	}
	if a.unheed != nil {
		a.unheed()
	}
	a.heeded = ctx
	a.unheed = context.AfterFunc(ctx, func() { a.ring(ctx) })
}

// ring wakes a waiting read, unless another context is heeded by now.
func (a *alarm) ring(of context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waits != nil && a.heeded == of {
		_ = a.waits.SetDeadline(time.Unix(1, 0))
	}
}
