package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// A bureau is a desk behind a real server, with a client for each of its
// people.
type bureau struct {
	t      testing.TB
	p      *publisher.Publisher
	server *httptest.Server
	now    time.Time
	root   Client // the administrator's
	people map[string]Client
}

func open(t testing.TB) *bureau {
	t.Helper()
	return openWith(t, nil)
}

// openWith is a bureau that sees another side.
func openWith(t testing.TB, other Public) *bureau {
	t.Helper()
	known, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	b := &bureau{t: t, now: legal("2023-08-01T10:00"), people: map[string]Client{}}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	b.p = &publisher.Publisher{
		Store: newStore(t), Catalogue: known.Catalogue, Bureaus: known.Bureaus, Words: words{},
		Letter: func(d templates.Document, _ notice.Act) ([]byte, error) { return fmt.Append(nil, d), nil },
		Now:    func() time.Time { return b.now }, Wall: time.Now, Log: log,
	}
	work, _ := other.(Work) // nil where no test asks
	b.server = httptest.NewServer(checked(t, (&Desk{Publisher: b.p, Public: other, Work: work, Log: log}).Handler()))
	t.Cleanup(b.server.Close)
	token, err := b.p.Bootstrap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.root = Client{Server: b.server.URL, Token: token}
	for id, role := range map[string]notice.Role{"r1": notice.Drafter, "s1": notice.Signer, "p1": notice.DutyOfficer} {
		b.join(id, role)
	}
	return b
}

// join makes an account through the API.
func (b *bureau) join(id string, roles ...notice.Role) {
	b.t.Helper()
	if err := b.root.AddAccount(b.t.Context(), publisher.Account{ID: id, Roles: roles, Bureau: "comint1"}); err != nil {
		b.t.Fatal(err)
	}
	token, err := b.root.NewToken(b.t.Context(), id, 1)
	if err != nil {
		b.t.Fatal(err)
	}
	b.people[id] = Client{Server: b.server.URL, Token: token.Token}
}

func legal(at string) time.Time {
	var t notice.Time
	if err := t.UnmarshalText([]byte(at)); err != nil {
		panic(err)
	}
	return t.Time
}

func example(t testing.TB) string {
	t.Helper()
	raw, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestLife goes the whole way through the API and its client.
func TestLife(t *testing.T) {
	t.Parallel()
	b, ctx := open(t), t.Context()
	draft, sign, duty := b.people["r1"], b.people["s1"], b.people["p1"]
	checked, err := draft.Check(ctx, strings.Replace(example(t), "Michel BARON", "", 1))
	if err != nil || len(checked.Problems.Errors()) != 1 || checked.Problems[0].Line != 5 {
		t.Fatalf("check: %+v, %v", checked.Problems, err)
	}
	n, err := draft.Create(ctx, "", example(t))
	if err != nil || n.Status != publisher.StatusDraft || n.Edition != 1 {
		t.Fatalf("%+v, %v", n, err)
	}
	n, err = draft.Edit(ctx, Ref{Notice: n.ID, Seen: n.Edition}, publisher.Draft{Text: strings.Replace(example(t), "17:00", "18:00", 1)})
	if err != nil || n.Edition != 2 {
		t.Fatalf("%+v, %v", n, err)
	}
	n, err = draft.Submit(ctx, Ref{Notice: n.ID})
	if err != nil {
		t.Fatal(err)
	}
	n, err = sign.Return(ctx, Ref{Notice: n.ID}, "17h00 et non 18h00")
	if err != nil || n.Reason != "17h00 et non 18h00" {
		t.Fatalf("%+v, %v", n, err)
	}
	if n, err = draft.Edit(ctx, Ref{Notice: n.ID, Seen: n.Edition}, publisher.Draft{Text: example(t)}); err != nil {
		t.Fatal(err)
	}
	if n, err = draft.Submit(ctx, Ref{Notice: n.ID}); err != nil {
		t.Fatal(err)
	}
	n, err = sign.Approve(ctx, Ref{Notice: n.ID, Seen: n.Edition}, Approve{})
	if err != nil || n.Status != publisher.StatusPublished || n.Notice.Reference != "20000171" || len(n.Events) != 1 {
		t.Fatalf("%+v, %v", n, err)
	}
	b.now = legal("2023-08-08T14:30")
	e, err := duty.Act(ctx, Ref{Notice: "INT-2023-000001"}, notice.Ended{Fallback: notice.FallbackAfter{Closes: notice.ClosesNow}})
	if err != nil || e.Act.Type() != notice.TypeEnded || e.By != notice.DutyOfficer {
		t.Fatalf("%+v, %v", e, err)
	}
	n, err = draft.Notice(ctx, "20000171")
	if err != nil || n.Phase != notice.Over || len(n.Entries) != 8 {
		t.Errorf("%s, %d entries, %v", n.Phase, len(n.Entries), err)
	}
	all, err := draft.Notices(ctx, url.Values{"phase": {"ended"}})
	if err != nil || len(all) != 1 || all[0].Text != "" {
		t.Errorf("%+v, %v", all, err)
	}
	if none, err := draft.Notices(ctx, url.Values{"status": {"draft"}}); err != nil || len(none) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

// TestClientErrors are the kinds of error as the command line sees them.
func TestClientErrors(t *testing.T) {
	t.Parallel()
	b, ctx := open(t), t.Context()
	draft, sign := b.people["r1"], b.people["s1"]
	n, err := draft.Create(ctx, "", strings.Replace(example(t), "services:", "servces:", 1))
	if !errors.Is(err, notice.ErrInvalid) || !strings.Contains(err.Error(), "line 9") || !strings.Contains(err.Error(), `did you mean "services"?`) {
		t.Errorf("a misspelt field: %v", err)
	}
	n, err = draft.Create(ctx, "", example(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = draft.Approve(ctx, Ref{Notice: n.ID, Seen: n.Edition}, Approve{})
	want(t, "a drafter's signature", err, notice.ErrForbidden)
	_, err = sign.Approve(ctx, Ref{Notice: n.ID, Seen: n.Edition}, Approve{})
	want(t, "a signature under a draft", err, notice.ErrConflict)
	_, err = sign.Act(ctx, Ref{Notice: n.ID}, notice.Cancelled{})
	want(t, "an act on a draft", err, notice.ErrConflict)
	_, err = draft.Notice(ctx, "23000999")
	want(t, "no such notice", err, notice.ErrNotFound)
	want(t, "an account by a drafter", draft.AddAccount(ctx, publisher.Account{ID: "x"}), notice.ErrForbidden)
	_, err = (Client{Server: b.server.URL, Token: "crieur_no"}).Me(ctx)
	want(t, "a wrong token", err, publisher.ErrUnauthenticated)
	dead := Client{Server: "http://127.0.0.1:1", Token: "crieur_no"}
	ctx, stop := context.WithTimeout(ctx, 100*time.Millisecond)
	defer stop()
	if _, err = dead.Me(ctx); err == nil || errors.Is(err, notice.ErrInvalid) {
		t.Errorf("no desk there: %v", err)
	}
}

func want(t testing.TB, what string, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
}

// TestStatuses sends what no client of ours sends.
func TestStatuses(t *testing.T) {
	t.Parallel()
	b := open(t)
	n, err := b.people["r1"].Create(t.Context(), "", example(t))
	if err != nil {
		t.Fatal(err)
	}
	key := stream.NewID()
	yaml := map[string]string{"Content-Type": "application/yaml", "Idempotency-Key": key}
	with := func(more ...string) map[string]string {
		h := map[string]string{"Content-Type": "application/yaml", "Idempotency-Key": stream.NewID()}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	at := "/api/notices/" + n.ID
	for _, c := range []struct {
		name, who, method, path, body string
		header                        map[string]string
		status                        int
	}{
		{"no token", "", "GET", "/api/notices", "", nil, 401},
		{"another scheme", "", "GET", "/api/notices", "", map[string]string{"Authorization": "Basic eDp4"}, 401},
		{"no such path", "r1", "GET", "/api/nothing", "", nil, 404},
		{"no such act", "p1", "POST", at + "/acts/ende", "", with(), 404},
		{"no such method", "r1", "PATCH", at, "", nil, 404},
		{"no command id", "r1", "POST", "/api/notices", example(t), map[string]string{"Content-Type": "application/yaml"}, 400},
		{"a name for a command id", "r1", "POST", "/api/notices", example(t), with("Idempotency-Key", "michel"), 400},
		{"created", "r1", "POST", "/api/notices", example(t), yaml, 201},
		{"the same again", "r1", "POST", "/api/notices", example(t), yaml, 201},
		{"the same command, another text", "r1", "POST", "/api/notices", "kind: incident", yaml, 409},
		{"JSON", "r1", "POST", "/api/notices", `{"kind": "incident"}`, with("Content-Type", "application/json; charset=utf-8"), 201},
		{"a form", "r1", "POST", "/api/notices", "kind=incident", with("Content-Type", "application/x-www-form-urlencoded"), 415},
		{"too large", "r1", "POST", "/api/notices", "# " + strings.Repeat("x", schemas.MaxDocument), with(), 413},
		{"not YAML", "r1", "POST", "/api/notices", "a: [", with(), 422},
		{"an edit of nothing seen", "r1", "PUT", at + "/draft", example(t), with(), 428},
		{"an edit of a strange tag", "r1", "PUT", at + "/draft", example(t), with("If-Match", "*"), 400},
		{"an edit of what has changed", "r1", "PUT", at + "/draft", example(t), with("If-Match", `"7"`), 409},
		{"an edit", "r1", "PUT", at + "/draft", example(t), with("If-Match", `"1"`), 200},
		{"a signature on nothing seen", "s1", "POST", at + "/approve", "", with(), 428},
		{"a return without a reason", "s1", "POST", at + "/return", "", with(), 422},
		{"a misspelt field of an act", "p1", "POST", at + "/acts/extended", "untill: 2023-08-08T19:00", with(), 422},
		{"an act of the clock", "p1", "POST", at + "/acts/started", "", with(), 403},
		{"accounts", "r1", "GET", "/api/accounts", "", nil, 403},
		{"a token for ever", "administrator", "POST", "/api/accounts/r1/tokens", "days: 4000", with(), 422},
		{"a token of nobody", "administrator", "POST", "/api/accounts/nobody/tokens", "", with(), 404},
		{"the void numbers", "r1", "GET", "/api/numbers/void", "", nil, 200},
		{"health", "r1", "GET", "/api/health", "", nil, 200},
		{"revoked", "administrator", "DELETE", "/api/accounts/p1/tokens", "", nil, 204},
		{"after it", "p1", "GET", "/api/me", "", nil, 401},
	} {
		resp, body := b.send(c.who, c.method, c.path, c.body, c.header)
		if resp.StatusCode != c.status {
			t.Errorf("%s: %d, want %d: %s", c.name, resp.StatusCode, c.status, body)
		}
		if resp.StatusCode >= 400 && resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s: %s", c.name, resp.Header.Get("Content-Type"), body)
		}
	}
}

// send is one raw request by one of the people.
func (b *bureau) send(who, method, path, body string, header map[string]string) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	switch {
	case who == "administrator":
		req.Header.Set("Authorization", "Bearer "+b.root.Token)
	case who != "":
		req.Header.Set("Authorization", "Bearer "+b.people[who].Token)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp, string(text)
}

// TestStatusOf maps every kind of error.
func TestStatusOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
	}{
		{fmt.Errorf("x: %w", publisher.ErrUnauthenticated), 401},
		{fmt.Errorf("x: %w", notice.ErrForbidden), 403},
		{fmt.Errorf("x: %w", notice.ErrNotFound), 404},
		{fmt.Errorf("x: %w", notice.ErrConflict), 409},
		{&notice.ValueError{What: "x"}, 422},
		{fmt.Errorf("x: %w", notice.Problems{{Severity: notice.SeverityError}}), 422},
		{fmt.Errorf("x: %w", &http.MaxBytesError{}), 413},
		{publisher.ErrClock, 503},
		{fmt.Errorf("x: %w: %w", publisher.ErrStore, errors.New("nats: no responders")), 503},
		{fmt.Errorf("x: %w: %w", publisher.ErrStore, stream.ErrFull), 503},
		{errors.New("a template that does not parse"), 500},
	} {
		if got := statusOf(c.err); got != c.status {
			t.Errorf("%v: %d, want %d", c.err, got, c.status)
		}
	}
}

// TestStoreIsFull: whoever asks is told what is to be done, where asking again
// mends nothing.
func TestStoreIsFull(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	d := &Desk{Log: slog.New(slog.DiscardHandler)}
	d.fail(w, httptest.NewRequest("POST", "/", nil), fmt.Errorf("%w: line 63: %w: 10077", publisher.ErrStore, stream.ErrFull))
	if body := w.Body.String(); w.Code != 503 || !strings.Contains(body, "the store is full: give it more space") || strings.Contains(body, "10077") {
		t.Errorf("%d: %s", w.Code, body)
	}
}

// TestProblem is what an error looks like from outside.
func TestProblem(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, body := b.send("r1", "POST", "/api/notices", "kind: maintenace\n",
		map[string]string{"Content-Type": "application/yaml", "Idempotency-Key": stream.NewID()})
	want := `{"title":"Unprocessable Entity","status":422,"detail":"line 1: error: kind: \"maintenace\" is not known (did you mean \"maintenance\"?)",` +
		`"problems":[{"severity":"error","pointer":"/kind","line":1,"what":"\"maintenace\" is not known","remedy":"did you mean \"maintenance\"?"}]}`
	if strings.TrimSpace(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
}

// TestClockTrouble is a desk whose machine's clock is wrong.
func TestClockTrouble(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.p.Wall = func() time.Time { return time.Now().Add(-time.Hour) }
	resp, body := b.send("r1", "POST", "/api/notices", example(t),
		map[string]string{"Content-Type": "application/yaml", "Idempotency-Key": stream.NewID()})
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, "clock is wrong") {
		t.Errorf("%d: %s", resp.StatusCode, body)
	}
	if resp, body := b.send("r1", "GET", "/api/health", "", nil); resp.StatusCode != 503 || !strings.Contains(body, `"clock"`) {
		t.Errorf("health %d: %s", resp.StatusCode, body)
	}
}
