// Package mailbox is the relay that the program uses until another is named:
// an SMTP server that keeps every message in a folder and sends none on, so
// that nothing reaches the world by accident.
//
// What it answered 250 to is on disk: one .eml file a message, byte for byte
// what came after DATA (the protocol's own dots taken out again, RFC 5321
// section 4.5.2), nothing added. Envelopes, which are no part of a message, go
// to envelopes.jsonl beside them. A restart on the same folder lists what is
// there and goes on numbering. Handler shows the folder as pages.
//
// cmd starts it and owns the pages' listener; tests start it as the relay of
// a whole house. It never opens a connection of its own.
package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// A Mailbox keeps mail in a folder. The zero value with a Dir is ready to
// Listen; fields are not changed afterwards.
type Mailbox struct {
	Dir string           // made if absent; one running mailbox a folder
	Log *slog.Logger     // nothing is logged if nil
	Now func() time.Time // what messages are dated by; time.Now if nil

	MaxMessage int64 // bytes; the constant if 0

	box    *folder
	server *smtp.Server
	door   *door
	served chan struct{} // closed when the server accepts no more

	closing sync.Once

	mu       sync.Mutex
	messages []Message     // guarded by mu; in the order of arrival
	arrived  chan struct{} // guarded by mu; closed and replaced at each arrival
}

// A Message is one accepted mail.
type Message struct {
	N         int       // place in the order of arrival, from 1; also in the name of the file
	Received  time.Time // by the mailbox's Now
	From      string    // the envelope's sender, "" for a bounce
	To        []string  // the envelope's recipients
	Subject   string    // decoded
	MessageID string    // as its header has it, with its angle brackets
	Size      int64     // bytes
	Path      string    // of the .eml
	Err       error     // why the head of the message cannot be read; nil if it can
}

// Listen opens the folder, lists what is in it and serves SMTP on the address
// until Close; "" stands for a free port of 127.0.0.1. It gives the address it
// listens on.
func (m *Mailbox) Listen(addr string) (net.Addr, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	if m.box, err = openFolder(m.Dir); err == nil {
		m.messages, err = m.box.list()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mailbox: %w", err), m.box.close(), listener.Close())
	}
	m.serve(listener)
	return listener.Addr(), nil
}

// Messages are the messages in the box, those of earlier runs included, in the
// order of arrival.
func (m *Mailbox) Messages() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.messages)
}

// Wait returns when at least n messages are in the box, those of earlier runs
// included, or when ctx ends: then its error says how many there were.
func (m *Mailbox) Wait(ctx context.Context, n int) error {
	for {
		have, arrived := m.count()
		if have >= n {
			return nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return fmt.Errorf("mailbox: %d of %d messages: %w", have, n, ctx.Err())
		}
	}
}

// Close stops listening, cuts the open connections and waits for them. What
// was answered 250 stays; the folder may be opened again. A Mailbox is not
// used again; closing it once more does nothing.
func (m *Mailbox) Close() error {
	var err error
	m.closing.Do(func() {
		if m.server == nil {
			return
		}
		err = m.door.close()
		<-m.served
		// Listeners and connections are closed: this waits for their
		// goroutines, and its own error is that of closing the listener twice.
		_ = m.server.Shutdown(context.Background())
		err = errors.Join(err, m.box.close())
	})
	return err
}

// keep numbers, names and lists a message that lies on disk, and returns when
// its name is on disk too.
func (m *Mailbox) keep(draft *draft, from string, to []string) error {
	m.mu.Lock()
	message := Message{From: from, To: to, Received: m.now()}
	err := m.box.adopt(draft, &message)
	if err == nil {
		m.messages = append(m.messages, message)
		m.ring()
	}
	m.mu.Unlock()
	if err != nil {
		return err
	}
	return m.box.sync()
}

// count is the number of messages, and a channel that closes when it grows.
func (m *Mailbox) count() (int, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.arrived == nil {
		m.arrived = make(chan struct{})
	}
	return len(m.messages), m.arrived
}

// ring wakes those who wait. mu is held.
func (m *Mailbox) ring() {
	if m.arrived != nil {
		close(m.arrived)
		m.arrived = nil
	}
}

// A place is a message and the numbers of its neighbours; 0 for none.
type place struct {
	Message
	Older, Newer int
}

// find is the message with a number.
func (m *Mailbox) find(n int) (place, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := slices.BinarySearchFunc(m.messages, n, byNumber)
	if !ok {
		return place{}, false
	}
	found := place{Message: m.messages[i]}
	if i > 0 {
		found.Older = m.messages[i-1].N
	}
	if i+1 < len(m.messages) {
		found.Newer = m.messages[i+1].N
	}
	return found, true
}

func byNumber(m Message, n int) int { return m.N - n }

func (m *Mailbox) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}

func (m *Mailbox) maxMessage() int64 {
	if m.MaxMessage == 0 {
		return MaxMessage
	}
	return m.MaxMessage
}

func (m *Mailbox) log() *slog.Logger {
	if m.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return m.Log
}
