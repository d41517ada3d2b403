package main

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.yaml.in/yaml/v3"

	"douane.gouv.fr/crieur/cmd/internal/mailbox"
)

// A composition is docker-compose.yml, as far as it is looked at.
type composition struct {
	Services map[string]struct {
		Image       string
		Build       string
		Environment map[string]string
		Configs     []struct{ Source, Target string }
		DependsOn   map[string]any `yaml:"depends_on"`
	}
	Volumes map[string]any
	Configs map[string]struct{ File, Content string }
}

func readComposition(t testing.TB) composition {
	t.Helper()
	text, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var c composition
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestComposition holds docker-compose.yml against the program and the files
// that it names.
func TestComposition(t *testing.T) {
	t.Parallel()
	c := readComposition(t)
	for name, s := range c.Services {
		if (s.Image == "") == (s.Build == "") {
			t.Errorf("%s has an image, or is built", name)
		}
		if tag := strings.Split(s.Image, ":"); s.Image != "" && (len(tag) != 2 || tag[1] == "latest") {
			t.Errorf("%s: %s names no version", name, s.Image)
		}
		for _, used := range s.Configs {
			if _, ok := c.Configs[used.Source]; !ok {
				t.Errorf("%s uses config %s, which is not there", name, used.Source)
			}
		}
		for other := range s.DependsOn {
			if _, ok := c.Services[other]; !ok {
				t.Errorf("%s depends on %s, which is not there", name, other)
			}
		}
	}
	for name, config := range c.Configs {
		if _, err := os.Stat("../../" + config.File); config.File != "" && err != nil {
			t.Errorf("config %s: %v", name, err)
		}
	}
	flags := serveFlags()
	for name := range c.Services["crieur"].Environment {
		if !slices.Contains(flags, name) {
			t.Errorf("serve has no flag for %s: %v", name, flags)
		}
	}
}

// serveFlags are the environment variables that serve reads.
func serveFlags() []string {
	var names []string
	parser := newParser(Streams{Out: os.Stdout, Err: os.Stderr})
	for _, node := range parser.Model.Children {
		if node.Name != "serve" {
			continue
		}
		for _, flag := range node.Flags {
			names = append(names, flag.Envs...)
		}
	}
	return names
}

// TestServeOnAnotherBroker runs the service on a server configured as one of
// the composition's, with a relay that is not its own.
func TestServeOnAnotherBroker(t *testing.T) {
	t.Parallel()
	broker := composedBroker(t)
	box := &mailbox.Mailbox{Dir: t.TempDir()}
	relay, err := box.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	url := strings.Replace(broker.ClientURL(), "nats://", "nats://house:demonstration@", 1)
	s := launch(t, t.TempDir(), "--clock", "2023-08-01T15:00", "--nats", url, "--smtp", "smtp://"+relay.String(), "--from", "notes@crieur.example")
	s.until("the service is ready", func() bool { return s.door("desk") != "" && s.ready() })
	who := s.people()
	if _, err := s.administrator().Subscribe(t.Context(), storySubscribers(t)[0]); err != nil {
		t.Fatal(err)
	}
	want(t, "publish", seedNotice, "--server", s.door("desk"), "--token", who.drafter, "--approve-token", who.signatory)
	s.until("the mail is there", func() bool { return len(box.Messages()) == 1 })
	if s.door("mailbox") != "" || s.door("events") != "" {
		t.Error("a service with a broker and a relay of others has its own beside them")
	}
	if status := s.stop(); status != 0 {
		t.Errorf("status %d", status)
	}
	wrong := strings.Replace(url, "demonstration", "wrong", 1)
	status, _, errs := crieur(t, append([]string{"serve", "--store", t.TempDir(), "--nats", wrong}, free...)...)
	if status != statusWorld || !strings.Contains(lastLine(errs), "refuses these credentials") {
		t.Errorf("status %d: %s", status, errs)
	}
}

// composedBroker is one server with the composition's configuration, without
// its cluster.
func composedBroker(t testing.TB) *server.Server {
	t.Helper()
	c := readComposition(t)
	dir := t.TempDir()
	for name, value := range c.Services["nats-1"].Environment {
		if err := os.Setenv(name, value); err != nil { // the configuration reads it; nothing else does
			t.Fatal(err)
		}
	}
	accounts, err := os.ReadFile("../../" + c.Configs["accounts"].File)
	if err != nil {
		t.Fatal(err)
	}
	text, _, found := strings.Cut(c.Configs["nats"].Content, "cluster {")
	text = strings.NewReplacer("$$HOSTNAME", "nats-1", "http: 8222", "", "store_dir: /data", "store_dir: "+filepath.Join(dir, "data")).Replace(text)
	if !found || os.WriteFile(filepath.Join(dir, "accounts.conf"), accounts, 0o600) != nil || os.WriteFile(filepath.Join(dir, "nats.conf"), []byte(text), 0o600) != nil {
		t.Fatal("the configuration cannot be laid out")
	}
	o, err := server.ProcessConfigFile(filepath.Join(dir, "nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if !o.SyncAlways || o.NoAuthUser != "reader" {
		t.Errorf("sync always: %v, who comes without a password is %q", o.SyncAlways, o.NoAuthUser)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Host, o.Port, o.NoSigs = "127.0.0.1", l.Addr().(*net.TCPAddr).Port, true
	l.Close()
	n, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	n.Start()
	t.Cleanup(func() { n.Shutdown(); n.WaitForShutdown() })
	if !n.ReadyForConnections(20 * time.Second) {
		t.Fatal("the broker does not start")
	}
	return n
}
