package email

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"sync"
	"time"

	"douane.gouv.fr/crieur/notifier"
)

// Relays are the servers that take the mails, shared by all connections of a
// process. Mails are spread over those that are well; those that are for
// backup are used while no other is.
type Relays struct {
	List []Relay // not changed after the first use

	mu    sync.Mutex
	posts []*post // one for each of List; guarded by mu
}

// A post is what is known of one relay. Its fields are guarded by the Relays'
// mutex.
type post struct {
	relay *Relay
	settings
	open  int       // connections
	limit int       // of open: less than settings.connections where the relay said so
	grown time.Time // when the limit was last changed
	rest  time.Time // no attempt before, while another relay is well
	pause time.Duration
	free  time.Time // when the next mail may go, by settings.rate
}

const (
	firstRest   = 5 * time.Second
	longestRest = time.Minute
	// growAfter is how long a relay that had enough connections is left alone
	// before one more is tried.
	growAfter = 30 * time.Second
)

// Check is nil where at least one relay answers and takes our greeting.
func (r *Relays) Check(ctx context.Context) error {
	var errs []error
	for _, relay := range r.List {
		err := relay.Check(ctx)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Connections is how many there may be at once, over all relays.
func (r *Relays) Connections() int {
	sum := 0
	for _, relay := range r.List {
		if s, err := relay.settings(); err == nil {
			sum += s.connections
		}
	}
	return sum
}

// connect opens a session with one of the relays, the next where one fails.
// ErrNoConnection: all have as many as they bear.
func (r *Relays) connect(ctx context.Context) (*connection, error) {
	var errs []error
	for tried := []*post(nil); ; {
		p := r.pick(tried, time.Now())
		if p == nil {
			return nil, cmp.Or(errors.Join(errs...), notifier.ErrNoConnection)
		}
		c, err := p.relay.connect(ctx)
		r.connected(p, err, time.Now())
		if err == nil {
			c.relays, c.post = r, p
			return c, nil
		}
		tried = append(tried, p)
		errs = append(errs, fmt.Errorf("relay %s: %w", redacted(p.relay.URL), unwanted(err)))
		if ctx.Err() != nil {
			return nil, errors.Join(errs...)
		}
	}
}

// unwanted marks what a person must mend: the relay takes no mail from us.
func unwanted(err error) error {
	var refused *textproto.Error
	if errors.As(err, &refused) && refused.Code >= 500 {
		return fmt.Errorf("%w: %w", notifier.ErrUnwanted, err)
	}
	return err
}

// pick takes a place at the relay that has most of them free, of those that
// are well; nil where there is none.
func (r *Relays) pick(tried []*post, now time.Time) *post {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.man()
	var best *post
	for _, p := range r.posts {
		if now.Sub(p.grown) > growAfter && p.limit < p.connections {
			p.limit, p.grown = p.limit+1, now
		}
		if p.open < p.limit && !slices.Contains(tried, p) && (best == nil || p.better(best, now)) {
			best = p
		}
	}
	if best != nil {
		best.open++
	}
	return best
}

// man makes the posts.
func (r *Relays) man() {
	if r.posts != nil {
		return
	}
	for i := range r.List {
		s, _ := r.List[i].settings() // checked by Channel.Check
		r.posts = append(r.posts, &post{relay: &r.List[i], settings: s, limit: s.connections})
	}
}

// better is whether a relay is to be tried before another one.
func (p *post) better(than *post, now time.Time) bool {
	if a, b := now.Before(p.rest), now.Before(than.rest); a != b {
		return b
	}
	if p.backup != than.backup {
		return than.backup
	}
	return p.open*than.limit < than.open*p.limit
}

// connected takes note of how an attempt went. A relay that says that it has
// too many connections is believed.
func (r *Relays) connected(p *post, err error, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		p.rest, p.pause = time.Time{}, 0
		return
	}
	p.open--
	var refused *textproto.Error
	if errors.As(err, &refused) && refused.Code == 421 && p.open > 0 {
		p.limit, p.grown = min(p.limit, p.open), now
		return
	}
	p.pause = min(max(2*p.pause, firstRest), longestRest)
	p.rest = now.Add(p.pause)
}

// left gives a place back.
func (r *Relays) left(p *post) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.open--
}

// turn is how long to wait before a mail may go to the relay, by its rate.
func (r *Relays) turn(p *post, now time.Time) time.Duration {
	if p.rate == 0 {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.free.Before(now) {
		p.free = now
	}
	wait := p.free.Sub(now)
	p.free = p.free.Add(time.Duration(float64(time.Second) / p.rate))
	return wait
}

// refuses has a relay rest that takes no mail from us, while another one does.
func (r *Relays) refuses(p *post, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.rest = now.Add(longestRest)
}
