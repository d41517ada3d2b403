package publisher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A user is what ACCOUNTS holds of an account, under its id.
type user struct {
	Account
	Name string `json:"name,omitzero"` // for pages and mails to the bureau alone: no record and no log has it
	// Notify is where it is told what waits for it; nowhere if empty. It is
	// personal data, and stands in ACCOUNTS alone.
	Notify   string `json:"notify,omitzero"`
	Password string `json:"password,omitzero"` // its hash; none for who comes another way
	// Given says that another person has seen the password: it is to be changed.
	Given bool `json:"given,omitzero"`
	// Rights counts the changes of what the account may do.
	Rights int `json:"rights,omitzero"`
	// Issuer has vouched for the account (OIDC), and says what it may do; ""
	// for one of the house's own.
	Issuer string `json:"issuer,omitzero"`

	revision uint64
}

// A Person is an account as those see it who keep the people. Its name is for
// pages and mails to the bureau alone.
type Person struct {
	Account
	Name     string `json:"name,omitzero"`
	Password bool   `json:"password,omitzero"` // it has one
	Given    bool   `json:"given,omitzero"`    // one that is to be changed
	Issuer   string `json:"issuer,omitzero"`   // who vouches for it; the house if absent
	Notify   string `json:"-"`                 // where it is told what waits for it; for its own page alone
}

func (u user) person() Person {
	return Person{u.Account, u.Name, u.Password != "", u.Given, u.Issuer, u.Notify}
}

// user reads an account; notice.ErrNotFound if there is none.
func (p *Publisher) user(ctx context.Context, id string) (user, error) {
	var u user
	if !token(id) {
		return u, fmt.Errorf("%w: %q is not the id of an account", notice.ErrNotFound, id)
	}
	pair, err := p.Store.Accounts.Get(ctx, "user."+id)
	if errors.Is(err, stream.ErrNotFound) {
		return u, fmt.Errorf("%w: there is no account %s", notice.ErrNotFound, id)
	}
	if err != nil {
		return u, failed("look for account "+id, err)
	}
	err = json.Unmarshal(pair.Value, &u)
	u.revision = pair.Revision
	return u, err
}

// addUser makes an account; stream.ErrConflict if there is one of its id.
func (p *Publisher) addUser(ctx context.Context, u user) error {
	data, err := json.Marshal(u)
	if err != nil {
		return err
	}
	_, err = p.Store.Accounts.Create(ctx, "user."+u.ID, data, 0)
	return failed("make account "+u.ID, err)
}

// changeUser changes an account, deciding again where another desk was faster.
func (p *Publisher) changeUser(ctx context.Context, id string, change func(*user) error) (user, error) {
	for range attempts {
		u, err := p.user(ctx, id)
		if err != nil {
			return u, err
		}
		if err := change(&u); err != nil {
			return u, err
		}
		data, err := json.Marshal(u)
		if err != nil {
			return u, err
		}
		_, err = p.Store.Accounts.Update(ctx, "user."+id, data, u.revision)
		if !errors.Is(err, stream.ErrConflict) {
			return u, failed("change account "+id, err)
		}
	}
	return user{}, fmt.Errorf("%w: others keep changing account %s; try again", notice.ErrConflict, id)
}

// users are all accounts, in the order of their ids.
func (p *Publisher) users(ctx context.Context) ([]user, error) {
	var all []user
	err := p.Store.Accounts.Scan(ctx, []string{"user.*"}, func(pair stream.Pair) error {
		var u user
		if err := json.Unmarshal(pair.Value, &u); err != nil {
			return fmt.Errorf("decode %s: %w", pair.Key, err)
		}
		all = slices.DeleteFunc(all, func(had user) bool { return had.ID == u.ID }) // changed meanwhile
		all = append(all, u)
		return nil
	})
	slices.SortFunc(all, func(a, b user) int { return strings.Compare(a.ID, b.ID) })
	return all, failed("read the accounts", err)
}

// People are all accounts with what pages show of them, by id.
func (p *Publisher) People(ctx context.Context) ([]Person, error) {
	all, err := p.users(ctx)
	people := make([]Person, len(all))
	for i, u := range all {
		people[i] = u.person()
	}
	return people, err
}

// Person is one of them; notice.ErrNotFound if there is none of this id.
func (p *Publisher) Person(ctx context.Context, id string) (Person, error) {
	u, err := p.user(ctx, id)
	return u.person(), err
}

// ChangeAccount gives an account other roles, another bureau, or the right to
// be delegated to. It counts at once: whoever is signed in goes on with what
// the account may do now. The last administrator stays one. What an issuer
// says of its accounts is not changed here (notice.ErrConflict).
func (p *Publisher) ChangeAccount(ctx context.Context, a Account) error {
	if err := p.CheckAccount(a); err != nil {
		return err
	}
	if !a.has(notice.Administrator) {
		if err := p.keepAdministrator(ctx, a.ID); err != nil {
			return err
		}
	}
	_, err := p.changeUser(ctx, a.ID, func(u *user) error {
		if u.Issuer != "" {
			a.Delegate = a.Delegate || u.Delegate // to compare without it
			if a.Bureau != u.Bureau || !sameRoles(a.Roles, u.Roles) {
				return fmt.Errorf("%w: what %s may do is said by %s, where it signs in", notice.ErrConflict, a.ID, u.Issuer)
			}
		}
		u.become(a)
		return nil
	})
	return err
}

// become gives a user the rights of an account, and counts where they differ.
func (u *user) become(a Account) {
	if u.Bureau != a.Bureau || u.Delegate != a.Delegate || !sameRoles(u.Roles, a.Roles) {
		u.Rights++
	}
	u.Roles, u.Bureau, u.Delegate = a.Roles, a.Bureau, a.Delegate
}

func sameRoles(a, b []notice.Role) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// ErrLastAdministrator says that an account must stay what it is.
var ErrLastAdministrator = fmt.Errorf("%w: it is the last administrator", notice.ErrConflict)

// keepAdministrator refuses to do without the last administrator.
func (p *Publisher) keepAdministrator(ctx context.Context, but string) error {
	all, err := p.users(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(u user) bool { return u.ID == but })
	if i < 0 || !all[i].has(notice.Administrator) {
		return nil
	}
	if !slices.ContainsFunc(all, func(u user) bool { return u.ID != but && u.has(notice.Administrator) }) {
		return fmt.Errorf("%w: %s", ErrLastAdministrator, but)
	}
	return nil
}

// longestName is how many letters a display name may have.
const longestName = 60

// SetName lets pages and mails to the bureau show a name for an account; "" for
// its id. No record, log
// or event ever has it.
func (p *Publisher) SetName(ctx context.Context, id, name string) error {
	name = strings.Join(strings.Fields(name), " ")
	if err := CheckName(name); err != nil {
		return err
	}
	_, err := p.changeUser(ctx, id, func(u *user) error {
		u.Name = name
		return nil
	})
	return err
}

// CheckName says why a name will not do; its error is a *notice.ValueError.
func CheckName(name string) error {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(`<>"`, r) }
	switch {
	case utf8.RuneCountInString(name) > longestName:
		return &notice.ValueError{What: "the name is too long", Remedy: fmt.Sprintf("%d letters are the most", longestName)}
	case !utf8.ValidString(name) || strings.ContainsFunc(name, odd):
		return &notice.ValueError{What: "the name holds what is no letter", Remedy: "write it as one would on a door"}
	}
	return nil
}

// longestAddress is how long a mail address may be (RFC 5321 section 4.5.3.1.3).
const longestAddress = 254

// SetNotify has an account told at a mail address what waits for it; "" for
// nowhere. No record, log or event ever has it. A *notice.ValueError says that
// it is no address.
func (p *Publisher) SetNotify(ctx context.Context, id, address string) error {
	address = strings.TrimSpace(address)
	if a, err := mail.ParseAddress(address); address != "" && (err != nil || a.Address != address || len(address) > longestAddress) {
		return &notice.ValueError{What: "that is no mail address", Remedy: "write it as name@domain"}
	}
	_, err := p.changeUser(ctx, id, func(u *user) error {
		u.Notify = address
		return nil
	})
	return err
}

// Names are the display names of the accounts that have one, by id.
func (p *Publisher) Names(ctx context.Context) (map[string]string, error) {
	all, err := p.users(ctx)
	names := map[string]string{}
	for _, u := range all {
		if u.Name != "" {
			names[u.ID] = u.Name
		}
	}
	return names, err
}
