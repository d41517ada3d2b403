package publisher

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
)

// A wall is the machine's own clock, as a test moves it.
type wall struct {
	mu  sync.Mutex
	now time.Time
}

func (w *wall) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *wall) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

const goodPassword = "quatre mots sans rapport"

// newPeople is a desk with an account r1, whose password is goodPassword, and
// a machine's clock that the test moves.
func newPeople(t *testing.T) (*house, *wall) {
	t.Helper()
	h := newHouse(t)
	w := &wall{now: time.Now()}
	h.Wall, h.Hashing = w.Now, Argon2{Memory: 64, Passes: 1}
	for _, a := range []Account{drafter, signer, signer2, duty, {ID: "admin", Roles: []notice.Role{notice.Administrator}}} {
		wantErr(t, "account "+a.ID, h.AddAccount(t.Context(), a), nil)
	}
	wantErr(t, "password", h.SetPassword(t.Context(), drafter.ID, goodPassword, false), nil)
	return h, w
}

func (h *house) signIn(id, password string) Opened {
	h.t.Helper()
	o, err := h.SignIn(h.t.Context(), id, password, "")
	if err != nil {
		h.t.Fatalf("%s does not come in: %v", id, err)
	}
	return o
}

// TestLockOut tries an account that there is and one that there is not: the
// same answers at the same times, up to the lock and after it.
func TestLockOut(t *testing.T) {
	t.Parallel()
	h, w := newPeople(t)
	ctx := t.Context()
	waits := []time.Duration{0, 0, 1, 2, 4, 8, 16, 32, 64, 15 * 60}
	for _, id := range []string{drafter.ID, "nobody"} {
		for i, seconds := range waits {
			_, err := h.SignIn(ctx, id, "wrong", "")
			wantErr(t, id, err, ErrSignIn)
			if seconds == 0 {
				continue
			}
			w.pass(seconds*time.Second - time.Millisecond)
			_, err = h.SignIn(ctx, id, goodPassword, "")
			if soon := (*TooSoon)(nil); !errors.As(err, &soon) || soon.Wait != time.Millisecond {
				t.Fatalf("%s, a moment too soon after failure %d: %v", id, i+1, err)
			}
			w.pass(time.Millisecond)
		}
	}
	h.signIn(drafter.ID, goodPassword)
	_, err := h.SignIn(ctx, "nobody", goodPassword, "")
	wantErr(t, "nobody after the lock", err, ErrSignIn)
	for range freeTries - 1 { // what succeeded has wiped the slate
		_, err := h.SignIn(ctx, drafter.ID, "wrong", "")
		wantErr(t, "after it", err, ErrSignIn)
	}
	h.signIn(drafter.ID, goodPassword)
}

// TestGuessingAtOnce has many guess at the same time: no more guesses are
// heard than one by one.
func TestGuessingAtOnce(t *testing.T) {
	t.Parallel()
	h, _ := newPeople(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	heard := 0
	for range 40 {
		all.Go(func() {
			_, err := h.SignIn(t.Context(), drafter.ID, "wrong", "")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, ErrSignIn):
				heard++
			case !errors.Is(err, ErrWait):
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()
	if heard == 0 || heard > freeTries {
		t.Errorf("%d of 40 guesses at once were heard; %d may be", heard, freeTries)
	}
}

// TestResetUnlocks: an administrator's new password lets a locked account in,
// once to be changed.
func TestResetUnlocks(t *testing.T) {
	t.Parallel()
	h, w := newPeople(t)
	ctx := t.Context()
	before := h.signIn(drafter.ID, goodPassword)
	for i := range mostTries {
		_, err := h.SignIn(ctx, drafter.ID, "wrong", "")
		wantErr(t, "a guess", err, ErrSignIn)
		if i+1 < mostTries {
			w.pass(wait(i + 1))
		}
	}
	given, err := h.ResetPassword(ctx, drafter.ID)
	wantErr(t, "reset", err, nil)
	if _, err := h.Enter(ctx, before.Secret); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("a session outlives the reset: %v", err)
	}
	o := h.signIn(strings.ToUpper(" "+drafter.ID+" "), given)
	if e, err := h.Enter(ctx, o.Secret); err != nil || !e.Given {
		t.Errorf("%+v, %v: the password is to be changed", e, err)
	}
	_, err = h.ChangePassword(ctx, drafter.ID, given, given)
	wantErr(t, "the same again", err, ErrSamePassword)
	_, err = h.ChangePassword(ctx, drafter.ID, goodPassword, "encore quatre mots ici")
	wantErr(t, "a wrong old one", err, ErrSignIn)
	o2, err := h.ChangePassword(ctx, drafter.ID, given, "encore quatre mots ici")
	wantErr(t, "change", err, nil)
	if _, err := h.Enter(ctx, o.Secret); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("another session outlives the change: %v", err)
	}
	if e, err := h.Enter(ctx, o2.Secret); err != nil || e.Given {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]error{
		goodPassword:                  nil,
		"éééèèèàààùùùa":               nil, // letters, not bytes
		"onze lettre":                 ErrShortPassword,
		strings.Repeat("abcde", 25):   nil,
		strings.Repeat("abcde", 26):   ErrLongPassword,
		"chef-bureau-2023":            ErrCommonPassword,
		"Mot De Passe 123":            ErrCommonPassword,
		"aaaaaaaaaaaaaa":              ErrCommonPassword,
		"121212121212":                ErrCommonPassword,
		"vive crieur et ses notes":    ErrCommonPassword,
		"quatre mots\xff et un octet": ErrShortPassword,
	} {
		if err := CheckPassword("chef-bureau", password); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
		if want != nil && !errors.Is(want, notice.ErrInvalid) {
			t.Errorf("%v is not the input's fault", want)
		}
	}
	seen := map[string]bool{}
	for range 100 {
		made := NewPassword()
		if err := CheckPassword("administrator", made); err != nil || seen[made] || len(made) != 23 {
			t.Fatalf("%q: %v", made, err)
		}
		seen[made] = true
	}
}

// TestSeal is how passwords lie in the store, and how they move to another
// cost.
func TestSeal(t *testing.T) {
	t.Parallel()
	h, _ := newPeople(t)
	ctx := t.Context()
	u, err := h.user(ctx, drafter.ID)
	if err != nil || !strings.HasPrefix(u.Password, "$argon2id$v=19$m=64,t=1,p=1$") || strings.Contains(u.Password, "quatre") {
		t.Fatalf("%q, %v", u.Password, err)
	}
	h.Hashing = Argon2{Memory: 128, Passes: 2}
	h.signIn(drafter.ID, goodPassword)
	if u, err = h.user(ctx, drafter.ID); err != nil || !strings.HasPrefix(u.Password, "$argon2id$v=19$m=128,t=2,p=1$") {
		t.Errorf("not hashed anew: %q, %v", u.Password, err)
	}
	h.signIn(drafter.ID, goodPassword)
	for _, bad := range []string{"x", "$argon2id$v=18$m=64,t=1,p=1$YQ$YQ", "$argon2i$v=19$m=64,t=1,p=1$YQ$YQ", "$argon2id$v=19$m=64,t=0,p=1$YQ$YQ", "$argon2id$v=19$m=64,t=1,p=1$?$YQ"} {
		if ok, _, err := h.matches(ctx, bad, goodPassword); ok || err == nil {
			t.Errorf("%q is taken for a hash", bad)
		}
	}
	if costs.Memory < 19<<10 || costs.Passes < 2 {
		t.Errorf("%+v is less than OWASP's least", costs)
	}
}

// TestHashesAreBounded: whoever waits for a place leaves when his time is up.
func TestHashesAreBounded(t *testing.T) {
	t.Parallel()
	h, _ := newPeople(t)
	if _, err := h.derive(t.Context(), "x", make([]byte, saltBytes), h.cost()); err != nil {
		t.Fatal(err)
	}
	for range mostHashes {
		h.hashes.places <- struct{}{}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := h.derive(ctx, "x", make([]byte, saltBytes), h.cost())
	wantErr(t, "no place", err, ErrStore)
}

// TestKnownBrowser: who knows an id alone does not keep its owner out of the
// browser in which he has signed in before.
func TestKnownBrowser(t *testing.T) {
	t.Parallel()
	h, w := newPeople(t)
	ctx := t.Context()
	known := h.signIn(drafter.ID, goodPassword).Device
	for i := range mostTries {
		_, err := h.SignIn(ctx, drafter.ID, "wrong", "")
		wantErr(t, "a stranger", err, ErrSignIn)
		if i+1 < mostTries {
			w.pass(wait(i + 1))
		}
	}
	_, err := h.SignIn(ctx, drafter.ID, goodPassword, "another")
	wantErr(t, "a made browser", err, ErrWait)
	o, err := h.SignIn(ctx, drafter.ID, goodPassword, known)
	if err != nil || o.Device != known {
		t.Errorf("the known browser: %v", err)
	}
	_, err = h.SignIn(ctx, drafter.ID, goodPassword, "")
	wantErr(t, "a stranger is let in by that", err, ErrWait)
	_, err = h.SignIn(ctx, signer.ID, "wrong", known)
	wantErr(t, "another account there", err, ErrSignIn)
	for range freeTries {
		_, err := h.SignIn(ctx, drafter.ID, "wrong", known)
		wantErr(t, "guesses there", err, ErrSignIn)
	}
	_, err = h.SignIn(ctx, drafter.ID, goodPassword, known)
	wantErr(t, "too many of them", err, ErrWait)
}
