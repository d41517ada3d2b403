// Package faults is a table of what a relay may do to a house, and of what must
// come of it: how often the subscriber has the message, and what the ledger
// says.
//
// The end-to-end tests hold each row to what is wanted, and the benches print
// the table. Each row plays a start of alert over a broker and a notifier of
// its own; the clock stands still but for the steps at which somebody deferred
// is due, so that what takes hours takes none.
package faults

import (
	"context"
	"fmt"
	"log/slog"
	"net/mail"
	"os"
	"strings"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/sink"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
	"douane.gouv.fr/crieur/templates"
)

// A Fault is what the relay does, and what is wanted of the house.
type Fault struct {
	Name  string
	Relay sink.Config // with the behaviour
	// Query and User go into the relay's URL.
	Query, User string
	Distrust    bool          // the relay's certificate is one that the house does not know
	Patience    time.Duration // for one mail; 5 s if 0
	Subscribers int           // at the domain concerned; 1 if 0
	Lease       time.Duration // of a job; 5 s if 0. After twice that with nothing to do the house leaves the relay
	Act         Act           // what is told; the start of an alert if ""

	// Holds says that nobody can be told as long as the relay is like this: the
	// house is seen trying, and then the relay becomes an ordinary one, where
	// it can.
	Holds bool

	Want Seen
	Or   string // what the ledger may say instead: it depends on which connection comes first
}

// An Act is what a row tells.
type Act string

// The acts.
const (
	Start    Act = "start"    // an alert
	Reminder Act = "reminder" // no alert: sent at most once
)

// Seen is what came of a fault.
type Seen struct {
	// Copies is how often each subscriber has the message, with one Message-ID.
	Copies int
	// Ledger is what it said, step by step: "deferred 451 4.7.1, sent 250". Where
	// subscribers differ, that of the last one to be told for good.
	Ledger string
	// Suppressed says that the address is not tried again for other messages.
	Suppressed bool
}

// A Result is a fault and what was seen.
type Result struct {
	Fault
	Seen
	Connections int64         // that the house opened
	Attempts    int64         // messages begun
	Waited      time.Duration // by the house's clock, until nothing was left to do
}

// Wrong says what is not as wanted; "" if nothing is.
func (r Result) Wrong() string {
	want := r.Want
	if r.Or != "" && r.Ledger == r.Or {
		want.Ledger = r.Or
	}
	if r.Seen == want {
		return ""
	}
	return fmt.Sprintf("%s: seen %+v, want %+v", r.Name, r.Seen, r.Want)
}

// domain is that of the subscribers that a fault concerns; others are at
// another one, where nothing is wrong.
const domain = "@transitaire.example"

// A house is a notifier alone, on a broker of its own.
type house struct {
	*notifier.Notifier
	relay *sink.Sink
	clock *clock
	ids   []string // of the subscribers concerned
	other string   // of the one at another domain
	close []func()
}

// Play plays one fault.
func Play(ctx context.Context, f Fault) (Result, error) {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	h, err := open(ctx, f)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	defer h.shut()
	running, end := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = h.Run(running) // it ends with its context alone
	}()
	r, err := h.play(ctx, f)
	end()
	<-done
	if err != nil {
		return r, fmt.Errorf("%s: %w", f.Name, err)
	}
	return r, nil
}

func (h *house) shut() {
	for i := len(h.close) - 1; i >= 0; i-- {
		h.close[i]()
	}
}

// open makes a house whose relay has a fault.
func open(ctx context.Context, f Fault) (h *house, err error) {
	h = &house{clock: &clock{at: day}}
	defer func() {
		if err != nil {
			h.shut()
		}
	}()
	store, err := h.openStore(ctx, f.Lease)
	if err != nil {
		return h, err
	}
	f.Relay.Now = h.clock.now
	if h.relay, err = sink.Start(f.Relay); err != nil {
		return h, err
	}
	h.close = append(h.close, func() { _ = h.relay.Close() }) // it logs to nowhere
	known, err := schemas.Default()
	if err != nil {
		return h, err
	}
	secret := []byte(strings.Repeat("secret of faults", 2))
	relay := email.Relay{URL: "smtp://" + f.User + h.relay.Addr() + f.Query, HELO: "crieur.example", Timeout: patience(f)}
	if !f.Distrust {
		relay.Roots = h.relay.Roots()
	}
	channel := &email.Channel{Relays: &email.Relays{List: []email.Relay{relay}}, Limits: &email.Limits{Now: h.clock.now},
		Words: templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus},
		From:  mail.Address{Name: "Notes aux opérateurs", Address: "notes@crieur.example"}, Public: "https://notes.example", Secret: secret, Now: h.clock.now}
	h.Notifier = &notifier.Notifier{Store: store, Catalogue: known.Catalogue,
		Subscribers: notifier.Subscribers{Keys: store.Subscribers, Secret: secret}, Bulk: []string{email.Name},
		Teams: []notifier.Team{{Channel: channel, Workers: 1, Connections: 4}}, Now: h.clock.now, Lease: f.Lease, Log: slog.New(slog.DiscardHandler)}
	return h, h.subscribe(ctx, max(1, f.Subscribers))
}

func patience(f Fault) time.Duration {
	if f.Patience > 0 {
		return f.Patience
	}
	return 5 * time.Second
}

// openStore starts a broker in a folder that is gone afterwards.
func (h *house) openStore(ctx context.Context, lease time.Duration) (*stream.Store, error) {
	dir, err := os.MkdirTemp("", "crieur-faults-")
	if err != nil {
		return nil, err
	}
	h.close = append(h.close, func() { _ = os.RemoveAll(dir) }) // what is left lies in the temporary folder
	server, err := embedded.Start(ctx, embedded.Config{Dir: dir, MaxStore: 1 << 30})
	if err != nil {
		return nil, err
	}
	h.close = append(h.close, server.Stop)
	store, err := stream.Open(ctx, stream.Config{InProcess: server.InProcess(), AckWait: lease})
	if err == nil {
		h.close = append(h.close, store.Close)
	}
	return store, err
}

// subscribe makes n subscribers that the fault concerns, and one more.
func (h *house) subscribe(ctx context.Context, n int) error {
	for i := range n {
		s, err := h.Subscribers.Add(ctx, notifier.Subscriber{Channel: email.Name, Address: fmt.Sprint("abonne-", i, domain)})
		if err != nil {
			return err
		}
		h.ids = append(h.ids, s.ID)
	}
	s, err := h.Subscribers.Add(ctx, notifier.Subscriber{Channel: email.Name, Address: other})
	h.other = s.ID
	return err
}

// other is somebody with whom nothing is wrong.
const other = "temoin@autre.example"
