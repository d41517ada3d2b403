package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// told is another side that knows one event, and breaks off where it is told to.
type told struct {
	Public
	event string
	rows  int
	cut   bool
}

func (p told) Deliveries(context.Context, string) ([]Delivery, error) {
	return []Delivery{{Counts: map[string]int{}}}, nil
}

func (p told) Account(_ context.Context, event string) (Account, error) {
	if event != p.event {
		return Account{}, stream.ErrNotFound
	}
	return Account{Event: event}, nil
}

func (p told) Attempts(_ context.Context, _ string, q Question, f func(Attempt) error) error {
	for i := range p.rows {
		a := Attempt{Subscriber: fmt.Sprint("s", i), Reply: strings.Repeat("r", 200)}
		if q.Addresses {
			a.Address = "abonne@transitaire.example"
		}
		if err := f(a); err != nil {
			return err
		}
	}
	if p.cut {
		return errors.New("the broker has gone")
	}
	return nil
}

func (p told) History(context.Context, string) ([]Attempt, error)           { return nil, nil }
func (p told) Take(context.Context, []Entry, Terms) []Taken                 { return nil }
func (p told) Each(context.Context, func(Listed) error) error               { return nil }
func (p told) Lift(context.Context, string) error                           { return nil }
func (p told) ID(string) string                                             { return "id" }
func (p told) Unsubscribe(context.Context, string) (known bool, _ error)    { return true, nil }
func (p told) Dead(context.Context) ([]DeadJob, error)                      { return nil, nil }
func (p told) Revive(context.Context, string) error                         { return nil }
func (p told) Subscribe(context.Context, Subscription) (id string, _ error) { return "id", nil }

// TestRights asks every call about people as every role.
func TestRights(t *testing.T) {
	t.Parallel()
	event := stream.NewID()
	b := openWith(t, told{event: event, rows: 1})
	who := map[notice.Role]Client{notice.Drafter: b.people["r1"], notice.Signer: b.people["s1"], notice.DutyOfficer: b.people["p1"], notice.Administrator: b.root}
	const all, some, one = "drafter signatory duty administrator", "signatory duty administrator", "administrator"
	for _, c := range []struct{ call, body, may string }{
		{"GET /api/me", "", all},
		{"GET /api/ledger/" + event, "", some},
		{"GET /api/ledger/" + event + "/attempts", "", some},
		{"GET /api/ledger/" + event + "/attempts?only=amiss", "", some},
		{"GET /api/ledger/" + event + "/attempts?addresses=1", "", one},
		{"POST /api/ledger/history", `{"address": "a@b.fr"}`, one},
		{"POST /api/subscribers", `{"address": "a@b.fr"}`, one},
		{"POST /api/subscribers/remove", `{"address": "a@b.fr"}`, one},
		{"POST /api/subscribers/import", `{"columns": ["address"], "rows": []}`, one},
		{"GET /api/subscribers/export", "", one},
		{"GET /api/subscribers/suppressed", "", one},
		{"POST /api/subscribers/lift", `{"id": "a"}`, one},
		{"GET /api/dead", "", some},
		{"POST /api/dead/revive", `{"key": "email.e.0-1"}`, one},
		{"GET /api/accounts", "", one},
	} {
		for role, client := range who {
			status, text := b.raw(client.Token, c.call, c.body)
			allowed := strings.Contains(c.may, string(role))
			if allowed != (status < 300) || !allowed && status != http.StatusForbidden {
				t.Errorf("%s as %s: %d %s", c.call, role, status, text)
			}
		}
		if status, _ := b.raw("", c.call, c.body); status != http.StatusUnauthorized {
			t.Errorf("%s as nobody: %d", c.call, status)
		}
	}
}

// raw makes a call and gives its status and text.
func (b *bureau) raw(token, call, body string) (int, string) {
	b.t.Helper()
	method, path, _ := strings.Cut(call, " ")
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestLines: an answer of lines is whole, or its reader knows that it is not.
func TestLines(t *testing.T) {
	t.Parallel()
	event := stream.NewID()
	for _, c := range []struct {
		name string
		told
		least int // rows that come
		is    func(error) bool
	}{
		{"whole", told{event: event, rows: 2000}, 2000, func(err error) bool { return err == nil }},
		{"nobody", told{event: event}, 0, func(err error) bool { return err == nil }},
		{"cut in the middle", told{event: event, rows: 2000, cut: true}, 1, func(err error) bool { return errors.Is(err, errCut) }},
		{"cut at once", told{event: event, rows: 3, cut: true}, 0, func(err error) bool {
			var p *Problem
			return errors.As(err, &p) && p.Status == http.StatusInternalServerError
		}},
	} {
		b, rows := openWith(t, c.told), 0
		err := b.root.Attempts(t.Context(), event, Question{}, func(Account) error { return nil }, func(Attempt) error { rows++; return nil })
		if !c.is(err) || rows < c.least {
			t.Errorf("%s: %d rows, %v", c.name, rows, err)
		}
	}
	b := openWith(t, told{event: event})
	if _, err := b.root.Told(t.Context(), stream.NewID()); !errors.Is(err, notice.ErrNotFound) || !strings.Contains(err.Error(), "13 months") {
		t.Errorf("an event that there is not: %v", err)
	}
	if status, text := b.raw(b.root.Token, "GET /api/ledger/"+event+"/attempts?only=bad", ""); status != 400 || !strings.Contains(text, "only=amiss") {
		t.Errorf("a wrong question: %d %s", status, text)
	}
	for body, says := range map[string]string{
		`{"columns": ["adress"]}`:               "did you mean",
		`{"columns": ["address"], "lines": []}`: "unknown field",
		`{`:                                     "unexpected EOF",
		`{"columns": ["address"], "rows": [` + strings.Repeat(`{},`, MostRows) + `{}]}`: "5000 are the most",
	} {
		if status, text := b.raw(b.root.Token, "POST /api/subscribers/import", body); status/100 != 4 || !strings.Contains(text, says) {
			t.Errorf("%.60s: %d %s", body, status, text)
		}
	}
}
