package e2e

import (
	"context"
	"log/slog"
	"net/mail"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/house"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
)

// runHouse runs a whole house with its embedded broker and mailbox, whose clock
// stands at an instant until it is moved, and acts when it is told to. It ends
// with the test, or when end is called. set may change how it is.
func runHouse(t *testing.T, at string, set ...func(*house.Config)) (h *house.House, end func()) {
	t.Helper()
	contract, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	c := house.Config{
		Words: templates.Words{Catalogue: contract.Catalogue, Bureaus: contract.Bureaus}, Dir: t.TempDir(), MaxStore: 1 << 30,
		Public: "127.0.0.1:0", Desk: "127.0.0.1:0", From: mail.Address{Name: "Notes aux opérateurs", Address: "notes@meteo.example"},
		Lease: time.Second, Clock: house.StoppedAt(legal(t, at)), Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range set {
		f(&c)
	}
	h, err = house.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.RunHeld(ctx) }()
	end = sync.OnceFunc(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		h.Close()
	})
	t.Cleanup(end)
	return h, end
}

func legal(t testing.TB, at string) time.Time {
	t.Helper()
	var when notice.Time
	if err := when.UnmarshalText([]byte(at)); err != nil {
		t.Fatal(err)
	}
	return when.Time
}

// staffPassword is everybody's of these tests.
const staffPassword = "quatre mots sans rapport"

// employ makes an account whose password is everybody's.
func employ(t testing.TB, h *house.House, a publisher.Account) {
	t.Helper()
	if err := h.Publisher.AddAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if err := h.Publisher.SetPassword(t.Context(), a.ID, staffPassword, false); err != nil {
		t.Fatal(err)
	}
}

// signedIn is a window at which somebody has signed in.
func signedIn(t testing.TB, h *house.House, id string, width int) *tab {
	t.Helper()
	b := newTab(t, h.URL(house.RoleDesk), width)
	b.signIn(id)
	return b
}

// signIn lets somebody in whose password is everybody's.
func (b *tab) signIn(id string) {
	b.t.Helper()
	b.visit("/connexion")
	b.fill("#identifiant", id)
	b.fill("#mot-de-passe", staffPassword)
	b.press("Se connecter")
}
