package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"douane.gouv.fr/crieur/cmd/internal/sink"
	"douane.gouv.fr/crieur/notifier"
	"douane.gouv.fr/crieur/notifier/email"
	"douane.gouv.fr/crieur/schemas"
	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// day is when the example's window begins.
var day = time.Date(2023, 8, 8, 9, 0, 0, 0, notice.Legal)

// A clock shows what it was set to.
type clock struct {
	mu sync.Mutex
	at time.Time // guarded by mu
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// play publishes, and watches what becomes of it until nothing is left to do.
func (h *house) play(ctx context.Context, f Fault) (Result, error) {
	r := Result{Fault: f}
	event, err := h.publish(ctx, f.Act)
	if err != nil {
		return r, err
	}
	var said []string
	if f.Holds {
		if said, err = h.held(ctx, event); err != nil {
			return r, err
		}
		if f.Distrust || f.Query != "" {
			return h.sum(ctx, r, event, said) // no relay becomes another one
		}
		h.relay.SetBehaviour(sink.Behaviour{})
	}
	for range 6 {
		if err := h.settle(ctx, event); err != nil {
			return r, err
		}
		if said, err = h.note(ctx, event, said); err != nil {
			return r, err
		}
		next, err := h.Next(ctx)
		if err != nil {
			return r, err
		}
		if next.IsZero() {
			break
		}
		if f.Lease > 0 { // what takes minutes leaves time to hang up
			if err := until(ctx, func() (bool, error) { return h.relay.Connected() == 0, nil }); err != nil {
				return r, err
			}
		}
		h.clock.set(next)
	}
	return h.sum(ctx, r, event, said)
}

// held watches the house try in vain.
func (h *house) held(ctx context.Context, event string) ([]string, error) {
	const tries = 3
	err := until(ctx, func() (bool, error) { return h.relay.Stats().Connections >= tries, nil })
	if err != nil {
		return nil, err
	}
	said, err := h.note(ctx, event, nil)
	if len(said) == 0 {
		said = []string{"nothing"}
	}
	return said, err
}

// settle waits until nothing is left to do at this time.
func (h *house) settle(ctx context.Context, event string) error {
	return until(ctx, func() (bool, error) {
		all, err := h.Deliveries(ctx, event)
		if err != nil || len(all) == 0 {
			return false, err
		}
		return h.Settled(ctx)
	})
}

// note adds what the ledger says of the subscribers concerned, where it is
// something new.
func (h *house) note(ctx context.Context, event string, said []string) ([]string, error) {
	told, err := h.told(ctx, event)
	if err != nil {
		return said, err
	}
	var words string
	last := 0
	for _, id := range h.ids {
		d := told[id]
		place := 2 * d.Attempt
		if !d.Next.IsZero() { // there is more to come
			place++
		}
		if place > last {
			words, last = strings.TrimSpace(string(d.Status)+" "+d.Code), place
		}
	}
	if words != "" && (len(said) == 0 || said[len(said)-1] != words) {
		said = append(said, words)
	}
	return said, nil
}

func (h *house) told(ctx context.Context, event string) (map[string]notifier.Delivery, error) {
	told := map[string]notifier.Delivery{}
	err := h.Told(ctx, email.Name, event, func(d notifier.Delivery) error {
		told[d.To] = d
		return nil
	})
	if errors.Is(err, stream.ErrNotFound) {
		err = nil // it is not planned yet
	}
	return told, err
}

// sum adds up what was seen.
func (h *house) sum(ctx context.Context, r Result, event string, said []string) (Result, error) {
	// A relay may take what nobody waits for any more.
	patient, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	_ = h.relay.Wait(patient, r.Want.Copies*len(h.ids)+1) // if it takes no more, that is seen
	stats := h.relay.Stats()
	r.Connections, r.Attempts = stats.Connections, stats.Commands[sink.Rcpt]
	r.Waited = h.clock.now().Sub(day)
	r.Ledger = strings.Join(said, ", ")
	copies, ids := map[string]int{}, map[string]string{}
	for _, t := range h.relay.Accepted() {
		if id := ids[t.To]; id != "" && id != t.MessageID {
			return r, fmt.Errorf("%s has the message under two Message-IDs", t.To)
		}
		copies[t.To]++
		ids[t.To] = t.MessageID
	}
	for i, id := range h.ids {
		s, err := h.Subscribers.Get(ctx, id)
		if err != nil {
			return r, err
		}
		r.Suppressed = r.Suppressed || s.Suppressed.On(h.clock.now())
		n := copies[s.Address]
		if i > 0 && n != r.Copies {
			return r, fmt.Errorf("one subscriber has %d copies and another %d", r.Copies, n)
		}
		r.Copies = n
	}
	if n := copies[other]; n != 1 && r.apart() {
		return r, fmt.Errorf("somebody at another domain has %d copies", n)
	}
	return r, nil
}

// apart is whether the fault is about one domain alone.
func (f Fault) apart() bool {
	if f.Holds {
		return false
	}
	for _, rule := range f.Relay.Behaviour.Rules {
		if rule.To == "" {
			return false
		}
	}
	return true
}

// publish puts the example's notice on the record, and an act.
func (h *house) publish(ctx context.Context, act Act) (string, error) {
	text, err := schemas.Files.ReadFile("examples/2023-08-08/notice.yaml")
	if err != nil {
		return "", err
	}
	var n notice.Notice
	if _, problems := schemas.Decode(text, &n); len(problems) > 0 {
		return "", problems.Err()
	}
	id := stream.ID(day, "notice")
	told := notice.Act(notice.Started{Occurrence: 1, Planned: notice.At(day)})
	if act == Reminder {
		told = notice.Reminded{Start: notice.At(day)}
	}
	event := ""
	var after uint64
	for i, act := range []notice.Act{notice.Published{Notice: n, Scope: h.Catalogue.Resolve(n)}, told} {
		e := notice.Event{ID: stream.ID(day, fmt.Sprint(id, i)), Notice: id, Number: i + 1, Version: 1, Time: day, Act: act}
		data, err := json.Marshal(e)
		if err != nil {
			return "", err
		}
		entry := stream.Entry{Key: id, ID: e.ID, Type: string(act.Type()), Data: data}
		if after, err = h.Store.Notices.Append(ctx, entry, after); err != nil {
			return "", err
		}
		event = e.ID
	}
	return event, nil
}

// until looks again and again whether something has become true.
func until(ctx context.Context, is func() (bool, error)) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := is()
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
