package subscribe

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates/pages"
)

// TestSignUp: the form, the ask, the page with a button, the subscription;
// looking changes nothing, and confirming twice is the same page.
func TestSignUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.call(http.MethodGet, "/abonnements", nil)
	for _, want := range []string{`autocomplete="email"`, `<legend class="fr-fieldset__legend fr-fieldset__legend--regular">Delta IE</legend>`, `value="delta-x"`, `value="Indian/Reunion"`} {
		if !strings.Contains(form.Body.String(), want) {
			t.Errorf("the form lacks %s", want)
		}
	}
	if w := h.call(http.MethodGet, "/abonnements/", nil); w.Header().Get("Location") != "/abonnements" {
		t.Errorf("with a slash behind it: %d %v", w.Code, w.Header())
	}
	w := h.signUp(" "+asker+" ", "service", "delta-x", "service", "delta-x-import", "service", "ecs", "mode", "edi", "rythme", "notes", "langue", "en", "fuseau", "Indian/Reunion")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/abonnements/demande" {
		t.Fatalf("the answer is %d, %v: %s", w.Code, w.Header(), w.Body)
	}
	if w := h.call(http.MethodGet, "/abonnements/demande", nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Un courriel est envoyé") {
		t.Errorf("it leads to %d: %s", w.Code, w.Body)
	}
	asks := h.asks()
	if len(asks) != 1 {
		t.Fatalf("asked %+v", asks)
	}
	link := h.link(asks[0])
	for range 2 {
		w = h.call(http.MethodGet, link, nil)
		for _, want := range []string{"Confirm the subscription</button>", "Delta\u00a0X and ECS", "local time (Réunion)", `<html lang="en"`} {
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
				t.Errorf("the link shows %d, without %q: %s", w.Code, want, w.Body)
			}
		}
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("X-Robots-Tag") != "noindex" {
		t.Errorf("its head is %v", w.Header())
	}
	id := asks[0].Subscriber.ID
	if _, err := h.Notifier.Subscribers.Get(t.Context(), id); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("looking subscribes: %v", err)
	}
	first := h.call(http.MethodPost, link, nil)
	second, third := h.call(http.MethodPost, link, nil), h.call(http.MethodGet, link, nil)
	if first.Code != http.StatusOK || first.Body.String() != second.Body.String() || first.Body.String() != third.Body.String() || !strings.Contains(first.Body.String(), "<h1>Confirmed</h1>") {
		t.Errorf("confirmed:\n%s\nagain:\n%s", first.Body, second.Body)
	}
	sub, err := h.Notifier.Subscribers.Get(t.Context(), id)
	want := notifier.Subscriber{ID: id, Channel: "email", Address: asker, Lang: "en", Zone: "Indian/Reunion", Services: []string{"delta-x", "ecs"}, Modes: []string{"edi"},
		Wants: []notifier.Want{notifier.WantNotices, notifier.WantAlerts}, Daily: []notifier.Want{notifier.WantNotices}, Since: start}
	if err != nil || text(t, sub) != text(t, want) {
		t.Errorf("subscribed is\n%s, want\n%s, %v", text(t, sub), text(t, want), err)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestNoOracle: whoever is subscribed, suppressed, asked too often or unknown,
// the answers are the same bytes, and nothing is changed.
func TestNoOracle(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	known := h.add(notifier.Subscriber{Services: []string{"ecs"}})
	dead := h.add(notifier.Subscriber{Address: "mort@transitaire.example"})
	if err := h.Notifier.Subscribers.Bounced(t.Context(), dead.ID, "550 5.1.1", true, start); err != nil {
		t.Fatal(err)
	}
	for _, service := range []string{"ecs", "gun", "rita"}[:notifier.AsksPerDay] {
		h.signUp("souvent@transitaire.example", "service", service)
	}
	before := text(t, known)
	var answers []string
	for _, address := range []string{"inconnu@transitaire.example", asker, dead.Address, "souvent@transitaire.example", "DECLARANT@transitaire.example"} {
		w := h.signUp(address, "service", "gamma")
		answers = append(answers, fmt.Sprint(w.Code, w.Header(), w.Body))
	}
	for _, a := range answers[1:] {
		if a != answers[0] {
			t.Errorf("answers differ:\n%s\n%s", answers[0], a)
		}
	}
	if now, err := h.Notifier.Subscribers.Get(t.Context(), known.ID); err != nil || text(t, now) != before {
		t.Errorf("an unconfirmed request has changed %s to %s, %v", before, text(t, now), err)
	}
	asked := h.asks()
	if len(asked) != notifier.AsksPerDay+3 { // the last address is the second, asked the same
		t.Errorf("%d asks", len(asked))
	}
	i := slices.IndexFunc(asked, func(a notifier.Ask) bool { return a.Subscriber.ID == known.ID })
	if i < 0 || !asked[i].Known {
		t.Fatalf("who is subscribed is asked %+v", asked)
	}
	if w := h.call(http.MethodGet, h.link(asked[i]), nil); !strings.Contains(w.Body.String(), "Confirmer le changement</button>") {
		t.Errorf("the link of who is subscribed: %s", w.Body)
	}
	h.call(http.MethodPost, h.link(asked[i]), nil)
	if now, _ := h.Notifier.Subscribers.Get(t.Context(), known.ID); !slices.Equal(now.Services, []string{"gamma"}) {
		t.Errorf("confirmed it is %v", now.Services)
	}
}

// TestForged: links that are not ours, for another purpose, or too old, say
// the same and do nothing.
func TestForged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.signUp(asker)
	h.signUp("autre@transitaire.example")
	asked := h.asks()
	a, b := asked[0], asked[1]
	link := strings.TrimPrefix(h.link(a), h.links.Public)
	token := link[strings.LastIndexByte(link, '/')+1:]
	leave := h.links.LeaveURL(a.Subscriber.ID)
	confirm := func(id, request, token string) string {
		return "/abonnements/confirmation/" + id + "/" + request + "/" + token
	}
	h.set(start.Add(time.Hour))
	var answers []string
	for _, path := range []string{
		confirm(a.Subscriber.ID, a.ID, "wrong"), confirm(a.Subscriber.ID, a.ID, token[1:]), confirm(b.Subscriber.ID, a.ID, token), confirm(a.Subscriber.ID, b.ID, token),
		confirm(a.Subscriber.ID, a.ID, leave[strings.LastIndexByte(leave, '/')+1:]), strings.TrimPrefix(h.links.ConfirmURL(a.Subscriber.ID, "never"), h.links.Public),
		strings.TrimPrefix(h.links.ConfirmURL(a.Subscriber.ID, b.ID), h.links.Public), "late",
	} {
		if path == "late" {
			h.set(start.Add(notifier.AskLife))
			path = link
		}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			w := h.call(method, path, nil)
			if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "abonnez-vous à nouveau") {
				t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
			}
			answers = append(answers, w.Body.String())
		}
	}
	if len(slices.Compact(answers)) != 1 {
		t.Error("the answers tell links apart")
	}
	// The link that confirms is no link to leave or to change.
	for _, path := range []string{"preferences", "donnees", "effacement"} {
		if w := h.call(http.MethodGet, "/abonnements/"+a.Subscriber.ID+"/"+token+"/"+path, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s by the token that confirms: %d", path, w.Code)
		}
	}
	if n, err := h.Notifier.Subscribers.Count(t.Context()); n != 0 || err != nil {
		t.Errorf("%d are subscribed, %v", n, err)
	}
}

// TestWrongForm: what is wrong is said beside the field and above the form,
// what was typed stays, and nobody is asked.
func TestWrongForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, test := range []struct {
		form   url.Values
		said   string
		anchor string
	}{
		{fields("recevoir", "notes"), "Écrivez votre adresse de courriel", "adresse"},
		{fields("adresse", "a b@transitaire.example", "recevoir", "notes"), "Écrivez une seule adresse", "adresse"},
		{fields("adresse", "a@b", "recevoir", "notes"), "n’est pas un nom de domaine complet", "adresse"},
		{fields("adresse", strings.Repeat("a", 65)+"@transitaire.example", "recevoir", "notes"), "trop longue", "adresse"},
		{fields("adresse", asker), "Cochez au moins une sorte de messages", "recevoir-notes"},
		{fields("adresse", asker, "recevoir", "notes", "service", "rita", "mode", "edi"), "Aucun des services cochés", "mode-dti"},
		{fields("adresse", asker, "recevoir", "notes", "service", "nonesuch"), "Un choix n’est plus proposé", "service-certex"},
		{fields("adresse", asker, "recevoir", "notes", "mode", "fax"), "Un choix n’est plus proposé", "mode-dti"},
		{fields("adresse", asker, "recevoir", "notes", "fuseau", "Mars/Olympus"), "Un choix n’est plus proposé", "fuseau"},
		{fields("adresse", asker, "recevoir", "notes", "langue", "de"), "Un choix n’est plus proposé", "langue"},
		{fields("adresse", asker, "recevoir", "notes", "rythme", "parfois"), "Un choix n’est plus proposé", "rythme-aussitot"},
		{fields("adresse", asker, "recevoir", "notes", "x", strings.Repeat("x", mostPosted)), "Écrivez votre adresse", "adresse"},
	} {
		w := h.call(http.MethodPost, "/abonnements", test.form)
		body := w.Body.String()
		if w.Code != http.StatusBadRequest || !strings.Contains(body, test.said) || !strings.Contains(body, `<li><a href="#`+test.anchor+`">`) || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%v: %d, want %q at %s:\n%s", test.form, w.Code, test.said, test.anchor, body)
		}
		if typed := test.form.Get("adresse"); len(test.form) < 3 && typed != "" && !strings.Contains(body, `value="`+typed+`"`) {
			t.Errorf("%v: what was typed is gone", test.form)
		}
	}
	if n := len(h.asks()); n != 0 {
		t.Errorf("%d asks", n)
	}
}

// TestAddress: what mail can be delivered to, at the edges.
func TestAddress(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 63) + "." + strings.Repeat("b", 63) + "." + strings.Repeat("c", 58) // 186 bytes
	for address, ok := range map[string]bool{
		"a@b.fr": true, "jean.dupont+douane@transitaire.example": true, "o'neil@b.ie": true, "é@b.fr": true, "用户@例子.中国": true, "a@xn--bcher-kva.example": true, "a@bücher.example": true,
		strings.Repeat("a", 64) + "@b.fr": true, strings.Repeat("a", 65) + "@b.fr": false,
		strings.Repeat("l", 64) + "@" + long + ".fr": true, strings.Repeat("l", 64) + "@" + long + ".fra": false, // 254 and 255 bytes
		"": false, "a": false, "@b.fr": false, "a@": false, "a@b": false, "a@b.": false, "a@.fr": false, "a@b..fr": false, "a@-b.fr": false, "a@b-.fr": false, "a@b.f": false,
		"a@[192.0.2.1]": false, "a@192.0.2.1": false, "a@b.fr, c@d.fr": false, "a@b.fr,c@d.fr": false, "A <a@b.fr>": false, "<a@b.fr>": false, "a@b@c.fr": false, "a..b@c.fr": false, ".a@c.fr": false,
		"a\r\nBcc:x@b.fr": false, "a\x00@b.fr": false, "a@b\u202e.fr": false, "a\u200b@b.fr": false, "a@b.fr\xff": false, "\"a b\"@c.fr": false, "a@b_c.fr": false, "a(x)@b.fr": false,
		"\u212aarl@b.fr": false, "\u0130@b.fr": false,
	} {
		if kind := addressFault(address); (kind == "") != ok {
			t.Errorf("%q: %q", address, kind)
		}
	}
}

// TestCallerCap: one caller asks twenty times within an hour, a network of
// IPv6 as one; more is refused in words, and nothing is sent.
func TestCallerCap(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ask := func(from string, i int) int {
		return h.callFrom(from, http.MethodPost, "/abonnements", fields("adresse", fmt.Sprintf("a%d@transitaire.example", i), "recevoir", "notes")).Code
	}
	for i := range asksPerCaller {
		if code := ask("203.0.113.7:1", i); code != http.StatusSeeOther {
			t.Fatalf("request %d: %d", i+1, code)
		}
	}
	w := h.signUp("x@transitaire.example")
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "3600" || !strings.Contains(w.Body.String(), "Recommencez dans une heure") {
		t.Errorf("one too many: %d %s", w.Code, w.Body)
	}
	if code := ask("203.0.113.8:1", 100); code != http.StatusSeeOther {
		t.Errorf("another caller: %d", code)
	}
	h.set(start.Add(time.Hour - time.Second))
	if code := ask("203.0.113.7:2", 101); code != http.StatusTooManyRequests {
		t.Errorf("a second too early: %d", code)
	}
	h.set(start.Add(time.Hour))
	if code := ask("203.0.113.7:2", 102); code != http.StatusSeeOther {
		t.Errorf("an hour later: %d", code)
	}
	if n := len(h.asks()); n != asksPerCaller+2 {
		t.Errorf("%d asks", n)
	}
}

// TestCaller: whose word is taken for where a request comes from.
func TestCaller(t *testing.T) {
	t.Parallel()
	trusting := &Pages{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for _, test := range []struct {
		pages      *Pages
		from, said string
		want       string
	}{
		{&Pages{}, "203.0.113.7:1", "", "203.0.113.7/32"},
		{&Pages{}, "203.0.113.7:1", "198.51.100.1", "203.0.113.7/32"},
		{&Pages{}, "[2001:db8:1:2:3::4]:1", "", "2001:db8:1:2::/64"},
		{&Pages{}, "[::ffff:203.0.113.7]:1", "", "203.0.113.7/32"},
		{&Pages{}, "nowhere", "", netip.Prefix{}.String()},
		{trusting, "10.1.2.3:1", "198.51.100.1", "198.51.100.1/32"},
		{trusting, "10.1.2.3:1", "192.0.2.66, 198.51.100.1, 10.9.9.9", "198.51.100.1/32"},
		{trusting, "10.1.2.3:1", "192.0.2.66, unknown", "10.1.2.3/32"},
		{trusting, "10.1.2.3:1", "", "10.1.2.3/32"},
		{trusting, "203.0.113.7:1", "198.51.100.1", "203.0.113.7/32"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/abonnements", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr = test.from
		if test.said != "" {
			r.Header.Set("X-Forwarded-For", test.said)
		}
		if got := pages.Caller(r, test.pages.Proxies).String(); got != test.want {
			t.Errorf("from %s for %q: %s, want %s", test.from, test.said, got, test.want)
		}
	}
	var c callers
	for i := range mostCallers {
		c.admit(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32), start)
	}
	late := netip.MustParsePrefix("203.0.113.7/32")
	if c.admit(late, start) {
		t.Error("one more than can be remembered is let in")
	}
	if !c.admit(late, start.Add(time.Hour)) || len(c.seen) != 1 {
		t.Errorf("an hour later %d are remembered", len(c.seen))
	}
}

// TestCrossSite: another site cannot make its visitors ask.
func TestCrossSite(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/abonnements", strings.NewReader(fields("adresse", asker, "recevoir", "notes").Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := newRecorder()
	h.mux.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/abonnements" || len(h.asks()) != 0 {
		t.Errorf("%d %v, %d asks", w.Code, w.Header(), len(h.asks()))
	}
}

// TestInEnglish signs up on the pages in English.
func TestInEnglish(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.call(http.MethodGet, "/en/abonnements", nil)
	for _, want := range []string{`<html lang="en"`, "E-mail address", `action="/en/abonnements"`, `<option value="en" lang="en" selected>`, `hreflang="fr"`, "All Delta"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d, without %q: %s", w.Code, want, w.Body)
		}
	}
	w = h.call(http.MethodPost, "/en/abonnements", url.Values{"adresse": {"x"}, "recevoir": {"notes"}})
	if !strings.Contains(w.Body.String(), "One answer needs correcting") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
