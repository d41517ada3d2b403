package notifier

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// TestSettledIsNeverTooEarly asks without a pause, and looks each time whether
// everything that was owed has been done.
func TestSettledIsNeverTooEarly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(6)
	h.channel.play(script{send: func(_ context.Context, m telling) (Outcome, error) {
		switch { // an alert is put off for a minute by every third mailbox
		case m.Attempt == 1 && m.ID[0]%3 == 0 && m.Letter == nil:
			return Outcome{Status: Deferred, Next: h.Now().Add(time.Minute)}, nil
		case m.ID[1]%4 == 0:
			time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
		}
		return Outcome{Status: Sent}, nil
	}})
	h.run()
	settled := func() {
		t.Helper()
		for ok := false; !ok; {
			var err error
			if ok, err = h.Settled(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 3 {
		id := fmt.Sprint("n", i)
		h.clock.set(start.Add(time.Duration(i) * time.Hour))
		published := h.append(id, h.published())
		settled()
		h.once(ids, published)
		began := h.append(id, notice.Started{Occurrence: 1, Planned: notice.At(start)})
		settled()
		deferred := h.counts(began)[Deferred]
		if got := len(h.channel.got(began)); got+deferred != len(ids) {
			t.Fatalf("settled with %d of %d told and %d deferred", got, len(ids), deferred)
		}
		h.clock.set(h.Now().Add(time.Minute))
		settled()
		h.once(ids, began)
		ended := h.ended(id)
		settled()
		if got := len(h.channel.got(ended)) + h.counts(ended)[Deferred]; got != len(ids) {
			t.Fatalf("settled with %d of %d accounted for", got, len(ids))
		}
		if t.Failed() {
			t.Fatalf("settled too early in round %d", i)
		}
	}
}

// TestBrokerRestarted restarts the broker twice in the middle.
func TestBrokerRestarted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(60)
	h.alert("n1")
	h.run()
	h.settle()
	h.channel.play(script{send: slowly(5 * time.Millisecond)})
	e := h.started("n1")
	const restarts = 2
	for i := range restarts {
		h.until("more are told", func() bool { return len(h.channel.got(e)) > 15*(i+1) })
		if err := h.server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	h.settle()
	h.atMost(ids, e, restarts*connections)
	if got := h.counts(e); got[Sent] != len(ids) || len(got) != 1 {
		t.Errorf("the ledger counts %v", got)
	}
}

// TestProof: how far telling has come, and what became of everybody.
func TestProof(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(20)
	h.alert("n1")
	h.settleBy(h.other(&memory{name: "mail"}))
	e := h.started("n1")
	if err := h.planInto(t.Context(), "mail", e, 5); err != nil {
		t.Fatal(err)
	}
	at := h.Now()
	if all, err := h.Deliveries(t.Context(), e.ID); err != nil || len(all) != 1 || all[0].Over != 0 || all[0].Spans != 5 || !all[0].Planned.Equal(at) {
		t.Errorf("before: %+v, %v", all, err)
	}
	h.channel.play(script{send: func(_ context.Context, m telling) (Outcome, error) {
		switch m.ID {
		case ids[0]:
			return Outcome{Status: Bounced, Code: "550"}, nil
		case ids[1]:
			return Outcome{Status: Deferred}, nil
		}
		return Outcome{Status: Sent}, nil
	}})
	h.run()
	h.settle()
	all, err := h.Deliveries(t.Context(), e.ID)
	want := map[Status]int{Sent: 18, Bounced: 1, Deferred: 1}
	if err != nil || len(all) != 1 || all[0].Channel != "mail" || all[0].Over != 4 || !maps.Equal(all[0].Counts, want) {
		t.Errorf("after: %+v, %v", all, err)
	}
	told := map[string]Status{}
	err = h.Told(t.Context(), "mail", e.ID, func(d Delivery) error {
		if told[d.To] != "" || d.Attempt != 1 || !d.At.Equal(at) {
			t.Errorf("delivery %+v", d)
		}
		told[d.To] = d.Status
		return nil
	})
	if err != nil || len(told) != 20 || told[ids[0]] != Bounced || told[ids[1]] != Deferred {
		t.Errorf("told %v, %v", told, err)
	}
	if err := h.Told(t.Context(), "mail", "no such event", nil); err == nil {
		t.Error("the deliveries of an event that does not exist were told")
	}
}

// TestNoAddressIsKept: what a house writes beside SUBSCRIBERS names nobody.
func TestNoAddressIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(6)
	h.alert("n1")
	h.channel.play(script{send: func(_ context.Context, m telling) (Outcome, error) {
		if m.ID == ids[0] {
			return Outcome{}, errWire
		}
		return Outcome{Status: Bounced, Code: "550", Suppress: true}, nil
	}})
	h.run()
	h.started("n1")
	h.settle()
	h.clock.set(start.Add(Lifetime))
	h.dead(1)
	for _, log := range []*stream.Log{h.Store.Ledger, h.Store.Dead} {
		records, err := log.Read(t.Context(), ">")
		if err != nil || len(records) == 0 {
			t.Fatalf("read: %d records, %v", len(records), err)
		}
		for _, r := range records {
			if strings.Contains(r.Key+string(r.Data), "transitaire") || strings.Contains(r.Key+string(r.Data), "@") {
				t.Errorf("%s: %s", r.Key, r.Data)
			}
		}
	}
}
