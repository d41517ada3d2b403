// Package publisher takes notices in from editors and puts events on the stream.
//
// The desk's pages and API call it, and so does the clock. It writes two
// records. DESK is private, one subject a notice: who drafted, submitted,
// returned, approved and did what afterwards, by account id, each entry
// carrying the hash of the one before (Entry, Dossier; who may do what when is
// the table in table.go). NOTICES is public: appending there is the commit,
// and nothing else is.
//
// What is guaranteed: every append expects the last sequence of the notice's
// own subject, so of several desks one gets through and the others decide
// again on what it wrote. The same command (Order.Command) is done once, however often
// it is sent. An approval binds the very act that leaves. A number is never
// given twice. A clock that is wrong appends nothing.
//
// A crash between the two records leaves an entry on DESK without its event:
// the same command completes it, and a publication whose moment has come is
// completed by the clock (Tick).
package publisher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// A Publisher is the bureau's side of one process. Several may share a Store.
// All fields but Hashing and Grace are needed; none may change afterwards.
type Publisher struct {
	Store     *stream.Store
	Catalogue notice.Catalogue
	Bureaus   notice.Bureaus
	Words     Words
	// Letter draws the unsigned letter of an act, which is in it: the same bytes
	// for the same of both.
	Letter func(templates.Document, notice.Act) ([]byte, error)
	Now    func() time.Time // what the house takes for the time
	Wall   func() time.Time // the machine's own clock
	Log    *slog.Logger

	// Hashing is what a password costs whoever guesses it; the default if zero.
	Hashing Argon2
	// Grace is how long a held act can be taken back; ten seconds if zero.
	Grace time.Duration

	view   view
	alarms alarms
	hashes hashers

	mu     sync.Mutex
	sought time.Time // when numbers without a use were last looked for; guarded by mu
}

// Words composes letters: templates.Words does.
type Words interface {
	// LetterOf is what the letter of an act that says a text says: published,
	// corrected, changed. The same act has the same letter.
	LetterOf(notice.Act) (templates.Document, error)
	// Version changes whenever a word may.
	Version() string
}

// An Account is somebody who may act, or a program. It carries no name.
type Account struct {
	ID     string        `json:"id"`
	Roles  []notice.Role `json:"roles"`
	Bureau string        `json:"bureau,omitzero"` // whose notices; "" for every bureau's
	// Delegate says that a signatory may delegate to it.
	Delegate bool `json:"delegate,omitzero"`
	// Under is the mandate in force, where it stands in for somebody. It is
	// found when somebody comes in, and looked at again when it is used.
	Under Mandate `json:"-"`

	lent bool // it is a signatory by Under alone
}

// An Order is a command of somebody about a notice.
type Order struct {
	Who     Account
	Notice  string // its id
	Command string // the same one is done once
	// Seen is the Dossier.Edition on which the order rests. Where it is given
	// and the paper has changed since, the order is refused with ErrConflict.
	// An edit must give it.
	Seen int
}

// commandForm keeps names and addresses out of command ids, which are public.
var commandForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func (o Order) check() error {
	if o.Who.ID == "" || !commandForm.MatchString(o.Command) {
		return &notice.ValueError{What: fmt.Sprintf("%q cannot be the id of a command of %q", o.Command, o.Who.ID), Remedy: "use a UUID"}
	}
	return nil
}

// attempts is how often an order is decided again when somebody else was
// faster.
const attempts = 5

// enter puts an entry on a notice's private record. write makes it from what
// the record says, or refuses; it is asked again when somebody else was
// faster. asked is what the order asks, for the hash by which the same command
// is known. A command that has its entry already makes no other.
func (p *Publisher) enter(ctx context.Context, o Order, asked any, write func(Dossier) (Entry, error)) (Dossier, error) {
	want, err := hashOf(asked)
	if err != nil {
		return Dossier{}, err
	}
	if err := o.check(); err != nil {
		return Dossier{}, err
	}
	for range attempts {
		d, err := p.load(ctx, o.Notice)
		if err != nil {
			return Dossier{}, err
		}
		if e, ok := d.entry(o.Command); ok {
			return d, same(e, want, o)
		}
		d, err = p.tryEnter(ctx, d, o, want, write)
		if !errors.Is(err, stream.ErrConflict) {
			return d, err
		}
	}
	return Dossier{}, fmt.Errorf("%w: others keep changing notice %s; try again", notice.ErrConflict, o.Notice)
}

// tryEnter decides on a dossier and appends; stream.ErrConflict says that the
// dossier is stale.
func (p *Publisher) tryEnter(ctx context.Context, d Dossier, o Order, asked string, write func(Dossier) (Entry, error)) (Dossier, error) {
	if err := stale(d, o); err != nil {
		return d, err
	}
	e, err := write(d)
	if err != nil {
		return d, err
	}
	if e, err = p.lend(d, e, o.Who); err != nil {
		return d, err
	}
	if err := p.guard(ctx); err != nil {
		return d, err
	}
	e.Notice, e.Number, e.Command, e.Account, e.Asked = o.Notice, len(d.Entries)+1, o.Command, o.Who.ID, asked
	e.Time, e.Previous = p.after(d), d.last
	e.ID = stream.ID(e.Time, fmt.Sprintf("desk/%s/%d/%s/%s/%s", o.Notice, e.Number, o.Command, o.Who.ID, asked))
	return p.appendEntry(ctx, d, e)
}

// same is nil where an entry was made by this very order.
func same(e Entry, asked string, o Order) error {
	if e.Asked != asked || e.Account != o.Who.ID {
		return fmt.Errorf("%w: command %s has already been used for something else; give each command an id of its own", notice.ErrConflict, o.Command)
	}
	return nil
}

// stale says who has changed the paper since the order's author saw it.
func stale(d Dossier, o Order) error {
	if o.Seen == 0 || o.Seen == d.Edition {
		return nil
	}
	if d.Edition == 0 {
		return fmt.Errorf("%w: nothing has been drafted under %s yet", notice.ErrConflict, o.Notice)
	}
	last := d.Entries[d.Edition-1]
	return fmt.Errorf("%w: %s has %s the notice at %s, after what you saw (entry %d, now %d); load it again and repeat your change",
		notice.ErrConflict, last.Account, last.Type, notice.At(last.Time), o.Seen, d.Edition)
}

// after is the time of what comes next in a notice's life: now, and never
// before what is already on its records, whichever desk wrote that.
func (p *Publisher) after(d Dossier) time.Time {
	now := p.Now().UTC().Truncate(time.Millisecond)
	if d.State.Updated.After(now) {
		now = d.State.Updated
	}
	if n := len(d.Entries); n > 0 && d.Entries[n-1].Time.After(now) {
		now = d.Entries[n-1].Time
	}
	return now
}

// A refusal is a decision against an order, as opposed to being too slow.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// commit puts the event of a command on the public record of a dossier. Where
// the command has its event already, that is the answer. A dossier that turns
// out to be stale is read again.
func (p *Publisher) commit(ctx context.Context, d Dossier, c notice.Command) (Dossier, error) {
	for range attempts {
		if _, ok := d.Event(c.ID); ok {
			return d, nil
		}
		after, err := p.tryCommit(ctx, d, c)
		if !errors.Is(err, stream.ErrConflict) {
			return after, err
		}
		if d, err = p.load(ctx, d.ID); err != nil {
			return d, err
		}
	}
	return d, fmt.Errorf("%w: others keep changing notice %s; try again", notice.ErrConflict, d.ID)
}

func (p *Publisher) tryCommit(ctx context.Context, d Dossier, c notice.Command) (Dossier, error) {
	e, err := notice.Decide(d.State, c, p.after(d))
	if err != nil {
		return d, refusal{err}
	}
	if err := p.guard(ctx); err != nil {
		return d, err
	}
	e.Notice = d.ID
	// The number is part of the id: the stream takes the same id for the same
	// event, and this one follows from what the dossier says.
	e.ID = stream.ID(e.Time, fmt.Sprintf("%s/%d/%s", d.ID, e.Number, c.ID))
	return p.appendEvent(ctx, d, e)
}

// mine refuses what belongs to another bureau than the account's.
func (a Account) mine(bureau string) error {
	if a.Bureau != "" && bureau != "" && a.Bureau != bureau {
		return fmt.Errorf("%w: the notice is of bureau %s, the account of %s", notice.ErrForbidden, bureau, a.Bureau)
	}
	return nil
}

func (a Account) has(r notice.Role) bool { return slices.Contains(a.Roles, r) }
