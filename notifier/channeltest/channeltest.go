// Package channeltest holds what every channel of the notifier must pass.
//
// A channel's own tests call Run with a World: the real channel, and around it
// somebody who takes its messages and misbehaves on order. What is tested is the
// contract of notifier.Channel and notifier.Connection, on which the notifier's
// guarantees stand: what it is told of a message is true.
package channeltest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
)

// A Fault is how the world treats the messages that are handed to it.
type Fault int

// The faults. Those before taking have taken nothing; those after have.
const (
	None         Fault = iota
	ForNow             // refuses the recipient for now
	ForGood            // refuses the recipient for good
	HangUpBefore       // hangs up before a message is taken
	HangUpAfter        // takes it, and hangs up without a word
	SilentBefore       // does not answer
	SilentAfter        // takes it, and does not answer
	Nobody             // is not there at all
)

// A World is a channel and those whom it tells. Its fields are all needed but
// Secret.
type World struct {
	Channel notifier.Channel
	Address func(i int) string // of a recipient
	Secret  func(i int) string // of a recipient, where the channel needs one
	Meet    func(Fault)        // from now on
	Taken   func() []Message   // in order
}

// A Message is one that the world has taken.
type Message struct {
	ID   string // by which a recipient knows that it is the same message again
	Text []byte // as it came
}

// Run holds a channel against the contract. build gives each test a World of
// its own.
func Run(t *testing.T, build func(t *testing.T) World) {
	for name, test := range map[string]func(*testing.T, World){
		"name": name, "tells": tells, "same": same, "refusals": refusals, "hang ups": hangUps,
		"silence": silence, "nobody": nobody, "many": many, "closed": closed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, build(t))
		})
	}
}

func name(t *testing.T, w World) {
	if n := w.Channel.Name(); n == "" || strings.Trim(n, "abcdefghijklmnopqrstuvwxyz") != "" {
		t.Errorf("%q cannot stand in a subject", n)
	}
}

// recipient is the one with a number, for a tale.
func (w World) recipient(t notifier.Tale, i int) notifier.Recipient {
	s := notifier.Subscriber{ID: fmt.Sprintf("%032x", i), Channel: w.Channel.Name(), Address: w.Address(i)}
	if w.Secret != nil {
		s.Secret = w.Secret(i)
	}
	return notifier.Recipient{Subscriber: s, Event: t.Event.ID, Channel: w.Channel.Name(), Attempt: 1}
}

func (w World) compose(t *testing.T, tale notifier.Tale) notifier.Message {
	t.Helper()
	m, err := w.Channel.Compose(t.Context(), tale)
	if err != nil {
		t.Fatalf("compose %s: %v", tale.Event.Act.Type(), err)
	}
	return m
}

func (w World) connect(t *testing.T) notifier.Connection {
	t.Helper()
	c, err := w.Channel.Connect(t.Context())
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// sends wants one message to be told, with an outcome.
func (w World) sends(t *testing.T, c notifier.Connection, m notifier.Message, to notifier.Recipient, want ...notifier.Status) notifier.Outcome {
	t.Helper()
	o, err := c.Send(t.Context(), m, to)
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	for _, s := range want {
		if o.Status == s {
			w.names(t, o.Code+" "+o.Reply, to)
			return o
		}
	}
	t.Errorf("the outcome is %+v, want %v", o, want)
	return o
}

// names wants a text to name nobody, and to be short.
func (w World) names(t *testing.T, text string, to notifier.Recipient) {
	t.Helper()
	if strings.Contains(text, to.Address) || len(text) > 300 {
		t.Errorf("%q names somebody or is too long", text)
	}
}

// tells goes through a whole life, over one connection, with and without the
// start.
func tells(t *testing.T, w World) {
	c := w.connect(t)
	want := 0
	for i, tale := range Life(t) {
		m := w.compose(t, tale)
		to := w.recipient(tale, 2*i)
		w.sends(t, c, m, to, notifier.Sent)
		both := w.recipient(tale, 2*i+1)
		both.Started = true
		w.sends(t, c, m, both, notifier.Sent)
		if want += 2; len(w.Taken()) != want {
			t.Fatalf("%s: the world has %d messages, want %d", tale.Event.Act.Type(), len(w.Taken()), want)
		}
	}
	seen := map[string]bool{}
	for _, m := range w.Taken() {
		if m.ID == "" || seen[m.ID] {
			t.Errorf("two messages are called %q", m.ID)
		}
		seen[m.ID] = true
	}
}

// same composes everything twice: what is told again is the same.
func same(t *testing.T, w World) {
	c := w.connect(t)
	for i, tale := range Life(t) {
		to := w.recipient(tale, i)
		w.sends(t, c, w.compose(t, tale), to, notifier.Sent)
		to.Attempt = 2
		w.sends(t, w.connect(t), w.compose(t, tale), to, notifier.Sent)
		taken := w.Taken()
		one, two := taken[len(taken)-2], taken[len(taken)-1]
		if one.ID != two.ID || !bytes.Equal(one.Text, two.Text) {
			t.Errorf("%s: told again as %s instead of %s, or in other bytes", tale.Event.Act.Type(), two.ID, one.ID)
		}
	}
}

// refusals are outcomes, and leave the connection as it was.
func refusals(t *testing.T, w World) {
	tale := Life(t)[0]
	m, c := w.compose(t, tale), w.connect(t)
	for i := range 3 {
		w.Meet(ForNow)
		w.sends(t, c, m, w.recipient(tale, 3*i), notifier.Deferred)
		w.Meet(ForGood)
		w.sends(t, c, m, w.recipient(tale, 3*i+1), notifier.Bounced, notifier.Refused)
		w.Meet(None)
		w.sends(t, c, m, w.recipient(tale, 3*i+2), notifier.Sent)
	}
	if n := len(w.Taken()); n != 3 {
		t.Errorf("the world has %d messages, want 3", n)
	}
}

// fails wants an error: nothing has been taken, and the connection is lost.
func (w World) fails(t *testing.T, ctx context.Context, c notifier.Connection, m notifier.Message, to notifier.Recipient) {
	t.Helper()
	before := len(w.Taken())
	o, err := c.Send(ctx, m, to)
	if err == nil {
		t.Errorf("the outcome is %+v, want an error", o)
		return
	}
	w.names(t, err.Error(), to)
	if len(w.Taken()) != before {
		t.Error("an error, although the message was taken")
	}
	c.Close()
}

// hangUps: before a message is taken it is an error, and afterwards it is not
// known; either way another connection takes it, by the same name.
func hangUps(t *testing.T, w World) {
	tale := Life(t)[0]
	m := w.compose(t, tale)
	c, to := w.connect(t), w.recipient(tale, 1)
	w.Meet(HangUpBefore)
	w.fails(t, t.Context(), c, m, to)
	w.Meet(HangUpAfter)
	c = w.connect(t)
	w.sends(t, c, m, to, notifier.Unknown)
	w.Meet(None)
	if _, err := c.Send(t.Context(), m, w.recipient(tale, 2)); err == nil {
		t.Error("a connection that was hung up takes another message")
	}
	c.Close()
	w.sends(t, w.connect(t), m, to, notifier.Sent)
	if taken := w.Taken(); len(taken) != 2 || taken[0].ID != taken[1].ID {
		t.Errorf("the world has %d messages, want the same one twice", len(taken))
	}
}

// silence is ended by the context, at once, and what is then said is true.
func silence(t *testing.T, w World) {
	const patience, atOnce = 100 * time.Millisecond, 2 * time.Second
	tale := Life(t)[0]
	m := w.compose(t, tale)
	for i, f := range []Fault{SilentBefore, SilentAfter} {
		c, to := w.connect(t), w.recipient(tale, i)
		w.Meet(f)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		began := time.Now()
		if f == SilentBefore {
			w.fails(t, ctx, c, m, to)
		} else if o, err := c.Send(ctx, m, to); err != nil || o.Status != notifier.Unknown {
			t.Errorf("cut after it was taken: %+v, %v", o, err)
		}
		if d := time.Since(began); d > atOnce {
			t.Errorf("cut, it came back after %s", d)
		}
		cancel()
		began = time.Now()
		c.Close()
		if d := time.Since(began); d > atOnce {
			t.Errorf("closing took %s", d)
		}
		w.Meet(None)
	}
}

func nobody(t *testing.T, w World) {
	w.Meet(Nobody)
	began := time.Now()
	c, err := w.Channel.Connect(t.Context())
	if err == nil { // a channel may learn of it when it sends
		tale := Life(t)[0]
		w.fails(t, t.Context(), c, w.compose(t, tale), w.recipient(tale, 1))
		return
	}
	if strings.Contains(err.Error(), "@") || time.Since(began) > 15*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

// many connections at once share nothing that they should not.
func many(t *testing.T, w World) {
	const connections, each = 8, 12
	life := Life(t)
	var all sync.WaitGroup
	for i := range connections {
		c := w.connect(t)
		all.Go(func() {
			tale := life[i%len(life)]
			m, err := w.Channel.Compose(t.Context(), tale)
			for j := 0; j < each && err == nil; j++ {
				_, err = c.Send(t.Context(), m, w.recipient(tale, i*each+j))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	ids := map[string]bool{}
	for _, m := range w.Taken() {
		ids[m.ID] = true
	}
	if len(ids) != connections*each {
		t.Errorf("the world has %d different messages, want %d", len(ids), connections*each)
	}
}

// closed is closed: once more does nothing, and nothing is sent.
func closed(t *testing.T, w World) {
	tale := Life(t)[0]
	m, c := w.compose(t, tale), w.connect(t)
	c.Close()
	c.Close()
	if _, err := c.Send(t.Context(), m, w.recipient(tale, 1)); err == nil {
		t.Error("a closed connection sends")
	}
}
