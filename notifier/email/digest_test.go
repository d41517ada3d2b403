package email

import (
	"bytes"
	"net/mail"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/channeltest"
	"douane.gouv.fr/crieur/schemas/notice"
)

// TestDigestMail: each reader's own choice of items, in its language, with its
// own links, signed, and in no thread.
func TestDigestMail(t *testing.T) {
	t.Parallel()
	c := channel(t, "smtp://127.0.0.1")
	c.Keys = dkimKeys()
	life := channeltest.Life(t)
	tale := notifier.Tale{Event: notice.Event{ID: "digest", Time: now}, Digest: &notifier.Digest{At: now, Tales: life}}
	text := func(lang string, items ...int) string {
		to := recipient(abonne(1))
		to.Lang, to.Items = lang, items
		raw := mailOf(t, c, tale, to)
		if n, errs := verified(t, raw); n != 2 {
			t.Errorf("%d signatures hold: %v", n, errs)
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.Get("References") != "" || m.Header.Get("List-Unsubscribe") == "" {
			t.Errorf("heads: %v", m.Header)
		}
		all := parts(t, m.Header, m.Body)
		if len(all) != 3 {
			t.Fatalf("%d parts", len(all))
		}
		return all[1].text
	}
	one, some := text("", 0), text("", 0, 1, 2)
	for _, c := range []struct {
		name, text string
		want       []string
		not        string
	}{
		{"one", one, []string{"Résumé du mardi 8\u00a0août 2023\u00a0: une annonce", c.LeaveURL(recipient(abonne(1)).ID), "/notices/" + life[0].Event.Notice}, "3 annonces"},
		{"three", some, []string{"3 annonces"}, "une annonce"},
		{"in English", text("en", 0, 1), []string{"Daily summary", "2 announcements"}, "annonces"},
	} {
		for _, w := range c.want {
			if !strings.Contains(c.text, w) {
				t.Errorf("%s: no %q in\n%s", c.name, w, c.text)
			}
		}
		if strings.Contains(c.text, c.not) {
			t.Errorf("%s: %q in\n%s", c.name, c.not, c.text)
		}
	}
}
