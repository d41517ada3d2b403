package publisher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// ErrStore says that the broker does not answer, or takes nothing more. What
// was asked may have been done all the same: the same command asked again finds
// out.
var ErrStore = errors.New("the record cannot be reached")

// failed is what a call of the store came to. A conflict, and what is not
// there, are answers.
func failed(what string, err error) error {
	if err == nil || errors.Is(err, stream.ErrConflict) || errors.Is(err, stream.ErrNotFound) {
		return err
	}
	return fmt.Errorf("%s: %w: %w", what, ErrStore, err)
}

// load reads both records of a notice. Of a notice that nobody has begun it
// gives an empty dossier.
func (p *Publisher) load(ctx context.Context, id string) (Dossier, error) {
	if !token(id) {
		return Dossier{}, fmt.Errorf("%w: %q is not the id of a notice", notice.ErrInvalid, id)
	}
	// NOTICES first: an act's entry is written before its event, so that whoever
	// has read an event finds the entry that led to it.
	events, err := p.Store.Notices.Read(ctx, id)
	if err != nil {
		return Dossier{}, failed("load notice "+id, err)
	}
	entries, err := p.Store.Desk.Read(ctx, id)
	if err != nil {
		return Dossier{}, failed("load the private record of "+id, err)
	}
	d := newDossier(id)
	for _, r := range entries {
		d = d.withEntry(r)
	}
	for _, r := range events {
		e, err := readEvent(r)
		if err != nil {
			return Dossier{}, err
		}
		d = d.withEvent(e, r.Seq)
	}
	p.learn(d)
	return d, nil
}

// token is whether an id can be a subject's last word.
func token(id string) bool {
	for _, c := range id {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return id != "" && len(id) <= 64
}

func readEvent(r stream.Record) (notice.Event, error) {
	var e notice.Event
	if err := json.Unmarshal(r.Data, &e); err != nil {
		return notice.Event{}, fmt.Errorf("decode event %d of %s: %w", r.Seq, r.Key, err)
	}
	return e, nil
}

// appendEntry puts an entry behind those of a dossier. stream.ErrConflict says
// that it was not the last state.
func (p *Publisher) appendEntry(ctx context.Context, d Dossier, e Entry) (Dossier, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return d, fmt.Errorf("encode entry %s: %w", e.Type, err)
	}
	r := stream.Record{Entry: stream.Entry{Key: d.ID, ID: e.ID, Type: string(e.Type), Data: data}, Time: e.Time}
	if r.Seq, err = p.Store.Desk.Append(ctx, r.Entry, d.deskSeq); err != nil {
		return d, failed(fmt.Sprintf("record %s of %s", e.Type, d.ID), err)
	}
	d = d.withEntry(r)
	p.learn(d)
	return d, nil
}

// appendEvent is the commit. stream.ErrConflict says that the dossier is stale.
func (p *Publisher) appendEvent(ctx context.Context, d Dossier, e notice.Event) (Dossier, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return d, err
	}
	seq, err := p.Store.Notices.Append(ctx, stream.Entry{Key: d.ID, ID: e.ID, Type: string(e.Act.Type()), Data: data}, d.eventSeq)
	if err != nil {
		return d, failed(fmt.Sprintf("put %s of %s on the record", e.Act.Type(), d.ID), err)
	}
	d = d.withEvent(e, seq)
	p.learn(d)
	p.Log.Info("event appended", "notice", d.ID, "event", e.ID, "seq", seq)
	return d, nil
}
