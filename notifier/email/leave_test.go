package email

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates/pages"
)

const leaver = "dedouanement@transitaire.example"

// A leaving is a page to leave, with the store behind it.
type leaving struct {
	*LeavePage
	store *stream.Store
}

// newLeavePage is the page to leave of a house with one subscriber, whose id
// it gives.
func newLeavePage(t *testing.T) (*leaving, string) {
	t.Helper()
	store := noticetest.Broker(t)
	l := &leaving{&LeavePage{
		Channel:     &Channel{Public: "https://meteo.example", Secret: []byte("sixteen bytes at least")},
		Subscribers: notifier.Subscribers{Keys: store.Subscribers, Secret: []byte("of the house")},
		House:       pages.House{Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil))},
	}, store}
	s, err := l.Subscribers.Add(t.Context(), notifier.Subscriber{Channel: Name, Address: leaver})
	if err != nil {
		t.Fatal(err)
	}
	return l, s.ID
}

// call asks the page; body is posted as a form.
func (l *leaving) call(method, address, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, strings.TrimPrefix(address, l.Channel.Public), strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	l.Handler().ServeHTTP(w, r)
	return w
}

func (l *leaving) count(t *testing.T) uint64 {
	t.Helper()
	n, err := l.Subscribers.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestLeave: looking changes nothing, one click leaves, and leaving again is
// no error.
func TestLeave(t *testing.T) {
	t.Parallel()
	l, id := newLeavePage(t)
	address := l.Channel.LeaveURL(id)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		w := l.call(method, address, "")
		if w.Code != http.StatusOK || l.count(t) != 1 {
			t.Fatalf("%s: %d, %d subscribers", method, w.Code, l.count(t))
		}
		if cache := w.Header().Get("Cache-Control"); cache != "no-store" {
			t.Errorf("%s: Cache-Control %q", method, cache)
		}
	}
	form := l.call(http.MethodGet, address, "").Body.String()
	if !strings.Contains(form, `<form method="post">`) || !strings.Contains(form, "Ne plus recevoir ces messages</button>") || strings.Contains(form, leaver) {
		t.Errorf("the page: %s", form)
	}
	oneClick := url.Values{"List-Unsubscribe": {"One-Click"}}.Encode() // RFC 8058 section 3.2
	for _, time := range []string{"first", "second"} {
		w := l.call(http.MethodPost, address, oneClick)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Abonnement effacé") || l.count(t) != 0 {
			t.Errorf("%s time: %d, %d subscribers: %s", time, w.Code, l.count(t), w.Body)
		}
	}
	// Who has left sees the same page as who has not.
	if again := l.call(http.MethodGet, address, "").Body.String(); again != form {
		t.Errorf("after leaving: %s", again)
	}
}

// TestLeaveStranger: a link that is not ours says the same of who is
// subscribed and of who is not, and does nothing.
func TestLeaveStranger(t *testing.T) {
	t.Parallel()
	l, id := newLeavePage(t)
	token := string(appendToken(nil, l.Channel.newMAC(), id))
	stranger := l.Subscribers.IDOf("nobody@transitaire.example")
	var pages []string
	for _, path := range []string{
		"/abonnements/" + id + "/wrong", "/abonnements/" + stranger + "/" + token, "/abonnements/" + id + "/" + token[1:],
		"/abonnements/" + id + "/", "/abonnements/" + id, "/abonnements/" + id + "/" + token + "/x", "/x",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			w := l.call(method, path, "List-Unsubscribe=One-Click")
			if w.Code != http.StatusNotFound || l.count(t) != 1 {
				t.Errorf("%s %s: %d, %d subscribers", method, path, w.Code, l.count(t))
			}
			pages = append(pages, w.Body.String())
		}
	}
	for _, page := range pages[1:] {
		if page != pages[0] {
			t.Errorf("pages differ:\n%s\n%s", pages[0], page)
		}
	}
}

// TestLeaveLater: without the store nobody is erased, and nobody is told so.
func TestLeaveLater(t *testing.T) {
	t.Parallel()
	l, id := newLeavePage(t)
	server := httptest.NewServer(l.Handler())
	defer server.Close()
	store := noticetest.Broker(t)
	l.Subscribers.Keys = store.Subscribers
	store.Close()
	response, err := server.Client().PostForm(strings.Replace(l.Channel.LeaveURL(id), l.Channel.Public, server.URL, 1), url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" || strings.Contains(string(body), "C’est fait") {
		t.Errorf("%d %v: %s", response.StatusCode, err, body)
	}
}

// TestLeaveInEnglish: who chose English reads so when leaving, whatever the
// browser; who cannot be known, as the browser asks.
func TestLeaveInEnglish(t *testing.T) {
	t.Parallel()
	l, id := newLeavePage(t)
	if _, err := l.Subscribers.Add(t.Context(), notifier.Subscriber{Channel: Name, Address: leaver, Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	address := l.Channel.LeaveURL(id)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if w := l.call(method, address, ""); !strings.Contains(w.Body.String(), `<html lang="en"`) {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
	if w := l.call(http.MethodGet, address[:len(address)-1], ""); !strings.Contains(w.Body.String(), "recopié en entier") || !strings.Contains(w.Body.String(), `href="/abonnements"`) {
		t.Errorf("a link that was cut: %d %s", w.Code, w.Body)
	}
}
