package mailbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/emersion/go-smtp"
)

// Limits of what is taken.
const (
	// MaxMessage is the largest message, in bytes, unless the Mailbox says
	// otherwise. EHLO announces one more: go-smtp refuses a message of just
	// the size it announces.
	MaxMessage = 25 << 20
	// MaxRecipients is what a server has to take for one message
	// (RFC 5321 section 4.5.3.1.8).
	MaxRecipients = 100
	// MaxLine is the longest line in octets, its CRLF included. RFC 5321
	// section 4.5.3.1.6 asks for 1000, so this is generous.
	MaxLine = 2000

	// patience is how long a client may think (RFC 5321 section 4.5.3.2.7).
	patience = 5 * time.Minute
)

// serve answers on the listener until Close.
func (m *Mailbox) serve(listener net.Listener) {
	m.door = &door{Listener: listener, open: map[net.Conn]struct{}{}}
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{mailbox: m}, nil
	}))
	m.server.Domain = "crieur.invalid" // a name nobody can have: RFC 6761
	m.server.MaxMessageBytes = m.maxMessage() + 1
	m.server.MaxRecipients = MaxRecipients
	m.server.MaxLineLength = MaxLine
	m.server.ReadTimeout, m.server.WriteTimeout = patience, patience
	m.server.EnableSMTPUTF8 = true
	m.server.ErrorLog = slog.NewLogLogger(m.log().Handler(), slog.LevelWarn)
	m.served = make(chan struct{})
	go func() {
		defer close(m.served)
		_ = m.server.Serve(m.door) // ends with the error of the closed listener
	}()
}

// A session is one client's connection: a transaction at a time.
type session struct {
	mailbox *Mailbox
	from    string
	to      []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }

// Data keeps the message. Its nil is the 250.
func (s *session) Data(r io.Reader) error {
	err := s.take(r)
	if err == nil {
		return nil
	}
	var reply *smtp.SMTPError
	if errors.As(err, &reply) {
		return reply
	}
	if errors.Is(err, smtp.ErrTooLongLine) {
		return refuse(500, smtp.EnhancedCode{5, 6, 0}, "Line too long")
	}
	fault := folderFault(err)
	if fault == nil {
		return refuse(451, smtp.EnhancedCode{4, 4, 2}, "Message cut short")
	}
	s.mailbox.log().Error("cannot keep a message", "err", fault)
	if errors.Is(fault, syscall.ENOSPC) || errors.Is(fault, syscall.EDQUOT) {
		return refuse(452, smtp.EnhancedCode{4, 3, 1}, "Mailbox disk full")
	}
	return refuse(451, smtp.EnhancedCode{4, 3, 0}, "Mailbox cannot write")
}

func refuse(code int, enhanced smtp.EnhancedCode, text string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: text}
}

// folderFault is the folder's part in an error, without the file's name, which
// holds an address; nil if the fault is the connection's.
func folderFault(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	case errors.As(err, &link):
		return fmt.Errorf("%s: %w", link.Op, link.Err)
	}
	return nil
}

func (s *session) take(r io.Reader) error {
	draft, err := s.mailbox.box.draft()
	if err != nil {
		return err
	}
	defer draft.discard()
	n, err := io.Copy(draft, r)
	if err != nil {
		return err
	}
	if n > s.mailbox.maxMessage() {
		return smtp.ErrDataTooLarge
	}
	if err := draft.finish(); err != nil {
		return err
	}
	return s.mailbox.keep(draft, s.from, s.to)
}

// A door is a listener that knows who came in, so that Close can show them
// out: go-smtp either cuts connections or waits for them, never both.
type door struct {
	net.Listener

	mu     sync.Mutex
	open   map[net.Conn]struct{} // guarded by mu
	closed bool                  // guarded by mu
}

// A guest is a connection that says when it leaves.
type guest struct {
	net.Conn
	door *door
}

func (d *door) Accept() (net.Conn, error) {
	conn, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errors.Join(net.ErrClosed, conn.Close())
	}
	d.open[conn] = struct{}{}
	return &guest{conn, d}, nil
}

func (g *guest) Close() error {
	g.door.mu.Lock()
	delete(g.door.open, g.Conn)
	g.door.mu.Unlock()
	return g.Conn.Close()
}

func (d *door) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	for conn := range d.open {
		_ = conn.Close() // its reader finds out
	}
	return d.Listener.Close()
}
