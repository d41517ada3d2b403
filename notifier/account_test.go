package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/schemas/stream"
)

// TestAttempts has one mailbox put off a mail, and looks at every attempt, at
// the last ones, at the times, and at what one subscriber was told.
func TestAttempts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := h.subscribe(6)
	h.run()
	published := h.alert("n1")
	h.settle()
	h.channel.play(script{send: func(_ context.Context, m telling) (Outcome, error) {
		if m.ID == ids[0] && m.Attempt == 1 {
			return Outcome{Status: Deferred, Code: "451", Reply: "greylisted", Next: h.Now().Add(10 * time.Minute)}, nil
		}
		return Outcome{Status: Sent, Code: "250"}, nil
	}})
	e := h.started("n1")
	h.settle()
	before, err := h.Deliveries(t.Context(), e.ID)
	if err != nil || !before[0].Next.Equal(start.Add(10*time.Minute)) || before[0].Lane != notice.LaneStart || !before[0].First.Equal(start) || before[0].P99 != 0 {
		t.Errorf("while one waits: %+v, %v", before, err)
	}
	h.clock.set(start.Add(10 * time.Minute))
	h.settle()
	after, err := h.Deliveries(t.Context(), e.ID)
	if err != nil || !after[0].Next.IsZero() || !after[0].Last.Equal(h.Now()) || after[0].Median != 0 || after[0].P99.Round(10*time.Second) != 10*time.Minute {
		t.Errorf("when all are told: %+v, %v", after, err)
	}
	for last, want := range map[bool]map[Status]int{false: {Deferred: 1, Sent: 6}, true: {Sent: 6}} {
		got := map[Status]int{}
		err := h.Attempts(t.Context(), e.ID, last, func(a Attempts) error {
			for _, d := range a.All {
				got[d.Status]++
				if wanted := 1; d.To == ids[0] && d.Status == Sent {
					if wanted = 2; d.Attempt != wanted || !d.At.Equal(h.Now()) {
						t.Errorf("the second attempt: %+v", d)
					}
				}
			}
			return nil
		})
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("attempts, last %v: %v, %v", last, got, err)
		}
	}
	all, err := h.History(t.Context(), ids[0])
	var told []string
	for _, m := range all {
		told = append(told, string(m.Account.Event.Act.Type())+" "+string(m.Status))
	}
	if want := []string{"started sent", "started deferred", "published sent"}; err != nil || !slices.Equal(told, want) {
		t.Errorf("history %v, %v", told, err)
	}
	if all, err := h.History(t.Context(), h.Subscribers.IDOf("personne@transitaire.example")); err != nil || len(all) != 0 {
		t.Errorf("of somebody unknown: %v, %v", all, err)
	}
	account, err := h.Account(t.Context(), published.ID)
	if err != nil || account.Event.ID != published.ID || len(account.Letter) != 64 || account.State.Notice.Reference != "20000171" {
		t.Errorf("account %+v, %v", account.Event, err)
	}
	request := stream.NewID()
	asked, _ := json.Marshal(line{At: h.Now(), Spans: 1})
	if _, err := h.Store.Ledger.Append(t.Context(), stream.Entry{Key: pageKey("mail", request, planSpan), ID: request, Type: string(linePlanned), Data: asked}, 0); err != nil {
		t.Fatal(err)
	}
	if account, err := h.Account(t.Context(), request); err != nil || account.Event.ID != request || !account.Event.Time.Equal(h.Now()) {
		t.Errorf("of a request, which has no notice: %+v, %v", account.Event, err)
	}
	if _, err := h.Account(t.Context(), stream.NewID()); !errors.Is(err, stream.ErrNotFound) {
		t.Errorf("of an event that was never planned: %v", err)
	}
}
