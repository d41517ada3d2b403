// Package embedded runs the broker in the process: a JetStream server on one
// directory, with every acknowledged write on disk.
//
// cmd starts one where no other broker is named; tests do by noticetest. The
// program itself speaks to it in memory. Whoever comes over TCP, if it listens
// at all, is a reader: sees mirrors of NOTICES and ALERTS and nothing else. A
// server that froze is restarted, and connections find the new one.
package embedded

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Config says where the broker keeps its data and who may reach it.
type Config struct {
	Dir      string // created if it is missing; one server at a time
	MaxStore int64  // bytes for everything; 0: four fifths of what the disk has for us
	Listen   string // host:port for readers; nothing listens if empty
	Log      *slog.Logger
}

// Server is a running broker.
type Server struct {
	dir     string
	log     *slog.Logger
	options *server.Options
	lock    *os.File

	mu     sync.Mutex
	server *server.Server // changes when it is restarted; nil when it is stopped

	stop context.CancelFunc
	work sync.WaitGroup
}

//go:embed accounts.conf
var accounts string

// startFor is how long a start may take: after a crash a store of millions of
// messages is read once.
const startFor = 5 * time.Minute

// Start runs a broker until Stop. ctx bounds the start alone.
func Start(ctx context.Context, c Config) (*Server, error) {
	s := &Server{dir: c.Dir, log: c.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.lock, err = lock(c.Dir); err != nil {
		return nil, err
	}
	if s.options, err = options(c); err == nil {
		err = s.start(ctx)
	}
	if err != nil {
		s.lock.Close()
		return nil, err
	}
	s.options.Port = s.port()
	watching, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.work.Go(func() { s.watch(watching) })
	if c.Listen != "" {
		s.work.Go(func() { s.mirror(watching) })
	}
	return s, nil
}

func options(c Config) (*server.Options, error) {
	space, err := room(c)
	if err != nil {
		return nil, err
	}
	o := &server.Options{}
	mirrors := space / 5 // of NOTICES and ALERTS, which have 175 thousandths of the rest
	// The doorman looks at the way somebody comes, never at a password.
	values := fmt.Sprintf("HOUSE_STORE: %d\nMIRRORS_STORE: %d\nHOUSE_PASSWORD: none\nMIRRORS_PASSWORD: none\n", space-mirrors, mirrors)
	if err := o.ProcessConfigString(values + accounts); err != nil {
		return nil, fmt.Errorf("read the broker's accounts: %w", err)
	}
	o.ServerName = "crieur"
	o.JetStream = true
	o.StoreDir = c.Dir
	o.SyncAlways = true
	o.NoSigs = true
	o.DontListen = c.Listen == ""
	o.JetStreamMaxStore = space
	o.JetStreamMaxMemory = 256 << 20 // consumers that are not durable
	if c.Listen == "" {
		return o, nil
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		o.Host = host
		o.Port, err = strconv.Atoi(port)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %q: not host:port: %w", c.Listen, err)
	}
	// The server itself says this late and less clearly.
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for readers: %w", err)
	}
	o.Port = l.Addr().(*net.TCPAddr).Port
	return o, l.Close()
}

// start runs a server on the options and makes it the current one.
func (s *Server) start(ctx context.Context) error {
	o := s.options.Clone()
	door := &doorman{users: o.Users}
	o.CustomClientAuthentication = door
	n, err := server.NewServer(o)
	if err != nil {
		return fmt.Errorf("start the broker on %s: %w", s.dir, err)
	}
	door.server = n
	words := &logger{log: s.log}
	n.SetLoggerV2(words, false, false, false)
	n.Start()
	ctx, cancel := context.WithTimeout(ctx, startFor)
	defer cancel()
	for !n.ReadyForConnections(10*time.Millisecond) || !n.JetStreamEnabled() {
		err := words.fatal()
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			n.Shutdown()
			n.WaitForShutdown()
			return fmt.Errorf("start the broker on %s: %w", s.dir, err)
		}
	}
	s.mu.Lock()
	s.server = n
	s.mu.Unlock()
	return nil
}

// Stop ends the broker: what was acknowledged is on disk, and the directory
// may be opened by another.
func (s *Server) Stop() {
	s.stop()
	s.work.Wait()
	s.halt()
	s.lock.Close() // which gives up the lock
}

// Restart ends the server and starts another on the same directory, as a
// server that froze is.
func (s *Server) Restart(ctx context.Context) error {
	s.halt()
	return s.start(ctx)
}

func (s *Server) halt() {
	s.mu.Lock()
	n := s.server
	s.server = nil
	s.mu.Unlock()
	if n != nil {
		n.Shutdown()
		n.WaitForShutdown()
	}
}

func (s *Server) current() *server.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server
}

// InProcess connects to whatever server is running at the moment.
func (s *Server) InProcess() nats.InProcessConnProvider { return dialer{s} }

type dialer struct{ s *Server }

// errStopped is what a client meets between two servers; it tries again.
var errStopped = errors.New("the broker is not running")

func (d dialer) InProcessConn() (net.Conn, error) {
	if n := d.s.current(); n != nil {
		return n.InProcessConn()
	}
	return nil, errStopped
}

// URL is where readers connect; "" if nothing listens.
func (s *Server) URL() string {
	if s.options.DontListen {
		return ""
	}
	return "nats://" + net.JoinHostPort(s.options.Host, strconv.Itoa(s.options.Port))
}

// port is the one that was taken where the configuration left it open.
func (s *Server) port() int {
	if addr, ok := s.current().Addr().(*net.TCPAddr); ok {
		return addr.Port
	}
	return s.options.Port
}
