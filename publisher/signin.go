package publisher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// ErrSignIn says that nobody is let in: the account, the password, or both are
// wrong. It is the same for an account that there is not.
var ErrSignIn = errors.New("the account or the password is wrong")

// ErrWait says that an account was tried too often; TooSoon says for how long.
var ErrWait = errors.New("too many tries: wait")

// TooSoon is ErrWait with the time to wait.
type TooSoon struct{ Wait time.Duration }

func (e *TooSoon) Error() string { return fmt.Sprintf("%v %s", ErrWait, e.Wait.Round(time.Second)) }

// Unwrap makes it ErrWait.
func (e *TooSoon) Unwrap() error { return ErrWait }

const (
	// freeTries may follow one another; each one after them doubles the wait.
	freeTries = 3
	// mostTries lock an account for lockedFor.
	mostTries = 10
	lockedFor = 15 * time.Minute
)

// A trial is what ACCOUNTS remembers of failures to sign in, under the hash of
// the account's id: what people type there may be their password. All desks
// share it, and it vanishes lockedFor after the last failure. A desk hashes so
// few passwords a second that there are never many of them.
type trial struct {
	Failures int       `json:"failures"`
	Until    time.Time `json:"until"` // not before then again
}

func trialKey(lane string) string { return "trial." + hash([]byte(lane)) }

// deviceLife is for how long a browser is known that somebody has signed in
// with.
const deviceLife = 90 * 24 * time.Hour

// lane is where tries at an account are counted: all together, but apart for a
// browser in which it has signed in before. So nobody who merely knows an id
// keeps its owner out.
func (p *Publisher) lane(ctx context.Context, id, device string) (lane string, known bool, err error) {
	if device == "" {
		return id, false, nil
	}
	pair, err := p.Store.Accounts.Get(ctx, deviceKey(device))
	if errors.Is(err, stream.ErrNotFound) || err == nil && string(pair.Value) != id {
		return id, false, nil
	}
	return id + " " + hash([]byte(device)), true, failed("look for a browser", err)
}

func deviceKey(device string) string { return "device." + hash([]byte(device)) }

// know remembers a browser by a secret of its own.
func (p *Publisher) know(ctx context.Context, id string) (string, error) {
	device := secret()
	_, err := p.Store.Accounts.Create(ctx, deviceKey(device), []byte(id), deviceLife)
	return device, failed("remember a browser", err)
}

// wait is how long to wait after so many failures.
func wait(failures int) time.Duration {
	switch {
	case failures < freeTries:
		return 0
	case failures >= mostTries:
		return lockedFor
	}
	return time.Second << (failures - freeTries)
}

// try counts a try before it is made, so that many at once are counted one by
// one. It refuses one that comes too soon, whether it would succeed or not.
func (p *Publisher) try(ctx context.Context, lane string) error {
	key, now := trialKey(lane), p.Wall()
	var t trial
	pair, err := p.Store.Accounts.Get(ctx, key)
	switch {
	case errors.Is(err, stream.ErrNotFound):
	case err != nil:
		return failed("look for failures to sign in", err)
	default:
		if err := json.Unmarshal(pair.Value, &t); err != nil {
			return fmt.Errorf("decode failures to sign in: %w", err)
		}
	}
	if now.Before(t.Until) {
		return &TooSoon{t.Until.Sub(now)}
	}
	if t.Failures >= mostTries { // the lock is over
		t.Failures = 0
	}
	t.Failures++
	t.Until = now.Add(wait(t.Failures)).UTC()
	data, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if pair.Key == "" {
		_, err = p.Store.Accounts.Create(ctx, key, data, lockedFor)
	} else {
		_, err = p.Store.Accounts.Renew(ctx, key, data, pair.Revision, lockedFor)
	}
	if errors.Is(err, stream.ErrConflict) { // somebody tries at this very moment
		return &TooSoon{time.Second}
	}
	return failed("write a try to sign in down", err)
}

// Forgive lets an account be tried again at once.
func (p *Publisher) Forgive(ctx context.Context, id string) error {
	return failed("forget failures to sign in", p.Store.Accounts.Delete(ctx, trialKey(id)))
}

// SignIn begins a session of an account whose password is known: ErrSignIn or
// ErrWait if not, in the same words and the same time for an account that
// there is not. device is what the browser was given at its last sign-in
// (Opened.Device), if there was one.
func (p *Publisher) SignIn(ctx context.Context, id, password, device string) (Opened, error) {
	id = strings.ToLower(strings.TrimSpace(id))
	lane, known, err := p.lane(ctx, id, device)
	if err != nil {
		return Opened{}, err
	}
	if err := p.try(ctx, lane); err != nil {
		return Opened{}, err
	}
	u, err := p.proven(ctx, id, password)
	if err != nil {
		return Opened{}, err
	}
	if err := p.Forgive(ctx, lane); err != nil {
		return Opened{}, err
	}
	if !known {
		if device, err = p.know(ctx, id); err != nil {
			return Opened{}, err
		}
	}
	o, err := p.begin(ctx, u, Session{})
	o.Device = device
	return o, err
}

// proven is the account of a password, or ErrSignIn.
func (p *Publisher) proven(ctx context.Context, id, password string) (user, error) {
	if len(password) > longestPassword {
		password = "" // and hashed all the same
	}
	u, err := p.user(ctx, id)
	if err != nil && !errors.Is(err, notice.ErrNotFound) {
		return u, err
	}
	ok, stale, err := p.matches(ctx, u.Password, password)
	switch {
	case err != nil:
		return u, err
	case !ok:
		p.Log.Info("sign-in refused")
		return u, ErrSignIn
	case stale:
		p.reseal(ctx, u, password)
	}
	return u, nil
}

// reseal hashes a password anew at the present cost. It may fail: the next
// time will do.
func (p *Publisher) reseal(ctx context.Context, u user, password string) {
	sealed, err := p.seal(ctx, password)
	if err == nil {
		_, err = p.changeUser(ctx, u.ID, func(now *user) error {
			if now.Password == u.Password {
				now.Password = sealed
			}
			return nil
		})
	}
	if err != nil {
		p.Log.Warn("a password is not hashed anew", "account", u.ID, "err", err)
	}
}

// SetPassword gives an account a password. given says that another person has
// seen it: it is to be changed before anything else. Its sessions end.
func (p *Publisher) SetPassword(ctx context.Context, id, password string, given bool) error {
	if err := CheckPassword(id, password); err != nil {
		return err
	}
	sealed, err := p.seal(ctx, password)
	if err != nil {
		return err
	}
	_, err = p.changeUser(ctx, id, func(u *user) error {
		if u.Issuer != "" {
			return fmt.Errorf("%w: %s signs in at %s, which keeps its password", notice.ErrConflict, id, u.Issuer)
		}
		u.Password, u.Given = sealed, given
		return nil
	})
	if err != nil {
		return err
	}
	return errors.Join(p.EndSessions(ctx, id, ""), p.Forgive(ctx, id))
}

// ResetPassword gives an account a password that is seen this once and is to
// be changed at its first use. Its sessions end, and it may be tried again.
func (p *Publisher) ResetPassword(ctx context.Context, id string) (string, error) {
	password := NewPassword()
	return password, p.SetPassword(ctx, id, password, true)
}

// ChangePassword gives an account the password that its owner chooses, who
// knows the old one. All its sessions end; a new one begins.
func (p *Publisher) ChangePassword(ctx context.Context, id, old, password string) (Opened, error) {
	if err := CheckPassword(id, password); err != nil {
		return Opened{}, err
	}
	if old == password {
		return Opened{}, ErrSamePassword
	}
	lane := id + " change" // who has a session is not kept out by who has none
	if err := p.try(ctx, lane); err != nil {
		return Opened{}, err
	}
	if _, err := p.proven(ctx, id, old); err != nil {
		return Opened{}, err
	}
	if err := p.Forgive(ctx, lane); err != nil {
		return Opened{}, err
	}
	if err := p.SetPassword(ctx, id, password, false); err != nil {
		return Opened{}, err
	}
	u, err := p.user(ctx, id)
	if err != nil {
		return Opened{}, err
	}
	return p.begin(ctx, u, Session{})
}
