package publisher

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Dossier is everything known of one notice: its private record added up,
// and the public one.
type Dossier struct {
	ID      string
	Status  Status
	Entries []Entry
	State   notice.State // the public record, folded

	Bureau   string      // the issuer
	Text     string      // the text in hand, or the last that was
	As       notice.Type // the act it is to be: published, corrected, changed
	Reason   string      // why it corrects or changes, or why it came back
	Draft    int         // number of the entry that holds the text
	Edition  int         // number of the last entry about the paper: what an editor has seen
	Approval *Approval   // in force: not taken back, not lapsed
	Signed   Entry       // the entry of that approval
	Numbers  Numbers     // taken for this notice
	Held     Entry       // the last act that was held back; none if it has no type
	Settled  Entry       // what became of it: retracted, left, missed; none while it waits
	Broken   int         // number of the first entry whose chain does not hold; 0: it is whole

	out      bool   // a publication has been released: what is drafted now amends it
	last     string // hash of the last entry
	deskSeq  uint64 // of the last entry on DESK
	eventSeq uint64 // of the last event on NOTICES
}

func newDossier(id string) Dossier {
	return Dossier{ID: id, Status: StatusNew, State: notice.State{ID: id}}
}

// withEntry is the dossier after one more record of DESK. The dossier it is
// asked of stays as it was. An entry that cannot be read breaks the chain.
func (d Dossier) withEntry(r stream.Record) Dossier {
	e, err := readEntry(r)
	whole := err == nil && e.Previous == d.last && e.Number == len(d.Entries)+1 && e.Notice == r.Key
	if !whole && d.Broken == 0 {
		d.Broken = len(d.Entries) + 1
	}
	d.ID, d.last, d.deskSeq = r.Key, hash(r.Data), r.Seq
	if err != nil {
		e = Entry{Notice: r.Key, Time: r.Time, Type: EntryType(r.Type)}
	}
	d.Entries = append(slices.Clip(d.Entries), e)
	if err == nil {
		d.apply(e)
	}
	return d
}

// apply does what an entry means. One that a later version may have written is
// passed over.
func (d *Dossier) apply(e Entry) {
	row, _ := rowOf(e.Type)
	to := row.To
	switch e.Type {
	case Drafted:
		d.Text, d.As, d.Reason, d.Draft, d.Approval = e.Text, e.As, e.Reason, len(d.Entries), nil
		d.Bureau = cmp.Or(e.Bureau, d.Bureau)
	case Approved:
		d.Approval, d.Signed, d.Numbers = e.Approval, e, e.Approval.Numbers
		if !e.Approval.At.After(e.Time) {
			to = StatusPublished
		}
		d.out = d.out || to == StatusPublished
	case Released:
		d.out = true
	case Returned, Lapsed:
		d.Approval, d.Reason = nil, e.Reason
	case Held:
		d.Held, d.Settled = e, Entry{}
	case Retracted, Left, Missed:
		if e.Of == d.Held.ID {
			d.Settled = e
		}
	case Withdrawn:
		d.Approval = nil
		if d.out {
			to = StatusPublished
		}
	}
	if to != "" {
		d.Status, d.Edition = to, len(d.Entries)
	}
}

// withEvent is the dossier after one more event of the public record.
func (d Dossier) withEvent(e notice.Event, seq uint64) Dossier {
	d.State, d.eventSeq = d.State.With(e), seq
	return d
}

// entry is the one that a command made.
func (d Dossier) entry(command string) (Entry, bool) {
	i := slices.IndexFunc(d.Entries, func(e Entry) bool { return e.Command == command })
	if i < 0 {
		return Entry{}, false
	}
	return d.Entries[i], true
}

// Event is the one on the public record that a command made.
func (d Dossier) Event(command string) (notice.Event, bool) {
	i := slices.IndexFunc(d.State.Events, func(e notice.Event) bool { return e.Command == command })
	if i < 0 {
		return notice.Event{}, false
	}
	return d.State.Events[i], true
}

// owed is the approval whose moment has come and which is not yet on the
// public record.
func (d Dossier) owed(now time.Time) bool {
	if d.Approval == nil || d.Approval.At.After(now) {
		return false
	}
	_, done := d.Event(d.Signed.Command)
	return !done
}

// wake is the first instant at which the clock may have something to do;
// zero for never.
func (d Dossier) wake(now time.Time) time.Time {
	if d.owed(now) || d.leaving(now) || len(notice.Due(d.State, now)) > 0 {
		return now
	}
	next := notice.Next(d.State, now)
	if a := d.Approval; a != nil && a.At.After(now) && (next.IsZero() || a.At.Before(next)) {
		next = a.At
	}
	if held, ok := d.Waiting(); ok && (next.IsZero() || held.Leaves.Before(next)) {
		next = held.Leaves
	}
	return next
}

// authors are the accounts that wrote the text in hand: whoever wrote it as it
// stands, and whoever drafted since it last came back or was published. None
// of them signs it.
func (d Dossier) authors() []string {
	var who []string
	for _, e := range d.Entries {
		switch e.Type {
		case Returned, Lapsed, Approved:
			who = nil
		case Drafted:
			who = append(who, e.Account)
		}
	}
	if d.Draft > 0 {
		who = append(who, d.Entries[d.Draft-1].Account)
	}
	return who
}

// Unreviewed is the emergency sign-off that a second person has not looked at.
func (d Dossier) Unreviewed() (Entry, bool) {
	for _, e := range slices.Backward(d.Entries) {
		switch {
		case e.Type == Reviewed:
			return Entry{}, false
		case e.Type == Approved && e.Emergency != "":
			return e, true
		}
	}
	return Entry{}, false
}

// Voids are the numbers that were taken for this notice and that no
// publication will ever carry.
func (d Dossier) Voids() []string {
	var taken, used []string
	for _, e := range d.Entries {
		taken = append(taken, e.Numbers...)
		if e.Approval != nil {
			taken = append(taken, e.Approval.Numbers.list()...)
		}
	}
	if d.Status != StatusWithdrawn {
		used = d.Numbers.list()
	}
	taken = slices.DeleteFunc(taken, func(n string) bool { return slices.Contains(used, n) })
	slices.Sort(taken)
	return slices.Compact(taken)
}

func join[S ~string](words []S) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, " or ")
}
