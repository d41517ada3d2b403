package notifier

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A memory is a channel that remembers what it was asked to send. What a
// message becomes is up to its script.
type memory struct {
	name string

	mu     sync.Mutex
	script script    // guarded by mu
	sent   []telling // what the world has got, in order; guarded by mu
	open   int       // connections; guarded by mu
}

// A script is what the world does; what is nil works.
type script struct {
	send    func(ctx context.Context, m telling) (Outcome, error)
	connect func(ctx context.Context) error
	compose func(t Tale) error
	admit   func(to Recipient) time.Duration
}

func (c *memory) play(s script) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.script = s
}

func (c *memory) plays() script {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.script
}

// A telling is a message of a memory.
type telling struct {
	Tale
	Recipient
}

func (t telling) String() string {
	if t.Digest != nil {
		return fmt.Sprintf("digest to %.6s", t.ID)
	}
	return fmt.Sprintf("%s to %.6s (started %v)", t.Tale.Event.Act.Type(), t.ID, t.Started)
}

func (c *memory) Name() string { return c.name }

func (c *memory) Compose(_ context.Context, t Tale) (Message, error) {
	if compose := c.plays().compose; compose != nil {
		return t, compose(t)
	}
	return t, nil
}

func (c *memory) Connect(ctx context.Context) (Connection, error) {
	if connect := c.plays().connect; connect != nil {
		if err := connect(ctx); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	return &wire{memory: c}, nil
}

func (c *memory) Admit(to Recipient) time.Duration {
	if admit := c.plays().admit; admit != nil {
		return admit(to)
	}
	return 0
}

func (c *memory) Spare(Recipient) {}

// A wire is one connection of a memory.
type wire struct {
	*memory
	closed bool
}

func (w *wire) Send(ctx context.Context, m Message, to Recipient) (Outcome, error) {
	t := telling{m.(Tale), to}
	o := Outcome{Status: Sent, Code: "250"}
	if send := w.plays().send; send != nil {
		var err error
		if o, err = send(ctx, t); err != nil {
			return o, err
		}
	}
	if o.Status == Sent || o.Status == Unknown {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.sent = append(w.sent, t)
	}
	return o, nil
}

func (w *wire) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed = true
		w.open--
	}
}

// got is how often the world has got an event's message, by subscriber.
func (c *memory) got(e notice.Event) map[string]int {
	by := map[string]int{}
	for _, t := range c.all() {
		if t.Tale.Event.ID == e.ID {
			by[t.ID]++
		}
	}
	return by
}

// all is what the world has got, in order.
func (c *memory) all() []telling {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent)
}

// slowly takes everything, each after a time.
func slowly(d time.Duration) func(context.Context, telling) (Outcome, error) {
	return func(ctx context.Context, _ telling) (Outcome, error) {
		pause(ctx, d)
		return Outcome{Status: Sent, Code: "250"}, nil
	}
}
