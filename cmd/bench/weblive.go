package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// spare is how many files a process has open beside its listeners.
const spare = 200

// live measures how soon all listeners have heard of an event after somebody
// began to publish it, and what a listener takes.
func (w *web) live(ctx context.Context, n, rounds int) ([]Row, error) {
	note := ""
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return nil, err
	}
	if most := int(min(limit.Cur, 1<<30)) - spare; n > most {
		n, note = most, fmt.Sprintf("%d wanted; a process may open %d files here", n, limit.Cur)
	}
	before, err := w.house.resident()
	if err != nil {
		return nil, err
	}
	crowd := &crowd{heard: make(chan time.Time, n)}
	defer crowd.leave()
	if err := crowd.gather(ctx, w.public, n); err != nil {
		return nil, err
	}
	after, err := w.house.resident()
	if err != nil {
		return nil, err
	}
	var told []telling
	for range max(3, rounds) {
		t, err := w.shout(ctx, crowd, n)
		if err != nil {
			return nil, err
		}
		told = append(told, t)
	}
	return []Row{
		{Name: "listeners", Value: float64(n), Note: note},
		{Name: "publish to first listener", Value: median(told, func(t telling) float64 { return t.first.Seconds() * 1000 }), Unit: "ms"},
		Row{Name: "publish to last listener", Value: median(told, func(t telling) float64 { return t.last.Seconds() * 1000 }), Unit: "ms"}.atMost(1000),
		{Name: "memory a listener", Value: (after - before) * 1024 / float64(n), Unit: "KB"},
	}, nil
}

// shout publishes an event and waits until all have heard it.
func (w *web) shout(ctx context.Context, c *crowd, n int) (t telling, err error) {
	e := w.last
	e.Number++
	e.ID = stream.ID(w.paper.day, fmt.Sprint(e.Notice, e.Number))
	e.Act = notice.Progressed{Text: "Travaux en cours."}
	w.last = e
	began := time.Now()
	if err := w.paper.add(ctx, e); err != nil {
		return t, err
	}
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	for i := range n {
		select {
		case at := <-c.heard:
			if took := at.Sub(began); i == 0 || took < t.first {
				t.first = took
			}
			t.last = max(t.last, at.Sub(began))
		case <-late.C:
			return t, fmt.Errorf("%d of %d have heard nothing within a minute", n-i, n)
		case <-ctx.Done():
			return t, ctx.Err()
		}
	}
	return t, nil
}

// A crowd listens to the live stream, each over a connection of its own.
type crowd struct {
	heard chan time.Time // one for each listener that heard an event

	mu    sync.Mutex
	conns []net.Conn // guarded by mu
}

// gather returns when n listen.
func (c *crowd) gather(ctx context.Context, addr string, n int) error {
	const at = 16 // a time
	var coming sync.WaitGroup
	errs := make([]error, at)
	for i := range at {
		coming.Go(func() {
			for range n/at + min(1, max(0, n%at-i)) {
				if err := c.come(ctx, addr); err != nil {
					errs[i] = err
					return
				}
			}
		})
	}
	coming.Wait()
	return errors.Join(errs...)
}

// greeted is what the stream begins with.
const greeted = "retry: "

// come lets one more listen.
func (c *crowd) come(ctx context.Context, addr string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.conns = append(c.conns, conn)
	c.mu.Unlock()
	if _, err := io.WriteString(conn, "GET /api/events?depuis=18446744073709551615 HTTP/1.1\r\nHost: "+addr+"\r\nAccept: text/event-stream\r\n\r\n"); err != nil {
		return err
	}
	buf := make([]byte, 2048)
	var head []byte
	for !bytes.Contains(head, []byte(greeted)) {
		n, err := conn.Read(buf)
		if err != nil {
			return fmt.Errorf("listen: %w after %q", err, head)
		}
		head = append(head, buf[:n]...)
	}
	go func() {
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return // it has left
			}
			if bytes.Contains(buf[:n], []byte("id:")) { // no sign of life: an event
				c.heard <- time.Now()
			}
		}
	}()
	return nil
}

func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close() // its listener ends by that
	}
}

// resident is what a child has of memory at present, in MB.
func (c *child) resident() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", c.life().cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("%s: the system does not say what memory it has", c.name)
	}
	pages, err := strconv.ParseFloat(fields[1], 64)
	return pages * float64(os.Getpagesize()) / (1 << 20), err
}
