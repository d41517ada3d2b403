package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/cmd/internal/sink"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

const canary = "canari@meteo.example"

// A post is a world in which mails come back: a relay that takes all, and what
// other servers report of it.
type post struct {
	*house.House
	t     *testing.T
	relay *sink.Sink
	at    map[notice.Type]string // the last event of each kind, by id
}

func newPost(t *testing.T) *post {
	t.Helper()
	relay, err := sink.Start(sink.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = relay.Close() }) // it logs nothing
	h := open(t, house.Config{SMTP: []string{"smtp://" + relay.Addr()},
		Returns: house.Returns{Mailbox: "notes@meteo.example", Listen: "127.0.0.1:0", Canary: canary}})
	return &post{House: h, t: t, relay: relay, at: map[notice.Type]string{}}
}

// open makes a house with what a test says of it.
func open(t *testing.T, c house.Config) *house.House {
	t.Helper()
	contract, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	c.Words = templates.Words{Catalogue: contract.Catalogue, Bureaus: contract.Bureaus}
	c.Dir, c.MaxStore, c.PublicURL, c.From = t.TempDir(), 1<<30, "https://meteo.example", mail.Address{Address: "notes@meteo.example"}
	c.Clock, c.Log = &house.Clock{}, slog.New(slog.DiscardHandler)
	h, err := house.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// sent is the mail of an event that the relay took for an address.
func (p *post) sent(event, to string) sink.Taken {
	p.t.Helper()
	id := "<" + (&email.Channel{From: p.From}).MessageID(event, p.id(to)) + ">"
	for _, one := range p.relay.Accepted() {
		if one.To == to && one.MessageID == id {
			return one
		}
	}
	p.t.Fatalf("the relay has no mail of %s for %s", event, to)
	return sink.Taken{}
}

func (p *post) id(address string) string { return p.Notifier.Subscribers.IDOf(address) }

// comes delivers a mail to the house.
func (p *post) comes(to, text string) error {
	return smtp.SendMail(p.BounceAddr(), nil, "", []string{to}, []byte(strings.ReplaceAll(text, "\n", "\r\n")))
}

// reports is what another server says of a mail that it got.
func (p *post) reports(of sink.Taken, action, status, said string) {
	p.t.Helper()
	text := fmt.Sprintf(`From: MAILER-DAEMON@relais.example
To: %s
Subject: Delivery report
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

A report.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relais.example

Final-Recipient: rfc822; %s
Action: %s
Status: %s
Diagnostic-Code: smtp; %s

--b--
`, of.From, of.To, action, status, said)
	if err := p.comes(of.From, text); err != nil {
		p.t.Error(err)
	}
}

// became is what the ledger says of an address.
func (p *post) became(kind notice.Type, address string) (found notifier.Delivery) {
	p.t.Helper()
	err := p.Notifier.Told(p.t.Context(), email.Name, p.at[kind], func(d notifier.Delivery) error {
		if d.To == p.id(address) {
			found = d
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}

// TestMailsThatComeBack plays a story over a relay, and lets mails come back:
// one is bounced, one is late, one is delivered, one is the canary's.
func TestMailsThatComeBack(t *testing.T) {
	t.Parallel()
	const gone, slow = "dedouanement@transitaire.example", "edi@editeur.example"
	p := newPost(t)
	story, err := house.ReadStory(root + "/schemas/examples/2023-08-08/story.yaml")
	if err != nil {
		t.Fatal(err)
	}
	err = house.Play(t.Context(), &house.Player{House: p.House, Story: story, Told: func(_ context.Context, told house.Told) error {
		for _, e := range told.Events {
			p.at[e.Act.Type()] = e.ID
			switch e.Act.Type() {
			case notice.TypePublished:
				p.reports(p.sent(e.ID, gone), "failed", "5.1.1", "550 5.1.1 <"+gone+"> unknown")
				p.reports(p.sent(e.ID, slow), "delayed", "4.2.1", "450 4.2.1 busy")
				if err := p.comes(canary, "Message-ID: "+p.sent(e.ID, canary).MessageID+"\n\nBonjour"); err != nil {
					t.Error(err)
				}
			case notice.TypeStarted:
				p.reports(p.sent(e.ID, slow), "delivered", "2.0.0", "250 kept")
			}
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind    notice.Type
		address string
		want    notifier.Status
	}{
		{notice.TypePublished, gone, notifier.Bounced},
		{notice.TypePublished, slow, notifier.Sent},
		{notice.TypePublished, canary, notifier.Delivered},
		{notice.TypeStarted, gone, notifier.Suppressed},
		{notice.TypeStarted, slow, notifier.Delivered},
		{notice.TypeStarted, canary, notifier.Sent},
		{notice.TypeEnded, gone, notifier.Suppressed},
	} {
		if d := p.became(c.kind, c.address); d.Status != c.want || strings.Contains(d.Reply, "@") {
			t.Errorf("%s to %s is on the record as %+v, want %s", c.kind, c.address, d, c.want)
		}
	}
	p.foreign()
}

// foreign: nobody but the house makes return addresses.
func (p *post) foreign() {
	p.t.Helper()
	from := p.sent(p.at[notice.TypeEnded], "edi@editeur.example").From
	const name = "notes+"
	other := "a"
	if strings.HasPrefix(from, name+other) {
		other = "b"
	}
	for _, to := range []string{"notes@meteo.example", name + "a" + from[len(name):], name + other + from[len(name)+1:], "x@y.example"} {
		var reply *textproto.Error
		if err := p.comes(to, "Subject: x\n\nx"); !errors.As(err, &reply) || reply.Code != 550 {
			p.t.Errorf("to %s: %v", to, err)
		}
	}
	if got := p.Bounces.Counts(); got.Bounced != 1 || got.Delivered != 2 || got.Nothing != 1 || got.Kept != 0 {
		p.t.Errorf("counted %+v", got)
	}
}

// TestCanaryOfTheMailbox: where no relay is named, the canary's mails are found
// in the embedded mailbox, and those that a folder holds are read.
func TestCanaryOfTheMailbox(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := &post{t: t, at: map[notice.Type]string{}, House: open(t, house.Config{Returns: house.Returns{Mailbox: "notes@meteo.example", Folder: folder, Canary: canary}})}
	story, err := house.ReadStory(root + "/schemas/examples/2023-08-08/story.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := "Delivered-To: " + canary + "\n\nBonjour\n"
	if err := os.WriteFile(filepath.Join(folder, "new", "1.mail"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	err = house.Play(ctx, &house.Player{House: p.House, Story: story, Told: func(_ context.Context, told house.Told) error {
		for _, e := range told.Events {
			if rule, _ := notice.RuleOf(e.Act.Type()); rule.Private() {
				continue
			}
			p.at[e.Act.Type()] = e.ID
			for p.became(e.Act.Type(), canary).Status != notifier.Delivered {
				select {
				case <-time.After(5 * time.Millisecond):
				case <-ctx.Done():
					t.Fatalf("the canary's mail of %s is not seen", e.Act.Type())
				}
			}
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "cur", "1.mail:2,S")); err != nil {
		t.Error(err)
	}
	if len(p.at) != 4 { // it is subscribed to all that the public is told
		t.Errorf("looked at %v", p.at)
	}
}
