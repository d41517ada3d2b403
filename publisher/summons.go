package publisher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Summons is what an entry of the private record asks of staff, as things
// stand now.
type Summons struct {
	Entry  Entry
	Bureau string // whose notice it is
	By     string // who did it, as pages call them; "" for the clock
	// State is that of the notice with Event as its last one: what readers are
	// told, or would be if the text in hand were published as it is. Event has no
	// act where the text cannot be.
	State notice.State
	Event notice.Event
	Was   Status // of the paper before the entry
	// To are the addresses of the accounts that are concerned and have given
	// one: those who sign for what is to be signed, who wrote for what came back.
	To []string
}

// ErrNoSummons says that an entry asks nothing of anybody, or no longer.
var ErrNoSummons = errors.New("nothing waits for staff")

// Summons reads what an entry of a notice's private record asks of staff;
// ErrNoSummons where that is nothing, or done.
func (p *Publisher) Summons(ctx context.Context, id, entry string) (Summons, error) {
	d, err := p.load(ctx, id)
	if err != nil {
		return Summons{}, err
	}
	i := slices.IndexFunc(d.Entries, func(e Entry) bool { return e.ID == entry })
	if i < 0 {
		return Summons{}, fmt.Errorf("%w: no entry %s", ErrNoSummons, entry)
	}
	e, before := d.Entries[i], d.until(i)
	if !d.calls(e, before) {
		return Summons{}, ErrNoSummons
	}
	users, err := p.users(ctx)
	if err != nil {
		return Summons{}, err
	}
	s := Summons{Entry: e, Bureau: d.Bureau, Was: before.Status}
	doer := e.Account
	if e.Type == Missed {
		doer = d.Held.Account
	}
	s.State, s.Event = p.wouldSay(d, e)
	standing, err := p.Mandates(ctx)
	if err != nil {
		return s, err
	}
	concerned := concerned(d, e, before)
	for _, u := range users {
		if u.ID == doer {
			s.By = u.Name
		}
		if u.Notify != "" && (slices.Contains(concerned, u.ID) || signs(e) && p.maySign(d, e, u, standing)) {
			s.To = append(s.To, u.Notify)
		}
	}
	if s.By == "" && doer != clockAccount.ID {
		s.By = doer
	}
	return s, nil
}

// until is the dossier's paper as it was before one of its entries.
func (d Dossier) until(i int) Dossier {
	before := newDossier(d.ID)
	for _, e := range d.Entries[:i] {
		before.Entries = append(before.Entries, e)
		before.apply(e)
	}
	return before
}

// calls is whether an entry asks something of somebody that has not been done
// since.
func (d Dossier) calls(e Entry, before Dossier) bool {
	last := d.Edition == e.Number // nobody has touched the paper since
	switch e.Type {
	case Submitted, Returned, Lapsed:
		return last
	case Withdrawn: // its drafter knows what they have withdrawn themselves
		asked := before.Status == StatusSubmitted || before.Status == StatusApproved
		return last && asked && !slices.Contains(before.hands(), e.Account)
	case Approved:
		signed, open := d.Unreviewed()
		return e.Emergency != "" && open && signed.ID == e.ID
	case Missed:
		return d.Settled.ID == e.ID // nothing has been held since
	}
	return false
}

// hands are the accounts that wrote the text in hand, or asked for its
// signature.
func (d Dossier) hands() []string {
	who := d.authors()
	for _, e := range slices.Backward(d.Entries) {
		if e.Type == Submitted {
			return append(who, e.Account)
		}
	}
	return who
}

// concerned are the accounts of whose doing an entry is the answer.
func concerned(d Dossier, e Entry, before Dossier) []string {
	switch e.Type {
	case Returned, Withdrawn:
		return slices.DeleteFunc(before.hands(), func(id string) bool { return id == e.Account })
	case Lapsed:
		return append(before.hands(), before.Signed.Account)
	case Missed:
		return []string{d.Held.Account}
	}
	return nil
}

// signs is whether an entry waits for a signatory.
func signs(e Entry) bool { return e.Type == Submitted || e.Type == Approved }

// maySign is whether an account could do what an entry waits for: it is a
// signatory of the bureau, or stands in for one, and has not written the text.
func (p *Publisher) maySign(d Dossier, e Entry, u user, standing []Mandate) bool {
	if e.Type == Approved && u.ID == e.Account || e.Type == Submitted && slices.Contains(d.authors(), u.ID) {
		return false
	}
	if u.mine(d.Bureau) != nil {
		return false
	}
	return u.has(notice.Signer) || slices.ContainsFunc(standing, func(m Mandate) bool {
		return m.To == u.ID && m.Holds(p.Now()) && (m.Bureau == "" || m.Bureau == d.Bureau) && u.mayStandIn(m) == nil
	})
}

// wouldSay is what readers are told of the notice that an entry is about.
func (p *Publisher) wouldSay(d Dossier, e Entry) (notice.State, notice.Event) {
	of := notice.Event{ID: e.ID, Notice: d.ID, Number: d.State.Number + 1, Version: d.State.Version + 1, Time: e.Time}
	switch e.Type {
	case Missed:
		if n := len(d.State.Events); n > 0 {
			return d.State, d.State.Events[0]
		}
		return d.State, of
	case Approved:
		if act, err := e.Approval.Act.act(); err == nil {
			of.Act = act
		}
	default:
		if n, ps := p.readDraft(d); ps.Err() == nil {
			of.Act = p.compose(n, d, SignOff{})
		}
	}
	if of.Act == nil {
		return d.State, of
	}
	before := notice.Fold(notice.Known(d.State.Events, e.Time.Add(-time.Nanosecond)))
	return before.With(of), of
}

// Calls is whether a record of DESK may ask something of staff, by its type.
func Calls(r stream.Record) bool {
	return slices.Contains([]EntryType{Submitted, Returned, Lapsed, Withdrawn, Approved, Missed}, EntryType(r.Type))
}
