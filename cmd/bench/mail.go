package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/sink"
)

// The ways of sending that are compared.
const (
	rawMailer    = "raw"     // ready mails, two round trips each: the limit
	plainMailer  = "go-mail" // a client per connection, kept, as its manual shows
	crieurMailer = "crieur"  // with its ledger, every write synced, the broker in the process
)

var mailers = []string{rawMailer, plainMailer, crieurMailer}

// listmonk is what the list manager listmonk 6.2.0, tuned, sent over 16
// connections to such a sink on such a machine. It is not measured here.
const listmonk = 4780 // mails a second

// A task is a row of the table to be measured.
type task struct {
	N           int
	Connections int
	Letter      bool // a letter of some 20 KB and a calendar are attached
	DKIM        string
	Prepare     bool // only what comes before: nothing is sent
	rtt         time.Duration
}

// The signatures.
const (
	dkimOff     = "off"
	dkimEd25519 = "Ed25519"
	dkimRSA     = "RSA-2048"
)

// A spent is what a task took its process.
type spent struct {
	CPU  float64 // seconds, of all threads
	Peak float64 // MB resident
	Err  string  `json:",omitzero"`

	rate float64 // mails a second, between the first tenth and the last, by the sink
}

// A mailing measures the mailers, each a process of its own, against one sink.
type mailing struct {
	sink    *sink.Sink
	dir     string
	mailers map[string]*mailer
	rows    []Row
}

// A mailer is a process that sends.
type mailer struct {
	cmd *exec.Cmd
	in  *json.Encoder
	out *json.Decoder
}

// benchMail compares crieur with the limit and with the plain use of go-mail.
func benchMail(flags *flag.FlagSet) measure {
	n := flags.Int("n", 16000, "how many mails crieur sends for a row; the others as many as it takes to measure")
	rounds := flags.Int("rounds", 3, "how often the first comparison is measured")
	quick := flags.Bool("quick", false, "only the first comparison")
	return func(ctx context.Context) (rows []Row, err error) {
		m, err := newMailing(ctx, *n)
		if err != nil {
			return nil, err
		}
		defer m.close()
		if err := m.compare(*n, *rounds); err != nil {
			return nil, err
		}
		if !*quick {
			err = m.matrix(*n)
		}
		return m.rows, err
	}
}

func newMailing(ctx context.Context, n int) (*mailing, error) {
	m := &mailing{mailers: map[string]*mailer{}}
	var err error
	if m.dir, err = os.MkdirTemp("", "crieur-bench-"); err != nil {
		return nil, err
	}
	if m.sink, err = sink.Start(sink.Config{Forget: true}); err != nil {
		return nil, err
	}
	for _, kind := range mailers {
		if m.mailers[kind], err = startMailer(ctx, kind, m.sink.Addr(), m.dir, fmt.Sprint(n)); err != nil {
			m.close()
			return nil, err
		}
	}
	return m, nil
}

func startMailer(ctx context.Context, args ...string) (*mailer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{mailerPart}, args...)...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &mailer{cmd, json.NewEncoder(in), json.NewDecoder(out)}, cmd.Start()
}

func (m *mailing) close() {
	for _, p := range m.mailers {
		_ = p.cmd.Process.Kill() // it holds nothing that is to be kept
		_ = p.cmd.Wait()
	}
	_ = m.sink.Close()
	_ = os.RemoveAll(m.dir)
}

// measure has one mailer do one task.
func (m *mailing) measure(kind string, t task) (spent, error) {
	m.sink.SetBehaviour(sink.Behaviour{RTT: t.rtt})
	ready := t
	ready.Prepare = true
	if _, err := m.have(kind, ready); err != nil {
		return spent{}, err
	}
	before := int(m.sink.Stats().Messages)
	timed := make(chan float64, 1)
	go func() { timed <- m.time(before+t.N/10, before+t.N*9/10) }()
	s, err := m.have(kind, t)
	if err != nil {
		return s, err
	}
	if got := int(m.sink.Stats().Messages) - before; got != t.N {
		return s, fmt.Errorf("%s, %+v: %d mails came", kind, t, got)
	}
	s.rate = <-timed
	return s, nil
}

// have has a mailer do a task.
func (m *mailing) have(kind string, t task) (s spent, err error) {
	p := m.mailers[kind]
	if err = p.in.Encode(t); err == nil {
		err = p.out.Decode(&s)
	}
	if err == nil && s.Err != "" {
		err = errors.New(s.Err)
	}
	if err != nil {
		err = fmt.Errorf("%s, %+v: %w", kind, t, err)
	}
	return s, err
}

// time is the rate at which mails come between two counts.
func (m *mailing) time(first, last int) float64 {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	defer stop()
	if m.sink.Wait(ctx, first) != nil {
		return 0
	}
	begun := time.Now()
	if m.sink.Wait(ctx, last) != nil {
		return 0
	}
	return float64(last-first) / time.Since(begun).Seconds()
}

// compare is the comparison with goals: no latency, no letter, no signature,
// 32 connections, some rounds in turn.
func (m *mailing) compare(n, rounds int) error {
	all := map[string][]spent{}
	for range max(1, rounds) {
		for _, kind := range mailers {
			t := task{N: n, Connections: 32, DKIM: dkimOff}
			if kind == rawMailer {
				t.N = 4 * n
			}
			s, err := m.measure(kind, t)
			if err != nil {
				return err
			}
			s.CPU /= float64(t.N) / 1000
			all[kind] = append(all[kind], s)
		}
	}
	rate := func(kind string) float64 { return median(all[kind], func(s spent) float64 { return s.rate }) }
	ratio := func(to string) float64 {
		return median(slices.Collect(func(yield func(float64) bool) {
			for i, s := range all[crieurMailer] {
				if !yield(s.rate / all[to][i].rate) {
					return
				}
			}
		}), func(r float64) float64 { return r })
	}
	for _, kind := range mailers {
		m.rows = append(m.rows, Row{Name: kind + ", 32 connections", Value: rate(kind), Unit: "mails/s"})
	}
	m.rows = append(m.rows,
		Row{Name: "crieur / raw", Value: ratio(rawMailer), Unit: "ratio"}.atLeast(0.5),
		Row{Name: "crieur / go-mail", Value: ratio(plainMailer), Unit: "ratio"}.atLeast(5),
		Row{Name: "crieur / listmonk (a constant, 4780/s, measured once elsewhere)", Value: rate(crieurMailer) / listmonk, Unit: "ratio"}.atLeast(3.5),
		Row{Name: "crieur, CPU", Value: median(all[crieurMailer], func(s spent) float64 { return s.CPU }), Unit: "s/1000 mails"}.atMost(0.08),
	)
	return nil
}

// matrix is every combination, once.
func (m *mailing) matrix(n int) error {
	for _, rtt := range []time.Duration{0, 2 * time.Millisecond, 10 * time.Millisecond} {
		for _, letter := range []bool{false, true} {
			for _, sign := range []string{dkimOff, dkimEd25519, dkimRSA} {
				for _, kind := range mailers {
					if kind == rawMailer && sign != dkimOff {
						continue // its mails are ready: a signature costs it nothing
					}
					if err := m.row(kind, task{N: n, Connections: 32, Letter: letter, DKIM: sign, rtt: rtt}); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

func (m *mailing) row(kind string, t task) error {
	if kind != crieurMailer {
		t.N = atLeastSome(kind, t)
	}
	s, err := m.measure(kind, t)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s, %v", kind, t.rtt)
	if t.Letter {
		name += ", letter"
	}
	if t.DKIM != dkimOff {
		name += ", " + t.DKIM
	}
	m.rows = append(m.rows, Row{Name: name, Value: s.rate, Unit: "mails/s"},
		Row{Name: name + ", CPU", Value: s.CPU / float64(t.N) * 1000, Unit: "s/1000 mails"},
		Row{Name: name + ", memory", Value: s.Peak, Unit: "MB at most"})
	return nil
}

// atLeastSome is how many mails take a mailer two seconds or so.
func atLeastSome(kind string, t task) int {
	rate := 3000.0
	trips := 7.0
	if kind == rawMailer {
		rate, trips = 30000, 2
	}
	if t.rtt > 0 {
		rate = min(rate, float64(t.Connections)/(trips*t.rtt.Seconds()))
	}
	if t.DKIM == dkimRSA {
		rate = min(rate, 1000)
	}
	if t.Letter {
		rate /= 2
	}
	return max(20*t.Connections, int(2*rate))
}

// median of some figures.
func median[T any](all []T, of func(T) float64) float64 {
	figures := make([]float64, len(all))
	for i, one := range all {
		figures[i] = of(one)
	}
	slices.Sort(figures)
	return figures[len(figures)/2]
}
