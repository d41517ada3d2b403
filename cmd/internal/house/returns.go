package house

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"path/filepath"

	"douane.gouv.fr/crieur/cmd/internal/mailbox"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/notifier/email/bounce"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// Returns say where mails come back to that cannot be delivered, and who takes
// them in. Processes that share a store name the same mailbox and canary.
type Returns struct {
	Mailbox string // notes@domain: each mail comes back to notes+token@domain; "": to who writes
	Folder  string // a maildir that is read; none if empty
	Listen  string // host:port for the relay to deliver to; nothing listens if empty
	Canary  string // an address whose mails come in the same way; none if empty
}

// check says all that is wrong, by flag.
func (r Returns) check(wrong func(format string, args ...any)) {
	if r.Mailbox != "" {
		secret := make([]byte, 32) // the house's own is not known yet
		if err := (bounce.Return{Mailbox: r.Mailbox, Secret: secret}).Check(); err != nil {
			wrong("--bounces: %w", err)
		}
	}
	for _, f := range []struct{ flag, value string }{{"--bounce-maildir", r.Folder}, {"--bounce-listen", r.Listen}} {
		if f.value != "" && r.Mailbox == "" && r.Canary == "" {
			wrong("%s: nothing comes back without a mailbox: name it by --bounces", f.flag)
		}
	}
	if _, _, err := net.SplitHostPort(r.Listen); r.Listen != "" && err != nil {
		wrong("--bounce-listen: %q is not an address to listen on: write host:port", r.Listen)
	}
	if a, err := mail.ParseAddress(r.Canary); r.Canary != "" && (err != nil || a.Address != r.Canary) {
		wrong("--canary: %q is not a mail address", r.Canary)
	}
}

// returnAddress is what the mails' return addresses are made with; nil where
// they have none.
func (h *House) returnAddress() *bounce.Return {
	if h.Returns.Mailbox == "" {
		return nil
	}
	return &bounce.Return{Secret: h.Secret, Mailbox: h.Returns.Mailbox}
}

// openReturns opens the ways by which mails come back.
func (h *House) openReturns(ctx context.Context) error {
	h.Probe = &notifier.Probe{Notifier: h.Notifier, Channel: email.Name}
	if h.Returns == (Returns{}) {
		return nil
	}
	h.Bounces = &bounce.Intake{Channel: email.Name, Notifier: h.Notifier, MessageID: h.email.MessageID, Log: h.Log,
		Folder: bounce.Maildir(h.Returns.Folder)}
	if h.Returns.Folder == "" {
		h.Bounces.Folder = bounce.Maildir(filepath.Join(h.Dir, "returned"))
	}
	if r := h.returnAddress(); r != nil {
		h.Bounces.Return = *r
	}
	if err := h.Bounces.Folder.Open(); err != nil {
		return err
	}
	if err := h.addCanary(ctx); err != nil {
		return fmt.Errorf("subscribe the canary: %w", err)
	}
	h.Probe.Canary = h.Bounces.Canary.ID
	return h.listenForReturns()
}

// addCanary makes the canary a subscriber of everything.
func (h *House) addCanary(ctx context.Context) error {
	if h.Returns.Canary == "" {
		return nil
	}
	var err error
	h.Bounces.Canary, err = h.Notifier.Subscribers.Get(ctx, h.Notifier.Subscribers.IDOf(h.Returns.Canary))
	if errors.Is(err, stream.ErrNotFound) {
		h.Bounces.Canary, err = h.Notifier.Subscribers.Add(ctx, notifier.Subscriber{Channel: email.Name, Address: h.Returns.Canary,
			Environments: notice.Environment("").Values(), Since: h.Clock.Now()})
	}
	return err
}

// listenForReturns lets a relay deliver what comes back. What cannot be put on
// the record stays with it.
func (h *House) listenForReturns() error {
	if h.Returns.Listen == "" {
		return nil
	}
	in := &mailbox.Intake{Log: h.Log, Knows: h.Bounces.Knows, Handle: func(ctx context.Context, e mailbox.Envelope) error {
		return h.Bounces.Take(ctx, e.To, e.Data)
	}}
	addr, err := in.Listen(h.Returns.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; name another address by --bounce-listen", h.Returns.Listen, err)
	}
	h.onClose(func() { _ = in.Close() }) // it has nothing to keep
	h.bounceAddr = addr.String()
	return nil
}

// BounceAddr is where a relay delivers what comes back; "" where nothing
// listens.
func (h *House) BounceAddr() string { return h.bounceAddr }

// watchReturns takes in what comes back, and looks whether all were told, until
// ctx ends.
func (h *House) watchReturns(start func(func(context.Context) error)) {
	if h.plays(RoleEmail) {
		start(h.Probe.Run)
	}
	if h.Bounces == nil {
		return
	}
	if h.Returns.Folder != "" {
		start(h.Bounces.Run)
	}
	if h.Mailbox != nil && h.Returns.Canary != "" {
		start(h.watchMailbox)
	}
}

// watchMailbox finds the canary's mails in the embedded mailbox, which sends
// none on.
func (h *House) watchMailbox(ctx context.Context) error {
	for seen := 0; ; {
		if err := h.Mailbox.Wait(ctx, seen+1); err != nil {
			return err
		}
		for _, m := range h.Mailbox.Messages()[seen:] {
			seen++
			if len(m.To) != 1 || h.Bounces.Knows(m.To[0]) != nil {
				continue
			}
			if _, err := h.Bounces.Arrived(ctx, m.MessageID); err != nil && ctx.Err() == nil {
				h.Log.Warn("a receipt of the canary is lost", "err", err)
			}
		}
	}
}
