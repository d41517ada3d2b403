package mailbox

import (
	"bufio"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"strings"
	"testing"
)

// begin goes as far as the 354 of a message.
func begin(t testing.TB, conn *textproto.Conn) {
	t.Helper()
	say(t, conn, 250, "MAIL FROM:<a@b.example>")
	say(t, conn, 250, "RCPT TO:<a@b.example>")
	say(t, conn, 354, "DATA")
}

func TestOffers(t *testing.T) {
	t.Parallel()
	_, addr := start(t, t.TempDir())
	offered := say(t, dial(t, addr), 250, "EHLO test.example")
	for _, want := range []string{"PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES",
		fmt.Sprintf("SIZE %d", MaxMessage+1), fmt.Sprintf("LIMITS RCPTMAX=%d", MaxRecipients)} {
		if !strings.Contains("\n"+offered+"\n", "\n"+want+"\n") {
			t.Errorf("EHLO does not offer %s:\n%s", want, offered)
		}
	}
}

// TestPipelining sends two transactions in one write (RFC 2920).
func TestPipelining(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	conn := dial(t, addr)
	say(t, conn, 250, "EHLO test.example")
	one := "MAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n" + letter("x", "") + ".\r\n"
	if err := conn.PrintfLine("%s%sQUIT", one, one); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{250, 250, 354, 250, 250, 250, 354, 250, 221} {
		if _, _, err := conn.ReadResponse(want); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(m.Messages()); got != 2 {
		t.Errorf("%d messages, want 2", got)
	}
}

func TestMessageSize(t *testing.T) {
	t.Parallel()
	const limit = 10_000
	m := &Mailbox{Dir: t.TempDir(), MaxMessage: limit}
	addr, err := m.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	head := "Subject: big\r\n\r\n"
	for _, c := range []struct{ size, want int }{{limit, 250}, {limit + 1, 552}, {limit + 2, 552}, {3 * limit, 552}} {
		conn := dial(t, addr.String())
		say(t, conn, 250, "EHLO test.example")
		begin(t, conn)
		rest := c.size - len(head) - len("\r\n")
		say(t, conn, c.want, head+strings.Repeat(strings.Repeat("x", 98)+"\r\n", rest/100)+strings.Repeat("y", rest%100)+"\r\n.")
		say(t, conn, 250, "NOOP") // the connection is in step
		begin(t, conn)            // and fit for the next
	}
	if all := m.Messages(); len(all) != 1 || all[0].Size != limit {
		t.Errorf("kept %v, want one of %d", all, limit)
	}
	conn := dial(t, addr.String())
	say(t, conn, 250, "EHLO test.example")
	say(t, conn, 552, fmt.Sprintf("MAIL FROM:<a@b.example> SIZE=%d", limit+2))
}

func TestRecipientsPerMessage(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	conn := dial(t, addr)
	say(t, conn, 250, "EHLO test.example")
	say(t, conn, 250, "MAIL FROM:<a@b.example>")
	for i := range MaxRecipients {
		say(t, conn, 250, fmt.Sprintf("RCPT TO:<%d@b.example>", i))
	}
	say(t, conn, 452, "RCPT TO:<one-more@b.example>") // RFC 5321 section 4.5.3.1.10
	say(t, conn, 354, "DATA")
	say(t, conn, 250, letter("x", "")+".")
	if all := m.Messages(); len(all) != 1 || len(all[0].To) != MaxRecipients || all[0].To[99] != "99@b.example" {
		t.Errorf("kept %v", all)
	}
}

func TestLineLength(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	for _, c := range []struct{ octets, want int }{{MaxLine, 250}, {MaxLine + 1, 500}} {
		conn := dial(t, addr)
		say(t, conn, 250, "EHLO test.example")
		begin(t, conn)
		line := strings.Repeat("x", c.octets-len("\r\n"))
		say(t, conn, c.want, "Subject: x\r\n\r\n"+line+"\r\n.")
	}
	if got := len(m.Messages()); got != 1 {
		t.Errorf("%d messages, want 1", got)
	}
}

// TestCutShort drops the connection before the final dot, after DATA and in
// the middle of a BDAT chunk: nothing is listed, nothing stays.
func TestCutShort(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	for _, begun := range []string{"DATA\r\nSubject: x\r\n\r\nhalf", "BDAT 100\r\nSubject: x", "BDAT 10\r\nSubject: x"} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "EHLO x.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\n%s", begun)
		reader := bufio.NewReader(conn)
		for line := ""; !strings.Contains(line, "gets this"); { // RCPT is answered
			if line, err = reader.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		conn.Close()
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(m.Dir)
	if err != nil || len(entries) != 1 || len(m.Messages()) != 0 {
		t.Errorf("left: %v, %v, %v", entries, m.Messages(), err)
	}
}

// TestFolderFails takes the folder away from under a running mailbox: the
// sender is told to come again, and nobody is named in the log.
func TestFolderFails(t *testing.T) {
	t.Parallel()
	m, addr := start(t, t.TempDir())
	if err := os.RemoveAll(m.Dir); err != nil {
		t.Fatal(err)
	}
	conn := dial(t, addr)
	say(t, conn, 250, "EHLO test.example")
	begin(t, conn)
	say(t, conn, 451, letter("x", "")+".")
	if err := os.Mkdir(m.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	begin(t, conn)
	say(t, conn, 250, letter("x", "")+".")
}
