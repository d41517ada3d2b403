package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	_ "net/http/pprof" // for the benches' own processes
	"net/mail"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/templates"
)

// The parts of the benches that start processes: a broker by itself, and a
// house that does nothing but send mails.
const (
	brokerPart = "be-broker"
	senderPart = "be-sender"
)

// store is the size of a bench's broker: what is reserved for the streams must
// fit in, and is not taken.
const store = 128 << 30

// beBroker is a broker on a directory and a port, until ctx ends.
func beBroker(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet(brokerPart, flag.ContinueOnError)
	dir := flags.String("dir", "", "where it keeps its data")
	port := flags.Int("port", 0, "on 127.0.0.1")
	lazy := flags.Bool("lazy", false, "sync now and then instead of always")
	profile := flags.String("profile", "", "host:port for profiles")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return asPart(ctx, func(ctx context.Context, ready func()) error {
		profiles(*profile)
		n, err := server.NewServer(&server.Options{ServerName: "bench", Host: "127.0.0.1", Port: *port, JetStream: true, StoreDir: *dir,
			JetStreamMaxStore: store, SyncAlways: !*lazy, NoSigs: true, NoLog: true})
		if err != nil {
			return err
		}
		n.Start()
		defer n.WaitForShutdown()
		defer n.Shutdown()
		for !n.ReadyForConnections(10 * time.Millisecond) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		ready()
		<-ctx.Done()
		return nil
	})
}

// secret makes subscribers' ids and links in all processes of a bench.
var secret = []byte("the benches' own secret, 32 bytes")

// sender is who writes the mails.
var sender = mail.Address{Name: "Notes aux opérateurs", Address: "notes@crieur.example"}

// beSender is a process of a house that sends mails, until ctx ends.
func beSender(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet(senderPart, flag.ContinueOnError)
	c := house.Config{From: sender, PublicURL: "https://notes.example", Secret: secret,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	flags.StringVar(&c.NATS, "nats", "", "the broker")
	relay := flags.String("smtp", "", "host:port of the relay")
	connections := flags.Int("connections", 16, "to it")
	letter := flags.Bool("letter", false, "make letters too")
	flags.DurationVar(&c.Lease, "lease", 0, "of a job")
	shift := flags.Duration("shift", 0, "of the clock")
	profile := flags.String("profile", "", "host:port for profiles")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c.SMTP = []string{fmt.Sprintf("smtp://%s?connections=%d", *relay, *connections)}
	c.Roles = []string{house.RoleEmail}
	if *letter {
		c.Roles = append(c.Roles, house.RoleLetter)
	}
	return asPart(ctx, func(ctx context.Context, ready func()) error {
		profiles(*profile)
		return runHouse(ctx, c, *shift, ready)
	})
}

// runHouse runs a house with the words of the product, whose clock is shifted,
// until ctx ends.
func runHouse(ctx context.Context, c house.Config, shift time.Duration, ready func()) error {
	known, err := schemas.Default()
	if err != nil {
		return err
	}
	c.Words = templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus}
	c.Clock = &house.Clock{}
	c.Clock.Shift(time.Now().Add(shift))
	h, err := house.Open(ctx, c)
	if err != nil {
		return err
	}
	defer h.Close()
	ready()
	if err := h.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// profiles serves the process's profiles, for whoever looks for what it wastes.
func profiles(addr string) {
	if addr == "" {
		return
	}
	go func() { fmt.Fprintln(os.Stderr, http.ListenAndServe(addr, nil)) }()
}
