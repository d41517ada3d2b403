package email

import (
	"bytes"
	"mime"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
)

// TestAsk takes the mails that ask for something apart: what they are, in
// which language, and the link that confirms, whole, in both parts. They are
// no mails of a list: there is nothing to leave.
func TestAsk(t *testing.T) {
	t.Parallel()
	c := channel(t, "smtp://127.0.0.1")
	to := recipient(abonne(1))
	for _, test := range []struct {
		purpose       notifier.Purpose
		known         bool
		lang, subject string
	}{
		{notifier.ToSubscribe, false, "", "Confirmez votre abonnement à la météo des services en ligne"},
		{notifier.ToSubscribe, true, "", "Confirmez le changement de votre abonnement"},
		{notifier.ToSubscribe, true, "en", "Confirm the change of your subscription"},
		{notifier.ToRetry, true, "", "Confirmez que vous recevez ce message"},
		{notifier.ToReturn, false, "", "Votre abonnement à la météo des services en ligne est arrêté"},
	} {
		to.Lang = test.lang
		ask := notifier.Ask{ID: "0189d3f2-0180-78d2-9082-d24158f2d6f3", Purpose: test.purpose, Subscriber: to.Subscriber, At: now, Until: now.Add(notifier.AskLife), Known: test.known}
		tale := notifier.Tale{Event: notice.Event{ID: ask.ID, Time: now}, Ask: &ask}
		text := mailOf(t, c, tale, to)
		if again := mailOf(t, c, tale, to); !bytes.Equal(text, again) {
			t.Errorf("%s: the same ask is another mail", test.purpose)
		}
		m, err := mail.ReadMessage(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != test.subject {
			t.Errorf("%s: subject %q, %v", test.purpose, subject, err)
		}
		for name, want := range map[string]string{
			"List-Unsubscribe": "", "List-Unsubscribe-Post": "", "List-Id": "", "References": "", "Auto-Submitted": "auto-generated",
			"Content-Language": map[string]string{"": "fr", "en": "en"}[test.lang],
		} {
			if got := m.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", test.purpose, name, got, want)
			}
		}
		link := c.ConfirmURL(to.ID, ask.ID)
		for _, p := range parts(t, m.Header, m.Body) {
			if strings.HasPrefix(p.mediaType, "text/") && (!strings.Contains(p.text, link) || strings.Contains(p.text, leaveMark)) {
				t.Errorf("%s: %s lacks the link:\n%s", test.purpose, p.mediaType, p.text)
			}
		}
	}
}

// TestConfirms: a token is good for one subscriber's one request, and for
// nothing else.
func TestConfirms(t *testing.T) {
	t.Parallel()
	c := &Channel{Public: "https://meteo.example", Secret: []byte("sixteen bytes at least")}
	other := &Channel{Secret: []byte("sixteen other bytes")}
	token := c.confirmToken("s1", "r1")
	if !c.Confirms("s1", "r1", token) {
		t.Error("its own token is refused")
	}
	for _, wrong := range []bool{c.Confirms("s2", "r1", token), c.Confirms("s1", "r2", token), c.Confirms("s1/r1", "", token), c.Confirms("s1", "r1", ""),
		c.Confirms("s1", "r1", string(appendToken(nil, c.newMAC(), "s1"))), c.Leaves("s1", token), other.Confirms("s1", "r1", token), c.Confirms("s1", "r1", token[:20])} {
		if wrong {
			t.Error("a token is taken for another purpose")
		}
	}
}

// TestFarewell: leaving tells the address, where the house can.
func TestFarewell(t *testing.T) {
	t.Parallel()
	l, id := newLeavePage(t)
	n := &notifier.Notifier{Store: l.store, Subscribers: l.Subscribers, Now: l.House.Now, Log: l.House.Log}
	l.Farewell = n.Leave
	address := l.Channel.LeaveURL(id)
	if page := l.call(http.MethodGet, address, "").Body.String(); !strings.Contains(page, "sept jours") || !strings.Contains(page, address+"/preferences") {
		t.Errorf("the page: %s", page)
	}
	for range 2 {
		w := l.call(http.MethodPost, address, url.Values{"List-Unsubscribe": {"One-Click"}}.Encode())
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "sept jours") || l.count(t) != 0 {
			t.Errorf("%d, %d subscribers: %s", w.Code, l.count(t), w.Body)
		}
	}
	if jobs, err := l.store.Jobs.Pending(t.Context()); jobs != 1 || err != nil {
		t.Errorf("%d mails wait, %v", jobs, err)
	}
}
