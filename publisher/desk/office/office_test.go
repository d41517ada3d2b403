package office

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk/door"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
	"douane.gouv.fr/crieur/templates/pages"
)

// A place is an office behind a real server, with a real broker and the real
// words, and a clock that the test holds.
type place struct {
	t      testing.TB
	p      *publisher.Publisher
	office *Office
	server *httptest.Server

	mu  sync.Mutex
	now time.Time // guarded by mu
}

func open(t testing.TB) *place {
	t.Helper()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	o := &place{t: t, now: legal("2023-08-01T10:00")}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	o.p = &publisher.Publisher{
		Store: noticetest.Broker(t), Catalogue: known.Catalogue, Bureaus: known.Bureaus,
		Words:  templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus},
		Letter: func(d templates.Document, _ notice.Act) ([]byte, error) { return fmt.Append(nil, d), nil },
		Now:    o.Now, Wall: time.Now, Log: log, Hashing: publisher.Argon2{Memory: 64, Passes: 1},
	}
	rooms := bureau.House{House: pages.House{Now: o.Now, Log: log}}
	o.office = &Office{Publisher: o.p, Door: &door.Door{Publisher: o.p, House: rooms}, House: rooms, Log: log,
		Words: templates.Words{Catalogue: known.Catalogue, Bureaus: known.Bureaus}, Public: counted{}, Audience: counted{}}
	o.server = httptest.NewServer(o.office.Handler())
	t.Cleanup(o.server.Close)
	o.follow()
	for id, role := range map[string]notice.Role{"r1": notice.Drafter, "r2": notice.Drafter, "s1": notice.Signer, "s2": notice.Signer, "p1": notice.DutyOfficer, "a1": notice.Administrator} {
		if err := o.p.AddAccount(t.Context(), publisher.Account{ID: id, Roles: []notice.Role{role}, Bureau: "comint1"}); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// follow feeds the office with what is written, until the test ends.
func (o *place) follow() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- o.p.Follow(ctx) }()
	o.t.Cleanup(func() {
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			o.t.Errorf("Follow ended with %v", err)
		}
	})
}

func legal(at string) time.Time {
	var t notice.Time
	if err := t.UnmarshalText([]byte(at)); err != nil {
		panic(err)
	}
	return t.Time
}

// Now is the test's clock.
func (o *place) Now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

// set moves the clock and lets it act.
func (o *place) set(at string) {
	o.t.Helper()
	o.mu.Lock()
	o.now = legal(at)
	o.mu.Unlock()
	o.p.Tick(o.t.Context())
}

// A person is somebody at a browser.
type person struct {
	*place
	id     string
	client *http.Client
}

// password is everybody's.
const password = "quatre mots sans rapport"

// as signs somebody in, each time at another browser.
func (o *place) as(id string) *person {
	o.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	p := &person{o, id, &http.Client{Jar: jar}}
	who, err := o.p.Person(o.t.Context(), id)
	if err == nil && !who.Password {
		err = o.p.SetPassword(o.t.Context(), id, password, false)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	if at := p.post("/connexion", url.Values{"identifiant": {id}, "mot-de-passe": {password}}); at.status != http.StatusOK {
		o.t.Fatalf("%s cannot sign in: %d\n%s", id, at.status, at.text)
	}
	return p
}

// A view is the page that somebody got in the end.
type view struct {
	status int
	place  string // after redirections, with its query
	text   string
}

func (p *person) ask(r *http.Request) view {
	p.t.Helper()
	resp, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return view{resp.StatusCode, resp.Request.URL.RequestURI(), string(body)}
}

// get opens a page.
func (p *person) get(place string) view {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.server.URL+place, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.ask(r)
}

// post sends a form as it is given.
func (p *person) post(place string, form url.Values) view {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.server.URL+place, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.ask(r)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// hiddens are the hidden fields of the form of a page that leads to a place.
func (v view) hiddens(t testing.TB, action string) url.Values {
	t.Helper()
	_, form, ok := strings.Cut(v.text, `action="`+action+`"`)
	if !ok {
		t.Fatalf("no form leads to %s on %s (%d):\n%s", action, v.place, v.status, v.text)
	}
	form, _, _ = strings.Cut(form, "</form>")
	values := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(form, -1) {
		values.Add(m[1], html.UnescapeString(m[2]))
	}
	return values
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	o := open(t)
	stranger := &person{place: o, client: http.DefaultClient}
	if v := stranger.get("/calendrier"); !strings.HasPrefix(v.place, "/connexion?retour=") {
		t.Errorf("a stranger is led to %s", v.place)
	}
	r1 := o.as("r1")
	home := r1.get("/")
	if home.status != http.StatusOK || !strings.Contains(home.text, "<h1>Notes en cours</h1>") || strings.Contains(home.text, `href="/personnes"`) {
		t.Errorf("%d:\n%s", home.status, home.text)
	}
	if v := r1.post("/deconnexion", nil); v.status == http.StatusOK && !strings.HasPrefix(v.place, "/connexion") {
		t.Errorf("after signing out: %s", v.place)
	}
}
