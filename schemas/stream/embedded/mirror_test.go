package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
)

const loopback = "127.0.0.1:0"

// until polls a condition: the broker copies in its own time.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// stranger connects over TCP, as anybody can.
func stranger(t testing.TB, b *embedded.Server, opts ...nats.Option) jetstream.JetStream {
	t.Helper()
	opts = append(opts, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	nc, err := nats.Connect(b.URL(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, nc)
}

// house is a second connection of the program's own.
func house(t testing.TB, b *embedded.Server) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(b.InProcess()))
	if err != nil {
		t.Fatal(err)
	}
	return open(t, nc)
}

func open(t testing.TB, nc *nats.Conn) jetstream.JetStream {
	t.Helper()
	nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}) // refusals are what is tried
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// holds is whether a reader's stream has come to a sequence.
func holds(t testing.TB, js jetstream.JetStream, name string, seq uint64) func() bool {
	return func() bool {
		st, err := js.Stream(t.Context(), name)
		return err == nil && st.CachedInfo().State.LastSeq == seq
	}
}

func names(t testing.TB, js jetstream.JetStream) string {
	t.Helper()
	list := js.StreamNames(t.Context())
	var all []string
	for name := range list.Name() {
		all = append(all, name)
	}
	if list.Err() != nil {
		t.Fatal(list.Err())
	}
	return strings.Join(all, " ")
}

// TestReadersSee: whoever comes over TCP, under any name, has the two mirrors,
// in step, and nothing else.
func TestReadersSee(t *testing.T) {
	t.Parallel()
	store, b := noticetest.Server(t, embedded.Config{Listen: loopback}, stream.Config{})
	put(t, store.Notices, "n1", "one", 0)
	put(t, store.Alerts, "production.delta-g.edi", "first", 0)
	put(t, store.Alerts, "production.delta-g.edi", "second", 1)
	for _, as := range [][]nats.Option{nil, {nats.UserInfo("house", "")}, {nats.UserInfo("mirrors", "x")}, {nats.Token("t")}} {
		js := stranger(t, b, as...)
		until(t, "NOTICES for readers", holds(t, js, "NOTICES", 1))
		until(t, "ALERTS for readers", holds(t, js, "ALERTS", 2))
		if got := names(t, js); got != "ALERTS NOTICES" {
			t.Errorf("a stranger sees the streams %q", got)
		}
		st, err := js.Stream(t.Context(), "ALERTS")
		if err != nil || st.CachedInfo().State.Msgs != 1 {
			t.Errorf("ALERTS of readers keeps more than the last of a subject: %v", err)
		}
	}
	put(t, store.Notices, "n1", "two", 1)
	until(t, "the second record", holds(t, stranger(t, b), "NOTICES", 2))
}

// TestReadersConsume: the ways in which programs and the broker's tools read.
func TestReadersConsume(t *testing.T) {
	t.Parallel()
	store, b := noticetest.Server(t, embedded.Config{Listen: loopback}, stream.Config{})
	js := stranger(t, b)
	for i := range 3 {
		put(t, store.Notices, "n1", fmt.Sprint(i), uint64(i))
	}
	until(t, "NOTICES for readers", holds(t, js, "NOTICES", 3))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	durable, err := js.CreateConsumer(ctx, "NOTICES", jetstream.ConsumerConfig{Durable: "mine", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		m, err := durable.Next(jetstream.FetchMaxWait(5 * time.Second))
		if err != nil || string(m.Data()) != fmt.Sprint(i) {
			t.Fatalf("pulled message %d: %v", i, err)
		}
		if err := m.DoubleAck(ctx); err != nil {
			t.Fatalf("acknowledge: %v", err)
		}
	}
	ordered, err := js.OrderedConsumer(ctx, "NOTICES", jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := ordered.Messages()
	if err != nil {
		t.Fatal(err)
	}
	defer all.Stop()
	for i := range 3 {
		if m, err := all.Next(jetstream.NextContext(ctx)); err != nil || string(m.Data()) != fmt.Sprint(i) {
			t.Fatalf("ordered message %d: %v", i, err)
		}
	}
	pushed, err := js.Conn().JetStream()
	if err != nil {
		t.Fatal(err)
	}
	sub, err := pushed.SubscribeSync("notice.>", nats.OrderedConsumer(), nats.BindStream("NOTICES"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if m, err := sub.NextMsgWithContext(ctx); err != nil || string(m.Data) != fmt.Sprint(i) {
			t.Fatalf("pushed message %d: %v", i, err)
		}
	}
	reader, err := stream.OpenReader(ctx, stream.Config{URL: b.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if got := read(t, reader.Notices, "n1"); got != "0 1 2" {
		t.Errorf("a reader's Store reads %q", got)
	}
}

// noted is whether a log has been written to.
type noted struct{ atomic.Bool }

func (n *noted) Write(b []byte) (int, error) {
	n.Store(true)
	return len(b), nil
}

// TestReadersRefused tries what a stranger must not be able to do. Some of it
// is refused with silence, so each attempt is short; none of it is an alarm.
func TestReadersRefused(t *testing.T) {
	t.Parallel()
	alarm := &noted{}
	log := slog.New(slog.NewTextHandler(alarm, &slog.HandlerOptions{Level: slog.LevelError}))
	store, b := noticetest.Server(t, embedded.Config{Listen: loopback}, stream.Config{Log: log})
	put(t, store.Notices, "n1", "one", 0)
	js := stranger(t, b)
	until(t, "NOTICES for readers", holds(t, js, "NOTICES", 1))
	for _, subject := range []string{
		"notice.n1", "alert.production.delta-g.edi", "_INBOX.of.others",
		"$JS.API.STREAM.DELETE.NOTICES", "$JS.API.STREAM.PURGE.NOTICES", "$JS.API.STREAM.UPDATE.NOTICES",
		"$JS.API.STREAM.CREATE.MINE", "$JS.API.STREAM.MSG.DELETE.NOTICES", "$JS.API.STREAM.RESTORE.MINE",
		"$JS.API.CONSUMER.NAMES.NOTICES", "$JS.API.CONSUMER.LIST.NOTICES", "$JS.API.STREAM.MSG.GET.DESK",
		"house.api.STREAM.INFO.NOTICES", "house.api.CONSUMER.CREATE.NOTICES", "house.deliver.x",
		"$KV.ACCOUNTS.user.x", "$SYS.REQ.SERVER.PING",
	} {
		answer, err := js.Conn().Request(subject, []byte(`{"seq":1}`), 50*time.Millisecond)
		if err == nil && !strings.Contains(string(answer.Data), "stream not found") {
			t.Errorf("%s answered a stranger: %s", subject, answer.Data)
		}
	}
	refused := make(chan error, 10)
	js.Conn().SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err })
	for _, subject := range []string{">", "notice.>", "house.>", "$JS.>", "$SYS.>", "job.>"} {
		if _, err := js.Conn().Subscribe(subject, func(*nats.Msg) {}); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-refused:
			if !errors.Is(err, nats.ErrPermissionViolation) {
				t.Errorf("subscribe to %s: %v", subject, err)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("a stranger may listen to %s", subject)
		}
	}
	if got := names(t, js); got != "ALERTS NOTICES" {
		t.Errorf("afterwards a stranger sees the streams %q", got)
	}
	if got := read(t, store.Notices, ">"); got != "one" {
		t.Errorf("NOTICES of the house holds %q", got)
	}
	if alarm.Load() {
		t.Error("a stranger's attempts fill the log with errors")
	}
}

// TestReadersAim aims what a consumer delivers, and what a pull is answered
// with, at subjects that a stranger may not publish on. In an account of their
// own with the mirrors, readers could delete them so.
func TestReadersAim(t *testing.T) {
	t.Parallel()
	store, b := noticetest.Server(t, embedded.Config{Listen: loopback}, stream.Config{})
	put(t, store.Notices, "n1", "one", 0)
	js := stranger(t, b)
	until(t, "NOTICES for readers", holds(t, js, "NOTICES", 1))
	st, err := js.Stream(t.Context(), "NOTICES")
	if err != nil {
		t.Fatal(err)
	}
	made := st.CachedInfo().Created
	c := jetstream.ConsumerConfig{Name: "pull", AckPolicy: jetstream.AckNonePolicy}
	if _, err := js.CreateConsumer(t.Context(), "NOTICES", c); err != nil {
		t.Fatal(err)
	}
	const next = "$JS.API.CONSUMER.MSG.NEXT.NOTICES.pull"
	for i, subject := range []string{
		"$JS.API.STREAM.DELETE.NOTICES", "$JS.API.STREAM.PURGE.NOTICES", "house.api.CONSUMER.CREATE.NOTICES", "notice.n1", "house.deliver.x",
	} {
		req := fmt.Sprintf(`{"stream_name":"NOTICES","config":{"name":"push%d","deliver_subject":%q,"ack_policy":"none"}}`, i, subject)
		if _, err := js.Conn().Request(fmt.Sprint("$JS.API.CONSUMER.CREATE.NOTICES.push", i), []byte(req), 5*time.Second); err != nil {
			t.Fatal(err)
		}
		// That a request is bad is said at once, without a body: an empty
		// request to whoever listens on the subject.
		if err := js.Conn().PublishRequest(next, subject, []byte("{")); err != nil {
			t.Fatal(err)
		}
	}
	// The consumer answers in order, so all have been when this one has; and
	// what they asked for is done before another request.
	if m, err := js.Conn().Request(next, []byte("{"), 5*time.Second); err != nil || m.Header.Get("Status") != "400" {
		t.Fatalf("a bad request was answered %v, %v", m, err)
	}
	c.Name = "last"
	if _, err := js.CreateConsumer(t.Context(), "NOTICES", c); err != nil {
		t.Fatal(err)
	}
	st, err = js.Stream(t.Context(), "NOTICES")
	if err != nil {
		t.Fatal(err)
	}
	if info := st.CachedInfo(); !info.Created.Equal(made) || info.State.Msgs != 1 {
		t.Errorf("the mirror was made at %v and is of %v, with %d records", made, info.Created, info.State.Msgs)
	}
	if got := read(t, store.Notices, ">"); got != "one" {
		t.Errorf("NOTICES of the house holds %q", got)
	}
}

// TestMirrorsRestart: a mirror goes on after the broker has been restarted.
func TestMirrorsRestart(t *testing.T) {
	t.Parallel()
	store, b := noticetest.Server(t, embedded.Config{Listen: loopback}, stream.Config{})
	put(t, store.Notices, "n1", "one", 0)
	js := stranger(t, b)
	until(t, "NOTICES for readers", holds(t, js, "NOTICES", 1))
	if err := b.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(t, store.Notices, "n1", "two", 1)
	until(t, "NOTICES after a restart", holds(t, js, "NOTICES", 2))
}

// TestMirrorsAnew: a mirror of a stream that is gone gives way to one of the
// stream that is there now; one that was lost comes back.
func TestMirrorsAnew(t *testing.T) {
	t.Parallel()
	store, b := noticetest.Server(t, embedded.Config{Listen: loopback}, stream.Config{})
	put(t, store.Notices, "n1", "one", 0)
	put(t, store.Notices, "n1", "two", 1)
	js := stranger(t, b)
	until(t, "NOTICES for readers", holds(t, js, "NOTICES", 2))
	own := house(t, b)
	st, err := own.Stream(t.Context(), "NOTICES")
	if err != nil {
		t.Fatal(err)
	}
	if err := own.DeleteStream(t.Context(), "NOTICES"); err != nil {
		t.Fatal(err)
	}
	if _, err := own.CreateStream(t.Context(), st.CachedInfo().Config); err != nil {
		t.Fatal(err)
	}
	put(t, store.Notices, "n2", "anew", 0)
	until(t, "NOTICES made anew", holds(t, js, "NOTICES", 1))

	nc, err := nats.Connect("", nats.InProcessServer(b.InProcess()), nats.UserInfo("mirrors", ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := open(t, nc).DeleteStream(t.Context(), "NOTICES"); err != nil {
		t.Fatal(err)
	}
	until(t, "the lost mirror", holds(t, js, "NOTICES", 1))
}

// TestMirrorsBulk: more than the broker sends before it wants an answer. An
// account that does not let the answers through stalls here.
func TestMirrorsBulk(t *testing.T) {
	t.Parallel()
	_, b := noticetest.Server(t, embedded.Config{Listen: loopback}, stream.Config{})
	own, js := house(t, b), stranger(t, b)
	const records = 300
	for i := range records {
		if _, err := own.PublishAsync(fmt.Sprint("notice.n", i), make([]byte, 128<<10)); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-own.PublishAsyncComplete():
	case <-time.After(30 * time.Second):
		t.Fatal("the house could not publish")
	}
	until(t, "all records", holds(t, js, "NOTICES", records))
}
