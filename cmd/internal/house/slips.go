package house

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/remarks"
)

// summoner is the name under which all desks of a house read DESK for what
// waits for staff: each entry is looked at by one of them.
const summoner = "staff"

// summonsLife is how old an entry may be and still be told: what lies on a
// record that is read for the first time waits for nobody.
const summonsLife = time.Hour

// aboutEntry is the kind of an order that names an entry of DESK; its Of is the
// notice.
const aboutEntry = "entry"

// summon plans a slip for every new entry of DESK that asks something of staff,
// until ctx ends.
func (h *House) summon(ctx context.Context) error {
	h.summoning.Store(true)
	defer h.summoning.Store(false)
	return h.Store.Desk.Work(ctx, summoner, func(ctx context.Context, r stream.Record) error {
		err := h.planSummons(ctx, r)
		if err == nil || errors.Is(err, publisher.ErrStore) || errors.Is(err, stream.ErrFull) || ctx.Err() != nil {
			return err
		}
		h.Log.Error("staff are not told what waits for them", "notice", r.Key, "seq", r.Seq, "err", err)
		return nil // what cannot be read must not keep back what follows
	})
}

// planSummons plans the slip of an entry, where it asks something of somebody.
func (h *House) planSummons(ctx context.Context, r stream.Record) error {
	if !publisher.Calls(r) {
		return nil
	}
	var e publisher.Entry
	if err := json.Unmarshal(r.Data, &e); err != nil {
		return err
	}
	if h.Clock.Now().Sub(e.Time) > summonsLife {
		return nil
	}
	_, err := h.Publisher.Summons(ctx, r.Key, e.ID)
	switch {
	case errors.Is(err, publisher.ErrNoSummons):
		return nil
	case err != nil:
		return err
	}
	err = h.Notifier.PlanSlip(ctx, e.ID, notifier.SlipOrder{Kind: aboutEntry, Of: r.Key, At: e.Time, Desk: h.deskURL()})
	if err != nil {
		return fmt.Errorf("%w: %w", publisher.ErrStore, err)
	}
	return nil
}

// summoned is whether all that is on DESK has been looked at for what waits.
func (h *House) summoned(ctx context.Context) (bool, error) {
	if !h.summoning.Load() {
		return true, nil
	}
	last, err := h.Store.Desk.Last(ctx)
	if err != nil {
		return false, err
	}
	worked, err := h.Store.Desk.Worked(ctx, summoner)
	return worked >= last, err
}

// slip is what staff are told by an order, as things stand now.
func (h *House) slip(ctx context.Context, id string, o notifier.SlipOrder) (notifier.Slip, error) {
	if o.Kind != aboutEntry {
		return h.troubleSlip(ctx, o)
	}
	s, err := h.Publisher.Summons(ctx, o.Of, id)
	if errors.Is(err, publisher.ErrNoSummons) {
		return notifier.Slip{}, fmt.Errorf("%w: %w", notifier.ErrMoot, err)
	}
	if err != nil && !errors.Is(err, publisher.ErrStore) && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", notifier.ErrPermanent, err)
	}
	if err != nil {
		return notifier.Slip{}, err
	}
	return notifier.Slip{Words: h.summonsWords(s, o), To: h.staff(s.Bureau, s.To)}, nil
}

// summonsWords are a summons as it is said.
func (h *House) summonsWords(s publisher.Summons, o notifier.SlipOrder) templates.Slip {
	e, french := s.Entry, remarks.Words{Catalogue: h.Words.Catalogue, Bureaus: h.Words.Bureaus}
	w := templates.Slip{Kind: string(e.Type), At: e.Time, By: s.By, State: s.State, Event: s.Event, Reason: e.Reason, Awaited: string(s.Was)}
	place := "/notes/" + e.Notice
	switch e.Type {
	case publisher.Submitted:
		place += "/signature"
	case publisher.Returned:
		w.Remarks = said(e.Remarks)
	case publisher.Approved:
		w.Kind, w.Reason = "emergency", e.Emergency
	case publisher.Missed:
		w.Act, w.Reason = e.As, french.Say(e.Reason)
		place += "/alerte"
	case publisher.Lapsed:
		w.Reason = french.Say(e.Reason)
	}
	if o.Desk != "" {
		w.Link = o.Desk + place
	}
	return w
}

// said are remarks, each with the name of its field.
func said(all []publisher.Remark) []string {
	var texts []string
	for _, r := range all {
		if r.Pointer != "" {
			r.Text = templates.Capitalised(remarks.FieldName(r.Pointer)) + " : " + r.Text
		}
		texts = append(texts, r.Text)
	}
	return texts
}

// staff are a bureau's mailbox and some addresses, as those who are told; every
// bureau's for "".
func (h *House) staff(bureau string, addresses []string) []notifier.Subscriber {
	to := slices.DeleteFunc(notifier.StaffOf(h.Words.Bureaus, email.Name), func(s notifier.Subscriber) bool { return bureau != "" && s.Bureau != bureau })
	for _, a := range addresses {
		to = append(to, notifier.Subscriber{Channel: email.Name, Address: a, Bureau: bureau, Wants: []notifier.Want{notifier.WantStaff}})
	}
	return to
}
