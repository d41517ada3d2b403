package office

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"douane.gouv.fr/crieur/publisher"
	"douane.gouv.fr/crieur/publisher/desk/form"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/bureau"
)

// between is how far apart the entries are that the form makes by itself: the
// private record is for good, and is not to hold one a pause. What is typed in
// between is a working copy, which expires.
const between = 20 * time.Second

// A kept is what the form's script is told of what it sent.
type kept struct {
	Seen   int    `json:"vu"`     // what the form rests on from now on
	Said   string `json:"dit"`    // for the reader
	Stale  bool   `json:"ecart"`  // somebody else has saved, or the notice went on its way
	Others string `json:"autres"` // who else has it open, as HTML
}

// keepCopy keeps what is typed and, every so often or when its writer leaves,
// saves it where that takes nothing from anybody.
func (o *Office) keepCopy(v visit) (answer, error) {
	p, err := o.sent(v)
	if err != nil {
		return nil, err
	}
	if v.PostFormValue("faire") == "oublier" {
		if err := o.Publisher.DropCopy(v.Context(), v.Account.ID, p.dossier.ID); err != nil {
			return nil, err
		}
		return send("/notes/"+p.dossier.ID+"/redaction", "oublie"), nil
	}
	leaving := v.PostFormValue("depart") != ""
	seen, saved, err := o.saveQuietly(v, p, leaving)
	if err != nil {
		return nil, err
	}
	if !saved {
		c := publisher.Copy{Form: p.values, Seen: p.base, Time: o.Publisher.Now()}
		if err := o.Publisher.KeepCopy(v.Context(), v.Account.ID, p.dossier.ID, c); err != nil {
			return nil, err
		}
	}
	if leaving {
		return o.tell(kept{Seen: seen}, nil), o.Publisher.Leave(v.Context(), v.Account.ID, p.dossier.ID)
	}
	said := kept{Seen: seen, Said: bureau.KeptAt(saved, templates.Clock(o.Publisher.Now()))}
	return o.attended(v, p.dossier, p.base, said)
}

// saveQuietly makes an entry of what is typed, where its time has come and
// nobody could be surprised by it: not over what others have saved, and not of
// what waits for a signature. saved is whether the text in hand says what the
// form says.
func (o *Office) saveQuietly(v visit, p paper, leaving bool) (seen int, saved bool, err error) {
	d := p.dossier
	quiet := d.Status == publisher.StatusDraft || d.Status == publisher.StatusReturned
	if len(p.faults) > 0 || p.base != d.Edition || !quiet {
		return p.base, false, nil
	}
	if len(form.Changed(p.notice, p.from)) == 0 {
		return p.base, true, nil
	}
	last := d.Drafted()
	if !leaving && last.Account == v.Account.ID && o.Publisher.Now().Sub(last.Time) < between {
		return p.base, false, nil
	}
	text, err := schemas.Write(p.notice)
	if err != nil {
		return p.base, false, nil // the form says why when it is saved by hand
	}
	order := publisher.Order{Who: v.Account, Notice: d.ID, Command: stream.NewID(), Seen: d.Edition}
	after, err := o.Publisher.Draft(v.Context(), order, publisher.Draft{Text: string(text), As: d.As, Reason: last.Reason})
	if errors.Is(err, notice.ErrConflict) || errors.Is(err, notice.ErrInvalid) {
		return p.base, false, nil
	}
	return after.Edition, err == nil, err
}

// attend is a sign of life of somebody who has the form open.
func (o *Office) attend(v visit) (answer, error) {
	d, err := o.hand(v)
	if err != nil {
		return nil, err
	}
	seen := number(v.PostFormValue("vu"))
	return o.attended(v, d, seen, kept{Seen: seen})
}

// attended says who else is there, and whether somebody has saved.
func (o *Office) attended(v visit, d publisher.Dossier, seen int, said kept) (answer, error) {
	others, err := o.present(v.Context(), v)
	if err != nil {
		return nil, err
	}
	if said.Others, err = o.House.Part("draft-presences", others); err != nil {
		return nil, err
	}
	if said.Seen < d.Edition { // it was not this form that made it
		by := d.Entries[d.Edition-1]
		if i := slices.IndexFunc(d.Entries, func(e publisher.Entry) bool { return e.Number > seen && e.Type == publisher.Drafted }); i >= 0 {
			by = d.Entries[i]
		}
		said.Stale, said.Said = true, bureau.Elsewhere(by.Account, templates.Clock(by.Time))
	}
	return o.tell(said, nil), nil
}

// tell answers a script.
func (o *Office) tell(what any, err error) answer {
	data, encoding := json.Marshal(what)
	if err = errors.Join(err, encoding); err != nil {
		return func(o *Office, v visit) { o.fail(v, err) }
	}
	return give("application/json; charset=utf-8", data)
}
