// Package sink is a relay that misbehaves on order, for tests and benchmarks:
// it takes mail, says who got what, and throws the message away.
//
// A test scripts it by stage and recipient (Rule): refuse for now, greylist,
// refuse for good, answer slowly, take a message and withhold the reply, hang
// up. It answers three questions about a sender: does it lose or repeat mail
// (Accepted, Compare), what does it do when the relay is rude (Rules), and
// what does sending cost in commands and round trips (Stats). Left alone it
// costs little more than reading the socket, so that a benchmark measures the
// sender.
//
// It listens on loopback unless told otherwise, keeps no message and opens no
// connection. It is not a mail server: it takes anything from anybody, and a
// client that thinks for ever is cut by Close alone.
package sink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A Config is what a Sink is started with. The zero value is a relay that
// takes everything, on a free port of 127.0.0.1.
type Config struct {
	Addr string // host:port; 127.0.0.1:0 if ""
	Name string // by which it greets; sink.invalid if ""

	// NoPipelining does not offer PIPELINING (RFC 2920), and hangs up on a
	// client that pipelines all the same.
	NoPipelining bool
	StartTLS     bool // offers STARTTLS, with a certificate of its own: see Roots
	Auth         bool // offers AUTH PLAIN, and lets everybody in

	// Forget keeps no list of what was accepted, for benchmarks of millions:
	// Accepted is empty then, while Wait and Stats go on counting.
	Forget bool
	// Log gets a line for every recipient of an accepted message, in the order
	// of acceptance: nanoseconds since 1970, recipient, Message-ID, size,
	// connection, and "replied" or "cut", with tabs between. Nil for none.
	Log io.Writer
	Now func() time.Time // time.Now if nil

	Behaviour Behaviour
}

// A Sink is a running relay.
type Sink struct {
	config   Config
	listener net.Listener
	tls      *tls.Config
	roots    *x509.CertPool
	script   atomic.Pointer[script]
	ledger   ledger
	counts   counters

	quit chan struct{} // closed by Close
	wg   sync.WaitGroup

	mu     sync.Mutex
	open   map[net.Conn]struct{} // guarded by mu
	closed bool                  // guarded by mu
}

// Start listens, and serves until Close.
func Start(config Config) (*Sink, error) {
	if config.Addr == "" {
		config.Addr = "127.0.0.1:0"
	}
	if config.Name == "" {
		config.Name = "sink.invalid"
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	s := &Sink{config: config, quit: make(chan struct{}), open: map[net.Conn]struct{}{}}
	s.ledger = ledger{log: config.Log, forget: config.Forget}
	s.SetBehaviour(config.Behaviour)
	if config.StartTLS {
		if err := s.makeCertificate(); err != nil {
			return nil, fmt.Errorf("sink: make certificate: %w", err)
		}
	}
	var err error
	if s.listener, err = net.Listen("tcp", config.Addr); err != nil {
		return nil, fmt.Errorf("sink: %w", err)
	}
	s.wg.Go(s.accept)
	return s, nil
}

// Addr is the address the sink listens on.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// SetBehaviour replaces the behaviour; rules count from zero again. What is
// under way may still meet the old one.
func (s *Sink) SetBehaviour(b Behaviour) {
	s.script.Store(&script{Behaviour: b, met: map[meeting]*passages{}, taken: map[int][]time.Time{}, holding: map[int]map[*conn]bool{}})
}

// Close stops listening, cuts the open connections and waits for them. Its
// error is that of the listener, or of the first line that could not be
// logged. Closing once more does nothing.
func (s *Sink) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.quit)
	for conn := range s.open {
		_ = conn.Close() // its reader finds out
	}
	s.mu.Unlock()
	err := s.listener.Close()
	s.wg.Wait()
	return errors.Join(err, s.ledger.fault())
}

// accept serves each connection in a goroutine of its own, until Close.
func (s *Sink) accept() {
	for {
		netConn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.wg.Go(func() {
			defer s.leave(netConn)
			if number, ok := s.enter(netConn); ok {
				newConn(s, netConn, number).serve()
			}
		})
	}
}

// enter registers a connection and numbers it from 1; not once Close began.
func (s *Sink) enter(conn net.Conn) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, false
	}
	s.open[conn] = struct{}{}
	s.counts.connectionsMost.Store(max(s.counts.connectionsMost.Load(), int64(len(s.open))))
	return s.counts.connections.Add(1), true
}

// leave forgets a connection and closes it.
func (s *Sink) leave(conn net.Conn) {
	s.mu.Lock()
	delete(s.open, conn)
	s.mu.Unlock()
	_ = conn.Close() // closed already where it was cut
}

// Connected is how many connections are open.
func (s *Sink) Connected() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// sleep waits, and is false if Close came first.
func (s *Sink) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.quit:
		return false
	}
}
