package email

import (
	"errors"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
)

// over is a channel over several relays.
func over(t *testing.T, urls ...string) *Channel {
	t.Helper()
	c := channel(t, urls[0])
	for _, url := range urls[1:] {
		c.Relays.List = append(c.Relays.List, Relay{URL: url, HELO: "crieur.example", Timeout: 10 * time.Second})
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return c
}

// opened opens so many connections, which the test closes.
func opened(t *testing.T, c *Channel, n int) []notifier.Connection {
	t.Helper()
	var all []notifier.Connection
	for range n {
		conn, err := c.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		all = append(all, conn)
	}
	return all
}

// TestSpread: connections go to the relay that has most places free, and no
// further than there are places.
func TestSpread(t *testing.T) {
	t.Parallel()
	a, b, backup := newFake(t), newFake(t), newFake(t)
	c := over(t, a.url()+"?connections=2", b.url()+"?connections=4", backup.url()+"?backup&connections=3")
	opened(t, c, 6)
	for _, f := range []struct {
		*fake
		want int
	}{{a, 2}, {b, 4}, {backup, 0}} {
		if n := f.connections(); n != f.want {
			t.Errorf("%s has %d connections, want %d", f.url(), n, f.want)
		}
	}
	last := opened(t, c, 3) // the backup's places serve where no other are
	if _, err := c.Connect(t.Context()); !errors.Is(err, notifier.ErrNoConnection) {
		t.Errorf("one too many: %v", err)
	}
	last[0].Close()
	opened(t, c, 1)
	if n := c.Relays.Connections(); n != 9 {
		t.Errorf("there are %d places", n)
	}
}

// TestFailover: a relay that is gone is passed over in the same breath, and the
// backup takes the mails while nothing else is there.
func TestFailover(t *testing.T) {
	t.Parallel()
	gone, well, backup := newFake(t), newFake(t), newFake(t)
	c := over(t, gone.url(), well.url(), backup.url()+"?backup")
	gone.close()
	opened(t, c, 3)
	if n := well.connections(); n != 3 {
		t.Errorf("%d connections to the one that is well", n)
	}
	well.close()
	opened(t, c, 2)
	if n := backup.connections(); n != 2 {
		t.Errorf("%d connections to the backup", n)
	}
	backup.close()
	if _, err := c.Connect(t.Context()); err == nil || errors.Is(err, notifier.ErrNoConnection) {
		t.Errorf("with nobody there: %v", err)
	}
}

// TestTooManyConnections: a relay that says so is believed, and gets one more
// after a while.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := channel(t, f.url())
	opened(t, c, 3)
	f.say(func(line string) string {
		if line == "CONNECT" {
			return "421 4.3.2 too many connections"
		}
		return usual
	})
	if _, err := c.Connect(t.Context()); err == nil || errors.Is(err, notifier.ErrNoConnection) {
		t.Fatalf("the fourth: %v", err)
	}
	before := len(f.met("CONNECT"))
	if _, err := c.Connect(t.Context()); !errors.Is(err, notifier.ErrNoConnection) {
		t.Errorf("the fifth: %v", err)
	}
	if n := len(f.met("CONNECT")) - before; n != 0 {
		t.Errorf("it was asked %d times more", n)
	}
	f.say(nil)
	c.Relays.mu.Lock()
	c.Relays.posts[0].grown = time.Now().Add(-growAfter - time.Second)
	c.Relays.mu.Unlock()
	opened(t, c, 1)
	if _, err := c.Connect(t.Context()); !errors.Is(err, notifier.ErrNoConnection) {
		t.Errorf("two more at once: %v", err)
	}
}

// TestUnwanted: a relay that takes nothing from us is for a person to mend, and
// costs nobody their mail.
func TestUnwanted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, reply string }{
		{"CONNECT", "554 5.7.1 no"}, {"MAIL", "550 5.7.1 sender rejected"},
	} {
		f := newFake(t, "PIPELINING")
		f.say(func(line string) string {
			if strings.HasPrefix(line, c.at) {
				return c.reply
			}
			return usual
		})
		ch := channel(t, f.url())
		conn, err := ch.Connect(t.Context())
		if err == nil {
			conn.Close()
			_, err = send(t, ch, recipient(abonne(1)))
		}
		if !errors.Is(err, notifier.ErrUnwanted) {
			t.Errorf("%q at %s: %v", c.reply, c.at, err)
		}
	}
}

// TestTurn: a relay's rate is kept over all its connections.
func TestTurn(t *testing.T) {
	t.Parallel()
	c := channel(t, "smtp://127.0.0.1?rate=4")
	c.Relays.man()
	p := c.Relays.posts[0]
	for i, want := range []time.Duration{0, 250 * time.Millisecond, 500 * time.Millisecond} {
		if got := c.Relays.turn(p, now); got != want {
			t.Errorf("mail %d waits %s, want %s", i+1, got, want)
		}
	}
	if got := c.Relays.turn(p, now.Add(time.Minute)); got != 0 {
		t.Errorf("after a minute: %s", got)
	}
}
