package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// ErrNobody is what an Intake's Knows says of a recipient who is not here: the
// relay is told 550, and keeps nothing.
var ErrNobody = errors.New("no such recipient")

// An Envelope is a mail with the recipient that it came to.
type Envelope struct {
	From string // "" for a report
	To   string
	Data []byte
}

// An Intake takes mail over SMTP for a program that reads it at once. What it
// answered 250 to has been handled; whatever cannot be at present stays with
// the relay, which is told 451 and comes again. Fields are not changed after
// Listen.
type Intake struct {
	Knows   func(to string) error // asked at RCPT: nil, or ErrNobody
	Handle  func(context.Context, Envelope) error
	Max     int64         // bytes of a message; MaxReport if 0
	Timeout time.Duration // of Handle; 30 s if 0
	Log     *slog.Logger

	server *smtp.Server
	door   *door
	served chan struct{} // closed when the server accepts no more
	room   chan struct{} // holds as many as are handled at a time

	closing sync.Once
	ctx     context.Context // ends with Close
	stop    context.CancelFunc
}

const (
	// MaxReport is the largest mail that an Intake takes unless it says
	// otherwise. EHLO announces it: a report holds the letter at most.
	MaxReport = 4 << 20
	// atOnce bounds the memory that mails take.
	atOnce = 8
)

// Listen serves SMTP on an address until Close, and gives the address.
func (in *Intake) Listen(addr string) (net.Addr, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("intake of mail: %w", err)
	}
	in.ctx, in.stop = context.WithCancel(context.Background())
	in.room = make(chan struct{}, atOnce)
	in.door = &door{Listener: listener, open: map[net.Conn]struct{}{}}
	in.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &caller{intake: in}, nil }))
	in.server.Domain = "crieur.invalid"
	in.server.MaxMessageBytes = in.max() + 1 // go-smtp refuses a message of just the size it announces
	in.server.MaxRecipients = MaxRecipients
	in.server.MaxLineLength = 64 << 10 // a report that is refused is lost
	in.server.ReadTimeout, in.server.WriteTimeout = patience, patience
	in.server.EnableSMTPUTF8 = true
	in.server.ErrorLog = slog.NewLogLogger(in.log().Handler(), slog.LevelDebug) // whoever knocks and leaves
	in.served = make(chan struct{})
	go func() {
		defer close(in.served)
		_ = in.server.Serve(in.door) // ends with the error of the closed listener
	}()
	return listener.Addr(), nil
}

// Close stops listening, cuts the open connections and waits for them. Closing
// once more does nothing.
func (in *Intake) Close() error {
	var err error
	in.closing.Do(func() {
		if in.server == nil {
			return
		}
		in.stop()
		err = in.door.close()
		<-in.served
		_ = in.server.Shutdown(context.Background()) // its own error is that of closing the listener twice
	})
	return err
}

func (in *Intake) max() int64 {
	if in.Max == 0 {
		return MaxReport
	}
	return in.Max
}

func (in *Intake) log() *slog.Logger {
	if in.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return in.Log
}

// A caller is a relay's connection: a transaction at a time.
type caller struct {
	intake *Intake
	from   string
	to     []string
}

func (c *caller) Mail(from string, _ *smtp.MailOptions) error {
	c.from = from
	return nil
}

func (c *caller) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := c.intake.Knows(to); err != nil {
		return refuse(550, smtp.EnhancedCode{5, 1, 1}, "No such recipient")
	}
	c.to = append(c.to, to)
	return nil
}

func (c *caller) Reset() { c.from, c.to = "", nil }

func (c *caller) Logout() error { return nil }

// Data handles the message, for each of its recipients. Its nil is the 250.
func (c *caller) Data(r io.Reader) error {
	in := c.intake
	select {
	case in.room <- struct{}{}:
		defer func() { <-in.room }()
	case <-in.ctx.Done():
		return refuse(421, smtp.EnhancedCode{4, 3, 2}, "Going down")
	}
	data, err := io.ReadAll(r)
	var reply *smtp.SMTPError
	switch {
	case errors.As(err, &reply):
		return reply
	case errors.Is(err, smtp.ErrTooLongLine):
		return refuse(500, smtp.EnhancedCode{5, 6, 0}, "Line too long")
	case err != nil:
		return refuse(451, smtp.EnhancedCode{4, 4, 2}, "Message cut short")
	case int64(len(data)) > in.max():
		return smtp.ErrDataTooLarge
	}
	for _, to := range c.to {
		if err := c.handle(Envelope{c.from, to, data}); err != nil {
			in.log().Warn("a mail cannot be handled, the relay is told to come again", "err", err)
			return refuse(451, smtp.EnhancedCode{4, 3, 0}, "Not now: come again later")
		}
	}
	return nil
}

func (c *caller) handle(e Envelope) error {
	limit := c.intake.Timeout
	if limit == 0 {
		limit = 30 * time.Second
	}
	ctx, stop := context.WithTimeout(c.intake.ctx, limit)
	defer stop()
	return c.intake.Handle(ctx, e)
}
