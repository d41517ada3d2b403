package embedded_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
)

// put appends an entry whose data is its id.
func put(t testing.TB, l *stream.Log, key, id string, after uint64) {
	t.Helper()
	if _, err := l.Append(t.Context(), stream.Entry{Key: key, ID: id, Type: "test", Data: []byte(id)}, after); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, l *stream.Log, key string) string {
	t.Helper()
	records, err := l.Read(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range records {
		all = append(all, string(r.Data))
	}
	return strings.Join(all, " ")
}

func TestDataSurvives(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, b := noticetest.Server(t, embedded.Config{Dir: dir}, stream.Config{})
	put(t, store.Notices, "n1", "one", 0)
	if err := b.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(t, store.Notices, "n1", "two", 1)
	store.Close()
	b.Stop()
	b.Stop() // again is nothing

	again, _ := noticetest.Server(t, embedded.Config{Dir: dir}, stream.Config{})
	if got := read(t, again.Notices, "n1"); got != "one two" {
		t.Errorf("after a stop and a start the record is %q", got)
	}
}

func TestStoppedIsStopped(t *testing.T) {
	t.Parallel()
	b, err := embedded.Start(t.Context(), embedded.Config{Dir: t.TempDir(), Listen: loopback})
	if err != nil {
		t.Fatal(err)
	}
	url := b.URL()
	b.Stop()
	if nc, err := nats.Connect(url); err == nil {
		nc.Close()
		t.Errorf("%s still answers", url)
	}
	if nc, err := nats.Connect("", nats.InProcessServer(b.InProcess())); err == nil {
		nc.Close()
		t.Error("the stopped broker still answers in memory")
	}
}

// TestNoListener: without an address nobody can come.
func TestNoListener(t *testing.T) {
	t.Parallel()
	_, b := noticetest.Server(t, embedded.Config{}, stream.Config{})
	if b.URL() != "" {
		t.Errorf("it listens on %s", b.URL())
	}
}

// TestStartRefused: each reason is one clear line.
func TestStartRefused(t *testing.T) {
	t.Parallel()
	used := t.TempDir()
	noticetest.Server(t, embedded.Config{Dir: used}, stream.Config{})
	taken, err := net.Listen("tcp", loopback)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		config embedded.Config
		is     error
		says   string
	}{
		{"second on a directory", embedded.Config{Dir: used}, embedded.ErrLocked, used + " is in use by another process: stop the other one"},
		{"port in use", embedded.Config{Dir: t.TempDir(), Listen: taken.Addr().String()}, nil, "listen for readers: listen tcp " + taken.Addr().String()},
		{"no port", embedded.Config{Dir: t.TempDir(), Listen: "mail"}, nil, `listen on "mail": not host:port`},
		{"a file for a directory", embedded.Config{Dir: file}, nil, "create the broker's directory: "},
		{"not to be written", embedded.Config{Dir: readOnly(t)}, nil, "the broker's directory"},
	} {
		b, err := embedded.Start(t.Context(), c.config)
		if err == nil {
			b.Stop()
			t.Errorf("%s: it started", c.name)
			continue
		}
		if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: the error is %q, want %q", c.name, err, c.says)
		}
	}
}

// readOnly is a directory that nobody writes to: root may write where the mode
// says no, but not below /proc.
func readOnly(t *testing.T) string {
	if os.Geteuid() == 0 {
		return "/proc/crieur"
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestStartAfterRefusal: a start that failed gives up its lock.
func TestStartAfterRefusal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := embedded.Start(t.Context(), embedded.Config{Dir: dir, Listen: "mail"}); err == nil {
		t.Fatal("it started on a port without a number")
	}
	b, err := embedded.Start(t.Context(), embedded.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	b.Stop()
}

// TestFull: a store that is full refuses at once and says so, keeps what it
// has, and takes what is small again once it is given more.
func TestFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, b := noticetest.Server(t, embedded.Config{Dir: dir, MaxStore: 8 << 20}, stream.Config{})
	var err error
	stored := 0
	for ; err == nil && stored < 100; stored++ {
		e := stream.Entry{Key: fmt.Sprint("n", stored), ID: fmt.Sprint(stored), Type: "test", Data: make([]byte, 100<<10)}
		_, err = store.Notices.Append(t.Context(), e, 0)
	}
	stored--
	if !errors.Is(err, stream.ErrFull) {
		t.Fatalf("after %d notices of 100 KiB in 8 MiB: %v", stored, err)
	}
	if err := store.Health(t.Context()); err == nil || !strings.Contains(err.Error(), "NOTICES is nearly full") {
		t.Errorf("a full store calls itself healthy: %v", err)
	}
	put(t, store.Alerts, "production.delta-g.edi", "other streams go on", 0)
	store.Close()
	b.Stop()

	more, _ := noticetest.Server(t, embedded.Config{Dir: dir, MaxStore: 64 << 20}, stream.Config{})
	if last, err := more.Notices.Last(t.Context()); err != nil || last != uint64(stored) {
		t.Errorf("the store given more space ends at %d, %v; %d were stored", last, err, stored)
	}
	put(t, more.Notices, "again", "again", 0)
}
