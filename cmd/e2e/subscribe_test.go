package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/cmd/internal/mailbox"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A town is a whole house that runs, with its embedded mailbox, and a browser.
type town struct {
	*house.House
	t    *testing.T
	read int    // mails so far
	said int    // notices so far
	end  func() // ends it before the test does
}

// newTown runs a house; set may change how.
func newTown(t *testing.T, set ...func(*house.Config)) *town {
	t.Helper()
	h, end := runHouse(t, "2026-02-05T10:00", set...)
	return &town{House: h, t: t, end: end}
}

// publish publishes a notice that informs of Delta IE.
func (w *town) publish() {
	w.t.Helper()
	text, err := schemas.Files.ReadFile("examples/information/notice.yaml")
	if err != nil {
		w.t.Fatal(err)
	}
	w.said++
	id := stream.NewID()
	order := func(who string, role notice.Role) publisher.Order {
		return publisher.Order{Who: publisher.Account{ID: who, Roles: []notice.Role{role}}, Notice: id, Command: fmt.Sprintf("%s.%d", who, w.said)}
	}
	_, err = w.Publisher.Draft(w.t.Context(), order("redaction", notice.Drafter), publisher.Draft{Text: string(text)})
	if err == nil {
		o := order("redaction", notice.Drafter)
		o.Command += ".submit"
		_, err = w.Publisher.Submit(w.t.Context(), o)
	}
	if err == nil {
		_, err = w.Publisher.Approve(w.t.Context(), order("signature", notice.Signer), publisher.SignOff{})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// mails are those that have come since, to the public.
func (w *town) mails() []mailbox.Mail {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.t.Context(), time.Minute)
	defer stop()
	if err := w.Settle(ctx); err != nil {
		w.t.Fatal(err)
	}
	var fresh []mailbox.Mail
	all := w.Mailbox.Messages()
	for _, m := range all[w.read:] {
		raw, err := os.ReadFile(m.Path)
		if err != nil {
			w.t.Fatal(err)
		}
		parsed, err := mailbox.Read(raw)
		if err != nil {
			w.t.Fatal(err)
		}
		if slices.Contains(m.To, trader) {
			fresh = append(fresh, parsed)
		}
	}
	w.read = len(all)
	return fresh
}

// one is the only mail that has come since, of a subject that begins so if one is given.
func (w *town) one(subject string) mailbox.Mail {
	w.t.Helper()
	got := w.mails()
	if len(got) != 1 || !strings.HasPrefix(got[0].Header("Subject"), subject) {
		w.t.Fatalf("%d mails have come, want one: %s…; %v", len(got), subject, got)
	}
	return got[0]
}

// browse asks for a page, or posts a form to it, and follows where it leads.
func (w *town) browse(address string, form url.Values) string {
	w.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = w.URL(house.RoleOutlook) + address
	}
	var response *http.Response
	var err error
	if form == nil {
		response, err = http.Get(address)
	} else {
		response, err = http.PostForm(address, form)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 500 {
		w.t.Fatalf("%s: %s %v", address, response.Status, err)
	}
	return string(body)
}

// sees wants words on a page.
func (w *town) sees(page, words string) {
	w.t.Helper()
	if !strings.Contains(page, words) {
		w.t.Errorf("the page does not say %q:\n%s", words, page)
	}
}

const trader = "dedouanement@transitaire.example"

var (
	confirmLink = regexp.MustCompile(`http://\S+/abonnements/confirmation/\S+`)
	leaveLink   = regexp.MustCompile(`<(http://\S+/abonnements/\S+)>`)
)

// TestSubscriber is the life of a subscriber: it signs up, confirms, is told,
// changes what it asked for, leaves, comes back, leaves, and hears nothing
// more.
func TestSubscriber(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.publish()
	w.sees(w.browse("/", nil), `href="/abonnements"`)
	w.sees(w.browse("/abonnements", nil), "S’abonner</button>")
	w.sees(w.browse("/abonnements", url.Values{"adresse": {trader}, "recevoir": {"notes", "alertes"}, "service": {"delta-ie"}}), "Un courriel est envoyé")
	ask := w.one("Confirmez votre abonnement")
	w.publish()
	if got := w.mails(); len(got) != 0 {
		t.Fatalf("before it has confirmed it is told: %v", got)
	}
	confirm := confirmLink.FindString(ask.Text)
	w.sees(w.browse(confirm, nil), "Confirmer l’abonnement</button>")
	w.sees(w.browse(confirm, url.Values{}), "C’est confirmé")

	w.publish()
	told := w.one("")
	leave := leaveLink.FindStringSubmatch(told.Header("List-Unsubscribe"))[1]
	w.sees(w.browse(leave+"/preferences", nil), trader)
	w.sees(w.browse(leave+"/preferences", url.Values{"recevoir": {"notes", "alertes"}, "service": {"gamma"}}), "C’est enregistré")
	w.publish()
	if got := w.mails(); len(got) != 0 {
		t.Fatalf("it is told of what it does not ask for: %v", got)
	}
	w.sees(w.browse(leave+"/preferences", url.Values{"recevoir": {"notes"}}), "C’est enregistré")

	w.sees(w.browse(leave, nil), "Ne plus recevoir ces messages</button>")
	w.sees(w.browse(leave, url.Values{"List-Unsubscribe": {"One-Click"}}), "C’est fait")
	back := confirmLink.FindString(w.one("Votre abonnement").Text)
	w.sees(w.browse(leave+"/preferences", nil), "n’existe plus")
	w.sees(w.browse(back, url.Values{}), "C’est confirmé")
	w.publish()
	w.one("") // the notice

	w.browse(leave, url.Values{"List-Unsubscribe": {"One-Click"}})
	w.one("Votre abonnement")
	w.publish()
	if got := w.mails(); len(got) != 0 {
		t.Fatalf("after it has left it is told: %v", got)
	}
}
