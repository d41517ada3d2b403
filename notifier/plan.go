package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

const (
	planSpan   = "plan" // stands for the span in the key of a plan
	letterSpan = "all"  // and in that of a letter
	spanSize   = 16384  // how many subscribers one job is to cover
	// mostSpans is into how many jobs an event is cut at most. Each walks past
	// all subscribers to find its own: of a million mails, 64 jobs cost the broker
	// 76 µs each, 16 cost it 48.
	mostSpans = 16
)

// A plan is how an event was cut into jobs on a channel.
type plan struct {
	channel, event string
	at             time.Time
	notice         string // empty for an ask, a digest, a slip
	ask            string // whose: a subscriber's id; empty for an event
	digest         *stretch
	slip           *SlipOrder
	lane           notice.Lane
	count          int       // of spans; none where another event had made it moot
	seq            uint64    // of its last line
	folded         *Progress // what it came to, where its pages lie in PROOFS
}

// pageKey is the key of a page of the ledger.
func pageKey(channel, event, span string) string {
	return strings.Join([]string{channel, event, span}, ".")
}

func (p plan) page(span string) string { return pageKey(p.channel, p.event, span) }

// spans are the plan's spans, as they stand in keys.
func (p plan) spans() []string {
	if p.channel == letterChannel && p.count > 0 {
		return []string{letterSpan}
	}
	var spans []string
	for _, s := range split(p.count) {
		spans = append(spans, s.String())
	}
	return spans
}

// An order is a job's data.
type order struct {
	Notice string `json:"notice,omitzero"`
	Ask    string `json:"ask,omitzero"` // in place of a notice: who is asked to confirm
	// Digest is what a digest tells, in place of a notice.
	Digest *stretch `json:"digest,omitzero"`
	// Slip is what staff are told, in place of a notice.
	Slip *SlipOrder `json:"slip,omitzero"`
}

// waits is whether the messages of an act wait for its letter: those that
// announce do; the acts of an alert never.
func waits(rule notice.Rule) bool { return rule.Letter && rule.Lane == notice.LaneNotice }

// planEvents plans every event of the record on a bulk channel, in order,
// until ctx ends.
func (n *Notifier) planEvents(ctx context.Context, channel string) {
	_ = n.Store.Notices.Work(ctx, channel, func(ctx context.Context, r stream.Record) error {
		return n.orBury(ctx, channel, r, n.planEvent(ctx, channel, r))
	}) // it ends with ctx alone
}

// planEvent plans an event as it stands on the record, unless the letter that
// it waits for does so.
func (n *Notifier) planEvent(ctx context.Context, channel string, r stream.Record) error {
	e, rule, err := understand(r)
	if err != nil || waits(rule) {
		return err
	}
	return n.plan(ctx, channel, e)
}

// understand reads an event off the record; ErrPermanent if this program does
// not know its kind.
func understand(r stream.Record) (notice.Event, notice.Rule, error) {
	var e notice.Event
	if err := json.Unmarshal(r.Data, &e); err != nil {
		return e, notice.Rule{}, fmt.Errorf("%w: %w", ErrPermanent, err)
	}
	rule, ok := notice.RuleOf(e.Act.Type())
	if !ok {
		return e, rule, fmt.Errorf("%w: no rule for %s", ErrPermanent, e.Act.Type())
	}
	return e, rule, nil
}

// orBury gives an event up, loudly, that cannot be planned whatever is tried:
// it must not stop those that follow.
func (n *Notifier) orBury(ctx context.Context, channel string, r stream.Record, err error) error {
	if !errors.Is(err, ErrPermanent) {
		return err
	}
	n.Log.Error("given up", "channel", channel, "notice", r.Key, "seq", r.Seq, "err", err)
	data, encodeErr := json.Marshal(order{Notice: r.Key})
	if encodeErr != nil {
		return encodeErr
	}
	return n.bury(ctx, stream.Job{Channel: channel, Event: r.ID, Span: planSpan, ID: r.ID, Data: data}, err.Error())
}

// plan cuts an event into jobs on a channel. Doing it again finds the plan and
// pushes the same jobs, which their pages tell from new ones.
func (n *Notifier) plan(ctx context.Context, channel string, e notice.Event) error {
	count, err := n.Subscribers.Keys.Count(ctx) // with those pending: it need not be exact
	if err != nil {
		return err
	}
	return n.planInto(ctx, channel, e, spansFor(count))
}

func (n *Notifier) planInto(ctx context.Context, channel string, e notice.Event, spans int) error {
	p, err := n.planned(ctx, channel, e, spans)
	if err != nil {
		return err
	}
	return n.pushAll(ctx, p)
}

// pushAll pushes the jobs of a plan.
func (n *Notifier) pushAll(ctx context.Context, p plan) error {
	if p.folded != nil {
		return nil // long over
	}
	for _, span := range p.spans() {
		if err := n.push(ctx, p, span, p.page(span)); err != nil {
			return err
		}
	}
	if p.slip == nil { // of which staff hear, and no reader
		n.Meter.channel(p.channel).plans.Add(1)
	}
	n.Log.Info("planned", "channel", p.channel, "event", p.event, "notice", p.notice, "spans", p.count)
	return nil
}

// planned is the plan of an event on a channel: into so many spans, unless
// there is one already.
func (n *Notifier) planned(ctx context.Context, channel string, e notice.Event, spans int) (plan, error) {
	rule, _ := notice.RuleOf(e.Act.Type())
	return n.plannedAs(ctx, pageKey(channel, e.ID, planSpan), line{At: n.Now(), Notice: e.Notice, Lane: rule.Lane, Spans: spans})
}

// plannedAs is the plan under a key: the line, unless there is one already.
func (n *Notifier) plannedAs(ctx context.Context, key string, l line) (plan, error) {
	data, err := json.Marshal(l)
	if err != nil {
		return plan{}, fmt.Errorf("encode plan %s: %w", key, err)
	}
	entry := stream.Entry{Key: key, ID: "planned/" + key, Type: string(linePlanned), Data: data}
	if l.Ask != "" || l.Slip != nil {
		entry.TTL = askPlanned
	}
	if _, err = n.Store.Ledger.Append(ctx, entry, 0); err != nil && !errors.Is(err, stream.ErrConflict) {
		return plan{}, fmt.Errorf("plan %s: %w", key, err)
	}
	return n.planOf(ctx, key)
}

// planOf reads the plan under a key.
func (n *Notifier) planOf(ctx context.Context, key string) (plan, error) {
	tokens := strings.Split(key, ".")
	p := plan{channel: tokens[0], event: tokens[1]}
	var l line
	r, err := n.Store.Ledger.Latest(ctx, key)
	if err == nil {
		err = json.Unmarshal(r.Data, &l)
	}
	if err != nil {
		return p, fmt.Errorf("read plan %s: %w", key, err)
	}
	p.at, p.notice, p.ask, p.digest, p.lane, p.count = l.At, l.Notice, l.Ask, l.Digest, l.Lane, l.Spans
	p.slip, p.seq, p.folded = l.Slip, r.Seq, l.Sum
	return p, nil
}

// push puts the job of a span into its lane. The same id soon after is the
// same job.
func (n *Notifier) push(ctx context.Context, p plan, span, id string) error {
	data, err := json.Marshal(order{p.notice, p.ask, p.digest, p.slip})
	if err != nil {
		return err
	}
	err = n.Store.Jobs.Push(ctx, stream.Job{Lane: string(p.lane), Channel: p.channel, Event: p.event, Span: span, ID: id, Data: data})
	if err != nil {
		return fmt.Errorf("push job %s: %w", id, err)
	}
	return nil
}

// spansFor is into how many jobs an event is cut.
func spansFor(subscribers uint64) int {
	return int(min(max(1, (subscribers+spanSize-1)/spanSize), mostSpans))
}

func laneNames(lanes []notice.Lane) []string {
	names := make([]string, len(lanes))
	for i, lane := range lanes {
		names[i] = string(lane)
	}
	return names
}
