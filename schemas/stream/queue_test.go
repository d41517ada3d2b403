package stream_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/noticetest"
	"douane.gouv.fr/crieur/schemas/stream"
	"douane.gouv.fr/crieur/schemas/stream/embedded"
)

var lanes = []string{"confirmation", "staff", "bulk"}

func push(t testing.TB, q *stream.Queue, lane, channel, id string) {
	t.Helper()
	err := q.Push(t.Context(), stream.Job{Lane: lane, Channel: channel, Event: "e", Span: "00-ff", ID: id, Data: []byte("d")})
	if err != nil {
		t.Fatal(err)
	}
}

// take takes a job that must be there within wait.
func take(t testing.TB, q *stream.Queue, wait time.Duration) *stream.Taken {
	t.Helper()
	j, err := q.Take(t.Context(), lanes, "mail", wait)
	if err != nil || j == nil {
		t.Fatalf("Take = %v, %v", j, err)
	}
	return j
}

func pending(t testing.TB, q *stream.Queue, want uint64) {
	t.Helper()
	if n, err := q.Pending(t.Context()); n != want || err != nil {
		t.Errorf("Pending = %d, %v; want %d", n, err, want)
	}
}

func TestQueueLanes(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	push(t, s.Jobs, "bulk", "mail", "1")
	push(t, s.Jobs, "bulk", "mail", "2")
	push(t, s.Jobs, "bulk", "mail", "2") // once
	push(t, s.Jobs, "staff", "push", "3")
	push(t, s.Jobs, "staff", "mail", "4")
	push(t, s.Jobs, "confirmation", "mail", "5")
	pending(t, s.Jobs, 5)
	for _, want := range []string{"5", "4", "1", "2"} {
		j := take(t, s.Jobs, 0)
		if j.ID != want || j.Attempt != 1 || j.Channel != "mail" || j.Event != "e" || j.Span != "00-ff" || string(j.Data) != "d" {
			t.Errorf("took %+v, want %s", j.Job, want)
		}
		if err := j.Done(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if j, err := s.Jobs.Take(t.Context(), lanes, "mail", 50*time.Millisecond); j != nil || err != nil {
		t.Errorf("Take of nothing = %v, %v", j, err)
	}
	pending(t, s.Jobs, 1)
	if err := s.Jobs.Push(t.Context(), stream.Job{Lane: "bulk", Channel: "mail", Event: "a.b", Span: "0", ID: "x"}); err == nil {
		t.Error("an event with a dot was taken")
	}
}

// TestTakeHoldsOne: what one worker has not taken, another can.
func TestTakeHoldsOne(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	push(t, s.Jobs, "bulk", "mail", "1")
	push(t, s.Jobs, "bulk", "mail", "2")
	if one, two := take(t, s.Jobs, 0), take(t, s.Jobs, 0); one.ID != "1" || two.ID != "2" {
		t.Errorf("took %s and %s", one.ID, two.ID)
	}
}

func TestTakeWakesUp(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	var waits []time.Duration
	for i := range 31 {
		pushed := make(chan time.Time, 1)
		go func() {
			time.Sleep(20 * time.Millisecond) // let the other wait
			pushed <- time.Now()
			push(t, s.Jobs, "bulk", "mail", fmt.Sprint(i))
		}()
		j := take(t, s.Jobs, 10*time.Second)
		waits = append(waits, time.Since(<-pushed))
		if err := j.Done(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(waits)
	t.Log("median", waits[15], "longest", waits[30])
	if waits[15] > 100*time.Millisecond || waits[30] > time.Second {
		t.Errorf("jobs that were pushed while waiting were taken after %v, %v at the longest", waits[15], waits[30])
	}
}

func TestTakeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if j, err := s.Jobs.Take(ctx, lanes, "mail", time.Minute); j != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Take = %v, %v", j, err)
	}
}

func TestAbandonedJobComesAgain(t *testing.T) {
	t.Parallel()
	const wait = 300 * time.Millisecond
	s, _ := noticetest.Server(t, embedded.Config{}, stream.Config{AckWait: wait})
	push(t, s.Jobs, "bulk", "mail", "1")
	first := take(t, s.Jobs, 0)
	for range 4 { // kept as long as somebody says so
		time.Sleep(wait / 2)
		if err := first.Extend(t.Context()); err != nil {
			t.Fatal(err)
		}
		if j, err := s.Jobs.Take(t.Context(), lanes, "mail", 0); j != nil || err != nil {
			t.Fatalf("took %v, %v from under its worker", j, err)
		}
	}
	start := time.Now()
	second := take(t, s.Jobs, 10*time.Second)
	if second.ID != "1" || second.Attempt != 2 || time.Since(start) > 3*wait {
		t.Errorf("took %+v, attempt %d, after %v", second.Job, second.Attempt, time.Since(start))
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	s, _ := noticetest.Server(t, embedded.Config{}, stream.Config{AckWait: 250 * time.Millisecond})
	push(t, s.Jobs, "bulk", "mail", "1")
	const delay = 600 * time.Millisecond
	start := time.Now()
	if err := take(t, s.Jobs, 0).Retry(t.Context(), delay); err != nil {
		t.Fatal(err)
	}
	if j := take(t, s.Jobs, 10*time.Second); j.Attempt != 2 || time.Since(start) < delay {
		t.Errorf("attempt %d after %v", j.Attempt, time.Since(start))
	}
}

func TestDoneAfterTheContextEnded(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	push(t, s.Jobs, "bulk", "mail", "1")
	ctx, cancel := context.WithCancel(t.Context())
	j := take(t, s.Jobs, 0)
	cancel()
	if err := j.Done(ctx); err != nil {
		t.Error(err)
	}
	pending(t, s.Jobs, 0)
}

func TestDrop(t *testing.T) {
	t.Parallel()
	s := noticetest.Broker(t)
	for i := range 2 { // the second is the same job, replayed
		push(t, s.Jobs, "bulk", "mail", fmt.Sprint(i))
		j := take(t, s.Jobs, 0)
		for range 2 { // as if the first answer had been lost
			if err := j.Drop(t.Context(), "no relay"); err != nil {
				t.Error(err)
			}
		}
	}
	pending(t, s.Jobs, 0)
	records, err := s.Dead.Read(t.Context(), "mail.e.*")
	if err != nil || len(records) != 2 {
		t.Fatalf("DEAD has %d records, %v", len(records), err)
	}
	d, err := stream.ReadDropped(records[1])
	if err != nil || d.Reason != "no relay" || d.ID != "1" || d.Lane != "bulk" || d.Attempt != 1 || string(d.Data) != "d" {
		t.Errorf("dropped = %+v, %v", d, err)
	}
}

func TestQueueAcrossARestart(t *testing.T) {
	t.Parallel()
	s, server := noticetest.Server(t, embedded.Config{}, stream.Config{AckWait: 500 * time.Millisecond})
	push(t, s.Jobs, "bulk", "mail", "1")
	held := take(t, s.Jobs, 0)
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	push(t, s.Jobs, "staff", "mail", "2")
	if j := take(t, s.Jobs, 10*time.Second); j.ID != "2" {
		t.Errorf("took %+v", j.Job)
	}
	if err := held.Done(t.Context()); err != nil {
		t.Errorf("Done across the restart: %v", err)
	}
	pending(t, s.Jobs, 1)
}
