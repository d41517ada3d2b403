package house

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/templates"
)

// The kinds of an order that is about what does not go out.
const (
	aboutDead    = "dead"    // Of is a notice and whether it is the letter's
	aboutAlarm   = "alarm"   // Of is a notice: some were not told as planned
	aboutCalm    = "calm"    // the same, over
	aboutFlowing = "flowing" // Of is an instant: since when nothing had gone
)

const (
	// troublesEvery is how often trouble is looked for.
	troublesEvery = 10 * time.Second
	// troubleLife is how old what was given up may be and still be told.
	troubleLife = time.Hour
)

// troubles is what keeps readers from being told, as this process sees it.
type troubles struct {
	mu     sync.Mutex
	now    []templates.Trouble // guarded by mu
	alarms []notifier.Alarm    // at the last look; of the goroutine that looks
}

// watchTroubles looks for what does not go out until ctx ends: the desk's pages
// say so, and the bureau's mailbox, once a trouble, where mails do go out.
func (h *House) watchTroubles(ctx context.Context) error {
	tick := time.NewTicker(troublesEvery)
	defer tick.Stop()
	for {
		if err := h.lookForTroubles(ctx); err != nil && ctx.Err() == nil {
			h.Log.Warn("cannot see whether all goes out, will retry", "wait", troublesEvery, "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// lookForTroubles looks once.
func (h *House) lookForTroubles(ctx context.Context) error {
	over, err := h.flow.Look(ctx)
	if err != nil {
		return err
	}
	dead, err := h.Notifier.DeadJobs(ctx)
	if err != nil {
		return err
	}
	alarms := h.Probe.State().Alarms
	h.troubles.set(h.flow.Stalled(), dead, alarms)
	for _, s := range over {
		if s.Letters {
			continue // the mails that waited for them tell it
		}
		o := notifier.SlipOrder{Kind: aboutFlowing, Of: s.Since.UTC().Format(time.RFC3339), At: h.Clock.Now(), Desk: h.deskURL()}
		if err := h.Notifier.PlanSlip(ctx, stream.ID(s.Since, "flowing/"+s.Channel+"/"+s.Mark), o); err != nil {
			return err
		}
	}
	if err := h.tellDead(ctx, dead); err != nil {
		return err
	}
	return h.tellAlarms(ctx, alarms)
}

// tellDead plans a slip for each event of which something was given up lately.
func (h *House) tellDead(ctx context.Context, dead []notifier.DeadJob) error {
	for _, d := range dead {
		if d.Notice == "" || time.Since(d.Time) > troubleLife {
			continue
		}
		of := d.Notice
		if d.Letter {
			of += "/letter"
		}
		id := stream.ID(stream.TimeOf(d.Event), "dead/"+d.Channel+"/"+d.Event)
		if err := h.Notifier.PlanSlip(ctx, id, notifier.SlipOrder{Kind: aboutDead, Of: of, At: h.Clock.Now(), Desk: h.deskURL()}); err != nil {
			return err
		}
	}
	return nil
}

// tellAlarms plans a slip for each alarm of the probe that is new, and for each
// that is over. A standstill of the mails cannot be told by mail.
func (h *House) tellAlarms(ctx context.Context, alarms []notifier.Alarm) error {
	tell := func(kind string, a notifier.Alarm) error {
		account, err := h.Notifier.Account(ctx, a.Event)
		if err != nil {
			return err
		}
		id := stream.ID(stream.TimeOf(a.Event), kind+"/"+a.Channel+"/"+a.Event)
		return h.Notifier.PlanSlip(ctx, id, notifier.SlipOrder{Kind: kind, Of: account.Event.Notice, At: h.Clock.Now(), Desk: h.deskURL()})
	}
	if len(h.flow.Stalled()) > 0 {
		return nil
	}
	had := h.troubles.alarms
	for _, a := range alarms {
		if !isAlarm(had, a) {
			if err := tell(aboutAlarm, a); err != nil {
				return err
			}
		}
	}
	for _, a := range had {
		if !isAlarm(alarms, a) {
			if err := tell(aboutCalm, a); err != nil {
				return err
			}
		}
	}
	h.troubles.alarms = alarms
	return nil
}

func isAlarm(all []notifier.Alarm, a notifier.Alarm) bool {
	return slices.ContainsFunc(all, func(one notifier.Alarm) bool { return one.Event == a.Event && one.Channel == a.Channel })
}

// set takes in what was seen.
func (t *troubles) set(stalled []notifier.Stall, dead []notifier.DeadJob, alarms []notifier.Alarm) {
	var all []templates.Trouble
	for _, s := range stalled {
		all = append(all, templates.Trouble{Kind: "stalled", Letters: s.Letters, Since: s.Since})
	}
	for _, letters := range []bool{false, true} {
		n := 0
		for _, d := range dead {
			if d.Letter == letters {
				n++
			}
		}
		if n > 0 {
			all = append(all, templates.Trouble{Kind: "dead", Letters: letters, Count: n})
		}
	}
	if len(alarms) > 0 && len(all) == 0 { // else the cause is said
		all = append(all, templates.Trouble{Kind: "alarm"})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = all
}

func (t *troubles) get() []templates.Trouble {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.now)
}

// Troubles say what keeps readers from being told, for the desk's pages.
func (h *House) Troubles() []string {
	var all []string
	for _, t := range h.troubles.get() {
		all = append(all, templates.TroubleLine(t, h.Clock.Now()))
	}
	return all
}

// troubleSlip is what staff are told of a trouble.
func (h *House) troubleSlip(ctx context.Context, o notifier.SlipOrder) (notifier.Slip, error) {
	w := templates.Slip{Kind: o.Kind, At: o.At, Link: o.Desk}
	id, letter := o.Of, false
	switch o.Kind {
	case aboutFlowing:
		since, err := time.Parse(time.RFC3339, o.Of)
		if err != nil {
			return notifier.Slip{}, fmt.Errorf("%w: %w", notifier.ErrPermanent, err)
		}
		w.From, w.Until = since, o.At
		return notifier.Slip{Words: w, To: h.staff("", nil)}, nil
	case aboutDead:
		id, letter = cutLetter(o.Of)
	case aboutAlarm, aboutCalm:
	default:
		return notifier.Slip{}, fmt.Errorf("%w: a slip of kind %q", notifier.ErrPermanent, o.Kind)
	}
	events, err := h.Notifier.Events(ctx, id)
	if err != nil {
		return notifier.Slip{}, err
	}
	w.OfLetter = letter
	w.State = notice.Fold(events)
	if len(events) > 0 {
		w.Event = events[0]
	}
	if w.Link != "" {
		w.Link += "/notes/" + id
	}
	return notifier.Slip{Words: w, To: h.staff(w.State.Notice.Issuer, nil)}, nil
}

// cutLetter parts what an order about a dead job names.
func cutLetter(of string) (notice string, letter bool) { return strings.CutSuffix(of, "/letter") }
