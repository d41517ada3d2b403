package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A mailHouse is a whole house in this process, on a folder for tasks with a
// letter or on another one for those without; it is opened anew where the next
// task wants other keys or another folder.
type mailHouse struct {
	*kit
	relay, dir string
	n          int // subscribers
	told       int // notices that were published

	*house.House
	paper *paper
	key   task // for which it is open: its letter and DKIM
	stop  context.CancelFunc
	done  chan error
}

// send has everybody told of one event, and waits until the ledger says so.
func (m *mailHouse) send(ctx context.Context, t task) error {
	if t.N != m.n {
		return fmt.Errorf("%d mails of %d subscribers", t.N, m.n)
	}
	if err := m.open(ctx, t); err != nil || t.Prepare {
		return err
	}
	m.told++
	tell := m.start
	if t.Letter {
		tell = func(ctx context.Context) error { return m.publish(ctx, m.Publisher) }
	}
	if err := tell(ctx); err != nil {
		return err
	}
	// Looking costs; House.Settle looks all the time.
	return until(ctx, 250*time.Millisecond, func() (bool, error) { return m.Notifier.Settled(ctx) })
}

// start tells of the start of an alert.
func (m *mailHouse) start(ctx context.Context) error {
	_, put, err := m.paper.start(ctx)
	if err != nil {
		return err
	}
	return put(ctx)
}

// publish publishes the example with its letter, as people do.
func (k *kit) publish(ctx context.Context, p *publisher.Publisher) error {
	id := stream.NewID()
	order := func(who string, role notice.Role) publisher.Order {
		return publisher.Order{Who: publisher.Account{ID: who, Roles: []notice.Role{role}}, Command: stream.NewID(), Notice: id}
	}
	drafter := order("drafter", notice.Drafter)
	// Without a reference of its own it gets one that no other has.
	text := regexp.MustCompile(`(?m)^reference:.*\n`).ReplaceAllString(string(k.notice), "")
	if _, err := p.Draft(ctx, drafter, publisher.Draft{Text: text}); err != nil {
		return err
	}
	drafter.Command = stream.NewID()
	if _, err := p.Submit(ctx, drafter); err != nil {
		return err
	}
	_, err := p.Approve(ctx, order("signatory", notice.Signer), publisher.SignOff{})
	return err
}

// open opens the house that a task wants.
func (m *mailHouse) open(ctx context.Context, t task) error {
	key := task{Letter: t.Letter, DKIM: t.DKIM, Connections: t.Connections}
	if m.House != nil && m.key == key {
		return nil
	}
	m.close()
	c := house.Config{
		Words: m.words, Roles: []string{house.RoleEmail}, SMTP: []string{fmt.Sprintf("smtp://%s?connections=%d", m.relay, t.Connections)},
		Dir: filepath.Join(m.dir, "alerts"), From: sender, PublicURL: "https://notes.example", Secret: secret, MaxStore: store,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	var err error
	if m.paper, err = newPaper(nil); err != nil {
		return err
	}
	c.Clock = house.StoppedAt(m.paper.day)
	if t.Letter {
		c.Roles = append(c.Roles, house.RoleLetter, house.RoleDesk)
		c.Dir = filepath.Join(m.dir, "letters")
		c.Clock = house.StoppedAt(m.paper.day.Add(-6 * 24 * time.Hour))
	}
	if signer := m.keys[t.DKIM]; signer != nil {
		c.DKIM = []email.Key{{Domain: domain(), Selector: "bench", Signer: signer}}
	}
	if m.House, err = house.Open(ctx, c); err != nil {
		return err
	}
	m.paper.store, m.paper.begun, m.key = m.Store, m.told, key
	if err := m.subscribe(ctx); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	m.stop, m.done = stop, make(chan error, 1)
	go func() { m.done <- m.RunHeld(running) }()
	return nil
}

// subscribe makes the subscribers where there are none; those of the bureaus
// are there.
func (m *mailHouse) subscribe(ctx context.Context) error {
	s := m.Notifier.Subscribers
	if count, err := s.Count(ctx); err != nil || count >= uint64(m.n) {
		return err
	}
	work := make(chan int)
	errs := make(chan error, 64)
	for range cap(errs) {
		go func() {
			var err error
			for i := range work {
				_, addErr := s.Add(ctx, notifier.Subscriber{Channel: email.Name, Address: address(i), Since: m.paper.day})
				err = errors.Join(err, addErr)
			}
			errs <- err
		}()
	}
	for i := range m.n {
		work <- i
	}
	close(work)
	var err error
	for range cap(errs) {
		err = errors.Join(err, <-errs)
	}
	return err
}

func (m *mailHouse) close() {
	if m.House == nil {
		return
	}
	if m.stop != nil {
		m.stop()
		<-m.done
	}
	m.House.Close()
	m.House = nil
}
