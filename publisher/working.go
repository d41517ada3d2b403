package publisher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Copy is what somebody has typed and not saved yet: the form as it stands,
// half-written dates included. It is on no record: it is there so that a
// browser that is closed, or a connection that is lost, takes nothing with it.
type Copy struct {
	Form map[string][]string `json:"form"`
	Seen int                 `json:"seen"` // the edition it started from
	Time time.Time           `json:"time"` // by the house's clock
}

// How long a working copy is kept after the last change to it, and how long
// somebody counts as being there after the last sign of life.
const (
	copyLasts     = 7 * 24 * time.Hour
	presenceLasts = 30 * time.Second
)

func copyKey(account, id string) string { return "draft." + id + "." + account }

// KeepCopy keeps somebody's working copy of a notice, in the place of the one
// before.
func (p *Publisher) KeepCopy(ctx context.Context, account, id string, c Copy) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return failed("keep a working copy", p.keep(ctx, copyKey(account, id), data, copyLasts))
}

// keep writes a key whatever was there; it vanishes after ttl.
func (p *Publisher) keep(ctx context.Context, key string, data []byte, ttl time.Duration) error {
	for range attempts {
		_, err := p.Store.Accounts.Create(ctx, key, data, ttl)
		if !errors.Is(err, stream.ErrConflict) {
			return err
		}
		was, err := p.Store.Accounts.Get(ctx, key)
		if errors.Is(err, stream.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err = p.Store.Accounts.Renew(ctx, key, data, was.Revision, ttl); !errors.Is(err, stream.ErrConflict) {
			return err
		}
	}
	return notice.ErrConflict
}

// WorkingCopy is what somebody has typed and not saved; false where there is
// nothing.
func (p *Publisher) WorkingCopy(ctx context.Context, account, id string) (Copy, bool, error) {
	var c Copy
	pair, err := p.Store.Accounts.Get(ctx, copyKey(account, id))
	if errors.Is(err, stream.ErrNotFound) {
		return c, false, nil
	}
	if err == nil {
		err = json.Unmarshal(pair.Value, &c)
	}
	return c, err == nil, failed("look for a working copy", err)
}

// DropCopy erases somebody's working copy, if there is one.
func (p *Publisher) DropCopy(ctx context.Context, account, id string) error {
	return failed("erase a working copy", p.Store.Accounts.Delete(ctx, copyKey(account, id)))
}

// A Presence is somebody who has a notice open, to write it.
type Presence struct {
	Account string    `json:"-"`
	Since   time.Time `json:"since"` // by the house's clock
}

// Open says that somebody has a notice open, for the next half minute, and
// gives the others who have, whichever desk they are at: longest first.
func (p *Publisher) Open(ctx context.Context, account, id string) ([]Presence, error) {
	own := Presence{Since: p.Now().UTC()}
	var others []Presence
	prefix := "open." + id + "."
	err := p.Store.Accounts.Scan(ctx, []string{prefix + "*"}, func(pair stream.Pair) error {
		var one Presence
		if err := json.Unmarshal(pair.Value, &one); err != nil {
			return fmt.Errorf("decode %s: %w", pair.Key, err)
		}
		if one.Account = strings.TrimPrefix(pair.Key, prefix); one.Account == account {
			own.Since = one.Since
			return nil
		}
		others = append(others, one)
		return nil
	})
	if err != nil {
		return nil, failed("see who has the notice open", err)
	}
	slices.SortFunc(others, func(a, b Presence) int { return a.Since.Compare(b.Since) })
	data, err := json.Marshal(own)
	if err != nil {
		return nil, err
	}
	return others, failed("say that the notice is open", p.keep(ctx, prefix+account, data, presenceLasts))
}

// Leave says that somebody has closed a notice.
func (p *Publisher) Leave(ctx context.Context, account, id string) error {
	return failed("say that the notice is closed", p.Store.Accounts.Delete(ctx, "open."+id+"."+account))
}
