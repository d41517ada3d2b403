// Package house wires a whole crieur: broker, publisher, notifier, channels,
// pages and listeners, as crieur itself, its benchmarks and its end-to-end
// tests run it.
//
// Open makes everything and takes every address, so that what cannot work is
// known before anything runs; Run works until its context ends; Close leaves
// everything on disk. A Player plays a story over a house whose clock it
// holds.
package house

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync/atomic"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/mailbox"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/notifier/email/bounce"
	"douane.gouv.fr/crieur/notifier/outlook"
	"douane.gouv.fr/crieur/notifier/outlook/feeds"
	"douane.gouv.fr/crieur/notifier/push"
	"douane.gouv.fr/crieur/notifier/push/webpush"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/publisher/desk/office"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/pages"
)

// A House is everything that one process runs.
type House struct {
	Config
	Store     *stream.Store
	Publisher *publisher.Publisher
	Notifier  *notifier.Notifier
	Record    *notifier.Record
	Liaison   *notifier.Liaison // whether Record hears of what is published
	Alerts    *push.Alerts
	Live      *push.Live
	Mailbox   *mailbox.Mailbox // nil where a relay is named
	Bounces   *bounce.Intake   // what comes back; nil where Returns say nothing
	Probe     *notifier.Probe  // whether mails were told as planned

	email   *email.Channel
	webpush *webpush.Channel // nil: no notifications in browsers
	site    *outlook.Site
	feeds   *feeds.Feeds
	began   time.Time // by the machine's clock
	desk    *desk.Desk
	office  *office.Office
	broker  *embedded.Server // nil where another is named
	doors   []entrance
	// bounceAddr is where a relay delivers what comes back.
	bounceAddr string
	closers    []func()
	summoning  atomic.Bool // staff are told what waits for them
	troubles   troubles
	flow       *notifier.Flow
	stopped    chan struct{} // closed when Run ends: live streams are let go
	released   chan struct{} // closed when the clock acts by itself
}

// Open makes a house and takes its addresses. Nothing is told to anybody yet.
func Open(ctx context.Context, c Config) (*House, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("%w: %w", notice.ErrInvalid, err)
	}
	h := &House{Config: c, began: time.Now(), stopped: make(chan struct{}), released: make(chan struct{})}
	for _, step := range []func(context.Context) error{h.listen, h.openStore, h.keepSecret, h.openMail, h.openPush, h.build, h.openReturns} {
		if err := step(ctx); err != nil {
			h.Close()
			return nil, err
		}
	}
	return h, nil
}

// Close ends what Open began, the last first.
func (h *House) Close() {
	for i := len(h.closers) - 1; i >= 0; i-- {
		h.closers[i]()
	}
	h.closers = nil
}

func (h *House) onClose(f func()) { h.closers = append(h.closers, f) }

// relayPatience is how long a relay may take over one mail.
const relayPatience = 60 * time.Second

// brokerPatience is how long another broker is waited for.
const brokerPatience = 10 * time.Second

// openStore starts the embedded broker, unless another is named, and connects.
func (h *House) openStore(ctx context.Context) error {
	c := stream.Config{URL: h.NATS, Credentials: h.Credentials, AckWait: h.Lease, Log: h.Log}
	if h.NATS == "" {
		var err error
		h.broker, err = embedded.Start(ctx, embedded.Config{Dir: filepath.Join(h.Dir, "broker"), MaxStore: h.MaxStore, Listen: h.Readers, Log: h.Log})
		if err != nil {
			return err
		}
		h.onClose(h.broker.Stop)
		c.InProcess = h.broker.InProcess()
	}
	ctx, stop := context.WithTimeout(ctx, brokerPatience)
	defer stop()
	var err error
	if h.Store, err = stream.Open(ctx, c); err != nil {
		return err
	}
	h.onClose(h.Store.Close)
	return nil
}

// ReadersURL is where downstream systems connect; "" where nothing listens.
func (h *House) ReadersURL() string {
	if h.broker == nil {
		return ""
	}
	return h.broker.URL()
}

// openMail starts the embedded mailbox, unless a relay is named, and looks
// whether the relay answers.
func (h *House) openMail(ctx context.Context) error {
	relays := &email.Relays{}
	for _, url := range h.SMTP {
		relays.List = append(relays.List, email.Relay{URL: url, Timeout: relayPatience})
	}
	if len(h.SMTP) == 0 {
		h.Mailbox = &mailbox.Mailbox{Dir: filepath.Join(h.Dir, "mailbox"), Log: h.Log, Now: h.Clock.Now}
		addr, err := h.Mailbox.Listen("127.0.0.1:0")
		if err != nil {
			return err
		}
		h.onClose(func() { _ = h.Mailbox.Close() }) // what it answered 250 to is on disk
		relays.List = []email.Relay{{URL: "smtp://" + addr.String(), HELO: "localhost", Timeout: relayPatience}}
	}
	h.email = &email.Channel{Relays: relays, Limits: &email.Limits{Given: h.Limits}, Keys: h.DKIM, Words: h.Words, From: h.From, Public: h.publicURL(),
		Secret: h.Secret, Bounces: h.returnAddress(), Now: h.Clock.Now}
	if err := h.email.Check(); err != nil {
		return fmt.Errorf("%w: %w", notice.ErrInvalid, err)
	}
	if len(h.SMTP) == 0 || !h.plays(RoleEmail) {
		return nil
	}
	if err := relays.Check(ctx); err != nil {
		return fmt.Errorf("--smtp: %w; once it is mended start again, or begin with --roles that leave email out", err)
	}
	return nil
}

// build makes both sides. Nothing of it runs yet.
func (h *House) build(ctx context.Context) error {
	words, site := h.Words, h.publicURL()
	h.Publisher = &publisher.Publisher{Store: h.Store, Catalogue: h.Words.Catalogue, Bureaus: h.Words.Bureaus,
		Words: words, Letter: h.drawAct, Now: h.Clock.Now, Wall: time.Now, Log: h.Log}
	h.desk = &desk.Desk{Publisher: h.Publisher, Public: public{h}, Work: public{h}, Log: h.Log}
	h.office = h.openOffice()
	h.Record = &notifier.Record{Store: h.Store, Log: h.Log}
	h.Liaison = &notifier.Liaison{Record: h.Record, Now: h.Clock.Now, Log: h.Log}
	h.Alerts = &push.Alerts{Store: h.Store, Record: h.Record, Log: h.Log}
	h.Live = &push.Live{Record: h.Record, Catalogue: h.Words.Catalogue, Say: words.Brief, Public: site, Stop: h.stopped, Now: h.Clock.Now, Lost: h.Liaison.Lost, Log: h.Log}
	h.site = &outlook.Site{Record: h.Record, Catalogue: h.Words.Catalogue, Words: words, Letter: h.Record.Letter, EndLetter: h.endLetter, Extract: h.extract, Operator: h.Operator, Liaison: h.Liaison,
		Now: h.Clock.Now, Shifted: h.Clock.Shifted, Theme: h.Theme, Public: site, Log: h.Log}
	if h.Seal.Signer != nil {
		h.site.Seals, h.site.SealPEM = certificates(h.Seal.Signer.Chain())
	}
	h.feeds = &feeds.Feeds{Record: h.Record, Words: words, Letter: h.Record.Letter, Ready: h.site.Ready, Album: h.site.Album(),
		House: pages.House{Now: h.Clock.Now, Shifted: h.Clock.Shifted, Stale: h.Liaison.Lost, Theme: h.Theme, Log: h.Log}, Public: site}
	h.Notifier = h.notifier()
	h.flow = &notifier.Flow{Notifier: h.Notifier}
	return h.addStaff(ctx)
}

func (h *House) notifier() *notifier.Notifier {
	n := &notifier.Notifier{Store: h.Store, Catalogue: h.Words.Catalogue,
		Subscribers: notifier.Subscribers{Keys: h.Store.Subscribers, Secret: h.Secret},
		Bulk:        []string{email.Name}, Now: h.Clock.Now, Log: h.Log, Lease: h.Lease, Fold: h.FoldAfter, Slips: h.slip}
	if h.plays(RoleLetter) {
		n.Letters = h.letters()
	}
	if h.plays(RoleEmail) {
		// One worker over all connections: their outcomes go in one line of the
		// ledger, of which a disk syncs so many a second. Two workers over half of
		// them each were a fifth slower.
		n.Teams = []notifier.Team{{Channel: h.email, Workers: 1, Connections: h.email.Relays.Connections()}}
	}
	h.pushes(n)
	return n
}

// openOffice makes the bureau's pages.
func (h *House) openOffice() *office.Office {
	rooms := bureau.House{House: pages.House{Now: h.Clock.Now, Shifted: h.Clock.Shifted, Theme: h.Theme, Log: h.Log}, Public: h.publicURL(), Troubles: h.Troubles}
	return &office.Office{Publisher: h.Publisher, Public: public{h}, Door: h.openDoor(rooms), House: rooms, Log: h.Log,
		Words: h.Words, Weather: weather{h}, Audience: public{h}, Roll: public{h}}
}

// addStaff makes the bureaus' mailboxes subscribers of what staff must know.
func (h *House) addStaff(ctx context.Context) error {
	for _, s := range notifier.StaffOf(h.Words.Bureaus, email.Name) {
		_, err := h.Notifier.Subscribers.Get(ctx, h.Notifier.Subscribers.IDOf(s.Address))
		if errors.Is(err, stream.ErrNotFound) {
			s.Since = h.Clock.Now()
			_, err = h.Notifier.Subscribers.Add(ctx, s)
		}
		if err != nil {
			return fmt.Errorf("subscribe the bureaus: %w", err)
		}
	}
	return nil
}

// publicURL is where the public finds this house.
func (h *House) publicURL() string {
	if h.PublicURL != "" || h.Public == "" {
		return h.PublicURL
	}
	return "http://" + h.at(RoleOutlook)
}

// An entrance is a listener and what stands behind it.
type entrance struct {
	name, flag string
	listener   net.Listener
}
