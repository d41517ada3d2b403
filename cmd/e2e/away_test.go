package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A remote is a house whose broker is another process, as far as it can tell:
// a server of its own behind TCP, that the test stops and starts.
type remote struct {
	*house.House
	t       *testing.T
	options *server.Options
	broker  *server.Server
	seq     uint64 // of the notice's last event
	number  int
	version int
}

func newRemote(t *testing.T) *remote {
	t.Helper()
	r := &remote{t: t, options: &server.Options{ServerName: "away", Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true,
		StoreDir: t.TempDir(), JetStreamMaxStore: 1 << 40, NoSigs: true, NoLog: true}}
	r.start()
	r.House = open(t, house.Config{NATS: r.broker.ClientURL(), Public: "127.0.0.1:0",
		Roles: []string{house.RoleOutlook, house.RolePush}})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		r.stop()
	})
	return r
}

// start starts the broker, where it was before.
func (r *remote) start() {
	r.t.Helper()
	broker, err := server.NewServer(r.options)
	if err != nil {
		r.t.Fatal(err)
	}
	broker.Start()
	if !broker.ReadyForConnections(20 * time.Second) {
		r.t.Fatal("the broker does not start")
	}
	r.broker = broker
}

func (r *remote) stop() {
	r.broker.Shutdown()
	r.broker.WaitForShutdown()
}

// at sets the house's clock.
func (r *remote) at(text string) time.Time {
	r.t.Helper()
	var at notice.Time
	if err := at.UnmarshalText([]byte(text)); err != nil {
		r.t.Fatal(err)
	}
	r.Clock.Stop(at.Time)
	return at.Time
}

const awayID = "018a0000-0000-7000-8000-000000000001"

// tell puts an act on the record.
func (r *remote) tell(act notice.Act) uint64 {
	r.t.Helper()
	r.number++
	if rule, _ := notice.RuleOf(act.Type()); rule.Amends || r.version == 0 {
		r.version++
	}
	e := notice.Event{Notice: awayID, Number: r.number, Version: r.version, Time: r.Clock.Now(), Act: act}
	e.ID = stream.ID(e.Time, fmt.Sprint(awayID, e.Number))
	data, err := json.Marshal(e)
	if err == nil {
		r.seq, err = r.Store.Notices.Append(r.t.Context(), stream.Entry{Key: awayID, ID: e.ID, Type: string(act.Type()), Data: data}, r.seq)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return r.seq
}

// published is the example of the contract.
func (r *remote) published() notice.Published {
	r.t.Helper()
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		r.t.Fatal(err)
	}
	n, problems := schemas.Check(text, r.Words.Catalogue, r.Words.Bureaus)
	if err := problems.Err(); err != nil {
		r.t.Fatal(err)
	}
	return notice.Published{Notice: n, Scope: r.Words.Catalogue.Resolve(n)}
}

// get asks the public pages.
func (r *remote) get(path string) (status int, body string) {
	r.t.Helper()
	resp, err := http.Get(r.URL(house.RoleOutlook) + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, strings.ReplaceAll(html.UnescapeString(string(text)), "\u00a0", " ")
}

// until waits for a page to have a text, or not to have it any more.
func (r *remote) until(path, text string, there bool) {
	r.t.Helper()
	until(r.t, fmt.Sprintf("%s has %q: %v", path, text, there), func() bool {
		status, body := r.get(path)
		return status == http.StatusOK && strings.Contains(body, text) == there
	})
}

// until waits for what other goroutines do.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick, late := time.NewTicker(10*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// listen hears what is published from a sequence on, until it has heard an
// event; or for ever, if that is nil.
func (r *remote) listen(last uint64, heard chan<- string) (leave func()) {
	r.t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL(house.RoleOutlook)+"/api/events?depuis=18446744073709551615", nil) // only what is new
	if err != nil {
		r.t.Fatal(err)
	}
	if last > 0 {
		req.Header.Set("Last-Event-ID", fmt.Sprint(last))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("listen: %v %v", resp, err)
	}
	go func() {
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				heard <- id
			} else if id, ok := strings.CutPrefix(lines.Text(), "id:"); ok {
				heard <- id
			}
		}
	}()
	return leave
}

const staleSince = "Les informations datent du mardi 8 août 2023 à 14h12"

// TestBrokerAway: the broker is gone for ten minutes. The pages go on, and say
// since when; nothing of what is published afterwards is missed, and nobody
// restarts anything.
func TestBrokerAway(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	r.at("2023-08-01T15:00")
	r.tell(r.published())
	r.at("2023-08-08T09:00")
	started := r.tell(notice.Started{Occurrence: 1, Planned: notice.At(r.Clock.Now())})
	letter := "/notices/" + awayID + "/1.pdf"
	r.until("/notices/"+awayID, "Début d’alerte", true)
	if err := r.Store.Letters.Put(t.Context(), awayID+"/1.pdf", []byte("%PDF-1.7 and so on")); err != nil {
		t.Fatal(err)
	}
	r.until(letter, "%PDF-", true)
	until(t, "the house has looked", r.Liaison.Current)
	heard := make(chan string, 16)
	defer r.listen(0, heard)()

	r.at("2023-08-08T14:12")
	r.stop()
	r.until("/", staleSince, true)
	r.at("2023-08-08T14:22")
	for _, path := range []string{"/", "/notices", "/notices/" + awayID, "/notices/none"} {
		if _, body := r.get(path); !strings.Contains(body, staleSince) {
			t.Errorf("%s does not say how old it is", path)
		}
	}
	if status, body := r.get("/"); status != http.StatusOK || !strings.Contains(body, "mardi 8 août 2023 à 14h22") {
		t.Errorf("the météo does not go on by the clock: %d", status)
	}
	for _, path := range []string{"/api/outlook", "/api/notices/" + awayID} {
		if status, body := r.get(path); status != http.StatusOK || !strings.Contains(body, `"stale_since":"2023-08-08T14:12:00+02:00"`) {
			t.Errorf("%s: %d %.300s", path, status, body)
		}
	}
	if status, body := r.get(letter); status != http.StatusOK || !strings.HasPrefix(body, "%PDF-") {
		t.Errorf("the letter: %d", status)
	}
	if status, body := r.get("/readyz"); status != http.StatusOK || !strings.Contains(body, "does not answer") || !strings.Contains(body, `"stale_since":"2023-08-08T14:12:00+02:00"`) {
		t.Errorf("/readyz: %d %s", status, body)
	}
	again := make(chan string, 16)
	defer r.listen(started, again)() // who comes back while the broker is gone

	r.start()
	r.at("2023-08-08T14:23")
	first := r.tell(notice.Progressed{Text: "Travaux en cours."})
	second := r.tell(notice.Ended{At: notice.At(r.Clock.Now()), Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	r.until("/", "Les informations datent", false)
	r.until("/notices/"+awayID, "Travaux en cours.", true)
	for name, ear := range map[string]chan string{"who stayed": heard, "who came back": again} {
		want := []string{fmt.Sprint(first), fmt.Sprint(second)}
		if got := []string{<-ear, <-ear}; !slices.Equal(got, want) {
			t.Errorf("%s heard %v, want %v", name, got, want)
		}
	}
	if _, body := r.get("/readyz"); strings.Contains(body, "stale_since") {
		t.Errorf("/readyz: %s", body)
	}
}
