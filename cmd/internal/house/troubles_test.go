package house

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/mailbox"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// A station is a house that runs, with a relay that can be gone.
type station struct {
	*House
	t     *testing.T
	relay *mailbox.Mailbox
	addr  string
}

func newStation(t *testing.T) *station {
	t.Helper()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	s := &station{t: t, relay: &mailbox.Mailbox{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}, addr: "127.0.0.1:0"}
	s.back()
	s.House, err = Open(t.Context(), Config{Words: templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus}, Dir: t.TempDir(), MaxStore: 1 << 30,
		SMTP: []string{"smtp://" + s.addr}, From: mail.Address{Address: "notes@meteo.example"}, PublicURL: "https://meteo.example", Desk: "127.0.0.1:0",
		Lease: time.Second, Clock: StoppedAt(time.Date(2023, 8, 1, 14, 12, 0, 0, notice.Legal)), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.RunHeld(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.Close()
		s.gone()
	})
	return s
}

// back lets the relay answer, where it did.
func (s *station) back() {
	s.t.Helper()
	s.relay = &mailbox.Mailbox{Dir: s.relay.Dir, Log: s.relay.Log}
	addr, err := s.relay.Listen(s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = addr.String()
}

func (s *station) gone() { _ = s.relay.Close() } // what it took is on disk

func (s *station) settle() {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer stop()
	if err := s.Settle(ctx); err != nil {
		s.t.Fatal(err)
	}
}

// look looks for trouble and gives what the desk's pages say of it.
func (s *station) look() string {
	s.t.Helper()
	if err := s.lookForTroubles(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return templates.Searchable(strings.Join(s.Troubles(), "\n"))
}

// publish publishes the example and gives the notice's id.
func (s *station) publish() string {
	s.t.Helper()
	ctx, p := s.t.Context(), s.Publisher
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		s.t.Fatal(err)
	}
	o := publisher.Order{Who: publisher.Account{ID: "r1", Roles: []notice.Role{notice.Drafter}}, Notice: stream.NewID(), Command: "a.1"}
	if _, err = p.Draft(ctx, o, publisher.Draft{Text: string(text)}); err == nil {
		o.Command = "a.2"
		_, err = p.Submit(ctx, o)
	}
	if err == nil {
		o.Who, o.Command = publisher.Account{ID: "s1", Roles: []notice.Role{notice.Signer}}, "a.3"
		_, err = p.Approve(ctx, o, publisher.SignOff{})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return o.Notice
}

// staffMails are how many mails of a subject the bureau got.
func (s *station) staffMails(subject string) int {
	n := 0
	for _, m := range s.relay.Messages() {
		if slices.Contains(m.To, "dg-comint1@douane.finances.gouv.fr") && strings.HasPrefix(m.Subject, subject) {
			n++
		}
	}
	return n
}

// TestMailsStandStill: while no mail goes the desk's pages and /readyz say so,
// since when; when they go again the bureau is told once.
func TestMailsStandStill(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	if _, err := (public{s.House}).Subscribe(t.Context(), desk.Subscription{Address: "declarant@transitaire.example"}); err != nil {
		t.Fatal(err)
	}
	s.gone()
	s.publish()
	begun := s.Clock.Now()
	until(t, "a mail waits", func() bool {
		depths, err := s.Store.Jobs.Depths(t.Context())
		return err == nil && slices.ContainsFunc(depths, func(d stream.Depth) bool { return d.Channel == "email" }) && len(depths) == 1
	})
	if said := s.look(); said != "" {
		t.Errorf("at once: %s", said)
	}
	s.Clock.Stop(begun.Add(notifier.StallAfter))
	const want = "Les courriels ne partent plus depuis 14h12 : des messages attendent. Prévenez un administrateur."
	if said := s.look(); said != want {
		t.Errorf("after %s: %q", notifier.StallAfter, said)
	}
	if said := templates.Searchable(s.ask("/readyz")); !strings.Contains(said, want) || !strings.Contains(said, `"ready":true`) {
		t.Errorf("/readyz says %s", said)
	}
	s.back()
	s.Clock.Stop(begun.Add(time.Hour))
	s.settle()
	for range 2 {
		if said := s.look(); said != "" {
			t.Errorf("when it is over: %s", said)
		}
		s.settle()
		if n := s.staffMails("Les courriels repartent"); n != 1 {
			t.Errorf("the bureau was told %d times", n)
		}
	}
}

// TestLettersNotMade: what was given up is said while it lies there, and told
// once.
func TestLettersNotMade(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	id := s.publish()
	s.settle()
	event := s.Publisher.States()[0].Events[0].ID
	data, err := json.Marshal(stream.Dropped{Job: stream.Job{Lane: "notice", Channel: "letter", Event: event, Span: "all", Data: []byte(`{"notice":"` + id + `"}`)}, Reason: "no ink"})
	if err == nil {
		_, err = s.Store.Dead.Append(t.Context(), stream.Entry{Key: "letter." + event + ".all", ID: "dead", Type: "dropped", Data: data}, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if said := s.look(); !strings.HasPrefix(said, "Une lettre n’a pas pu être produite") {
			t.Errorf("the pages say %q", said)
		}
		s.settle()
		if n := s.staffMails("Lettre non produite – Interruption prévue – Delta T"); n != 1 {
			t.Errorf("the bureau was told %d times", n)
		}
	}
	desk := public{s.House}
	dead, err := desk.Dead(t.Context())
	if err != nil || len(dead) != 1 || dead[0].Notice != id || !dead[0].Letter || dead[0].Reason != "no ink" {
		t.Fatalf("dead: %+v, %v", dead, err)
	}
	if err := desk.Revive(t.Context(), dead[0].Key); err != nil {
		t.Fatal(err)
	}
	s.settle()
	if said := s.look(); said != "" {
		t.Errorf("after the revival the pages say %q", said)
	}
	if err := desk.Revive(t.Context(), dead[0].Key); !errors.Is(err, notice.ErrNotFound) {
		t.Errorf("revived again: %v", err)
	}
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// ask asks the desk's door.
func (s *station) ask(path string) string {
	s.t.Helper()
	resp, err := http.Get(s.URL(RoleDesk) + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}
