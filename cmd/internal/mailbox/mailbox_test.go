package mailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// noon is when every message of the tests arrives.
var noon = time.Date(2023, 8, 8, 10, 0, 0, 0, time.UTC)

// start runs a mailbox on a folder until the test ends.
func start(t testing.TB, dir string) (*Mailbox, string) {
	t.Helper()
	m := &Mailbox{Dir: dir, Now: func() time.Time { return noon }}
	addr, err := m.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return m, addr.String()
}

// send hands one message to the mailbox with the standard library's client.
func send(t testing.TB, addr, to, message string) {
	t.Helper()
	if err := smtp.SendMail(addr, nil, "retour@crieur.example", []string{to}, []byte(message)); err != nil {
		t.Fatalf("send to %s: %v", to, err)
	}
}

func letter(subject, body string) string {
	return "From: Bureau <bureau@crieur.example>\r\nTo: a@b.example\r\nSubject: " + subject +
		"\r\nMessage-ID: <" + strings.ReplaceAll(subject, " ", ".") + "@crieur.example>\r\n\r\n" + body + "\r\n"
}

func TestKeepsWhatCame(t *testing.T) {
	t.Parallel()
	m, addr := start(t, filepath.Join(t.TempDir(), "made", "for", "it"))
	message := letter("Début", ".a line that begins with a dot\r\nété, 8 bits\r\n..\r\n \r\nlast")
	send(t, addr, "abonne@exemple.example", message)
	if err := m.Wait(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	got := m.Messages()[0]
	want := Message{N: 1, Received: noon, From: "retour@crieur.example", To: []string{"abonne@exemple.example"},
		Subject: "Début", MessageID: "<Début@crieur.example>", Size: int64(len(message)),
		Path: filepath.Join(m.Dir, "000001-abonne@exemple.example.eml")}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("listed\n%v, want\n%v", got, want)
	}
	if raw, err := os.ReadFile(got.Path); err != nil || string(raw) != message {
		t.Errorf("file holds %q, %v, want %q", raw, err, message)
	}
}

func TestOddRecipients(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	long := strings.Repeat("a", 60) + "@" + strings.Repeat("b.", 100) + "example"
	for _, to := range []string{`"../../etc/passwd"@x.example`, `"a b\"; rm -rf *"@x.example`, "élise@exemple.example", long, "-rf@x.example"} {
		send(t, addr, to, letter("x", ""))
	}
	want := []string{
		"000001-.._.._etc_passwd@x.example.eml",
		"000002-a_b_rm_-rf_@x.example.eml",
		"000003-_lise@exemple.example.eml",
		"000004-" + long[:100] + ".eml",
		"000005--rf@x.example.eml",
	}
	for i, message := range m.Messages() {
		if message.Path != filepath.Join(m.Dir, want[i]) {
			t.Errorf("message %d is %s, want %s", i, message.Path, want[i])
		}
		if _, err := os.Stat(message.Path); err != nil {
			t.Error(err)
		}
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m, addr := start(t, dir)
	send(t, addr, "a@b.example", letter("first", ""))
	send(t, addr, "hidden@b.example", letter("second", ""))
	before := m.Messages()
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	// As a crash leaves it: a draft, and half an envelope; and a message that
	// somebody put there.
	write(t, filepath.Join(dir, draftPrefix+"123"), "half a mess")
	write(t, filepath.Join(dir, "000007-x.eml"), letter("=?utf-8?q?d=C3=A9pos=C3=A9?=", ""))
	write(t, filepath.Join(dir, "notes.txt"), "not ours")
	index, err := os.OpenFile(filepath.Join(dir, indexName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := index.WriteString(`{"file":"0000`); err != nil {
		t.Fatal(err)
	}
	index.Close()

	m, addr = start(t, dir)
	send(t, addr, "c@b.example", letter("third", ""))
	after := m.Messages()
	if len(after) != 4 || fmt.Sprint(after[:2]) != fmt.Sprint(before) {
		t.Fatalf("after the restart\n%v, want\n%v and two more", after, before)
	}
	if x := after[2]; x.N != 7 || x.Subject != "déposé" || x.From != "bureau@crieur.example" || x.To[0] != "a@b.example" {
		t.Errorf("found by its own head: %+v", x)
	}
	if x := after[3]; x.N != 8 || x.Subject != "third" {
		t.Errorf("numbering goes on with %+v", x)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, draftPrefix+"*")); len(left) > 0 {
		t.Errorf("drafts left: %v", left)
	}
	m.Close()
	m, _ = start(t, dir)
	if x := m.Messages()[3]; x.To[0] != "c@b.example" {
		t.Errorf("the envelope after half an envelope is lost: %+v", x)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestListenErrors(t *testing.T) {
	t.Parallel()
	running, addr := start(t, t.TempDir())
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	for _, c := range []struct {
		name, dir, addr, want string
		is                    error
	}{
		{"port in use", t.TempDir(), addr, "address already in use", syscall.EADDRINUSE},
		{"folder in use", running.Dir, "", "is in use by another mailbox", syscall.EWOULDBLOCK},
		{"folder below a file", filepath.Join(file, "mails"), "", "not a directory", syscall.ENOTDIR},
		{"not an address", t.TempDir(), "nowhere", "missing port", nil},
	} {
		m := &Mailbox{Dir: c.dir}
		_, err := m.Listen(c.addr)
		if err == nil || !strings.HasPrefix(err.Error(), "mailbox: ") || !strings.Contains(err.Error(), c.want) ||
			strings.Contains(err.Error(), "\n") || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v, want one line with %q", c.name, err, c.want)
		}
		if err := m.Close(); err != nil {
			t.Errorf("%s: Close: %v", c.name, err)
		}
	}
	again, err := net.Listen("tcp", "127.0.0.1:0") // a refused folder must not keep its port
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestWaitEnds(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Wait(ctx, 1); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "0 of 1") {
		t.Errorf("Wait = %v, want canceled, 0 of 1", err)
	}
	done := make(chan error)
	go func() { done <- m.Wait(t.Context(), 2) }()
	send(t, addr, "a@b.example", letter("1", ""))
	send(t, addr, "a@b.example", letter("2", ""))
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestManyAtOnce sends over several connections and wants every message once,
// numbered without a gap, and its file whole.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	const connections, each = 8, 20
	var wg sync.WaitGroup
	for c := range connections {
		wg.Go(func() {
			client, err := smtp.Dial(addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer client.Close()
			for i := range each {
				if err := transact(client, "a@b.example", letter(fmt.Sprintf("%d-%d", c, i), strings.Repeat("line\r\n", i*50))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for i, message := range m.Messages() {
		raw, err := os.ReadFile(message.Path)
		if message.N != i+1 || err != nil || !bytes.Contains(raw, []byte(message.MessageID)) || int64(len(raw)) != message.Size {
			t.Errorf("message %d: %+v: %v", i, message, err)
		}
		seen[message.MessageID] = true
	}
	if len(seen) != connections*each {
		t.Errorf("%d different messages, want %d", len(seen), connections*each)
	}
}

func transact(client *smtp.Client, to, message string) error {
	if err := client.Mail("retour@crieur.example"); err != nil {
		return err
	}
	if err := client.Rcpt(to); err != nil {
		return err
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(message)); err != nil {
		return err
	}
	return w.Close()
}

// TestCloseCuts closes while a client is in the middle of a message: nothing
// of it stays, and Close does not wait for it.
func TestCloseCuts(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	conn := dial(t, addr)
	say(t, conn, 250, "EHLO test.example")
	say(t, conn, 250, "MAIL FROM:<a@b.example>")
	say(t, conn, 250, "RCPT TO:<a@b.example>")
	say(t, conn, 354, "DATA")
	if err := conn.PrintfLine("Subject: half"); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(m.Dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != indexName || len(m.Messages()) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
	if _, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
		t.Error("still listening")
	}
}

func dial(t testing.TB, addr string) *textproto.Conn {
	t.Helper()
	conn, err := textproto.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, _, err := conn.ReadResponse(220); err != nil {
		t.Fatal(err)
	}
	return conn
}

// say sends one line and wants a reply.
func say(t testing.TB, conn *textproto.Conn, want int, line string) string {
	t.Helper()
	if err := conn.PrintfLine("%s", line); err != nil {
		t.Fatalf("%.40s: %v", line, err)
	}
	_, text, err := conn.ReadResponse(want)
	if err != nil {
		t.Fatalf("%.40s: %v, want %d", line, err, want)
	}
	return text
}
