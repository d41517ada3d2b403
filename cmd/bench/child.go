package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// readyLine is what a part says on its standard output when it does its work.
const readyLine = "ready"

// A child is a process of this very program that a bench starts, kills and
// starts again. It ends by itself when the bench has ended: its standard input
// does.
type child struct {
	name string
	args []string
	log  io.Writer // what it says on standard error

	mu      sync.Mutex
	running *running // guarded by mu
}

// running is one life of a child.
type running struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed when it says so
	gone  chan struct{} // closed when it has ended
	err   error         // how; set before gone is closed
}

// start starts the child, which does not run.
func (c *child) start() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	r := &running{cmd: exec.Command(self, c.args...), ready: make(chan struct{}), gone: make(chan struct{})}
	r.cmd.Stderr = c.log
	if _, err = r.cmd.StdinPipe(); err != nil { // kept open: its end is ours
		return err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := r.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", c.name, err)
	}
	go r.follow(out)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = r
	return nil
}

// follow reads what the process says until it ends.
func (r *running) follow(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == readyLine {
			close(r.ready)
			break
		}
	}
	_, _ = io.Copy(io.Discard, out) // until it ends, whichever way
	r.err = r.cmd.Wait()
	close(r.gone)
}

func (c *child) life() *running {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running
}

// await returns when the child is at work.
func (c *child) await(ctx context.Context) error {
	r := c.life()
	select {
	case <-r.ready:
		return nil
	case <-r.gone:
		return fmt.Errorf("%s ended before it was ready: %w", c.name, errors.Join(r.err, errGone))
	case <-ctx.Done():
		return fmt.Errorf("wait for %s: %w", c.name, ctx.Err())
	}
}

// errGone says that a process ended that nobody had killed.
var errGone = errors.New("the process is gone")

// kill ends the child without a word (SIGKILL), and waits until it is gone.
// One that is gone already is no error.
func (c *child) kill() { c.end(syscall.SIGKILL) }

// stop ends the child in good order.
func (c *child) stop() { c.end(syscall.SIGINT) }

func (c *child) end(how os.Signal) {
	r := c.life()
	if r == nil {
		return
	}
	_ = r.cmd.Process.Signal(how) // it is gone already
	<-r.gone
}

// ready is whether the child has said that it is.
func (c *child) ready() bool {
	select {
	case <-c.life().ready:
		return true
	default:
		return false
	}
}

// died is whether the child has ended.
func (c *child) died() bool {
	select {
	case <-c.life().gone:
		return true
	default:
		return false
	}
}

// asPart runs one part of a bench: work says when it is ready. It ends with
// ctx, or when the process that started it has.
func asPart(ctx context.Context, work func(ctx context.Context, ready func()) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // nobody writes: it ends with the parent
		stop()
	}()
	return work(ctx, func() { fmt.Println(readyLine) })
}
