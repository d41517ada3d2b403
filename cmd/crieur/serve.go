package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"net/netip"
	"os"
	"strings"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/notice"
)

// Doors are the addresses that a house listens on.
type Doors struct {
	Public  string `help:"Listen for the public: pages, live stream, links of mails." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Desk    string `help:"Listen for the bureau: its pages and its HTTP API." default:"127.0.0.1:8081" placeholder:"HOST:PORT"`
	Metrics string `help:"Listen for Prometheus: /metrics; nothing listens if absent." placeholder:"HOST:PORT"`
	Mailbox string `help:"Listen for who looks at the embedded mailbox." default:"127.0.0.1:8025" placeholder:"HOST:PORT"`
	Readers string `help:"Listen for downstream systems on NATS; with --nats its own servers do." default:"127.0.0.1:4222" placeholder:"HOST:PORT"`
}

func (d Doors) into(c *house.Config) {
	c.Public, c.Desk, c.Metrics, c.Mailbox, c.Readers = d.Public, d.Desk, d.Metrics, d.Mailbox, d.Readers
}

// Sender is who writes the mails.
type Sender struct {
	From string `help:"Who writes the mails: Name <address>." default:"${from}" placeholder:"ADDRESS"`
}

// demoFrom is the sender where no relay is named: its domain exists nowhere
// (RFC 2606 section 2).
const demoFrom = "Notes aux opérateurs <notes@crieur.example>"

func (s Sender) address() (mail.Address, error) {
	a, err := mail.ParseAddress(s.From)
	if err != nil {
		return mail.Address{}, fmt.Errorf("%w: --from: %q is not a mail address: %w", notice.ErrInvalid, s.From, err)
	}
	return *a, nil
}

// WebPush is what notifications in browsers need.
type WebPush struct {
	Subject string   `help:"Offer notifications in browsers, and name whom push services write to: mailto:ADDRESS. Without it nobody is told so: these services are on the internet." name:"webpush-subject" placeholder:"URL"`
	Hosts   []string `help:"Push services beside those of the browsers' makers, by host." name:"webpush-hosts" placeholder:"HOST"`
}

// Serve runs the service.
type Serve struct {
	Store       string        `help:"Folder of the embedded broker, the mailbox and the administrator's first token." default:"crieur-data" type:"path" placeholder:"DIR"`
	MaxStore    int64         `help:"Most bytes of the embedded broker; four fifths of what the disk has, if 0." placeholder:"BYTES"`
	NATS        string        `help:"Use this broker or cluster instead of the embedded one." name:"nats" placeholder:"URL"`
	Credentials string        `help:"Credentials for --nats." type:"existingfile" placeholder:"FILE"`
	Roles       []string      `help:"What this process does: desk, letter, email, push, outlook; all if absent." placeholder:"ROLE"`
	PublicURL   string        `help:"Where the public finds the pages, for links in mails." placeholder:"URL"`
	Proxies     []string      `help:"Networks of the proxies in front of --public and --desk that say where a request comes from (X-Forwarded-For): 10.0.0.0/8. Without it nobody is believed." placeholder:"NETWORK"`
	Clock       notice.Time   `help:"Shift the clock to this legal time (a demonstration: every page says so)." placeholder:"TIME"`
	FoldAfter   time.Duration `help:"For how long the ledger of an event that is over is kept line by line; then it is folded into one object." default:"168h" placeholder:"DURATION"`
	Lease       time.Duration `help:"For how long a job is lent to a worker." default:"5s" hidden:""`
	Doors
	Relays
	Sender
	WebPush
	Returns
	Identity
	SealFiles
	LetterheadFiles
	ThemeFolder
	OperatorFile
	HouseFiles
	Verbose bool `help:"Log also what only helps to find a fault." short:"v"`
}

// Run serves until it is told to end.
func (s Serve) Run(ctx context.Context, streams Streams) error {
	c, err := s.config(streams)
	if err != nil {
		return err
	}
	h, err := house.Open(ctx, c)
	if err != nil {
		return err
	}
	defer h.Close()
	password, err := h.Bootstrap(ctx)
	if err != nil {
		return err
	}
	printDoors(streams.Err, h)
	if password != "" {
		fmt.Fprintf(streams.Err, "  first account %s, password %s (shown this once; to be changed at its first use)\n", publisher.FirstAdministrator, password)
		fmt.Fprintf(streams.Err, "  first token   %s (the administrator's, for the command line: crieur account add makes the others)\n", h.TokenFile())
	}
	return h.Run(ctx)
}

func (s Serve) config(streams Streams) (house.Config, error) {
	words, err := s.load()
	if err != nil {
		return house.Config{}, err
	}
	from, err := s.address()
	if err != nil {
		return house.Config{}, err
	}
	if len(s.SMTP) > 0 && s.From == demoFrom {
		return house.Config{}, fmt.Errorf("%w: --from is missing: with a relay, name the sender of the mails", notice.ErrInvalid)
	}
	sealer, err := s.sealer()
	if err != nil {
		return house.Config{}, err
	}
	letterhead, err := s.letterhead()
	if err != nil {
		return house.Config{}, err
	}
	look, err := s.theme()
	if err != nil {
		return house.Config{}, err
	}
	operator, err := s.operator()
	if err != nil {
		return house.Config{}, err
	}
	keys, err := s.keys()
	if err != nil {
		return house.Config{}, err
	}
	limits, err := s.limits()
	if err != nil {
		return house.Config{}, err
	}
	c := house.Config{Words: words, Seal: sealer, Letterhead: letterhead, Theme: look, Roles: s.Roles, Dir: s.Store, MaxStore: s.MaxStore, NATS: s.NATS, Credentials: s.Credentials,
		SMTP: s.SMTP, From: from, Push: house.Push{Subject: s.WebPush.Subject, Hosts: s.WebPush.Hosts}, DKIM: keys, Limits: limits, PublicURL: s.PublicURL,
		Lease: s.Lease, FoldAfter: s.FoldAfter, Operator: operator, Clock: &house.Clock{}, Log: logger(streams.Err, s.Verbose)}
	if missing := operator.Missing(); len(missing) > 0 {
		c.Log.Warn("the legal pages are not complete: see --operator", "missing", strings.Join(missing, ", "))
	}
	s.Doors.into(&c)
	if c.Proxies, err = networks(s.Proxies); err != nil {
		return house.Config{}, err
	}
	s.Returns.into(&c)
	if err := s.Identity.into(&c); err != nil {
		return house.Config{}, err
	}
	if c.NATS != "" {
		c.Readers = ""
	}
	if !s.Clock.IsZero() {
		c.Clock.Shift(s.Clock.Time)
	}
	return c, nil
}

// networks reads networks, or single addresses.
func networks(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		n, err := netip.ParsePrefix(text)
		if a, single := netip.ParseAddr(text); single == nil {
			n, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%w: --proxies: %q is neither a network nor an address: write 10.0.0.0/8 or 10.0.0.1", notice.ErrInvalid, text)
		}
		all = append(all, n)
	}
	return all, nil
}

// logger writes text for people and JSON for machines.
func logger(w io.Writer, verbose bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if verbose {
		options.Level = slog.LevelDebug
	}
	if f, ok := w.(*os.File); ok && isTerminal(f) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	options.ReplaceAttr = spelled
	return slog.New(slog.NewJSONHandler(w, options))
}

// spelled writes durations as people read them, "12.8s", where JSON would count
// nanoseconds.
func spelled(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// printDoors names where the house is found.
func printDoors(w io.Writer, h *house.House) {
	for _, d := range []struct{ what, where string }{
		{"public page", h.URL(house.RoleOutlook)},
		{"mailbox", h.URL(house.DoorMailbox)},
		{"desk", h.URL(house.RoleDesk)},
		{"events", h.ReadersURL()},
		{"returned mail", h.BounceAddr()},
		{"metrics", h.URL(house.DoorMetrics)},
	} {
		if d.where != "" {
			fmt.Fprintf(w, "  %-13s %s\n", d.what, d.where)
		}
	}
}
