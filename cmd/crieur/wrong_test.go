package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWorldIsWrong wants one clear line and status 2 for what no input mends.
func TestWorldIsWrong(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"port in use", []string{"--public", taken.Addr().String()}, "--public"},
		{"desk's port in use", []string{"--desk", taken.Addr().String()}, "--desk"},
		{"mailbox's port in use", []string{"--mailbox", taken.Addr().String()}, "--mailbox"},
		{"metrics' port in use", []string{"--metrics", taken.Addr().String()}, "--metrics"},
		{"readers' port in use", []string{"--readers", taken.Addr().String()}, "listen for readers"},
		{"no relay", []string{"--smtp", "smtp://" + closed.Addr().String(), "--from", "notes@crieur.example"}, "--smtp: relay smtp://" + closed.Addr().String()},
		{"no relay, and what to do", []string{"--smtp", "smtp://" + closed.Addr().String(), "--from", "notes@crieur.example"}, "begin with --roles that leave email out"},
		{"no folder", []string{"--store", filepath.Join(file, "store")}, "not a directory"},
		{"no broker", []string{"--nats", "nats://" + closed.Addr().String()}, "connect to the broker"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"serve", "--store", t.TempDir(), "--max-store", "1073741824"}, free...)
			status, _, errs := crieur(t, append(args, c.args...)...)
			last := lastLine(errs)
			if status != statusWorld || !strings.Contains(last, c.says) || !strings.HasPrefix(last, "crieur serve: ") {
				t.Errorf("status %d: %s", status, errs)
			}
		})
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// TestStoreIsLocked refuses a second service on a folder.
func TestStoreIsLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	serve(t, dir, "2023-08-01T14:00")
	status, _, errs := crieur(t, append([]string{"serve", "--store", dir}, free...)...)
	if status != statusWorld || !strings.Contains(lastLine(errs), "in use by another process") {
		t.Errorf("status %d: %s", status, errs)
	}
}

// TestDeskIsDown has the public page say what is so at 9h05, although no desk
// was there at 9h00 to tell anybody.
func TestDeskIsDown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir, "2023-08-01T15:00")
	who := s.people()
	want(t, "publish", seedNotice, "--server", s.door("desk"), "--token", who.drafter, "--approve-token", who.signatory)
	if status := s.stop(); status != 0 {
		t.Fatalf("status %d", status)
	}
	s = serve(t, dir, "2023-08-08T09:05", "--roles", "outlook")
	out := want(t, "outlook", "--site", s.door("public page"))
	if n := strings.Count(out, "interrupted"); n != 21 || !strings.Contains(out, "create forbidden; validate_anticipated forbidden") || !strings.Contains(out, "fallback authorised") {
		t.Errorf("%d services and modes are interrupted:\n%s", n, out)
	}
	if s.door("desk") != "" {
		t.Error("a desk is there")
	}
	late := want(t, "outlook", "--site", s.door("public page"), "--at", "2023-08-08T17:01")
	if strings.Count(late, "overdue since 2023-08-08T17:00") != 21 || strings.Contains(late, "ended") {
		t.Errorf("past the planned end:\n%s", late)
	}
}

// TestInputIsWrong wants what is wrong, where, and how to mend it, with status
// 1 and nothing written.
func TestInputIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, says string }{
		{"unknown field", "windows:", "windos:", `line 11: error: windos: field "windos" is not known (did you mean "windows"?)`},
		{"unknown service", "delta-h7", "delta-h8", `line 9: error: services/5: service "delta-h8" is not in the catalogue (did you mean "delta-h7"?)`},
		{"ambiguous service", "delta-x-import", "Delta X", `error: services/3: "Delta X" names several services (say which: delta-x-export, delta-x-import)`},
		{"end before start", "end: 2023-08-08T17:00", "end: 2023-08-08T07:00", "error: windows/0/end: the window ends before it starts"},
		{"hour that does not exist", "start: 2023-08-08T09:00", "start: 2023-03-26T02:30", "does not exist in legal time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := editedExample(t, c.old, c.new)
			dir := filepath.Dir(path)
			if status, out, _ := crieur(t, "check", path); status != statusInput || !strings.Contains(out, c.says) {
				t.Errorf("check: status %d: %s", status, out)
			}
			pdf := filepath.Join(dir, "letter.pdf")
			if status, _, errs := crieur(t, "letter", path, "-o", pdf); status != statusInput || !strings.Contains(errs, c.says) {
				t.Errorf("letter: status %d: %s", status, errs)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
				t.Errorf("written: %v", left)
			}
		})
	}
}

// TestReplayFolder replaces what a replay wrote, and nothing else.
func TestReplayFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	want(t, "replay", seedStory, "-o", dir)
	want(t, "replay", seedStory, "-o", dir)
	if err := os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	status, _, errs := crieur(t, "replay", seedStory, "-o", dir)
	if status != statusInput || !strings.Contains(errs, "thesis.txt") {
		t.Errorf("status %d: %s", status, errs)
	}
	if status, _, errs := crieur(t, "replay", "no/such/story.yaml", "-o", dir); status != statusInput {
		t.Errorf("status %d: %s", status, errs)
	}
}

// TestRefused refuses what the life cycle and the four eyes forbid, with the
// reason, and what a tired person sends twice.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "2023-08-08T08:59:57")
	who := s.people()
	desk := []string{"--server", s.door("desk"), "--token"}
	as := func(token string, args ...string) []string { return append(append(args, desk...), token) }
	refused := func(why string, args ...string) {
		t.Helper()
		status, out, errs := crieur(t, args...)
		if status != statusInput || !strings.Contains(errs, why) {
			t.Errorf("crieur %s: status %d, want %q: %s%s", args[0], status, why, out, errs)
		}
	}
	notice := seedNotice
	want(t, as(who.drafter, "draft", notice)...)
	id, _, _ := strings.Cut(want(t, as(who.drafter, "list")...), ":")

	refused("there is no notice", as(who.duty, "end", "20000171", "--fallback", "now")...) // it has no reference yet
	refused("unpublished", as(who.duty, "end", id, "--fallback", "now")...)
	refused("approved is done by signatory", as(who.drafter, "approve", id)...)
	refused("draft", as(who.signatory, "approve", id)...) // not submitted
	want(t, as(who.drafter, "submit", id)...)
	refused("has submitted the notice", as(who.signatory, "approve", id, "--seen", "1")...)
	want(t, as(who.signatory, "approve", id)...)
	s.until("it has started", func() bool {
		return strings.Contains(want(t, as(who.drafter, "show", "20000171")...), "started")
	})
	refused("nothing is said of it", as(who.duty, "end", "20000171", "--fallback", "none")...)
	want(t, as(who.duty, "end", "20000171", "--fallback", "now")...)
	refused("the notice is ended", as(who.duty, "end", "20000171", "--fallback", "now")...)
	refused("until when is not said", as(who.duty, "extend", "20000171")...)

	// One's own draft, and a stale editor.
	both := strings.TrimSpace(want(t, as("@"+s.dir+"/administrator.token", "account", "add", "les-deux", "--roles", "drafter,signatory")...))
	other := editedExample(t, "reference: \"20000171\"\n", "")
	own, _, _ := strings.Cut(want(t, as(both, "draft", other)...), ":")
	want(t, as(both, "submit", own)...)
	refused("you have written this text", as(both, "approve", own)...)
	want(t, as(who.signatory, "return", own, "--reason", "à revoir")...)
	want(t, as(who.drafter, "draft", other, "--notice", own, "--seen", "3")...)
	refused("load it again and repeat your change", as(both, "draft", other, "--notice", own, "--seen", "3")...)
	refused("nothing has been drafted", as(both, "draft", editedExample(t, "windows:", "windos:"))...)
	refused("not authenticated", as("crieur_wrong", "list")...)
}

// editedExample is the example notice with a change, as a file.
func editedExample(t testing.TB, old, new string) string {
	t.Helper()
	text, err := os.ReadFile(seedNotice)
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("the example has no %q: %v", old, err)
	}
	path := filepath.Join(t.TempDir(), "notice.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestProxies refuses what names no network, and reads what does.
func TestProxies(t *testing.T) {
	t.Parallel()
	status, _, errs := crieur(t, append([]string{"serve", "--store", t.TempDir(), "--proxies", "10.0.0.0/8,everybody"}, free...)...)
	if status != statusInput || !strings.Contains(lastLine(errs), `--proxies: "everybody" is neither a network nor an address`) {
		t.Errorf("status %d: %s", status, errs)
	}
	all, err := networks([]string{"10.0.0.0/8", "192.0.2.1", "2001:db8::1"})
	if err != nil || fmt.Sprint(all) != "[10.0.0.0/8 192.0.2.1/32 2001:db8::1/128]" {
		t.Errorf("%v, %v", all, err)
	}
}
