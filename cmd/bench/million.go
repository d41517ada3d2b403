package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/cmd/internal/sink"
	"douane.gouv.fr/crieur/notifier/email"
)

// benchMillion measures a house with very many subscribers: what it takes to
// start, to plan an event, and to tell everybody.
func benchMillion(flags *flag.FlagSet) measure {
	n := flags.Int("n", 1_000_000, "how many subscribers")
	rtt := flags.Duration("rtt", 0, "to the relay")
	lease := flags.Duration("lease", 5*time.Second, "for how long a job is lent to a worker")
	letter := flags.Bool("letter", false, "tell of a notice, with its letter and calendar, in place of the start of an alert")
	connections := flags.Int("connections", 16, "to the relay")
	senderProfile := flags.String("profile-sender", "", "host:port where the sender serves its profiles")
	brokerProfile := flags.String("profile-broker", "", "host:port where the broker does")
	return func(ctx context.Context) ([]Row, error) {
		r, err := newRig(ctx, *lease, *brokerProfile)
		if err != nil {
			return nil, err
		}
		defer r.close()
		c := sink.Config{Forget: true, Behaviour: sink.Behaviour{RTT: *rtt}}
		if err := r.addSender(c, "-profile", *senderProfile, fmt.Sprintf("-letter=%v", *letter), "-connections", strconv.Itoa(*connections)); err != nil {
			return nil, err
		}
		rows, err := r.tellMany(ctx, *n, *letter)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, r.said())
		}
		return rows, nil
	}
}

// tellMany loads subscribers, starts the house anew, and tells everybody of one
// event.
func (r *rig) tellMany(ctx context.Context, n int, letter bool) ([]Row, error) {
	began := time.Now()
	if err := r.load(ctx, n); err != nil {
		return nil, err
	}
	loaded := time.Since(began)
	restart, err := r.restart(ctx)
	if err != nil {
		return nil, err
	}
	idle, err := r.senders[0].memory()
	if err != nil {
		return nil, err
	}
	put, err := r.prepare(ctx, letter)
	if err != nil {
		return nil, err
	}
	t, err := r.tell(ctx, n, put)
	if err != nil {
		return nil, err
	}
	rows := []Row{
		{Name: "subscribers", Value: float64(n)},
		{Name: "load", Value: loaded.Seconds(), Unit: "s"},
		Row{Name: "restart", Value: restart.Seconds(), Unit: "s"}.atMost(5),
		Row{Name: "plan", Value: t.plan.Seconds(), Unit: "s"}.atMost(1),
		Row{Name: "first mail", Value: t.first.Seconds(), Unit: "s"}.atMost(1),
		{Name: "last mail", Value: t.last.Seconds(), Unit: "s"},
		{Name: "mails/s", Value: float64(n) / (t.last - t.first).Seconds(), Unit: "mails/s"},
		{Name: "sender memory at rest", Value: idle, Unit: "MB"},
	}
	used, err := r.used(n)
	if err != nil {
		return nil, err
	}
	if err := r.settle(ctx); err != nil {
		return nil, err
	}
	repeated := r.relays[0].Stats().Recipients - int64(n)
	return append(append(rows, used...), Row{Name: "told twice", Value: float64(repeated)}.atMost(0)), nil
}

// prepare makes what is to be told: put publishes it.
func (r *rig) prepare(ctx context.Context, letter bool) (put func(context.Context) error, err error) {
	if !letter {
		_, put, err = r.paper.start(ctx)
		return put, err
	}
	kit, err := newKit()
	if err != nil {
		return nil, err
	}
	desk, err := house.Open(ctx, house.Config{Dir: filepath.Join(r.dir, "desk"), Words: kit.words, Roles: []string{house.RoleDesk},
		NATS: r.url(), From: sender, Secret: secret, Clock: house.StoppedAt(r.paper.day.Add(-24 * time.Hour)), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		defer desk.Close()
		return kit.publish(ctx, desk.Publisher)
	}, nil
}

// A telling is how long it took, from publishing, until an event was planned,
// the first had its mail, and the last.
type telling struct{ plan, first, last time.Duration }

// tell publishes an event by put and waits until everybody has its mail.
func (r *rig) tell(ctx context.Context, n int, put func(context.Context) error) (t telling, err error) {
	published := time.Now()
	if err := put(ctx); err != nil {
		return t, err
	}
	var plan time.Duration
	planned := make(chan error, 1)
	go func() {
		err := until(ctx, time.Millisecond, func() (bool, error) { return r.planned(ctx) })
		plan = time.Since(published)
		planned <- err
	}()
	if err := r.relays[0].Wait(ctx, 1); err != nil {
		return t, err
	}
	t.first = time.Since(published)
	if err := r.relays[0].Wait(ctx, n); err != nil {
		return t, err
	}
	t.last = time.Since(published)
	err = <-planned
	t.plan = plan
	return t, err
}

// used is what sender and broker took of the machine to tell n subscribers.
func (r *rig) used(n int) ([]Row, error) {
	var rows []Row
	for _, c := range []struct {
		*child
		name string
	}{{r.senders[0], "sender"}, {r.broker, "broker"}} {
		memory, err := c.memory()
		if err != nil {
			return nil, err
		}
		spent, err := c.cpu()
		if err != nil {
			return nil, err
		}
		rows = append(rows, Row{Name: c.name + " memory", Value: memory, Unit: "MB"},
			Row{Name: c.name + " CPU per 1,000 mails", Value: spent.Seconds() * 1000 / float64(n), Unit: "s"})
	}
	rows[0] = rows[0].atMost(150)
	return rows, nil
}

// restart kills the broker and starts it and the sender, and says how long that
// takes until the sender is at work.
func (r *rig) restart(ctx context.Context) (time.Duration, error) {
	r.broker.kill()
	began := time.Now()
	if err := r.broker.start(); err != nil {
		return 0, err
	}
	if err := r.senders[0].start(); err != nil {
		return 0, err
	}
	if err := r.senders[0].await(ctx); err != nil {
		return 0, err
	}
	return time.Since(began), nil
}

// planned is whether the planner has done with all that was published.
func (r *rig) planned(ctx context.Context) (bool, error) {
	last, err := r.store.Notices.Last(ctx)
	if err != nil {
		return false, err
	}
	worked, err := r.store.Notices.Worked(ctx, email.Name)
	return worked >= last, err
}

// memory is the most that a child has had so far, in MB.
func (c *child) memory() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.life().cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("%s: the system does not say what memory it has", c.name)
}

// cpu is what a child has used of the machine.
func (c *child) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.life().cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	const tick = 10 * time.Millisecond // USER_HZ
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest) // from the third on, proc(5)
	if len(fields) < 13 {
		return 0, fmt.Errorf("%s: the system does not say what it has used", c.name)
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}
