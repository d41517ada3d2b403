package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestRefusals refuses at each stage, by its own code, and only whom it should.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at    Stage
		reply string
		lines string // "code line", up to the refusal
	}{
		{Hello, "550 5.7.1 not you", "550 EHLO x"},
		{Mail, "550 5.7.1 not you", "250 EHLO x|550 MAIL FROM:<>"},
		{Mail, "452 4.3.1 full", "250 EHLO x|452 MAIL FROM:<>"},
		{Rcpt, "550 5.1.1 nobody", "250 EHLO x|250 MAIL FROM:<>|250 RCPT TO:<other@b.example>|550 RCPT TO:<a@b.example>"},
		{Rcpt, "450 4.2.1 not now", "250 EHLO x|250 MAIL FROM:<>|450 RCPT TO:<a@b.example>|503 DATA"},
		{Data, "451 4.3.0 not now", "250 EHLO x|250 MAIL FROM:<>|250 RCPT TO:<a@b.example>|451 DATA"},
		{Dot, "552 5.2.2 full", "250 EHLO x|250 MAIL FROM:<>|250 RCPT TO:<a@b.example>|354 DATA|552 ."},
		{Dot, "250 2.0.0 queued as 4F2A", "250 EHLO x|250 MAIL FROM:<>|250 RCPT TO:<a@b.example>|354 DATA|250 ."},
		{Rset, "502 5.5.1 never", "250 EHLO x|250 MAIL FROM:<>|250 RCPT TO:<a@b.example>|354 DATA|250 .|502 RSET"},
		{Noop, "502 5.5.1 never", "250 EHLO x|502 NOOP"},
		{Quit, "502 5.5.1 never", "250 EHLO x|502 QUIT|250 NOOP"},
	} {
		to := ""
		if c.at == Rcpt {
			to = "a@b.example"
		}
		s := run(t, Config{Behaviour: Behaviour{Rules: []Rule{{At: c.at, To: to, Reply: c.reply}}}})
		cl := dial(t, s)
		for _, line := range strings.Split(c.lines, "|") {
			var code int
			fmt.Sscan(line, &code)
			heard := cl.says(code, "%s", line[4:])
			if strings.HasPrefix(c.reply, line[:4]) && code >= 400 && code != 503 && heard != c.reply[4:] {
				t.Errorf("%s: heard %q, want %q", c.at, heard, c.reply)
			}
		}
		if c.at != Noop {
			cl.says(250, "NOOP") // it is in step
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestCaps lets so many messages and connections through for a domain, and
// anything for others.
func TestCaps(t *testing.T) {
	t.Parallel()
	var seconds atomic.Int64
	now := func() time.Time { return time.Unix(seconds.Load(), 0) }
	s := run(t, Config{Now: now, Behaviour: Behaviour{Caps: []Cap{{Domain: "@b.example", Messages: 3, Connections: 2}}}})
	clients := []*client{hello(t, s), hello(t, s), hello(t, s)}
	try := func(i, code int, to string) {
		t.Helper()
		clients[i].says(250, "MAIL FROM:<x@c.example>")
		clients[i].says(code, "RCPT TO:<%s>", to)
		if code != 421 {
			clients[i].says(250, "RSET")
		}
	}
	try(0, 250, "a@b.example")
	try(1, 250, "a@b.example")
	try(2, 250, "a@other.example")
	try(2, 421, "a@b.example") // a third connection
	try(0, 250, "b@b.example")
	try(0, 450, "c@b.example") // a fourth message in a minute
	seconds.Store(60)
	try(0, 250, "c@b.example")
}

// TestGreylist refuses a triple until it comes back after a time.
func TestGreylist(t *testing.T) {
	t.Parallel()
	var minutes atomic.Int64
	now := func() time.Time { return time.Unix(0, 0).Add(time.Duration(minutes.Load()) * time.Minute) }
	s := run(t, Config{Now: now, Behaviour: Behaviour{Rules: []Rule{Greylist(5 * time.Minute)}}})
	c := hello(t, s)
	try := func(code int, from, to string) {
		t.Helper()
		c.says(250, "MAIL FROM:<%s>", from)
		c.says(code, "RCPT TO:<%s>", to)
		c.says(250, "RSET")
	}
	try(451, "x@c.example", "a@b.example")
	minutes.Store(4)
	try(451, "x@c.example", "a@b.example")
	try(451, "x@c.example", "other@b.example") // its own five minutes begin
	minutes.Store(5)
	try(250, "x@c.example", "a@b.example")
	try(451, "y@c.example", "a@b.example")
	try(451, "x@c.example", "other@b.example")
	minutes.Store(9)
	try(250, "x@c.example", "other@b.example")
	if got := s.Stats().Temporary; got != 5 {
		t.Errorf("%d refusals", got)
	}
	s.SetBehaviour(Behaviour{Rules: []Rule{Greylist(5 * time.Minute)}})
	try(451, "x@c.example", "a@b.example") // it counts from zero again
}

// TestRules: whom a rule is about, how often, and which of two is obeyed.
func TestRules(t *testing.T) {
	t.Parallel()
	s := run(t, Config{Behaviour: Behaviour{Rules: []Rule{
		{At: Rcpt, To: "a@b.example", Times: 2, Reply: "450 4.0.0 first"},
		{At: Rcpt, To: "@b.example", Reply: "451 4.0.0 second"},
	}}})
	c := hello(t, s)
	c.says(250, "MAIL FROM:<>")
	for _, say := range []string{
		"450 a@b.example", "450 a@b.example", "451 a@b.example", "451 z@b.example", "250 a@bb.example", "250 a@sub.b.example", "250 b.example",
	} {
		var code int
		fmt.Sscan(say, &code)
		c.says(code, "RCPT TO:<%s>", say[4:])
	}
	share := Rule{Share: 0.2}
	hit := 0
	for i := range 10_000 {
		to := fmt.Sprintf("abonne-%d@b.example", i)
		hit += btoi(share.concerns(to))
	}
	if hit < 1800 || hit > 2200 {
		t.Errorf("a fifth of 10,000 is %d", hit)
	}
}

// TestCuts hangs up at each stage: before a message is taken nothing is on the
// list; at its dot it is, and the sender does not know.
func TestCuts(t *testing.T) {
	t.Parallel()
	lines := []struct {
		at   Stage
		line string
		code int
	}{
		{Connect, "", 220}, {Hello, "EHLO x", 250}, {Mail, "MAIL FROM:<>", 250}, {Rcpt, "RCPT TO:<a@b.example>", 250},
		{Data, "DATA", 354}, {Body, "Message-ID: <1>\r\n\r\ntext\r\n.", 0}, {Dot, "", 250}, {Rset, "RSET", 250}, {Quit, "QUIT", 221},
	}
	for _, how := range []Cut{FIN, RST} {
		want := map[Cut]error{FIN: io.EOF, RST: syscall.ECONNRESET}[how]
		for _, cut := range lines {
			if cut.at == Connect && how == RST {
				continue // the dialler may not even come to know that it had a connection
			}
			s := run(t, Config{Behaviour: Behaviour{Rules: []Rule{{At: cut.at, Cut: how}}}})
			c := connect(t, s)
			for _, l := range lines {
				if l.line != "" {
					if err := c.PrintfLine("%s", l.line); err != nil {
						t.Fatal(err)
					}
				}
				if l.at == cut.at {
					break
				}
				if l.code > 0 {
					c.hears(l.code)
				}
			}
			if cut.at == Body {
				want = nil // what it had not read makes it a reset either way
			}
			c.gone(want)
			taken := s.Accepted()
			after := slices.Contains([]Stage{Dot, Rset, Quit}, cut.at)
			if len(taken) != btoi(after) || after && taken[0].Cut != (cut.at == Dot) {
				t.Errorf("cut at %s: accepted %+v", cut.at, taken)
			}
			if s.Stats().Cuts != 1 {
				t.Errorf("cut at %s: %d cuts", cut.at, s.Stats().Cuts)
			}
		}
	}
}

// TestRude says 421 and hangs up: on order, after so many messages, to one
// connection too many.
func TestRude(t *testing.T) {
	t.Parallel()
	s := run(t, Config{Behaviour: Behaviour{Rules: []Rule{{At: Rcpt, Times: 1, Reply: "421 4.3.2 shutting down"}}}})
	c := hello(t, s)
	c.says(250, "MAIL FROM:<note@crieur.example>")
	c.says(421, "RCPT TO:<a@b.example>")
	c.gone(io.EOF)
	hello(t, s).sends(250, "a@b.example", "1")

	s = run(t, Config{Behaviour: Behaviour{MessagesPerConnection: 2, Connections: 2}})
	c = hello(t, s)
	c.sends(250, "a@b.example", "1")
	c.sends(250, "a@b.example", "2")
	second := hello(t, s)
	third := connect(t, s)
	third.hears(421)
	third.gone(io.EOF)
	c.says(421, "MAIL FROM:<>")
	c.gone(io.EOF)
	second.sends(250, "a@b.example", "3")
	if got := s.Stats(); got.Connections != 3 || got.ConnectionsMost != 3 || got.Temporary != 2 {
		t.Errorf("%+v", got)
	}
	s = run(t, Config{Behaviour: Behaviour{Rules: []Rule{{At: Connect, Reply: "554 5.7.1 not you"}}}})
	c = connect(t, s)
	c.hears(554)
	c.gone(io.EOF)
}

// TestSlow waits where it is told to, and a round trip for each group.
func TestSlow(t *testing.T) {
	t.Parallel()
	const rtt, delay = 20 * time.Millisecond, 60 * time.Millisecond
	s := run(t, Config{Behaviour: Behaviour{RTT: rtt, Rules: []Rule{{At: Dot, Delay: delay}}}})
	c := hello(t, s)
	before := time.Now()
	c.sends(250, "a@b.example", "1")
	if d := time.Since(before); d < 4*rtt+delay {
		t.Errorf("one message took %s, want %s at least", d, 4*rtt+delay)
	}
	s.SetBehaviour(Behaviour{RTT: rtt})
	before, trips := time.Now(), s.Stats().RoundTrips
	if err := c.PrintfLine("NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP"); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		c.hears(250)
	}
	if d, n := time.Since(before), s.Stats().RoundTrips-trips; d < rtt || n != 1 {
		t.Errorf("ten commands in one write took %s and %d round trips, want one of %s", d, n, rtt)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	s := run(t, Config{Forget: true})
	c := hello(t, s)
	woken := make(chan error, 1)
	go func() { woken <- s.Wait(t.Context(), 1) }()
	c.sends(250, "a@b.example", "1")
	if err := <-woken; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Wait(ctx, 2); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "1 of 2") {
		t.Errorf("Wait = %v", err)
	}
	if len(s.Accepted()) != 0 || s.Stats().Messages != 1 {
		t.Error("it has not forgotten, or has forgotten too much")
	}
}

// TestFullLog: a log that cannot be written is heard of at the end.
func TestFullLog(t *testing.T) {
	t.Parallel()
	s, err := Start(Config{Log: full{}})
	if err != nil {
		t.Fatal(err)
	}
	hello(t, s).sends(250, "a@b.example", "1")
	if err := s.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Close = %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestCompare(t *testing.T) {
	t.Parallel()
	d := Compare([]string{"b", "a", "c", "c", "d", "d"}, []string{"a", "a", "a", "c", "e", "e"})
	if want := (Difference{Lost: []string{"b", "c", "d", "d"}, Repeated: []string{"a", "a"}, Strange: []string{"e", "e"}}); !slices.Equal(d.Lost, want.Lost) ||
		!slices.Equal(d.Repeated, want.Repeated) || !slices.Equal(d.Strange, want.Strange) {
		t.Errorf("%+v, want %+v", d, want)
	}
}
