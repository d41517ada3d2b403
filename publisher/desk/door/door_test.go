package door

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/pages"
)

const password = "quatre mots sans rapport"

// A hall is a door behind a real server, with one room behind it that counts
// what is done there.
type hall struct {
	t      testing.TB
	p      *publisher.Publisher
	door   *Door
	server *httptest.Server

	mu   sync.Mutex
	now  time.Time
	done []string // values of the field "mot" that got through; guarded by mu
}

// open is a hall with accounts r1 and s1. set changes the door before it opens.
func open(t testing.TB, set ...func(*hall)) *hall {
	t.Helper()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{t: t, now: time.Now()}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	h.p = &publisher.Publisher{Store: noticetest.Broker(t), Catalogue: known.Catalogue, Bureaus: known.Bureaus, Now: time.Now, Wall: h.Now, Log: log,
		Hashing: publisher.Argon2{Memory: 64, Passes: 1}}
	h.door = &Door{Publisher: h.p, House: bureau.House{House: pages.House{Now: time.Now, Log: log}}}
	for id, role := range map[string]notice.Role{"r1": notice.Drafter, "s1": notice.Signer} {
		if err := h.p.AddAccount(t.Context(), publisher.Account{ID: id, Roles: []notice.Role{role}, Bureau: "comint1"}); err != nil {
			t.Fatal(err)
		}
		if err := h.p.SetPassword(t.Context(), id, password, false); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range set {
		f(h)
	}
	mux := http.NewServeMux()
	h.door.Register(mux)
	mux.Handle("/", h.door.Enter(h.room))
	h.server = httptest.NewUnstartedServer(mux)
	h.server.Config.ReadTimeout = time.Second // of a slow sender
	h.server.Start()
	t.Cleanup(h.server.Close)
	return h
}

// Now is the machine's clock.
func (h *hall) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hall) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *hall) room(w http.ResponseWriter, r *http.Request, v Visitor) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.Method == http.MethodPost {
		h.done = append(h.done, r.PostFormValue("mot"))
	}
	fmt.Fprintf(w, "%s %s jeton=%s.", v.Account.ID, r.URL.RequestURI(), v.Token)
}

func (h *hall) didNothing(what string) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.done) > 0 {
		h.t.Errorf("%s: done %q", what, h.done)
	}
	h.done = nil
}

// A browser keeps cookies and does not follow redirections.
type browser struct {
	*hall
	client *http.Client
}

func (h *hall) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{h, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// A reply is what comes back.
type reply struct {
	status int
	head   http.Header
	text   string
}

func (b *browser) send(method, place, body string, head ...string) reply {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+place, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

func (b *browser) signIn(id, password string, head ...string) reply {
	b.t.Helper()
	return b.send("POST", "/connexion", url.Values{"identifiant": {id}, "mot-de-passe": {password}}.Encode(), head...)
}

// in is a browser that somebody has signed in with, and its form's token.
func (h *hall) in(id string) (*browser, string) {
	h.t.Helper()
	b := h.browser()
	if got := b.signIn(id, password); got.status != http.StatusSeeOther {
		h.t.Fatalf("%s does not come in: %d\n%s", id, got.status, got.text)
	}
	return b, b.token()
}

// session is the cookie of the session alone.
func (b *browser) session() []*http.Cookie {
	b.t.Helper()
	site, err := url.Parse(b.server.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	return slices.DeleteFunc(b.client.Jar.Cookies(site), func(c *http.Cookie) bool { return c.Name != sessionCookie })
}

var tokenForm = regexp.MustCompile(`jeton=(\w+)\.`)

func (b *browser) token() string {
	b.t.Helper()
	m := tokenForm.FindStringSubmatch(b.send("GET", "/", "").text)
	if m == nil {
		b.t.Fatal("not signed in")
	}
	return m[1]
}

func TestForgery(t *testing.T) {
	t.Parallel()
	h := open(t)
	b, token := h.in("r1")
	_, others := h.in("s1")
	_, mine := h.in("r1") // another session of the same account
	for name, form := range map[string]url.Values{
		"no token": {"mot": {"x"}}, "an empty one": {"mot": {"x"}, "jeton": {""}}, "a made one": {"mot": {"x"}, "jeton": {strings.Repeat("0", len(token))}},
		"another account's": {"mot": {"x"}, "jeton": {others}}, "another session's": {"mot": {"x"}, "jeton": {mine}},
	} {
		if got := b.send("POST", "/notes", form.Encode()); got.status != http.StatusForbidden {
			t.Errorf("%s: %d\n%s", name, got.status, got.text)
		}
		h.didNothing(name)
	}
	if got := b.send("POST", "/notes?jeton="+token, "mot=x"); got.status != http.StatusForbidden {
		t.Errorf("a token in the address: %d", got.status)
	}
	whole := url.Values{"mot": {"x"}, "jeton": {token}}.Encode()
	for name, head := range map[string][]string{
		"another site": {"Sec-Fetch-Site", "cross-site"}, "a site beside ours": {"Sec-Fetch-Site", "same-site"},
		"an old browser, another site": {"Origin", "https://evil.example"}, "from nowhere": {"Origin", "null"},
	} {
		for _, place := range []string{"/notes", "/connexion", "/deconnexion"} {
			if got := b.send("POST", place, whole, head...); got.status != http.StatusForbidden || !strings.Contains(got.text, "autre site") {
				t.Errorf("%s to %s: %d", name, place, got.status)
			}
		}
		h.didNothing(name)
	}
	if got := b.send("POST", "/notes", whole, "Sec-Fetch-Site", "same-origin"); got.status != http.StatusOK || len(h.done) != 1 {
		t.Errorf("our own form: %d, %q", got.status, h.done)
	}
	if got := b.send("POST", "/deconnexion", ""); got.status != http.StatusForbidden {
		t.Errorf("signed out by a form without a token: %d", got.status)
	}
}

// TestFixation brings a session that somebody else began, or a made one.
func TestFixation(t *testing.T) {
	t.Parallel()
	h := open(t)
	attacker, _ := h.in("s1")
	site, _ := url.Parse(h.server.URL)
	theirs := attacker.session()
	victim := h.browser()
	victim.client.Jar.SetCookies(site, theirs)
	victim.signIn("r1", password)
	if now := victim.session(); len(now) != 1 || now[0].Value == theirs[0].Value {
		t.Errorf("the session goes on as %v", now)
	}
	if got := attacker.send("GET", "/", ""); got.status != http.StatusSeeOther {
		t.Errorf("who fixed it is in: %d %s", got.status, got.text)
	}
	made := h.browser()
	made.client.Jar.SetCookies(site, []*http.Cookie{{Name: "crieur", Value: "chosen-by-an-attacker", Path: "/"}})
	made.signIn("r1", password)
	if now := made.session(); len(now) != 1 || now[0].Value == "chosen-by-an-attacker" {
		t.Errorf("a made session is taken: %v", now)
	}
}

// TestSignOut ends the session in the store, not in the browser alone.
func TestSignOut(t *testing.T) {
	t.Parallel()
	h := open(t)
	b, token := h.in("r1")
	site, _ := url.Parse(h.server.URL)
	kept := b.client.Jar.Cookies(site)
	if got := b.send("POST", "/deconnexion", url.Values{"jeton": {token}}.Encode()); got.status != http.StatusSeeOther || got.head.Get("Location") != "/connexion?dit=parti" {
		t.Errorf("%d to %s", got.status, got.head.Get("Location"))
	}
	thief := h.browser()
	thief.client.Jar.SetCookies(site, kept)
	if got := thief.send("GET", "/", ""); got.status != http.StatusSeeOther {
		t.Errorf("a cookie outlives its session: %d %s", got.status, got.text)
	}
}

// TestCookies is how browsers are told to keep the secret, over both kinds of
// line, and what else every answer says.
func TestCookies(t *testing.T) {
	t.Parallel()
	for site, want := range map[string]string{
		"":                     "crieur=S; Path=/; HttpOnly; SameSite=Lax",
		"https://desk.example": "__Host-crieur=S; Path=/; HttpOnly; Secure; SameSite=Lax",
	} {
		h := open(t, func(h *hall) { h.door.Site = site })
		got := h.browser().signIn("r1", password)
		if cookie := regexp.MustCompile(`=[\w-]{43};`).ReplaceAllString(got.head.Get("Set-Cookie"), "=S;"); cookie != want {
			t.Errorf("%q: %s", site, cookie)
		}
		for _, place := range []string{"/connexion", "/notes"} {
			head := h.browser().send("GET", place, "").head
			if secure := head.Get("Strict-Transport-Security") != ""; secure != (site != "") {
				t.Errorf("%q: HSTS %v", site, secure)
			}
			for name, says := range map[string]string{"Content-Security-Policy": "frame-ancestors 'self'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
				"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": "camera=()"} {
				if !strings.Contains(head.Get(name), says) {
					t.Errorf("%s: %s: %q", place, name, head.Get(name))
				}
			}
			if policy := head.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "script-src 'self';") {
				t.Errorf("%s: %s", place, policy)
			}
		}
	}
}

// TestOpenRedirect asks to be led elsewhere after signing in.
func TestOpenRedirect(t *testing.T) {
	t.Parallel()
	h := open(t)
	for back, want := range map[string]string{
		"/notes/n1?dit=fait": "/notes/n1?dit=fait", "": "/", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/",
		"/%5Cevil.example": "/", "javascript:alert(1)": "/", "/\tevil": "/", "///evil.example": "/", "/%2F/evil.example": "/", "evil.example": "/",
		"/a\r\nSet-Cookie: x=1": "/", "http:/evil": "/", "@evil.example": "/",
	} {
		got := h.browser().send("POST", "/connexion", url.Values{"identifiant": {"r1"}, "mot-de-passe": {password}, "retour": {back}}.Encode())
		if place := got.head.Get("Location"); got.status != http.StatusSeeOther || place != want || len(got.head.Values("Set-Cookie")) != 2 {
			t.Errorf("%q leads to %q (%d), want %q", back, place, got.status, want)
		}
		b, _ := h.in("r1")
		if got := b.send("GET", "/connexion?retour="+url.QueryEscape(back), ""); got.head.Get("Location") != want {
			t.Errorf("%q leads who is in to %q, want %q", back, got.head.Get("Location"), want)
		}
	}
	if got := h.browser().send("GET", "/notes/n1?a=b", ""); got.head.Get("Location") != "/connexion?retour="+url.QueryEscape("/notes/n1?a=b") {
		t.Errorf("%s", got.head.Get("Location"))
	}
	if got := h.browser().send("GET", "/notes", "", "Sec-Fetch-Mode", "cors"); got.status != http.StatusUnauthorized {
		t.Errorf("a script is led to a page: %d", got.status)
	}
}

// TestOracle compares what somebody hears of an account that there is and of
// one that there is not, up to the lock.
func TestOracle(t *testing.T) {
	t.Parallel()
	h := open(t, func(h *hall) { h.door.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	said := map[string][]string{}
	for _, id := range []string{"r1", "zz"} {
		for i := range 12 {
			got := h.browser().signIn(id, "wrong", "X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i))
			said[id] = append(said[id], fmt.Sprint(got.status, got.head.Get("Retry-After"), strings.ReplaceAll(got.text, `"`+id+`"`, "ID")))
			if i < 9 {
				h.pass(65 * time.Second)
			}
		}
	}
	for i := range said["r1"] {
		if said["r1"][i] != said["zz"][i] {
			t.Errorf("try %d: %s\nand %s", i+1, said["r1"][i], said["zz"][i])
		}
	}
	if last := said["r1"][11]; !strings.HasPrefix(last, "429") || !strings.Contains(last, "15\u00a0minutes") {
		t.Errorf("not locked: %s", last)
	}
	h.pass(15 * time.Minute)
	h.in("r1")
}

// TestBruteForce tries many accounts from one place of the network: naming
// other places does not help, being one of many behind a proxy does not hurt.
func TestBruteForce(t *testing.T) {
	t.Parallel()
	h := open(t)
	count := func(head func(int) []string) (heard int) {
		for i := range triesAtOnce + 10 {
			if h.browser().signIn(fmt.Sprint("account-", i), "wrong", head(i)...).status == http.StatusForbidden {
				heard++
			}
		}
		return heard
	}
	spoofed := func(i int) []string { return []string{"X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i)} }
	if heard := count(spoofed); heard != triesAtOnce {
		t.Errorf("%d tries are heard from one place, want %d", heard, triesAtOnce)
	}
	if got := h.browser().signIn("r1", password); got.status != http.StatusTooManyRequests || got.head.Get("Retry-After") == "" {
		t.Errorf("%d", got.status)
	}
	h.pass(tryEach)
	for range 3 { // what succeeds does not count
		h.in("r1")
	}
	proxied := open(t, func(h *hall) { h.door.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	h = proxied
	if heard := count(spoofed); heard != triesAtOnce+10 {
		t.Errorf("%d people of different places are heard, want all", heard)
	}
	same := func(i int) []string { return []string{"X-Forwarded-For", fmt.Sprintf("6.6.6.%d, 198.51.100.7", i)} }
	if heard := count(same); heard != triesAtOnce {
		t.Errorf("%d tries are heard from behind a proxy, want %d", heard, triesAtOnce)
	}
}

// TestBodies sends too much, and too slowly.
func TestBodies(t *testing.T) {
	t.Parallel()
	h := open(t)
	b, token := h.in("r1")
	large := url.Values{"jeton": {token}, "mot": {strings.Repeat("x", MaxForm)}}.Encode()
	for _, who := range []*browser{b, h.browser()} {
		for _, place := range []string{"/notes", "/connexion"} {
			if got := who.send("POST", place, large); got.status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: %d", place, got.status)
			}
		}
	}
	if got := b.send("POST", "/notes", "jeton="+token, "Content-Type", "multipart/form-data; boundary=x"); got.status != http.StatusBadRequest {
		t.Errorf("a garbled form: %d", got.status)
	}
	stuck, held := io.Pipe()
	go func() { _, _ = io.WriteString(held, "jeton="+token+"&mot=") }() // and no more
	r, err := http.NewRequestWithContext(t.Context(), "POST", h.server.URL+"/notes", stuck)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout {
		t.Errorf("a slow body: %d", resp.StatusCode)
	}
	h.didNothing("too much or too slow")
}

// TestLateForm sends what took longer to write than the session lasts: nothing
// is lost, and nothing is sent by itself.
func TestLateForm(t *testing.T) {
	t.Parallel()
	h := open(t)
	b, token := h.in("r1")
	h.pass(publisher.SessionIdle)
	form := url.Values{"jeton": {token}, "mot": {`"><script>alert(1)</script>`}, "liste": {"a", "b"}}
	got := b.send("POST", "/notes/n1?vue=1", form.Encode())
	if got.status != http.StatusUnauthorized || !strings.Contains(got.text, "Rien n’est perdu") {
		t.Fatalf("%d\n%s", got.status, got.text)
	}
	kept := url.Values{"identifiant": {"r1"}, "mot-de-passe": {password}}
	for _, m := range regexp.MustCompile(`name="(vers|garde)" value="([^"]*)"`).FindAllStringSubmatch(got.text, -1) {
		kept.Set(m[1], strings.NewReplacer("&amp;", "&", "&#43;", "+").Replace(m[2]))
	}
	if strings.Contains(kept.Get("garde"), "jeton") {
		t.Errorf("the old token is kept: %s", kept.Get("garde"))
	}
	h.didNothing("before signing in")
	got = b.send("POST", "/connexion", kept.Encode())
	if got.status != http.StatusOK || !strings.Contains(got.text, `action="/notes/n1?vue=1"`) || strings.Count(got.text, `name="liste"`) != 2 ||
		strings.Contains(got.text, "<script>alert") || !strings.Contains(got.text, "&lt;script&gt;alert(1)") {
		t.Errorf("%d\n%s", got.status, got.text)
	}
	h.didNothing("by signing in")
	if fresh := b.token(); !strings.Contains(got.text, `name="jeton" value="`+fresh+`"`) {
		t.Error("the form that is offered cannot be sent")
	}
	kept.Set("vers", "https://evil.example/")
	if got := h.browser().send("POST", "/connexion", kept.Encode()); got.status != http.StatusSeeOther || got.head.Get("Location") != "/" {
		t.Errorf("sent elsewhere: %d %s", got.status, got.text)
	}
	stale := url.Values{"jeton": {token}, "mot": {"x"}} // a tab of the former session
	if got := b.send("POST", "/notes/n1", stale.Encode(), "Sec-Fetch-Site", "same-origin"); got.status != http.StatusForbidden || !strings.Contains(got.text, "Envoyer ma saisie") {
		t.Errorf("a stale tab: %d\n%s", got.status, got.text)
	}
	h.didNothing("a stale tab")
}

// TestGiven: a password that another person has seen opens one page alone.
func TestGiven(t *testing.T) {
	t.Parallel()
	h := open(t)
	given, err := h.p.ResetPassword(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	b := h.browser()
	b.signIn("r1", given)
	if got := b.send("GET", "/notes", ""); got.head.Get("Location") != PasswordPage {
		t.Errorf("%d to %q", got.status, got.head.Get("Location"))
	}
	if got := b.send("GET", PasswordPage, ""); got.status != http.StatusOK {
		t.Errorf("%d", got.status)
	}
}

// TestShut: nobody comes in with a password, nor stays.
func TestShut(t *testing.T) {
	t.Parallel()
	h := open(t)
	b, _ := h.in("r1")
	h.door.Shut = true
	if got := b.send("GET", "/", ""); got.status != http.StatusSeeOther {
		t.Errorf("who was in stays: %d", got.status)
	}
	if got := h.browser().signIn("r1", password); got.status != http.StatusForbidden || strings.Contains(got.text, `name="mot-de-passe"`) {
		t.Errorf("%d\n%s", got.status, got.text)
	}
}
