package publisher

import (
	"cmp"
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

// The powers under which somebody signs who does so for another.
const (
	ByDelegation notice.By = "delegation" // the signatory is absent and has named who signs
	ByInterim    notice.By = "interim"    // the post is vacant, and an administrator has named who holds it
)

// A Mandate lets an account sign for a bureau in somebody's place, for a time.
// Within it the account may what table.go lets signatories do, but not sign what
// it has written.
type Mandate struct {
	ID     string    `json:"id,omitzero"`
	By     notice.By `json:"by"`
	Of     string    `json:"of,omitzero"` // the absent signatory; "" where the post is vacant
	To     string    `json:"to"`          // who stands in
	Bureau string    `json:"bureau"`
	From   time.Time `json:"from"` // by the house's clock
	Until  time.Time `json:"until"`
}

// given is whether there is a mandate at all.
func (m Mandate) given() bool { return m.By != "" }

// Holds is whether it is in force at an instant.
func (m Mandate) Holds(now time.Time) bool {
	return m.given() && !now.Before(m.From) && now.Before(m.Until)
}

// longestMandate is how long a mandate may last: who is away longer, or a post
// vacant longer, is settled by the administrator.
const longestMandate = 183 * 24 * time.Hour

// Mandate lets somebody stand in. A signatory gives it for the time of an
// absence (ByDelegation); an administrator gives an interim. Whoever receives
// it is of the bureau, and holds the right to be delegated to
// (Account.Delegate) or is a signatory.
func (p *Publisher) Mandate(ctx context.Context, by Account, m Mandate) (Mandate, error) {
	switch {
	case m.By == ByDelegation && by.Owns(notice.Signer):
		m.Of, m.Bureau = by.ID, cmp.Or(by.Bureau, m.Bureau)
	case m.By == ByInterim && by.has(notice.Administrator):
		m.Of = ""
	default:
		return m, fmt.Errorf("%w: a signatory delegates, an administrator gives an interim", notice.ErrForbidden)
	}
	to, err := p.account(ctx, m.To)
	if err != nil {
		return m, err
	}
	if err := p.checkMandate(m, to); err != nil {
		return m, err
	}
	m.ID = secretID()
	m.From, m.Until = m.From.UTC(), m.Until.UTC()
	data, err := json.Marshal(m)
	if err != nil {
		return m, err
	}
	_, err = p.Store.Accounts.Create(ctx, "mandate."+m.To+"."+m.ID, data, m.Until.Sub(p.Now()))
	return m, failed("write a mandate down", err)
}

// secretID is a name that nobody guesses and that opens nothing.
func secretID() string { return hash([]byte(secret()))[:16] }

func (p *Publisher) checkMandate(m Mandate, to Account) error {
	if _, err := p.Bureaus.Find(m.Bureau); err != nil {
		return err
	}
	switch {
	case m.To == m.Of:
		return fmt.Errorf("%w: nobody stands in for himself: name another account", ErrDeputy)
	case !m.From.Before(m.Until):
		return ErrOrder
	case !m.Until.After(p.Now()):
		return ErrPast
	case m.Until.Sub(m.From) > longestMandate:
		return ErrEternal
	}
	return to.mayStandIn(m)
}

// Why a mandate cannot be. The first three are notice.ErrInvalid.
var (
	ErrOrder   = fmt.Errorf("%w: the end is not after the beginning: correct the dates", notice.ErrInvalid)
	ErrPast    = fmt.Errorf("%w: the end has passed: correct the dates", notice.ErrInvalid)
	ErrEternal = fmt.Errorf("%w: it would last more than half a year: give a nearer end, and renew it then", notice.ErrInvalid)
	ErrDeputy  = fmt.Errorf("%w: the account cannot stand in", notice.ErrForbidden)
)

// mayStandIn is whether an account can hold a mandate, now.
func (a Account) mayStandIn(m Mandate) error {
	switch {
	case !a.Delegate && !a.Owns(notice.Signer):
		return fmt.Errorf("%w: %s may not be delegated to: an administrator gives it that right", ErrDeputy, a.ID)
	case a.Bureau != m.Bureau && a.Bureau != "":
		return fmt.Errorf("%w: %s is of bureau %s, the mandate of %s", ErrDeputy, a.ID, a.Bureau, m.Bureau)
	}
	return nil
}

// Mandates are all that are not over, the next to begin first.
func (p *Publisher) Mandates(ctx context.Context) ([]Mandate, error) {
	return p.mandates(ctx, "mandate.*.*")
}

func (p *Publisher) mandates(ctx context.Context, filter string) ([]Mandate, error) {
	var all []Mandate
	err := p.Store.Accounts.Scan(ctx, []string{filter}, func(pair stream.Pair) error {
		var m Mandate
		if err := json.Unmarshal(pair.Value, &m); err != nil {
			return fmt.Errorf("decode a mandate: %w", err)
		}
		if m.Until.After(p.Now()) {
			all = append(all, m)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Mandate) int {
		return cmp.Or(a.From.Compare(b.From), strings.Compare(a.ID, b.ID))
	})
	return all, failed("read the mandates", err)
}

// EndMandate takes a mandate back: by who gave it, by an administrator, or by
// who holds it.
func (p *Publisher) EndMandate(ctx context.Context, by Account, id string) error {
	all, err := p.Mandates(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(m Mandate) bool { return m.ID == id })
	if i < 0 {
		return fmt.Errorf("%w: there is no such mandate, or it is over", notice.ErrNotFound)
	}
	if m := all[i]; by.ID != m.Of && by.ID != m.To && !by.has(notice.Administrator) {
		return fmt.Errorf("%w: a mandate is taken back by who gave it, who holds it, or an administrator", notice.ErrForbidden)
	}
	return failed("end a mandate", p.Store.Accounts.Delete(ctx, "mandate."+all[i].To+"."+id))
}

// endMandates ends all that an account gave or holds.
func (p *Publisher) endMandates(ctx context.Context, account string) error {
	all, err := p.Mandates(ctx)
	for _, m := range all {
		if m.Of == account || m.To == account {
			err = errors.Join(err, p.Store.Accounts.Delete(ctx, "mandate."+m.To+"."+m.ID))
		}
	}
	return failed("end the mandates of "+account, err)
}

// standing is an account with the mandate that is in force for it, and the
// role that comes of it. Whoever can hold none is not looked for.
func (p *Publisher) standing(ctx context.Context, a Account) (Account, error) {
	if !a.Delegate && !a.has(notice.Signer) {
		return a, nil
	}
	all, err := p.mandates(ctx, "mandate."+a.ID+".*")
	if err != nil {
		return a, err
	}
	for _, m := range all {
		if m.Holds(p.Now()) && p.valid(ctx, m, a) == nil {
			a.Under = m
			if !a.has(notice.Signer) {
				a.Roles, a.lent = append(slices.Clone(a.Roles), notice.Signer), true
			}
			return a, nil
		}
	}
	return a, nil
}

// valid is whether who gave a mandate could still give it, and who holds it
// still hold it.
func (p *Publisher) valid(ctx context.Context, m Mandate, a Account) error {
	if err := a.mayStandIn(m); err != nil || m.Of == "" {
		return err
	}
	of, err := p.account(ctx, m.Of)
	if err == nil && !of.has(notice.Signer) {
		err = fmt.Errorf("%w: %s, who has delegated, is no signatory any more", notice.ErrForbidden, m.Of)
	}
	return err
}

// Owns is whether an account has a role by itself, not by a mandate.
func (a Account) Owns(r notice.Role) bool { return a.has(r) && (r != notice.Signer || !a.lent) }

// lend writes on an entry under whose mandate it is made, if it takes one:
// where its author signs for another. Who does in a role of his own what that
// allows needs none. What is signed says the same as the record.
func (p *Publisher) lend(d Dossier, e Entry, who Account) (Entry, error) {
	m := who.Under
	switch {
	case !m.given() || !slices.Contains(e.Roles, notice.Signer):
		return e, nil
	case who.lent && len(e.Roles) > 1:
		e.Roles = slices.DeleteFunc(slices.Clone(e.Roles), func(r notice.Role) bool { return r == notice.Signer })
		return e, nil
	case !who.lent && (e.Type != Approved || signedBy(e) != m.By):
		return e, nil
	case !m.Holds(p.Now()):
		return e, fmt.Errorf("%w: what let you sign in another's place is over since %s", notice.ErrForbidden, notice.At(m.Until))
	}
	if bureau := cmp.Or(d.Bureau, d.State.Notice.Issuer); bureau != m.Bureau {
		return e, fmt.Errorf("%w: the notice is of bureau %s, what lets you sign in another's place of %s", notice.ErrForbidden, bureau, m.Bureau)
	}
	if e.Type == Approved && signedBy(e) != m.By {
		return e, notice.Problems{{Severity: notice.SeverityError, Pointer: "/signatory/by",
			What:   fmt.Sprintf("you sign in another's place (%s), and the letter does not say so", m.By),
			Remedy: fmt.Sprintf("have the text changed: your name as the signatory's, and by: %s", m.By)}}
	}
	e.Under = &m
	return e, nil
}

// signedBy is the power under which an approved text says that it is signed.
func signedBy(e Entry) notice.By {
	_, text, err := e.Approval.said()
	if err != nil {
		return ""
	}
	return text.Notice.Signatory.By
}
