// Package noticetest gives tests the real things a notice meets: a JetStream
// server in the process.
package noticetest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
)

// Space is the store's size in tests, in bytes.
const Space = 1 << 30

// Broker is an empty store of the test's own; nothing listens. It is gone when
// the test has ended.
func Broker(t testing.TB) *stream.Store {
	t.Helper()
	store, _ := Server(t, embedded.Config{}, stream.Config{})
	return store
}

// Server is Broker with the server in hand, to be restarted or stopped, and
// with settings of the test's own; what is zero is filled in.
func Server(t testing.TB, b embedded.Config, c stream.Config) (*stream.Store, *embedded.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if b.Dir == "" {
		b.Dir = t.TempDir()
	}
	if b.MaxStore == 0 {
		b.MaxStore = Space
	}
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	b.Log = c.Log
	server, err := embedded.Start(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	c.InProcess, c.Name = server.InProcess(), t.Name()
	store, err := stream.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store, server
}
