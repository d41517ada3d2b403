package publisher

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// How long a session lasts, by the machine's clock.
const (
	SessionIdle = 30 * time.Minute // without a request
	SessionLife = 12 * time.Hour   // at most
	// sessionStep is how exactly the last request is remembered: a write to the
	// store each minute, not each request.
	sessionStep = time.Minute
	// sessionMoved is for how long a session's former secret still opens it: the
	// browser may have sent other requests at that moment.
	sessionMoved = 30 * time.Second
)

// A Session is one browser that somebody has signed in with. ACCOUNTS holds it
// under the hash of its secret, which the browser alone has.
type Session struct {
	ID      string    `json:"id"` // names it, and opens nothing
	Account string    `json:"account"`
	Began   time.Time `json:"began"`
	Seen    time.Time `json:"seen"` // to the minute
	Ends    time.Time `json:"ends"` // at the latest
	// Form is what each form carries that the session is shown, so that no other
	// site can send one in its name.
	Form   string `json:"form"`
	Name   string `json:"name,omitzero"`   // for pages alone, as an issuer says it
	Issuer string `json:"issuer,omitzero"` // who vouched for the account; the house if absent
	Rights int    `json:"rights"`          // of the account when its secret was made
	// Moved says that it goes on under another secret.
	Moved bool `json:"moved,omitzero"`
}

// An Opened session is one with its secret, for the browser's cookie.
type Opened struct {
	Session
	Secret string
	Device string // by which its browser is known at the next sign-in; "" if none was made
}

// An Entrant is somebody who comes in with a session: the account as it is
// now, and what is to be done first.
type Entrant struct {
	Account Account
	Session Session
	Name    string // as pages show it; "" for the account's id
	Given   bool   // the password is to be changed before anything else
	// Secret is the session's new one, where its rights have changed; else "".
	Secret string
}

func sessionKey(secret string) string { return "session." + hash([]byte(secret)) }

// begin begins a session: always under a new secret, whatever the browser had.
func (p *Publisher) begin(ctx context.Context, u user, s Session) (Opened, error) {
	now := p.Wall().UTC()
	s.ID, s.Form, s.Account, s.Rights = secretID(), secretID(), u.ID, u.Rights
	s.Began, s.Seen, s.Ends = now, now, now.Add(SessionLife)
	o, err := p.open(ctx, s)
	if err == nil {
		p.Log.Info("signed in", "account", u.ID)
	}
	return o, err
}

func (p *Publisher) open(ctx context.Context, s Session) (Opened, error) {
	o := Opened{Session: s, Secret: secret()}
	data, err := json.Marshal(s)
	if err != nil {
		return o, err
	}
	_, err = p.Store.Accounts.Create(ctx, sessionKey(o.Secret), data, s.left(p.Wall()))
	return o, failed("begin a session", err)
}

// left is how long a session may still last without a request.
func (s Session) left(now time.Time) time.Duration {
	if idle := s.Seen.Add(SessionIdle); idle.Before(s.Ends) {
		return idle.Sub(now)
	}
	return s.Ends.Sub(now)
}

// Enter gives who comes in with a session's secret, or ErrUnauthenticated. What
// the account may do is what it may now: a change takes effect with the next
// request, and moves the session to another secret.
func (p *Publisher) Enter(ctx context.Context, secret string) (Entrant, error) {
	return p.admit(ctx, secret, p.touch)
}

// Look is Enter for a page that asks by itself, with nobody there: the session
// does not last any longer for it.
func (p *Publisher) Look(ctx context.Context, secret string) (Entrant, error) {
	return p.admit(ctx, secret, func(context.Context, stream.Pair, Session) error { return nil })
}

func (p *Publisher) admit(ctx context.Context, secret string, touch func(context.Context, stream.Pair, Session) error) (Entrant, error) {
	pair, err := p.Store.Accounts.Get(ctx, sessionKey(secret))
	if errors.Is(err, stream.ErrNotFound) {
		return Entrant{}, ErrUnauthenticated
	}
	if err != nil {
		return Entrant{}, failed("look for a session", err)
	}
	var s Session
	if err := json.Unmarshal(pair.Value, &s); err != nil || s.left(p.Wall()) <= 0 {
		return Entrant{}, ErrUnauthenticated
	}
	u, err := p.user(ctx, s.Account)
	if errors.Is(err, notice.ErrNotFound) || err == nil && u.Issuer != s.Issuer {
		return Entrant{}, ErrUnauthenticated
	}
	if err != nil {
		return Entrant{}, err
	}
	e := Entrant{Session: s, Given: u.Given, Name: cmp.Or(u.Name, s.Name)}
	if u.Rights != s.Rights && !s.Moved {
		e.Session.Rights = u.Rights
		e.Secret, err = p.move(ctx, pair, e.Session)
	} else {
		err = touch(ctx, pair, s)
	}
	if err == nil {
		e.Account, err = p.standing(ctx, u.Account)
	}
	return e, err
}

// touch writes down that a session is in use.
func (p *Publisher) touch(ctx context.Context, pair stream.Pair, s Session) error {
	now := p.Wall().UTC()
	if s.Moved || now.Sub(s.Seen) < sessionStep {
		return nil
	}
	s.Seen = now
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = p.Store.Accounts.Renew(ctx, pair.Key, data, pair.Revision, s.left(now))
	if errors.Is(err, stream.ErrConflict) { // another request of it did, or it has ended
		return nil
	}
	return failed("go on with a session", err)
}

// move gives a session another secret. The former one opens it for a moment
// longer.
func (p *Publisher) move(ctx context.Context, pair stream.Pair, s Session) (string, error) {
	was := s
	was.Moved, was.Ends = true, p.Wall().Add(sessionMoved).UTC()
	data, err := json.Marshal(was)
	if err != nil {
		return "", err
	}
	_, err = p.Store.Accounts.Renew(ctx, pair.Key, data, pair.Revision, sessionMoved)
	if errors.Is(err, stream.ErrConflict) { // another request of it has moved it
		return "", nil
	}
	if err != nil {
		return "", failed("move a session", err)
	}
	o, err := p.open(ctx, s)
	return o.Secret, err
}

// EndSession ends the session of a secret, if there is one.
func (p *Publisher) EndSession(ctx context.Context, secret string) error {
	return failed("end a session", p.Store.Accounts.Delete(ctx, sessionKey(secret)))
}

// Sessions are those of an account, the last used first.
func (p *Publisher) Sessions(ctx context.Context, account string) ([]Session, error) {
	var all []Session
	err := p.eachSession(ctx, account, func(_ string, s Session) {
		all = slices.DeleteFunc(all, func(had Session) bool { return had.ID == s.ID })
		if !s.Moved {
			all = append(all, s)
		}
	})
	slices.SortFunc(all, func(a, b Session) int { return b.Seen.Compare(a.Seen) })
	return all, err
}

func (p *Publisher) eachSession(ctx context.Context, account string, f func(key string, s Session)) error {
	err := p.Store.Accounts.Scan(ctx, []string{"session.*"}, func(pair stream.Pair) error {
		var s Session
		if err := json.Unmarshal(pair.Value, &s); err != nil {
			return fmt.Errorf("decode a session: %w", err)
		}
		if s.Account == account && s.left(p.Wall()) > 0 {
			f(pair.Key, s)
		}
		return nil
	})
	return failed("read the sessions", err)
}

// EndSessions ends all sessions of an account but the one of an id, if that is
// given.
func (p *Publisher) EndSessions(ctx context.Context, account, but string) error {
	return p.endSessions(ctx, account, func(s Session) bool { return s.ID != but })
}

// EndOneSession ends the session of an account that has this id.
func (p *Publisher) EndOneSession(ctx context.Context, account, id string) error {
	return p.endSessions(ctx, account, func(s Session) bool { return s.ID == id })
}

func (p *Publisher) endSessions(ctx context.Context, account string, which func(Session) bool) error {
	var keys []string
	err := p.eachSession(ctx, account, func(key string, s Session) {
		if which(s) {
			keys = append(keys, key)
		}
	})
	for _, key := range keys {
		err = errors.Join(err, p.Store.Accounts.Delete(ctx, key))
	}
	return failed("end the sessions of "+account, err)
}
