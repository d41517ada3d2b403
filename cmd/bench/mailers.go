package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wneessen/go-mail"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// mailerPart is a process that sends mails as it is told, a task a line.
const mailerPart = "be-mailer"

// send does a task.
type send func(context.Context, task) error

// beMailer does tasks until its input ends: kind, relay, folder, subscribers.
func beMailer(ctx context.Context, args []string) error {
	kind, relay, dir := args[0], args[1], args[2]
	n, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	kit, err := newKit()
	if err != nil {
		return err
	}
	var do send
	switch kind {
	case rawMailer:
		do = kit.sendRaw(relay)
	case plainMailer:
		do = kit.sendPlainly(relay)
	default:
		h := &mailHouse{kit: kit, relay: relay, dir: dir, n: n}
		defer h.close()
		do = h.send
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var t task
		if err := in.Decode(&t); err != nil {
			return nil // nobody asks for more
		}
		if err := out.Encode(account(ctx, do, t)); err != nil {
			return err
		}
	}
}

// account does a task and says what it took.
func account(ctx context.Context, do send, t task) spent {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // where there is none, the peak is that of all tasks
	var s spent
	before := cpu()
	if err := do(ctx, t); err != nil {
		s.Err = err.Error()
	}
	s.CPU, s.Peak = (cpu() - before).Seconds(), peak()
	return s
}

// peak is the most memory that was resident, in MB; 0 where nobody says.
func peak() float64 {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kb, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, _ := strconv.ParseFloat(kb, 64)
	return n / 1024
}

// A kit is what all mailers send: the start of the example's alert, or with a
// letter the example itself.
type kit struct {
	words  templates.Words
	tales  map[bool]notifier.Tale // with a letter, and without
	keys   map[string]crypto.Signer
	notice []byte // the example's text
}

func newKit() (*kit, error) {
	known, err := schemas.Default()
	if err != nil {
		return nil, err
	}
	k := &kit{words: templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus}}
	if k.notice, err = schemas.Files.ReadFile(example); err != nil {
		return nil, err
	}
	p, err := newPaper(nil)
	if err != nil {
		return nil, err
	}
	published, started := p.alert()
	events := []notice.Event{published, started}
	press, err := newPress()
	if err != nil {
		return nil, err
	}
	pdf, err := press.letter.Draw()
	if err != nil {
		return nil, err
	}
	k.tales = map[bool]notifier.Tale{
		true:  {Event: published, State: notice.Fold(events[:1]), Letter: pdf},
		false: {Event: started, State: notice.Fold(events)},
	}
	return k, k.makeKeys()
}

func (k *kit) makeKeys() error {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	k.keys = map[string]crypto.Signer{dkimEd25519: ed, dkimRSA: rs}
	return nil
}

// domain is the sender's.
func domain() string { return sender.Address[strings.IndexByte(sender.Address, '@')+1:] }

// over does something for each of n mails, over so many connections at once.
func over(t task, connect func() (do func(i int) error, quit func(), err error)) error {
	var next atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, t.Connections)
	for c := range t.Connections {
		all.Go(func() {
			do, quit, err := connect()
			if err != nil {
				errs[c] = err
				return
			}
			defer quit()
			for i := int(next.Add(1)) - 1; i < t.N && errs[c] == nil; i = int(next.Add(1)) - 1 {
				errs[c] = do(i)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// sendRaw sends a mail that crieur composed, the same bytes to everybody: MAIL,
// RCPT and DATA in one write, the text in another.
func (k *kit) sendRaw(relay string) send {
	return func(ctx context.Context, t task) error {
		if t.Prepare {
			return nil
		}
		channel := &email.Channel{Words: k.words, From: sender, Public: "https://notes.example", Secret: secret, Now: time.Now}
		m, err := channel.Compose(ctx, k.tales[t.Letter])
		if err != nil {
			return err
		}
		text, err := channel.Mail(m, notifier.Recipient{Subscriber: notifier.Subscriber{ID: strings.Repeat("0", 32), Address: address(0)}, Event: "e", Channel: email.Name})
		if err != nil {
			return err
		}
		text = append(text, ".\r\n"...)
		return over(t, func() (func(int) error, func(), error) { return dialRaw(relay, text) })
	}
}

func dialRaw(relay string, text []byte) (func(int) error, func(), error) {
	conn, err := net.Dial("tcp", relay)
	if err != nil {
		return nil, nil, err
	}
	in := textproto.NewReader(bufio.NewReader(conn))
	reply := func(want int) error {
		_, _, err := in.ReadResponse(want)
		return err
	}
	ask := func(line string, wants ...int) error {
		_, err := conn.Write([]byte(line))
		for _, want := range wants {
			err = errors.Join(err, reply(want))
		}
		return err
	}
	if err := errors.Join(reply(220), ask("EHLO localhost\r\n", 250)); err != nil {
		conn.Close()
		return nil, nil, err
	}
	do := func(i int) error {
		if err := ask("MAIL FROM:<"+sender.Address+">\r\nRCPT TO:<"+address(i)+">\r\nDATA\r\n", 250, 250, 354); err != nil {
			return err
		}
		if _, err := conn.Write(text); err != nil {
			return err
		}
		return reply(250)
	}
	return do, func() { conn.Close() }, nil
}

// sendPlainly sends with go-mail as its manual shows, but better than that: one
// client a connection, kept, and the parts rendered once. Its signatures cover
// the fields that it signs by default.
func (k *kit) sendPlainly(relay string) send {
	return func(ctx context.Context, t task) error {
		if t.Prepare {
			return nil
		}
		tale := k.tales[t.Letter]
		doc, err := k.words.Message(tale.State, tale.Event, templates.Telling{})
		if err != nil {
			return err
		}
		const mark = "https://leave.example/somebody"
		foot := templates.Foot{Leave: mark, Page: "https://notes.example/notices/" + tale.Event.Notice}
		html, err := templates.MailHTML(doc, foot)
		if err != nil {
			return err
		}
		p := plainMail{letter: tale.Letter, subject: doc.Subject, html: html, text: templates.MailText(doc, foot), mark: mark, key: k.keys[t.DKIM]}
		return over(t, func() (func(int) error, func(), error) { return p.dial(ctx, relay) })
	}
}

type plainMail struct {
	letter                    []byte
	subject, html, text, mark string
	key                       crypto.Signer // nil: no signature
}

func (p plainMail) dial(ctx context.Context, relay string) (func(int) error, func(), error) {
	host, port, err := net.SplitHostPort(relay)
	if err != nil {
		return nil, nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, nil, err
	}
	client, err := mail.NewClient(host, mail.WithPort(number), mail.WithTLSPolicy(mail.NoTLS), mail.WithHELO("localhost"))
	if err == nil {
		err = client.DialWithContext(ctx)
	}
	if err != nil {
		return nil, nil, err
	}
	do := func(i int) error {
		m, err := p.compose(i)
		if err != nil {
			return err
		}
		return client.Send(m)
	}
	return do, func() { _ = client.Close() }, nil
}

func (p plainMail) compose(i int) (*mail.Msg, error) {
	var options []mail.MsgOption
	if p.key != nil {
		options = append(options, mail.WithDKIM(mail.NewDKIMSigner(domain(), "bench", p.key)))
	}
	m := mail.NewMsg(options...)
	if err := errors.Join(m.FromFormat(sender.Name, sender.Address), m.To(address(i))); err != nil {
		return nil, err
	}
	leave := fmt.Sprintf("https://notes.example/abonnements/%032d/token", i)
	m.Subject(p.subject)
	m.SetDate()
	m.SetMessageIDWithValue(fmt.Sprintf("%d@%s", i, domain()))
	m.SetGenHeader(mail.HeaderListUnsubscribe, "<"+leave+">")
	m.SetGenHeader(mail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	m.SetBodyString(mail.TypeTextPlain, strings.ReplaceAll(p.text, p.mark, leave))
	m.AddAlternativeString(mail.TypeTextHTML, strings.ReplaceAll(p.html, p.mark, leave))
	if p.letter != nil {
		return m, m.AttachReader("note.pdf", bytes.NewReader(p.letter))
	}
	return m, nil
}
