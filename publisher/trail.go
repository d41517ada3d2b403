package publisher

import (
	"context"
	"encoding/json"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// A Line is an entry of the audit trail as it is stored, with what proves it:
// its own hash and the one that it carries of the entry before. Whoever keeps
// the last hash of a notice finds out whether anything before it was changed.
type Line struct {
	Notice   string          `json:"notice"`
	Number   int             `json:"number"`   // among the entries of its notice
	Sequence uint64          `json:"sequence"` // on DESK
	Previous string          `json:"previous,omitzero"`
	Hash     string          `json:"hash"`  // SHA-256 of the entry's bytes
	Whole    bool            `json:"whole"` // it fits the one before, and so do all before it
	Entry    json.RawMessage `json:"entry"` // the very bytes
}

// Trail hands to f every entry of the private record as it is stored now, in
// the order in which they were written: of one notice, or of all where none is
// named. Each is verified on the way.
func (p *Publisher) Trail(ctx context.Context, id string, f func(Line) error) error {
	chains := map[string]Dossier{} // by notice, without what was said
	each := func(r stream.Record) error {
		d, ok := chains[r.Key]
		if !ok {
			d = newDossier(r.Key)
		}
		line, next := d.line(r)
		chains[r.Key] = next
		return f(line)
	}
	if id == "" {
		last, err := p.Store.Desk.Last(ctx)
		if err != nil {
			return failed("find the end of the private record", err)
		}
		return p.Store.Desk.Between(ctx, 0, last, each)
	}
	if !token(id) {
		return notice.ErrNotFound
	}
	records, err := p.Store.Desk.Read(ctx, id)
	if err != nil {
		return failed("load the private record of "+id, err)
	}
	for _, r := range records {
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

// line is a record as the trail tells it, and the dossier that the next one is
// measured by: it keeps the chain, not the texts.
func (d Dossier) line(r stream.Record) (Line, Dossier) {
	next := d.withEntry(r)
	e := next.Entries[len(next.Entries)-1]
	l := Line{Notice: r.Key, Number: e.Number, Sequence: r.Seq, Previous: e.Previous, Hash: hash(r.Data), Whole: next.Broken == 0, Entry: r.Data}
	if !json.Valid(r.Data) { // a line of the export stays JSON
		l.Entry, _ = json.Marshal(string(r.Data))
	}
	next.Entries[len(next.Entries)-1] = Entry{}
	return l, next
}
