package embedded

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// nodes are three servers of a cluster, each with the accounts that the file
// tells its operator.
func nodes(t *testing.T) []*server.Server {
	t.Helper()
	t.Setenv("HOUSE_STORE", "800000000")
	t.Setenv("MIRRORS_STORE", "200000000")
	t.Setenv("HOUSE_PASSWORD", "of-the-house")
	t.Setenv("MIRRORS_PASSWORD", "of-the-mirrors")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "accounts.conf"), []byte(accounts), 0o600); err != nil {
		t.Fatal(err)
	}
	ports := freePorts(t, 3)
	var all []*server.Server
	for i, port := range ports {
		name := fmt.Sprint("nats-", i)
		text := fmt.Sprintf("server_name: %s\nlisten: 127.0.0.1:-1\ninclude ./accounts.conf\nno_auth_user: reader\n"+
			"jetstream: {store_dir: %q, sync_interval: always}\n"+
			"cluster: {name: crieur, listen: %q, routes: [%q, %q, %q]}\n",
			name, filepath.Join(dir, name), port, "nats://"+ports[0], "nats://"+ports[1], "nats://"+ports[2])
		path := filepath.Join(dir, name+".conf")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := server.ProcessConfigFile(path)
		if err != nil {
			t.Fatal(err)
		}
		o.NoSigs = true
		n, err := server.NewServer(o)
		if err != nil {
			t.Fatal(err)
		}
		n.Start()
		t.Cleanup(func() { n.Shutdown(); n.WaitForShutdown() })
		all = append(all, n)
	}
	for i, n := range all {
		if !n.ReadyForConnections(20 * time.Second) {
			t.Fatalf("nats-%d does not start", i)
		}
	}
	return all
}

// freePorts are addresses that nobody listens on at the moment.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var all []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		all = append(all, l.Addr().String())
	}
	return all
}

func as(t *testing.T, n *server.Server, opts ...nats.Option) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(n.ClientURL(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// TestAccountsOfCluster does what accounts.conf tells an operator: the mirrors
// of a cluster's streams reach a reader at another node, and stay in step.
func TestAccountsOfCluster(t *testing.T) {
	all := nodes(t)
	house, maker, reader := as(t, all[0], nats.UserInfo("house", "of-the-house")), as(t, all[1], nats.UserInfo("mirrors", "of-the-mirrors")), as(t, all[2])
	until := func(what string, do func(context.Context) error) {
		t.Helper()
		for end := time.Now().Add(60 * time.Second); ; { // a leader is being chosen
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			err := do(ctx)
			cancel()
			if err == nil {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: %v", what, err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	until("NOTICES", func(ctx context.Context) error {
		_, err := house.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "NOTICES", Subjects: []string{"notice.>"}, Replicas: 3})
		return err
	})
	until("the mirror", func(ctx context.Context) error {
		c, err := mirrorConfig("NOTICES")
		if err == nil {
			c.Replicas = 3
			_, err = maker.CreateOrUpdateStream(ctx, c)
		}
		return err
	})
	const records = 100
	for i := range records {
		until("publish", func(ctx context.Context) error {
			_, err := house.Publish(ctx, fmt.Sprint("notice.n", i), make([]byte, 128<<10), jetstream.WithMsgID(fmt.Sprint(i)))
			return err
		})
	}
	var c jetstream.Consumer
	until("a consumer", func(ctx context.Context) (err error) {
		c, err = reader.CreateOrUpdateConsumer(ctx, "NOTICES", jetstream.ConsumerConfig{Durable: "mine", AckPolicy: jetstream.AckExplicitPolicy})
		return err
	})
	for i := range records {
		until("read", func(ctx context.Context) error {
			m, err := c.Next(jetstream.FetchMaxWait(time.Second))
			if err != nil {
				return err
			}
			if want := fmt.Sprint("notice.n", i); m.Subject() != want {
				t.Errorf("read %s, want %s", m.Subject(), want)
			}
			return m.DoubleAck(ctx)
		})
	}
	if _, err := reader.Stream(t.Context(), "DESK"); err == nil {
		t.Error("a reader sees DESK")
	}
}
