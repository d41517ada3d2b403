package sink

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// run starts a sink until the test ends.
func run(t testing.TB, c Config) *Sink {
	t.Helper()
	s, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// A client says lines and reads replies.
type client struct {
	*textproto.Conn
	t   testing.TB
	net net.Conn
}

// dial is a client that has been greeted.
func dial(t testing.TB, s *Sink) *client {
	t.Helper()
	c := connect(t, s)
	c.hears(220)
	return c
}

func connect(t testing.TB, s *Sink) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // a test that hangs says where
	return &client{textproto.NewConn(conn), t, conn}
}

// hello is a client that has said EHLO.
func hello(t testing.TB, s *Sink) *client {
	t.Helper()
	c := dial(t, s)
	c.says(250, "EHLO test.example")
	return c
}

func (c *client) hears(code int) string {
	c.t.Helper()
	_, text, err := c.ReadResponse(code)
	if err != nil {
		c.t.Fatalf("want %d: %v", code, err)
	}
	return text
}

// says sends a line and wants a reply.
func (c *client) says(code int, format string, args ...any) string {
	c.t.Helper()
	if err := c.PrintfLine(format, args...); err != nil {
		c.t.Fatal(err)
	}
	return c.hears(code)
}

// sends goes through one message up to the reply to its dot.
func (c *client) sends(code int, to, id string) {
	c.t.Helper()
	c.says(250, "MAIL FROM:<note@crieur.example>")
	c.says(250, "RCPT TO:<%s>", to)
	c.says(354, "DATA")
	c.says(code, "Message-ID: <%s>\r\n\r\ntext\r\n.", id)
}

// gone wants the connection to be over.
func (c *client) gone(want error) {
	c.t.Helper()
	_, err := c.ReadLine()
	if want == nil && err == nil || want != nil && !errors.Is(err, want) {
		c.t.Errorf("the connection ends with %v, want %v", err, want)
	}
}

func TestTakes(t *testing.T) {
	t.Parallel()
	noon := time.Date(2023, 8, 8, 10, 0, 0, 0, time.UTC)
	var log strings.Builder
	s := run(t, Config{Now: func() time.Time { return noon }, Log: &log})
	c := hello(t, s)
	c.sends(250, "a@b.example", "1")
	c.says(250, "MAIL FROM:<> BODY=8BITMIME")
	c.says(250, "RCPT TO:<\"a>b\"@b.example>")
	c.says(250, "rcpt to:<c@b.example>")
	c.says(354, "DATA")
	message := "Subject: x\r\nmessage-id:\r\n <2>\r\n\r\n..\r\nMessage-ID: <not me>\r\n.\r\n"
	c.says(250, "%s", strings.TrimSuffix(message, "\r\n"))
	c.says(250, "NOOP")
	c.says(250, "RSET")
	c.says(221, "QUIT")
	c.gone(io.EOF)

	want := []Taken{
		{"a@b.example", "<1>", int64(len("Message-ID: <1>\r\n\r\ntext\r\n.\r\n")), noon, 1, false, "note@crieur.example"},
		{"\"a>b\"@b.example", "<2>", int64(len(message)), noon, 1, false, ""},
		{"c@b.example", "<2>", int64(len(message)), noon, 1, false, ""},
	}
	if got := s.Accepted(); !slices.Equal(got, want) {
		t.Errorf("accepted\n%+v, want\n%+v", got, want)
	}
	if err := s.Wait(t.Context(), 3); err != nil {
		t.Error(err)
	}
	if d := Compare([]string{"<1>", "<2>", "<2>"}, s.MessageIDs()); len(d.Lost)+len(d.Repeated)+len(d.Strange) > 0 {
		t.Errorf("%+v", d)
	}
	if d := Compare([]string{"a@b.example"}, s.Recipients()); len(d.Strange) != 2 {
		t.Errorf("%+v", d)
	}
	line := fmt.Sprintf("%d\ta@b.example\t<1>\t%d\t1\treplied\n", noon.UnixNano(), want[0].Size)
	if !strings.HasPrefix(log.String(), line) || strings.Count(log.String(), "\n") != 3 {
		t.Errorf("log:\n%s", log.String())
	}
	stats := s.Stats()
	if stats.Messages != 2 || stats.Recipients != 3 || stats.Bytes != want[0].Size+want[1].Size || stats.Connections != 1 ||
		stats.Commands[Mail] != 2 || stats.Commands[Rcpt] != 3 || stats.Commands[Data] != 2 || stats.Commands[Quit] != 1 || stats.Faults != 0 {
		t.Errorf("%+v", stats)
	}
}

// TestMessages: where a message ends is the same however it is cut into packets.
func TestMessages(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		"\r\n.\r\n", ".\r\n", "Message-ID: <1>\r\n.\r\n", "A: b\r\n\r\n\r\n.\r\n", "A: b\r\n\r\n.x\r\n\r\n..\r\n.\r\n",
		"A: b\r\n\r\n" + strings.Repeat("x", 200_000) + "\r\n.\r\n",
		"A: " + strings.Repeat("y", 100_000) + "\r\nMessage-ID: <1>\r\n\r\n\n.\nx\r\n.\r\n",
	} {
		for _, size := range []int{1, 7, len(message)} {
			if len(message)/size > 5000 {
				continue
			}
			s := run(t, Config{})
			c := hello(t, s)
			c.says(250, "MAIL FROM:<>")
			c.says(250, "RCPT TO:<a@b.example>")
			c.says(354, "DATA")
			for part := range slices.Chunk([]byte(message), size) {
				if _, err := c.net.Write(part); err != nil {
					t.Fatal(err)
				}
			}
			c.hears(250)
			c.says(250, "NOOP") // it is in step
			got := s.Accepted()
			wantID := ""
			if strings.Contains(message, "<1>") {
				wantID = "<1>"
			}
			if len(got) != 1 || got[0].Size != int64(len(message)) || got[0].MessageID != wantID {
				t.Errorf("%.30q by %d: %+v", message, size, got)
			}
		}
	}
}

func TestOutOfOrder(t *testing.T) {
	t.Parallel()
	s := run(t, Config{})
	c := dial(t, s)
	for _, say := range []string{
		"503 MAIL FROM:<a@b.example>", "500 HELP", "250 EHLO x", "503 RCPT TO:<a@b.example>", "503 DATA", "501 MAIL FROM: nobody",
		"501 MAIL TO:<a@b.example>", "250 MAIL FROM:<a@b.example>", "503 MAIL FROM:<a@b.example>", "501 RCPT TO:<>", "503 DATA",
		"501 RCPT TO:<a@b.example", "250 RSET", "503 RCPT TO:<a@b.example>", "503 STARTTLS", "250 HELO x",
	} {
		var code int
		fmt.Sscan(say, &code)
		c.says(code, "%s", say[4:])
	}
	if got := s.Stats(); got.Faults != 12 || got.Permanent != 12 || got.Messages != 0 {
		t.Errorf("%+v", got)
	}
}

// TestPipelining sends two transactions in one write, one of them refused.
func TestPipelining(t *testing.T) {
	t.Parallel()
	s := run(t, Config{Behaviour: Behaviour{Rules: []Rule{{At: Rcpt, To: "no@b.example", Reply: "550 5.1.1 no"}}}})
	c := hello(t, s)
	trips := s.Stats().RoundTrips
	yes := "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n"
	no := "MAIL FROM:<>\r\nRCPT TO:<no@b.example>\r\nDATA\r\nRSET\r\n"
	if _, err := c.net.Write([]byte(no + yes)); err != nil {
		t.Fatal(err)
	}
	for _, code := range []int{250, 550, 503, 250, 250, 250, 354} {
		c.hears(code)
	}
	if got := s.Stats().RoundTrips - trips; got != 1 {
		t.Errorf("a group was answered in %d writes", got)
	}
	c.says(250, "x\r\n.")

	plain := run(t, Config{NoPipelining: true})
	c = hello(t, plain)
	c.sends(250, "a@b.example", "1")
	if _, err := c.net.Write([]byte(yes)); err != nil {
		t.Fatal(err)
	}
	c.hears(554)
	c.gone(nil)
	if offered := dial(t, plain).says(250, "EHLO x"); strings.Contains(offered, "PIPELINING") {
		t.Errorf("offers %q", offered)
	}
}

// TestGoAhead answers 354 though no recipient was taken (RFC 2920 section 3.1).
func TestGoAhead(t *testing.T) {
	t.Parallel()
	s := run(t, Config{Behaviour: Behaviour{GoAhead: true, Rules: []Rule{{At: Rcpt, Reply: "550 5.1.1 no"}}}})
	c := hello(t, s)
	c.says(250, "MAIL FROM:<>")
	c.says(550, "RCPT TO:<a@b.example>")
	c.says(354, "DATA")
	c.says(554, ".")
	c.says(250, "MAIL FROM:<>")
	if len(s.Accepted()) > 0 {
		t.Error("it took that")
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	s := run(t, Config{StartTLS: true, Name: "relay.example"})
	c := dial(t, s)
	if offered := c.says(250, "EHLO x"); !strings.Contains(offered, "STARTTLS") {
		t.Fatalf("offers %q", offered)
	}
	c.says(220, "STARTTLS")
	secured := tls.Client(c.net, &tls.Config{RootCAs: s.Roots(), ServerName: "relay.example"})
	c = &client{textproto.NewConn(secured), t, secured}
	c.says(503, "MAIL FROM:<>") // it has forgotten the greeting
	if offered := c.says(250, "EHLO x"); strings.Contains(offered, "STARTTLS") {
		t.Errorf("offers STARTTLS once more: %q", offered)
	}
	c.sends(250, "a@b.example", "1")
	if run(t, Config{}).Roots() != nil {
		t.Error("roots of a sink without TLS")
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	s := run(t, Config{Auth: true, Behaviour: Behaviour{Rules: []Rule{{At: Auth, Times: 1, Reply: "535 5.7.8 no"}}}})
	c := dial(t, s)
	if offered := c.says(250, "EHLO x"); !strings.Contains(offered, "AUTH PLAIN") {
		t.Fatalf("offers %q", offered)
	}
	c.says(535, "AUTH PLAIN AHgAeQ==")
	c.says(235, "AUTH PLAIN AHgAeQ==")
	dial(t, run(t, Config{})).says(500, "AUTH PLAIN AHgAeQ==")
}

// TestClose cuts who is there, and takes nobody more.
func TestClose(t *testing.T) {
	t.Parallel()
	s := run(t, Config{Behaviour: Behaviour{Rules: []Rule{{At: Noop, Delay: time.Hour}}}})
	c := hello(t, s)
	if err := c.PrintfLine("NOOP"); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	c.gone(nil)
	if _, err := net.Dial("tcp", s.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial after Close: %v", err)
	}
	if _, err := Start(Config{Addr: "256.0.0.1:0"}); err == nil {
		t.Error("it listens nowhere")
	}
}
