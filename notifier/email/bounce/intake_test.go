package bounce

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
)

var now = time.Date(2023, 8, 8, 7, 0, 0, 0, time.UTC)

// A desk is an intake over a ledger in which one event was told to some.
type desk struct {
	*Intake
	t   *testing.T
	ids []string
}

func newDesk(t *testing.T, readers int) *desk {
	t.Helper()
	store, _ := noticetest.Server(t, embedded.Config{}, stream.Config{})
	n := &notifier.Notifier{Store: store, Subscribers: notifier.Subscribers{Keys: store.Subscribers, Secret: ours.Secret},
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	d := &desk{t: t, Intake: &Intake{Return: ours, Channel: "email", Notifier: n, Folder: Maildir(filepath.Join(t.TempDir(), "retours")), Log: n.Log,
		MessageID: func(event, subscriber string) string { return event + "." + subscriber + "@meteo.example" }}}
	if err := d.Folder.Open(); err != nil {
		t.Fatal(err)
	}
	var told []notifier.Delivery
	for i := range readers {
		s, err := n.Subscribers.Add(t.Context(), notifier.Subscriber{Channel: "email", Address: string(rune('a'+i)) + "@transitaire.example"})
		if err != nil {
			t.Fatal(err)
		}
		d.ids = append(d.ids, s.ID)
		told = append(told, notifier.Delivery{To: s.ID, Status: notifier.Sent, Code: "250"})
	}
	d.write("email."+event+".plan", "planned", map[string]any{"at": now, "notice": "n1", "lane": "start", "spans": 1})
	d.write("email."+event+".000-255", "told", map[string]any{"at": now, "told": told})
	return d
}

// write puts a line into the ledger.
func (d *desk) write(key, kind string, line any) {
	d.t.Helper()
	data, err := json.Marshal(line)
	if err == nil {
		_, err = d.Notifier.Store.Ledger.Append(d.t.Context(), stream.Entry{Key: key, ID: key, Type: kind, Data: data}, 0)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// becomes checks what the ledger says of the readers, in order.
func (d *desk) becomes(want ...notifier.Status) {
	d.t.Helper()
	got := map[string]notifier.Status{}
	err := d.Notifier.Told(d.t.Context(), "email", event, func(one notifier.Delivery) error {
		got[one.To] = one.Status
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	for i, id := range d.ids {
		if got[id] != want[i] {
			d.t.Errorf("reader %d is on the record as %s, want %s", i, got[id], want[i])
		}
	}
}

// put delivers a sample into the folder, as a mail server does.
func (d *desk) put(name, sample, to string) {
	d.t.Helper()
	raw := strings.ReplaceAll(string(samples(d.t)[sample]), "notes+token@meteo.example", to)
	if err := os.WriteFile(filepath.Join(string(d.Folder), "new", name), []byte(raw), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// files are the names in a part of the folder.
func (d *desk) files(part string) string {
	d.t.Helper()
	entries, err := os.ReadDir(filepath.Join(string(d.Folder), part))
	if err != nil {
		d.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestFolder(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 6)
	at := func(i int) string { return ours.Address(event, d.ids[i]) }
	forger := Return{Secret: []byte("of another house, and as long"), Mailbox: ours.Mailbox}
	d.put("1.a", "postfix-unknown", at(0))
	d.put("2.b", "sendmail-full", at(1))
	d.put("3.c", "delayed", at(2))
	d.put("4.d", "vacation", at(2))
	d.put("5.e", "delivered", at(3))
	d.put("6.f", "human", at(4))
	d.put("7.g", "postfix-unknown", forger.Address(event, d.ids[4]))
	d.put("8.h", "policy", strings.ToUpper(at(5)))
	d.put("9.i", "postfix-unknown", ours.Address("an event that the ledger has forgotten", d.ids[4]))
	for range 2 { // as after a crash that came before the moving
		if err := d.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.becomes(notifier.Bounced, notifier.Bounced, notifier.Sent, notifier.Delivered, notifier.Sent, notifier.Refused)
		if got := d.files("new"); got != "" {
			t.Errorf("left in new: %s", got)
		}
		if got, want := d.files("cur"), "1.a:2,S 2.b:2,S 3.c:2,S 4.d:2,S 5.e:2,S 6.f:2,F 7.g:2,F 8.h:2,S 9.i:2,S"; got != want {
			t.Errorf("cur holds %s, want %s", got, want)
		}
		d.put("1.a", "postfix-unknown", at(0))
	}
	if got, want := d.Counts(), (Counts{Bounced: 4, Refused: 1, Delivered: 1, Nothing: 2, Kept: 2}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
	for i, want := range []bool{true, false, false, false, true, false} {
		if s, err := d.Notifier.Subscribers.Get(t.Context(), d.ids[i]); err != nil || s.Suppressed.On(now) != want {
			t.Errorf("reader %d is suppressed: %+v, %v", i, s.Suppressed, err)
		}
	}
}

// TestRelay takes mails as from a relay.
func TestRelay(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	var log strings.Builder
	d.Log = slog.New(slog.NewTextHandler(&log, nil))
	to := ours.Address(event, d.ids[0])
	if d.Knows(to) != nil || d.Knows("<"+strings.ToUpper(to)+">") != nil || d.Knows(ours.Mailbox) == nil || d.Knows("x@y.example") == nil {
		t.Error("who is known is wrong")
	}
	all := samples(t)
	for _, sample := range []string{"human", "postfix-unknown", "postfix-unknown"} {
		if err := d.Take(t.Context(), to, all[sample]); err != nil {
			t.Fatal(err)
		}
	}
	d.becomes(notifier.Bounced, notifier.Sent)
	name := d.files("cur")
	raw, err := os.ReadFile(filepath.Join(string(d.Folder), "cur", name))
	if err != nil || !strings.HasSuffix(name, ":2,F") || string(raw) != "Delivered-To: "+to+"\r\n"+string(all["human"]) {
		t.Errorf("%s is kept as %q, %v", name, raw, err)
	}
	if !strings.Contains(log.String(), name) || strings.Contains(log.String(), to) {
		t.Errorf("the log does not say where the kept mail lies: %s", log.String())
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if err := d.Take(ended, to, all["delivered"]); err == nil {
		t.Error("what could not be handled is taken")
	}
	if _, err := os.Stat(filepath.Join(string(d.Folder), "cur", name)); err != nil || d.files("tmp") != "" {
		t.Errorf("kept mail: %v; left in tmp: %s", err, d.files("tmp"))
	}
}

// TestCanary: its mails say that they came, and nothing else does.
func TestCanary(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	d.Canary = notifier.Subscriber{ID: d.ids[1], Address: "canari@meteo.example"}
	if d.Knows("<Canari@meteo.example>") != nil {
		t.Error("the canary is not known")
	}
	for _, id := range []string{d.MessageID(event, d.ids[0]), d.MessageID("another event", d.ids[1]), ""} {
		if err := d.Take(t.Context(), d.Canary.Address, []byte("Message-ID: <"+id+">\r\n\r\nBonjour")); err != nil {
			t.Fatal(err)
		}
	}
	d.becomes(notifier.Sent, notifier.Sent)
	if err := d.Take(t.Context(), d.Canary.Address, []byte("Message-ID: <"+d.MessageID(event, d.ids[1])+">\r\n\r\nBonjour")); err != nil {
		t.Fatal(err)
	}
	d.becomes(notifier.Sent, notifier.Delivered)
	if got, want := d.Counts(), (Counts{Nothing: 3, Delivered: 1}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}
