package publisher

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"douane.gouv.fr/crieur/schemas/notice"
)

// Act does something to a published notice: it decides, writes down who did it
// (DESK), and commits (NOTICES). An act that is refused writes nothing. After
// a crash between the two records the same command completes it.
//
// Services and modes may be named as people name them. A time of recovery or
// end that is absent is now. A correction is not done here, since it needs a
// second person: draft it (Publisher.Draft). A change may be: those on duty at
// night are alone.
func (p *Publisher) Act(ctx context.Context, o Order, act notice.Act) (notice.Event, error) {
	d, err := p.enterAct(ctx, o, act)
	if err != nil {
		return notice.Event{}, err
	}
	entry, _ := d.entry(o.Command)
	decided, err := entry.Act.act()
	if err != nil {
		return notice.Event{}, err
	}
	d, err = p.commit(ctx, d, notice.Command{ID: o.Command, Roles: entry.Roles, Act: decided})
	e, _ := d.Event(o.Command)
	return e, err
}

// enterAct decides and writes down who did it.
func (p *Publisher) enterAct(ctx context.Context, o Order, act notice.Act) (Dossier, error) {
	if err := p.actable(act); err != nil {
		return Dossier{}, err
	}
	asked := struct {
		Type notice.Type
		Act  notice.Act
	}{act.Type(), act}
	return p.enter(ctx, o, asked, func(d Dossier) (Entry, error) { return p.actEntry(d, o, act) })
}

// actable refuses what is not an act on a published notice.
func (p *Publisher) actable(act notice.Act) error {
	rule, ok := notice.RuleOf(act.Type())
	switch {
	case !ok || act.Type() == notice.TypePublished || act.Type() == notice.TypeCorrected:
		return &notice.ValueError{What: string(act.Type()) + " is not an act on a published notice",
			Remedy: "draft the text and have it approved"}
	case slices.Equal(rule.By, clock):
		return fmt.Errorf("%w: %s is an act of the clock", notice.ErrForbidden, act.Type())
	}
	return nil
}

// actEntry decides on an act and makes the entry that says who did it.
func (p *Publisher) actEntry(d Dossier, o Order, act notice.Act) (Entry, error) {
	if len(d.Entries) == 0 && d.State.Number == 0 {
		return Entry{}, fmt.Errorf("%w: there is no notice %s", notice.ErrNotFound, d.ID)
	}
	if err := o.Who.mine(d.State.Notice.Issuer); err != nil {
		return Entry{}, err
	}
	act, err := p.complete(d, act)
	if err != nil {
		return Entry{}, err
	}
	now := p.after(d)
	act, err = p.bound(d.State.Recall(act, now)) // whatever the client says that was said before
	if err != nil {
		return Entry{}, err
	}
	e, err := notice.Decide(d.State, notice.Command{ID: o.Command, Roles: o.Who.Roles, Act: act}, now)
	if err != nil {
		return Entry{}, err
	}
	data, err := dataOf(act)
	return Entry{Type: Acted, As: act.Type(), Act: &data, Roles: []notice.Role{e.By}}, err
}

// complete fills in what an act leaves to us: codes for names, the parts and
// sub-modes struck and freed with them, the present for a time not given.
func (p *Publisher) complete(d Dossier, act notice.Act) (notice.Act, error) {
	var err error
	switch act := act.(type) {
	case notice.Ended:
		act.At = p.orNow(act.At)
		act.Elsewhere = p.elsewhere(d.State, nil, nil)
		return act, nil
	case notice.Recovered:
		act.At = p.orNow(act.At)
		act.Services, act.Modes, err = p.widen(d.State, act.Services, act.Modes)
		act.Elsewhere = p.elsewhere(d.State, act.Services, act.Modes)
		return act, err
	case notice.FallbackOpened:
		act.Services, act.Modes, err = p.widen(d.State, act.Services, act.Modes)
		return act, err
	case notice.FallbackClosed:
		act.Services, act.Modes, err = p.widen(d.State, act.Services, act.Modes)
		return act, err
	case notice.Changed:
		return p.completeChange(d, act)
	}
	return act, nil
}

func (p *Publisher) orNow(t notice.Time) notice.Time {
	if t.IsZero() {
		return notice.At(p.Now())
	}
	return t
}

// widen gives the codes of services and modes, with parts and sub-modes. What the
// notice does not speak of is refused: the act would do nothing.
func (p *Publisher) widen(s notice.State, services, modes []string) ([]string, []string, error) {
	n, ps := p.Catalogue.Canonical(notice.Notice{Services: services, Modes: modes})
	if err := ps.Err(); err != nil {
		return nil, nil, err
	}
	absent := func(field string, names []string, of func(notice.Span) string) {
		for i, name := range names {
			if !slices.ContainsFunc(s.Spans, func(span notice.Span) bool { return of(span) == name }) {
				ps = append(ps, notice.Problem{Severity: notice.SeverityError, Pointer: "/" + field + "/" + strconv.Itoa(i),
					What: name + " is not in this notice", Remedy: "it speaks of " + strings.Join(spoken(s, of), ", ")})
			}
		}
	}
	absent("services", n.Services, func(span notice.Span) string { return span.Service })
	absent("modes", n.Modes, func(span notice.Span) string { return span.Mode })
	return p.Catalogue.WithParts(n.Services), p.Catalogue.WithSubmodes(n.Modes), ps.Err()
}

func spoken(s notice.State, of func(notice.Span) string) []string {
	var all []string
	for _, span := range s.Spans {
		all = append(all, of(span))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// completeChange makes of the notice that a change gives what readers need:
// canonical, checked, resolved and bound.
func (p *Publisher) completeChange(d Dossier, act notice.Changed) (notice.Act, error) {
	if strings.TrimSpace(act.Reason) == "" {
		return nil, &notice.ValueError{What: "it is not said why the notice changes", Remedy: "give a reason: readers see it"}
	}
	n, ps := p.Catalogue.Canonical(act.Notice)
	if len(ps) == 0 {
		ps = notice.Check(n, p.Catalogue, p.Bureaus)
	}
	n, ps = keeps(d.State.Notice, n, ps)
	if err := ps.Err(); err != nil {
		for i := range ps {
			ps[i].Pointer = "/notice" + ps[i].Pointer
		}
		return nil, ps.Err()
	}
	n = p.withReminders(n)
	return notice.Changed{Notice: n, Scope: p.Catalogue.Resolve(n), Reason: act.Reason}, nil
}
