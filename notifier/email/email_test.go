package email

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/channeltest"
	"douane.gouv.fr/crieur/notifier/email/bounce"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/templates"
)

// now is when every mail of the tests is sent.
var now = time.Date(2023, 8, 8, 7, 0, 0, 0, time.UTC)

var contract = sync.OnceValues(schemas.Default)

// channel is one that hands its mails to a relay.
func channel(t testing.TB, url string) *Channel {
	t.Helper()
	known, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	c := &Channel{
		Relays: &Relays{List: []Relay{{URL: url, HELO: "crieur.example", Timeout: 10 * time.Second}}}, Limits: &Limits{},
		Words:  templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus},
		From:   mail.Address{Name: "Douane – météo des services", Address: "notes@crieur.example"},
		Public: "https://crieur.example", Secret: []byte("sixteen bytes or more"),
		Now: func() time.Time { return now },
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return c
}

func abonne(i int) string { return fmt.Sprintf("abonne-%d@transitaire.example", i) }

func TestChannel(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, func(t *testing.T) channeltest.World {
		f := newFake(t, "8BITMIME", "SMTPUTF8", "PIPELINING")
		return channeltest.World{
			Channel: channel(t, f.url()+"?connections=100"), Address: abonne,
			Meet: func(fault channeltest.Fault) {
				if fault == channeltest.Nobody {
					f.close()
				}
				f.say(func(line string) string { return meet(fault, line) })
			},
			Taken: func() []channeltest.Message {
				var all []channeltest.Message
				for _, m := range f.taken() {
					parsed, err := mail.ReadMessage(strings.NewReader(m.data))
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, channeltest.Message{ID: parsed.Header.Get("Message-Id"), Text: []byte(m.data)})
				}
				return all
			},
		}
	})
}

// meet is what a relay says to a line, given a fault.
func meet(fault channeltest.Fault, line string) string {
	verb, _, _ := strings.Cut(line, " ")
	switch {
	case fault == channeltest.ForNow && verb == "RCPT":
		return "450 4.2.1 not now"
	case fault == channeltest.ForGood && verb == "RCPT":
		return "550 5.1.1 <" + abonne(1) + ">: no such mailbox"
	case fault == channeltest.HangUpBefore && verb == "RCPT", fault == channeltest.HangUpAfter && verb == ".":
		return hangUp
	case fault == channeltest.SilentBefore && verb == "RCPT", fault == channeltest.SilentAfter && verb == ".":
		return silent
	}
	return usual
}

// send hands one mail to the relay, over a connection of its own.
func send(t testing.TB, c *Channel, to notifier.Recipient) (notifier.Outcome, error) {
	t.Helper()
	tale := channeltest.Life(t)[0]
	m, err := c.Compose(t.Context(), tale)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.Send(context.WithoutCancel(t.Context()), m, to)
}

func recipient(address string) notifier.Recipient {
	return notifier.Recipient{
		Subscriber: notifier.Subscriber{ID: "0123456789abcdef0123456789abcdef", Channel: Name, Address: address},
		Event:      "0189d3f2-0180-78d2-9082-d24158f2d6f3", Channel: Name, Attempt: 1,
	}
}

// TestReturnAddress: where a mail comes back to is the recipient's own, and the
// reader sees nothing of it.
func TestReturnAddress(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := channel(t, f.url())
	c.Bounces = &bounce.Return{Secret: c.Secret, Mailbox: "retours@crieur.example"}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	to := recipient("a@b.example")
	if o, err := send(t, c, to); err != nil || o.Status != notifier.Sent {
		t.Fatalf("%+v, %v", o, err)
	}
	from, _, _ := strings.Cut(strings.TrimPrefix(f.met("MAIL")[0], "MAIL FROM:<"), ">")
	token, err := c.Bounces.Open(from)
	if err != nil || token != (bounce.Token{Event: bounce.MarkOf(to.Event), Subscriber: to.ID}) {
		t.Errorf("sent from %s, which holds %v, %v", from, token, err)
	}
	c.Bounces.Mailbox = "nobody"
	if err := c.Check(); err == nil {
		t.Error("a mailbox that is none passes")
	}
}
