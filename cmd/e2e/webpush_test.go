package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/notifier/push/webpush/pushtest"
)

// A screen is what a browser has been told, as its service worker reads it.
type screen struct{ ID, Title, Body, Page, Tag, Act string }

// screens are what a browser has been told so far.
func screens(t *testing.T, s *pushtest.Service, b *pushtest.Browser) []screen {
	t.Helper()
	var all []screen
	for _, m := range s.Taken() {
		if m.Browser != b {
			continue
		}
		var one screen
		if err := json.Unmarshal(m.Text, &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// ask is what the page's script asks for a browser.
func (w *town) ask(what string, b *pushtest.Browser, more string) {
	w.t.Helper()
	body := `{"endpoint":"` + b.Endpoint + `","keys":{"p256dh":"` + b.P256dh + `","auth":"` + b.Auth + `"}` + more + `}`
	resp, err := http.Post(w.URL(house.RoleOutlook)+"/abonnements/alertes/"+what, "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %s", what, resp.Status)
	}
}

// TestWebPush: who asked for a service is told of it, encrypted, and nobody
// else; whoever leaves is told no more, and neither is a browser that is gone.
func TestWebPush(t *testing.T) {
	t.Parallel()
	s := pushtest.New(t)
	w := newTown(t, func(c *house.Config) {
		c.Push = house.Push{Subject: "mailto:notes@meteo.example", Hosts: []string{s.Host}, Client: s.Client()}
	})
	w.sees(w.browse("/abonnements", nil), `href="/abonnements/alertes"`)
	w.sees(w.browse("/abonnements/alertes", nil), "Recevoir les alertes dans ce navigateur")
	asked, other, gone := s.Subscribe(), s.Subscribe(), s.Subscribe()
	w.ask("abonner", asked, `,"services":["delta-ie"],"wants":["notes","alertes"]`)
	w.ask("abonner", other, `,"services":["gamma"],"wants":["notes","alertes"]`)
	w.ask("abonner", gone, `,"wants":["notes"]`)
	s.Forget(gone)
	w.publish()
	w.settle()
	got := screens(t, s, asked)
	if len(got) != 1 || got[0].Act != "published" || !strings.HasPrefix(got[0].Page, "/notices/") || !strings.Contains(got[0].Title, "Delta") {
		t.Fatalf("it is told %+v", got)
	}
	if more := screens(t, s, other); len(more) != 0 {
		t.Errorf("who asked for another service is told %+v", more)
	}
	if n, err := w.Notifier.Subscribers.Count(t.Context()); err != nil || n != uint64(2+w.staff()) {
		t.Errorf("%d subscribers are left, %v: the one that is gone is to be erased", n, err)
	}
	w.ask("effacer", asked, "")
	w.publish()
	w.settle()
	if more := screens(t, s, asked); len(more) != 1 {
		t.Errorf("after it has left it is told %+v", more[1:])
	}
}

// staff is how many mailboxes of bureaus are subscribed.
func (w *town) staff() (n int) {
	for _, b := range w.Words.Bureaus {
		if b.Mailbox != "" {
			n++
		}
	}
	return n
}

// TestWebPushKilled: a process that ends in the midst of telling leaves nobody
// out when it comes back, tells nobody twice, and has the same keys.
func TestWebPushKilled(t *testing.T) {
	t.Parallel()
	const browsers = 40
	s := pushtest.New(t)
	half := make(chan struct{})
	open := make(chan struct{})
	told := 0
	turn := make(chan struct{}, 1)
	s.Answer = func(w http.ResponseWriter, r *http.Request, take func()) {
		turn <- struct{}{}
		told++
		n := told
		<-turn
		if n == browsers/2 {
			close(half)
		}
		if n%2 == 0 {
			take() // and the answer may come too late
		}
		if n > browsers/2 {
			select {
			case <-open:
			case <-r.Context().Done():
				return
			}
		}
		if n%2 != 0 {
			take()
		}
		w.WriteHeader(http.StatusCreated)
	}
	dir := t.TempDir()
	set := func(c *house.Config) {
		c.Dir = dir
		c.Push = house.Push{Subject: "mailto:notes@meteo.example", Hosts: []string{s.Host}, Client: s.Client()}
	}
	first := newTown(t, set)
	var all []*pushtest.Browser
	for range browsers {
		b := s.Subscribe()
		first.ask("abonner", b, `,"wants":["notes"]`)
		all = append(all, b)
	}
	first.publish()
	select {
	case <-half:
	case <-time.After(time.Minute):
		t.Fatal("nobody is told")
	}
	first.end()
	close(open)
	second := newTown(t, set)                              // a browser takes no message of another key: the service would say so
	second.Clock.Stop(second.Clock.Now().Add(time.Minute)) // who may have been told is told again
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	until(t, "everybody has been told", func() bool {
		for _, b := range all {
			if len(screens(t, s, b)) == 0 {
				return false
			}
		}
		return true
	})
	if err := second.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	twice := 0
	for _, b := range all {
		got := screens(t, s, b)
		if len(got) > 1 {
			twice++
		}
		for _, one := range got {
			if one.ID != got[0].ID {
				t.Errorf("told twice under two names: %+v", got)
			}
		}
	}
	t.Logf("%d of %d browsers were told again, under the same id", twice, browsers)
	if twice > 16 {
		t.Errorf("%d were told twice: more than one a connection", twice)
	}
}
