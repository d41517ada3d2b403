package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas/notice"
)

// asCommand makes the test's own program behave as crieur.
const asCommand = "CRIEUR_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// testProgram is this very program.
func testProgram() string { return os.Args[0] }

// crieur runs a command in this process and gives what it prints.
func crieur(t testing.TB, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(t.Context(), args, Streams{strings.NewReader(""), &o, &e})
	return status, o.String(), e.String()
}

// want runs a command that must succeed and gives what it prints.
func want(t testing.TB, args ...string) string {
	t.Helper()
	status, out, errs := crieur(t, args...)
	if status != 0 {
		t.Fatalf("crieur %s: status %d: %s", strings.Join(args, " "), status, errs)
	}
	return out
}

// A service is crieur serve, as a process of its own.
type service struct {
	t    testing.TB
	dir  string
	cmd  *exec.Cmd
	gone chan struct{}
	err  error // of the process; set before gone is closed

	mu    sync.Mutex
	log   bytes.Buffer      // guarded by mu
	doors map[string]string // by what is behind them; guarded by mu
}

// serve starts crieur serve on a folder with a shifted clock, and waits until
// it is ready. Every address is free to choose.
func serve(t testing.TB, dir, clock string, args ...string) *service {
	t.Helper()
	s := launch(t, dir, append([]string{"--clock", clock}, args...)...)
	s.waitReady()
	return s
}

func launch(t testing.TB, dir string, args ...string) *service {
	t.Helper()
	all := append([]string{"serve", "--store", dir, "--max-store", "1073741824", "--lease", "1s", "--public", "127.0.0.1:0", "--desk", "127.0.0.1:0",
		"--mailbox", "127.0.0.1:0", "--readers", "127.0.0.1:0"}, args...)
	s := &service{t: t, dir: dir, cmd: exec.Command(testProgram(), all...), gone: make(chan struct{}), doors: map[string]string{}}
	s.cmd.Env = append(os.Environ(), asCommand+"=1")
	words, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.read(words)
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("crieur %s said:\n%s", strings.Join(all, " "), s.said())
		}
	})
	return s
}

// doorLine is how serve names its addresses.
var doorLine = regexp.MustCompile(`^  (public page|mailbox|desk|events|metrics) +(\S+)$`)

func (s *service) read(words io.Reader) {
	lines := bufio.NewScanner(words)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.mu.Lock()
		s.log.WriteString(lines.Text() + "\n")
		if m := doorLine.FindStringSubmatch(lines.Text()); m != nil {
			s.doors[m[1]] = strings.TrimSuffix(m[2], "/api/")
		}
		s.mu.Unlock()
	}
	s.err = s.cmd.Wait()
	close(s.gone)
}

func (s *service) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// door is where something of the service listens.
func (s *service) door(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doors[name]
}

// waitReady waits until all is well with the service.
func (s *service) waitReady() {
	s.t.Helper()
	s.until("the service is ready", func() bool {
		return s.door("events") != "" && s.ready()
	})
}

// ready is whether the service says that all is well with it.
func (s *service) ready() bool {
	_, err := fetch(context.Background(), s.door("public page")+"/readyz")
	return err == nil
}

// until waits for something to become true while the service runs.
func (s *service) until(what string, is func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !is() {
		select {
		case <-s.gone:
			s.t.Fatalf("the service has ended before %s: %v", what, s.err)
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// kill ends the process at once, as a power cut would.
func (s *service) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.gone
}

// stop ends it as an operator does, and gives its exit status.
func (s *service) stop() int {
	_ = s.cmd.Process.Signal(os.Interrupt) // it may have ended
	<-s.gone
	return s.cmd.ProcessState.ExitCode()
}

// as is the desk's client of whoever has a token.
func (s *service) as(token string) desk.Client {
	return desk.Client{Server: s.door("desk"), Token: token}
}

// administrator is the first account, by the token that serve has written.
func (s *service) administrator() desk.Client {
	s.t.Helper()
	token, err := readToken("@"+s.dir+"/administrator.token", "")
	if err != nil {
		s.t.Fatal(err)
	}
	return s.as(token)
}

// people are the tokens of a drafter, a signatory and a duty officer.
type people struct{ drafter, signatory, duty string }

func (s *service) people() people {
	s.t.Helper()
	at := []string{"--server", s.door("desk"), "--token", "@" + s.dir + "/administrator.token"}
	add := func(id string, role notice.Role) string {
		return strings.TrimSpace(want(s.t, append([]string{"account", "add", id, "--roles", string(role)}, at...)...))
	}
	return people{add("redaction", notice.Drafter), add("signature", notice.Signer), add("permanence", notice.DutyOfficer)}
}
