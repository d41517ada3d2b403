package email

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
)

// with is the fake's URL with a user, and more behind it.
func (f *fake) with(scheme, user, more string) string {
	return scheme + "://" + user + f.listener.Addr().String() + more
}

func TestStartTLS(t *testing.T) {
	t.Parallel()
	f, roots := secured(t)
	for _, c := range []struct {
		name   string
		url    string
		trusts bool
		want   bool
	}{
		{"where it is offered", f.url(), true, true},
		{"where it is required", f.with("smtp", "", "?tls=required"), true, true},
		{"with a relay that we do not know", f.url(), false, false},
		{"required, and not offered", newFake(t).with("smtp", "", "?tls=required"), true, false},
		{"not offered on this machine", newFake(t).url(), true, true},
	} {
		ch := channel(t, c.url)
		if c.trusts {
			ch.Relays.List[0].Roots = roots
		}
		conn, err := ch.Connect(t.Context())
		if (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			conn.Close()
		}
	}
	f.gone(t)
	ch := channel(t, f.url())
	ch.Relays.List[0].Roots = roots
	before := len(f.met("EHLO"))
	if o, err := send(t, ch, recipient(abonne(1))); err != nil || o.Status != notifier.Sent {
		t.Errorf("over TLS: %+v, %v", o, err)
	}
	if n := len(f.met("EHLO")) - before; n != 2 {
		t.Errorf("greeted %d times, want once more after STARTTLS", n)
	}
}

// TestSMTPS speaks TLS from the first byte, and signs in over it.
func TestSMTPS(t *testing.T) {
	t.Parallel()
	config, roots := certificate(t)
	f := newFake(t, "AUTH PLAIN LOGIN")
	inner := f.listener
	outer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { outer.Close() })
	go terminate(tls.NewListener(outer, config), inner.Addr().String())
	ch := channel(t, "smtps://user:secret@"+outer.Addr().String())
	ch.Relays.List[0].Roots = roots
	if o, err := send(t, ch, recipient(abonne(1))); err != nil || o.Status != notifier.Sent {
		t.Errorf("%+v, %v", o, err)
	}
	if auth := f.met("AUTH"); len(auth) != 1 || auth[0] != "AUTH PLAIN AHVzZXIAc2VjcmV0" {
		t.Errorf("signed in by %q", auth)
	}
}

// terminate hands what comes over TLS on to a relay without.
func terminate(l net.Listener, to string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			relay, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			defer relay.Close()
			go func() { _, _ = relay.(*net.TCPConn).ReadFrom(c) }()
			_, _ = relay.(*net.TCPConn).WriteTo(c)
		}()
	}
}

// TestSignIn: where the relay lets us in, where it does not, and where it has
// no way that we would go.
func TestSignIn(t *testing.T) {
	t.Parallel()
	const user = "user:secret@"
	for _, c := range []struct {
		name, offers, reply string
		want                bool
	}{
		{"plain", "AUTH PLAIN LOGIN", usual, true},
		{"refused", "AUTH PLAIN LOGIN", "535 5.7.8 wrong password", false},
		{"not offered", "8BITMIME", usual, false},
		{"by no way that we know", "AUTH GSSAPI", usual, false},
	} {
		f := newFake(t, c.offers)
		f.say(func(line string) string {
			if strings.HasPrefix(line, "AUTH") {
				return c.reply
			}
			return usual
		})
		conn, err := channel(t, f.with("smtp", user, "")).Connect(t.Context())
		if (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "AHVzZXI")) {
			t.Errorf("%s: the password stands in %v", c.name, err)
		}
		if err == nil {
			conn.Close()
		}
		f.gone(t)
	}
}

// gone waits until the relay has nobody connected.
func (f *fake) gone(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); f.connections() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections are left open", f.connections())
		}
	}
}

// TestUnwelcome: a relay that does not let us begin is an error, and nothing is
// left open.
func TestUnwelcome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, reply string }{
		{"CONNECT", "554 5.7.1 not you"}, {"CONNECT", "421 4.3.2 busy"}, {"CONNECT", hangUp}, {"CONNECT", "HTTP/1.1 400 Bad Request"},
		{"EHLO", hangUp}, {"EHLO", "421 4.3.2 busy"}, {"EHLO", "554 5.7.1 not you"},
	} {
		f := newFake(t)
		f.say(func(line string) string {
			if strings.HasPrefix(line, c.at) || c.at == "EHLO" && strings.HasPrefix(line, "HELO") {
				return c.reply
			}
			return usual
		})
		ch := channel(t, f.url())
		for range 3 {
			if _, err := ch.Connect(t.Context()); err == nil {
				t.Errorf("%q at %s: connected", c.reply, c.at)
			}
		}
		if err := ch.Relays.Check(t.Context()); err == nil {
			t.Errorf("%q at %s: the relay is well", c.reply, c.at)
		}
		f.gone(t)
	}
	if err := channel(t, newFake(t).url()).Relays.Check(t.Context()); err != nil {
		t.Errorf("a relay that is well: %v", err)
	}
}

// TestSilentRelay: one that never greets is waited for until its time is over,
// or ours is.
func TestSilentRelay(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.say(func(line string) string {
		if line == "CONNECT" {
			return silent
		}
		return usual
	})
	ch := channel(t, f.url())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := ch.Connect(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 2*time.Second {
		t.Errorf("when we leave: %v after %s", err, time.Since(began))
	}
	ch.Relays.List[0].Timeout = 50 * time.Millisecond
	began = time.Now()
	if _, err := ch.Connect(t.Context()); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) > 2*time.Second {
		t.Errorf("when its time is over: %v after %s", err, time.Since(began))
	}
	f.gone(t)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := channel(t, "smtp://relay.example")
	for _, url := range []string{"", "relay.example", "http://relay.example", "smtp://", "smtp://relay.example:port", "smtp://a b",
		"smtp://relay.example?connections=0", "smtp://relay.example?connections=1001", "smtp://relay.example?rate=0", "smtp://relay.example?rate=NaN",
		"smtp://relay.example?tls=no", "smtp://relay.example?conections=3"} {
		c := *good
		c.Relays = &Relays{List: []Relay{{URL: url}}}
		if c.Check() == nil {
			t.Errorf("relay %q is taken", url)
		}
	}
	bad := Channel{Relays: &Relays{List: []Relay{{URL: "smtp://user:hunter2@:25"}}}}
	err := bad.Check()
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("Check = %v", err)
	}
	for _, want := range []string{"smtp://host:port", "sender", "16 bytes"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v says nothing of %q", err, want)
		}
	}
}

// TestTLSByDefault: a relay on another machine is spoken to over TLS, unless
// somebody says that it need not be.
func TestTLSByDefault(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{
		"smtp://relay.example": true, "smtp://192.0.2.1:25": true, "smtp://relay.example?tls=offered": false, "smtp://u:p@relay.example?tls=required": true,
		"smtp://127.0.0.1": false, "smtp://[::1]:25": false, "smtp://localhost": false, "smtp://localhost?tls=required": true,
	} {
		s, err := Relay{URL: url}.settings()
		if err != nil || s.required != want {
			t.Errorf("%s: TLS is required %v, %v", url, s.required, err)
		}
	}
}
