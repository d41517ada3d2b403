package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestStranger is a downstream system with the broker's own tool: it sees
// NOTICES and ALERTS, and nothing else.
func TestStranger(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("nats"); err != nil {
		t.Skip("needs nats (go install github.com/nats-io/natscli/nats)")
	}
	s := serve(t, t.TempDir(), "2023-08-01T15:00")
	who := s.people()
	token := []string{"--server", s.door("desk"), "--token", who.drafter, "--approve-token", who.signatory}
	want(t, append([]string{"publish", seedNotice}, token...)...)

	s.until("a stranger sees the notice", func() bool {
		out, err := nats(t, s, "stream", "get", "NOTICES", "--last-for", "notice.>")
		return err == nil && strings.Contains(out, "fr.gouv.douane.crieur.published.v0")
	})
	s.until("a stranger sees the alerts", func() bool {
		out, err := nats(t, s, "stream", "get", "ALERTS", "--last-for", "alert.production.delta-g.edi")
		return err == nil && strings.Contains(out, `"service":"delta-g"`)
	})
	out, err := nats(t, s, "stream", "ls", "--names", "--json")
	var names []string
	if err == nil {
		err = json.Unmarshal([]byte(out), &names)
	}
	if err != nil || strings.Join(names, " ") != "ALERTS NOTICES" {
		t.Errorf("a stranger sees %q: %v", out, err)
	}
	for _, forbidden := range [][]string{
		{"pub", "--jetstream", "notice.x", "{}"},
		{"stream", "purge", "--force", "NOTICES"},
		{"stream", "rm", "--force", "ALERTS"},
		{"kv", "ls", "ACCOUNTS"},
		{"kv", "get", "SUBSCRIBERS", "x"},
		{"stream", "get", "DESK", "1"},
	} {
		if out, err := nats(t, s, forbidden...); err == nil {
			t.Errorf("nats %s is allowed: %s", strings.Join(forbidden, " "), out)
		}
	}
	// As a user of any name it is the same stranger.
	if out, err := nats(t, s, "--user", "house", "stream", "get", "DESK", "1"); err == nil {
		t.Errorf("the user house over TCP reads DESK: %s", out)
	}
	watched := watchOnce(t, s)
	if !strings.Contains(watched, "published") {
		t.Errorf("crieur watch says %q", watched)
	}
}

// nats runs the broker's tool as a stranger.
func nats(t testing.TB, s *service, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "nats", append([]string{"--server", s.door("events"), "--timeout", "2s"}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// watchOnce follows the events from the first one on until there is one.
func watchOnce(t testing.TB, s *service) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testProgram(), "watch", "--all", "--nats", s.door("events"))
	cmd.Env = append(cmd.Environ(), asCommand+"=1")
	var out screen
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); out.String() == "" && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()         // it was killed
	return out.String()
}
