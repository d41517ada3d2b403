package notifier

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"douane.gouv.fr/crieur/schemas/stream"
)

// When a Probe looks, and when it finds that something is wrong.
const (
	ProbeEvery = 30 * time.Second
	ProbeAfter = 2 * time.Minute  // an event is looked at when it has been planned for so long
	ProbeUntil = 48 * time.Hour   // and until then
	Standstill = 10 * time.Minute // work waits, and nobody is told
	Receipt    = 15 * time.Minute // the canary's message was sent, and has not come
)

// A Probe looks, from what came out, whether everybody was told what was to be
// told on a channel: it asks no queue and no worker. For each event of the last
// two days it wants every page of the ledger to be over, or to wait for nobody
// but the deferred; and it wants the canary, a subscriber of the house's own, to
// have been told and to have the message.
//
// That much is to do is never wrong. Wrong is a standstill, what was given up,
// and a canary that hears nothing. It is logged once an event, and taken back
// when it is well again.
type Probe struct {
	Notifier *Notifier
	Channel  string
	Canary   string           // the subscriber's id; "" for none
	Wall     func() time.Time // by which the broker dates; time.Now if nil

	mu    sync.Mutex
	state ProbeState          // guarded by mu
	seen  map[string]*watched // by event; of the goroutine that looks
	moved time.Time           // when somebody was last told, by the broker; likewise
}

// A ProbeState is what a Probe saw when it last looked.
type ProbeState struct {
	Looked time.Time // by the house's clock; zero before the first look
	// Planned are the events in view, Told those of which nothing is left to do
	// and the canary has the message, Wrong those with an Alarm. The others are
	// under way.
	Planned, Told, Wrong int
	Alarms               []Alarm // by event
}

// An Alarm says what is wrong with an event.
type Alarm struct {
	Channel string
	Event   string
	Why     string
	Since   time.Time // by the house's clock
}

// A watched event is one that is being looked at, or has been.
type watched struct {
	plan
	done  bool // nothing is left to look at
	well  bool // nobody is left to be told but the deferred, and the canary has it
	heard bool // the canary has it, or is not to be told
	alarm *Alarm
}

// inView is whether an event is looked at. One that was moot before it was
// planned was told to nobody.
func (w *watched) inView(now time.Time) bool {
	age := now.Sub(w.at)
	return w.count > 0 && age >= ProbeAfter && age <= ProbeUntil
}

// State is what was seen last.
func (p *Probe) State() ProbeState {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state
	s.Alarms = slices.Clone(s.Alarms)
	return s
}

// Run looks, again and again, until ctx ends.
func (p *Probe) Run(ctx context.Context) error {
	tick := time.NewTicker(ProbeEvery)
	defer tick.Stop()
	for {
		if err := p.Look(ctx); err != nil && ctx.Err() == nil {
			p.Notifier.Log.Warn("cannot see whether all is told, will retry", "channel", p.Channel, "wait", ProbeEvery, "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Look looks once. One goroutine does so at a time.
func (p *Probe) Look(ctx context.Context) error {
	if p.seen == nil {
		p.seen, p.moved = map[string]*watched{}, p.wall() // a standstill begins when somebody could have seen it
	}
	now := p.Notifier.Now()
	if err := p.find(ctx); err != nil {
		return err
	}
	views := map[*watched]view{}
	for event, w := range p.seen {
		if w.done || !w.inView(now) {
			continue
		}
		v, err := p.view(ctx, w, now)
		if err != nil {
			return fmt.Errorf("look at %s: %w", event, err)
		}
		views[w] = v
	}
	for w, v := range views { // by now it is known when somebody was last told
		p.judge(w, v, now)
	}
	p.sum(now)
	return nil
}

// find looks for events that have been planned since.
func (p *Probe) find(ctx context.Context) error {
	events, err := p.Notifier.Planned(ctx, p.Channel)
	if err != nil {
		return err
	}
	for _, event := range events {
		if p.seen[event] != nil {
			continue
		}
		plan, err := p.Notifier.planOf(ctx, pageKey(p.Channel, event, planSpan))
		if err != nil {
			return err
		}
		if plan.notice == "" {
			continue // what somebody was asked, a slip, or a digest: no event that the canary must hear
		}
		p.seen[event] = &watched{plan: plan, heard: p.Canary == ""}
	}
	return nil
}

// sum says what was seen.
func (p *Probe) sum(now time.Time) {
	s := ProbeState{Looked: now}
	for _, w := range p.seen {
		if !w.inView(now) {
			continue
		}
		s.Planned++
		if w.well {
			s.Told++
		}
		if w.alarm != nil {
			s.Wrong++
			s.Alarms = append(s.Alarms, *w.alarm)
		}
	}
	slices.SortFunc(s.Alarms, func(a, b Alarm) int { return cmp.Compare(a.Event, b.Event) })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = s
}

func (p *Probe) wall() time.Time {
	if p.Wall == nil {
		return time.Now()
	}
	return p.Wall()
}

// A view is what was seen of one event.
type view struct {
	working  bool   // work waits, or is under way
	deferred bool   // somebody is to be told later
	late     bool   // and nobody has come back to it
	dead     bool   // something was given up
	moot     bool   // another event has taken its place
	canary   string // what is wrong with the canary; "" for nothing
}

// view looks at an event.
func (p *Probe) view(ctx context.Context, w *watched, now time.Time) (v view, err error) {
	for _, span := range w.spans() {
		if err := p.glance(ctx, &v, w.page(span), now); err != nil {
			return v, err
		}
	}
	if !w.heard && !v.moot {
		v.canary, err = p.listen(ctx, w, v.working, now)
	}
	return v, err
}

// glance looks at the last line of a page.
func (p *Probe) glance(ctx context.Context, v *view, key string, now time.Time) error {
	r, err := p.Notifier.Store.Ledger.Latest(ctx, key)
	if errors.Is(err, stream.ErrNotFound) {
		v.working = true
		return nil
	}
	var l line
	if err == nil {
		err = json.Unmarshal(r.Data, &l)
	}
	if err != nil {
		return fmt.Errorf("look at ledger %s: %w", key, err)
	}
	t := lineType(r.Type)
	if (t == lineTold || t == lineFinished) && r.Time.After(p.moved) { // taking a job tells nobody
		p.moved = r.Time
	}
	switch {
	case l.By != "":
		v.moot = true
	case t == lineDead:
		v.dead = v.dead || l.Reason != codeOld
	case t == lineFinished && l.Next.IsZero():
	case t == lineFinished:
		v.deferred = true
		v.late = v.late || now.Sub(l.Next) > Standstill
	default:
		v.working = true
	}
	return nil
}

// listen looks what has become of the canary's message.
func (p *Probe) listen(ctx context.Context, w *watched, working bool, now time.Time) (string, error) {
	canary, err := p.Notifier.Subscribers.Get(ctx, p.Canary)
	if errors.Is(err, stream.ErrNotFound) {
		return "the canary is no subscriber", nil
	}
	if err != nil {
		return "", err
	}
	concerned, err := p.concerned(ctx, w.plan, canary)
	if err != nil || !concerned {
		w.heard = err == nil
		return "", err
	}
	d, err := p.outcome(ctx, w.plan)
	if err != nil {
		return "", err
	}
	switch d.Status {
	case Delivered:
		w.heard = true
	case Sent, Unknown:
		if now.Sub(d.At) > Receipt {
			return fmt.Sprintf("the canary's message was sent, and has not come in %s", Receipt), nil
		}
	case Deferred:
	case "":
		if !working {
			return "the canary was not told", nil
		}
	default:
		return strings.TrimSpace(fmt.Sprintf("the canary's message was %s %s", d.Status, d.Code)), nil
	}
	return "", nil
}

// concerned is whether the canary is to be told of an event.
func (p *Probe) concerned(ctx context.Context, of plan, canary Subscriber) (bool, error) {
	if canary.Since.After(of.at) {
		return false, nil
	}
	events, err := p.Notifier.events(ctx, of.notice)
	if err != nil {
		return false, err
	}
	t := taleOf(events, of.event)
	return t.Event.ID != "" && AudienceOf(p.Notifier.Catalogue, t).Concerns(canary), nil
}

// outcome is what the ledger says of the canary.
func (p *Probe) outcome(ctx context.Context, of plan) (d Delivery, err error) {
	shard := shardOf(p.Canary)
	for _, span := range split(of.count) {
		if shard < span.First || shard > span.Last {
			continue
		}
		s, err := p.Notifier.readSheet(ctx, of, span.String())
		return s.told[p.Canary], err
	}
	return d, nil
}

// judge says whether an event is told, under way, or wrong, and logs what has
// changed in that.
func (p *Probe) judge(w *watched, v view, now time.Time) {
	why := v.canary
	still := min(p.wall().Sub(p.moved), now.Sub(w.at))
	switch {
	case v.moot:
		why = ""
	case v.dead:
		why = "some of it was given up"
	case (v.working || v.late) && still > Standstill:
		why = fmt.Sprintf("work waits, and nobody has been told for %s", Standstill)
	}
	w.well = why == "" && (v.moot || w.heard && !v.working)
	w.done = w.well && (v.moot || !v.deferred)
	log := p.Notifier.Log.With("channel", p.Channel, "event", w.event)
	switch {
	case why != "" && w.alarm == nil:
		log.Error("told differs from planned", "why", why)
		w.alarm = &Alarm{Channel: p.Channel, Event: w.event, Why: why, Since: now}
	case why != "":
		w.alarm.Why = why
	case w.alarm != nil:
		log.Info("told as planned again")
		w.alarm = nil
	}
}
