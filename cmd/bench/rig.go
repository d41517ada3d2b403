package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"douane.gouv.fr/crieur/cmd/internal/sink"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A rig is a house in several processes that a bench starts and kills: a
// broker, and senders that have a relay of their own each. The bench itself is
// the publisher, and all of the relays.
type rig struct {
	dir     string
	port    int
	lease   time.Duration
	broker  *child
	senders []*child
	relays  []*sink.Sink
	store   *stream.Store
	paper   *paper
	log     *os.File
}

// newRig starts a broker, which syncs as config says, and lays out the rest.
// close ends it.
func newRig(ctx context.Context, lease time.Duration, profile string) (*rig, error) {
	dir, err := os.MkdirTemp("", "crieur-bench-")
	if err != nil {
		return nil, err
	}
	r := &rig{dir: dir, lease: lease}
	if r.log, err = os.Create(filepath.Join(dir, "log")); err == nil {
		r.port, err = freePort()
	}
	if err == nil {
		r.broker = &child{name: "the broker", log: r.log,
			args: []string{brokerPart, "-dir", filepath.Join(dir, "broker"), "-port", strconv.Itoa(r.port), "-profile", profile}}
		err = r.startBroker(ctx)
	}
	if err == nil {
		r.store, err = stream.Open(ctx, stream.Config{URL: r.url(), Name: "bench", AckWait: lease, Log: slog.New(slog.DiscardHandler)})
	}
	if err == nil {
		r.paper, err = newPaper(r.store)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// freePort is one that nobody listens on at present.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (r *rig) url() string { return "nats://127.0.0.1:" + strconv.Itoa(r.port) }

// load makes n subscribers while the broker syncs now and then, and starts it
// again as it is meant to be.
func (r *rig) load(ctx context.Context, n int) error {
	r.broker.stop()
	if err := r.startBroker(ctx, "-lazy"); err != nil {
		return err
	}
	if err := r.subscribe(ctx, n); err != nil {
		return err
	}
	r.broker.stop()
	return r.startBroker(ctx)
}

// startBroker starts the broker, with more arguments, and waits for it.
func (r *rig) startBroker(ctx context.Context, more ...string) error {
	plain := r.broker.args
	defer func() { r.broker.args = plain }()
	r.broker.args = append(plain[:len(plain):len(plain)], more...)
	if err := r.broker.start(); err != nil {
		return err
	}
	return r.broker.await(ctx)
}

// addSender lays out a sender, with more arguments, and starts its relay; the
// sender does not run.
func (r *rig) addSender(c sink.Config, more ...string) error {
	relay, err := sink.Start(c)
	if err != nil {
		return err
	}
	r.relays = append(r.relays, relay)
	r.senders = append(r.senders, &child{name: fmt.Sprint("sender ", len(r.relays)), log: r.log,
		args: append([]string{senderPart, "-nats", r.url(), "-smtp", relay.Addr(), "-lease", r.lease.String(),
			"-shift", time.Until(r.paper.day).String()}, more...)})
	return nil
}

// close ends all processes and forgets everything.
func (r *rig) close() {
	for _, s := range r.senders {
		s.kill()
	}
	if r.store != nil {
		r.store.Close()
	}
	if r.broker != nil {
		r.broker.kill()
	}
	for _, relay := range r.relays {
		_ = relay.Close() // nothing is logged to a file
	}
	_ = r.log.Close()
	_ = os.RemoveAll(r.dir) // what is left lies in the temporary folder
}

// said is what the processes have said that is worth telling.
func (r *rig) said() string {
	text, err := os.ReadFile(r.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

// settled is whether everything that was published is planned and told.
func (r *rig) settled(ctx context.Context) (bool, error) {
	if ok, err := r.planned(ctx); !ok {
		return false, err
	}
	pending, err := r.store.Jobs.Pending(ctx)
	return pending == 0, err
}

// settle waits until everything is told.
func (r *rig) settle(ctx context.Context) error {
	return until(ctx, 10*time.Millisecond, func() (bool, error) { return r.settled(ctx) })
}

// until looks again and again whether something has become true.
func until(ctx context.Context, every time.Duration, is func() (bool, error)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		ok, err := is()
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// address is that of the nth subscriber of a bench.
func address(n int) string { return fmt.Sprintf("abonne-%d@transitaire.example", n) }

// subscribe makes n subscribers at once, past the checks that keep one from
// being written twice: there are none yet.
func (r *rig) subscribe(ctx context.Context, n int) error {
	nc, err := nats.Connect(r.url())
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(4096))
	if err != nil {
		return err
	}
	subscribers := notifier.Subscribers{Keys: r.store.Subscribers, Secret: secret}
	var last string
	for i := range n {
		s := notifier.Subscriber{Channel: email.Name, Address: address(i), Since: r.paper.day}
		s.ID = subscribers.IDOf(s.Address)
		last = s.ID
		shard, err := strconv.ParseUint(s.ID[:2], 16, 8)
		if err != nil {
			return err
		}
		value, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if _, err := js.PublishAsync(fmt.Sprintf("$KV.SUBSCRIBERS.%03d.%s", shard, s.ID), value, jetstream.WithStallWait(time.Minute)); err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-ctx.Done():
		return ctx.Err()
	}
	if _, err := subscribers.Get(ctx, last); err != nil { // it does not lie where the house looks
		return err
	}
	return nil
}

// A paper is a notice that is published again and again, each time as another
// one.
type paper struct {
	store  *stream.Store
	notice notice.Notice
	scope  []notice.Scope
	day    time.Time // when its window begins: the house's clock is set to it
	begun  int
}

func newPaper(store *stream.Store) (*paper, error) {
	words, n, err := exampleNotice()
	if err != nil {
		return nil, err
	}
	return &paper{store: store, notice: n, scope: words.Catalogue.Resolve(n), day: n.Windows[0].Start.Time}, nil
}

// alert is another notice and the start of its alert.
func (p *paper) alert() (published, started notice.Event) {
	p.begun++
	id := stream.ID(p.day, fmt.Sprint("notice ", p.begun))
	published = notice.Event{ID: stream.ID(p.day, id+"/1"), Notice: id, Number: 1, Version: 1, Time: p.day.Add(-24 * time.Hour),
		Act: notice.Published{Notice: p.notice, Scope: p.scope}}
	started = notice.Event{ID: stream.ID(p.day, id+"/2"), Notice: id, Number: 2, Version: 1, Time: p.day,
		Act: notice.Started{Occurrence: 1, Planned: notice.At(p.day)}}
	return published, started
}

// start is the start of another alert; its notice is put on the record, and
// the start by put.
func (p *paper) start(ctx context.Context) (event notice.Event, put func(context.Context) error, err error) {
	published, started := p.alert()
	seq, err := p.append(ctx, published, 0)
	return started, func(ctx context.Context) error {
		_, err := p.append(ctx, started, seq)
		return err
	}, err
}

// end is the end of an alert that start gave; add puts it on the record.
func (p *paper) end(started notice.Event) notice.Event {
	return notice.Event{ID: stream.ID(p.day, started.Notice+"/3"), Notice: started.Notice, Number: 3, Version: 1, Time: p.day,
		Act: notice.Ended{At: notice.At(p.day), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}}}
}

// add puts an event behind the last one of its notice.
func (p *paper) add(ctx context.Context, e notice.Event) error {
	last, err := p.store.Notices.Latest(ctx, e.Notice)
	if err == nil {
		_, err = p.append(ctx, e, last.Seq)
	}
	return err
}

func (p *paper) append(ctx context.Context, e notice.Event, after uint64) (uint64, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return 0, err
	}
	return p.store.Notices.Append(ctx, stream.Entry{Key: e.Notice, ID: e.ID, Type: string(e.Act.Type()), Data: data}, after)
}
