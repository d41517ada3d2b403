package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/cmd/internal/mailbox"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// The people of the bureau of these tests, and where two of them are told.
const (
	bureauMailbox = "dg-comint1@douane.finances.gouv.fr"
	chiefAt       = "chef@douane.example"
	writerAt      = "redaction@douane.example"
)

var (
	staffWriter = publisher.Account{ID: "redaction-1", Roles: []notice.Role{notice.Drafter}, Bureau: "comint1"}
	staffChief  = publisher.Account{ID: "chef-1", Roles: []notice.Role{notice.Signer}, Bureau: "comint1"}
	staffDuty   = publisher.Account{ID: "permanence-1", Roles: []notice.Role{notice.DutyOfficer}, Bureau: "comint1"}
)

// A counter is several desks over one broker, and one mailbox that all their
// mails go to.
type counter struct {
	t       *testing.T
	broker  *server.Server
	clock   *house.Clock
	mailbox *mailbox.Mailbox
	relay   string
	journal *journal
	desks   []*seat
	n       int
}

// A seat is one process of the house.
type seat struct {
	*house.House
	leave func() // ends it
}

// A journal is all that the processes have logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	b := &counter{t: t, clock: house.StoppedAt(legal(t, "2023-08-01T16:55")), journal: &journal{}}
	var err error
	b.broker, err = server.NewServer(&server.Options{ServerName: "staff", Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true,
		StoreDir: t.TempDir(), JetStreamMaxStore: 1 << 40, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	b.broker.Start()
	t.Cleanup(func() { b.broker.Shutdown(); b.broker.WaitForShutdown() })
	if !b.broker.ReadyForConnections(20 * time.Second) {
		t.Fatal("the broker does not start")
	}
	b.mailbox = &mailbox.Mailbox{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	addr, err := b.mailbox.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.mailbox.Close() }) // it is thrown away
	b.relay = "smtp://" + addr.String()
	t.Cleanup(func() {
		for _, private := range []string{chiefAt, writerAt, bureauMailbox, "Camille"} {
			if strings.Contains(b.journal.text.String(), private) {
				t.Errorf("%s stands in the log", private)
			}
		}
	})
	return b
}

// open makes one more process, which does not run yet.
func (b *counter) open() *seat {
	b.t.Helper()
	contract, err := schemas.Default()
	if err != nil {
		b.t.Fatal(err)
	}
	h, err := house.Open(b.t.Context(), house.Config{
		Words: templates.Words{Catalogue: contract.Catalogue, Bureaus: contract.Bureaus}, Dir: b.t.TempDir(), NATS: b.broker.ClientURL(),
		SMTP: []string{b.relay}, From: mail.Address{Address: "notes@meteo.example"}, PublicURL: "https://meteo.example", Lease: time.Second,
		Identity: house.Identity{DeskURL: "https://bureau.example"}, Clock: b.clock, Log: slog.New(slog.NewTextHandler(b.journal, nil)),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	s := &seat{House: h, leave: h.Close}
	b.t.Cleanup(func() { s.leave() })
	b.desks = append(b.desks, s)
	return s
}

// run lets a process work.
func (b *counter) run(s *seat) *seat {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	s.leave = sync.OnceFunc(func() {
		stop()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
		s.Close()
	})
	return s
}

// hire makes the accounts.
func (b *counter) hire(s *seat) {
	b.t.Helper()
	p := s.Publisher
	for _, a := range []publisher.Account{staffWriter, staffChief, staffDuty} {
		b.must(p.AddAccount(b.t.Context(), a))
	}
	b.must(p.SetNotify(b.t.Context(), staffChief.ID, chiefAt))
	b.must(p.SetNotify(b.t.Context(), staffWriter.ID, writerAt))
	b.must(p.SetName(b.t.Context(), staffWriter.ID, "Camille"))
}

func (b *counter) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *counter) order(who publisher.Account, id string) publisher.Order {
	b.n++
	return publisher.Order{Who: who, Notice: id, Command: fmt.Sprintf("staff.%d", b.n)}
}

// draft drafts the example notice and gives its id.
func (b *counter) draft(s *seat) string {
	b.t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	b.must(err)
	id := stream.NewID()
	words := strings.Replace(string(text), "reference: \"20000171\"\n", "", 1)
	_, err = s.Publisher.Draft(b.t.Context(), b.order(staffWriter, id), publisher.Draft{Text: words})
	b.must(err)
	return id
}

func (b *counter) submitted(s *seat) string {
	b.t.Helper()
	id := b.draft(s)
	_, err := s.Publisher.Submit(b.t.Context(), b.order(staffWriter, id))
	b.must(err)
	return id
}

// settled are the mails of staff once all is told: "to: subject", sorted.
func (b *counter) settled(s *seat) []string {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer stop()
	b.must(s.Settle(ctx))
	var all []string
	for _, m := range b.mailbox.Messages() {
		all = append(all, m.To[0]+": "+m.Subject)
	}
	slices.Sort(all)
	return all
}

func (b *counter) wants(got []string, want ...string) {
	b.t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		b.t.Errorf("staff got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

const about = "Interruption prévue – Delta T, ICS-Delta P, Delta G et 4 autres – mardi 8 août 2023, 9h00-17h00"

// TestStaffAreTold: what waits for somebody is told once, to the bureau and to
// those concerned, over two desks; what has been done since is not.
func TestStaffAreTold(t *testing.T) {
	t.Parallel()
	b := newCounter(t)
	one := b.run(b.open())
	two := b.run(b.open())
	b.hire(one)
	id := b.submitted(one)
	want := []string{bureauMailbox + ": À signer – " + about, chiefAt + ": À signer – " + about}
	b.wants(b.settled(one), want...)
	_, err := two.Publisher.ReturnWith(t.Context(), b.order(staffChief, id), "", []publisher.Remark{{Pointer: "/windows/0/end", Text: "18h00, pas 17h00."}})
	b.must(err)
	want = append(want, bureauMailbox+": À reprendre – "+about, writerAt+": À reprendre – "+about)
	b.wants(b.settled(two), want...)
	_, err = two.Publisher.Submit(t.Context(), b.order(staffWriter, id))
	b.must(err)
	want = append(want, bureauMailbox+": À signer – "+about, chiefAt+": À signer – "+about)
	b.wants(b.settled(one), want...)
	b.wants(b.settled(two), want...)

	for _, m := range b.mailbox.Messages() {
		text := b.body(m)
		if strings.HasPrefix(m.Subject, "À reprendre") && !strings.Contains(text, "Fin de la plage 1\u00a0: 18h00, pas 17h00.") {
			t.Errorf("the mail %q does not say what is to be changed:\n%s", m.Subject, text)
		}
		for _, words := range []string{"https://bureau.example/notes/" + id, "Camille"} {
			if m.To[0] == chiefAt && !strings.Contains(text, words) {
				t.Errorf("the mail %q lacks %q:\n%s", m.Subject, words, text)
			}
		}
		if strings.Contains(text, "List-Unsubscribe") || strings.Contains(text, "/abonnements/") {
			t.Errorf("the mail %q has a link to leave", m.Subject)
		}
	}
	keys, err := one.Store.Ledger.Keys(t.Context(), "email.*.plan")
	b.must(err)
	slips := 0
	for _, key := range keys {
		plan, err := one.Store.Ledger.Latest(t.Context(), key)
		b.must(err)
		if bytes.Contains(plan.Data, []byte(`"slip"`)) {
			slips++
		}
		if bytes.Contains(plan.Data, []byte("@")) || bytes.Contains(plan.Data, []byte("Camille")) {
			t.Errorf("a person stands in the ledger: %s", plan.Data)
		}
	}
	if slips != 3 {
		t.Errorf("%d slips are planned, not 3", slips)
	}
}

// TestStaffEmergencies: what one signatory publishes alone waits for another;
// a held act that could not leave is told to whoever held it.
func TestStaffEmergencies(t *testing.T) {
	t.Parallel()
	b := newCounter(t)
	s := b.run(b.open())
	b.hire(s)
	id := b.draft(s)
	_, err := s.Publisher.Approve(t.Context(), b.order(publisher.Account{ID: "chef-2", Roles: []notice.Role{notice.Signer}, Bureau: "comint1"}, id),
		publisher.SignOff{Emergency: "Personne n’est joignable."})
	b.must(err)
	want := []string{bureauMailbox + ": À relire après urgence – " + about, chiefAt + ": À relire après urgence – " + about}
	b.wants(b.settled(s), want...)
}

// TestStaffMissedAct: a held act that could not leave is told to whoever held
// it, in French.
func TestStaffMissedAct(t *testing.T) {
	t.Parallel()
	b := newCounter(t)
	s := b.open()
	b.hire(s)
	b.must(s.Publisher.SetNotify(t.Context(), staffDuty.ID, writerAt))
	id := b.submitted(s)
	_, err := s.Publisher.Approve(t.Context(), b.order(staffChief, id), publisher.SignOff{})
	b.must(err)
	b.clock.Stop(legal(t, "2023-08-08T09:00"))
	_, err = s.Publisher.Tick(t.Context())
	b.must(err)
	b.clock.Stop(legal(t, "2023-08-08T12:00"))
	_, err = s.Publisher.Hold(t.Context(), b.order(staffDuty, id), notice.Extended{Until: notice.At(legal(t, "2023-08-08T19:00"))}, publisher.Holding{})
	b.must(err)
	_, err = s.Publisher.Act(t.Context(), b.order(staffDuty, id), notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	b.must(err)
	b.clock.Stop(legal(t, "2023-08-08T12:05"))
	b.run(s)
	b.settled(s)
	told := 0
	for _, m := range b.mailbox.Messages() {
		if !strings.HasPrefix(m.Subject, "Acte non publié") {
			continue
		}
		told++
		if text := b.body(m); !strings.Contains(text, "/notes/"+id+"/alerte") || strings.Contains(text, "conflict") {
			t.Errorf("%s is told:\n%s", m.To[0], text)
		}
	}
	if told != 2 {
		t.Errorf("%d were told of the act that was missed, not the bureau and its author", told)
	}
}

// TestStaffHistory: a record that is read for the first time waits for nobody,
// and what was written while no process lived is told by the next one, once.
func TestStaffHistory(t *testing.T) {
	t.Parallel()
	b := newCounter(t)
	old := b.open() // it does not run
	b.hire(old)
	b.submitted(old)
	b.clock.Stop(legal(t, "2023-08-01T18:00"))
	b.submitted(old)
	first := b.run(b.open())
	want := []string{bureauMailbox + ": À signer – " + about, chiefAt + ": À signer – " + about}
	b.wants(b.settled(first), want...)
	first.leave()
	b.wants(b.settled(b.run(b.open())), want...)
}

// body is a mail as it came, with its words decoded.
func (b *counter) body(m mailbox.Message) string {
	b.t.Helper()
	raw, err := os.ReadFile(m.Path)
	b.must(err)
	words, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return string(raw)
	}
	return string(words)
}
