package webpush

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/channeltest"
	"douane.gouv.fr/crieur/notifier/push/webpush/pushtest"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/templates"
)

var now = time.Date(2023, 8, 8, 7, 0, 0, 0, time.UTC)

var contract = sync.OnceValues(schemas.Default)

// channel is one that tells the browsers of a service.
func channel(t testing.TB, s *pushtest.Service) *Channel {
	t.Helper()
	known, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	c := &Channel{Keys: keys, Subject: "mailto:notes@crieur.example", Words: templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus}, Now: func() time.Time { return now }}
	if s != nil {
		c.Hosts, c.Client = []string{s.Host}, s.Client()
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return c
}

// crowd are the browsers of a service, by number.
type crowd struct {
	service *pushtest.Service
	mu      sync.Mutex
	all     map[int]*pushtest.Browser // guarded by mu
}

func (c *crowd) browser(i int) *pushtest.Browser {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[int]*pushtest.Browser{}
	}
	if c.all[i] == nil {
		c.all[i] = c.service.Subscribe()
	}
	return c.all[i]
}

// meet has a service treat messages as a fault says.
func meet(s *pushtest.Service, fault *channeltest.Fault, mu *sync.Mutex) {
	get := func() channeltest.Fault {
		mu.Lock()
		defer mu.Unlock()
		return *fault
	}
	s.Door = func(conn net.Conn) bool {
		switch get() {
		case channeltest.HangUpBefore, channeltest.Nobody:
			conn.Close()
			return false
		case channeltest.SilentBefore:
			s.Hold(conn)
			return false
		}
		return true
	}
	s.Answer = func(w http.ResponseWriter, r *http.Request, take func()) {
		switch get() {
		case channeltest.ForNow:
			w.WriteHeader(http.StatusServiceUnavailable)
		case channeltest.ForGood:
			w.WriteHeader(http.StatusGone)
		case channeltest.HangUpAfter:
			take()
			panic(http.ErrAbortHandler)
		case channeltest.SilentAfter:
			take()
			<-r.Context().Done()
		default:
			take()
			w.WriteHeader(http.StatusCreated)
		}
	}
}

func TestChannel(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, func(t *testing.T) channeltest.World {
		s := pushtest.New(t)
		c, all := channel(t, s), &crowd{service: s}
		var fault channeltest.Fault
		var mu sync.Mutex
		meet(s, &fault, &mu)
		return channeltest.World{
			Channel: c, Address: func(i int) string { return all.browser(i).Endpoint }, Secret: func(i int) string { return all.browser(i).Secret() },
			Meet: func(f channeltest.Fault) {
				mu.Lock()
				defer mu.Unlock()
				fault = f
			},
			Taken: func() []channeltest.Message {
				var told []channeltest.Message
				for _, m := range s.Taken() {
					var p payload
					if err := json.Unmarshal(m.Text, &p); err != nil {
						t.Fatal(err)
					}
					told = append(told, channeltest.Message{ID: p.ID, Text: m.Text})
				}
				return told
			},
		}
	})
}

// send tells one browser one tale, over a line of its own.
func send(t testing.TB, c *Channel, b *pushtest.Browser, tale notifier.Tale, started bool) (notifier.Outcome, error) {
	t.Helper()
	m, err := c.Compose(t.Context(), tale)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.Send(t.Context(), m, notifier.Recipient{
		Subscriber: notifier.Subscriber{ID: "0123456789abcdef0123456789abcdef", Channel: Name, Address: b.Endpoint, Secret: b.Secret()},
		Event:      tale.Event.ID, Channel: Name, Attempt: 1, Started: started,
	})
}

// TestWords: what a screen shows of the seed's life, and how it is to be treated
// on its way.
func TestWords(t *testing.T) {
	t.Parallel()
	s := pushtest.New(t)
	c, b := channel(t, s), s.Subscribe()
	topics := map[string]bool{}
	for _, tale := range channeltest.Life(t) {
		if _, err := send(t, c, b, tale, false); err != nil {
			t.Fatal(err)
		}
		m := s.Taken()[len(s.Taken())-1]
		var p payload
		if err := json.Unmarshal(m.Text, &p); err != nil {
			t.Fatal(err)
		}
		if len(m.Text) > 3000 || p.Title == "" || p.Lang != "fr" || p.Page != "/notices/"+tale.Event.Notice || len(m.Topic) != 32 {
			t.Errorf("%s: %d bytes, %+v, topic %q", tale.Event.Act.Type(), len(m.Text), p, m.Topic)
		}
		topics[m.Topic] = true
		want := map[string]string{
			"started": "28800 high", "ended": "43200 high", "extended": "14400 normal", "published": "86400 normal", "resumed": "3600 high",
		}[string(tale.Event.Act.Type())]
		if got := m.TTL + " " + m.Urgency; want != "" && got != want {
			t.Errorf("%s: %s, want %s", tale.Event.Act.Type(), got, want)
		}
		if tale.Event.Act.Type() == "ended" && (!strings.HasPrefix(p.Title, "Fin d’alerte\u00a0: ") || !strings.HasPrefix(p.Body, "L’alerte est terminée. ")) {
			t.Errorf("the end: %+v", p)
		}
		if tale.State.Notice.Exercise && !strings.HasPrefix(p.Title, "EXERCICE") {
			t.Errorf("an exercise: %+v", p)
		}
	}
	if len(topics) != 2 {
		t.Errorf("%d topics for two notices", len(topics))
	}
}

// TestAnswers is what becomes of a message by what a push service says.
func TestAnswers(t *testing.T) {
	t.Parallel()
	s := pushtest.New(t)
	c := channel(t, s)
	gone := 0
	c.Gone = func(context.Context, string) error { gone++; return nil }
	tale := channeltest.Life(t)[0]
	for _, row := range []struct {
		code   int
		after  string
		status notifier.Status
		next   time.Duration // 0: as the house thinks fit
		dead   bool
	}{
		{201, "", notifier.Sent, 0, false},
		{202, "", notifier.Sent, 0, false},
		{404, "", notifier.Bounced, 0, true},
		{410, "", notifier.Bounced, 0, true},
		{429, "120", notifier.Deferred, 2 * time.Minute, false},
		{429, "", notifier.Deferred, 0, false},
		{429, "99999999", notifier.Deferred, 6 * time.Hour, false},
		{503, "0", notifier.Deferred, time.Second, false},
		{500, "soon", notifier.Deferred, 0, false},
		{400, "", notifier.Refused, 0, false},
		{403, "", notifier.Refused, 0, false},
		{413, "", notifier.Refused, 0, false},
		{307, "", notifier.Refused, 0, false},
	} {
		s.Answer = func(w http.ResponseWriter, _ *http.Request, _ func()) {
			if row.after != "" {
				w.Header().Set("Retry-After", row.after)
			}
			w.Header().Set("Location", "https://127.0.0.1:1/elsewhere")
			w.WriteHeader(row.code)
		}
		before := gone
		o, err := send(t, c, s.Subscribe(), tale, false)
		next := o.Next.Sub(now)
		if o.Next.IsZero() {
			next = 0
		}
		if err != nil || o.Status != row.status || o.Suppress != row.dead || next != row.next || (gone > before) != row.dead {
			t.Errorf("%d %s: %+v %v, erased %v", row.code, row.after, o, err, gone > before)
		}
	}
}

// TestTargets: nobody makes this house call whom it should not.
func TestTargets(t *testing.T) {
	t.Parallel()
	c := channel(t, nil)
	b := pushtest.New(t).Subscribe()
	for endpoint, good := range map[string]bool{
		"https://fcm.googleapis.com/fcm/send/abc":                  true,
		"https://updates.push.services.mozilla.com/wpush/v2/gAAAA": true,
		"https://web.push.apple.com/QGuQ":                          true,
		"https://db5p.notify.windows.com/w/?token=Bw":              true,
		"http://fcm.googleapis.com/fcm/send/abc":                   false,
		"https://fcm.googleapis.com:8443/fcm/send/abc":             false,
		"https://127.0.0.1:8443/x.google.com/":                     false,
		"https://evil.example/fcm.googleapis.com":                  false,
		"https://evilfcm.googleapis.com.example/":                  false,
		"https://notfcm.googleapis.com/":                           false,
		"https://fcm.googleapis.com@10.0.0.1/":                     false,
		"https://fcm.googleapis.com/" + strings.Repeat("x", 3000):  false,
		"": false,
	} {
		target := Target{Endpoint: endpoint}
		target.Keys.P256dh, target.Keys.Auth = b.P256dh, b.Auth
		if err := c.check(target); (err == nil) != good {
			t.Errorf("%.80s: %v", endpoint, err)
		}
	}
	for _, keys := range [][2]string{{"", ""}, {b.P256dh, "c2hvcnQ"}, {b.P256dh[:80], b.Auth}, {"!" + b.P256dh, b.Auth}} {
		target := Target{Endpoint: "https://fcm.googleapis.com/x"}
		target.Keys.P256dh, target.Keys.Auth = keys[0], keys[1]
		if c.check(target) == nil {
			t.Errorf("keys %q pass", keys)
		}
	}
	for address, good := range map[string]bool{
		"142.250.1.1:443": true, "[2a00:1450::1]:443": true, "127.0.0.1:443": false, "10.1.2.3:443": false, "[::1]:443": false, "169.254.169.254:443": false,
		"100.64.1.1:443": false, "[::ffff:192.168.1.1]:443": false, "[fd00::1]:443": false, "0.0.0.0:443": false, "[fe80::1]:443": false,
	} {
		if err := public(address); (err == nil) != good {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestGuarded: the real client does not reach this machine.
func TestGuarded(t *testing.T) {
	t.Parallel()
	s := pushtest.New(t)
	c := channel(t, s)
	c.Client = nil
	tale := channeltest.Life(t)[0]
	b := s.Subscribe()
	if o, err := send(t, c, b, tale, false); err == nil || strings.Contains(err.Error(), "/push/") || !strings.Contains(err.Error(), "not an address of the public") {
		t.Errorf("%+v %v", o, err)
	}
	to := notifier.Recipient{Subscriber: notifier.Subscriber{Address: b.Endpoint}}
	if wait := c.Admit(to); wait != rest {
		t.Errorf("the next one waits %s", wait)
	}
	to.Address = "https://fcm.googleapis.com/x"
	if wait := c.Admit(to); wait != 0 {
		t.Errorf("who has another service waits %s", wait)
	}
}

// TestSettings: what is wrong is said.
func TestSettings(t *testing.T) {
	t.Parallel()
	c := channel(t, nil)
	for _, subject := range []string{"", "notes@crieur.example", "http://crieur.example", "mailto:"} {
		if err := (&Channel{Keys: c.Keys, Subject: subject}).Check(); err == nil {
			t.Errorf("%q passes", subject)
		}
	}
	other, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Channel{{Subject: c.Subject}, {Subject: c.Subject, Keys: Keys{c.Keys.Private, other.Public}}, {Subject: c.Subject, Keys: c.Keys, Hosts: []string{"*.example"}}} {
		if err := c.Check(); err == nil {
			t.Errorf("%+v passes", c.Hosts)
		}
	}
}
